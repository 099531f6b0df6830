//! Zero copy: the producer fills the ring's own memory, the consumer reads it there.

use std::hint::black_box;
use std::time::Instant;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel, solo};
use crate::rivals;
use crate::signal::{Signal, Wait};
use crate::spsc::chunks::{Relay, receive_chunks, send_chunks, write_source, write_words};
use crate::spsc::item::thousands;
use crate::spsc::payload::Check;
use crate::spsc::rival::{Filler, Viewer, ZeroCopyRival};

/// Chunks of 8 KiB and of 64 KiB; the ring holds eight of them.
pub fn cases() -> Vec<Case> {
    [1024, 8 * 1024].map(|chunk| case(chunk, 8 * chunk)).into()
}

fn case(chunk: usize, capacity: usize) -> Case {
    let list = vec![memcpy(chunk, capacity), one_thread(chunk, capacity), relay(chunk, capacity)];
    let mut visitor = Contenders { chunk, capacity, list };
    rivals::every_zero_copy_rival(&mut visitor);
    Case {
        room: "spsc",
        topology: "zero-copy",
        regime: format!(
            "chunks of {} words in place, {} slots of 8 B",
            thousands(chunk),
            thousands(capacity)
        ),
        capacity,
        item_bytes: 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::BytesPerSecond,
        contenders: visitor.list,
    }
}

struct Contenders {
    chunk: usize,
    capacity: usize,
    list: Vec<Contender>,
}

impl rivals::VisitZeroCopy for Contenders {
    fn visit<R: ZeroCopyRival>(&mut self) {
        let (chunk, capacity) = (self.chunk, self.capacity);
        self.list.push(Contender {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.into(),
            ways: R::WAYS.on_two_cores(),
            run: Box::new(move |plan, wait| sample::<R>(plan, wait, chunk, capacity)),
        });
    }
}

fn sample<R: ZeroCopyRival>(
    plan: &Plan,
    wait: Wait,
    chunk: usize,
    capacity: usize,
) -> Result<Sample, Failure> {
    duel(
        plan,
        wait,
        move |signal| open::<R>(chunk, capacity, signal),
        move |mut tx, signal| send_chunks(chunk, signal, |next| fill(&mut tx, chunk, next, signal)),
        move |mut rx, signal| receive_chunks(|check| rx.view(chunk, |words| check.see_words(words), signal)),
    )
}

fn fill(tx: &mut impl Filler, chunk: usize, first: u64, signal: &Signal) -> Result<(), crate::signal::Ended> {
    let mut next = first;
    let write = |place: &mut [_]| {
        write_words(place, next);
        next += place.len() as u64;
    };
    tx.fill(chunk, write, signal)
}

/// Opens a rival and moves a lap through it.
fn open<R: ZeroCopyRival>(chunk: usize, capacity: usize, signal: &Signal) -> Result<(R::Tx, R::Rx), Failure> {
    let (mut tx, mut rx) = R::open(capacity).map_err(|why| Failure::Setup(why.to_string()))?;
    for lap_chunk in 0..(capacity / chunk) as u64 {
        fill(&mut tx, chunk, lap_chunk, signal).map_err(|_| Failure::Deadline)?;
        let mut seen = 0;
        while seen < chunk {
            rx.view(chunk, |words| seen += words.len(), signal).map_err(|_| Failure::Deadline)?;
        }
    }
    Ok((tx, rx))
}

/// One thread copies a chunk into a ring's worth of memory and sums it up there.
fn memcpy(chunk: usize, capacity: usize) -> Contender {
    Contender {
        name: "memcpy and sum, one thread",
        role: Role::Floor,
        note: "memcpy of a chunk into a ring's worth of memory, then a sum over it, on one thread".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| {
            solo(plan, move |duration| {
                let until = Instant::now() + duration;
                let source = vec![1u64; chunk];
                let mut ring = vec![0; capacity];
                let (mut copied, mut sum) = (0, 0);
                while Instant::now() < until {
                    for place in ring.chunks_exact_mut(chunk) {
                        place.copy_from_slice(black_box(&source));
                        sum += black_box(&*place).iter().sum::<u64>();
                        copied += chunk as u64;
                    }
                }
                Tally { wrong: sum ^ copied, ..Tally::of(copied) }
            })
        }),
    }
}

/// One thread does the work of both sides, without a hand-over.
fn one_thread(chunk: usize, capacity: usize) -> Contender {
    Contender {
        name: "fill and read, one thread",
        role: Role::Floor,
        note: "fills a chunk in a ring's worth of memory and checks it there, on one thread".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| {
            solo(plan, move |duration| {
                let until = Instant::now() + duration;
                let mut ring = vec![0; capacity];
                let mut check = Check::default();
                while Instant::now() < until {
                    for place in ring.chunks_exact_mut(chunk) {
                        write_source(place, check.expected);
                        check.see_words(black_box(&*place));
                    }
                }
                Tally { wrong: check.wrong, ..Tally::of(check.expected) }
            })
        }),
    }
}

/// Two threads, whole chunks, two bare counters.
fn relay(chunk: usize, capacity: usize) -> Contender {
    Contender {
        name: "chunk relay, two threads",
        role: Role::Floor,
        note: "filled and read in place, whole chunks handed over by two bare counters".into(),
        ways: vec![Wait::Pause, Wait::Busy],
        run: Box::new(move |plan, wait| {
            duel(
                plan,
                wait,
                move |_| Ok(Relay::pair(capacity, chunk)),
                move |mut tx, signal| {
                    send_chunks(chunk, signal, |next| tx.fill(|place| write_source(place, next), signal))
                },
                |mut rx, signal| receive_chunks(|check| rx.empty(|place| check.see_words(place), signal)),
            )
        }),
    }
}
