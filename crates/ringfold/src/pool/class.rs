//! The slots of one size: their memory, which of them are free, who waits for one, and what went wrong.

use core::ptr::NonNull;

use ringfold_core::{
    padded::CachePadded,
    stats::Stalls,
    sync::{AtomicU64, Ordering},
    wait::Lobby,
};

use super::{
    arena::{Arena, Space},
    blocks::{Blocks, Shape},
    cache,
    depot::Depot,
    header::Slot,
    store::Store,
};

/// One size of slots.
pub(super) struct Class {
    /// Which one.
    pub(super) index: usize,
    /// How many slots a thread may have at hand; 0 if none.
    pub(super) at_hand: usize,
    store: NonNull<Store>,
    pub(super) blocks: Blocks,
    pub(super) depot: Depot,
    pub(super) lobby: Lobby,
    pub(super) stalls: CachePadded<Stalls>,
    pub(super) figures: CachePadded<Figures>,
}

/// What happened to a class, counted on slow paths.
#[derive(Default)]
pub(super) struct Figures {
    /// Slots taken by threads without a cache of their own.
    pub(super) allocated: Figure,
    pub(super) exhausted: Figure,
    /// Events that were for this class and went elsewhere.
    pub(super) fallbacks: Figure,
    pub(super) high_water: Figure,
    /// In use in two audits one after the other.
    pub(super) leaked: Figure,
    /// Slots whose generations are used up.
    pub(super) retired: Figure,
    /// Of the heap only: events and bytes that there are.
    pub(super) heap_events: Figure,
    pub(super) heap_bytes: Figure,
}

/// One number. No protocol depends on it, so loom's models leave it out and stay small.
pub(super) struct Figure(AtomicU64);

impl Default for Figure {
    fn default() -> Self {
        Self(AtomicU64::new(0))
    }
}

impl Figure {
    pub(super) fn raise_by(&self, more: u64) {
        if cfg!(not(loom)) {
            self.0.fetch_add(more, Ordering::Relaxed);
        }
    }

    pub(super) fn lower_by(&self, less: u64) {
        if cfg!(not(loom)) {
            self.0.fetch_sub(less, Ordering::Relaxed);
        }
    }

    /// Raises it to `value`, if it is lower.
    pub(super) fn raise(&self, value: u64) {
        if cfg!(not(loom)) && self.0.load(Ordering::Relaxed) < value {
            self.0.fetch_max(value, Ordering::Relaxed);
        }
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(super) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Class {
    /// A class of `capacity` slots, of which so many threads may each have a few at hand.
    ///
    /// # Safety
    /// It is dropped before the arena's memory is, which is as large as was measured.
    pub(super) unsafe fn cut(
        arena: &mut Arena,
        store: NonNull<Store>,
        index: usize,
        (shape, capacity): (Shape, usize),
        threads: usize,
    ) -> Self {
        // SAFETY: handed on from the caller.
        let (depot, blocks) = unsafe { (Depot::cut(arena, capacity), Blocks::cut(arena, shape, capacity)) };
        Self {
            index,
            at_hand: at_hand(capacity, threads),
            store,
            blocks,
            depot,
            lobby: Lobby::new(),
            stalls: CachePadded::new(Stalls::new()),
            figures: CachePadded::new(Figures::default()),
        }
    }

    /// Measures what [`cut`](Self::cut) cuts off.
    pub(super) const fn measure(space: Space, (shape, capacity): (Shape, usize)) -> Option<Space> {
        let Some(space) = Depot::measure(space, capacity) else { return None };
        let Some(layout) = shape.layout(capacity) else { return None };
        match space.with(layout) {
            Some((_, space)) => Some(space),
            None => None,
        }
    }

    /// Where the class belongs.
    #[inline(always)]
    pub(super) fn store(&self) -> NonNull<Store> {
        self.store
    }

    /// Takes up to `wanted` slots out of the depot, passes them to `each`, and says how many were taken before; `start` is any number
    /// that differs between threads.
    #[inline]
    pub(super) fn take(&self, wanted: usize, start: usize, mut each: impl FnMut(Slot)) -> Option<u64> {
        self.depot.take(wanted as u64, start, |number| {
            // SAFETY: the depot knows the numbers of these slots only.
            each(unsafe { self.blocks.slot(number) });
        })
    }

    /// Marks all slots that are not in the depot; how many of them were marked.
    pub(super) fn mark_taken(&self) -> u64 {
        let taken = (0..self.blocks.count()).filter(|number| !self.depot.is_here(*number));
        // SAFETY: there are so many slots, each with a header since the store was opened.
        taken.filter(|number| unsafe { self.blocks.slot(*number).as_ref() }.mark()).count() as u64
    }

    /// Puts a slot into the depot.
    pub(super) fn put_one(&self, slot: Slot) {
        self.depot.put([self.blocks.number(slot)]);
    }

    /// Puts slots into the depot.
    pub(super) fn put(&self, slots: impl IntoIterator<Item = Slot>) {
        let mut numbers = [0; cache::MOST];
        let mut slots = slots.into_iter().map(|slot| self.blocks.number(slot)).fuse();
        loop {
            let count = numbers.iter_mut().zip(&mut slots).map(|(place, number)| *place = number).count();
            if count == 0 {
                return;
            }
            // Neighbours go in together, wherever they were used in between.
            numbers[..count].sort_unstable();
            self.depot.put(numbers[..count].iter().copied());
        }
    }
}

/// How many slots each of so many threads may have at hand: half of the class, all threads together, but at least two where there are
/// four. If that is too many for others to find one, they are collected.
pub(super) fn at_hand(capacity: usize, threads: usize) -> usize {
    match capacity.checked_div(2 * threads) {
        None => 0,
        Some(share) => share.max(2).min(capacity / 2).min(cache::MOST),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_never_more_than_half_at_hand() {
        assert_eq!([at_hand(4000, 32), at_hand(300, 16), at_hand(5, 8)], [62, 9, 2]);
        assert_eq!([at_hand(0, 8), at_hand(1, 8), at_hand(2, 8), at_hand(100_000, 0)], [0, 0, 1, 0]);
    }
}
