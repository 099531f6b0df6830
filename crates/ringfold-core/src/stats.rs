//! Counters that are free while nothing stalls.
//!
//! What was pushed and popped is already in the cursors. What went wrong is counted by the side to
//! which it happened, on its slow path, in plain words of its own cache line: one writer, no
//! read-modify-write.

use core::time::Duration;

use crate::sync::{AtomicU64, Ordering};

/// What a ring has done so far: a snapshot, true at some moment between call and return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Items that were published by the producer.
    pub pushed: u64,
    /// Items that were released by the consumer.
    pub popped: u64,
    /// How often the producer looked where the consumer really was and found too little room: once for each
    /// wait, and once for each call that does not wait and pushed or claimed nothing.
    pub times_full: u64,
    /// How often the consumer looked where the producer really was and found too little to read: once for each
    /// wait, and once for each call that does not wait and got nothing.
    pub times_empty: u64,
    /// How long the producer has waited for room. A wait is added when it ends, so one that goes on is not in
    /// here. Not timed are waits that end in the first, short spin (about a microsecond), and waits of an async
    /// half.
    pub producer_stalled: Duration,
    /// How long the consumer has waited for items; timed like `producer_stalled`.
    pub consumer_stalled: Duration,
}

impl Stats {
    /// Items that were in the ring.
    ///
    /// ```
    /// # use ringfold_core::stats::Stats; // to users it is `ringfold::Stats`, which cannot be named from this crate
    /// let stats = Stats { pushed: 7, popped: 4, ..Default::default() };
    /// assert_eq!(stats.depth(), 3);
    /// ```
    pub fn depth(&self) -> u64 {
        self.pushed.saturating_sub(self.popped)
    }
}

/// The stalls of one side. That side alone writes; anybody may read.
#[derive(Debug)]
#[repr(C)]
pub struct Stalls {
    times: AtomicU64,
    nanos: AtomicU64,
}

impl Stalls {
    crate::const_unless_loom! {
        /// No stall yet.
        pub fn new() -> Self {
            Self { times: AtomicU64::new(0), nanos: AtomicU64::new(0) }
        }
    }

    /// Counts one more stall. Only the owning side may call this, or counts get lost.
    #[inline]
    pub fn count(&self) {
        add(&self.times, 1);
    }

    /// Counts one more stall of a side that is several threads. Left out of loom's models, like [`count`](Self::count).
    #[inline]
    pub fn count_shared(&self) {
        if cfg!(not(loom)) {
            self.times.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds `time` to the time stalled. Any thread of the side may call this.
    pub fn record(&self, time: Duration) {
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How often this side stalled.
    pub fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    /// How long this side stalled.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}

impl Default for Stalls {
    fn default() -> Self {
        Self::new()
    }
}

/// One writer: a load and a store, no read-modify-write.
///
/// No protocol depends on these words, so loom's models leave them out and stay small.
#[inline]
fn add(word: &AtomicU64, more: u64) {
    if cfg!(loom) {
        return;
    }
    word.store(word.load(Ordering::Relaxed).saturating_add(more), Ordering::Relaxed);
}
