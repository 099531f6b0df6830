//! The stop at `mpsc`: many threads to one, in one order, and nobody waits for somebody who is slow.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use ringfold::mpsc::{self, Consumer};

use super::crowd::{Roll, SENDERS, number};
use super::stream::positions;
use super::{Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;

pub const STOP: Stop = Stop {
    name: "mpsc",
    about: "three threads send numbers to one, item by item, through room for 16384 of them.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let scene = scene()?;
    let runs = vec![ring()?, channel()?];
    let remark = format!("Item by item: {}. A claim held open:{scene}", advantage(&runs));
    Ok(Visit { unit: "items", runs, remark })
}

fn ring() -> Result<Run, Failure> {
    let (producer, mut consumer) = mpsc::with_capacity(CAPACITY)?;
    let mut roll = Roll::default();
    let begin = Instant::now();
    let sent = thread::scope(|scope| {
        let sending: Vec<_> = (0..SENDERS)
            .map(|who| {
                let mut producer = producer.clone();
                scope.spawn(move || {
                    positions().map_while(|at| producer.push(number(who, at)).ok()).count() as u64
                })
            })
            .collect();
        drop(producer);
        consumer.iter().for_each(|came| roll.call(came));
        sending.into_iter().map(|thread| thread.join().expect("senders do not panic")).collect::<Vec<_>>()
    });
    Ok(Run { who: "ringfold::mpsc", verified: roll.finish("mpsc", &sent)?, time: begin.elapsed() })
}

/// What it is compared with at this stop and the next.
pub fn channel() -> Result<Run, Failure> {
    let (sender, receiver) = sync_channel(CAPACITY);
    let mut roll = Roll::default();
    let begin = Instant::now();
    let sent = thread::scope(|scope| {
        let sending: Vec<_> = (0..SENDERS)
            .map(|who| {
                let sender = sender.clone();
                scope.spawn(move || {
                    positions().map_while(|at| sender.send(number(who, at)).ok()).count() as u64
                })
            })
            .collect();
        drop(sender);
        receiver.iter().for_each(|came| roll.call(came));
        sending.into_iter().map(|thread| thread.join().expect("senders do not panic")).collect::<Vec<_>>()
    });
    Ok(Run { who: "std sync_channel", verified: roll.finish("sync_channel", &sent)?, time: begin.elapsed() })
}

/// Claims of `a`, one of which is committed and one dropped, while `b` and `c` push; what the consumer sees after each step.
fn scene() -> Result<String, Failure> {
    let (mut a, mut consumer) = mpsc::with_capacity(12)?;
    let (mut b, mut c) = (a.clone(), a.clone());
    let mut drawn = String::new();
    let mut see = |consumer: &mut Consumer<u8>, step, expected: &str| {
        let seen = String::from_utf8_lossy(&consumer.peek()).into_owned();
        drawn += &format!("\n   {step:<48} the consumer sees │{seen:<8}│");
        if seen == expected { Ok(()) } else { Err(wrong("mpsc", 0)) }
    };
    let mut claim = a.try_claim(3).ok_or_else(|| wrong("mpsc", 0))?;
    b.try_push_slice(b"bb");
    c.try_push_slice(b"c");
    see(&mut consumer, "a holds a claim of 3; b and c push all the same", "")?;
    claim.write_slice(b"aaa");
    claim.commit();
    see(&mut consumer, "a commits: one order, one slice", "aaabbc")?;
    let claim = a.try_claim(3).ok_or_else(|| wrong("mpsc", 0))?;
    b.try_push_slice(b"bb");
    see(&mut consumer, "a holds another one, b pushes", "aaabbc")?;
    drop(claim);
    see(&mut consumer, "a drops it: the tombstone is stepped over", "aaabbcbb")?;
    Ok(drawn)
}
