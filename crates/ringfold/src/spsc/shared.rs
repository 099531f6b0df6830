//! What both sides see, grouped by the side that writes it, and the link by which a handle holds it.

use core::{fmt, mem::offset_of, ptr::NonNull};

#[cfg(feature = "std")]
use ringfold_core::sync::Arc;
use ringfold_core::{
    cursor::Cursor,
    padded::CachePadded,
    slots::Slots,
    stats::{Stalls, Stats},
    sync::{AtomicU64, Ordering},
    wait::{Barrier, Doorbell},
};

/// The words of one ring: positions and flags, no pointer and no item.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Shared {
    pub(super) producer: CachePadded<Side>,
    pub(super) consumer: CachePadded<Side>,
    pub(super) attention: CachePadded<Attention>,
}

/// What one side writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Side {
    pub(super) cursor: Cursor,
    pub(super) stalls: Stalls,
}

/// What is written when something happens, and read all the time: it stays in both caches.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Attention {
    closed: AtomicU64,
    pub(super) producer_bell: Doorbell,
    pub(super) consumer_bell: Doorbell,
}

const _: () = {
    assert!(offset_of!(Shared, producer) == 0);
    assert!(offset_of!(Shared, consumer) >= 128, "the sides' cursors must not share a line");
    assert!(
        offset_of!(Shared, attention) >= 256,
        "what both read must not share a line with what one writes"
    );
    assert!(offset_of!(Side, cursor) == 0 && offset_of!(Attention, closed) == 0);
};

/// Bits of `closed`.
pub(super) const PRODUCER_GONE: u64 = 1;
pub(super) const CONSUMER_GONE: u64 = 2;
/// Both handles of an inline ring are gone and its slots are empty: it can be split again.
#[cfg(not(loom))]
pub(super) const VACANT: u64 = 4;

impl Shared {
    #[cfg(not(loom))]
    pub(super) const fn new(closed: u64) -> Self {
        const fn side() -> CachePadded<Side> {
            CachePadded::new(Side { cursor: Cursor::new(0), stalls: Stalls::new() })
        }
        let attention = Attention {
            closed: AtomicU64::new(closed),
            producer_bell: Doorbell::new(),
            consumer_bell: Doorbell::new(),
        };
        Self { producer: side(), consumer: side(), attention: CachePadded::new(attention) }
    }

    #[cfg(loom)]
    pub(super) fn new(closed: u64) -> Self {
        let side = || CachePadded::new(Side { cursor: Cursor::new(0), stalls: Stalls::new() });
        let attention = Attention {
            closed: AtomicU64::new(closed),
            producer_bell: Doorbell::new(),
            consumer_bell: Doorbell::new(),
        };
        Self { producer: side(), consumer: side(), attention: CachePadded::new(attention) }
    }

    pub(super) fn stats(&self) -> Stats {
        // The consumer's cursor first: the producer's can only have grown since, so no depth is negative.
        let popped = self.consumer.cursor.observe(); // SYNC: cursor (a figure, but an ordered one)
        Stats {
            popped,
            pushed: self.producer.cursor.glance(),
            times_full: self.producer.stalls.times(),
            times_empty: self.consumer.stalls.times(),
            producer_stalled: self.producer.stalls.time(),
            consumer_stalled: self.consumer.stalls.time(),
        }
    }
}

impl Attention {
    /// Whether the side of `bit` is gone. No order: a producer only wants to stop early.
    #[inline(always)]
    pub(super) fn seems_gone(&self, bit: u64) -> bool {
        self.closed.load(Ordering::Relaxed) & bit != 0
    }

    /// Whether the side of `bit` is gone; if so, everything that it did is seen.
    #[inline]
    pub(super) fn is_gone(&self, bit: u64) -> bool {
        self.closed.load(Ordering::Acquire) & bit != 0 // SYNC: closed
    }

    /// Says that the side of `bit` is gone. True if the other was gone already, whose last words are
    /// then seen.
    fn leave(&self, bit: u64) -> bool {
        self.closed.fetch_or(bit, Ordering::AcqRel) & !bit != 0 // SYNC: closed
    }

    /// Says that an inline ring is empty and unused.
    #[cfg(not(loom))]
    fn vacate(&self) {
        self.closed.store(VACANT, Ordering::Release); // SYNC: vacant
    }

    /// Takes an inline ring into use; false if its handles are out.
    #[cfg(not(loom))]
    pub(super) fn occupy(&self) -> bool {
        let taken = self.closed.compare_exchange(VACANT, 0, Ordering::Acquire, Ordering::Relaxed); // SYNC: vacant
        taken.is_ok()
    }
}

/// How a handle holds its ring.
pub(super) struct Link<T> {
    shared: NonNull<Shared>,
    pub(super) slots: Slots<T>,
    pub(super) capacity: usize,
    pub(super) barrier: Barrier,
    /// Keeps what `shared` and `slots` point to; an inline ring is `'static` and needs no keeper.
    #[cfg(feature = "std")]
    keeper: Option<Arc<Keeper>>,
}

/// The ring's words and its memory, kept for as long as a handle lives.
#[cfg(feature = "std")]
#[derive(Debug)]
pub(super) struct Keeper {
    shared: Shared,
    /// `None` for zero-sized items, which need no memory.
    _mirror: Option<ringfold_memory::Mirror>,
}

// SAFETY: a link is a counted reference to words that are all atomics or locks, and to slots whose
// items travel (`T: Send`). It hands no reference to an item to a second thread.
unsafe impl<T: Send> Send for Link<T> {}

impl<T> fmt::Debug for Link<T> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.shared();
        f.debug_struct("Ring")
            .field("consumer_cursor", &shared.consumer.cursor.glance())
            .field("producer_cursor", &shared.producer.cursor.glance())
            .field("capacity", &self.capacity)
            .field("consumer_gone", &shared.attention.seems_gone(CONSUMER_GONE))
            .field("producer_gone", &shared.attention.seems_gone(PRODUCER_GONE))
            .finish()
    }
}

impl<T> Link<T> {
    /// The two links of a new ring over `slots`, which lie in `mirror`.
    #[cfg(feature = "std")]
    pub(super) fn pair(
        slots: Slots<T>,
        mirror: Option<ringfold_memory::Mirror>,
        capacity: usize,
        barrier: Barrier,
    ) -> (Self, Self) {
        let keeper = Arc::new(Keeper { shared: Shared::new(0), _mirror: mirror });
        let link = |keeper: Arc<Keeper>| Self {
            shared: NonNull::from(&keeper.shared),
            slots: slots.clone(),
            capacity,
            barrier,
            keeper: Some(keeper),
        };
        (link(keeper.clone()), link(keeper))
    }

    /// A link to an inline ring, which outlives everything.
    #[cfg(not(loom))]
    pub(super) fn to_static(
        shared: &'static Shared,
        slots: Slots<T>,
        capacity: usize,
        barrier: Barrier,
    ) -> Self {
        Self {
            shared: NonNull::from(shared),
            slots,
            capacity,
            barrier,
            #[cfg(feature = "std")]
            keeper: None,
        }
    }

    #[inline(always)]
    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: the keeper, or `'static`, keeps it for as long as the link lives (`pair`, `to_static`).
        unsafe { self.shared.as_ref() }
    }

    /// Closes the side of `bit`; whoever is second drops what was not read (invariant 7).
    pub(super) fn close(&self, bit: u64) {
        let shared = self.shared();
        if !shared.attention.leave(bit) {
            let bell = match bit {
                PRODUCER_GONE => &shared.attention.consumer_bell,
                _ => &shared.attention.producer_bell,
            };
            bell.ring(self.barrier);
            return;
        }
        let _vacate = Vacate(self);
        let from = shared.consumer.cursor.observe(); // SYNC: cursor
        let count = (shared.producer.cursor.observe() - from) as usize; // SYNC: cursor
        // SAFETY: both sides are gone (`leave`), so this thread has all slots to itself; those in
        // between hold items (invariant 2).
        unsafe { self.slots.drop_items(from, count) };
    }

    fn is_static(&self) -> bool {
        #[cfg(feature = "std")]
        return self.keeper.is_none();
        #[cfg(not(feature = "std"))]
        true
    }
}

/// Gives an inline ring back once its items are gone, even where dropping one of them panicked.
struct Vacate<'a, T>(&'a Link<T>);

impl<T> Drop for Vacate<'_, T> {
    fn drop(&mut self) {
        #[cfg(not(loom))]
        if self.0.is_static() {
            let shared = self.0.shared();
            let end = shared.producer.cursor.glance();
            shared.consumer.cursor.publish(end); // SYNC: vacant
            shared.attention.vacate();
        }
        #[cfg(loom)]
        let _ = self.0.is_static();
    }
}
