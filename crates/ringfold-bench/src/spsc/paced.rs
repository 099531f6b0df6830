//! Open loop: messages leave on a schedule, whether or not the ring keeps up, and latency counts from the time a message
//! was *meant* to leave. A stall therefore shows in every message that it delayed, not in one only.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Sample};
use crate::duel::{Tally, duel};
use crate::rivals;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::item;
use crate::spsc::payload::{Payload, Stamped};
use crate::spsc::rival::{Receiver, Rival, Sender};

const CAPACITY: usize = 1024;
/// Digits that the percentiles are exact to.
const DIGITS: u8 = 3;
/// Ten seconds in nanoseconds, longer than any sample: a slower message would count as this slow.
const SLOWEST: u64 = 10_000_000_000;

/// A message every microsecond, and every ten.
pub fn cases() -> Vec<Case> {
    [1, 10].into_iter().map(|micros| case(Duration::from_micros(micros))).collect()
}

fn case(pace: Duration) -> Case {
    let mut visitor = Contenders { pace, list: Vec::new() };
    rivals::every_item_rival::<Stamped, _>(&mut visitor);
    Case {
        room: "spsc",
        topology: "paced",
        regime: format!("16 B every {} µs, {} slots", pace.as_micros(), item::thousands(CAPACITY)),
        capacity: CAPACITY,
        item_bytes: Stamped::WORDS * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::Latency,
        contenders: visitor.list,
    }
}

struct Contenders {
    pace: Duration,
    list: Vec<Contender>,
}

impl rivals::Visit<Stamped> for Contenders {
    fn visit<R: Rival<Stamped>>(&mut self) {
        let pace = self.pace;
        self.list.push(Contender {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.into(),
            ways: R::WAYS.on_two_cores(),
            run: Box::new(move |plan, wait| sample::<R>(plan, wait, pace)),
        });
    }
}

fn sample<R: Rival<Stamped>>(plan: &Plan, wait: Wait, pace: Duration) -> Result<Sample, Failure> {
    let epoch = Instant::now();
    duel(
        plan,
        wait,
        |signal| item::open::<Stamped, R>(CAPACITY, signal),
        move |tx, signal| send::<R::Tx>(tx, signal, epoch, pace),
        move |rx, signal| receive::<R::Rx>(rx, signal, epoch),
    )
}

fn send<Tx: Sender<Stamped>>(
    mut tx: Tx,
    signal: &Signal,
    epoch: Instant,
    pace: Duration,
) -> Result<Tally, Ended> {
    let pace = pace.as_nanos() as u64;
    // A millisecond's start, so that the receiver's thread waits already.
    let first = nanoseconds(epoch) + 1_000_000;
    let mut sent = 0;
    while !signal.winding_down() {
        let intended = first + sent * pace;
        while nanoseconds(epoch) < intended {
            std::hint::spin_loop();
        }
        tx.send(Stamped::at(sent, intended), signal)?;
        sent += 1;
    }
    Ok(Tally::of(sent))
}

fn receive<Rx: Receiver<Stamped>>(mut rx: Rx, signal: &Signal, epoch: Instant) -> Result<Tally, Ended> {
    let mut latency = Histogram::<u64>::new_with_max(SLOWEST, DIGITS).expect("valid bounds");
    let (mut received, mut wrong) = (0, 0);
    loop {
        match rx.recv(signal) {
            Ok(message) => {
                let nanos = nanoseconds(epoch).saturating_sub(message.intended);
                latency.saturating_record(nanos);
                wrong |= message.deviation(received);
                received += 1;
            }
            Err(Ended::Done) => break,
            Err(Ended::Aborted) => return Err(Ended::Aborted),
        }
    }
    Ok(Tally { wrong, latency: Some(latency), ..Tally::of(received) })
}

fn nanoseconds(epoch: Instant) -> u64 {
    epoch.elapsed().as_nanos() as u64
}
