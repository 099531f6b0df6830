//! What readers cost the producer: the CPU time of one publication at full speed, and the same again with one more reader. What it waits
//! asleep is not counted; what it waits for cache lines is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;
use ringfold::broadcast::{self, LossyReader, Producer, Reader, RecvError, Start};

use super::SLOTS;
use super::team::RUN;
use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel};
use crate::signal::{self, Ended, Signal, Wait};
use crate::spsc::item::thousands;

/// An event that never comes.
const NEVER: u64 = 1 << 60;
/// Much shorter than the producer takes for a lap.
const NAP: Duration = Duration::from_micros(20);

/// Who is there besides the producer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Company {
    Nobody,
    /// A lossy reader that does not read.
    LossyIdle,
    /// A lossy reader that reads on the other core.
    Lossy,
    /// A gated reader that reads on the other core.
    Gated,
    /// The same, and one more that sleeps most of the time.
    GatedAndDozing,
    /// The same, and one more that waits for an event far ahead.
    GatedAndEarly,
}

/// Each against the same without.
pub fn cases() -> Vec<Case> {
    vec![
        case(
            "a lossy reader that is there",
            contender("nobody reads", Role::Floor, Company::Nobody),
            contender("a lossy reader that does not read", Role::Ours, Company::LossyIdle),
        ),
        case(
            "a lossy reader that reads, instead of a gated one",
            contender("a gated reader reads", Role::Floor, Company::Gated),
            contender("a lossy reader reads", Role::Ours, Company::Lossy),
        ),
        case(
            "a second gated reader, which looks once in a while only",
            contender("a gated reader reads", Role::Floor, Company::Gated),
            contender("a gated reader reads, another dozes", Role::Ours, Company::GatedAndDozing),
        ),
        case(
            "a second gated reader, which waits for an event far ahead",
            contender("a gated reader reads", Role::Floor, Company::Gated),
            contender("a gated reader reads, another is early", Role::Ours, Company::GatedAndEarly),
        ),
    ]
}

fn case(what: &str, without: Contender, with: Contender) -> Case {
    Case {
        room: "broadcast",
        topology: "price",
        regime: format!("{what}; words, one by one, {} slots", thousands(SLOTS)),
        capacity: SLOTS,
        item_bytes: 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::Operation,
        contenders: vec![without, with],
    }
}

fn contender(name: &'static str, role: Role, company: Company) -> Contender {
    Contender {
        name,
        role,
        note: "CPU time of the producer's thread in each publish".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, wait| sample(plan, wait, company)),
    }
}

/// The readers of a company, and how many events were published in the end.
struct Readers {
    gated: Option<Reader<u64>>,
    second: Option<Reader<u64>>,
    lossy: Option<LossyReader<u64>>,
    published: Arc<AtomicU64>,
    reads: bool,
}

fn sample(plan: &Plan, wait: Wait, company: Company) -> Result<Sample, Failure> {
    let nanoseconds = Arc::new(AtomicU64::new(0));
    let clock = nanoseconds.clone();
    let sample = duel(
        plan,
        wait,
        move |_| open(company).map_err(|why| Failure::Setup(why.to_string())),
        move |(producer, published), signal| {
            let cpu = ThreadTime::now();
            let tally = publish(producer, &published, signal);
            clock.store(cpu.elapsed().as_nanos() as u64, Ordering::Release);
            tally
        },
        keep_company,
    )?;
    let each = nanoseconds.load(Ordering::Acquire) as f64 / sample.items as f64;
    Ok(Sample { operation: Some(each), ..sample })
}

type Sides = ((Producer<u64>, Arc<AtomicU64>), Readers);

fn open(company: Company) -> Result<Sides, Box<dyn std::error::Error>> {
    let mut producer = broadcast::builder::<u64>(SLOTS).build()?;
    let published = Arc::new(AtomicU64::new(0));
    let is_lossy = matches!(company, Company::LossyIdle | Company::Lossy);
    let lossy = is_lossy.then(|| producer.subscribe_lossy());
    let is_gated = matches!(company, Company::Gated | Company::GatedAndDozing | Company::GatedAndEarly);
    let gated = is_gated.then(|| producer.subscribe());
    let second = match company {
        Company::GatedAndDozing => Some(producer.subscribe()),
        Company::GatedAndEarly => Some(producer.subscription().from(Start::At(NEVER)).join()?),
        _ => None,
    };
    let reads = !matches!(company, Company::Nobody | Company::LossyIdle);
    Ok(((producer, published.clone()), Readers { gated, second, lossy, published, reads }))
}

fn publish(mut producer: Producer<u64>, published: &AtomicU64, signal: &Signal) -> Result<Tally, Ended> {
    let mut next = 0;
    while !signal.winding_down() {
        for word in next..next + RUN {
            producer.publish(|event| *event = word).map_err(|_| Ended::Aborted)?;
        }
        next += RUN;
    }
    published.store(next, Ordering::Release);
    Ok(Tally::of(next))
}

/// Accounts for every event that was published: seen, or known to be lost.
fn keep_company(readers: Readers, signal: &Signal) -> Result<Tally, Ended> {
    let Readers { gated, second, lossy, published, reads } = readers;
    let second = second.map(|reader| thread::spawn(move || doze(reader)));
    let tally = match (gated, lossy) {
        (Some(reader), _) => read(reader),
        (_, Some(reader)) if reads => read_lossily(reader),
        _ => look_on(&published, signal)?,
    };
    match second.map(thread::JoinHandle::join) {
        // It is early: there was nothing for it.
        Some(Ok(Tally { items: 0, .. })) | None => Ok(tally),
        Some(Ok(other)) if other.items == tally.items => {
            Ok(Tally { wrong: tally.wrong | other.wrong, ..tally })
        }
        Some(_) => Ok(Tally { wrong: 1, ..tally }),
    }
}

fn read(reader: Reader<u64>) -> Tally {
    read_after_each(reader, || ())
}

/// A nap after each look.
fn doze(reader: Reader<u64>) -> Tally {
    read_after_each(reader, || thread::sleep(NAP))
}

fn read_after_each(mut reader: Reader<u64>, rest: impl Fn()) -> Tally {
    let (mut next, mut wrong) = (0, 0);
    while let Ok(events) = reader.recv() {
        let first = next;
        events.iter().zip(first..).for_each(|(event, sequence)| wrong |= event ^ sequence);
        next += events.len() as u64;
        drop(events);
        rest();
    }
    Tally { wrong, ..Tally::of(next) }
}

fn read_lossily(mut reader: LossyReader<u64>) -> Tally {
    let (mut next, mut wrong) = (0, 0);
    loop {
        match reader.recv() {
            Ok(event) => {
                wrong |= event ^ next;
                next += 1;
            }
            Err(RecvError::Lagged { missed }) => next += missed,
            Err(RecvError::Closed) => return Tally { wrong, ..Tally::of(next) },
        }
    }
}

fn look_on(published: &AtomicU64, signal: &Signal) -> Result<Tally, Ended> {
    loop {
        match signal.phase() {
            signal::DONE => return Ok(Tally::of(published.load(Ordering::Acquire))),
            signal::ABORTED => return Err(Ended::Aborted),
            _ => thread::sleep(Duration::from_millis(1)),
        }
    }
}
