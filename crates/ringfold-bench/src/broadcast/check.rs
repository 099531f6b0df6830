//! Every reader checks every event. What it has seen at its end must be all there was, in order.

use crate::many::check::{BITS, word};
use crate::spsc::payload::{self, Payload};

/// What one reader has seen. `Copy`, so that a run of events can be checked in registers.
pub trait Check<E: Payload>: Copy + Default + Send + 'static {
    /// The next event.
    fn see(&mut self, event: &E);

    /// Events seen.
    fn seen(&self) -> u64;

    /// Non-zero if one was not what had to come.
    fn wrong(&self) -> u64;

    /// Something else was wrong.
    fn spoil(&mut self);

    /// What was seen elsewhere, by a reader of one producer's events.
    fn adopt(&mut self, seen: payload::Check);

    /// The next events.
    #[inline(always)]
    fn see_all<'e>(&mut self, events: impl Iterator<Item = &'e E>) {
        let mut local = *self;
        events.for_each(|event| local.see(event));
        *self = local;
    }
}

/// Events of one producer: every word of each follows from its number.
impl<E: Payload> Check<E> for payload::Check {
    #[inline(always)]
    fn see(&mut self, event: &E) {
        payload::Check::see(self, event);
    }

    fn seen(&self) -> u64 {
        self.expected
    }

    fn wrong(&self) -> u64 {
        self.wrong
    }

    fn spoil(&mut self) {
        self.wrong |= 1;
    }

    fn adopt(&mut self, seen: payload::Check) {
        *self = seen;
    }
}

/// Events of several producers, each of whose come in order and without a gap; often some of one producer in a row, so that the
/// one that is expected stays in a register.
#[derive(Clone, Copy)]
pub struct Mixed {
    expected: u64,
    /// The next word of each producer, save the one that is expected.
    next: [u64; PRODUCERS],
    seen: u64,
    wrong: u64,
}

const PRODUCERS: usize = 4;

impl Default for Mixed {
    fn default() -> Mixed {
        Mixed { expected: 0, next: std::array::from_fn(|producer| word(producer, 0)), seen: 0, wrong: 0 }
    }
}

impl Mixed {
    /// Expects the next word of whoever has sent this one.
    #[inline(always)]
    fn turn_to(&mut self, word: u64) {
        let producer = |word: u64| (word >> BITS) as usize;
        self.next[producer(self.expected) % PRODUCERS] = self.expected;
        self.wrong |= u64::from(producer(word) >= PRODUCERS);
        self.expected = self.next[producer(word) % PRODUCERS];
    }
}

impl<E: Payload> Check<E> for Mixed {
    #[inline(always)]
    fn see(&mut self, event: &E) {
        let word = event.sequence();
        if word != self.expected {
            self.turn_to(word);
        }
        self.wrong |= (word ^ self.expected) | event.deviation(word);
        self.expected += 1;
        self.seen += 1;
    }

    fn seen(&self) -> u64 {
        self.seen
    }

    fn wrong(&self) -> u64 {
        self.wrong
    }

    fn spoil(&mut self) {
        self.wrong |= 1;
    }

    fn adopt(&mut self, seen: payload::Check) {
        (self.expected, self.seen, self.wrong) = (seen.expected, seen.expected, seen.wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spsc::payload::Item;

    #[test]
    fn what_is_lost_doubled_swapped_or_strange_is_noticed() {
        let wrong = |words: &[u64]| {
            let mut check = Mixed::default();
            check.see_all(words.iter().map(|&word| Item::<2>::make(word)).collect::<Vec<_>>().iter());
            Check::<Item<2>>::wrong(&check)
        };
        assert_eq!(wrong(&[word(0, 0), word(1, 0), word(0, 1), word(2, 0), word(1, 1)]), 0);
        assert_ne!(wrong(&[word(0, 0), word(0, 2)]), 0, "lost");
        assert_ne!(wrong(&[word(0, 0), word(0, 0)]), 0, "doubled");
        assert_ne!(wrong(&[word(0, 1), word(0, 0)]), 0, "swapped");
        assert_ne!(wrong(&[word(9, 0)]), 0, "from nobody");
    }
}
