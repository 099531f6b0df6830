//! What travels: items whose every word follows from their sequence, so that every word can be checked.

/// Something that can be made from a sequence and compared with it.
pub trait Payload: Copy + Default + Send + Sync + Unpin + 'static {
    /// Words of eight bytes it consists of; it is `repr(C)` and nothing but them.
    const WORDS: usize;

    /// The item that belongs to this sequence.
    fn make(sequence: u64) -> Self;

    /// The sequence it was made from, if nobody has changed it.
    fn sequence(&self) -> u64;

    /// Zero if this is the item of that sequence. Without a branch, so that checking a run can vectorise.
    fn deviation(&self, sequence: u64) -> u64;
}

/// An item of `WORDS` times eight bytes; word `i` holds the sequence plus `i`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Item<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Default for Item<WORDS> {
    fn default() -> Self {
        Item([0; WORDS])
    }
}

impl<const WORDS: usize> Payload for Item<WORDS> {
    const WORDS: usize = WORDS;

    #[inline(always)]
    fn make(sequence: u64) -> Self {
        let mut words = [0; WORDS];
        for (offset, word) in words.iter_mut().enumerate() {
            *word = sequence.wrapping_add(offset as u64);
        }
        Item(words)
    }

    #[inline(always)]
    fn sequence(&self) -> u64 {
        self.0[0]
    }

    #[inline(always)]
    fn deviation(&self, sequence: u64) -> u64 {
        let mut deviation = 0;
        for (offset, word) in self.0.iter().enumerate() {
            deviation |= word ^ sequence.wrapping_add(offset as u64);
        }
        deviation
    }
}

/// A message that carries the time at which it was meant to be sent.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Stamped {
    sequence: u64,
    /// Nanoseconds since the sample's epoch.
    pub intended: u64,
}

impl Stamped {
    /// A message with its stamp.
    pub fn at(sequence: u64, intended: u64) -> Stamped {
        Stamped { sequence, intended }
    }
}

impl Payload for Stamped {
    const WORDS: usize = 2;

    fn make(sequence: u64) -> Stamped {
        Stamped { sequence, intended: 0 }
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn deviation(&self, sequence: u64) -> u64 {
        self.sequence ^ sequence
    }
}

/// Checks items against the sequence they must come in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Check {
    /// Items seen, and the sequence that comes next.
    pub expected: u64,
    /// Non-zero as soon as one item was not what it had to be.
    pub wrong: u64,
}

impl Check {
    /// Takes note of the next item.
    #[inline(always)]
    pub fn see<T: Payload>(&mut self, item: &T) {
        self.wrong |= item.deviation(self.expected);
        self.expected += 1;
    }

    /// Takes note of a run of words that count up from the expected sequence.
    #[inline(always)]
    pub fn see_words(&mut self, words: &[u64]) {
        let first = self.expected;
        let mut wrong = 0;
        for (offset, word) in words.iter().enumerate() {
            wrong |= word ^ first.wrapping_add(offset as u64);
        }
        self.wrong |= wrong;
        self.expected += words.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_an_item_is_checked() {
        let good = Item::<8>::make(41);
        assert_eq!(good.deviation(41), 0);
        assert_ne!(good.deviation(42), 0);
        for word in 0..8 {
            let mut bad = good;
            bad.0[word] ^= 1 << 63;
            assert_ne!(bad.deviation(41), 0, "word {word}");
        }
    }

    #[test]
    fn a_swapped_pair_is_noticed() {
        let mut check = Check::default();
        for sequence in [0, 2, 1, 3] {
            check.see(&Item::<1>::make(sequence));
        }
        assert_ne!(check.wrong, 0);
        let mut check = Check::default();
        check.see_words(&[0, 1, 2]);
        check.see_words(&[3, 4]);
        assert_eq!((check.wrong, check.expected), (0, 5));
        check.see_words(&[5, 5]);
        assert_ne!(check.wrong, 0);
    }
}
