//! The header of a compressed event.

use twox_hash::XxHash3_64;

use super::DecompressError;
use crate::pool::event::MOST_BYTES;

/// Bytes before the payload.
pub(super) const HEADER: usize = 16;
/// The payload is the event itself.
pub(super) const RAW: u8 = 0;
/// The most bytes that can be compressed: raw, with its header, it still is an event.
pub(super) const MOST: usize = MOST_BYTES - HEADER;
/// Behind the codec; the last byte is the version.
const MAGIC: [u8; 3] = *b"rf\x01";

/// A compressed event, taken apart.
pub(super) struct Frame<'a> {
    pub(super) codec: u8,
    /// How many bytes it was, and will be.
    pub(super) decoded: usize,
    pub(super) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// `decoded` is at most [`MOST`].
    pub(super) fn new(codec: u8, decoded: usize, payload: &'a [u8]) -> Self {
        Self { codec, decoded, payload }
    }

    /// Fills `out`, which is as long as header and payload.
    pub(super) fn write(&self, out: &mut [u8]) {
        let first = self.first();
        let (header, payload) = out.split_at_mut(HEADER);
        payload.copy_from_slice(self.payload);
        header[..8].copy_from_slice(&first.to_le_bytes());
        header[8..].copy_from_slice(&checksum(first, self.payload).to_le_bytes());
    }

    /// Takes `bytes` apart; everything in them is what was written.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DecompressError> {
        let (header, payload) = bytes.split_at_checked(HEADER).ok_or(DecompressError::NotCompressed)?;
        let word = |at: usize| header[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        if header[1..4] != MAGIC {
            return Err(DecompressError::NotCompressed);
        }
        if word(8) != checksum(word(0), payload) {
            return Err(DecompressError::Corrupted);
        }
        Ok(Self { codec: header[0], decoded: (word(0) >> 32) as usize, payload })
    }

    /// All of the header but the checksum.
    fn first(&self) -> u64 {
        let [a, b, c] = MAGIC;
        (self.decoded as u64) << 32 | u64::from(u32::from_le_bytes([self.codec, a, b, c]))
    }
}

fn checksum(first: u64, payload: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(first, payload)
}
