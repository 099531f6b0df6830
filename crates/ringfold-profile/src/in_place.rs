//! 64 items at a time, made and read where they lie.

use std::hint::black_box;

use ringfold::memory::Error;

use crate::{CAPACITY, Failure, Meter, ROUND, rounds, verdict};

/// Items of one claim.
pub const CLAIM: usize = 64;
/// Claims of one round.
const CLAIMS: u64 = ROUND / CLAIM as u64;

/// Both ends of a ring that lends its memory out.
pub trait InPlace: Sized {
    /// One that holds so many items.
    fn open(capacity: usize) -> Result<Self, Error>;

    /// Makes 64 items, which count up from `first`; there is room.
    fn claim(&mut self, first: u64);

    /// Adds up the 64 oldest items and takes them out. 0 if there are not so many.
    fn peek(&mut self) -> u64;
}

/// Claims, fills and commits.
pub fn claim<R: InPlace>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let mut wrong = 0;
    for claims in rounds(operations, CLAIMS) {
        meter(&mut || claims.clone().for_each(|claim| black_box(&mut room).claim(black_box(claim))));
        claims.for_each(|claim| wrong |= room.peek() ^ sum(claim));
    }
    verdict(wrong)
}

/// Claims, fills and commits; then views, adds up and consumes.
pub fn claim_and_peek<R: InPlace>(operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut room = R::open(CAPACITY)?;
    let mut wrong = 0;
    let mut seen = 0;
    for claims in rounds(operations, CLAIMS) {
        meter(&mut || {
            claims.clone().for_each(|claim| {
                black_box(&mut room).claim(black_box(claim));
                wrong |= black_box(&mut room).peek() ^ sum(claim);
            });
            seen = claims.end;
        });
    }
    verdict(wrong | (seen ^ operations))
}

/// What a claim's items, which count up from `first`, add up to.
#[inline(always)]
fn sum(first: u64) -> u64 {
    const COUNT: u64 = CLAIM as u64;
    COUNT * first + COUNT * (COUNT - 1) / 2
}
