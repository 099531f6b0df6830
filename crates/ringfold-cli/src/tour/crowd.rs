//! Numbers of many senders, each of which tells whose it is and which, so that a lost, doubled or overtaken one is found out.

use super::wrong;
use crate::failure::Failure;

/// How many threads send.
pub const SENDERS: u64 = 3;

/// The number that sender `who` sends at `position`.
pub fn number(who: u64, position: u64) -> u64 {
    position * SENDERS + who
}

/// Whose number that is, and its position.
pub fn origin(number: u64) -> (usize, u64) {
    ((number % SENDERS) as usize, number / SENDERS)
}

/// Checks that each sender's numbers come one after the other.
#[derive(Default)]
pub struct Roll {
    next: [u64; SENDERS as usize],
    first_wrong: Option<u64>,
}

impl Roll {
    /// The next number.
    #[inline]
    pub fn call(&mut self, came: u64) {
        let (who, position) = origin(came);
        if position != self.next[who] && self.first_wrong.is_none() {
            self.first_wrong = Some(self.next[who]);
        }
        self.next[who] += 1;
    }

    /// Everything has come out: as many of each as were `sent`, or something is missing. How many those were.
    pub fn finish(&self, room: &'static str, sent: &[u64]) -> Result<u64, Failure> {
        let missing = self.next.iter().zip(sent).find(|(came, sent)| came != sent);
        match self.first_wrong.or(missing.map(|(came, sent)| *came.min(sent))) {
            Some(position) => Err(wrong(room, position)),
            None => Ok(self.next.iter().sum()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_doubled_and_overtaken_numbers_are_found_out() {
        let sent = [2, 1, 0];
        for (came, is_right) in [
            (vec![number(0, 0), number(1, 0), number(0, 1)], true),
            (vec![number(1, 0), number(0, 0), number(0, 1)], true),
            (vec![number(0, 1), number(0, 0), number(1, 0)], false),
            (vec![number(0, 0), number(0, 0), number(1, 0)], false),
            (vec![number(0, 0), number(0, 1)], false),
            (vec![number(0, 0), number(0, 1), number(1, 0), number(2, 0)], false),
        ] {
            let mut roll = Roll::default();
            came.iter().for_each(|&number| roll.call(number));
            assert_eq!(roll.finish("test", &sent).is_ok(), is_right, "{came:?}");
        }
    }
}
