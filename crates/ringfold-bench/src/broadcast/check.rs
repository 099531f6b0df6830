//! Every reader checks every event. What it has seen at its end must be all there was, in order.

use crate::many::check::{BITS, number_in};
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

/// Events of several producers, each of whose come in order and without a gap.
#[derive(Clone, Copy, Default)]
pub struct Mixed {
    next: [u64; 4],
    seen: u64,
    wrong: u64,
}

impl<E: Payload> Check<E> for Mixed {
    #[inline(always)]
    fn see(&mut self, event: &E) {
        let word = event.sequence();
        let Some(next) = self.next.get_mut((word >> BITS) as usize) else {
            self.wrong |= 1;
            return;
        };
        self.wrong |= (number_in(word) ^ *next) | event.deviation(word);
        *next += 1;
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
        (self.next[0], self.seen, self.wrong) = (seen.expected, seen.expected, seen.wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::many::check::word;
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
