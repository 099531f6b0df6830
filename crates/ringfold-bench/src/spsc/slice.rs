//! Slices copied: the producer makes words in a buffer of its own and copies them in, the consumer copies them out and
//! checks them.

use std::hint::black_box;
use std::time::Instant;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel, solo};
use crate::rivals;
use crate::signal::{Signal, Wait};
use crate::spsc::chunks::{Relay, receive_chunks, send_chunks, write_source};
use crate::spsc::item::thousands;
use crate::spsc::payload::Check;
use crate::spsc::rival::{SliceReceiver, SliceRival, SliceSender};

/// Slices of 16, 256 and 4096 words.
pub fn cases() -> Vec<Case> {
    [(16, 4 * 1024), (256, 4 * 1024), (4096, 64 * 1024)].map(|(chunk, capacity)| case(chunk, capacity)).into()
}

fn case(chunk: usize, capacity: usize) -> Case {
    let list = vec![one_thread(chunk, capacity), relay(chunk, capacity)];
    let mut visitor = Contenders { chunk, capacity, list };
    rivals::every_slice_rival(&mut visitor);
    Case {
        room: "spsc",
        topology: "slice",
        regime: format!("slices of {} words copied, {} slots of 8 B", thousands(chunk), thousands(capacity)),
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

impl rivals::VisitSlices for Contenders {
    fn visit<R: SliceRival>(&mut self) {
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

fn sample<R: SliceRival>(plan: &Plan, wait: Wait, chunk: usize, capacity: usize) -> Result<Sample, Failure> {
    duel(
        plan,
        wait,
        move |signal| open::<R>(chunk, capacity, signal),
        move |mut tx, signal| {
            let mut source = vec![0; chunk];
            send_chunks(chunk, signal, |next| {
                write_source(&mut source, next);
                tx.send_slice(&source, signal)
            })
        },
        move |mut rx, signal| {
            let mut target = vec![0; chunk];
            receive_chunks(|check| {
                let count = rx.recv_slice(&mut target, signal)?;
                check.see_words(&target[..count]);
                Ok(())
            })
        },
    )
}

/// Opens a rival and moves a lap through it.
fn open<R: SliceRival>(chunk: usize, capacity: usize, signal: &Signal) -> Result<(R::Tx, R::Rx), Failure> {
    let (mut tx, mut rx) = R::open(capacity).map_err(|why| Failure::Setup(why.to_string()))?;
    let mut buffer = vec![0; chunk];
    for _ in 0..capacity / chunk {
        tx.send_slice(&buffer, signal).map_err(|_| Failure::Deadline)?;
        let mut received = 0;
        while received < chunk {
            received += rx.recv_slice(&mut buffer, signal).map_err(|_| Failure::Deadline)?;
        }
    }
    Ok((tx, rx))
}

/// The same work without another thread: make, copy into a ring's worth of memory, copy out, check.
fn one_thread(chunk: usize, capacity: usize) -> Contender {
    Contender {
        name: "memcpy in and out, one thread",
        role: Role::Floor,
        note: "make, memcpy in, memcpy out, check, on one thread".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| {
            solo(plan, move |duration| {
                let until = Instant::now() + duration;
                let (mut source, mut target) = (vec![0; chunk], vec![0; chunk]);
                let mut ring = vec![0; capacity];
                let mut check = Check::default();
                while Instant::now() < until {
                    for place in ring.chunks_exact_mut(chunk) {
                        write_source(&mut source, check.expected);
                        place.copy_from_slice(black_box(&source));
                        target.copy_from_slice(black_box(&*place));
                        check.see_words(black_box(&target));
                    }
                }
                Tally { wrong: check.wrong, ..Tally::of(check.expected) }
            })
        }),
    }
}

/// The same work on two threads, with whole chunks handed over by two bare counters.
fn relay(chunk: usize, capacity: usize) -> Contender {
    Contender {
        name: "memcpy relay, two threads",
        role: Role::Floor,
        note: "whole chunks handed over by two bare counters".into(),
        ways: vec![Wait::Pause, Wait::Busy],
        run: Box::new(move |plan, wait| {
            duel(
                plan,
                wait,
                move |_| Ok(Relay::pair(capacity, chunk)),
                move |mut tx, signal| {
                    let mut source = vec![0; chunk];
                    send_chunks(chunk, signal, |next| {
                        write_source(&mut source, next);
                        tx.fill(|place| place.copy_from_slice(&source), signal)
                    })
                },
                move |mut rx, signal| {
                    let mut target = vec![0; chunk];
                    receive_chunks(|check| {
                        rx.empty(|place| target.copy_from_slice(place), signal)?;
                        check.see_words(&target);
                        Ok(())
                    })
                },
            )
        }),
    }
}
