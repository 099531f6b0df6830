//! crossfire 3.1, its MPSC and MPMC flavours: <https://github.com/frostyplanet/crossfire-rs>. Blocks.

use crossfire::{MRx, MTx, Rx, mpmc, mpsc};

use crate::many::rival::{Blocks, Handles, Rival};
use crate::signal::{Ended, Signal};

pub struct Mpsc;
pub struct Mpmc;

impl Rival for Mpsc {
    const NAME: &'static str = "crossfire";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = MTx<mpsc::Array<u64>>;
    type Rx = Rx<mpsc::Array<u64>>;

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = mpsc::bounded_blocking(capacity);
        Ok((vec![tx; producers], vec![rx]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return tx.send(word).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| tx.try_send(word).ok())
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(if signal.blocks() {
            rx.recv().map_err(|_| Ended::Done)?
        } else {
            signal.retry(|| rx.try_recv().ok())?
        });
        Ok(())
    }
}

impl Rival for Mpmc {
    const NAME: &'static str = "crossfire";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = MTx<mpmc::Array<u64>>;
    type Rx = MRx<mpmc::Array<u64>>;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = mpmc::bounded_blocking(capacity);
        Ok((vec![tx; producers], vec![rx; consumers]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return tx.send(word).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| tx.try_send(word).ok())
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(if signal.blocks() {
            rx.recv().map_err(|_| Ended::Done)?
        } else {
            signal.retry(|| rx.try_recv().ok())?
        });
        Ok(())
    }
}
