//! How long a call may wait.

use std::time::{Duration, Instant};

/// As a timeout, in nanoseconds like all of them: waits for as long as it takes.
/// 0: answers as the `try_` call does; any negative number: for ever.
#[allow(dead_code, reason = "for C")]
pub const RF_FOREVER: i64 = -1;

/// How long a call may wait.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    Never,
    For(Duration),
    Forever,
}

impl Wait {
    /// From nanoseconds; whatever is negative is for ever.
    pub fn from_nanos(nanos: i64) -> Self {
        match u64::try_from(nanos) {
            Ok(0) => Self::Never,
            Ok(nanos) => Self::For(Duration::from_nanos(nanos)),
            Err(_) => Self::Forever,
        }
    }

    /// For a wait in several parts: each gets what the earlier ones have left.
    pub fn start(self) -> Patience {
        match self {
            Self::For(time) => Patience { wait: self, end: Instant::now().checked_add(time) },
            _ => Patience { wait: self, end: None },
        }
    }
}

/// A wait that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    wait: Wait,
    end: Option<Instant>,
}

impl Patience {
    pub fn left(&self) -> Wait {
        match self.end {
            Some(end) => Wait::For(end.saturating_duration_since(Instant::now())),
            None => self.wait,
        }
    }
}
