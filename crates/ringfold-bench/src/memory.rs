//! What a ring takes: resident memory of a process in which many of them have been opened and filled. Full, because some get memory
//! only when something is put in, and a bound has to be afforded to the brim.
//!
//! Every sample runs in a process of its own, so that nothing lies ready from a ring before. What is counted is the proportional set size, in
//! which a page that is mapped twice, as a mirror's are, counts once. Address space and the kernel's page tables do not count.

use std::env;
use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::time::Duration;

use ringfold::memory::machine;
use serde::{Deserialize, Serialize};

use crate::child;
use crate::contender::{Case, Contender, Failure, Metric, Role, Sample};
use crate::many::rival::Rival as ManyRival;
use crate::rivals::{self, Visit, many};
use crate::signal::{self, Ended, Signal, Wait};
use crate::spsc::item::thousands;
use crate::spsc::payload::{Item, Payload};
use crate::spsc::rival::{Rival, Sender};

const VARIABLE: &str = "RINGFOLD_BENCH_MEMORY_SAMPLE";
const CAPACITIES: [usize; 3] = [64, 1024, 64 * 1024];
/// The rings of a sample hold so much together, so that pages that are half in use do not count for much.
const TOGETHER: usize = 4 << 20;

/// Words, in small, middle and large rings.
pub fn cases(room: &'static str) -> Vec<Case> {
    CAPACITIES.into_iter().map(|capacity| case(room, capacity)).collect()
}

fn case(room: &'static str, capacity: usize) -> Case {
    let mut all = Everybody { room, capacity, list: Vec::new() };
    all.visit();
    Case {
        room,
        topology: "memory",
        regime: format!("a ring of {} slots of 8 B", thousands(capacity)),
        capacity,
        item_bytes: capacity * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: Some(3),
        metric: Metric::Memory,
        contenders: all.list.into_iter().map(|entrant| entrant.contender(room, capacity)).collect(),
    }
}

/// Who takes part.
struct Entrant {
    name: &'static str,
    role: Role,
    note: String,
    measure: fn(usize) -> Result<u64, Failure>,
}

impl Entrant {
    fn contender(self, room: &'static str, capacity: usize) -> Contender {
        let order = Order { room: room.into(), name: self.name.into(), capacity };
        Contender {
            name: self.name,
            role: self.role,
            note: self.note,
            ways: vec![Wait::Own],
            run: Box::new(move |_, _| in_a_process(&order)),
        }
    }
}

struct Everybody {
    room: &'static str,
    capacity: usize,
    list: Vec<Entrant>,
}

impl Everybody {
    fn visit(&mut self) {
        match self.room {
            "mpsc" => many::everybody_to_one(self),
            _ => rivals::every_item_rival::<Item<1>, _>(self),
        }
    }
}

impl Visit<Item<1>> for Everybody {
    fn visit<R: Rival<Item<1>>>(&mut self) {
        self.list.push(Entrant {
            name: R::NAME,
            role: R::role(self.capacity),
            note: R::note(self.capacity),
            measure: |capacity| each(capacity, || filled::<R>(capacity)),
        });
    }
}

impl many::Visit for Everybody {
    fn visit<R: ManyRival>(&mut self) {
        self.list.push(Entrant {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.into(),
            measure: |capacity| each(capacity, || filled_by_one_of_many::<R>(capacity)),
        });
    }
}

/// Both handles of a ring that is full.
fn filled<R: Rival<Item<1>>>(capacity: usize) -> Result<(R::Tx, R::Rx), Failure> {
    let (mut tx, rx) = R::open(capacity).map_err(|why| Failure::Setup(why.to_string()))?;
    fill(capacity, |sequence, signal| tx.send(Item::make(sequence), signal))?;
    Ok((tx, rx))
}

/// The same of a ring that could have more producers.
fn filled_by_one_of_many<R: ManyRival>(capacity: usize) -> Result<impl Sized, Failure> {
    let (mut txs, rxs) = R::open(capacity, 1, 1).map_err(|why| Failure::Setup(why.to_string()))?;
    fill(capacity, |word, signal| txs.iter_mut().try_for_each(|tx| R::send(tx, word, signal)))?;
    Ok((txs, rxs))
}

/// As many as fit: a ring may hold one less than it was asked for.
fn fill(capacity: usize, mut send: impl FnMut(u64, &Signal) -> Result<(), Ended>) -> Result<(), Failure> {
    let signal = Signal::new(Wait::Yield);
    // So that who finds no room gives up.
    signal.enter(signal::DONE);
    for word in 0..capacity as u64 {
        match send(word, &signal) {
            Ok(()) => {}
            Err(Ended::Done) => break,
            Err(Ended::Aborted) => return Err(Failure::Deadline),
        }
    }
    Ok(())
}

/// Bytes that one of many takes.
fn each<H>(capacity: usize, open: impl Fn() -> Result<H, Failure>) -> Result<u64, Failure> {
    let rings = (TOGETHER / (capacity * 8)).clamp(8, 256);
    // The first one brings what a process has once.
    let first = open()?;
    let mut all = Vec::with_capacity(rings);
    let before = resident()?;
    for _ in 0..rings {
        all.push(open()?);
    }
    let grown = resident()?.saturating_sub(before);
    // Closing them is none of our business, and some have threads to join.
    let _ = ManuallyDrop::new((first, all));
    Ok(grown / rings as u64)
}

fn resident() -> Result<u64, Failure> {
    let why = "this system does not tell the proportional set size of a process (/proc/self/smaps_rollup)";
    machine::process_memory().proportional.ok_or_else(|| Failure::Setup(why.into()))
}

/// What the child is to do.
#[derive(Clone, Serialize, Deserialize)]
struct Order {
    room: String,
    name: String,
    capacity: usize,
}

/// What the child says.
#[derive(Serialize, Deserialize)]
enum Answer {
    Bytes(u64),
    Failed(String),
}

fn in_a_process(order: &Order) -> Result<Sample, Failure> {
    let order = serde_json::to_string(order).map_err(|why| Failure::Setup(why.to_string()))?;
    let bytes = match child::ask(VARIABLE, &order)? {
        Answer::Bytes(bytes) => bytes,
        Answer::Failed(why) => return Err(Failure::Setup(why)),
    };
    Ok(Sample {
        items: 1,
        elapsed: Duration::ZERO,
        cpu: Duration::ZERO,
        bytes: Some(bytes),
        round_trip: None,
        operation: None,
        latency: None,
    })
}

/// In a child: measures and answers. `None` in the program itself.
pub fn answer() -> Option<ExitCode> {
    let order: Order = serde_json::from_str(&env::var(VARIABLE).ok()?).ok()?;
    let room = if order.room == "mpsc" { "mpsc" } else { "spsc" };
    let mut all = Everybody { room, capacity: order.capacity, list: Vec::new() };
    all.visit();
    let entrant = all.list.into_iter().find(|entrant| entrant.name == order.name)?;
    let answer = match (entrant.measure)(order.capacity) {
        Ok(bytes) => Answer::Bytes(bytes),
        Err(why) => Answer::Failed(why.to_string()),
    };
    println!("{}", serde_json::to_string(&answer).ok()?);
    Some(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_can_be_filled() {
        for room in ["spsc", "mpsc"] {
            let mut all = Everybody { room, capacity: 1024, list: Vec::new() };
            all.visit();
            for Entrant { name, measure, .. } in all.list {
                // How much that takes cannot be said in one process: it may be what those before have left behind.
                assert!(measure(1024).is_ok(), "{name}");
            }
        }
    }
}
