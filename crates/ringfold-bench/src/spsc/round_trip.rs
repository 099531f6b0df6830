//! Ping-pong: two rings, one message that goes back and forth. What a hand-off costs when nothing can be amortised.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_utils::CachePadded;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel};
use crate::rivals;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::item;
use crate::spsc::payload::{Item, Payload};
use crate::spsc::rival::{Receiver, Rival, Sender};
use crate::stats::median;

/// Round trips under one reading of the clock.
const BATCH: u64 = 256;
const CAPACITY: usize = 64;

/// One case: a message of eight bytes.
pub fn cases() -> Vec<Case> {
    vec![case::<Item<1>>("spsc", rivals::every_item_rival::<Item<1>, Contenders>)]
}

/// The case of a room in which `everybody` takes part.
pub fn case<T: Payload>(room: &'static str, everybody: fn(&mut Contenders)) -> Case {
    let mut visitor = Contenders { list: vec![floor(Lines::Two), floor(Lines::One)] };
    everybody(&mut visitor);
    Case {
        room,
        topology: "round-trip",
        regime: format!("one message of {} B, two rings of {CAPACITY} slots", T::WORDS * 8),
        capacity: CAPACITY,
        item_bytes: T::WORDS * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::RoundTrip,
        contenders: visitor.list,
    }
}

/// Those who take part.
pub struct Contenders {
    list: Vec<Contender>,
}

impl<T: Payload> rivals::Visit<T> for Contenders {
    fn visit<R: Rival<T>>(&mut self) {
        self.list.push(Contender {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.into(),
            ways: R::WAYS.on_two_cores(),
            run: Box::new(sample::<T, R>),
        });
    }
}

fn sample<T: Payload, R: Rival<T>>(plan: &Plan, wait: Wait) -> Result<Sample, Failure> {
    let setup = |signal: &Signal| {
        let (ping_tx, ping_rx) = item::open::<T, R>(CAPACITY, signal)?;
        let (pong_tx, pong_rx) = item::open::<T, R>(CAPACITY, signal)?;
        Ok(((ping_tx, pong_rx), (pong_tx, ping_rx)))
    };
    duel(
        plan,
        wait,
        setup,
        |(mut tx, mut rx): (R::Tx, R::Rx), signal| {
            serve(signal, |sequence| {
                tx.send(T::make(sequence), signal)?;
                Ok(rx.recv(signal)?.deviation(sequence))
            })
        },
        |(mut tx, mut rx): (R::Tx, R::Rx), signal| {
            let mut echoed = 0;
            loop {
                match rx.recv(signal) {
                    Ok(item) => tx.send(item, signal)?,
                    Err(Ended::Done) => return Ok(Tally::of(echoed)),
                    Err(Ended::Aborted) => return Err(Ended::Aborted),
                }
                echoed += 1;
            }
        },
    )
}

/// The serving side: batches of round trips until time is up.
fn serve(signal: &Signal, mut round_trip: impl FnMut(u64) -> Result<u64, Ended>) -> Result<Tally, Ended> {
    let mut batches = Vec::with_capacity(1 << 16);
    let (mut next, mut wrong) = (0, 0);
    while !signal.winding_down() {
        let started = Instant::now();
        for sequence in next..next + BATCH {
            wrong |= round_trip(sequence)?;
        }
        next += BATCH;
        batches.push(started.elapsed().as_nanos() as f64 / BATCH as f64);
    }
    Ok(Tally { wrong, round_trip: median(&batches), ..Tally::of(next) })
}

#[derive(Clone, Copy)]
enum Lines {
    /// Each direction has a cache line of its own.
    Two,
    /// Both directions share one cache line.
    One,
}

/// The raw exchange of cache lines that no ring can beat.
fn floor(lines: Lines) -> Contender {
    let (name, note) = match lines {
        Lines::Two => ("raw line per direction", "one atomic word each way, on its own cache line"),
        Lines::One => ("raw shared line", "one atomic word both ways"),
    };
    Contender {
        name,
        role: Role::Floor,
        note: note.into(),
        ways: vec![Wait::Pause, Wait::Busy],
        run: Box::new(move |plan, wait| raw_exchange(plan, wait, lines)),
    }
}

fn raw_exchange(plan: &Plan, wait: Wait, lines: Lines) -> Result<Sample, Failure> {
    type Line = Arc<CachePadded<AtomicU64>>;
    let new_line = || Arc::new(CachePadded::new(AtomicU64::new(0)));
    let ping: Line = new_line();
    let pong: Line = match lines {
        Lines::Two => new_line(),
        Lines::One => ping.clone(),
    };
    // Ping carries odd words, pong even ones, so that they can share a line.
    duel(
        plan,
        wait,
        move |_| Ok(((ping.clone(), pong.clone()), (ping, pong))),
        |(ping, pong): (Line, Line), signal| {
            serve(signal, |sequence| {
                ping.store(2 * sequence + 1, Ordering::Release);
                let answer = 2 * sequence + 2;
                signal.retry(|| (pong.load(Ordering::Acquire) == answer).then_some(0))
            })
        },
        |(ping, pong): (Line, Line), signal| {
            for sequence in 0.. {
                let question = 2 * sequence + 1;
                let asked = || (ping.load(Ordering::Acquire) == question).then_some(());
                match signal.retry(asked) {
                    Ok(()) => pong.store(question + 1, Ordering::Release),
                    Err(Ended::Done) => return Ok(Tally::of(sequence)),
                    Err(Ended::Aborted) => break,
                }
            }
            Err(Ended::Aborted)
        },
    )
}
