//! Streamed: the producer hands over an iterator, the consumer drains with a closure; everybody uses the best facility
//! for many items it has, and falls back to item loops if it has none.

use crate::contender::{Case, Contender, Failure, Metric, Plan, Sample};
use crate::duel::{Tally, duel};
use crate::rivals;
use crate::rooms::Scale;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::item;
use crate::spsc::payload::{Check, Item, Payload};
use crate::spsc::rival::{Receiver, Rival, Sender};

/// Bytes of items in one iterator: enough to amortise a publication, small enough to stay in the nearest cache.
const ITERATOR_BYTES: usize = 32 * 1024;

/// The same regimes as item by item.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for capacity in [64, 1024, 64 * 1024] {
        cases.push(case::<Item<1>>(capacity));
    }
    for capacity in [64, 1024, 64 * 1024] {
        if scale == Scale::Full || capacity == 1024 {
            cases.push(case::<Item<8>>(capacity));
        }
    }
    for capacity in [64, 1024, 64 * 1024] {
        if scale == Scale::Full {
            cases.push(case::<Item<32>>(capacity));
        }
    }
    cases
}

fn case<T: Payload>(capacity: usize) -> Case {
    let mut visitor = Contenders { capacity, list: vec![item::floor::<T>()] };
    rivals::every_item_rival::<T, _>(&mut visitor);
    Case {
        room: "spsc",
        topology: "stream",
        regime: item::regime::<T>(capacity),
        capacity,
        item_bytes: T::WORDS * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::ItemsPerSecond,
        contenders: visitor.list,
    }
}

struct Contenders {
    capacity: usize,
    list: Vec<Contender>,
}

impl<T: Payload> rivals::Visit<T> for Contenders {
    fn visit<R: Rival<T>>(&mut self) {
        let capacity = self.capacity;
        let facility = R::STREAM.unwrap_or("no facility for streams: item by item");
        let mut note = R::note(capacity);
        if !note.is_empty() {
            note += "; ";
        }
        note += facility;
        self.list.push(Contender {
            name: R::NAME,
            role: R::role(capacity),
            note,
            ways: R::WAYS.on_two_cores(),
            run: Box::new(move |plan, wait| sample::<T, R>(plan, wait, capacity)),
        });
    }
}

fn sample<T: Payload, R: Rival<T>>(plan: &Plan, wait: Wait, capacity: usize) -> Result<Sample, Failure> {
    duel(
        plan,
        wait,
        move |signal| item::open::<T, R>(capacity, signal),
        send::<T, R::Tx>,
        receive::<T, R::Rx>,
    )
}

fn send<T: Payload, Tx: Sender<T>>(mut tx: Tx, signal: &Signal) -> Result<Tally, Ended> {
    let run = (ITERATOR_BYTES / (T::WORDS * 8)) as u64;
    let mut next = 0;
    while !signal.winding_down() {
        tx.stream_run(next..next + run, signal)?;
        next += run;
    }
    Ok(Tally::of(next))
}

fn receive<T: Payload, Rx: Receiver<T>>(mut rx: Rx, signal: &Signal) -> Result<Tally, Ended> {
    let mut check = Check::default();
    rx.stream_all(&mut check, signal)?;
    Ok(Tally { wrong: check.wrong, ..Tally::of(check.expected) })
}
