//! The stop at `mpmc`: many threads to many, each item to one of them.

use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ringfold::mpmc;

use super::crowd::{SENDERS, number, origin};
use super::stream::{item, positions};
use super::{Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;
/// How many threads receive.
const RECEIVERS: usize = 2;

pub const STOP: Stop = Stop {
    name: "mpmc",
    about: "three threads send numbers to two, whichever is quicker, item by item.",
    visit,
};

/// What one receiver got.
#[derive(Clone, Copy, Default)]
struct Share {
    /// Of each sender.
    counts: [u64; SENDERS as usize],
    /// The least position that may come next, of each sender.
    next: [u64; SENDERS as usize],
    /// Of the items, each of which is mixed first.
    sum: u64,
    first_wrong: Option<u64>,
}

impl Share {
    #[inline]
    fn take(&mut self, came: u64) {
        let (who, position) = origin(came);
        if position < self.next[who] && self.first_wrong.is_none() {
            self.first_wrong = Some(position);
        }
        self.next[who] = position + 1;
        self.counts[who] += 1;
        self.sum = self.sum.wrapping_add(item(came));
    }
}

fn visit() -> Result<Visit, Failure> {
    let (ours, shares) = ring()?;
    let runs = vec![ours, channel()?];
    let remark =
        format!("Item by item: {}. Who got what, which is chance:{}", advantage(&runs), drawn(&shares));
    Ok(Visit { unit: "items", runs, remark })
}

fn ring() -> Result<(Run, Vec<Share>), Failure> {
    let (producer, consumer) = mpmc::with_capacity(CAPACITY)?;
    let begin = Instant::now();
    let (sent, shares) = thread::scope(|scope| {
        let send = |who| {
            let producer = producer.clone();
            scope.spawn(move || sum_of_sent(who, |number| producer.push(number).is_ok()))
        };
        let sending: Vec<_> = (0..SENDERS).map(send).collect();
        drop(producer);
        let receive = |_| {
            let consumer = consumer.clone();
            scope.spawn(move || share_of(consumer.iter()))
        };
        let receiving: Vec<_> = (0..RECEIVERS).map(receive).collect();
        (joined(sending), joined(receiving))
    });
    let run = finish("ringfold::mpmc", begin.elapsed(), &sent, &shares)?;
    Ok((run, shares))
}

/// std's receivers are not shared, so one stands behind a lock.
fn channel() -> Result<Run, Failure> {
    let (sender, receiver) = sync_channel(CAPACITY);
    let receiver = Mutex::new(receiver);
    let begin = Instant::now();
    let (sent, shares) = thread::scope(|scope| {
        let send = |who| {
            let sender = sender.clone();
            scope.spawn(move || sum_of_sent(who, |number| sender.send(number).is_ok()))
        };
        let sending: Vec<_> = (0..SENDERS).map(send).collect();
        drop(sender);
        let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
        let receiving: Vec<_> =
            (0..RECEIVERS).map(|_| scope.spawn(move || share_of(std::iter::from_fn(next)))).collect();
        (joined(sending), joined(receiving))
    });
    finish("std sync_channel, locked", begin.elapsed(), &sent, &shares)
}

fn joined<T>(threads: Vec<thread::ScopedJoinHandle<'_, T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().expect("the threads do not panic")).collect()
}

/// How many numbers went in, and their sum, each mixed first.
fn sum_of_sent(who: u64, mut push: impl FnMut(u64) -> bool) -> (u64, u64) {
    let numbers = positions().map(|at| number(who, at)).take_while(|&number| push(number));
    numbers.fold((0, 0), |(count, sum), number| (count + 1, sum.wrapping_add(item(number))))
}

fn share_of(items: impl Iterator<Item = u64>) -> Share {
    let mut share = Share::default();
    items.for_each(|came| share.take(came));
    share
}

/// Each receiver saw each sender's numbers in their order, and all together got as many of each as were sent, with the same sum.
fn finish(who: &'static str, time: Duration, sent: &[(u64, u64)], shares: &[Share]) -> Result<Run, Failure> {
    if let Some(position) = shares.iter().find_map(|share| share.first_wrong) {
        return Err(wrong(who, position));
    }
    for (sender, (count, _)) in sent.iter().enumerate() {
        let came: u64 = shares.iter().map(|share| share.counts[sender]).sum();
        if came != *count {
            return Err(wrong(who, came.min(*count)));
        }
    }
    let sum = |sums: &mut dyn Iterator<Item = u64>| sums.fold(0, u64::wrapping_add);
    let verified = sent.iter().map(|(count, _)| count).sum();
    match sum(&mut sent.iter().map(|(_, sum)| *sum)) == sum(&mut shares.iter().map(|share| share.sum)) {
        true => Ok(Run { who, verified, time }),
        false => Err(wrong(who, verified)),
    }
}

/// A line for each sender, and how much of what it sent each receiver got.
fn drawn(shares: &[Share]) -> String {
    const WIDTH: u64 = 40;
    let line = |sender: usize| {
        let total = shares.iter().map(|share| share.counts[sender]).sum::<u64>().max(1);
        // A little of each is seen, however little it is.
        let first = (shares[0].counts[sender] * WIDTH / total).clamp(1, WIDTH - 1) as usize;
        let percent = shares[0].counts[sender] * 100 / total;
        let bar = "█".repeat(first) + &"░".repeat(WIDTH as usize - first);
        format!(
            "\n   sender {}  {bar}  {percent} % to the first receiver, {} % to the second",
            sender + 1,
            100 - percent
        )
    };
    (0..SENDERS as usize).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_doubled_and_overtaken_items_are_found_out() {
        let sent: Vec<(u64, u64)> =
            (0..SENDERS).map(|who| (2, item(number(who, 0)).wrapping_add(item(number(who, 1))))).collect();
        let all: Vec<u64> = (0..2).flat_map(|at| (0..SENDERS).map(move |who| number(who, at))).collect();
        let is_right = |first: &[u64], second: &[u64]| {
            let shares = [first, second].map(|share| share_of(share.iter().copied()));
            finish("test", Duration::ZERO, &sent, &shares).is_ok()
        };
        assert!(is_right(&all, &[]) && is_right(&all[..4], &all[4..]) && is_right(&all[1..], &all[..1]));
        assert!(!is_right(&all[1..], &[]), "lost");
        assert!(!is_right(&all, &all[..1]), "doubled");
        assert!(!is_right(&all[1..], &all[3..4]), "one doubled, another of the same sender lost");
        assert!(!is_right(&all.iter().rev().copied().collect::<Vec<_>>(), &[]), "overtaken");
    }
}
