//! `pool`: events of 64 bytes, and slots of a slab.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

use ringfold::memory::Error;
use ringfold::pool::{Config, EventRef, Pool, Slab};

use crate::{Failure, Meter, ROUND, deviation, rounds, verdict};

const BYTES: [u8; 64] = [7; 64];

/// As many slots as a round keeps, and what a second thread may have at hand.
fn pool() -> Result<Pool, Error> {
    Pool::new(Config::with_capacities([2 * ROUND as usize, 0, 0, 0, 0]))
}

#[inline(always)]
fn alloc(pool: &Pool) -> Option<EventRef> {
    pool.try_alloc(black_box(&BYTES), 0).ok()
}

fn is_right(events: &[Option<EventRef>], count: u64) -> bool {
    let is_right = |event: &Option<EventRef>| event.as_ref().is_some_and(|event| **event == BYTES);
    events.len() as u64 == count && events.iter().all(is_right)
}

/// Takes an event and drops it.
pub fn take_and_drop(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let pool = pool()?;
    let mut missing = operations;
    for round in rounds(operations, ROUND) {
        meter(&mut || round.clone().for_each(|_| missing -= u64::from(black_box(alloc(&pool)).is_some())));
    }
    verdict(missing)
}

/// Takes events and keeps them.
pub fn take(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let pool = pool()?;
    let mut kept = Vec::with_capacity(ROUND as usize);
    let mut wrong = false;
    for round in rounds(operations, ROUND) {
        meter(&mut || round.clone().for_each(|_| kept.push(alloc(black_box(&pool)))));
        wrong |= !is_right(&kept, round.end - round.start);
        kept.clear();
    }
    verdict(wrong.into())
}

/// Drops events that were kept.
pub fn drop_kept(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let pool = pool()?;
    let mut kept = Vec::with_capacity(ROUND as usize);
    let mut wrong = 0;
    for round in rounds(operations, ROUND) {
        kept.extend(round.map(|_| alloc(&pool)));
        meter(&mut || kept.clear());
        wrong |= pool.stats().in_use();
    }
    verdict(wrong)
}

/// One reference more, and one less.
pub fn clone_and_drop(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let event = alloc(&pool()?).ok_or(Failure::Wrong)?;
    let mut missing = operations;
    for round in rounds(operations, ROUND) {
        meter(&mut || {
            round
                .clone()
                .for_each(|_| missing -= u64::from(black_box(black_box(&event).clone()).len() == 64));
        });
    }
    verdict(missing | (event.references() as u64 - 1))
}

/// Drops events that another thread took.
pub fn drop_elsewhere(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let pool = pool()?;
    let mut wrong = 0;
    with_second_thread(
        |mut events: Vec<Option<EventRef>>| {
            meter(&mut || events.clear());
            events
        },
        |exchange| {
            let mut events = Vec::with_capacity(ROUND as usize);
            for round in rounds(operations, ROUND) {
                events.extend(round.map(|_| alloc(&pool)));
                let taken = events.len() as u64;
                wrong |= taken ^ pool.stats().in_use();
                events = exchange(events);
                wrong |= pool.stats().in_use();
            }
        },
    );
    verdict(wrong)
}

/// Takes events whose slots another thread gave back.
pub fn take_what_was_dropped_elsewhere(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let pool = pool()?;
    let mut wrong = false;
    with_second_thread(
        |mut events: Vec<Option<EventRef>>| {
            events.clear();
            events
        },
        |exchange| {
            let mut events = Vec::with_capacity(ROUND as usize);
            for round in rounds(operations, ROUND) {
                meter(&mut || round.clone().for_each(|_| events.push(alloc(black_box(&pool)))));
                wrong |= !is_right(&events, round.end - round.start);
                events = exchange(std::mem::take(&mut events));
            }
        },
    );
    verdict(wrong.into())
}

/// Runs `first` here and `second` on another thread for what `first` hands over, one at a time: while one runs the other sleeps.
fn with_second_thread<T: Send>(
    mut second: impl FnMut(T) -> T + Send,
    first: impl FnOnce(&mut dyn FnMut(T) -> T),
) {
    let (there, inbox) = mpsc::channel();
    let (back, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || inbox.into_iter().try_for_each(|item| back.send(second(item))));
        first(&mut |item| {
            there.send(item).expect("the other thread waits for it");
            outcomes.recv().expect("the other thread sends it back")
        });
        drop(there);
    });
}

/// Takes a slot of a slab and drops it.
pub fn slab(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let slab = Slab::with_capacity(ROUND as usize)?;
    let mut wrong = 0;
    let mut taken = 0;
    for round in rounds(operations, ROUND) {
        meter(&mut || {
            round.clone().for_each(|item| {
                let slot = black_box(&slab).try_alloc(black_box(item)).ok();
                wrong |= deviation(slot.as_deref().copied(), item);
            });
            taken = round.end;
        });
    }
    verdict(wrong | (taken ^ operations))
}
