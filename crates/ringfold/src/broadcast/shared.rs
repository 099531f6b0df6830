//! What all sides see, grouped by the side that writes it.

use core::{fmt, marker::PhantomData, mem::offset_of};

use ringfold_core::{
    cursor::Cursor,
    padded::CachePadded,
    slots::Slots,
    stats::Stalls,
    sync::{self, Arc, AtomicBool, AtomicU64, Ordering},
    wait::{Barrier, Doorbell, Lobby, Slip, WaitStrategy, Waiter},
};
use ringfold_memory::Mirror;

use super::{claims::Claims, roster::Roster};

/// A ring: where its sides stand, who is there, and the slots.
#[repr(C)]
pub(super) struct Ring<E> {
    pub(super) producer: CachePadded<Writing>,
    pub(super) attention: CachePadded<Attention>,
    pub(super) roster: CachePadded<Roster>,
    /// Where there may be several producers.
    pub(super) claims: Option<Claims>,
    pub(super) slots: Slots<E>,
    pub(super) capacity: usize,
    pub(super) barrier: Barrier,
    pub(super) producer_wait: WaitStrategy,
    pub(super) reader_wait: WaitStrategy,
    pub(super) mirror: Option<Mirror>,
    /// Readers on several threads look at the same events, and the producer's thread writes them.
    _events: PhantomData<Arc<E>>,
}

/// What the producer writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Writing {
    /// Events before it are published. Where there are several producers, more of them may be: see [`Ring::published`].
    pub(super) cursor: Cursor,
    pub(super) stalls: Stalls,
    /// Written once in a while, and looked at by lossy readers for each event: on a line of its own.
    granted: CachePadded<AtomicU64>,
}

/// What is written when something happens, and read all the time: it stays in all caches.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Attention {
    /// There were readers, and all of them have left.
    abandoned: AtomicBool,
    /// Stages that a panic has ended.
    failed: AtomicU64,
    /// Producers that are there.
    producers: AtomicU64,
    /// Where readers sleep that wait for the producer.
    pub(super) readers: Lobby,
    /// Where readers sleep that wait for other readers.
    pub(super) followers: Lobby,
    /// Where the only producer sleeps.
    pub(super) producer_bell: Doorbell,
    /// Where producers sleep, if there may be several.
    pub(super) writers: Lobby,
}

/// What one gated reader writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Place {
    position: CachePadded<Position>,
    /// Somebody wants its reader to stop.
    halted: AtomicBool,
    /// Its reader began where nothing was published yet, perhaps in the midst of a claim: where it is says nothing about what lies before.
    pub(super) is_early: bool,
    pub(super) number: u64,
}

#[derive(Debug)]
#[repr(C)]
struct Position {
    cursor: Cursor,
    high_water: AtomicU64,
    stalls: Stalls,
}

const _: () = {
    assert!(offset_of!(Ring<u64>, producer) == 0);
    assert!(
        offset_of!(Ring<u64>, attention) >= 128,
        "what all read must not share a line with what one side writes"
    );
    assert!(offset_of!(Writing, cursor) == 0 && offset_of!(Position, cursor) == 0);
};

/// The cursor of a reader that has left: it holds nobody back.
pub(super) const LEFT: u64 = u64::MAX;
/// The ring is closed when this many events were published, after 146 years of a thousand million a second.
pub(super) const LAST: u64 = 1 << 62;

/// How one handle waits, and what it has learnt about it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) waiter: Waiter,
    pub(super) slip: Slip,
}

impl<E> Ring<E> {
    pub(super) fn new(
        slots: Slots<E>,
        mirror: Option<Mirror>,
        claims: Option<Claims>,
        capacity: usize,
        [producer_wait, reader_wait]: [WaitStrategy; 2],
        barrier: Barrier,
    ) -> Self {
        let producer = Writing {
            cursor: Cursor::new(0),
            stalls: Stalls::new(),
            granted: CachePadded::new(AtomicU64::new(0)),
        };
        let attention = Attention {
            abandoned: AtomicBool::new(false),
            failed: AtomicU64::new(0),
            producers: AtomicU64::new(1),
            readers: Lobby::new(),
            followers: Lobby::new(),
            producer_bell: Doorbell::new(),
            writers: Lobby::new(),
        };
        Self {
            producer: CachePadded::new(producer),
            attention: CachePadded::new(attention),
            roster: CachePadded::new(Roster::new()),
            claims,
            slots,
            capacity,
            barrier,
            producer_wait,
            reader_wait,
            mirror,
            _events: PhantomData,
        }
    }

    /// How one more handle starts to wait.
    pub(super) fn waiting(&self, strategy: WaitStrategy) -> Waiting {
        let waiter = Waiter::new(strategy, self.barrier);
        Waiting { waiter, slip: Slip::new(self.capacity, size_of::<E>()) }
    }

    /// After which number of events, at most, the producer looks whether readers have come, and allows itself more.
    pub(super) fn step(&self) -> u64 {
        (self.capacity as u64 / 8).max(1)
    }

    /// The first sequence whose event is sure to be there still, and to stay: until the producer moves on, for lossy readers; for good,
    /// for one that is in the roster.
    pub(super) fn oldest(&self) -> u64 {
        self.producer.granted().saturating_sub(self.capacity as u64)
    }

    /// Where one sleeps who [is held back](Self::is_held_back) or not.
    pub(super) fn lobby(&self, is_held_back: bool) -> &Lobby {
        if is_held_back { &self.attention.followers } else { &self.attention.readers }
    }

    /// After events were published: wakes readers, if any sleep.
    #[inline(always)]
    pub(super) fn wake_readers(&self) {
        // All of them: nobody takes what another waits for.
        self.attention.readers.ring(self.barrier, || 1);
    }

    /// After events were published: wakes producers, if any sleep. Where nobody reads, they wait for each other.
    #[inline(always)]
    pub(super) fn wake_writers(&self, claims: &Claims) {
        let room = || (self.published() + self.capacity as u64).saturating_sub(claims.glance());
        self.attention.writers.ring(self.barrier, room);
    }

    /// After slots before `cursor` were released: wakes the producers and the readers behind, if any sleep.
    #[inline(always)]
    pub(super) fn wake_others(&self, cursor: u64) {
        match &self.claims {
            None => self.attention.producer_bell.ring(self.barrier),
            Some(claims) => {
                // At most so much, if this was the slowest reader.
                let room = || cursor.saturating_add(self.capacity as u64).saturating_sub(claims.glance());
                self.attention.writers.ring(self.barrier, room);
            }
        }
        self.attention.followers.ring(self.barrier, || 1);
    }

    /// The reader with this place is to stop as soon as it can.
    pub(super) fn halt(&self, place: &Place) {
        place.halted.store(true, Ordering::Relaxed);
        self.wake_sleeping_readers();
    }

    /// Wakes all readers that sleep, wherever they do.
    fn wake_sleeping_readers(&self) {
        self.attention.readers.dismiss(self.barrier);
        self.attention.followers.dismiss(self.barrier);
    }

    /// A producer is gone; if it was the last, everybody is told.
    pub(super) fn leave_as_producer(&self) {
        let before = self.attention.producers.fetch_sub(1, Ordering::Release); // SYNC: gone
        if before == 1 {
            self.wake_sleeping_readers();
        }
    }
}

impl Writing {
    /// The producer may write anything before the result, without another look.
    #[inline]
    fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }

    /// Allows the producer to write everything before `limit`.
    ///
    /// Whoever sees anything of what is written from here on, by whatever load, and then [looks](Self::is_intact) sees this.
    pub(super) fn grant(&self, limit: u64) {
        self.granted.store(limit, Ordering::Relaxed);
        self.before_overwriting();
    }

    /// As [`grant`](Self::grant), where several do so.
    pub(super) fn grant_at_least(&self, limit: u64) {
        sync::raise(&self.granted, limit, Ordering::Relaxed);
    }

    /// Between a grant, this producer's or another's that it knows of, and what is written because of it.
    #[inline(always)]
    pub(super) fn before_overwriting(&self) {
        sync::fence(Ordering::Release); // SYNC: overwrite
    }

    /// Whether what was just loaded from the slot of `sequence` was written before it could be overwritten.
    #[inline(always)]
    pub(super) fn is_intact(&self, sequence: u64, capacity: usize) -> bool {
        sync::fence(Ordering::Acquire); // SYNC: overwrite
        self.granted() <= sequence + capacity as u64
    }
}

impl Attention {
    /// Whether all readers have left. No order: nobody reads what a producer does from here on.
    #[inline(always)]
    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Relaxed)
    }

    /// Only who has locked the roster may call this.
    pub(super) fn abandon(&self, abandoned: bool) {
        self.abandoned.store(abandoned, Ordering::Relaxed);
    }

    /// A panic has ended a stage.
    pub(super) fn count_failure(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failures(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// One more producer. No order: the one that is cloned keeps the count above 0.
    pub(super) fn add_producer(&self) {
        self.producers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the producer that asks is the only one. Then it stays so during its call, because only it could be cloned; and it
    /// sees everything that the others did before they left.
    #[inline(always)]
    pub(super) fn is_alone(&self) -> bool {
        self.producers.load(Ordering::Acquire) == 1 // SYNC: gone
    }

    /// Whether all producers are gone. No order: whoever waits only wants to stop.
    #[inline(always)]
    pub(super) fn producers_seem_gone(&self) -> bool {
        self.producers.load(Ordering::Relaxed) == 0
    }

    /// Whether all producers are gone; if so, everything that they did is seen.
    #[inline]
    pub(super) fn producers_are_gone(&self) -> bool {
        self.producers.load(Ordering::Acquire) == 0 // SYNC: gone
    }

    /// How many producers are there.
    pub(super) fn producers(&self) -> u64 {
        self.producers.load(Ordering::Relaxed)
    }
}

impl Place {
    /// For a reader that starts at `start`; `is_early`: which may not be published.
    pub(super) fn new(number: u64, start: u64, is_early: bool) -> Self {
        let position =
            Position { cursor: Cursor::new(start), high_water: AtomicU64::new(0), stalls: Stalls::new() };
        Self { position: CachePadded::new(position), halted: AtomicBool::new(false), is_early, number }
    }

    /// Where the reader is: it no longer touches what lies before.
    #[inline(always)]
    pub(super) fn cursor(&self) -> &Cursor {
        &self.position.cursor
    }

    /// Whether somebody wants its reader to stop. No order: it only wants to stop.
    #[inline(always)]
    pub(super) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    pub(super) fn has_left(&self) -> bool {
        self.position.cursor.glance() == LEFT
    }

    pub(super) fn stalls(&self) -> &Stalls {
        &self.position.stalls
    }

    /// So many events were found at once. Only the reader itself may call this.
    #[inline(always)]
    pub(super) fn found(&self, count: u64) {
        // No protocol depends on it, so loom's models leave it out.
        if cfg!(not(loom)) && count > self.high_water() {
            self.position.high_water.store(count, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn high_water(&self) -> u64 {
        self.position.high_water.load(Ordering::Relaxed)
    }
}

impl<E> fmt::Debug for Ring<E> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("newest", &self.newest())
            .field("capacity", &self.capacity)
            .field("readers", &self.roster.count())
            .field("abandoned", &self.attention.is_abandoned())
            .field("producers", &self.attention.producers())
            .finish()
    }
}
