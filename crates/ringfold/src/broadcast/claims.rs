//! Several producers: which slots are whose, and which of them are published.
//!
//! A producer claims slots by moving `claimed` on, writes them, and publishes them by storing the end of its claim into the *mark* of each of
//! its slots (`../marks.rs`): so a reader, wherever it begins, finds out by one load whether there is an event and how far the claim goes.
//! Readers go from mark to mark; no producer waits for another.
//!
//! `limit` is what may be claimed. Who finds it used up looks where the slowest reader is and grants more for all, in the way of `roster.rs`:
//! first `granted` is raised, then the roster is looked at, and only then the others learn of it.

use ringfold_core::{
    padded::CachePadded,
    sync::{self, AtomicU64, Ordering},
};
use ringfold_memory::Error;

use crate::marks::Marks;

/// What several producers share, and a single one has no need of.
#[derive(Debug)]
pub(super) struct Claims {
    claimed: CachePadded<AtomicU64>,
    limit: CachePadded<AtomicU64>,
    pub(super) marks: Marks,
}

impl Claims {
    pub(super) fn new(capacity: usize) -> Result<Self, Error> {
        let marks = Marks::new(capacity)?;
        let [claimed, limit] = [(); 2].map(|()| CachePadded::new(AtomicU64::new(0)));
        Ok(Self { claimed, limit, marks })
    }

    /// Where the next claim would begin, at some moment.
    #[inline(always)]
    pub(super) fn glance(&self) -> u64 {
        self.claimed.load(Ordering::Relaxed)
    }

    /// Claims `n` slots from `from` on, if that is where the next claim begins; otherwise says where it does. `alone`: there is no other
    /// producer to be quicker.
    ///
    /// No order: that the slots are vacant was learnt from `limit`, and what is written into them is published by marks.
    #[inline(always)]
    pub(super) fn claim(&self, from: u64, n: u64, alone: bool) -> Result<u64, u64> {
        if alone {
            self.claimed.store(from + n, Ordering::Relaxed);
            return Ok(from);
        }
        self.claimed.compare_exchange_weak(from, from + n, Ordering::Relaxed, Ordering::Relaxed)
    }

    /// Somebody was quicker: where the next claim begins after a pause, which doubles each time.
    #[inline(always)]
    pub(super) fn after_defeat(&self, now: u64, beaten: &mut u32) -> u64 {
        const MOST_DOUBLINGS: u32 = if cfg!(loom) { 0 } else { 3 };
        (0..1_u32 << *beaten).for_each(|_| sync::spin_loop());
        *beaten = MOST_DOUBLINGS.min(*beaten + 1);
        now.max(self.glance())
    }

    /// What lies before this may be claimed: nobody reads or writes it any more, and all that was done with it is seen.
    pub(super) fn limit(&self) -> u64 {
        self.limit.load(Ordering::Acquire) // SYNC: limit
    }

    /// What lies before `limit` may be claimed by everybody.
    pub(super) fn raise_limit(&self, limit: u64) {
        sync::raise(&self.limit, limit, Ordering::Release); // SYNC: limit
    }
}
