//! The two codecs, and the contexts that they keep.

#[cfg(feature = "lz4")]
use lz4_flex::block::{self, CompressTable};

use super::{
    DecompressError,
    frame::{Frame, RAW},
};

const LZ4: u8 = 1;
const ZSTD: u8 = 2;

/// What LZ4 makes of one byte at most.
const LZ4_MOST: usize = 255;

/// One codec, with its tables.
pub(super) enum Encoder {
    #[cfg(feature = "lz4")]
    Lz4(Box<Lz4>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::bulk::Compressor<'static>),
}

/// Events of less than 64 KiB need a table half as large to be cleared.
#[cfg(feature = "lz4")]
pub(super) struct Lz4 {
    small: CompressTable,
    large: Option<CompressTable>,
}

impl Encoder {
    #[cfg(feature = "lz4")]
    pub(super) fn lz4() -> Self {
        Self::Lz4(Box::new(Lz4 { small: CompressTable::small(), large: None }))
    }

    #[cfg(feature = "zstd")]
    pub(super) fn zstd(level: i32) -> std::io::Result<Self> {
        zstd::bulk::Compressor::new(level).map(Self::Zstd)
    }

    pub(super) fn codec(&self) -> u8 {
        match self {
            #[cfg(feature = "lz4")]
            Self::Lz4(_) => LZ4,
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => ZSTD,
        }
    }

    /// Room that is enough for any `len` bytes.
    pub(super) fn bound(&self, len: usize) -> Option<usize> {
        match self {
            #[cfg(feature = "lz4")]
            Self::Lz4(_) => len.checked_add(len / 8).map(|_| block::get_maximum_output_size(len)),
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => len.checked_add(len / 8).map(|_| zstd::zstd_safe::compress_bound(len)),
        }
    }

    /// How many bytes of `out` it took; `None` if the codec refuses.
    pub(super) fn encode(&mut self, bytes: &[u8], out: &mut [u8]) -> Option<usize> {
        match self {
            #[cfg(feature = "lz4")]
            Self::Lz4(tables) => {
                let table = match bytes.len() < usize::from(u16::MAX) {
                    true => &mut tables.small,
                    false => tables.large.get_or_insert_with(CompressTable::large),
                };
                block::compress_into_with_table(bytes, out, table).ok()
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(context) => context.compress_to_buffer(bytes, out).ok(),
        }
    }
}

/// What decoding needs to keep.
#[derive(Default)]
pub(super) struct Decoders {
    #[cfg(feature = "zstd")]
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl Decoders {
    /// Whether the codec is known, and could make so many bytes of the payload.
    pub(super) fn check(frame: &Frame<'_>) -> Result<(), DecompressError> {
        let is_possible = match frame.codec {
            RAW => frame.payload.len() == frame.decoded,
            LZ4 if cfg!(feature = "lz4") => frame.decoded <= frame.payload.len().saturating_mul(LZ4_MOST),
            ZSTD if cfg!(feature = "zstd") => true,
            other => return Err(DecompressError::UnknownCodec(other)),
        };
        if is_possible { Ok(()) } else { Err(DecompressError::Corrupted) }
    }

    /// Fills `out`, which is as long as the frame says.
    pub(super) fn decode(&mut self, frame: &Frame<'_>, out: &mut [u8]) -> Result<(), DecompressError> {
        let decoded = match frame.codec {
            RAW => {
                out.copy_from_slice(frame.payload);
                Some(out.len())
            }
            #[cfg(feature = "lz4")]
            LZ4 => block::decompress_into(frame.payload, out).ok(),
            #[cfg(feature = "zstd")]
            ZSTD => self.zstd()?.decompress_to_buffer(frame.payload, out).ok(),
            other => return Err(DecompressError::UnknownCodec(other)),
        };
        match decoded == Some(frame.decoded) {
            true => Ok(()),
            false => Err(DecompressError::Corrupted),
        }
    }

    #[cfg(feature = "zstd")]
    fn zstd(&mut self) -> Result<&mut zstd::bulk::Decompressor<'static>, DecompressError> {
        if self.zstd.is_none() {
            let out_of_memory = crate::pool::PoolError::OutOfMemory { len: 128 << 10 };
            let made = zstd::bulk::Decompressor::new().map_err(|_| DecompressError::Pool(out_of_memory))?;
            self.zstd = Some(made);
        }
        self.zstd.as_mut().ok_or(DecompressError::UnknownCodec(ZSTD))
    }
}
