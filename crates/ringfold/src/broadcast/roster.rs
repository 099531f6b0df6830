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
    wait::Deadline,
};

use super::{
    Start,
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
    gated: Vec<Arc<Place>>,
    lossy: usize,
    /// The producer writes in words that may be read while they are overwritten.
    allows_lossy: bool,
    next_number: u64,
}

impl Roster {
    pub(super) fn new() -> Self {
        let readers = Readers { gated: Vec::new(), lossy: 0, allows_lossy: false, next_number: 0 };
        Self { version: AtomicU64::new(0), readers: Mutex::new(readers) }
    }

    /// How many readers there are.
    pub(super) fn count(&self) -> usize {
        let readers = self.lock();
        readers.gated.len() + readers.lossy
    }

    /// The places of the gated readers.
    pub(super) fn places(&self) -> Vec<Arc<Place>> {
        self.lock().gated.clone()
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Readers> + '_ {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.readers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<E> Ring<E> {
    /// One more gated reader, and where it starts; or, if what it wants to start with is gone, the oldest that is there.
    pub(super) fn join(&self, start: Start) -> Result<(Arc<Place>, u64), u64> {
        let mut readers = self.roster.lock();
        // First, so that nothing can panic once the producer was told.
        readers.gated.reserve(1);
        self.announce();
        let oldest = self.oldest();
        let start = match start {
            // Published, and then perhaps granted again: the later of the two.
            Start::Now => self.producer.cursor.observe().max(oldest), // SYNC: cursor
            Start::Oldest => oldest,
            Start::At(sequence) if sequence < oldest => return Err(oldest),
            Start::At(sequence) => sequence.min(LAST),
        };
        let place = Arc::new(Place::new(readers.next_number, start));
        readers.next_number += 1;
        readers.gated.push(place.clone());
        self.attention.abandon(false);
        Ok((place, start))
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
            readers.gated.retain(|other| other.number != place.number);
            self.note_departure(&readers);
            place.cursor().publish(LEFT); // SYNC: cursor
        }
        self.wake_others();
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
            self.note_departure(&readers);
        }
        self.attention.producer_bell.ring(self.barrier);
    }

    fn note_departure(&self, readers: &Readers) {
        if readers.gated.is_empty() && readers.lossy == 0 {
            self.attention.abandon(true);
        }
    }
}

/// The gate: what the producer knows of the gated readers.
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
        self.end = slowest(&self.places, cursor) + ring.capacity as u64;
        self.known_room(cursor)
    }

    /// Takes the roster as it is now.
    fn renew<E>(&mut self, ring: &Ring<E>, cursor: u64) {
        let readers = ring.roster.lock();
        self.version = ring.roster.version.load(Ordering::Relaxed);
        self.places.clone_from(&readers.gated);
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

    /// Waits until there are `wanted` slots behind `cursor`, and a moment longer if that has paid; gives up when all readers are gone or the
    /// deadline has passed.
    #[cold]
    #[inline(never)]
    pub(super) fn wait<E>(
        &mut self,
        ring: &Ring<E>,
        waiting: &mut Waiting,
        cursor: u64,
        wanted: u64,
        deadline: Option<Deadline>,
    ) {
        let room = || slowest(&self.places, cursor) + ring.capacity as u64 - cursor;
        let vacant_now = room();
        let vacant = waiting.slip.slip(vacant_now, wanted, room);
        if vacant_now < wanted {
            ring.producer.stalls.count();
        }
        if vacant < wanted {
            let attention = &ring.attention;
            waiting.waiter.wait(&attention.producer_bell, &ring.producer.stalls, deadline, || {
                room() >= wanted || attention.is_abandoned()
            });
        }
        self.look(ring, cursor);
    }
}

/// Where the slowest of these readers is, but nowhere beyond `cursor`.
fn slowest(places: &[Arc<Place>], cursor: u64) -> u64 {
    // SYNC: cursor
    places.iter().map(|place| place.cursor().observe()).fold(cursor, min)
}
