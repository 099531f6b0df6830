//! Who reads, and what that leaves to the producer: joining, leaving, and the gate.
//!
//! ```text
//!      somebody joins                             the producer wants more
//!      ──────────────                             ───────────────────────
//!   1. version += 1   (the roster is locked)   1. granted = the slowest cursor it knows of + capacity
//!   2. heavy barrier                           2. light barrier
//!   3. start >= granted - capacity             3. version as before?  otherwise it takes the new roster, and begins again
//! ```
//!
//! Each writes one word and then reads the other's, with a full barrier between, so at least one of them sees the other: either the newcomer
//! starts behind everything that the producer may overwrite, or the producer respects the newcomer. The producer looks at `version` once in
//! an eighth of a lap, and pays nothing for those who join and leave in between.

use core::cmp::min;

use ringfold_core::{
    sync::{Arc, AtomicU64, Mutex, Ordering},
    wait::{Deadline, Seat, Waiter},
};

use super::{
    JoinError, Start,
    claims::Claims,
    shared::{LAST, LEFT, Place, Ring, Waiting},
};

/// Who reads.
#[derive(Debug)]
pub(super) struct Roster {
    /// How often gated readers have joined; changed under the lock only.
    version: AtomicU64,
    readers: Mutex<Readers>,
}

#[derive(Debug)]
struct Readers {
    gated: Vec<Gated>,
    lossy: usize,
    /// The producer writes in words that may be read while they are overwritten.
    allows_lossy: bool,
    next_number: u64,
    /// Where the gated reader was that left last.
    last_left_at: u64,
}

#[derive(Debug)]
struct Gated {
    place: Arc<Place>,
    /// Those that it comes after and that are still there.
    upstream: Vec<Arc<Place>>,
}

impl Roster {
    pub(super) fn new() -> Self {
        let readers =
            Readers { gated: Vec::new(), lossy: 0, allows_lossy: false, next_number: 0, last_left_at: 0 };
        Self { version: AtomicU64::new(0), readers: Mutex::new(readers) }
    }

    /// How many readers there are.
    pub(super) fn count(&self) -> usize {
        let readers = self.lock();
        readers.gated.len() + readers.lossy
    }

    /// Where the gated reader was that left last.
    pub(super) fn last_left_at(&self) -> u64 {
        self.lock().last_left_at
    }

    /// The places of the gated readers.
    pub(super) fn places(&self) -> Vec<Arc<Place>> {
        self.lock().gated.iter().map(|gated| gated.place.clone()).collect()
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Readers> + '_ {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.readers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<E> Ring<E> {
    /// One more gated reader after these.
    pub(super) fn join(&self, start: Start, upstream: &[Arc<Place>]) -> Result<Arc<Place>, JoinError> {
        let mut readers = self.roster.lock();
        // First, so that nothing can panic once the producer was told.
        readers.gated.reserve(1);
        let mut distinct = Vec::with_capacity(upstream.len());
        upstream.iter().for_each(|place| add(&mut distinct, place));
        let upstream = distinct;
        if upstream.iter().any(|place| place.has_left()) {
            return Err(JoinError::UpstreamLeft);
        }
        self.announce();
        let oldest = self.oldest();
        let published = self.published();
        let start = match start {
            // Published, and then perhaps granted again: the later of the two.
            Start::Now => published.max(oldest),
            Start::Oldest => oldest,
            Start::At(sequence) if sequence < oldest => return Err(JoinError::TooOld { oldest }),
            Start::At(sequence) => sequence.min(LAST),
        };
        let place = Arc::new(Place::new(readers.next_number, start, start > published));
        readers.next_number += 1;
        readers.gated.push(Gated { place: place.clone(), upstream });
        self.attention.abandon(false);
        Ok(place)
    }

    /// Those that the reader with this place comes after now: in place of one that has left, those that it came after.
    pub(super) fn upstream(&self, place: &Place) -> Vec<Arc<Place>> {
        let readers = self.roster.lock();
        let gated = readers.gated.iter().find(|gated| gated.place.number == place.number);
        gated.map(|gated| gated.upstream.clone()).unwrap_or_default()
    }

    /// The producer will see that somebody joins, or what it has been granted is seen here.
    fn announce(&self) {
        // Only who holds the lock writes.
        let version = self.roster.version.load(Ordering::Relaxed);
        self.roster.version.store(version + 1, Ordering::Relaxed);
        self.barrier.heavy();
    }

    /// A gated reader leaves; its place holds nobody back any more.
    pub(super) fn leave(&self, place: &Place) {
        {
            let mut readers = self.roster.lock();
            readers.remove(place);
            readers.last_left_at = place.cursor().glance();
            self.note_departure(&readers);
            place.cursor().publish(LEFT); // SYNC: cursor
        }
        self.wake_others(LEFT);
    }

    /// From here on the producer, who says this, writes in words.
    pub(super) fn allow_lossy(&self) {
        self.roster.lock().allows_lossy = true;
    }

    /// One more lossy reader, unless the producer does not write in words.
    pub(super) fn join_lossy(&self) -> bool {
        let mut readers = self.roster.lock();
        if readers.allows_lossy {
            readers.lossy += 1;
            self.attention.abandon(false);
        }
        readers.allows_lossy
    }

    /// A lossy reader leaves.
    pub(super) fn leave_lossy(&self) {
        {
            let mut readers = self.roster.lock();
            readers.lossy -= 1;
            if readers.gated.is_empty() {
                // The gated ones left while others stayed, if there were any, and nobody waits for a lossy one.
                readers.last_left_at = LEFT;
            }
            self.note_departure(&readers);
        }
        self.wake_others(LEFT);
    }

    fn note_departure(&self, readers: &Readers) {
        if readers.gated.is_empty() && readers.lossy == 0 {
            self.attention.abandon(true);
        }
    }
}

/// Each place once.
fn add(places: &mut Vec<Arc<Place>>, place: &Arc<Place>) {
    if places.iter().all(|other| other.number != place.number) {
        places.push(place.clone());
    }
}

impl Readers {
    /// Takes a gated reader out; those after it come after those before it.
    fn remove(&mut self, place: &Place) {
        let Some(at) = self.gated.iter().position(|gated| gated.place.number == place.number) else { return };
        let left = self.gated.remove(at);
        for Gated { upstream, .. } in &mut self.gated {
            let before = upstream.len();
            upstream.retain(|other| other.number != place.number);
            if upstream.len() < before {
                for inherited in &left.upstream {
                    add(upstream, inherited);
                }
            }
        }
    }
}

/// The gate: what a producer knows of the gated readers.
#[derive(Debug)]
pub(super) struct Gate {
    places: Vec<Arc<Place>>,
    /// The roster's, when the places were taken from it.
    version: u64,
    /// The first sequence that is not known to be vacant: the slowest cursor, as last observed, plus the capacity.
    end: u64,
}

impl Gate {
    /// For a ring without readers.
    pub(super) fn new(capacity: usize) -> Self {
        Self { places: Vec::new(), version: 0, end: capacity as u64 }
    }

    /// How many slots are vacant behind `cursor`, as far as is known.
    pub(super) fn known_room(&self, cursor: u64) -> u64 {
        self.end.saturating_sub(cursor)
    }

    /// Looks where the slowest reader is; slots that are vacant behind `cursor` now.
    pub(super) fn look<E>(&mut self, ring: &Ring<E>, cursor: u64) -> u64 {
        self.end = slowest(ring, &self.places) + ring.capacity as u64;
        self.known_room(cursor)
    }

    /// As [`look`](Self::look), by the roster as it is now.
    pub(super) fn renewed_room<E>(&mut self, ring: &Ring<E>, cursor: u64) -> u64 {
        self.renew(ring, cursor);
        self.known_room(cursor)
    }

    /// Takes the roster as it is now.
    fn renew<E>(&mut self, ring: &Ring<E>, cursor: u64) {
        let readers = ring.roster.lock();
        self.version = ring.roster.version.load(Ordering::Relaxed);
        self.places.clear();
        self.places.extend(readers.gated.iter().map(|gated| gated.place.clone()));
        drop(readers);
        self.look(ring, cursor);
    }

    /// Grants what is known to be vacant, or as much of it as is good for now, but `wanted` if there is as much. Returns the first sequence
    /// that is not granted.
    pub(super) fn grant<E>(&mut self, ring: &Ring<E>, cursor: u64, wanted: u64) -> u64 {
        loop {
            let limit = min(self.end, cursor + ring.step().max(wanted)).min(LAST);
            ring.producer.grant(limit);
            ring.barrier.light();
            if ring.roster.version.load(Ordering::Relaxed) == self.version {
                return limit;
            }
            self.renew(ring, cursor);
        }
    }

    /// As [`grant`](Self::grant), for everybody; nothing, if somebody has joined and there is not as much as `wanted`.
    pub(super) fn grant_to_all<E>(&mut self, ring: &Ring<E>, claims: &Claims, cursor: u64, wanted: u64) {
        while self.known_room(cursor) >= wanted {
            let limit = min(self.end, cursor + ring.step().max(wanted)).min(LAST);
            ring.producer.grant_at_least(limit);
            ring.barrier.light();
            if ring.roster.version.load(Ordering::Relaxed) == self.version {
                // First, so that nobody who goes from mark to mark is overtaken by a lap without noticing.
                ring.producer.cursor.raise(limit.saturating_sub(ring.capacity as u64)); // SYNC: cursor
                return claims.raise_limit(limit);
            }
            self.renew(ring, cursor);
        }
    }

    /// Waits until there are `wanted` slots behind `cursor`, and a moment longer if that has paid; gives up when all readers are gone or the
    /// deadline has passed. True if it may be worth another look.
    #[cold]
    #[inline(never)]
    pub(super) fn wait<E>(
        &mut self,
        ring: &Ring<E>,
        waiting: &mut Waiting,
        cursor: u64,
        wanted: u64,
        deadline: Option<Deadline>,
    ) -> bool {
        let room = || (slowest(ring, &self.places) + ring.capacity as u64).saturating_sub(cursor);
        let vacant_now = room();
        let vacant = waiting.slip.slip(vacant_now, wanted, room);
        if vacant_now < wanted {
            ring.producer.stalls.count();
        }
        let mut in_time = true;
        if vacant < wanted {
            let attention = &ring.attention;
            in_time = waiting.waiter.wait(&attention.producer_bell, &ring.producer.stalls, deadline, || {
                room() >= wanted || attention.is_abandoned()
            });
        }
        self.look(ring, cursor);
        in_time && !ring.attention.is_abandoned()
    }

    /// As [`wait`](Self::wait), where others may be quicker.
    #[cold]
    #[inline(never)]
    pub(super) fn wait_among_others<E>(
        &mut self,
        ring: &Ring<E>,
        claims: &Claims,
        waiter: &mut Waiter,
        claimed: u64,
        wanted: u64,
        deadline: Option<Deadline>,
    ) -> bool {
        let room = || {
            let end = slowest(ring, &self.places) + ring.capacity as u64;
            end.saturating_sub(claims.glance().max(claimed))
        };
        let attention = &ring.attention;
        let seat = Seat::new(&attention.writers, wanted, room);
        let is_ready = || room() >= wanted || attention.is_abandoned();
        ring.producer.stalls.count();
        waiter.wait(&seat, &ring.producer.stalls, deadline, is_ready) && !attention.is_abandoned()
    }
}

/// Where the slowest of these readers is, and no further than events were published: where no reader that has seen one says so, the ring does.
fn slowest<E>(ring: &Ring<E>, places: &[Arc<Place>]) -> u64 {
    let (mut slowest, mut is_sure) = (LEFT, false);
    for place in places {
        let cursor = place.cursor().observe(); // SYNC: cursor
        is_sure |= cursor != LEFT && !place.is_early;
        slowest = min(slowest, cursor);
    }
    if is_sure { slowest } else { min(slowest, ring.published()) }
}
