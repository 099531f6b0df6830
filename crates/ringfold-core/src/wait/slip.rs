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
/// Relaxed spins in which the line is left alone; about a hundred nanoseconds on current x86-64.
const STILL: u32 = 2;
const LONGEST_PENALTY: u32 = 1 << 10;

impl Slip {
    /// Has not slipped yet.
    pub const fn new() -> Self {
        Self { pass_up: 0, penalty: 0 }
    }

    /// `found` items are there and `enough` would do: holds still while that brings more, and returns
    /// how many there are then. `look` tells how many there are now.
    #[inline]
    pub fn slip(&mut self, found: u64, enough: u64, mut look: impl FnMut() -> u64) -> u64 {
        if found >= enough || cfg!(loom) {
            return found;
        }
        if self.pass_up > 0 {
            self.pass_up -= 1;
            return found;
        }
        let mut latest = found;
        for _ in 0..ROUNDS {
            (0..STILL).for_each(|_| sync::spin_loop());
            let now = look();
            if now == latest {
                break;
            }
            latest = now;
            if latest >= enough {
                break;
            }
        }
        self.learn(latest > found);
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
