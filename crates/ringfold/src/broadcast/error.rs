//! What can go wrong here and nowhere else.

use core::fmt;

/// Why a reader could not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// The event to start with is overwritten, or the producer may overwrite it at any moment.
    TooOld {
        /// The oldest event that was sure to be there.
        oldest: u64,
    },
    /// The reader to come after is one of another ring.
    OtherRing,
    /// The reader to come after has left.
    UpstreamLeft,
    /// The ring was not made for lossy readers.
    NotLossy,
    /// A lossy reader was asked to come after others.
    AfterOthers,
}

/// Why a lossy reader has no event now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// There is none yet.
    Empty,
    /// The reader was too slow.
    Lagged {
        /// Events that it will never see: exactly those between the last one and the next one.
        missed: u64,
    },
    /// The producer is gone, and everything was read.
    Closed,
}

/// Why a lossy reader got no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// The reader was too slow.
    Lagged {
        /// Events that it will never see: exactly those between the last one and the next one.
        missed: u64,
    },
    /// The producer is gone, and everything was read.
    Closed,
}

/// Why a lossy reader got no event in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// Nothing came until the time was over.
    Timeout,
    /// The reader was too slow.
    Lagged {
        /// Events that it will never see: exactly those between the last one and the next one.
        missed: u64,
    },
    /// The producer is gone, and everything was read.
    Closed,
}

/// Why a ring was not drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainError {
    /// The slowest reader was not done in time.
    Timeout {
        /// Events that it had still to release.
        left: u64,
    },
    /// All readers have left, and the last of them was not done.
    Closed {
        /// Events that it had not released.
        left: u64,
    },
}

const CLOSED: &str = "the ring is closed: nobody is left to write to it, and everything was read";

fn lagged(f: &mut fmt::Formatter<'_>, missed: u64) -> fmt::Result {
    write!(f, "the reader was too slow and missed {missed} events: read faster, or build a larger ring")
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOld { oldest } => {
                write!(f, "that event is gone: {oldest} is the oldest that can be started with")
            }
            Self::OtherRing => f.write_str("the reader to come after is one of another ring"),
            Self::UpstreamLeft => {
                f.write_str("the reader to come after has left: join while it is there, or name those before it")
            }
            Self::NotLossy => f.write_str(
                "the ring was not made for lossy readers: build it with `lossy()`, or subscribe one from the producer first",
            ),
            Self::AfterOthers => {
                f.write_str("a lossy reader cannot come after others: leave out `after`, or join a gated one")
            }
        }
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("there is no event yet"),
            Self::Lagged { missed } => lagged(f, missed),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lagged { missed } => lagged(f, missed),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout => f.write_str("no event came until the time was over"),
            Self::Lagged { missed } => lagged(f, missed),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for DrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout { left } => {
                write!(f, "the slowest reader has still {left} events to release: wait longer, or leave it")
            }
            Self::Closed { left } => {
                write!(
                    f,
                    "all readers have left, the last of them with {left} events that it has not released"
                )
            }
        }
    }
}

impl core::error::Error for DrainError {}
impl core::error::Error for JoinError {}
impl core::error::Error for TryRecvError {}
impl core::error::Error for RecvError {}
impl core::error::Error for RecvTimeoutError {}
