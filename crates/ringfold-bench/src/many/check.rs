//! Every word says who sent it and as which of its words, so that every one of them can be checked.

/// Bits that hold the number of the word; the producer's is above them.
pub const BITS: u32 = 56;

/// The word number `sequence` of a producer.
#[inline(always)]
pub fn word(producer: usize, sequence: u64) -> u64 {
    (producer as u64) << BITS | sequence
}

/// The number in a word.
#[inline(always)]
pub fn number_in(word: u64) -> u64 {
    word & ((1 << BITS) - 1)
}

/// What one consumer has seen.
pub struct Check {
    next: Vec<u64>,
    alone: bool,
    /// Words seen.
    pub seen: u64,
    /// Their sum, to be compared with what was sent: together the consumers have seen each word once.
    pub sum: u64,
    /// Non-zero if a word came out of order, or from nobody.
    pub wrong: u64,
}

impl Check {
    /// Of one consumer, the only one if it is `alone`.
    pub fn new(producers: usize, alone: bool) -> Check {
        Check { next: vec![0; producers], alone, seen: 0, sum: 0, wrong: 0 }
    }

    /// The next word: each producer's words come in order, and to a consumer that is alone without a gap.
    #[inline(always)]
    pub fn see(&mut self, word: u64) {
        let sequence = number_in(word);
        let Some(next) = self.next.get_mut((word >> BITS) as usize) else {
            self.wrong |= 1;
            return;
        };
        self.wrong |= u64::from(if self.alone { sequence != *next } else { sequence < *next });
        *next = sequence + 1;
        self.seen += 1;
        self.sum = self.sum.wrapping_add(word);
    }
}

/// The sum of the first `count` words of a producer.
pub fn sum_sent(producer: usize, count: u64) -> u64 {
    let sequences = (u128::from(count) * u128::from(count.saturating_sub(1)) / 2) as u64;
    word(producer, 0).wrapping_mul(count).wrapping_add(sequences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_swapped_or_strange_is_noticed() {
        let seen = |words: &[u64], alone| {
            let mut check = Check::new(2, alone);
            words.iter().for_each(|&word| check.see(word));
            (check.wrong, check.sum)
        };
        let good = [word(0, 0), word(1, 0), word(0, 1), word(1, 1)];
        let sum = sum_sent(0, 2).wrapping_add(sum_sent(1, 2));
        assert_eq!(seen(&good, true), (0, sum));
        assert_eq!(seen(&good, false), (0, sum));
        assert_eq!(seen(&[word(0, 0), word(0, 2)], true).0, 1, "lost");
        assert_ne!(seen(&[word(0, 0), word(0, 2)], false).1, sum_sent(0, 2), "lost");
        assert_eq!(seen(&[word(0, 0), word(0, 0)], false).0, 1, "doubled");
        assert_eq!(seen(&[word(0, 1), word(0, 0)], false).0, 1, "swapped");
        assert_eq!(seen(&[word(2, 0)], false).0, 1, "from nobody");
    }
}
