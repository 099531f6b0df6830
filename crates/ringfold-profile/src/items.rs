//! Item by item.

use std::hint::black_box;

use ringfold::memory::Error;

use crate::{CAPACITY, Failure, Meter, ROUND, deviation, rounds, verdict};

/// Both ends of a ring.
pub trait Room: Sized {
    /// One that holds so many items.
    fn open(capacity: usize) -> Result<Self, Error>;

    /// Puts an item in; there is room.
    fn push(&mut self, item: u64);

    /// Takes the oldest item.
    fn pop(&mut self) -> Option<u64>;
}

/// Puts items in.
pub fn push<R: Room>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let mut wrong = 0;
    for items in rounds(operations, ROUND) {
        meter(&mut || items.clone().for_each(|item| black_box(&mut room).push(black_box(item))));
        items.for_each(|item| wrong |= deviation(room.pop(), item));
    }
    verdict(wrong)
}

/// Takes items out, and compares each.
pub fn pop<R: Room>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let mut wrong = 0;
    let mut taken = 0;
    for items in rounds(operations, ROUND) {
        items.clone().for_each(|item| room.push(item));
        meter(&mut || {
            items.clone().for_each(|item| wrong |= deviation(black_box(&mut room).pop(), item));
            taken = items.end;
        });
    }
    verdict(wrong | (taken ^ operations))
}

/// Puts an item in, takes it out, compares it: whoever takes has to look for each item.
pub fn in_turn<R: Room>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let mut wrong = 0;
    let mut taken = 0;
    for items in rounds(operations, ROUND) {
        meter(&mut || {
            items.clone().for_each(|item| {
                black_box(&mut room).push(black_box(item));
                wrong |= deviation(black_box(&mut room).pop(), item);
            });
            taken = items.end;
        });
    }
    verdict(wrong | (taken ^ operations))
}

/// No ring, but one word: what is left is the loop.
pub struct Word {
    pushed: u64,
    popped: u64,
}

impl Room for Word {
    fn open(_: usize) -> Result<Self, Error> {
        Ok(Word { pushed: 0, popped: 0 })
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        self.pushed = item;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        let next = self.popped;
        self.popped += 1;
        Some(next)
    }
}
