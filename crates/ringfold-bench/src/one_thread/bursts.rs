//! Words pushed one by one and popped one by one, in bursts.

use std::hint::black_box;

use super::rival::{Items, open};
use super::{Work, contender};
use crate::contender::{Contender, Failure};

/// A rival at bursts of so many words. An operation is one push and one pop.
pub fn of<R: Items<u64>>(burst: usize, slots: usize) -> Contender {
    contender::<R, _>(R::ITEMS, move |_| Bursts::<R>::open(burst, slots))
}

struct Bursts<R> {
    room: R,
    burst: u64,
    pushed: u64,
    popped: u64,
    wrong: u64,
}

impl<R: Items<u64>> Bursts<R> {
    fn open(burst: usize, slots: usize) -> Result<Self, Failure> {
        let mut bursts: Self =
            Bursts { room: open(slots)?, burst: burst as u64, pushed: 0, popped: 0, wrong: 0 };
        // Every page is in memory after two laps; and from here on one word is always in it.
        bursts.batch(2 * slots as u64);
        let is_in = bursts.room.push(bursts.pushed);
        bursts.wrong |= u64::from(!is_in);
        bursts.pushed += 1;
        Ok(bursts)
    }
}

impl<R: Items<u64>> Work for Bursts<R> {
    /// The counters are in registers: what the bookkeeping costs must not depend on what a rival's `push` returns.
    fn batch(&mut self, operations: u64) {
        let Bursts { room, burst, pushed, popped, wrong } = self;
        let (mut next_in, mut next_out, mut deviation) = (*pushed, *popped, 0);
        let mut left = operations;
        while left > 0 {
            let count = left.min(*burst);
            for _ in 0..count {
                deviation |= u64::from(!room.push(next_in));
                next_in += 1;
            }
            let room = black_box(&mut *room);
            for _ in 0..count {
                deviation |= room.pop().map_or(1, |word| word ^ next_out);
                next_out += 1;
            }
            left -= count;
        }
        (*pushed, *popped) = (next_in, next_out);
        *wrong |= deviation;
    }

    /// Every word was compared when it was popped.
    fn is_right(&mut self) -> bool {
        self.wrong == 0 && self.pushed - self.popped <= 1
    }
}
