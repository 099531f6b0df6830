//! A few free slots that one thread has at hand, so that taking and giving back is no atomic read-modify-write.
//!
//! The owner enters, looks whether anybody wants attention, moves the slot and leaves: plain loads and stores. Somebody who needs the slots in
//! other threads' caches, because there are none left elsewhere, raises the room's attention, executes the heavy half of the barrier and
//! then knows: either the owner is inside (and is let be), or it sees the attention when it enters next, and keeps out.
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. The owner touches `slots` and `len` only while `inside` is set and only if it saw no attention after setting it (`Entered::has_the_cache`).
//! 2. A raider touches them only between raising its attention together with a heavy barrier, and lowering it, and only where it saw `inside`
//!    unset after that. There is one raider at a time.
//! 3. The slots below `len` are free and belong to whoever may touch the cache.

use ringfold_core::{
    sync::{AtomicBool, AtomicU64, Ordering, OwnedCell},
    wait::Barrier,
};

#[cfg(loom)]
use ringfold_core::sync::CheckedCell;

use super::header::Slot;

/// The slots of one class that one thread has at hand.
#[repr(C, align(128))]
pub(super) struct Cache {
    inside: AtomicBool,
    /// How many slots there are; written as `slots` is, read by anybody.
    len: AtomicU64,
    /// The fewest there were since the last time that slots went between here and the depot.
    fewest: AtomicU64,
    /// How many slots the owner has ever taken, from here or elsewhere.
    allocated: AtomicU64,
    slots: OwnedCell<[Option<Slot>; MOST]>,
    #[cfg(loom)]
    shadow: CheckedCell<()>,
}

/// Most slots in one cache.
pub(super) const MOST: usize = if cfg!(loom) { 2 } else { 64 };

#[cfg(not(loom))]
const _: () = assert!(size_of::<Cache>() == 640, "the documents say so");

// SAFETY: a cache holds slots by address; facts 1 and 2 say who may touch them.
unsafe impl Send for Cache {}
// SAFETY: as for `Send`; everything else is atomic.
unsafe impl Sync for Cache {}

impl Cache {
    pub(super) fn new() -> Self {
        Self {
            inside: AtomicBool::new(false),
            len: AtomicU64::new(0),
            fewest: AtomicU64::new(0),
            allocated: AtomicU64::new(0),
            slots: OwnedCell::new([None; MOST]),
            #[cfg(loom)]
            shadow: CheckedCell::new(()),
        }
    }

    /// The owner enters; returns who wants attention. It must leave, whatever that is.
    #[inline(always)]
    pub(super) fn enter(&self, barrier: Barrier, attention: &AtomicU64) -> u64 {
        self.inside.store(true, Ordering::Relaxed);
        barrier.light();
        // Together with what a raider did that has gone.
        attention.load(Ordering::Acquire) // SYNC: raid
    }

    /// The owner leaves. Unless it still holds something of this room, the room may be gone as soon as this is done.
    #[inline(always)]
    pub(super) fn leave(&self) {
        self.inside.store(false, Ordering::Release); // SYNC: cache
    }

    /// Whether the owner is outside; if so, together with everything that it did inside.
    pub(super) fn is_quiet(&self) -> bool {
        !self.inside.load(Ordering::Acquire) // SYNC: cache
    }

    /// How many slots there are, at some moment.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.len.load(Ordering::Relaxed)
    }

    /// See the field.
    #[inline]
    pub(super) fn fewest(&self) -> u64 {
        self.fewest.load(Ordering::Relaxed)
    }

    pub(super) fn allocated(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }

    /// Counts one more slot that the owner has taken. Only the owner may call this.
    #[inline(always)]
    pub(super) fn count_allocated(&self) {
        if cfg!(not(loom)) {
            self.allocated.store(self.allocated.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// Slots went between here and the depot: begins to watch for the fewest again.
    pub(super) fn watch_again(&self) {
        self.fewest.store(self.len(), Ordering::Relaxed);
    }

    /// Takes the slot that came last.
    ///
    /// # Safety
    /// The caller may touch the cache (fact 1 or 2).
    #[inline(always)]
    pub(super) unsafe fn pop(&self) -> Option<Slot> {
        let len = self.len().checked_sub(1)?;
        #[cfg(loom)]
        self.shadow.with_mut(|_| ());
        // SAFETY: fact 3: the slots are the caller's.
        let slot = unsafe { (*self.slots.as_ptr()).get(len as usize).copied().flatten() };
        self.len.store(len, Ordering::Relaxed);
        if len < self.fewest() {
            self.fewest.store(len, Ordering::Relaxed);
        }
        slot
    }

    /// Puts a slot in, if there are fewer than `limit`; says whether it did.
    ///
    /// # Safety
    /// The caller may touch the cache (fact 1 or 2), and the slot is free and the caller's.
    #[inline(always)]
    pub(super) unsafe fn push(&self, slot: Slot, limit: usize) -> bool {
        let len = self.len() as usize;
        if len >= limit {
            return false;
        }
        #[cfg(loom)]
        self.shadow.with_mut(|_| ());
        // SAFETY: fact 3: the places are the caller's.
        let Some(place) = (unsafe { (*self.slots.as_ptr()).get_mut(len) }) else { return false };
        *place = Some(slot);
        self.len.store(len as u64 + 1, Ordering::Relaxed);
        true
    }
}
