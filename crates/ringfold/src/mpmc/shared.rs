//! What all sides see, grouped by the side that writes it, and the link by which a handle holds it.

use core::{fmt, mem::offset_of, ptr::NonNull};

use ringfold_core::{
    padded::CachePadded,
    stats::{Stalls, Stats},
    sync::{self, AtomicU64, Ordering},
    wait::{Barrier, Lobby, WaitStrategy},
};

use super::cells::{Cells, Found};
use crate::watch::{self, Watch, Watched};

/// A ring: where its sides stand, who is there, and the slots.
#[repr(C)]
pub(super) struct Ring<T> {
    /// The first place that nobody has claimed.
    pub(super) claimed: CachePadded<Front>,
    /// The first place whose item nobody has taken.
    pub(super) taken: CachePadded<Front>,
    /// Written when something happens, and read all the time: it stays in all caches.
    pub(super) producers: CachePadded<Crowd>,
    pub(super) consumers: CachePadded<Crowd>,
    pub(super) cells: Cells<T>,
    /// Handles that touch the ring; the last one ends it.
    handles: AtomicU64,
}

/// How far a side has got; moved on by all its threads.
#[derive(Debug)]
pub(super) struct Front(AtomicU64);

/// The handles of one side, and who of them sleeps.
#[derive(Debug)]
pub(super) struct Crowd {
    /// How many there are.
    present: AtomicU64,
    pub(super) strategy: WaitStrategy,
    pub(super) lobby: Lobby,
    pub(super) stalls: CachePadded<Stalls>,
}

const _: () = {
    assert!(offset_of!(Ring<u64>, taken) >= 128, "the sides' fronts must not share a line");
    assert!(
        offset_of!(Ring<u64>, producers) >= 256,
        "what all read must not share a line with what one side writes"
    );
};

/// Which side a handle is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Producer,
    Consumer,
}

/// So many sleepers at most are woken by one call; each that takes an item or a slot wakes the next as long as there is more.
const ADMITTED: u64 = 64;
/// How often somebody who was beaten holds still for longer, so that the other one gets ahead instead of both passing the line
/// back and forth.
const MOST_DOUBLINGS: u32 = if cfg!(loom) { 0 } else { 3 };

impl Front {
    fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Where the side is, at some moment.
    #[inline(always)]
    pub(super) fn glance(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves on from `from` to `to`, if nobody else has moved on from `from`.
    ///
    /// No order: what a place allows was learnt from its stamp, and is passed on by its stamp.
    #[inline(always)]
    pub(super) fn advance(&self, from: u64, to: u64) -> bool {
        self.0.compare_exchange_weak(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Moves on to `to`, when nobody else can.
    pub(super) fn advance_alone(&self, to: u64) {
        self.0.store(to, Ordering::Relaxed);
    }
}

/// How often a call was beaten so far.
pub(super) struct Beaten(u32);

impl Beaten {
    #[inline(always)]
    pub(super) fn never() -> Self {
        Self(0)
    }

    /// Holds still, longer each time.
    #[inline(always)]
    pub(super) fn hold_still(&mut self) {
        (0..1_u32 << self.0).for_each(|_| sync::spin_loop());
        self.0 = MOST_DOUBLINGS.min(self.0 + 1);
    }
}

impl Crowd {
    fn new(strategy: WaitStrategy) -> Self {
        Self {
            present: AtomicU64::new(1),
            strategy,
            lobby: Lobby::new(),
            stalls: CachePadded::new(Stalls::new()),
        }
    }

    /// Whether all are gone. No order: whoever asks only wants to stop.
    #[inline(always)]
    pub(super) fn seem_gone(&self) -> bool {
        self.present.load(Ordering::Relaxed) == 0
    }

    /// Whether all are gone; if so, everything that they did is seen.
    #[inline]
    pub(super) fn are_gone(&self) -> bool {
        self.present.load(Ordering::Acquire) == 0 // SYNC: present
    }
}

impl<T> Ring<T> {
    /// A ring with one producer and one consumer.
    pub(super) fn new(cells: Cells<T>, [producers, consumers]: [WaitStrategy; 2]) -> Self {
        Self {
            claimed: CachePadded::new(Front::new()),
            taken: CachePadded::new(Front::new()),
            producers: CachePadded::new(Crowd::new(producers)),
            consumers: CachePadded::new(Crowd::new(consumers)),
            cells,
            handles: AtomicU64::new(2),
        }
    }

    pub(super) fn crowd(&self, side: Side) -> &Crowd {
        match side {
            Side::Producer => &self.producers,
            Side::Consumer => &self.consumers,
        }
    }

    /// How many items are in the ring, at some moment; those count that are just being pushed or popped.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        let taken = self.cells.sequence(self.taken.glance());
        let claimed = self.cells.sequence(self.claimed.glance());
        claimed.saturating_sub(taken).min(self.cells.capacity())
    }

    /// Whether a push would find room, or would have found it a moment ago.
    #[inline(always)]
    pub(super) fn has_room(&self) -> bool {
        self.cells.look_for_room(self.claimed.glance()) != Found::NotYet
    }

    /// Whether a pop would find an item, or would have found it a moment ago.
    #[inline(always)]
    pub(super) fn has_item(&self) -> bool {
        self.cells.look_for_item(self.taken.glance()) != Found::NotYet
    }

    /// How many sleeping producers there is room for now.
    ///
    /// Two consumers may each have made one of two slots vacant. The fence between a side's own stamp and its look at the others' makes
    /// sure that at least one of them sees both.
    #[cold]
    pub(super) fn room_for_sleepers(&self) -> u64 {
        sync::fence(Ordering::SeqCst); // SYNC: admit
        self.count_for_sleepers(&self.claimed, Cells::look_for_room)
    }

    /// How many sleeping consumers there are items for now; see [`room_for_sleepers`](Self::room_for_sleepers).
    #[cold]
    pub(super) fn items_for_sleepers(&self) -> u64 {
        sync::fence(Ordering::SeqCst); // SYNC: admit
        self.count_for_sleepers(&self.taken, Cells::look_for_item)
    }

    /// How many places from the front on are ready. A front that has moved on meanwhile is looked at again: nobody else might do it.
    fn count_for_sleepers(&self, front: &Front, look: fn(&Cells<T>, u64) -> Found) -> u64 {
        loop {
            let place = front.glance();
            match look(&self.cells, place) {
                Found::Ready => return self.cells.count_ready(place, ADMITTED, look).max(1),
                Found::NotYet => return 0,
                Found::Past => sync::spin_loop(),
            }
        }
    }

    /// After an item was put in: wakes consumers, if any sleep.
    #[inline(always)]
    pub(super) fn wake_consumers(&self, barrier: Barrier) {
        self.consumers.lobby.ring(barrier, || self.items_for_sleepers());
    }

    /// After a slot was made vacant: wakes producers, if any sleep.
    #[inline(always)]
    pub(super) fn wake_producers(&self, barrier: Barrier) {
        self.producers.lobby.ring(barrier, || self.room_for_sleepers());
    }

    pub(super) fn stats(&self) -> Stats {
        let (producers, consumers) = (&self.producers.stalls, &self.consumers.stalls);
        Stats {
            popped: self.cells.sequence(self.taken.glance()),
            pushed: self.cells.sequence(self.claimed.glance()),
            times_full: producers.times(),
            times_empty: consumers.times(),
            producer_stalled: producers.time(),
            consumer_stalled: consumers.time(),
        }
    }
}

// SAFETY: the words are atomics or locks; the slots are followed by whoever claimed them and by whoever has the ring to himself, and their items
// travel (`T: Send`).
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T: Send> Watched for Ring<T> {
    fn stats(&self) -> Stats {
        self.stats()
    }

    fn capacity(&self) -> usize {
        self.cells.capacity() as usize
    }
}

/// How a handle holds its ring.
pub(super) struct Link<T> {
    ring: NonNull<Ring<T>>,
    pub(super) barrier: Barrier,
    side: Side,
}

// SAFETY: a link refers to words that are atomics or locks, and to slots whose items travel (`T: Send`). No two threads get at the
// same slot (`cells.rs`, fact 2), and nobody gets a reference to an item.
unsafe impl<T: Send> Send for Link<T> {}
// SAFETY: as for `Send`; every method may be called by several threads at once.
unsafe impl<T: Send> Sync for Link<T> {}

impl<T> Link<T> {
    /// The two links that a ring starts with.
    pub(super) fn pair(ring: Ring<T>, barrier: Barrier) -> (Self, Self) {
        // The ring counts two handles; the last one to be released gives it back.
        let ring = watch::lend(ring);
        (Self { ring, barrier, side: Side::Producer }, Self { ring, barrier, side: Side::Consumer })
    }

    #[inline(always)]
    pub(super) fn ring(&self) -> &Ring<T> {
        // SAFETY: the ring lives until every link is released, which is when this one is dropped.
        unsafe { self.ring.as_ref() }
    }

    pub(super) fn watch(&self) -> Watch
    where
        T: Send + 'static,
    {
        // SAFETY: the ring was lent (`pair`), and this link is not released.
        unsafe { Watch::lent("mpmc", self.ring) }
    }

    pub(super) fn side(&self) -> Side {
        self.side
    }

    /// Everything that this side waits with.
    #[inline(always)]
    pub(super) fn crowd(&self) -> &Crowd {
        self.ring().crowd(self.side)
    }

    /// Somebody of this side leaves; the last one wakes those of the other.
    fn leave(&self) {
        let _released = Released(self.ring);
        let ring = self.ring();
        let before = self.crowd().present.fetch_sub(1, Ordering::Release); // SYNC: present
        if before == 1 {
            let other = match self.side {
                Side::Producer => Side::Consumer,
                Side::Consumer => Side::Producer,
            };
            ring.crowd(other).lobby.dismiss(self.barrier);
        }
    }
}

impl<T> Clone for Link<T> {
    fn clone(&self) -> Self {
        // No order: this link keeps both counts above 0, and whoever gets the new one gets it from here.
        self.crowd().present.fetch_add(1, Ordering::Relaxed);
        self.ring().handles.fetch_add(1, Ordering::Relaxed);
        Self { ring: self.ring, barrier: self.barrier, side: self.side }
    }
}

impl<T> Drop for Link<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives the ring up at the end of leaving, also where a waker panics.
struct Released<T>(NonNull<Ring<T>>);

impl<T> Drop for Released<T> {
    fn drop(&mut self) {
        // SAFETY: this handle has not released the ring yet.
        let handles = unsafe { &self.0.as_ref().handles };
        // The last one sees all that the others did. For the others the ring may be gone as soon as this is done.
        let before = handles.fetch_sub(1, Ordering::AcqRel); // SYNC: handles
        if before == 1 {
            let _freed = Freed(self.0);
            // SAFETY: every handle has released the ring and only the last of them gets here, so that the slots are this thread's alone. It has seen all
            // that the others did, and every claim ends in a filled slot, because nothing between the two can panic.
            unsafe {
                let ring = self.0.as_ref();
                ring.cells.drop_items(ring.taken.glance(), ring.claimed.glance());
            }
        }
    }
}

/// Frees a ring once its items are gone, even where dropping one of them panicked.
struct Freed<T>(NonNull<Ring<T>>);

impl<T> Drop for Freed<T> {
    fn drop(&mut self) {
        // SAFETY: every handle has released the ring and only the last of them gets here; it was lent (`pair`).
        unsafe { watch::give_back(self.0) };
    }
}

impl<T> fmt::Debug for Link<T> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring();
        let Stats { popped, pushed, .. } = ring.stats();
        f.debug_struct("Ring")
            .field("popped", &popped)
            .field("pushed", &pushed)
            .field("capacity", &ring.cells.capacity())
            .field("producers", &ring.producers.present.load(Ordering::Relaxed))
            .field("consumers", &ring.consumers.present.load(Ordering::Relaxed))
            .finish()
    }
}
