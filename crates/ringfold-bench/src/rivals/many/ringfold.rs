//! ringfold itself, as it comes.

use ringfold::{lanes, mpmc, mpsc};

use crate::contender::Role;
use crate::many::rival::{Blocks, Handles, Rival};
use crate::signal::{Ended, Signal};

/// One ring, a total order.
pub struct Mpsc;
/// One lane for each producer, an order for each producer.
pub struct Lanes;
/// Any to any.
pub struct Mpmc;

impl Rival for Mpsc {
    const NAME: &'static str = "ringfold mpsc";
    const ROLE: Role = Role::Ours;
    const BLOCKS: Blocks = Blocks::Always;
    const NOTE: &'static str = "push, pop; batches: push_slice, peek_at_least";
    type Tx = mpsc::Producer<u64>;
    type Rx = mpsc::Consumer<u64>;

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (producer, consumer) = mpsc::with_capacity(capacity)?;
        Ok((vec![producer; producers], vec![consumer]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, _: &Signal) -> Result<(), Ended> {
        tx.push(word).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn send_batch(tx: &mut Self::Tx, words: &[u64], _: &Signal) -> Result<(), Ended> {
        tx.push_slice(words).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), _: &Signal) -> Result<(), Ended> {
        each(rx.pop().map_err(|_| Ended::Done)?);
        Ok(())
    }

    #[inline(always)]
    fn recv_batch(rx: &mut Self::Rx, each: impl FnMut(u64), _: &Signal) -> Result<(), Ended> {
        let words = rx.peek_at_least(1).map_err(|_| Ended::Done)?;
        words.iter().copied().for_each(each);
        let count = words.len();
        words.consume(count);
        Ok(())
    }
}

impl Rival for Lanes {
    const NAME: &'static str = "ringfold lanes";
    const ROLE: Role = Role::OursTuned;
    const BLOCKS: Blocks = Blocks::Always;
    const NOTE: &'static str = "promises the order of each producer only; each lane has all the slots";
    type Tx = lanes::Producer<u64>;
    type Rx = lanes::Consumer<u64>;

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (producers, consumer) = lanes::with_capacity(producers, capacity)?;
        Ok((producers, vec![consumer]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, _: &Signal) -> Result<(), Ended> {
        tx.push(word).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn send_batch(tx: &mut Self::Tx, words: &[u64], _: &Signal) -> Result<(), Ended> {
        tx.push_slice(words).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), _: &Signal) -> Result<(), Ended> {
        each(rx.pop().map_err(|_| Ended::Done)?);
        Ok(())
    }

    #[inline(always)]
    fn recv_batch(rx: &mut Self::Rx, each: impl FnMut(u64), _: &Signal) -> Result<(), Ended> {
        let words = rx.next_view().map_err(|_| Ended::Done)?;
        words.iter().copied().for_each(each);
        let count = words.len();
        words.consume(count);
        Ok(())
    }
}

impl Rival for Mpmc {
    const NAME: &'static str = "ringfold mpmc";
    const ROLE: Role = Role::Ours;
    const BLOCKS: Blocks = Blocks::Always;
    type Tx = mpmc::Producer<u64>;
    type Rx = mpmc::Consumer<u64>;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (producer, consumer) = mpmc::with_capacity(capacity)?;
        Ok((vec![producer; producers], vec![consumer; consumers]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, _: &Signal) -> Result<(), Ended> {
        tx.push(word).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), _: &Signal) -> Result<(), Ended> {
        each(rx.pop().map_err(|_| Ended::Done)?);
        Ok(())
    }
}
