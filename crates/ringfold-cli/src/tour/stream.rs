//! A stream whose every item tells its place, so that a lost, doubled or swapped one is found out.

use std::time::{Duration, Instant};

use crate::failure::Failure;

use super::{Run, TURN, wrong};

/// The item at `position`: a bijection, so no two positions share an item (Steele's SplitMix64).
pub fn item(position: u64) -> u64 {
    let mixed = position.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 31)
}

/// Counts the items that came out, and checks each.
pub struct Checker {
    room: &'static str,
    next: u64,
    first_wrong: Option<u64>,
    begin: Instant,
}

impl Checker {
    pub fn new(room: &'static str) -> Checker {
        Checker { room, next: 0, first_wrong: None, begin: Instant::now() }
    }

    /// The next item.
    #[inline]
    pub fn check(&mut self, came: u64) {
        if came != item(self.next) && self.first_wrong.is_none() {
            self.first_wrong = Some(self.next);
        }
        self.next += 1;
    }

    /// Everything has come out: `sent` items, or something is missing.
    pub fn finish(self, who: &'static str, sent: u64) -> Result<Run, Failure> {
        let time = self.begin.elapsed();
        let missing = (self.next != sent).then_some(self.next.min(sent));
        match self.first_wrong.or(missing) {
            Some(position) => Err(wrong(self.room, position)),
            None => Ok(Run { who, verified: sent, time }),
        }
    }
}

/// The positions that are sent in one turn: as many as its time allows.
pub fn positions() -> impl Iterator<Item = u64> {
    const BATCH: u64 = 1 << 12;
    let end = Instant::now() + TURN;
    let in_time = move |batch: &u64| *batch == 0 || Instant::now() < end;
    (0..u64::MAX / BATCH).take_while(in_time).flat_map(|batch| batch * BATCH..(batch + 1) * BATCH)
}

/// How much of a turn's time is left.
pub fn left(begin: Instant) -> Duration {
    TURN.saturating_sub(begin.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_a_doubled_and_a_swapped_item_are_found_out() {
        for (came, sent, wrong_at) in [
            (vec![0, 1, 2], 3, None),
            (vec![0, 2], 3, Some("item 1 ")),
            (vec![0, 1, 1, 2], 3, Some("item 2 ")),
            (vec![1, 0, 2], 3, Some("item 0 ")),
            (vec![0, 1], 3, Some("item 2 ")),
        ] {
            let mut checker = Checker::new("test");
            came.iter().for_each(|&position| checker.check(item(position)));
            match (checker.finish("test", sent), wrong_at) {
                (Ok(run), None) => assert_eq!(run.verified, 3),
                (Err(failure), Some(words)) => assert!(failure.what().contains(words), "{failure}"),
                (result, _) => panic!("{came:?}: {:?}", result.map(|run| run.verified)),
            }
        }
    }
}
