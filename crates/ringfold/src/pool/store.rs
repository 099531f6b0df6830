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

use core::{alloc::Layout, ptr::NonNull};

use ringfold_core::{
    padded::CachePadded,
    sync::AtomicU64,
    wait::{Barrier, WaitStrategy},
};
use ringfold_memory::{Error, barrier};

use super::{
    arena::{Arena, Backing, Part, Space},
    blocks::Shape,
    cache::Cache,
    class::Class,
    header::{Header, Slot},
    numbers,
    reasons::Reasons,
};

/// The classes of a pool and the caches of its threads.
pub(super) struct Store {
    /// Who wants attention: see `ATTENTION`. Read all the time and rarely written: it stays in all caches.
    pub(super) attention: CachePadded<AtomicU64>,
    pub(super) barrier: Barrier,
    pub(super) strategy: WaitStrategy,
    pub(super) classes: Part<Class>,
    /// One for each class that has slots, of each thread: those of one thread follow each other.
    pub(super) caches: Part<Cache>,
    /// How many such classes there are; they come first.
    cached: usize,
    /// Threads without a number that are giving back a slot just now.
    pub(super) visitors: CachePadded<AtomicU64>,
    /// Fact 1.
    kept: CachePadded<Reasons>,
    /// Handles of the pool.
    pub(super) handles: Reasons,
    /// All of the above lies in it, too.
    pub(super) backing: Backing,
    /// What loom checks: nothing is left behind.
    #[cfg(loom)]
    _witness: ringfold_core::sync::Arc<()>,
}

/// All handles are gone. The bits below `RAID` count who waits for a slot.
pub(super) const CLOSED: u64 = 1 << 63;
/// Somebody collects what is in the caches.
pub(super) const RAID: u64 = 1 << 62;

/// What a pool and a slab choose of a store.
pub(super) struct Plan<'a> {
    /// The slots of each class, and how many.
    pub(super) classes: &'a [(Shape, usize)],
    /// How many of them, from the first one on, have slots and caches.
    pub(super) cached: usize,
    /// How many threads have caches.
    pub(super) threads: usize,
    pub(super) strategy: WaitStrategy,
}

impl Plan<'_> {
    /// The memory of such a store: itself, the caches, its classes, and for each class what it takes. `None` if no memory could be so large.
    pub(super) const fn layout(&self) -> Option<Layout> {
        let classes = self.classes.len();
        let Some((_, space)) = Space::NONE.with_values::<Store>(1) else { return None };
        let Some((_, space)) = space.with_values::<Cache>(self.threads * self.cached) else { return None };
        let Some((_, mut space)) = space.with_values::<Class>(classes) else { return None };
        let mut index = 0;
        while index < classes {
            let Some(more) = Class::measure(space, self.classes[index]) else { return None };
            (space, index) = (more, index + 1);
        }
        space.layout()
    }

    fn slots(&self) -> u64 {
        self.classes.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count as u64))
    }
}

impl Store {
    /// A store with all its slots free, and one handle.
    pub(super) fn open(
        plan: &Plan<'_>,
        backing: impl FnOnce(Layout) -> Result<Backing, Error>,
    ) -> Result<NonNull<Self>, Error> {
        let Some(layout) = plan.layout() else {
            let what = format!("{} slots do not fit the address space", plan.slots());
            return Err(Error::invalid(usize::MAX, what, "ask for fewer slots"));
        };
        let backing = backing(layout)?;
        // SAFETY: the memory was just made for this layout.
        Ok(unsafe { Self::settle(plan, backing) })
    }

    /// # Safety
    /// The backing's memory has the plan's layout, is zero, and nobody else's.
    unsafe fn settle(plan: &Plan<'_>, backing: Backing) -> NonNull<Self> {
        // SAFETY: handed on from the caller.
        let mut arena = unsafe { Arena::new(backing.memory()) };
        let store: NonNull<Self> = arena.cut(Layout::new::<Self>()).cast();
        // SAFETY: the memory goes with the store, after everything that lies in it (`destroy`). The order is that of `Plan::layout`.
        let (caches, classes) = unsafe {
            let caches = arena.cut_values(plan.threads * plan.cached, |_, _| Cache::new());
            let class =
                |arena: &mut Arena, index| Class::cut(arena, store, index, plan.classes[index], plan.threads);
            (caches, arena.cut_values(plan.classes.len(), class))
        };
        for class in classes.iter() {
            for number in 0..class.blocks.count() {
                // SAFETY: there are so many slots, in memory that is theirs (`blocks.rs`, fact 1).
                unsafe { class.blocks.slot(number).write(Header::new(NonNull::from(class))) };
            }
        }
        let settled = Self {
            attention: CachePadded::new(AtomicU64::new(0)),
            barrier: Barrier::new(barrier::process_wide()),
            strategy: plan.strategy,
            classes,
            caches,
            cached: plan.cached,
            visitors: CachePadded::new(AtomicU64::new(0)),
            kept: CachePadded::new(Reasons::new(plan.slots() + 1)),
            handles: Reasons::new(1),
            backing,
            #[cfg(loom)]
            _witness: ringfold_core::sync::Arc::new(()),
        };
        // SAFETY: this part was cut for it.
        unsafe { store.write(settled) };
        store
    }

    /// The caches of so many threads, in bytes.
    pub(super) const fn cache_bytes_for(classes: usize, threads: usize) -> usize {
        threads * classes * size_of::<Cache>()
    }

    /// The caches of a class, of all threads.
    pub(super) fn caches_of(&self, class: &Class) -> impl Iterator<Item = &Cache> {
        let is_cached = class.index < self.cached;
        self.caches.iter().skip(class.index).step_by(self.cached).filter(move |_| is_cached)
    }

    /// The calling thread's cache, if it has one. The class has slots.
    #[inline(always)]
    pub(super) fn cache(&self, class: &Class) -> Option<&Cache> {
        // There are no caches for numbers from `threads` on.
        self.caches.get(numbers::number() * self.cached + class.index)
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
        self.kept.take_one();
    }

    /// Gives up so many reasons to keep the store; it goes with the last one.
    ///
    /// # Safety
    /// They were the caller's, who does not use the store any more.
    #[cold]
    pub(super) unsafe fn give_up(store: NonNull<Self>, reasons: u64) {
        // SAFETY: the caller's reasons keep it until here.
        if unsafe { &store.as_ref().kept }.give_up(reasons) {
            // SAFETY: fact 1: nobody has a reason left, and only the last one gets here.
            unsafe { destroy(store) };
        }
    }
}

/// # Safety
/// Nobody uses the store or one of its slots any more. Called once.
unsafe fn destroy(store: NonNull<Store>) {
    // SAFETY: handed on from the caller; nobody looks at its old place again.
    let Store { classes, caches, backing, .. } = unsafe { store.read() };
    if cfg!(loom) {
        classes.iter().for_each(end_slots);
    }
    drop((classes, caches));
    drop(backing);
}

/// What loom checks: everybody is done with every slot.
fn end_slots(class: &Class) {
    for number in 0..class.blocks.count() {
        // SAFETY: every slot has a header since `settle`.
        unsafe {
            class.blocks.slot(number).as_ref().note_writing();
            class.blocks.slot(number).drop_in_place();
        }
    }
}
