//! Channels that block, and can be asked not to.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use thingbuf::mpsc::blocking;
use tokio::sync::mpsc as tokio_mpsc;

use crate::many::rival::{Blocks, Handles, Rival};
use crate::signal::{Ended, Signal};

pub struct Crossbeam;
pub struct Std;
pub struct Kanal;
pub struct Flume;
pub struct Tokio;
pub struct Thingbuf;

impl Rival for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    const BLOCKS: Blocks = Blocks::Can;
    const NOTE: &'static str = "receives with recv, then try_iter where batches are sent";
    type Tx = crossbeam_channel::Sender<u64>;
    type Rx = crossbeam_channel::Receiver<u64>;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = crossbeam_channel::bounded(capacity);
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

    #[inline(always)]
    fn recv_batch(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        Self::recv(rx, &mut each, signal)?;
        rx.try_iter().for_each(each);
        Ok(())
    }
}

impl Rival for Std {
    const NAME: &'static str = "std sync_channel";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = SyncSender<u64>;
    type Rx = Receiver<u64>;

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = sync_channel(capacity);
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

impl Rival for Kanal {
    const NAME: &'static str = "kanal";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = kanal::Sender<u64>;
    type Rx = kanal::Receiver<u64>;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = kanal::bounded(capacity);
        Ok((vec![tx; producers], vec![rx; consumers]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return tx.send(word).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| tx.try_send(word).unwrap_or(false).then_some(()))
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(if signal.blocks() {
            rx.recv().map_err(|_| Ended::Done)?
        } else {
            signal.retry(|| rx.try_recv().ok().flatten())?
        });
        Ok(())
    }
}

impl Rival for Flume {
    const NAME: &'static str = "flume";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = flume::Sender<u64>;
    type Rx = flume::Receiver<u64>;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = flume::bounded(capacity);
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

impl Rival for Tokio {
    const NAME: &'static str = "tokio mpsc";
    const BLOCKS: Blocks = Blocks::Can;
    const NOTE: &'static str =
        "outside of a runtime: blocking_send, blocking_recv; batches: blocking_recv_many";
    type Tx = tokio_mpsc::Sender<u64>;
    type Rx = (tokio_mpsc::Receiver<u64>, Vec<u64>);

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = tokio_mpsc::channel(capacity);
        Ok((vec![tx; producers], vec![(rx, Vec::new())]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return tx.blocking_send(word).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| tx.try_send(word).ok())
    }

    #[inline(always)]
    fn recv((rx, _): &mut Self::Rx, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        each(if signal.blocks() {
            rx.blocking_recv().ok_or(Ended::Done)?
        } else {
            signal.retry(|| rx.try_recv().ok())?
        });
        Ok(())
    }

    #[inline(always)]
    fn recv_batch(
        (rx, words): &mut Self::Rx,
        mut each: impl FnMut(u64),
        signal: &Signal,
    ) -> Result<(), Ended> {
        if !signal.blocks() {
            each(signal.retry(|| rx.try_recv().ok())?);
            return Ok(());
        }
        if rx.blocking_recv_many(words, 256) == 0 {
            return Err(Ended::Done);
        }
        words.drain(..).for_each(each);
        Ok(())
    }
}

impl Rival for Thingbuf {
    const NAME: &'static str = "thingbuf channel";
    const BLOCKS: Blocks = Blocks::Can;
    type Tx = blocking::Sender<u64>;
    type Rx = blocking::Receiver<u64>;

    fn open(capacity: usize, producers: usize, _: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = blocking::channel(capacity);
        Ok(((0..producers).map(|_| tx.clone()).collect(), vec![rx]))
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
            rx.recv().ok_or(Ended::Done)?
        } else {
            signal.retry(|| rx.try_recv().ok())?
        });
        Ok(())
    }
}
