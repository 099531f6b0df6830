//! Why something is kept: a count that goes down to 0 once.

use ringfold_core::sync::{AtomicU64, Ordering};

/// How many reasons there are to keep something.
pub(super) struct Reasons(AtomicU64);

impl Reasons {
    pub(super) fn new(count: u64) -> Self {
        Self(AtomicU64::new(count))
    }

    /// One more, made by somebody who has one already.
    pub(super) fn take_one(&self) {
        // No order: that one keeps the count above 0, and whoever gets the new one gets it from there.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives up so many; `true` if they were the last, and then together with everything that was done before the others were given up.
    /// If not, whatever was kept may be gone already.
    pub(super) fn give_up(&self, count: u64) -> bool {
        let before = self.0.fetch_sub(count, Ordering::Release); // SYNC: reasons
        if before != count {
            return false;
        }
        self.0.load(Ordering::Acquire); // SYNC: reasons
        true
    }
}
