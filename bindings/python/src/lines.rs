//! Looking for the end of a line without looking at a byte twice.

use memchr::memmem;

/// How far a stream has been searched, and for what.
#[derive(Default)]
pub struct Search {
    /// Bytes before this one, counted from the stream's first ever, begin no end.
    seen: u64,
    end: Vec<u8>,
}

impl Search {
    /// The length of the first line in `bytes`, its end included, where `taken` bytes were taken before those.
    pub fn find(&mut self, taken: u64, bytes: &[u8], end: &[u8]) -> Option<usize> {
        if self.end != end {
            *self = Self { seen: taken, end: end.to_vec() };
        }
        let from = self.seen.saturating_sub(taken).min(bytes.len() as u64) as usize;
        let found = match end {
            [byte] => memchr::memchr(*byte, &bytes[from..]),
            _ => memmem::find(&bytes[from..], end),
        };
        // Where it was found it may be looked for again; where it was not, an end may have begun with the last bytes.
        let begins = found.map_or(bytes.len().saturating_sub(end.len() - 1), |at| from + at);
        self.seen = self.seen.max(taken + begins as u64);
        found.map(|at| from + at + end.len())
    }
}
