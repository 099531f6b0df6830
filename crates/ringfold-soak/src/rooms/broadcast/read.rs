//! Readers of a broadcast ring: gated ones, on threads and awaited, and lossy ones.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use ringfold::broadcast::{
    AsyncReader, Batch, JoinError, LossyReader, Reader, RecvError, RecvTimeoutError, Start, Subscriber,
    TryRecvError,
};
use ringfold::error::{Closed, PopTimeoutError};

use super::scroll::{Reading, Scroll};
use crate::census::Order;
use crate::rooms::awaited::block_on_until;
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

/// A reader's books, from wherever it starts.
pub fn reading<const N: usize>(
    world: &Arc<World>,
    scroll: &Arc<Scroll>,
    reader: &Reader<[u8; N]>,
) -> Reading {
    let (start, capacity) = (reader.sequence(), reader.capacity());
    Reading::new(world, scroll, order::<N>(world, start), start, N, capacity)
}

/// What a reader expects that starts here. A single byte is told by its sequence, which in the world of single bytes there is one producer for.
fn order<const N: usize>(world: &World, start: u64) -> Order {
    let mut order = if start == 0 { Order::strict(world.slot) } else { Order::late(world.slot) };
    if N == 1 {
        order.expect(0, start as u32);
    }
    order
}

/// Starts a gated reader on a thread of its own.
pub fn start<const N: usize>(world: &Arc<World>, rng: &mut Rng, reading: Reading, reader: Reader<[u8; N]>) {
    let is_async = rng.u8(..4) == 0;
    world.spawn("reader", rng, move |world, rng| {
        // Dropped in this order: the books say that it has left before it does.
        let reader = if is_async { Half::Awaited(reader.into_async()) } else { Half::Blocking(reader) };
        let mut gated = Gated { reading, reader };
        if let Verdict::Leak = gated.run(world, rng) {
            let Gated { reading, reader } = gated;
            drop(reading);
            world.leak(reader);
        }
    });
}

enum Half<E> {
    Blocking(Reader<E>),
    Awaited(AsyncReader<E>),
}

struct Gated<const N: usize> {
    reading: Reading,
    reader: Half<[u8; N]>,
}

impl<const N: usize> Gated<N> {
    fn run(&mut self, world: &World, rng: &mut Rng) -> Verdict {
        let mut fate = Fate::draw(world, rng);
        loop {
            match fate.step(world) {
                Verdict::GoOn => (),
                verdict => return verdict,
            }
            world.pause(rng);
            let (before, are_gone) = (self.reading.end(), world.producers.load(SeqCst) == 0);
            let is_open = world.catch(|| self.step(world, rng)).unwrap_or(true);
            if !is_open {
                self.reading.is_whole().store(true, SeqCst);
                return Verdict::GoOn;
            }
            if world.may_leak && are_gone && self.reading.end() == before && self.is_idle() {
                return Verdict::GoOn;
            }
        }
    }

    fn is_idle(&mut self) -> bool {
        thread::sleep(Duration::from_millis(3));
        let batch = match &mut self.reader {
            Half::Blocking(reader) => reader.poll(),
            Half::Awaited(reader) => reader.poll(),
        };
        let is_empty = batch.is_empty();
        // Nothing was looked at.
        batch.release(0);
        is_empty
    }

    /// One batch; whether the ring is open.
    fn step(&mut self, world: &World, rng: &mut Rng) -> bool {
        let Self { reading, reader } = self;
        let waits = !world.may_leak;
        let (most, timeout) = (small(rng, 9), moment(rng));
        let batch = match reader {
            Half::Blocking(reader) => match rng.u8(..5) {
                0 => Ok(reader.poll()),
                1 => Ok(reader.poll_up_to(most)),
                2 if waits => reader.recv(),
                3 if waits => reader.recv_up_to(most),
                _ => match reader.recv_timeout(timeout) {
                    Err(PopTimeoutError::Timeout) => return true,
                    batch => batch.map_err(|_| Closed(())),
                },
            },
            Half::Awaited(reader) => match rng.u8(..3) {
                0 => Ok(reader.poll()),
                1 if waits => block_on_until(reader.recv(), None).expect("it has no end but its own"),
                // A future that is dropped has released nothing.
                _ => match block_on_until(reader.recv_up_to(most), Some(Instant::now() + timeout)) {
                    Some(batch) => batch,
                    None => return true,
                },
            },
        };
        batch.map(|batch| look(world, rng, reading, batch)).is_ok()
    }
}

/// Checks a batch; releases all of it, some, or nothing.
fn look<const N: usize>(world: &World, rng: &mut Rng, reading: &mut Reading, batch: Batch<'_, [u8; N]>) {
    if batch.is_empty() {
        thread::yield_now();
        return;
    }
    let ending = rng.u8(..12);
    let seen = if ending < 3 { rng.usize(..=batch.len()) } else { batch.len() };
    for (event, sequence) in batch.iter().zip(batch.sequence()..).take(seen) {
        reading.see(sequence, event);
    }
    world.pause(rng);
    match ending {
        0 | 1 => _ = batch.release(seen),
        2 => panic_on_purpose(),
        3 => {
            world.tally.leaked.add(1);
            std::mem::forget(batch);
        }
        _ => drop(batch),
    }
}

/// Starts a lossy reader on a thread of its own.
pub fn start_lossy<const N: usize>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    mut reader: LossyReader<[u8; N]>,
) {
    let (start, capacity) = (reader.sequence(), reader.capacity());
    let mut reading = Reading::new(world, scroll, Order::loose(world.slot), start, N, capacity);
    world.spawn("lossy reader", rng, move |world, rng| {
        let mut fate = Fate::draw(world, rng);
        loop {
            match fate.step(world) {
                Verdict::GoOn => (),
                Verdict::Leak => {
                    world.leak(reader);
                    return;
                }
                Verdict::Drop => return,
            }
            world.pause(rng);
            let (before, are_gone) = (reader.sequence(), world.producers.load(SeqCst) == 0);
            let got = recv(world, rng, &mut reader);
            let now = reader.sequence();
            match got {
                Ok(event) => reading.see(now - 1, &event),
                Err(RecvTimeoutError::Lagged { missed }) => {
                    assert!(now - before >= missed, "missed {missed} between {before} and {now}");
                    reading.miss(now - missed, now);
                }
                Err(RecvTimeoutError::Timeout) if world.may_leak && are_gone => return,
                Err(RecvTimeoutError::Timeout) => thread::yield_now(),
                Err(RecvTimeoutError::Closed) => return reading.is_whole().store(true, SeqCst),
            }
        }
    });
}

/// One of the ways to receive an event.
fn recv<const N: usize>(
    world: &World,
    rng: &mut Rng,
    reader: &mut LossyReader<[u8; N]>,
) -> Result<[u8; N], RecvTimeoutError> {
    match rng.u8(..3) {
        0 => reader.try_recv().map_err(|error| match error {
            TryRecvError::Empty => RecvTimeoutError::Timeout,
            TryRecvError::Lagged { missed } => RecvTimeoutError::Lagged { missed },
            TryRecvError::Closed => RecvTimeoutError::Closed,
        }),
        1 if !world.may_leak => reader.recv().map_err(|error| match error {
            RecvError::Lagged { missed } => RecvTimeoutError::Lagged { missed },
            RecvError::Closed => RecvTimeoutError::Closed,
        }),
        _ => reader.recv_timeout(moment(rng)),
    }
}

/// Starts a thread that lets readers join and leave while events flow, wherever they may start.
pub fn start_joiner<const N: usize>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    subscriber: Subscriber<[u8; N]>,
    is_lossy: bool,
) {
    let scroll = scroll.clone();
    world.spawn("joiner", rng, move |world, rng| {
        for _ in 0..rng.u8(..6) {
            thread::sleep(moment(rng));
            world.beat();
            let published = subscriber.stats().published;
            let from = match rng.u8(..4) {
                0 => Start::Oldest,
                1 => Start::At((published + rng.u64(..40)).saturating_sub(rng.u64(..40))),
                _ => Start::Now,
            };
            let subscription = subscriber.subscription().from(from);
            if is_lossy && rng.bool() {
                let reader = subscription.join_lossy().expect("the ring was made for it");
                start_lossy(world, rng, &scroll, reader);
                continue;
            }
            match subscription.join() {
                Ok(reader) => {
                    let reading = reading(world, &scroll, &reader);
                    start(world, rng, reading, reader);
                }
                Err(error) => assert!(matches!(error, JoinError::TooOld { .. }), "{error}"),
            }
        }
    });
}
