//! The stop at `pool`: one event, four owners, and its slot is free when the slowest is done.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use ringfold::pool::{Config, EventRef, Pool, SizeClass};
use ringfold::spsc;

use super::{Run, Stop, TURN, Visit, advantage, wrong};
use crate::failure::Failure;

const ACTORS: usize = 4;
/// Events that may be on their way to one actor.
const CAPACITY: usize = 256;
const BYTES: usize = 1000;

pub const STOP: Stop = Stop {
    name: "pool",
    about: "events of 1000 bytes to four actors: one copy into a slot, and four references to it.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let scene = scene()?;
    let runs = vec![pooled()?, counted()?];
    let remark = format!("With the same rings in between: {}. The life of a slot:{scene}", advantage(&runs));
    Ok(Visit { unit: "events", runs, remark })
}

fn pooled() -> Result<Run, Failure> {
    let pool = Pool::new(Config::with_capacities([0, 0, 2 * CAPACITY, 0, 0]))?;
    let run = fan_out("ringfold::pool", |payload| pool.alloc(payload, 0).ok(), |event| &event[..])?;
    match pool.stats().in_use() {
        0 => Ok(run),
        _ => Err(wrong("pool", run.verified)),
    }
}

/// What it is compared with.
fn counted() -> Result<Run, Failure> {
    fan_out("std Arc<Vec<u8>>", |payload| Some(Arc::new(payload.to_vec())), |event| &event[..])
}

/// Sends each event to all actors, each of which looks at its number and its last byte.
fn fan_out<E: Clone + Send>(
    who: &'static str,
    alloc: impl Fn(&[u8]) -> Option<E>,
    bytes: fn(&E) -> &[u8],
) -> Result<Run, Failure> {
    let mut producers = Vec::new();
    let mut consumers = Vec::new();
    for _ in 0..ACTORS {
        let (producer, consumer) = spsc::with_capacity::<E>(CAPACITY)?;
        producers.push(producer);
        consumers.push(consumer);
    }
    let begin = Instant::now();
    let (sent, seen) = thread::scope(|scope| {
        let actor = |mut consumer: spsc::Consumer<E>| {
            scope.spawn(move || consumer.iter().zip(0..).all(|(event, at)| is_right(bytes(&event), at)))
        };
        let actors: Vec<_> = consumers.into_iter().map(actor).collect();
        let mut payload = vec![0; BYTES];
        let mut sent = 0_u64;
        while begin.elapsed() < TURN {
            for _ in 0..CAPACITY {
                payload[..8].copy_from_slice(&sent.to_le_bytes());
                payload[BYTES - 1] = sent as u8;
                let Some(event) = alloc(&payload) else { break };
                let went = producers.iter_mut().filter_map(|actor| actor.push(event.clone()).ok()).count();
                sent += u64::from(went == ACTORS);
            }
        }
        drop(producers);
        (sent, actors.into_iter().all(|actor| actor.join().is_ok_and(|is_right| is_right)))
    });
    if !seen || sent == 0 {
        return Err(wrong(who, sent));
    }
    Ok(Run { who, verified: sent, time: begin.elapsed() })
}

fn is_right(bytes: &[u8], at: u64) -> bool {
    bytes.len() == BYTES && bytes[..8] == at.to_le_bytes() && bytes[BYTES - 1] == at as u8
}

/// What is in use, drawn after each step.
fn scene() -> Result<String, Failure> {
    let pool = Pool::new(Config::with_capacities([4, 2, 0, 0, 0]))?;
    let mut drawn = String::new();
    let mut see = |step: &str, expected: [u64; 2]| {
        let stats = pool.stats();
        let used =
            [SizeClass::XS, SizeClass::S].map(|class| stats.class(class).map_or(0, |class| class.in_use));
        let bar = |used: u64, of: usize| format!("{:·<of$}", "■".repeat(used as usize));
        drawn +=
            &format!("\n   {step:<56} XS │{}│ S │{}│ {:?}", bar(used[0], 4), bar(used[1], 2), stats.health());
        if used == expected { Ok(()) } else { Err(wrong("pool", 0)) }
    };
    let alloc = |bytes: &[u8]| pool.alloc(bytes, 0).map_err(|_| wrong("pool", 0));
    let event = alloc(b"one event")?;
    let actors: Vec<EventRef> = (0..ACTORS).map(|_| event.clone()).collect();
    see("an event, five references", [1, 0])?;
    let weak = event.downgrade();
    drop((event, actors));
    see("the last one is dropped: the slot is free", [0, 0])?;
    let again: Vec<_> = (0..4).map(|_| alloc(b"another")).collect::<Result<Vec<_>, _>>()?;
    if weak.upgrade().is_some() {
        return Err(wrong("pool", 0));
    }
    see("used again; the old weak handle finds nothing", [4, 0])?;
    let larger = alloc(b"the class is exhausted")?;
    see("one more small event: a slot of the next class", [4, 1])?;
    drop((again, larger));
    see("all dropped", [0, 0])?;
    Ok(drawn)
}
