//! Events as plain values.

use core::fmt;

use bytemuck::{AnyBitPattern, NoUninit};

use super::{EventRef, PoolError, handle::Pool};

/// Why the bytes of an event are no value of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodError {
    /// It has another length.
    Length {
        /// The event's bytes.
        len: usize,
        /// The type's.
        wanted: usize,
    },
    /// The type must be aligned to more than 16 bytes, which is what events are aligned to.
    Alignment {
        /// The type's alignment.
        wanted: usize,
    },
}

impl EventRef {
    /// The bytes as a value of `P`, without a copy; `P` may be any type of which all bit patterns are values ([`bytemuck`]'s word for it).
    ///
    /// # Errors
    /// When the event is longer or shorter than a `P`, or is not aligned as one.
    ///
    /// ```
    /// # use ringfold::pool::{Config, PodError, Pool};
    /// let pool = Pool::new(Config::mobile())?;
    /// let event = pool.alloc_pod(&[1.5_f64, -2.0], 4)?;
    /// assert_eq!(event.as_pod::<[f64; 2]>(), Ok(&[1.5, -2.0]));
    /// assert_eq!(event.as_pod::<u64>(), Err(PodError::Length { len: 16, wanted: 8 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_pod<P: AnyBitPattern>(&self) -> Result<&P, PodError> {
        bytemuck::try_from_bytes(self).map_err(|_| match self.len() == size_of::<P>() {
            true => PodError::Alignment { wanted: align_of::<P>() },
            false => PodError::Length { len: self.len(), wanted: size_of::<P>() },
        })
    }
}

impl Pool {
    /// As [`alloc`](Pool::alloc), for the bytes of a value.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub fn alloc_pod<P: NoUninit>(&self, value: &P, tag: u32) -> Result<EventRef, PoolError> {
        self.alloc(bytemuck::bytes_of(value), tag)
    }
}

impl fmt::Display for PodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { len, wanted } => {
                write!(
                    f,
                    "an event of {len} bytes is no value of {wanted} bytes: check its tag before its type"
                )
            }
            Self::Alignment { wanted } => write!(
                f,
                "events are aligned to 16 bytes, and the type needs {wanted}: read it with `bytemuck::pod_read_unaligned`"
            ),
        }
    }
}

impl core::error::Error for PodError {}
