//! `mpsc`, `lanes` and `mpmc`, each with one producer.

use ringfold::memory::Error;
use ringfold::{lanes, mpmc, mpsc};

use crate::in_place::{CLAIM, InPlace};
use crate::items::Room;

/// Both handles.
pub struct Mpsc(mpsc::Producer<u64>, mpsc::Consumer<u64>);

fn open(capacity: usize) -> Result<Mpsc, Error> {
    let (producer, consumer) = mpsc::with_capacity(capacity)?;
    Ok(Mpsc(producer, consumer))
}

impl Room for Mpsc {
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

impl InPlace for Mpsc {
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

/// The consumer, and the producer of the first of four lanes; the others are there and silent.
pub struct Lanes(Vec<lanes::Producer<u64>>, lanes::Consumer<u64>);

impl Room for Lanes {
    fn open(capacity: usize) -> Result<Self, Error> {
        let (producers, consumer) = lanes::with_capacity(4, capacity)?;
        Ok(Lanes(producers, consumer))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = self.0[0].push(item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.1.pop().ok()
    }
}

/// Both handles.
pub struct Mpmc(mpmc::Producer<u64>, mpmc::Consumer<u64>);

impl Room for Mpmc {
    fn open(capacity: usize) -> Result<Self, Error> {
        let (producer, consumer) = mpmc::with_capacity(capacity)?;
        Ok(Mpmc(producer, consumer))
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
