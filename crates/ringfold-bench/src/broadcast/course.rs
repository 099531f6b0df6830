//! How a reader learns that there is nothing more to come.

use std::sync::atomic::{AtomicU64, Ordering};

use super::check::Check;
use crate::signal::{self, Ended, Signal};
use crate::spsc::payload::Payload;

/// A running sample, as its readers see it. `Signal::retry` is not for them: who comes after others may find nothing when all is published.
pub struct Course {
    /// Phase, and how to wait.
    pub signal: Signal,
    /// Events that were published, once all of them are.
    published: AtomicU64,
}

impl Course {
    /// Of a sample that has not begun yet.
    pub fn new(signal: Signal) -> Course {
        Course { signal, published: AtomicU64::new(0) }
    }

    /// All producers have ended.
    pub fn all_published(&self, count: u64) {
        self.published.store(count, Ordering::Release);
    }

    /// How many events there were, after the signal's `DONE`.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    /// Polls until the reader has seen all there is, or something that is wrong.
    #[inline(always)]
    pub fn follow<E: Payload, C: Check<E>>(
        &self,
        check: &mut C,
        mut poll: impl FnMut(&mut C),
    ) -> Result<(), Ended> {
        loop {
            let before = check.seen();
            poll(check);
            if check.seen() != before && check.wrong() == 0 {
                continue;
            }
            if check.wrong() != 0 || self.is_over(check.seen())? {
                return Ok(());
            }
            self.signal.rest();
        }
    }

    /// Tries until it works; `Done` when the reader has `seen` everything.
    #[inline(always)]
    pub fn retry<R>(&self, seen: u64, mut attempt: impl FnMut() -> Option<R>) -> Result<R, Ended> {
        loop {
            if let Some(result) = attempt() {
                return Ok(result);
            }
            if self.is_over(seen)? {
                return Err(Ended::Done);
            }
            self.signal.rest();
        }
    }

    #[inline(always)]
    fn is_over(&self, seen: u64) -> Result<bool, Ended> {
        match self.signal.phase() {
            signal::ABORTED => Err(Ended::Aborted),
            signal::DONE => Ok(seen >= self.published()),
            _ => Ok(false),
        }
    }
}
