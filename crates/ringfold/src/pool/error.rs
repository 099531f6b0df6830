//! Why there is no slot.

use core::fmt;

use super::SizeClass;

/// Why an event could not be allocated. The bytes are still the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// All slots that it may have are in use: those of its class, and those of the larger ones too where
    /// [`WhenExhausted`](super::WhenExhausted) allows them.
    Exhausted {
        /// The bytes asked for.
        len: usize,
        /// Their class.
        class: SizeClass,
        /// How many slots that class has.
        capacity: usize,
    },
    /// More bytes than any event can have.
    TooLarge {
        /// The bytes asked for.
        len: usize,
        /// The most there can be.
        most: usize,
    },
    /// The heap refused; only events that have no slot ask it.
    OutOfMemory {
        /// The bytes asked for.
        len: usize,
    },
}

/// All slots of a [`Slab`](super::Slab) are in use; here is the value again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted<T>(pub T);

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted { len, class, capacity: 0 } => write!(
                f,
                "no slot for {len} bytes: class {class} has none; give it some with `Config::capacity`, or choose another `WhenExhausted`"
            ),
            Self::Exhausted { len, class, capacity } => write!(
                f,
                "no slot for {len} bytes: all {capacity} of class {class} are in use; drop events sooner, give the class more \
                 slots, or choose another `WhenExhausted`"
            ),
            Self::TooLarge { len, most } => {
                write!(f, "{len} bytes are more than the {most} that an event can have: split them")
            }
            Self::OutOfMemory { len } => {
                write!(
                    f,
                    "the heap has no {len} bytes: free memory, or split the event so that it fits a slot"
                )
            }
        }
    }
}

impl<T> fmt::Display for Exhausted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all slots of the slab are in use: drop some, or make a larger slab")
    }
}

impl core::error::Error for PoolError {}
impl<T: fmt::Debug> core::error::Error for Exhausted<T> {}
