//! Queues that never block.

use std::sync::Arc;

use crate::many::rival::{Blocks, Handles, Rival};
use crate::signal::{Ended, Signal};

/// `crossbeam_queue::ArrayQueue`.
pub struct ArrayQueue;
/// `concurrent_queue::ConcurrentQueue`, bounded.
pub struct ConcurrentQueue;
/// `thingbuf::ThingBuf`.
pub struct ThingbufQueue;

type Shared<Q> = Handles<Arc<Q>, Arc<Q>>;

fn share<Q>(queue: Q, producers: usize, consumers: usize) -> (Vec<Arc<Q>>, Vec<Arc<Q>>) {
    let queue = Arc::new(queue);
    (vec![queue.clone(); producers], vec![queue; consumers])
}

impl Rival for ArrayQueue {
    const NAME: &'static str = "crossbeam ArrayQueue";
    const BLOCKS: Blocks = Blocks::Never;
    type Tx = Arc<crossbeam_queue::ArrayQueue<u64>>;
    type Rx = Self::Tx;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Shared<crossbeam_queue::ArrayQueue<u64>> {
        Ok(share(crossbeam_queue::ArrayQueue::new(capacity), producers, consumers))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| tx.push(word).ok())
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(signal.retry(|| rx.pop())?);
        Ok(())
    }
}

impl Rival for ConcurrentQueue {
    const NAME: &'static str = "concurrent-queue";
    const BLOCKS: Blocks = Blocks::Never;
    type Tx = Arc<concurrent_queue::ConcurrentQueue<u64>>;
    type Rx = Self::Tx;

    fn open(
        capacity: usize,
        producers: usize,
        consumers: usize,
    ) -> Shared<concurrent_queue::ConcurrentQueue<u64>> {
        Ok(share(concurrent_queue::ConcurrentQueue::bounded(capacity), producers, consumers))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| tx.push(word).ok())
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(signal.retry(|| rx.pop().ok())?);
        Ok(())
    }
}

impl Rival for ThingbufQueue {
    const NAME: &'static str = "thingbuf queue";
    const BLOCKS: Blocks = Blocks::Never;
    type Tx = Arc<thingbuf::ThingBuf<u64>>;
    type Rx = Self::Tx;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Shared<thingbuf::ThingBuf<u64>> {
        Ok(share(thingbuf::ThingBuf::new(capacity), producers, consumers))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| tx.push(word).ok())
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(signal.retry(|| rx.pop())?);
        Ok(())
    }
}
