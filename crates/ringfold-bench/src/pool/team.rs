//! Several threads: each for itself, from one to another, and from one to four.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ::ringfold::spsc;
use cpu_time::ThreadTime;

use super::alone::{Window, deviation, sign};
use super::rival::{Shares, Source};
use crate::contender::{Failure, Plan, Sample};
use crate::duel::{Tally, duel};
use crate::machine;
use crate::signal::{self, Ended, Signal, Wait};

/// Slots of the rings between the threads, and events alive in each thread that is for itself.
const RING: usize = 256;
const ALIVE: usize = 32;
/// Slots of each class: as many as can be alive at a time, and no rival has a limit.
pub const SLOTS: usize = 1024;
/// Who gets each event that is fanned out.
pub const ACTORS: usize = 4;
/// Events between two looks at the signal.
const RUN: u64 = 64;

/// What a thread of the team does; how many events it saw, or `None` if one was wrong.
type Member = Box<dyn FnOnce(&Signal) -> Option<u64> + Send>;

/// Threads that allocate and free, each for itself, out of one source.
pub fn alloc<S: Source>(plan: &Plan, bytes: usize, threads: usize) -> Result<Sample, Failure> {
    let source = Arc::new(S::open(bytes));
    let member = |_| -> Member {
        let source = source.clone();
        Box::new(move |signal| {
            let mut window = Window::new(&*source, bytes, ALIVE);
            let mut events = 0;
            while !signal.winding_down() {
                (0..RUN).for_each(|_| window.step(&source));
                events += RUN;
            }
            window.is_right().then_some(events)
        })
    };
    run(plan, (0..threads).map(member).collect()).map(|(sample, _)| sample)
}

/// Allocated by one thread, looked at and freed by another. Handed over 64 at a time: item by item, whoever frees quickly runs dry and waits for
/// single cache lines of the ring, and that is what would be measured.
pub fn cross<S: Source>(plan: &Plan, bytes: usize) -> Result<Sample, Failure> {
    let setup = move |_: &Signal| {
        let (producer, consumer) = ring::<S::Event>()?;
        Ok(((S::open(bytes), producer), consumer))
    };
    let first = move |(source, mut producer): (S, spsc::Producer<S::Event>), signal: &Signal| {
        let mut payload = vec![7; bytes];
        let mut next = 0;
        while !signal.winding_down() {
            let mut claim = producer.claim(RUN as usize).map_err(|_| Ended::Aborted)?;
            claim.fill(|_| {
                sign(&mut payload, next);
                next += 1;
                source.alloc(&payload)
            });
            claim.commit();
        }
        Ok(Tally::of(next))
    };
    let second = |mut consumer: spsc::Consumer<S::Event>, _: &Signal| {
        let mut tally = Tally::default();
        while let Ok(events) = consumer.peek_at_least(1) {
            for event in events {
                tally.wrong |= deviation(S::bytes(&event), tally.items);
                tally.items += 1;
            }
        }
        Ok(tally)
    };
    duel(plan, Wait::Own, setup, first, second)
}

/// One event to four actors: each gets a reference of its own, looks at the event and drops it.
pub fn fan_out<S: Shares>(plan: &Plan, bytes: usize) -> Result<Sample, Failure> {
    let source = S::open(bytes);
    let mut rings = (0..ACTORS).map(|_| ring::<S::Event>()).collect::<Result<Vec<_>, _>>()?;
    let mut consumers: Vec<_> = Vec::new();
    let mut producers: Vec<_> = Vec::new();
    for (producer, consumer) in rings.drain(..) {
        producers.push(producer);
        consumers.push(consumer);
    }
    let ingress: Member = Box::new(move |signal| {
        let mut payload = vec![7; bytes];
        let mut next = 0;
        while !signal.winding_down() {
            for _ in 0..RUN {
                sign(&mut payload, next);
                let event = source.alloc(&payload);
                let (last, others) = producers.split_last_mut()?;
                for actor in others {
                    actor.push(S::share(&event)).ok()?;
                }
                last.push(event).ok()?;
                next += 1;
            }
        }
        Some(next)
    });
    let actor = |mut consumer: spsc::Consumer<S::Event>| -> Member {
        Box::new(move |_| {
            let (mut wrong, mut events) = (0, 0);
            while let Ok(event) = consumer.pop() {
                wrong |= deviation(S::bytes(&event), events);
                events += 1;
            }
            (wrong == 0).then_some(events)
        })
    };
    let members = std::iter::once(ingress).chain(consumers.into_iter().map(actor)).collect();
    let (sample, counts) = run(plan, members)?;
    let sent = counts[0];
    match counts.iter().find(|count| **count != sent) {
        Some(received) => Err(Failure::Lost { sent, received: *received }),
        None => Ok(Sample { items: sent, ..sample }),
    }
}

fn ring<T>() -> Result<(spsc::Producer<T>, spsc::Consumer<T>), Failure> {
    spsc::with_capacity(RING).map_err(|why| Failure::Setup(why.to_string()))
}

/// Runs all members at once until the time is up; the sum of what they saw, and each one's count.
fn run(plan: &Plan, members: Vec<Member>) -> Result<(Sample, Vec<u64>), Failure> {
    let signal = Arc::new(Signal::new(Wait::Own));
    let gate = Arc::new(Barrier::new(members.len() + 1));
    let (reports, inbox) = mpsc::channel();
    let count = members.len();
    for (number, member) in members.into_iter().enumerate() {
        let (signal, gate, reports) = (signal.clone(), gate.clone(), reports.clone());
        thread::spawn(move || {
            // Nobody is pinned: there may be more threads than cores.
            machine::pin(None);
            gate.wait();
            let (cpu, started) = (ThreadTime::now(), Instant::now());
            let events = member(&signal);
            let _ = reports.send((number, events, started, Instant::now(), cpu.elapsed()));
        });
    }
    drop(reports);
    gate.wait();
    thread::sleep(plan.duration);
    signal.enter(signal::WINDING_DOWN);
    let deadline = Instant::now() + plan.deadline;
    let mut counts = vec![0; count];
    let (mut cpu, mut first, mut last) = (Duration::ZERO, None::<Instant>, None::<Instant>);
    for _ in 0..count {
        let left = deadline.saturating_duration_since(Instant::now());
        let (number, events, started, ended, used) = inbox.recv_timeout(left).map_err(|why| match why {
            mpsc::RecvTimeoutError::Timeout => Failure::Hung,
            mpsc::RecvTimeoutError::Disconnected => Failure::Panicked,
        })?;
        counts[number] = events.ok_or(Failure::Wrong)?;
        first = Some(first.map_or(started, |first| first.min(started)));
        last = Some(last.map_or(ended, |last| last.max(ended)));
        cpu += used;
    }
    let elapsed = last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first);
    let items = counts.iter().sum();
    let sample =
        Sample { items, elapsed, cpu, bytes: None, round_trip: None, operation: None, latency: None };
    Ok((sample, counts))
}
