//! picoring 0.6, its MPSC ring. With more than one producer it spins inside for a commit that a preempted thread owes, for minutes on two
//! cores, and cannot be stopped; so it takes part with one producer only.

use picoring::mpsc::{PicoMpscConsumer, PicoMpscProducer};

use crate::many::rival::{Blocks, Handles, Rival};
use crate::signal::{Ended, Signal};

pub struct Picoring;

impl Rival for Picoring {
    const NAME: &'static str = "picoring";
    const BLOCKS: Blocks = Blocks::Never;
    const NOTE: &'static str = "one producer only: with more it does not finish on two cores";
    type Tx = PicoMpscProducer<u64>;
    type Rx = PicoMpscConsumer<u64>;

    fn takes(producers: usize, consumers: usize) -> bool {
        (producers, consumers) == (1, 1)
    }

    fn open(capacity: usize, _: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = picoring::create_mpsc(capacity)?;
        Ok((vec![tx], vec![rx]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| tx.push(word).then_some(()))
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(signal.retry(|| rx.pop())?);
        Ok(())
    }
}
