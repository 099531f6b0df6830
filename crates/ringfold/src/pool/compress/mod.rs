//! Large events, compressed into smaller slots (features `lz4` and `zstd`).
//!
//! ```
//! # #[cfg(feature = "lz4")] {
//! use ringfold::pool::{Config, Pool, SizeClass, compress::{Compressor, Decompressor}};
//!
//! let pool = Pool::new(Config::mobile())?;
//! let (mut compressor, mut decompressor) = (Compressor::lz4(), Decompressor::new(1 << 20));
//! let page = b"<p>the same words, again and again</p>".repeat(400);
//!
//! let event = compressor.alloc(&pool, &page, 7)?; // 15,200 bytes need no slot of 16 KiB
//! assert_eq!((event.class(), event.tag()), (SizeClass::S, 7));
//! let again = decompressor.alloc(&pool, &event)?;
//! assert_eq!(*again, *page);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A compressed event is bytes as any other, for other threads, files and wires:
//!
//! ```text
//!   0        1   2   3   4               8                               16
//!  ├ codec ──┼ "r" "f" 1 ┼ decoded bytes ─┼ XXH3 of all the rest ──────────┼ compressed bytes ..
//! ```
//!
//! Numbers are little-endian. What does not get at least 3 % smaller is kept as it is, with codec 0. The checksum is compared before anything is
//! decoded, and the decoded length with a limit of the reader's choice before anything is allocated: what arrives spoilt, cut off or forged to be
//! huge is an error. (XXH3 finds accidents; it is no signature. Bytes that an enemy may have made are decoded safely all the same, to whatever
//! the enemy likes.)
//!
//! LZ4 (lz4_flex, Rust without `unsafe`) is for latency: a few GB/s. Zstandard (its C library) is for ratio. Both keep their tables from one event
//! to the next: make one compressor for each thread and keep it.

mod codec;
mod error;
mod frame;

pub use error::DecompressError;

use self::{
    codec::{Decoders, Encoder},
    frame::{Frame, HEADER},
};
use super::{EventRef, Pool, PoolError, UniqueEvent};

/// Compresses events. `Send`; one for each thread.
///
/// Has its tables and a buffer for the largest event so far, which it grows when it must.
pub struct Compressor {
    encoder: Encoder,
    scratch: Vec<u8>,
}

/// Decompresses events of any codec that is compiled in. `Send`; one for each thread.
pub struct Decompressor {
    decoders: Decoders,
    most: usize,
}

impl Compressor {
    /// With LZ4: the faster one.
    #[cfg(feature = "lz4")]
    #[must_use]
    pub fn lz4() -> Self {
        Self { encoder: Encoder::lz4(), scratch: Vec::new() }
    }

    /// With Zstandard: the smaller one. Levels from -7 (fastest) to 22; 1 to 3 are for streams, 0 is the library's default.
    ///
    /// # Errors
    /// When the library refuses the level, or has no memory for a context.
    #[cfg(feature = "zstd")]
    pub fn zstd(level: i32) -> std::io::Result<Self> {
        Ok(Self { encoder: Encoder::zstd(level)?, scratch: Vec::new() })
    }

    /// Compresses `bytes` into a slot of the class that the result needs, 16 bytes of header included. Waits where [`Pool::alloc`] would.
    ///
    /// # Errors
    /// As [`Pool::alloc`].
    pub fn alloc(&mut self, pool: &Pool, bytes: &[u8], tag: u32) -> Result<EventRef, PoolError> {
        let payload = self.encode(bytes)?;
        let frame = match payload {
            Some(compressed) => Frame::new(self.encoder.codec(), bytes.len(), &self.scratch[..compressed]),
            None => Frame::new(frame::RAW, bytes.len(), bytes),
        };
        let mut event = pool.alloc_uninit(HEADER + frame.payload.len())?;
        frame.write(&mut event);
        event.set_tag(tag);
        Ok(event.share())
    }

    /// Into the scratch buffer, how many bytes; `None` if it does not pay.
    fn encode(&mut self, bytes: &[u8]) -> Result<Option<usize>, PoolError> {
        let too_large = PoolError::TooLarge { len: bytes.len(), most: frame::MOST };
        let bound =
            self.encoder.bound(bytes.len()).filter(|_| bytes.len() <= frame::MOST).ok_or(too_large)?;
        if self.scratch.len() < bound {
            let more = bound - self.scratch.len();
            self.scratch.try_reserve_exact(more).map_err(|_| PoolError::OutOfMemory { len: bound })?;
            self.scratch.resize(bound, 0);
        }
        let compressed = self.encoder.encode(bytes, &mut self.scratch);
        Ok(compressed.filter(|compressed| *compressed < bytes.len() - bytes.len() / 32))
    }
}

impl Decompressor {
    /// Refuses events of more than `most` decoded bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { decoders: Decoders::default(), most }
    }

    /// The decoded bytes in a slot of their own.
    ///
    /// # Errors
    /// See [`DecompressError`]. The pool has as many slots as before.
    pub fn alloc(&mut self, pool: &Pool, compressed: &[u8]) -> Result<UniqueEvent, DecompressError> {
        let frame = self.open(compressed)?;
        let mut event = pool.alloc_uninit(frame.decoded).map_err(DecompressError::Pool)?;
        self.decoders.decode(&frame, &mut event)?;
        Ok(event)
    }

    /// The decoded bytes in front of `out`; how many there are.
    ///
    /// # Errors
    /// See [`DecompressError`]; `TooLarge` also if `out` is too short. What is in `out` is arbitrary then.
    pub fn decompress_into(&mut self, compressed: &[u8], out: &mut [u8]) -> Result<usize, DecompressError> {
        let frame = self.open(compressed)?;
        let most = out.len();
        let out =
            out.get_mut(..frame.decoded).ok_or(DecompressError::TooLarge { len: frame.decoded, most })?;
        self.decoders.decode(&frame, out)?;
        Ok(frame.decoded)
    }

    /// Everything that can be checked before anything is allocated.
    fn open<'a>(&self, compressed: &'a [u8]) -> Result<Frame<'a>, DecompressError> {
        let frame = Frame::read(compressed)?;
        if frame.decoded > self.most {
            return Err(DecompressError::TooLarge { len: frame.decoded, most: self.most });
        }
        Decoders::check(&frame)?;
        Ok(frame)
    }
}

impl core::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Compressor").field("scratch_bytes", &self.scratch.len()).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Decompressor").field("most", &self.most).finish_non_exhaustive()
    }
}
