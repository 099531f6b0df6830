//! What both sides see, grouped by the side that writes it, and the link by which a handle holds it.

use core::{fmt, mem::offset_of, ptr::NonNull};

use ringfold_core::{
    cursor::Cursor,
    padded::CachePadded,
    slots::Slots,
    stats::{Stalls, Stats},
    sync::{AtomicU64, Ordering, OwnedCell},
    wait::{Barrier, Doorbell, Slip, WaitStrategy, Waiter},
};

#[cfg(feature = "std")]
use crate::watch::{self, Watch, Watched};

#[cfg(feature = "std")]
const ROOM: &str = "spsc";

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
    /// Which sides have left, in bits: what a side tells the other.
    gone: AtomicU64,
    /// Which sides no longer touch the ring, in bits: the second one ends it.
    released: AtomicU64,
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
    assert!(offset_of!(Side, cursor) == 0 && offset_of!(Attention, gone) == 0);
};

/// Bits of `gone` and `released`.
pub(super) const PRODUCER: u64 = 1;
pub(super) const CONSUMER: u64 = 2;
/// In `released`: nobody holds this ring and its slots are empty, so it can be split.
const VACANT: u64 = 4;

/// The words, and what each side keeps for itself but rarely needs.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) shared: Shared,
    pub(super) capacity: usize,
    /// The producer's alone.
    pub(super) producer_waiting: OwnedCell<Waiting>,
    /// The consumer's alone.
    pub(super) consumer_waiting: OwnedCell<Waiting>,
    memory: Memory,
}

/// What one side has learnt about waiting.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) waiter: Waiter,
    pub(super) slip: Slip,
}

/// Where the slots of a ring are, and so who frees what.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a ring")]
pub(super) enum Memory {
    /// Beside the ring, in a `static`: never freed.
    Inline,
    /// In a mirror, or nowhere for zero-sized items; the ring itself is on the heap.
    #[cfg(feature = "std")]
    Mapped(Option<ringfold_memory::Mirror>),
}

impl Shared {
    ringfold_core::const_unless_loom! {
        fn new() -> Self {
            Self {
                producer: CachePadded::new(Side::new()),
                consumer: CachePadded::new(Side::new()),
                attention: CachePadded::new(Attention::new()),
            }
        }
    }

    pub(super) fn stats(&self) -> Stats {
        // Either handle knows its own cursor, and has observed the other's to be no worse than that: so what was
        // popped is never more than what was pushed.
        Stats {
            popped: self.consumer.cursor.glance(),
            pushed: self.producer.cursor.glance(),
            times_full: self.producer.stalls.times(),
            times_empty: self.consumer.stalls.times(),
            producer_stalled: self.producer.stalls.time(),
            consumer_stalled: self.consumer.stalls.time(),
        }
    }
}

impl Side {
    ringfold_core::const_unless_loom! {
        fn new() -> Self {
            Self { cursor: Cursor::new(0), stalls: Stalls::new() }
        }
    }
}

impl Attention {
    ringfold_core::const_unless_loom! {
        fn new() -> Self {
            Self {
                gone: AtomicU64::new(0),
                released: AtomicU64::new(VACANT),
                producer_bell: Doorbell::new(),
                consumer_bell: Doorbell::new(),
            }
        }
    }

    /// Whether `side` is gone. No order: whoever waits only wants to stop.
    #[inline(always)]
    pub(super) fn seems_gone(&self, side: u64) -> bool {
        self.gone.load(Ordering::Relaxed) & side != 0
    }

    /// Whether `side` is gone; if so, everything that it did is seen.
    #[inline]
    pub(super) fn is_gone(&self, side: u64) -> bool {
        self.gone.load(Ordering::Acquire) & side != 0 // SYNC: gone
    }

    fn leave(&self, side: u64) {
        self.gone.fetch_or(side, Ordering::Release); // SYNC: gone
    }

    /// Gives the ring up. True for the second side, which then has it to itself and sees all that was done. For the
    /// first side the ring may be gone before this returns, so it borrows nothing but the word.
    fn release(released: &AtomicU64, side: u64) -> bool {
        released.fetch_or(side, Ordering::AcqRel) != 0 // SYNC: released
    }

    /// Takes a vacant ring; false if its handles are out.
    fn occupy(&self) -> bool {
        let taken = self.released.compare_exchange(VACANT, 0, Ordering::Acquire, Ordering::Relaxed); // SYNC: released
        if taken.is_ok() {
            self.gone.store(0, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    fn vacate(&self) {
        self.released.store(VACANT, Ordering::Release); // SYNC: released
    }
}

impl Ring {
    ringfold_core::const_unless_loom! {
        pub(super) fn new(capacity: usize, memory: Memory) -> Self {
            Self {
                shared: Shared::new(),
                capacity,
                producer_waiting: OwnedCell::new(Waiting::new()),
                consumer_waiting: OwnedCell::new(Waiting::new()),
                memory,
            }
        }
    }

    /// Takes the ring for a new pair of handles, which go on where the last pair stopped: sequences never
    /// go back. `None` while the last pair is out.
    pub(super) fn occupy(
        &self,
        strategies: [WaitStrategy; 2],
        barrier: Barrier,
        item_bytes: usize,
    ) -> Option<u64> {
        if !self.shared.attention.occupy() {
            return None;
        }
        let slip = Slip::new(self.capacity, item_bytes);
        for (cell, strategy) in [&self.producer_waiting, &self.consumer_waiting].into_iter().zip(strategies) {
            // SAFETY: no handle is out (`occupy`), so nobody else uses the cells.
            unsafe { *cell.as_ptr() = Waiting { waiter: Waiter::new(strategy, barrier), slip } };
        }
        Some(self.shared.producer.cursor.glance())
    }
}

impl Ring {
    /// What memory the slots got.
    #[cfg(feature = "std")]
    pub(super) fn memory(&self) -> Option<&ringfold_memory::Info> {
        match &self.memory {
            Memory::Mapped(mirror) => mirror.as_ref().map(ringfold_memory::Mirror::info),
            Memory::Inline => None,
        }
    }
}

// SAFETY: the words are atomics or locks, the memory does not change, and a side's cell is followed by that side's only handle.
unsafe impl Sync for Ring {}

#[cfg(feature = "std")]
impl Watched for Ring {
    fn stats(&self) -> Stats {
        self.shared.stats()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.memory()
    }
}

impl Waiting {
    /// Before the ring is taken for the first time.
    const fn new() -> Self {
        Self { waiter: Waiter::new(WaitStrategy::Park, Barrier::new(None)), slip: Slip::new(0, 0) }
    }
}

/// How a handle holds its ring. Plain words, so that the hot path keeps all of it in registers.
pub(super) struct Link<T> {
    ring: NonNull<Ring>,
    pub(super) slots: Slots<T>,
    pub(super) barrier: Barrier,
}

// SAFETY: a link refers to words that are atomics or locks, to slots whose items travel (`T: Send`), and to
// one side's `Waiting`, which travels with that side's only handle.
unsafe impl<T: Send> Send for Link<T> {}

impl<T> Link<T> {
    /// A link to `ring`.
    ///
    /// # Safety
    /// The ring was taken (`occupy`) for the two handles that the links are for, and lives until both are
    /// closed; `slots` are its own.
    pub(super) unsafe fn new(ring: NonNull<Ring>, slots: Slots<T>, barrier: Barrier) -> Self {
        Self { ring, slots, barrier }
    }

    #[inline(always)]
    pub(super) fn ring<'a>(&self) -> &'a Ring
    where
        T: 'a,
    {
        // SAFETY: the ring lives until both links are closed (`new`), which consumes this one. The lifetime is
        // not tied to `&self` so that the handle need not lie in memory; no caller keeps it beyond a call.
        unsafe { self.ring.as_ref() }
    }

    #[cfg(feature = "std")]
    pub(super) fn watch(&self) -> Watch {
        match self.ring().memory {
            // SAFETY: an inline ring is `'static` (`Static::split`).
            Memory::Inline => Watch::resident(ROOM, unsafe { self.ring.as_ref() }),
            // SAFETY: a ring with mapped slots was lent (`builder`), and this link is not closed.
            Memory::Mapped(_) => unsafe { Watch::lent(ROOM, self.ring) },
        }
    }

    #[inline(always)]
    pub(super) fn shared<'a>(&self) -> &'a Shared
    where
        T: 'a,
    {
        &self.ring().shared
    }

    /// Says that `side` is gone, and wakes the other.
    pub(super) fn leave(&self, side: u64) {
        let attention = &self.shared().attention;
        attention.leave(side);
        match side {
            PRODUCER => attention.consumer_bell.ring(self.barrier),
            _ => attention.producer_bell.ring(self.barrier),
        }
    }

    /// Closes `side`, and ends the ring if it is the second; also where the other side's waker panics.
    pub(super) fn close(&self, side: u64) {
        let _released = Released { link: self, side };
        self.leave(side);
    }

    /// Drops what was not read and frees the ring, or makes it vacant (invariant 7).
    #[cold]
    fn end(&self) {
        let _freed = Freed(self.ring);
        let shared = self.shared();
        let from = shared.consumer.cursor.glance();
        let count = shared.producer.cursor.glance().wrapping_sub(from) as usize;
        // SAFETY: both sides have released the ring, so this thread has it to itself; the slots in between hold
        // items (invariant 2).
        unsafe { self.slots.drop_items(from, count) };
    }
}

/// Gives the ring up at the end of closing.
struct Released<'a, T> {
    link: &'a Link<T>,
    side: u64,
}

impl<T> Drop for Released<'_, T> {
    fn drop(&mut self) {
        // From here on the other side may free the ring, unless it is this side that has to.
        if Attention::release(&self.link.shared().attention.released, self.side) {
            self.link.end();
        }
    }
}

/// Frees a ring once its items are gone, even where dropping one of them panicked.
struct Freed(NonNull<Ring>);

impl Drop for Freed {
    fn drop(&mut self) {
        // SAFETY: both sides have released the ring, and only the second of them gets here.
        let ring = unsafe { self.0.as_ref() };
        match ring.memory {
            Memory::Inline => {
                ring.shared.consumer.cursor.publish(ring.shared.producer.cursor.glance()); // SYNC: cursor
                ring.shared.attention.vacate();
            }
            #[cfg(feature = "std")]
            // SAFETY: as above, and a ring with mapped slots was lent (`builder`).
            Memory::Mapped(_) => unsafe { watch::give_back(self.0) },
        }
    }
}

impl<T> fmt::Debug for Link<T> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.shared();
        f.debug_struct("Ring")
            .field("consumer_cursor", &shared.consumer.cursor.glance())
            .field("producer_cursor", &shared.producer.cursor.glance())
            .field("capacity", &self.ring().capacity)
            .field("consumer_gone", &shared.attention.seems_gone(CONSUMER))
            .field("producer_gone", &shared.attention.seems_gone(PRODUCER))
            .finish()
    }
}
