//! Messages: how they lie in a ring, and how those in a view are found, where they lie.
//!
//! ```text
//!  0        4          8        12      16         24    32     40
//!  │ length │ checksum │ client │ about │ sequence │ due │ sent │ payload ... │      all numbers little-endian
//! ```
//!
//! The checksum is a CRC-32C of all that is behind it.

use std::fmt;

/// The bytes before the payload.
pub const HEADER: usize = 40;
/// The bytes of the shortest payload and of the longest.
pub const SHORTEST: usize = 16;
pub const LONGEST: usize = 4096;
/// Where what the checksum covers begins.
const COVERED: usize = 8;

/// What is said of a message before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Who asked.
    pub client: u32,
    /// In an answer the checksum of what it answers, in a request 0.
    pub about: u32,
    /// The number of the request among its client's.
    pub sequence: u64,
    /// When the request was to be sent, in nanoseconds of the run.
    pub due: u64,
    /// When its client got round to that.
    pub sent: u64,
}

impl Label {
    /// As it goes before a payload of `length` bytes, without the checksum, which comes [last](seal).
    pub fn bytes(self, length: usize) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
        bytes[8..12].copy_from_slice(&self.client.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.about.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.due.to_le_bytes());
        bytes[32..].copy_from_slice(&self.sent.to_le_bytes());
        bytes
    }
}

/// Puts the checksum into a message that is written as a whole, and returns it.
pub fn seal(message: &mut [u8]) -> u32 {
    let checksum = crc32c::crc32c(&message[COVERED..]);
    message[4..COVERED].copy_from_slice(&checksum.to_le_bytes());
    checksum
}

/// A message, where it lies, that fits its checksum.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    pub label: Label,
    pub checksum: u32,
    /// All of it.
    pub bytes: &'a [u8],
}

impl<'a> Message<'a> {
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER..]
    }
}

/// The messages in `view`, which holds nothing but whole ones: they were committed whole. Ends with the first that is malformed.
pub fn all(view: &[u8]) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
    let mut rest = view;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let message = first(rest);
        rest = message.as_ref().map_or(&[], |message| &rest[message.bytes.len()..]);
        Some(message)
    })
}

fn first(bytes: &[u8]) -> Result<Message<'_>, Malformed> {
    let half =
        |at: usize| bytes.get(at..at + 4).and_then(|half| half.try_into().ok()).map(u32::from_le_bytes);
    let whole =
        |at: usize| bytes.get(at..at + 8).and_then(|whole| whole.try_into().ok()).map(u64::from_le_bytes);
    let read = || {
        let label = Label {
            client: half(8)?,
            about: half(12)?,
            sequence: whole(16)?,
            due: whole(24)?,
            sent: whole(32)?,
        };
        Some((half(0)? as usize, half(4)?, label))
    };
    let Some((length, checksum, label)) = read() else {
        return Err(Malformed::CutOff { bytes: bytes.len() });
    };
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Malformed::Length { length });
    }
    let Some(bytes) = bytes.get(..HEADER + length) else {
        return Err(Malformed::CutOff { bytes: bytes.len() });
    };
    match crc32c::crc32c(&bytes[COVERED..]) {
        found if found == checksum => Ok(Message { label, checksum, bytes }),
        found => Err(Malformed::Checksum { label, said: checksum, found }),
    }
}

/// What is wrong with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Malformed {
    Length { length: usize },
    Checksum { label: Label, said: u32, found: u32 },
    CutOff { bytes: usize },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { length } => {
                write!(
                    f,
                    "a message claims a payload of {length} bytes; from {SHORTEST} to {LONGEST} are sent"
                )
            }
            Self::Checksum { label: Label { client, sequence, .. }, said, found } => write!(
                f,
                "message {sequence} of client {client} has the checksum {found:08x}, and should have {said:08x}"
            ),
            Self::CutOff { bytes } => write!(f, "a view ends {bytes} bytes into a message"),
        }
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label =
        Label { client: 3, about: 7, sequence: 1 << 40, due: 123_456_789_012, sent: 123_456_790_000 };

    fn message(payload: &[u8]) -> Vec<u8> {
        let mut bytes = LABEL.bytes(payload.len()).to_vec();
        bytes.extend(payload);
        seal(&mut bytes);
        bytes
    }

    #[test]
    fn messages_are_found_as_they_were_written() {
        let view = [message(&[1; SHORTEST]), message(&[2; LONGEST])].concat();
        let found: Vec<Message> = all(&view).collect::<Result<_, _>>().unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|message| message.label == LABEL));
        assert_eq!((found[0].payload(), found[1].payload()), (&[1; SHORTEST][..], &[2; LONGEST][..]));
        assert_eq!(all(&[]).count(), 0);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = message(&[5; 20]);
        for bit in 0..whole.len() * 8 {
            let mut spoilt = whole.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            assert!(all(&spoilt).any(|message| message.is_err()), "bit {bit}");
        }
    }

    #[test]
    fn a_message_that_is_cut_off_or_too_long_ends_the_search() {
        let whole = message(&[5; 20]);
        for end in 1..whole.len() {
            let found: Vec<_> = all(&whole[..end]).collect();
            assert_eq!(found, [Err(Malformed::CutOff { bytes: end })]);
        }
        let long = message(&[5; LONGEST + 1]);
        assert_eq!(all(&long).collect::<Vec<_>>(), [Err(Malformed::Length { length: LONGEST + 1 })]);
    }
}
