//! The barrier between writing one's own word and reading the other side's.

use crate::sync::{self, Ordering};

/// A full barrier in two halves, of which one can be free.
///
/// Holds the process-wide barrier of the operating system, where there is one. Both sides of a ring
/// must hold the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Barrier {
    process_wide: Option<fn()>,
}

impl Barrier {
    /// A barrier whose light half is free if `process_wide` makes every thread of this process execute
    /// a full barrier before it returns; without it both halves are fences.
    pub const fn new(process_wide: Option<fn()>) -> Self {
        Self { process_wide }
    }

    /// The half of the side that works, on its fast path.
    #[inline(always)]
    pub fn light(self) {
        if self.process_wide.is_some() {
            sync::compiler_fence();
        } else {
            sync::fence(Ordering::SeqCst); // SYNC: sleep (the working side)
        }
    }

    /// The half of the side that is about to sleep.
    pub fn heavy(self) {
        // loom cannot see what the system call does to the other threads; there their light half is a fence.
        if let Some(process_wide) = self.process_wide.filter(|_| cfg!(not(loom))) {
            process_wide();
        }
        sync::fence(Ordering::SeqCst); // SYNC: sleep (the sleeping side)
    }
}
