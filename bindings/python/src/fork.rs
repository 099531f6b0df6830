//! What happens to rings when the process forks.
//!
//! A child has copies of all handles, of rings that go on in the parent: whoever uses one there is refused. Its memory is shared
//! with the parent and not taken away, so that arrays over it, which nobody can refuse, show bytes and do not crash.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use ringfold::memory::{Fork, Options};

use crate::errors::Refusal;

/// How often this process has come out of a fork as the child. Written while there is one thread.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Called in every child.
#[pyfunction]
pub fn _note_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The process in which something was made.
#[derive(Clone, Copy)]
pub struct Origin(u32);

impl Origin {
    pub fn here() -> Self {
        Self(FORKS.load(Ordering::Relaxed))
    }

    /// Refuses what was made before a fork.
    #[inline]
    pub fn check(self, what: &'static str) -> Result<(), Refusal> {
        if self.0 == FORKS.load(Ordering::Relaxed) { Ok(()) } else { Err(Refusal::Forked(what)) }
    }
}

/// The memory of every ring.
pub fn options() -> Options {
    Options::new().fork(Fork::Share)
}
