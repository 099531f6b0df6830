//! What went over the wire, as each side counts it.

use std::fmt;
use std::str::FromStr;

/// Frames, their payload, and a checksum over every byte of every payload in its order. It is also the server's answer at the
/// end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub frames: u64,
    pub payload: u64,
    pub checksum: u32,
}

impl Tally {
    /// One more frame. Its length goes into the checksum too: the same bytes, cut elsewhere, are not the same.
    pub fn add(&mut self, payload: &[u8]) {
        self.frames += 1;
        self.payload += payload.len() as u64;
        self.checksum = crc32c::crc32c_append(self.checksum, &(payload.len() as u32).to_le_bytes());
        self.checksum = crc32c::crc32c_append(self.checksum, payload);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, payload, checksum } = self;
        write!(f, "{frames} frames, {payload} bytes of payload, checksum {checksum:08x}")
    }
}

/// A text that is no tally.
#[derive(Debug)]
pub struct NoTally;

impl FromStr for Tally {
    type Err = NoTally;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, NoTally> {
        let mut parts = text.trim_end().split(", ");
        let mut part = |before: &str, behind: &str| {
            parts.next()?.strip_prefix(before)?.strip_suffix(behind).map(str::to_owned)
        };
        let mut read = || {
            let frames = part("", " frames")?.parse().ok()?;
            let payload = part("", " bytes of payload")?.parse().ok()?;
            Some(Self { frames, payload, checksum: u32::from_str_radix(&part("checksum ", "")?, 16).ok()? })
        };
        read().ok_or(NoTally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_read_as_it_is_written() {
        let mut tally = Tally::default();
        tally.add(b"fold");
        tally.add(b"r");
        let read: Tally = format!("{tally}\n").parse().unwrap();
        assert_eq!((read, read.frames, read.payload), (tally, 2, 5));
        for text in [
            "",
            "2 frames",
            "x frames, 5 bytes of payload, checksum 0",
            "2 frames, 5 bytes of payload, checksum z",
        ] {
            assert!(text.parse::<Tally>().is_err(), "{text}");
        }
    }

    #[test]
    fn frames_lost_swapped_or_cut_elsewhere_are_noticed() {
        let tally = |payloads: &[&[u8]]| {
            let mut tally = Tally::default();
            payloads.iter().for_each(|payload| tally.add(payload));
            tally
        };
        let sent = tally(&[b"ab", b"cd"]);
        for came in [tally(&[b"ab"]), tally(&[b"cd", b"ab"]), tally(&[b"abc", b"d"])] {
            assert_ne!(came, sent);
        }
    }
}
