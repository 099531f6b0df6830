//! Item by item: each side handles one item per call.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel, solo};
use crate::rivals;
use crate::rooms::Scale;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::{Check, Item, Payload};
use crate::spsc::rival::{Receiver, Rival, Sender};

/// Items between two looks at the clock's signal.
const RUN: u64 = 128;

/// All regimes: 8, 64 and 256 bytes, small, middle and large rings.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for capacity in [64, 1024, 64 * 1024] {
        cases.push(case::<Item<1>>(capacity));
    }
    for capacity in [64, 1024, 64 * 1024] {
        if scale == Scale::Full || capacity == 1024 || (scale == Scale::Report && capacity > 1024) {
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
    let mut visitor = Contenders { capacity, list: vec![floor::<T>()] };
    rivals::every_item_rival::<T, _>(&mut visitor);
    Case {
        room: "spsc",
        topology: "item",
        regime: regime::<T>(capacity),
        capacity,
        item_bytes: T::WORDS * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::ItemsPerSecond,
        contenders: visitor.list,
    }
}

/// How a regime of items is written.
pub fn regime<T: Payload>(capacity: usize) -> String {
    format!("{} B items, {} slots", T::WORDS * 8, thousands(capacity))
}

/// 1024 as `1 Ki`, 1024 of those as `1 Mi`.
pub fn thousands(count: usize) -> String {
    match count {
        0 => "0".into(),
        _ if count.is_multiple_of(1024 * 1024) => format!("{} Mi", count / (1024 * 1024)),
        _ if count.is_multiple_of(1024) => format!("{} Ki", count / 1024),
        _ => count.to_string(),
    }
}

/// What it costs to make and check the items, on one thread and without any ring.
pub fn floor<T: Payload>() -> Contender {
    Contender {
        name: "make and check only",
        role: Role::Floor,
        note: "one thread, no ring".into(),
        ways: vec![Wait::Own],
        run: Box::new(|plan, _| solo(plan, make_and_check::<T>)),
    }
}

fn make_and_check<T: Payload>(duration: Duration) -> Tally {
    let until = Instant::now() + duration;
    let mut check = Check::default();
    while Instant::now() < until {
        for sequence in check.expected..check.expected + 4096 {
            check.see(&black_box(T::make(sequence)));
        }
    }
    Tally { wrong: check.wrong, ..Tally::of(check.expected) }
}

struct Contenders {
    capacity: usize,
    list: Vec<Contender>,
}

impl<T: Payload> rivals::Visit<T> for Contenders {
    fn visit<R: Rival<T>>(&mut self) {
        let capacity = self.capacity;
        self.list.push(Contender {
            name: R::NAME,
            role: R::role(capacity),
            note: R::note(capacity),
            ways: R::WAYS.on_two_cores(),
            run: Box::new(move |plan, wait| sample::<T, R>(plan, wait, capacity)),
        });
    }
}

/// One sample: items of rising sequence until time is up, all of them checked.
pub fn sample<T: Payload, R: Rival<T>>(plan: &Plan, wait: Wait, capacity: usize) -> Result<Sample, Failure> {
    duel(plan, wait, move |signal| open::<T, R>(capacity, signal), send::<T, R::Tx>, receive::<T, R::Rx>)
}

/// Opens a rival and moves one lap of items through it, so that its memory is there before the clock runs.
pub fn open<T: Payload, R: Rival<T>>(capacity: usize, signal: &Signal) -> Result<(R::Tx, R::Rx), Failure> {
    let (mut tx, mut rx) = R::open(capacity).map_err(|why| Failure::Setup(why.to_string()))?;
    for sequence in 0..capacity as u64 {
        let arrived = tx
            .send(T::make(sequence), signal)
            .and_then(|()| rx.recv(signal))
            .map_err(|_| Failure::Deadline)?;
        if arrived.deviation(sequence) != 0 {
            return Err(Failure::Wrong);
        }
    }
    Ok((tx, rx))
}

fn send<T: Payload, Tx: Sender<T>>(mut tx: Tx, signal: &Signal) -> Result<Tally, Ended> {
    let mut next = 0;
    while !signal.winding_down() {
        tx.send_run(next..next + RUN, signal)?;
        next += RUN;
    }
    Ok(Tally::of(next))
}

fn receive<T: Payload, Rx: Receiver<T>>(mut rx: Rx, signal: &Signal) -> Result<Tally, Ended> {
    let mut check = Check::default();
    rx.recv_all(&mut check, signal)?;
    Ok(Tally { wrong: check.wrong, ..Tally::of(check.expected) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spsc::rival::{OpenError, Ways};
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    const PLAN: Plan =
        Plan { duration: Duration::from_millis(20), deadline: Duration::from_millis(400), cores: None };

    /// A queue with a fault: `FAULT` says which.
    struct Faulty<const FAULT: u8>;
    const NONE: u8 = 0;
    const LOSES_ONE: u8 = 1;
    const LOSES_THE_LAST: u8 = 2;
    const SWAPS: u8 = 3;
    const STOPS: u8 = 4;

    /// The item at which a fault shows; beyond the lap that is moved before the clock runs.
    const AT: u64 = 300;
    const CAPACITY: usize = 64;

    struct Handle<const FAULT: u8>(Arc<Mutex<VecDeque<Item<1>>>>, u64);

    impl<const FAULT: u8> Rival<Item<1>> for Faulty<FAULT> {
        const NAME: &'static str = "faulty";
        const WAYS: Ways = Ways::Polls;
        const STREAM: Option<&'static str> = None;
        type Tx = Handle<FAULT>;
        type Rx = Handle<FAULT>;

        fn open(_: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
            let queue = Arc::new(Mutex::new(VecDeque::new()));
            Ok((Handle(queue.clone(), 0), Handle(queue, 0)))
        }
    }

    impl<const FAULT: u8> Sender<Item<1>> for Handle<FAULT> {
        fn send(&mut self, item: Item<1>, signal: &Signal) -> Result<(), Ended> {
            self.1 += 1;
            signal.retry(|| {
                let mut queue = self.0.lock().unwrap();
                match FAULT {
                    STOPS if self.1 >= AT => return None,
                    LOSES_ONE if self.1 == AT => return Some(()),
                    _ if queue.len() >= CAPACITY => return None,
                    SWAPS if self.1 == AT => queue.push_front(item),
                    _ => queue.push_back(item),
                }
                Some(())
            })
        }
    }

    impl<const FAULT: u8> Receiver<Item<1>> for Handle<FAULT> {
        fn recv(&mut self, signal: &Signal) -> Result<Item<1>, Ended> {
            signal.retry(|| self.0.lock().unwrap().pop_front())
        }

        fn recv_all(&mut self, check: &mut Check, signal: &Signal) -> Result<(), Ended> {
            while let Ok(item) = self.recv(signal) {
                check.see(&item);
            }
            if FAULT == LOSES_THE_LAST {
                check.expected -= 1;
            }
            Ok(())
        }
    }

    fn run<const FAULT: u8>() -> Result<Sample, Failure> {
        sample::<Item<1>, Faulty<FAULT>>(&PLAN, Wait::Yield, CAPACITY)
    }

    #[test]
    fn a_sound_queue_passes() {
        assert!(run::<NONE>().unwrap().items >= RUN);
    }

    #[test]
    fn a_queue_that_loses_an_item_is_found_out() {
        assert_eq!(run::<LOSES_ONE>().unwrap_err(), Failure::Wrong);
        assert!(
            matches!(run::<LOSES_THE_LAST>().unwrap_err(), Failure::Lost { sent, received } if sent == received + 1)
        );
    }

    #[test]
    fn a_queue_that_changes_the_order_is_found_out() {
        // At the front of an empty queue nothing is swapped: try until it was not empty.
        let result = (0..50).map(|_| run::<SWAPS>()).find(Result::is_err);
        assert_eq!(result.expect("never swapped").unwrap_err(), Failure::Wrong);
    }

    #[test]
    fn a_queue_that_stops_hits_the_deadline() {
        assert_eq!(run::<STOPS>().unwrap_err(), Failure::Deadline);
    }
}
