//! Frames: how they look on the wire, and how one is found at the front of what was read.
//!
//! ```text
//!  0        4          8
//!  │ length │ checksum │ payload ... │      both numbers little-endian; CRC-32C of the payload
//! ```

use std::fmt;

/// The bytes before the payload.
pub const HEADER: usize = 8;

/// Appends a frame to `wire`.
pub fn append(wire: &mut Vec<u8>, payload: &[u8]) {
    wire.extend((payload.len() as u32).to_le_bytes());
    wire.extend(crc32c::crc32c(payload).to_le_bytes());
    wire.extend(payload);
}

/// The payload of the frame at the front of `bytes`, when all of it is there, in place. `most` is the longest payload that is
/// taken.
///
/// # Errors
/// When no such frame can be: its length is 0 or more than `most`, which is known as soon as the header is there, or its payload
/// does not fit its checksum.
pub fn first(bytes: &[u8], most: usize) -> Result<Option<&[u8]>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let [a, b, c, d, e, f, g, h] = *header;
    let (length, said) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if length == 0 || length as usize > most {
        return Err(Malformed::Length { length, most });
    }
    let Some(payload) = rest.get(..length as usize) else {
        return Ok(None);
    };
    match crc32c::crc32c(payload) {
        found if found == said => Ok(Some(payload)),
        found => Err(Malformed::Checksum { said, found }),
    }
}

/// What is wrong with a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Malformed {
    Length { length: u32, most: usize },
    Checksum { said: u32, found: u32 },
    CutOff { bytes: usize },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { length, most } => {
                write!(f, "it claims a payload of {length} bytes; from 1 to {most} are taken")
            }
            Self::Checksum { said, found } => {
                write!(f, "its payload has the checksum {found:08x}, and should have {said:08x}")
            }
            Self::CutOff { bytes } => write!(f, "the connection ended {bytes} bytes into it"),
        }
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> Vec<u8> {
        let mut wire = Vec::new();
        append(&mut wire, b"fold");
        append(&mut wire, b"ring");
        wire
    }

    #[test]
    fn a_frame_is_there_when_all_of_it_is() {
        let wire = wire();
        for length in 0..HEADER + 4 {
            assert_eq!(first(&wire[..length], 4), Ok(None), "{length}");
        }
        for length in HEADER + 4..=wire.len() {
            assert_eq!(first(&wire[..length], 4), Ok(Some(&b"fold"[..])), "{length}");
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_the_payload_came() {
        assert_eq!(first(&wire()[..HEADER], 3), Err(Malformed::Length { length: 4, most: 3 }));
        assert_eq!(first(&[0; HEADER], 3), Err(Malformed::Length { length: 0, most: 3 }));
        assert_eq!(first(&[255; HEADER], 3), Err(Malformed::Length { length: u32::MAX, most: 3 }));
    }

    #[test]
    fn every_flipped_bit_of_a_payload_is_noticed() {
        for bit in 8 * HEADER..8 * (HEADER + 4) {
            let mut wire = wire();
            wire[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(first(&wire, 4), Err(Malformed::Checksum { .. })), "{bit}");
        }
    }
}
