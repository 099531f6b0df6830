//! 64 items at a time, copied in and copied out.

use std::hint::black_box;

use ringfold::memory::Error;

use crate::{CAPACITY, Failure, Meter, ROUND, rounds, verdict};

/// Items of one slice.
const SLICE: usize = 64;
/// Slices of one round.
const SLICES: u64 = ROUND / SLICE as u64;

/// Both ends of a ring that copies.
pub trait Slices: Sized {
    /// What is copied.
    type Item: Copy + Default + PartialEq + From<u8>;

    /// One that holds so many items.
    fn open(capacity: usize) -> Result<Self, Error>;

    /// Copies all of the items in; there is room.
    fn push_slice(&mut self, items: &[Self::Item]);

    /// Fills `items` with the oldest items; there are so many.
    fn pop_slice(&mut self, items: &mut [Self::Item]);
}

/// Copies in.
pub fn push_slice<R: Slices>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let source = source::<R>();
    let mut wrong = 0;
    for slices in rounds(operations, SLICES) {
        let mut target = vec![R::Item::default(); source.len()];
        let count = (slices.end - slices.start) as usize;
        let (source, target) = (&source[..count * SLICE], &mut target[..count * SLICE]);
        meter(&mut || source.chunks_exact(SLICE).for_each(|items| black_box(&mut room).push_slice(items)));
        target.chunks_exact_mut(SLICE).for_each(|items| room.pop_slice(items));
        wrong |= u64::from(source != target);
    }
    verdict(wrong)
}

/// Copies out.
pub fn pop_slice<R: Slices>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let source = source::<R>();
    let mut wrong = 0;
    for slices in rounds(operations, SLICES) {
        let mut target = vec![R::Item::default(); source.len()];
        let count = (slices.end - slices.start) as usize;
        let (source, target) = (&source[..count * SLICE], &mut target[..count * SLICE]);
        source.chunks_exact(SLICE).for_each(|items| room.push_slice(items));
        meter(&mut || target.chunks_exact_mut(SLICE).for_each(|items| black_box(&mut room).pop_slice(items)));
        wrong |= u64::from(source != target);
    }
    verdict(wrong)
}

/// The items of a round; none is a zero.
fn source<R: Slices>() -> Vec<R::Item> {
    (0..ROUND).map(|item| R::Item::from((item % 251 + 1) as u8)).collect()
}
