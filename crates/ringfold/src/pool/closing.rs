//! The end of a pool: its handles first, and its memory when the last slot has come back.

use core::ptr::NonNull;

use ringfold_core::sync::{self, Ordering};

use super::store::{CLOSED, Store};

/// How a pool's handles hold their store.
pub(super) struct Link(NonNull<Store>);

// SAFETY: a link refers to words that are atomics or locks, and to caches, which say for themselves who may touch them.
unsafe impl Send for Link {}
// SAFETY: as for `Send`; every method may be called by several threads at once.
unsafe impl Sync for Link {}

impl Link {
    /// The link that a store starts with.
    ///
    /// # Safety
    /// Called once for each store that was opened.
    pub(super) unsafe fn first(store: NonNull<Store>) -> Self {
        Self(store)
    }

    #[inline(always)]
    pub(super) fn store(&self) -> &Store {
        // SAFETY: `store.rs`, fact 1: the handles together are a reason to keep it, until the last one is dropped.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for Link {
    fn clone(&self) -> Self {
        self.store().handles.take_one();
        Self(self.0)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The last one sees what was taken through the others.
        if self.store().handles.give_up(1) {
            // SAFETY: that was the last handle, so this happens once.
            unsafe { close(self.0) };
        }
    }
}

/// Counts the slots that are free, and gives them up; those in use are given up one by one as they come back.
///
/// Nobody takes slots any more. Waits for threads that are in the midst of giving one back.
///
/// # Safety
/// Called once, when there is no handle any more.
#[cold]
unsafe fn close(link: NonNull<Store>) {
    // SAFETY: `store.rs`, fact 1: the handles' reason is given up below.
    let store = unsafe { link.as_ref() };
    store.attention.fetch_or(CLOSED, Ordering::Relaxed);
    store.barrier.heavy();
    // Whoever is inside or visiting from here on sees that it is closed.
    for cache in store.caches.iter() {
        while !cache.is_quiet() {
            sync::yield_now();
        }
    }
    // SYNC: visitor
    while store.visitors.load(Ordering::Acquire) > 0 {
        sync::yield_now();
    }
    let at_hand: u64 = store.caches.iter().map(|cache| cache.len()).sum();
    let in_depots: u64 = store.classes.iter().map(|class| class.depot.free()).sum();
    // SAFETY: these slots are nobody's, and the handles are gone.
    unsafe { Store::give_up(link, at_hand + in_depots + 1) };
}
