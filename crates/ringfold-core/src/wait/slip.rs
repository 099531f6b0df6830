//! Falling a little behind on purpose.
//!
//! Two sides that run in step, one item apart, pass the same cache lines back and forth for every item,
//! and each pass costs as much as a hundred items. A side that has just run dry therefore does well to
//! hold still for a moment, without even looking, so that the other gets ahead: one pass then serves
//! many items. FastForward (PPoPP 2008) calls this temporal slipping.
//!
//! It must not cost latency where nothing streams: when holding still brought no more items, the next
//! few chances are passed up, twice as many each time.

use crate::sync;

/// Decides whether to slip, from how the last slips went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slip {
    pass_up: u32,
    penalty: u32,
}

/// How often at most to hold still in one slip.
const ROUNDS: u32 = 8;
/// Relaxed spins in which the line is left alone.
const STILL: u32 = 8;
/// So many more items make a slip worth it.
const WORTH: u64 = 8;
const LONGEST_PENALTY: u32 = 63;

impl Slip {
    /// Has not slipped yet.
    pub const fn new() -> Self {
        Self { pass_up: 0, penalty: 0 }
    }

    /// Holds still while that brings more, until there are `enough`, and returns how many there are
    /// then. `look` tells how many there are now.
    #[inline]
    pub fn slip(&mut self, enough: u64, mut look: impl FnMut() -> u64) -> u64 {
        let first = look();
        if first >= enough || cfg!(loom) {
            return first;
        }
        if self.pass_up > 0 {
            self.pass_up -= 1;
            return first;
        }
        let mut latest = first;
        for _ in 0..ROUNDS {
            (0..STILL).for_each(|_| sync::spin_loop());
            let now = look();
            let grown = now > latest;
            latest = now;
            if !grown || latest >= enough {
                break;
            }
        }
        self.learn(latest - first >= WORTH.min(enough));
        latest
    }

    fn learn(&mut self, it_paid: bool) {
        self.penalty = if it_paid { 0 } else { (self.penalty * 2 + 1).min(LONGEST_PENALTY) };
        self.pass_up = self.penalty;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_slip_that_brings_nothing_makes_the_next_ones_rarer() {
        let mut slip = Slip::new();
        let mut looks = 0;
        for _ in 0..1000 {
            slip.slip(1, 64, || {
                looks += 1;
                1
            });
        }
        assert!(looks <= 10, "looked {looks} times");
    }

    #[test]
    fn a_slip_goes_on_while_it_pays_and_stops_when_there_is_enough() {
        let mut slip = Slip::new();
        let mut there = 1;
        let found = slip.slip(1, 10, || {
            there += 4;
            there
        });
        assert_eq!(found, 13);
    }
}
