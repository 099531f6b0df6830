//! A published position that never wraps.
//!
//! A *sequence* is a plain `u64` that numbers items in their order; a *cursor* is a sequence that
//! one side publishes and others observe. At a thousand million items a second a `u64` lasts for
//! 584 years, so no comparison of two sequences is ever ambiguous and there is no ABA.
//!
//! Orderings, derived once: whoever observes a cursor wants everything that its owner did before
//! publishing it (the items written, or the items moved out). Hence `publish` is a Release and
//! `observe` its Acquire. The owner alone writes the cursor and keeps its own copy in its handle.

use crate::sync::{self, AtomicU64, Ordering};

/// A sequence that one side publishes and the other observes.
#[derive(Debug)]
#[repr(transparent)]
pub struct Cursor(AtomicU64);

impl Cursor {
    crate::const_unless_loom! {
        /// A cursor that stands at `sequence`.
        pub fn new(sequence: u64) -> Self {
            Self(AtomicU64::new(sequence))
        }
    }

    /// Moves the cursor; what this thread did before is seen by whoever observes the new position.
    #[inline(always)]
    pub fn publish(&self, sequence: u64) {
        self.0.store(sequence, Ordering::Release); // SYNC: cursor
    }

    /// As [`publish`](Self::publish), where several may move the cursor, each of them on: it never goes back.
    #[inline]
    pub fn raise(&self, sequence: u64) {
        sync::raise(&self.0, sequence, Ordering::Release); // SYNC: cursor
    }

    /// Where the cursor stands, together with everything its owner did before publishing it.
    #[inline(always)]
    pub fn observe(&self) -> u64 {
        self.0.load(Ordering::Acquire) // SYNC: cursor
    }

    /// Where the cursor stood at some moment; establishes no order. For figures and hints.
    #[inline(always)]
    pub fn glance(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
