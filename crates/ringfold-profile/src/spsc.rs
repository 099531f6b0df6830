//! `spsc`.

use ringfold::memory::Error;
use ringfold::spsc::{self, Consumer, Producer};

use crate::in_place::{CLAIM, InPlace};
use crate::items::Room;
use crate::slices::Slices;

/// Both handles.
pub struct Spsc(Producer<u64>, Consumer<u64>);

fn open(capacity: usize) -> Result<Spsc, Error> {
    let (producer, consumer) = spsc::with_capacity(capacity)?;
    Ok(Spsc(producer, consumer))
}

impl Room for Spsc {
    fn open(capacity: usize) -> Result<Self, Error> {
        open(capacity)
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = self.0.push(item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.1.pop().ok()
    }
}

impl Slices for Spsc {
    type Item = u64;

    fn open(capacity: usize) -> Result<Self, Error> {
        open(capacity)
    }

    #[inline(always)]
    fn push_slice(&mut self, items: &[u64]) {
        let _ = self.0.push_slice(items);
    }

    #[inline(always)]
    fn pop_slice(&mut self, items: &mut [u64]) {
        self.1.pop_slice(items);
    }
}

impl InPlace for Spsc {
    fn open(capacity: usize) -> Result<Self, Error> {
        open(capacity)
    }

    #[inline(always)]
    fn claim(&mut self, first: u64) {
        let Ok(mut claim) = self.0.claim(CLAIM) else { return };
        claim.fill(|index| first + index as u64);
        claim.commit();
    }

    #[inline(always)]
    fn peek(&mut self) -> u64 {
        let view = self.1.peek();
        let sum = view.get(..CLAIM).map_or(0, |items| items.iter().sum());
        view.consume(CLAIM);
        sum
    }
}
