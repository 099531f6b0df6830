//! What all sides see, grouped by the side that writes it, and the link by which a handle holds it.

use core::{fmt, mem::offset_of, ptr::NonNull};

use ringfold_core::{
    cursor::Cursor,
    padded::CachePadded,
    slots::Slots,
    stats::{Stalls, Stats},
    sync::{AtomicBool, AtomicU64, Ordering, OwnedCell},
    wait::{Barrier, Doorbell, Lobby, Slip, WaitStrategy, Waiter},
};
use ringfold_memory::Mirror;

use crate::{
    marks::{Mark, Marks},
    watch::{self, Watch, Watched},
};

/// The words of one ring: positions and flags, no pointer to an item.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Shared {
    pub(super) producers: CachePadded<Claims>,
    pub(super) consumer: CachePadded<Side>,
    pub(super) attention: CachePadded<Attention>,
}

/// What the producers write, all of them.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Claims {
    /// The first sequence that nobody has claimed.
    claimed: AtomicU64,
    pub(super) stalls: Stalls,
}

/// What the consumer writes.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Side {
    pub(super) cursor: Cursor,
    pub(super) stalls: Stalls,
}

/// What is written when something happens, and read all the time: it stays in all caches.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Attention {
    consumer_gone: AtomicBool,
    /// Producers that are there.
    producers: AtomicU64,
    /// Handles that touch the ring; the last one ends it.
    handles: AtomicU64,
    pub(super) consumer_bell: Doorbell,
    pub(super) lobby: Lobby,
}

const _: () = {
    assert!(offset_of!(Shared, producers) == 0);
    assert!(offset_of!(Shared, consumer) >= 128, "the sides' cursors must not share a line");
    assert!(offset_of!(Shared, attention) >= 256, "what all read must not share a line with what one writes");
};

impl Claims {
    /// Where the next claim would begin, at some moment.
    #[inline(always)]
    pub(super) fn glance(&self) -> u64 {
        self.claimed.load(Ordering::Relaxed)
    }

    /// Claims `n` slots from `from` on, if that is where the next claim begins; otherwise says where it does.
    ///
    /// No order: that the slots are vacant was learnt from the consumer's cursor, and what is written into them is
    /// published by a mark.
    #[inline(always)]
    pub(super) fn claim(&self, from: u64, n: u64) -> Result<u64, u64> {
        self.claimed.compare_exchange_weak(from, from + n, Ordering::Relaxed, Ordering::Relaxed)
    }

    /// As [`claim`](Self::claim), by the only producer there is ([`Attention::is_alone`]): nobody can beat it.
    #[inline(always)]
    pub(super) fn claim_alone(&self, from: u64, n: u64) {
        self.claimed.store(from + n, Ordering::Relaxed);
    }
}

impl Attention {
    /// Whether the consumer is gone. No order: nobody will read what a producer does from here on.
    #[inline(always)]
    pub(super) fn consumer_is_gone(&self) -> bool {
        self.consumer_gone.load(Ordering::Relaxed)
    }

    /// Whether the producer that asks is the only one. Then it stays so during its call, because only it could be cloned;
    /// and it sees everything that the others did before they left.
    #[inline(always)]
    pub(super) fn is_alone(&self) -> bool {
        self.producers.load(Ordering::Acquire) == 1 // SYNC: producers
    }

    /// Whether all producers are gone. No order: whoever waits only wants to stop.
    #[inline(always)]
    pub(super) fn producers_seem_gone(&self) -> bool {
        self.producers.load(Ordering::Relaxed) == 0
    }

    /// Whether all producers are gone; if so, everything that they did is seen.
    #[inline]
    pub(super) fn producers_are_gone(&self) -> bool {
        self.producers.load(Ordering::Acquire) == 0 // SYNC: producers
    }
}

/// The words, and what only one side needs.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) shared: Shared,
    pub(super) marks: Marks,
    pub(super) capacity: usize,
    /// The consumer's alone.
    pub(super) consumer_waiting: OwnedCell<Waiting>,
    /// How far the consumer has read the marks, when it leaves; then the last handle's.
    found: OwnedCell<u64>,
    producer_wait: WaitStrategy,
    item_bytes: usize,
    mirror: Option<Mirror>,
}

/// What one handle has learnt about waiting.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) waiter: Waiter,
    pub(super) slip: Slip,
}

impl Ring {
    /// A ring with one producer and the consumer, in which the slots from `start` to `end` are there to be read.
    pub(super) fn new(
        marks: Marks,
        capacity: usize,
        mirror: Option<Mirror>,
        filled: core::ops::Range<u64>,
        [producer_wait, consumer_wait]: [WaitStrategy; 2],
        item_bytes: usize,
        barrier: Barrier,
    ) -> Self {
        if !filled.is_empty() {
            marks.commit(filled.start, filled.end); // SYNC: mark
        }
        let claims = Claims { claimed: AtomicU64::new(filled.end), stalls: Stalls::new() };
        let consumer = Side { cursor: Cursor::new(filled.start), stalls: Stalls::new() };
        let attention = Attention {
            consumer_gone: AtomicBool::new(false),
            producers: AtomicU64::new(1),
            handles: AtomicU64::new(2),
            consumer_bell: Doorbell::new(),
            lobby: Lobby::new(),
        };
        Self {
            shared: Shared {
                producers: CachePadded::new(claims),
                consumer: CachePadded::new(consumer),
                attention: CachePadded::new(attention),
            },
            marks,
            capacity,
            consumer_waiting: OwnedCell::new(Waiting {
                waiter: Waiter::new(consumer_wait, barrier),
                slip: Slip::new(capacity, item_bytes),
            }),
            found: OwnedCell::new(filled.start),
            producer_wait,
            item_bytes,
            mirror,
        }
    }

    /// How one more producer starts to wait.
    pub(super) fn producer_waiting(&self, barrier: Barrier) -> Waiting {
        let waiter = Waiter::new(self.producer_wait, barrier);
        Waiting { waiter, slip: Slip::new(self.capacity, self.item_bytes) }
    }

    pub(super) fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.mirror.as_ref().map(Mirror::info)
    }

    /// Slots that are vacant and unclaimed, at some moment. No order: whoever takes them looks at the cursor again.
    #[inline]
    pub(super) fn room(&self) -> u64 {
        let claimed = self.shared.producers.glance();
        let limit = self.shared.consumer.cursor.glance() + self.capacity as u64;
        // Between the two looks the ring may have gone round.
        limit.saturating_sub(claimed).min(self.capacity as u64)
    }

    pub(super) fn stats(&self) -> Stats {
        let Shared { producers, consumer, .. } = &self.shared;
        Stats {
            popped: consumer.cursor.glance(),
            pushed: producers.glance(),
            times_full: producers.stalls.times(),
            times_empty: consumer.stalls.times(),
            producer_stalled: producers.stalls.time(),
            consumer_stalled: consumer.stalls.time(),
        }
    }
}

// SAFETY: the words are atomics or locks, the memory does not change, and the cells are followed by the only consumer, and by whoever has the ring to
// himself.
unsafe impl Sync for Ring {}

impl Watched for Ring {
    fn stats(&self) -> Stats {
        self.stats()
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.memory()
    }
}

/// How a handle holds its ring.
pub(super) struct Link<T> {
    ring: NonNull<Ring>,
    pub(super) slots: Slots<T>,
    pub(super) barrier: Barrier,
}

// SAFETY: a link refers to words that are atomics or locks, to slots whose items travel (`T: Send`), and to
// the consumer's own cells, which travel with the only consumer.
unsafe impl<T: Send> Send for Link<T> {}

impl<T> Link<T> {
    /// One of the two links that a ring starts with.
    ///
    /// # Safety
    /// The ring was lent ([`watch::lend`]); it counts this handle, and lives until all are released; `slots` are its own.
    pub(super) unsafe fn new(ring: NonNull<Ring>, slots: Slots<T>, barrier: Barrier) -> Self {
        Self { ring, slots, barrier }
    }

    /// A link for one more producer, or only for one more handle if it is closed from the beginning.
    pub(super) fn join(&self, closed: bool) -> Self {
        let attention = &self.ring().shared.attention;
        // No order: this handle keeps both counts above 0, and whoever gets the new one gets it from here.
        if !closed {
            attention.producers.fetch_add(1, Ordering::Relaxed);
        }
        attention.handles.fetch_add(1, Ordering::Relaxed);
        Self { ring: self.ring, slots: self.slots.clone(), barrier: self.barrier }
    }

    #[inline(always)]
    pub(super) fn ring<'a>(&self) -> &'a Ring
    where
        T: 'a,
    {
        // SAFETY: the ring lives until every link is released (`new`), which consumes this one. The lifetime is
        // not tied to `&self` so that the handle need not lie in memory; no caller keeps it beyond a call.
        unsafe { self.ring.as_ref() }
    }

    pub(super) fn watch(&self) -> Watch {
        // SAFETY: the ring was lent (`new`), and this link is not released.
        unsafe { Watch::lent("mpsc", self.ring) }
    }

    /// A producer leaves, if it has not closed before.
    pub(super) fn leave_as_producer(&self, closed: bool) {
        let _released = Released(self);
        if !closed {
            self.close_as_producer();
        }
    }

    /// One producer fewer.
    pub(super) fn close_as_producer(&self) {
        let attention = &self.ring().shared.attention;
        let before = attention.producers.fetch_sub(1, Ordering::Release); // SYNC: producers
        if before == 1 {
            attention.consumer_bell.ring(self.barrier);
        }
    }

    /// The consumer leaves, having read the marks up to `found`.
    pub(super) fn leave_as_consumer(&self, found: u64) {
        let _released = Released(self);
        let ring = self.ring();
        // SAFETY: the cell is the consumer's until it has released the ring.
        unsafe { *ring.found.as_ptr() = found };
        ring.shared.attention.consumer_gone.store(true, Ordering::Relaxed);
        ring.shared.attention.lobby.dismiss(self.barrier);
    }

    /// Drops what was not read and frees the ring. Nobody else holds it.
    #[cold]
    fn end(&self) {
        let _freed = Freed(self.ring);
        let ring = self.ring();
        let from = ring.shared.consumer.cursor.glance();
        // SAFETY: all handles are released, so this thread has the cell to itself.
        let found = unsafe { *ring.found.as_ptr() };
        // What the consumer has found before it left, and then what the marks say.
        let mut unread = Unread { link: self, at: found.max(from) };
        // SAFETY: the ring is this thread's alone, and these slots hold items.
        unsafe { self.slots.drop_items(from, found.saturating_sub(from) as usize) };
        unread.drop_all();
    }
}

/// What was committed and never read, from a sequence on.
struct Unread<'a, T> {
    link: &'a Link<T>,
    at: u64,
}

impl<T> Unread<'_, T> {
    fn drop_all(&mut self) {
        let ring = self.link.ring();
        let end = ring.shared.producers.glance();
        while self.at < end {
            let from = self.at;
            match ring.marks.read(from) {
                Mark::Items(to) => {
                    self.at = to;
                    // SAFETY: the ring is this thread's alone (`end`), and these slots hold items.
                    unsafe { self.link.slots.drop_items(from, (to - from) as usize) };
                }
                Mark::Aborted(to) => self.at = to,
                // A claim that was forgotten.
                Mark::Open => self.at = ring.marks.skip_open(from, end),
            }
        }
    }
}

impl<T> Drop for Unread<'_, T> {
    /// Also where an item has panicked.
    fn drop(&mut self) {
        self.drop_all();
    }
}

/// Gives the ring up at the end of leaving, also where a waker panics.
struct Released<'a, T>(&'a Link<T>);

impl<T> Drop for Released<'_, T> {
    fn drop(&mut self) {
        // The last one sees all that the others did. For the others the ring may be gone as soon as this is done.
        let handles = &self.0.ring().shared.attention.handles;
        let before = handles.fetch_sub(1, Ordering::AcqRel); // SYNC: handles
        if before == 1 {
            self.0.end();
        }
    }
}

/// Frees a ring once its items are gone, even where dropping one of them panicked.
struct Freed(NonNull<Ring>);

impl Drop for Freed {
    fn drop(&mut self) {
        // SAFETY: every handle has released the ring and only the last of them gets here; it was lent (`Link::new`).
        unsafe { watch::give_back(self.0) }
    }
}

impl<T> fmt::Debug for Link<T> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { producers, consumer, attention } = &self.ring().shared;
        f.debug_struct("Ring")
            .field("consumer_cursor", &consumer.cursor.glance())
            .field("claimed", &producers.glance())
            .field("capacity", &self.ring().capacity)
            .field("producers", &attention.producers.load(Ordering::Relaxed))
            .field("consumer_gone", &attention.consumer_is_gone())
            .finish()
    }
}
