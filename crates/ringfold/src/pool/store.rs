//! What a pool is made of, and the way of a slot: taken out of a cache or a depot, given back to one.
//!
//! Numbered facts, to which the SAFETY notes of the room refer:
//!
//! 1. The store lives as long as `kept` is not 0. It counts every slot, every weak handle and every block of the heap, and one for all handles of the
//!    pool together. A free slot is given up when the last handle of the pool goes (`closing.rs`), one in use when it comes back after that.
//! 2. Whoever gives a slot back touches the store only as long as it is inside a cache, or counted in `visitors`; who closes waits until nobody is.
//!    After the closing it touches the store as long as it has not given up the slot.
//! 3. A slot is in one place: in use, in one cache, or in the depot of its class. It goes from one to another with everything that was done to it
//!    before.

use core::ptr::NonNull;

use ringfold_core::{
    padded::CachePadded,
    sync::{AtomicU64, Ordering},
    wait::{Barrier, WaitStrategy},
};
use ringfold_memory::{Error, barrier};

use super::{
    blocks::Shape,
    cache::Cache,
    class::Class,
    header::{Header, Slot},
    numbers,
};

/// The classes of a pool and the caches of its threads.
pub(super) struct Store {
    /// Who wants attention: see `ATTENTION`. Read all the time and rarely written: it stays in all caches.
    pub(super) attention: CachePadded<AtomicU64>,
    pub(super) barrier: Barrier,
    pub(super) strategy: WaitStrategy,
    pub(super) classes: Box<[Class]>,
    /// One for each class, of each thread: those of one thread follow each other.
    pub(super) caches: Box<[Cache]>,
    /// Threads without a number that are giving back a slot just now.
    pub(super) visitors: CachePadded<AtomicU64>,
    /// Fact 1.
    kept: CachePadded<AtomicU64>,
    /// Handles of the pool.
    pub(super) handles: AtomicU64,
}

/// All handles are gone. The bits below `RAID` count who waits for a slot.
pub(super) const CLOSED: u64 = 1 << 63;
/// Somebody collects what is in the caches.
pub(super) const RAID: u64 = 1 << 62;

/// The parts of a store that a pool and a slab choose.
pub(super) struct Plan<'a> {
    /// The slots of each class, and how many.
    pub(super) classes: &'a [(Shape, usize)],
    /// How many threads have caches.
    pub(super) threads: usize,
    pub(super) strategy: WaitStrategy,
}

impl Store {
    /// A store with all its slots free, and one handle.
    pub(super) fn open(plan: &Plan<'_>) -> Result<NonNull<Self>, Error> {
        let mut classes = Vec::new();
        let slots = plan.classes.iter().try_fold(0_usize, |sum, (_, count)| sum.checked_add(*count));
        classes.try_reserve_exact(plan.classes.len()).map_err(|_| Error::heap(size_of::<Class>()))?;
        for (index, (shape, capacity)) in plan.classes.iter().enumerate() {
            classes.push(Class::new(index, *shape, *capacity, plan.threads)?);
        }
        let mut caches = Vec::new();
        let count = plan.threads * classes.len();
        caches.try_reserve_exact(count).map_err(|_| Error::heap(count * size_of::<Cache>()))?;
        caches.resize_with(count, Cache::new);
        let store = Box::new(Self {
            attention: CachePadded::new(AtomicU64::new(0)),
            barrier: Barrier::new(barrier::process_wide()),
            strategy: plan.strategy,
            classes: classes.into_boxed_slice(),
            caches: caches.into_boxed_slice(),
            visitors: CachePadded::new(AtomicU64::new(0)),
            kept: CachePadded::new(AtomicU64::new(slots.unwrap_or(usize::MAX) as u64 + 1)),
            handles: AtomicU64::new(1),
        });
        let store = NonNull::from(Box::leak(store));
        // SAFETY: just made, and nobody else knows of it.
        unsafe { settle(store) };
        Ok(store)
    }

    /// The store's own memory, without that of its classes, in bytes.
    pub(super) const fn bytes_for(classes: usize) -> usize {
        size_of::<Self>() + classes * size_of::<Class>()
    }

    /// The caches of so many threads, in bytes.
    pub(super) const fn cache_bytes_for(classes: usize, threads: usize) -> usize {
        threads * classes * size_of::<Cache>()
    }

    /// The calling thread's cache, if it has one for this class.
    #[inline(always)]
    pub(super) fn cache(&self, class: &Class) -> Option<&Cache> {
        // There are no caches for numbers from `threads` on.
        self.caches.get(numbers::number() * self.classes.len() + class.index)
    }

    /// Takes a slot that is at hand or in the depot, or else in another thread's cache. `None` if there is none, save perhaps in the cache of a thread
    /// that is in the midst of taking or giving back.
    #[inline(always)]
    pub(super) fn take(&self, class: &Class) -> Option<Slot> {
        let Some(cache) = self.cache(class) else { return self.take_as_visitor(class) };
        let attention = cache.enter(self.barrier, &self.attention);
        if attention == 0 {
            // SAFETY: `cache.rs`, fact 1: inside, and no attention was seen.
            if let Some(slot) = unsafe { cache.pop() } {
                cache.leave();
                cache.count_allocated();
                return Some(slot);
            }
        }
        self.take_slowly(class, cache, attention)
    }

    /// Gives a slot back.
    ///
    /// # Safety
    /// The slot is the caller's, who had the last reference to it, and who does not touch it any more.
    #[inline(always)]
    pub(super) unsafe fn give_back(slot: Slot) {
        // SAFETY: the slot is not given back yet, so its class and its store are there (fact 1).
        let class = unsafe { slot.as_ref().home().as_ref() };
        // SAFETY: as above.
        let store = unsafe { class.store().as_ref() };
        let Some(cache) = store.cache(class) else {
            // SAFETY: handed on from the caller.
            return unsafe { store.give_back_as_visitor(class, slot) };
        };
        let attention = cache.enter(store.barrier, &store.attention);
        // SAFETY: `cache.rs`, fact 1: inside, and no attention was seen; the slot is the caller's.
        if attention == 0 && unsafe { cache.push(slot, class.at_hand) } {
            return cache.leave();
        }
        // SAFETY: handed on from the caller.
        unsafe { store.give_back_slowly(class, cache, slot, attention) };
    }

    /// One more reason to keep the store, made by somebody who has one already.
    pub(super) fn keep(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives up so many reasons to keep the store; it goes with the last one.
    ///
    /// # Safety
    /// They were the caller's, who does not use the store any more.
    #[cold]
    pub(super) unsafe fn give_up(store: NonNull<Self>, reasons: u64) {
        // SAFETY: the caller's reasons keep it until here.
        let kept = unsafe { &store.as_ref().kept };
        // The last one sees all that the others did. For the others the store may be gone as soon as this is done.
        let before = kept.fetch_sub(reasons, Ordering::AcqRel); // SYNC: kept
        if before == reasons {
            // SAFETY: fact 1: nobody has a reason left, and only the last one gets here; it came out of a `Box` (`open`).
            unsafe { destroy(store) };
        }
    }
}

/// Tells the classes where they are, and the slots to which class they belong.
///
/// # Safety
/// The store is the caller's alone.
unsafe fn settle(mut store: NonNull<Store>) {
    // SAFETY: handed on from the caller.
    for class in unsafe { store.as_mut() }.classes.iter_mut() {
        class.belongs_to(store);
    }
    // SAFETY: handed on from the caller; from here on there are only shared references to the classes.
    for class in unsafe { store.as_ref() }.classes.iter() {
        for number in 0..class.blocks.count() {
            // SAFETY: there are so many slots, in memory that is theirs (`blocks.rs`, fact 1).
            unsafe { class.blocks.slot(number).write(Header::new(NonNull::from(class))) };
        }
    }
}

/// # Safety
/// Nobody uses the store or one of its slots any more.
unsafe fn destroy(store: NonNull<Store>) {
    // SAFETY: handed on from the caller; it came out of a `Box` (`open`).
    let store = unsafe { Box::from_raw(store.as_ptr()) };
    if core::mem::needs_drop::<Header>() {
        for class in store.classes.iter() {
            for number in 0..class.blocks.count() {
                // SAFETY: every slot has a header since `settle`.
                unsafe { class.blocks.slot(number).drop_in_place() };
            }
        }
    }
}
