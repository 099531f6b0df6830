//! What is sent, which all know beforehand, and the clock of the run.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::Fault;
use crate::message::{LONGEST, SHORTEST};

/// One claim in so many is aborted.
const ABORTED: u64 = 16;

/// What every actor knows.
#[derive(Clone, Copy)]
pub struct Script {
    pub clients: u32,
    /// Claims of each client, those that are aborted too.
    pub messages: u64,
    /// Between two messages of a client; none if each is sent as soon as can be.
    pub interval: Option<Duration>,
    pub seed: u64,
    /// In the midst of it, to or from the first client.
    pub fault: Option<Fault>,
    pub begin: Instant,
}

impl Script {
    /// Nanoseconds since the beginning.
    pub fn now(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }

    /// When a message is to be sent; none if that is as soon as can be. The clients take turns within the interval.
    pub fn due(&self, client: u32, sequence: u64) -> Option<u64> {
        let interval = self.interval?.as_nanos() as u64;
        Some(sequence * interval + interval * u64::from(client) / u64::from(self.clients))
    }

    /// What a message consists of.
    pub fn random(&self, client: u32, sequence: u64) -> Rng {
        let mixed = (u64::from(client) << 40 | sequence).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Rng::with_seed(self.seed ^ mixed.rotate_left(32))
    }

    /// Whether the claim for this message is aborted, so that it is never sent.
    pub fn is_aborted(&self, client: u32, sequence: u64) -> bool {
        self.random(client, sequence).u64(..ABORTED) == 0
    }

    /// The first message from `sequence` on that is sent.
    pub fn next_sent(&self, client: u32, sequence: u64) -> u64 {
        (sequence..self.messages).find(|&at| !self.is_aborted(client, at)).unwrap_or(self.messages)
    }

    /// Whether `fault` hits this message.
    pub fn is_spoilt(&self, fault: Fault, client: u32, sequence: u64) -> bool {
        self.fault == Some(fault) && client == 0 && sequence == self.next_sent(0, self.messages / 2)
    }
}

/// The length of a payload; every order of magnitude as often as any other.
pub fn length(random: &mut Rng) -> usize {
    let order = random.u32(SHORTEST.ilog2()..=LONGEST.ilog2());
    random.usize(1 << order..2 << order).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script() -> Script {
        let interval = Some(Duration::from_micros(100));
        Script {
            clients: 4,
            messages: 16_000,
            interval,
            seed: 1,
            fault: Some(Fault::Lost),
            begin: Instant::now(),
        }
    }

    #[test]
    fn some_claims_are_aborted_and_others_not() {
        let script = script();
        let aborted = (0..script.messages).filter(|&at| script.is_aborted(2, at)).count();
        assert!((800..1200).contains(&aborted), "{aborted}");
        assert!(!script.is_aborted(2, script.next_sent(2, 100)));
        assert_eq!(script.next_sent(2, script.messages), script.messages);
    }

    #[test]
    fn payloads_are_of_all_lengths() {
        let script = script();
        let lengths: Vec<usize> = (0..script.messages).map(|at| length(&mut script.random(0, at))).collect();
        assert!(lengths.contains(&SHORTEST) && lengths.contains(&LONGEST));
        assert!(lengths.iter().all(|length| (SHORTEST..=LONGEST).contains(length)));
    }

    #[test]
    fn clients_take_turns() {
        let script = script();
        assert_eq!(
            (script.due(0, 1), script.due(1, 0), script.due(3, 1)),
            (Some(100_000), Some(25_000), Some(175_000))
        );
        assert_eq!(Script { interval: None, ..script }.due(0, 1), None);
    }

    #[test]
    fn a_fault_hits_one_message_that_is_sent() {
        let script = script();
        let hit: Vec<u64> = (0..script.messages).filter(|&at| script.is_spoilt(Fault::Lost, 0, at)).collect();
        assert!(hit.len() == 1 && !script.is_aborted(0, hit[0]), "{hit:?}");
        assert!(!script.is_spoilt(Fault::Answer, 0, hit[0]) && !script.is_spoilt(Fault::Lost, 1, hit[0]));
    }
}
