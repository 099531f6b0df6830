//! The stop at `lanes`: many threads to one, each through a lane of its own.

use std::thread;
use std::time::Instant;

use ringfold::mpsc::{self, lanes::Consumer};

use super::crowd::{Roll, SENDERS, number};
use super::stream::positions;
use super::{Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;

pub const STOP: Stop = Stop {
    name: "lanes",
    about: "the same three threads, each in a lane of its own: in order are the numbers of each.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let scene = scene()?;
    let runs = vec![ring()?, super::mpsc::channel()?];
    let remark = format!("Item by item: {}. Lanes come and go:{scene}", advantage(&runs));
    Ok(Visit { unit: "items", runs, remark })
}

fn ring() -> Result<Run, Failure> {
    let (producers, mut consumer) = mpsc::lanes(SENDERS as usize, CAPACITY)?;
    let mut roll = Roll::default();
    let begin = Instant::now();
    let sent = thread::scope(|scope| {
        let send = |(who, mut producer): (u64, mpsc::lanes::Producer<u64>)| {
            scope
                .spawn(move || positions().map_while(|at| producer.push(number(who, at)).ok()).count() as u64)
        };
        let sending: Vec<_> = (0..).zip(producers).map(send).collect();
        consumer.iter().for_each(|came| roll.call(came));
        sending.into_iter().map(|thread| thread.join().expect("senders do not panic")).collect::<Vec<_>>()
    });
    Ok(Run { who: "ringfold::lanes", verified: roll.finish("lanes", &sent)?, time: begin.elapsed() })
}

/// Two lanes, one more, and one that leaves; what the consumer finds in them after each step.
fn scene() -> Result<String, Failure> {
    let (mut producers, mut consumer) = mpsc::lanes(2, 8)?;
    let mut drawn = String::new();
    let mut see = |consumer: &mut Consumer<u8>, step, expected: &[&str]| {
        let mut found = read(consumer);
        found.sort_unstable();
        let lanes: String = found.iter().map(|(lane, seen)| format!(" lane {lane} │{seen:<3}│")).collect();
        drawn += &format!("\n   {step:<40}{lanes}");
        let is_right = found.iter().map(|(_, seen)| seen.as_str()).eq(expected.iter().copied());
        if is_right { Ok(()) } else { Err(wrong("lanes", 0)) }
    };
    producers[0].try_push_slice(b"aaa");
    producers[1].try_push_slice(b"bb");
    see(&mut consumer, "a and b push", &["aaa", "bb"])?;
    let mut c = producers[0].join()?;
    producers[0].try_push_slice(b"a");
    c.try_push_slice(b"cc");
    see(&mut consumer, "c joins while others push", &["a", "cc"])?;
    producers[1].try_push_slice(b"bbb");
    drop(producers.pop());
    c.try_push_slice(b"c");
    see(&mut consumer, "b leaves; what it pushed is still read", &["bbb", "c"])?;
    drawn += &format!("\n   then there are {} lanes", consumer.lanes());
    Ok(drawn)
}

/// All that is there: the number of each lane, and its items in one slice.
fn read(consumer: &mut Consumer<u8>) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    loop {
        let view = consumer.peek();
        if view.is_empty() {
            return found;
        }
        found.push((view.lane(), String::from_utf8_lossy(&view).into_owned()));
        let count = view.len();
        view.consume(count);
    }
}
