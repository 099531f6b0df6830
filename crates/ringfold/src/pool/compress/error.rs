//! Why bytes are not a compressed event.

use core::fmt;

use crate::pool::PoolError;

/// Why an event could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecompressError {
    /// Too short, or without the mark that compressed events begin with.
    NotCompressed,
    /// Not what was written: a bit has changed, or the end is missing.
    Corrupted,
    /// The codec of this number is not compiled in, or not known.
    UnknownCodec(u8),
    /// More decoded bytes than allowed.
    TooLarge {
        /// What the event says it decodes to.
        len: usize,
        /// What is allowed.
        most: usize,
    },
    /// There is no slot for the decoded bytes.
    Pool(PoolError),
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCompressed => f.write_str("the bytes are no compressed event: check the tag first"),
            Self::Corrupted => f.write_str("the compressed event is spoilt or cut off: ask for it again"),
            Self::UnknownCodec(codec) => write!(
                f,
                "the event is compressed with codec {codec}, which this program does not have: build ringfold with the features \
                 `lz4` and `zstd`"
            ),
            Self::TooLarge { len, most } => {
                write!(
                    f,
                    "the event decodes to {len} bytes and {most} are allowed: allow more, if you trust its sender"
                )
            }
            Self::Pool(error) => write!(f, "no slot for the decoded event: {error}"),
        }
    }
}

impl core::error::Error for DecompressError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pool(error) => Some(error),
            _ => None,
        }
    }
}
