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

/// Decides whether to slip, and for how long, from how the last slips went.
#[derive(Clone, Copy, Debug)]
pub struct Slip {
    enough: u64,
    still: u32,
    most_idle: u32,
    pass_up: u32,
    penalty: u32,
}

/// A backlog of so many cache lines is out of reach of the prefetchers, which would otherwise snatch lines
/// that are still being written.
const FAR_LINES: usize = 256;
const LINE: usize = 64;
/// How often at most to hold still in one slip.
const ROUNDS: u32 = 8;
/// Relaxed spins without more items, after which a slip has brought nothing; half a microsecond.
const HOPE: u32 = 8;
const LONGEST_PENALTY: u32 = 63;

impl Slip {
    /// For a ring of `capacity` items of `item_bytes` each.
    pub const fn new(capacity: usize, item_bytes: usize) -> Self {
        let item_bytes = if item_bytes == 0 { 1 } else { item_bytes };
        // Half the ring, so that both sides have something to do, but not too much.
        let half = capacity / 2;
        let far = FAR_LINES * LINE / item_bytes;
        let enough = if half < far { half } else { far };
        let lines = enough.saturating_mul(item_bytes) / LINE;
        // As long as it takes to write the backlog, roughly: looking sooner only disturbs.
        let still = if lines > 256 {
            32
        } else if lines < 16 {
            2
        } else {
            lines as u32 / 8
        };
        let most_idle = if still < HOPE { HOPE / still } else { 1 };
        Self { enough: if enough == 0 { 1 } else { enough as u64 }, still, most_idle, pass_up: 0, penalty: 0 }
    }

    /// How many chances to pass up, and how many after the next slip that brings nothing, less one half.
    pub(super) const fn learnt(self) -> (u32, u32) {
        (self.pass_up, self.penalty)
    }

    /// The same shape, with what was learnt elsewhere.
    pub(super) fn having_learnt(self, pass_up: u32, penalty: u32) -> Self {
        let most = |learnt: u32| learnt.min(LONGEST_PENALTY);
        Self { pass_up: most(pass_up), penalty: most(penalty), ..self }
    }

    /// `first` items were found: holds still while that brings more, until there is enough or at least `wanted`,
    /// and returns how many there are then. `look` tells how many there are now.
    #[inline]
    pub fn slip(&mut self, first: u64, wanted: u64, mut look: impl FnMut() -> u64) -> u64 {
        if cfg!(loom) {
            // No time passes in a model, but what a second look finds must be right as well.
            return look();
        }
        let enough = self.enough.max(wanted);
        if first >= enough {
            return first;
        }
        if self.pass_up > 0 {
            self.pass_up -= 1;
            return first;
        }
        let (mut latest, mut idle) = (first, 0);
        for _ in 0..ROUNDS {
            (0..self.still).for_each(|_| sync::spin_loop());
            let now = look();
            idle = if now > latest { 0 } else { idle + 1 };
            latest = now;
            if idle == self.most_idle || latest >= enough {
                break;
            }
        }
        // Where many take from the same, there may be less than before.
        self.learn(latest.saturating_sub(first) >= self.enough.min(8));
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
        let mut slip = Slip::new(1024, 8);
        let mut looks = 0;
        for _ in 0..1000 {
            slip.slip(1, 1, || {
                looks += 1;
                1
            });
        }
        assert!(looks <= 60, "looked {looks} times");
    }

    #[test]
    fn a_slip_goes_on_while_it_pays_and_stops_when_there_is_enough() {
        let mut slip = Slip::new(128, 8);
        let mut there = 0;
        let found = slip.slip(0, 1, || {
            there += 20;
            there
        });
        assert_eq!(found, 80, "half of 128 is enough, in steps of 20");
    }

    #[test]
    fn others_may_take_what_was_there() {
        let mut slip = Slip::new(128, 8);
        let mut there = 10;
        let found = slip.slip(there, 20, || {
            there -= 1;
            there
        });
        assert!(found < 10);
    }

    #[test]
    fn rings_of_every_shape_have_sensible_slips() {
        for capacity in [1, 2, 63, 1 << 20, usize::MAX] {
            for item_bytes in [0, 1, 8, 64, 4097, usize::MAX >> 1] {
                let slip = Slip::new(capacity, item_bytes);
                assert!(slip.enough >= 1 && slip.still >= 1 && slip.most_idle >= 1, "{slip:?}");
            }
        }
    }
}
