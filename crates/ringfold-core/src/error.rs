//! One small word for each thing that can go wrong on a hot path.
//!
//! Each operation has an error of its own, which holds only what can really happen to it; whatever
//! the caller handed over comes back inside. Making a ring fails with `ringfold::memory::Error`.

use core::fmt;

/// There is no room; here is the item again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full<T>(pub T);

/// The other side is gone: its handle, or all of them where there are several. What was handed over (an item, or how many items went in) comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed<T = ()>(pub T);

/// Why an item could not be pushed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryPushError<T> {
    /// There is no room now.
    Full(T),
    /// The consumer is gone, or all of them are, and nobody will ever read the item.
    Closed(T),
}

/// Why an item could not be pushed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushTimeoutError<T> {
    /// There was no room until the time was over.
    Timeout(T),
    /// The consumer is gone, or all of them are, and nobody will ever read the item.
    Closed(T),
}

/// Why no item could be popped at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryPopError {
    /// There is nothing to read now.
    Empty,
    /// The producer is gone, or all of them are, and everything that was pushed has been read.
    Closed,
}

/// Why no item could be popped in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopTimeoutError {
    /// Nothing came until the time was over.
    Timeout,
    /// The producer is gone, or all of them are, and everything that was pushed has been read.
    Closed,
}

/// Why slots could not be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimError {
    /// More slots were asked for than the ring has, so that waiting would never end.
    TooLarge {
        /// The slots asked for.
        requested: usize,
        /// The slots there are.
        capacity: usize,
    },
    /// The consumer is gone, or all of them are, and nobody will ever read the items.
    Closed,
}

/// Why slots could not be claimed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimTimeoutError {
    /// There were too few vacant slots until the time was over.
    Timeout,
    /// More slots were asked for than the ring has, so that waiting would never end.
    TooLarge {
        /// The slots asked for.
        requested: usize,
        /// The slots there are.
        capacity: usize,
    },
    /// The consumer is gone, or all of them are, and nobody will ever read the items.
    Closed,
}

/// Why so many items could not be peeked at in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeekTimeoutError {
    /// There were fewer items until the time was over.
    Timeout {
        /// The items that are there to be read.
        available: usize,
    },
    /// More items were asked for than the ring holds, so that waiting would never end.
    TooLarge {
        /// The items asked for.
        requested: usize,
        /// The items the ring can hold.
        capacity: usize,
    },
    /// The producer is gone, or all of them are, and fewer items are left than asked for.
    Closed {
        /// The items that are still there to be read.
        available: usize,
    },
}

/// Why so many items could not be peeked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeekError {
    /// More items were asked for than the ring holds, so that waiting would never end.
    TooLarge {
        /// The items asked for.
        requested: usize,
        /// The items the ring can hold.
        capacity: usize,
    },
    /// The producer is gone, or all of them are, and fewer items are left than asked for.
    Closed {
        /// The items that are still there to be read.
        available: usize,
    },
}

impl<T> TryPushError<T> {
    /// The item that could not be pushed.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) => item,
        }
    }
}

impl<T> PushTimeoutError<T> {
    /// The item that could not be pushed.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(item) | Self::Closed(item) => item,
        }
    }
}

const FULL: &str = "the ring is full: the consumer must read first";
const CONSUMER_GONE: &str = "the ring is closed: nobody is left to read it";
const PRODUCER_GONE: &str = "the ring is closed: nobody is left to write to it, and everything was read";

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FULL)
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ring is closed: the other side is gone")
    }
}

impl<T> fmt::Display for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => FULL,
            Self::Closed(_) => CONSUMER_GONE,
        })
    }
}

impl<T> fmt::Display for PushTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "the ring stayed full until the time was over",
            Self::Closed(_) => CONSUMER_GONE,
        })
    }
}

impl fmt::Display for TryPopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the ring is empty",
            Self::Closed => PRODUCER_GONE,
        })
    }
}

impl fmt::Display for PopTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the ring stayed empty until the time was over",
            Self::Closed => PRODUCER_GONE,
        })
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { requested, capacity } => write!(
                f,
                "{requested} slots were asked for, but the ring has {capacity}: claim fewer at a time, or build a larger ring"
            ),
            Self::Closed => f.write_str(CONSUMER_GONE),
        }
    }
}

impl fmt::Display for PeekError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { requested, capacity } => write!(
                f,
                "{requested} items were asked for, but the ring holds {capacity}: peek at fewer, or build a larger ring"
            ),
            Self::Closed { available: 0 } => f.write_str(PRODUCER_GONE),
            Self::Closed { available } => write!(
                f,
                "the ring is closed: nobody is left to write to it, and {available} of the items asked for are there"
            ),
        }
    }
}

impl fmt::Display for ClaimTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout => f.write_str("the ring stayed too full until the time was over"),
            Self::TooLarge { requested, capacity } => ClaimError::TooLarge { requested, capacity }.fmt(f),
            Self::Closed => ClaimError::Closed.fmt(f),
        }
    }
}

impl fmt::Display for PeekTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout { available } => {
                write!(f, "the ring held {available} items, fewer than asked for, until the time was over")
            }
            Self::TooLarge { requested, capacity } => PeekError::TooLarge { requested, capacity }.fmt(f),
            Self::Closed { available } => PeekError::Closed { available }.fmt(f),
        }
    }
}

impl<T: fmt::Debug> core::error::Error for Full<T> {}
impl<T: fmt::Debug> core::error::Error for Closed<T> {}
impl<T: fmt::Debug> core::error::Error for TryPushError<T> {}
impl<T: fmt::Debug> core::error::Error for PushTimeoutError<T> {}
impl core::error::Error for TryPopError {}
impl core::error::Error for PopTimeoutError {}
impl core::error::Error for ClaimError {}
impl core::error::Error for PeekError {}
impl core::error::Error for ClaimTimeoutError {}
impl core::error::Error for PeekTimeoutError {}
