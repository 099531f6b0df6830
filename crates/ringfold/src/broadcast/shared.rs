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

use super::roster::Roster;

/// A ring: where its sides stand, who is there, and the slots.
#[repr(C)]
pub(super) struct Ring<E> {
    pub(super) producer: CachePadded<Writing>,
    pub(super) attention: CachePadded<Attention>,
    pub(super) roster: CachePadded<Roster>,
    pub(super) slots: Slots<E>,
    pub(super) capacity: usize,
    pub(super) barrier: Barrier,
    pub(super) reader_wait: WaitStrategy,
    pub(super) mirror: Option<Mirror>,
    /// Readers on several threads look at the same events, and the producer's thread writes them.
    _events: PhantomData<Arc<E>>,
}

/// What the producer writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Writing {
    pub(super) cursor: Cursor,
    granted: AtomicU64,
    pub(super) stalls: Stalls,
}

/// What is written when something happens, and read all the time: it stays in all caches.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Attention {
    /// There were readers, and all of them have left.
    abandoned: AtomicBool,
    producer_gone: AtomicBool,
    /// Where readers sleep that wait for the producer.
    pub(super) readers: Lobby,
    /// Where readers sleep that wait for other readers.
    pub(super) followers: Lobby,
    pub(super) producer_bell: Doorbell,
}

/// What one gated reader writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Place {
    position: CachePadded<Position>,
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
        capacity: usize,
        reader_wait: WaitStrategy,
        barrier: Barrier,
    ) -> Self {
        let producer = Writing { cursor: Cursor::new(0), granted: AtomicU64::new(0), stalls: Stalls::new() };
        let attention = Attention {
            abandoned: AtomicBool::new(false),
            producer_gone: AtomicBool::new(false),
            readers: Lobby::new(),
            followers: Lobby::new(),
            producer_bell: Doorbell::new(),
        };
        Self {
            producer: CachePadded::new(producer),
            attention: CachePadded::new(attention),
            roster: CachePadded::new(Roster::new()),
            slots,
            capacity,
            barrier,
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

    /// After events were published: wakes readers, if any sleep.
    #[inline(always)]
    pub(super) fn wake_readers(&self) {
        // All of them: nobody takes what another waits for.
        self.attention.readers.ring(self.barrier, || 1);
    }

    /// After slots were released: wakes the producer and the readers behind, if any sleep.
    #[inline(always)]
    pub(super) fn wake_others(&self) {
        self.attention.producer_bell.ring(self.barrier);
        self.attention.followers.ring(self.barrier, || 1);
    }

    /// The producer is gone, and everybody is told.
    pub(super) fn close(&self) {
        self.attention.producer_gone.store(true, Ordering::Release); // SYNC: gone
        self.attention.readers.dismiss(self.barrier);
        self.attention.followers.dismiss(self.barrier);
    }
}

impl Writing {
    /// The producer may write anything before the result, without another look.
    fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }

    /// Allows the producer to write everything before `limit`.
    ///
    /// Whoever sees anything of what is written from here on, by whatever load, and then [looks](Self::is_intact) sees this.
    pub(super) fn grant(&self, limit: u64) {
        self.granted.store(limit, Ordering::Relaxed);
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

    /// Whether the producer is gone. No order: whoever waits only wants to stop.
    #[inline(always)]
    pub(super) fn producer_seems_gone(&self) -> bool {
        self.producer_gone.load(Ordering::Relaxed)
    }

    /// Whether the producer is gone; if so, everything that it did is seen.
    #[inline]
    pub(super) fn producer_is_gone(&self) -> bool {
        self.producer_gone.load(Ordering::Acquire) // SYNC: gone
    }
}

impl Place {
    pub(super) fn new(number: u64, start: u64) -> Self {
        let position =
            Position { cursor: Cursor::new(start), high_water: AtomicU64::new(0), stalls: Stalls::new() };
        Self { position: CachePadded::new(position), number }
    }

    /// Where the reader is: it no longer touches what lies before.
    #[inline(always)]
    pub(super) fn cursor(&self) -> &Cursor {
        &self.position.cursor
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

    pub(super) fn high_water(&self) -> u64 {
        self.position.high_water.load(Ordering::Relaxed)
    }
}

impl<E> fmt::Debug for Ring<E> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("published", &self.producer.cursor.glance())
            .field("capacity", &self.capacity)
            .field("readers", &self.roster.count())
            .field("abandoned", &self.attention.is_abandoned())
            .field("producer_gone", &self.attention.producer_seems_gone())
            .finish()
    }
}
