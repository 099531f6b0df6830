//! The slow paths of taking and giving back: the depot, other threads' caches, and waiting.

use ringfold_core::{
    sync::{self, Ordering},
    wait::{Deadline, Seat, Waiter},
};

use super::{
    cache::Cache,
    class::Class,
    header::Slot,
    numbers,
    store::{CLOSED, RAID, Store},
};

/// Looks at a cache whose owner is inside, or at a raid that goes on, before it is given up.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 64 };

impl Store {
    /// For a thread without a number.
    #[cold]
    #[inline(never)]
    pub(super) fn take_as_visitor(&self, class: &Class) -> Option<Slot> {
        let slot = self.take_from_depot(class).or_else(|| self.raid(class))?;
        class.figures.allocated.raise_by(1);
        Some(slot)
    }

    /// Out of the depot, and some more to have at hand; or else out of others' caches. The caller is inside, and left by this.
    #[cold]
    #[inline(never)]
    pub(super) fn take_slowly(&self, class: &Class, cache: &Cache, attention: u64) -> Option<Slot> {
        let slot = match attention {
            0 if class.at_hand > 0 => self.refill(class, cache),
            _ => self.take_from_depot(class),
        };
        cache.leave();
        let slot = slot.or_else(|| self.raid(class))?;
        cache.count_allocated();
        Some(slot)
    }

    fn take_from_depot(&self, class: &Class) -> Option<Slot> {
        let mut taken = None;
        let before = class.take(1, numbers::number(), |slot| taken = Some(slot))?;
        class.figures.high_water.raise(before + 1);
        taken
    }

    /// Takes one slot for the caller and half of what the cache holds. The caller has the cache, and it is empty.
    fn refill(&self, class: &Class, cache: &Cache) -> Option<Slot> {
        let mut first = None;
        let before = class.take(1 + class.at_hand / 2, numbers::number(), |slot| match first {
            None => first = Some(slot),
            // SAFETY: `cache.rs`, fact 1: the caller has the cache; the slot came out of the depot. There is room.
            Some(_) => _ = unsafe { cache.push(slot, class.at_hand) },
        })?;
        class.figures.high_water.raise(before + 1);
        cache.watch_again();
        first
    }

    /// Takes one slot out of what is in all caches of this class.
    #[cold]
    #[inline(never)]
    fn raid(&self, class: &Class) -> Option<Slot> {
        for _ in 0..LOOKS {
            let is_raided = self.attention.load(Ordering::Relaxed) & RAID != 0;
            if !is_raided && class.depot.free() == 0 && self.caches_of(class).all(|cache| cache.len() == 0) {
                return None;
            }
            if !is_raided {
                self.collect(class);
            }
            if let Some(slot) = self.take_from_depot(class) {
                return Some(slot);
            }
            sync::spin_loop();
        }
        None
    }

    /// Puts what is in all caches of this class into the depot, unless somebody else is at it.
    pub(super) fn collect(&self, class: &Class) {
        if self.attention.fetch_or(RAID, Ordering::Relaxed) & RAID == 0 {
            // Also orders this raid after the one before.
            self.barrier.heavy();
            self.note_high_water(class);
            self.caches_of(class).for_each(|cache| raid_cache(class, cache));
            // Whoever enters a cache after this sees what was done to it.
            self.attention.fetch_and(!RAID, Ordering::Release); // SYNC: raid
        }
    }

    /// Raises the high-water mark to what it may have been since the caches were last filled or emptied.
    pub(super) fn note_high_water(&self, class: &Class) {
        let at_hand = self.caches_of(class).map(Cache::fewest).sum();
        class.figures.high_water.raise(class.depot.taken().saturating_sub(at_hand));
    }

    /// Whether there is a slot to be had, or somebody is just moving one.
    fn may_have_slots(&self, class: &Class) -> bool {
        class.depot.free() > 0
            || self.visitors.load(Ordering::Relaxed) > 0
            || self.caches_of(class).any(|cache| !cache.is_quiet() || cache.len() > 0)
    }

    /// Takes a slot, waiting for one until the deadline.
    #[cold]
    #[inline(never)]
    pub(super) fn take_waiting(&self, class: &Class, deadline: Option<Deadline>) -> Option<Slot> {
        class.stalls.count_shared();
        let mut waiter = Waiter::new(self.strategy, self.barrier);
        // From here on slots come back into the depot.
        self.attention.fetch_add(1, Ordering::Relaxed);
        let seat = Seat::new(&class.lobby, 1, || class.depot.free());
        let slot = loop {
            if let Some(slot) = self.take(class) {
                break Some(slot);
            }
            // Whoever is just moving a slot gets on with it.
            sync::yield_now();
            if !waiter.wait(&seat, &class.stalls, deadline, || self.may_have_slots(class)) {
                break None;
            }
        };
        drop(seat);
        self.attention.fetch_sub(1, Ordering::Relaxed);
        slot
    }

    /// The caller is inside, and left by this.
    ///
    /// # Safety
    /// As for [`give_back`](Store::give_back).
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn give_back_slowly(&self, class: &Class, cache: &Cache, slot: Slot, attention: u64) {
        if attention & CLOSED != 0 {
            cache.leave();
            // SAFETY: `store.rs`, fact 2: the slot is a reason to keep the store, and the caller's.
            return unsafe { Store::give_up(class.store(), 1) };
        }
        if attention == 0 && class.at_hand > 0 {
            class.figures.high_water.raise(class.depot.taken().saturating_sub(cache.fewest()));
            // SAFETY: `cache.rs`, fact 1: the caller has the cache, which is full.
            class.put((0..class.at_hand.div_ceil(2)).map_while(|_| unsafe { cache.pop() }));
            // SAFETY: as above, and there is room now.
            _ = unsafe { cache.push(slot, class.at_hand) };
            cache.watch_again();
        } else {
            self.put_one(class, slot);
        }
        cache.leave();
    }

    /// For a thread without a number.
    ///
    /// # Safety
    /// As for [`give_back`](Store::give_back).
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn give_back_as_visitor(&self, class: &Class, slot: Slot) {
        self.visitors.fetch_add(1, Ordering::Relaxed);
        self.barrier.light();
        let is_closed = self.attention.load(Ordering::Relaxed) & CLOSED != 0;
        if !is_closed {
            self.put_one(class, slot);
        }
        self.visitors.fetch_sub(1, Ordering::Release); // SYNC: visitor
        if is_closed {
            // SAFETY: `store.rs`, fact 2: the slot is a reason to keep the store, and the caller's.
            unsafe { Store::give_up(class.store(), 1) };
        }
    }

    fn put_one(&self, class: &Class, slot: Slot) {
        class.put_one(slot);
        class.lobby.ring(self.barrier, || class.depot.free());
    }
}

/// Puts what is in a cache into the depot, unless its owner stays inside.
fn raid_cache(class: &Class, cache: &Cache) {
    for _ in 0..LOOKS {
        if cache.is_quiet() {
            // SAFETY: `cache.rs`, fact 2: there is one raider, whose attention was raised before the barrier, and the owner is outside.
            class.put(core::iter::from_fn(|| unsafe { cache.pop() }));
            return cache.watch_again();
        }
        sync::spin_loop();
    }
}
