//! What several threads that share a handle have learnt about waiting.

use super::{Barrier, Patience, Slip, WaitStrategy, Waiter};
use crate::sync::{AtomicU64, Ordering};

/// The patience and the slips of a handle that may be used by several threads at once.
///
/// One word, read before a wait and written after it. Where two threads write, the later one's experience counts; it is only
/// ever a matter of speed.
#[derive(Debug)]
pub struct Experience(AtomicU64);

impl Experience {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicU64::new(pack(Patience::new(), Slip::new(1, 1))))
    }

    /// A waiter that knows what was learnt, and `slip` with what was learnt of slipping.
    pub fn recall(&self, strategy: WaitStrategy, barrier: Barrier, slip: Slip) -> (Waiter, Slip) {
        // No model depends on it, so loom's leave it out and stay small.
        let word = if cfg!(loom) { 0 } else { self.0.load(Ordering::Relaxed) };
        let [looks, pass_up, penalty] = [word as u32, (word >> 32) as u16 as u32, (word >> 48) as u32];
        (Waiter::with_patience(strategy, barrier, Patience::of(looks)), slip.having_learnt(pass_up, penalty))
    }

    /// Writes down what they have learnt.
    pub fn remember(&self, waiter: &Waiter, slip: &Slip) {
        if !cfg!(loom) {
            self.0.store(pack(waiter.patience(), *slip), Ordering::Relaxed);
        }
    }
}

fn pack(patience: Patience, slip: Slip) -> u64 {
    let (pass_up, penalty) = slip.learnt();
    u64::from(patience.looks()) | u64::from(pass_up) << 32 | u64::from(penalty) << 48
}

impl Default for Experience {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_was_learnt_is_recalled() {
        let experience = Experience::new();
        let recall = || experience.recall(WaitStrategy::Park, Barrier::default(), Slip::new(100, 8));
        let (waiter, mut slip) = recall();
        assert_eq!(waiter.patience().looks(), Patience::new().looks());
        for _ in 0..3 {
            slip.slip(0, 1, || 0);
        }
        assert_ne!(slip.learnt(), Slip::new(100, 8).learnt());
        let mut patience = Patience::new();
        patience.wasted();
        let waiter = Waiter::with_patience(WaitStrategy::Park, Barrier::default(), patience);
        experience.remember(&waiter, &slip);
        let (recalled, recalled_slip) = recall();
        assert_eq!(recalled.patience().looks(), patience.looks());
        assert_eq!(recalled_slip.learnt(), slip.learnt());
    }
}
