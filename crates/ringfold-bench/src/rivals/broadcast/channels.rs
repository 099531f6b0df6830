//! Channels whose receivers each get every event, and crossbeam's with one channel for each receiver.

use ::bus::BusReader;
use tokio::sync::broadcast as tokio_broadcast;

use crate::broadcast::rival::{Channel, Handles};
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::Ways;

/// crossbeam-channel 0.5, one for each receiver.
pub struct Crossbeam;
/// bus 2.4.
pub struct Bus;
/// tokio 1, `sync::broadcast`.
pub struct Tokio;
/// async-broadcast 0.7.
pub struct AsyncBroadcast;

impl<E: Payload> Channel<E> for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    const WAYS: Ways = Ways::Either;
    const NOTE: &'static str = "one channel for each receiver";
    type Tx = Vec<crossbeam_channel::Sender<E>>;
    type Rx = crossbeam_channel::Receiver<E>;

    fn open(capacity: usize, senders: usize, receivers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx): (Vec<_>, Vec<_>) = (0..receivers).map(|_| crossbeam_channel::bounded(capacity)).unzip();
        Ok((vec![tx; senders], rx))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, event: E, signal: &Signal) -> Result<(), Ended> {
        tx.iter().try_for_each(|tx| match signal.blocks() {
            true => tx.send(event).map_err(|_| Ended::Aborted),
            false => signal.insist(|| tx.try_send(event).ok()),
        })
    }

    #[inline(always)]
    fn try_recv(rx: &mut Self::Rx) -> Option<E> {
        rx.try_recv().ok()
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx) -> Option<E> {
        rx.recv().ok()
    }
}

impl<E: Payload> Channel<E> for Bus {
    const NAME: &'static str = "bus";
    const WAYS: Ways = Ways::Either;
    const NOTE: &'static str = "broadcast, recv, or their try_ forms";
    const MANY_SENDERS: bool = false;
    type Tx = ::bus::Bus<E>;
    type Rx = BusReader<E>;

    fn open(capacity: usize, _: usize, receivers: usize) -> Handles<Self::Tx, Self::Rx> {
        let mut bus = ::bus::Bus::new(capacity);
        let readers = (0..receivers).map(|_| bus.add_rx()).collect();
        Ok((vec![bus], readers))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, event: E, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            tx.broadcast(event);
            return Ok(());
        }
        signal.insist(|| tx.try_broadcast(event).ok())
    }

    #[inline(always)]
    fn try_recv(rx: &mut Self::Rx) -> Option<E> {
        rx.try_recv().ok()
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx) -> Option<E> {
        rx.recv().ok()
    }
}

/// A sender that asks for room before it would overwrite: the channel itself waits for nobody.
pub struct Gated<E> {
    tx: tokio_broadcast::Sender<E>,
    capacity: usize,
    room: usize,
}

impl<E: Payload> Channel<E> for Tokio {
    const NAME: &'static str = "tokio broadcast";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str =
        "it overwrites what was not read; gated from outside, by len() when the known room is used up";
    // Several could overwrite what each of them has seen to be vacant.
    const MANY_SENDERS: bool = false;
    type Tx = Gated<E>;
    type Rx = tokio_broadcast::Receiver<E>;

    fn open(capacity: usize, _: usize, receivers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = tokio_broadcast::channel(capacity);
        let receivers = (1..receivers).map(|_| tx.subscribe()).chain([rx]).collect();
        Ok((vec![Gated { tx, capacity, room: 0 }], receivers))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, event: E, signal: &Signal) -> Result<(), Ended> {
        if tx.room == 0 {
            tx.room = signal.insist(|| Some(tx.capacity - tx.tx.len()).filter(|&room| room > 0))?;
        }
        tx.room -= 1;
        tx.tx.send(event).map(drop).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn try_recv(rx: &mut Self::Rx) -> Option<E> {
        rx.try_recv().ok()
    }
}

impl<E: Payload> Channel<E> for AsyncBroadcast {
    const NAME: &'static str = "async-broadcast";
    const WAYS: Ways = Ways::Either;
    const NOTE: &'static str = "broadcast_blocking, recv_blocking, or their try_ forms";
    type Tx = async_broadcast::Sender<E>;
    type Rx = async_broadcast::Receiver<E>;

    fn open(capacity: usize, senders: usize, receivers: usize) -> Handles<Self::Tx, Self::Rx> {
        let (tx, rx) = async_broadcast::broadcast(capacity);
        Ok((vec![tx; senders], vec![rx; receivers]))
    }

    #[inline(always)]
    fn send(tx: &mut Self::Tx, event: E, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return tx.broadcast_blocking(event).map(drop).map_err(|_| Ended::Aborted);
        }
        signal.insist(|| tx.try_broadcast(event).ok()).map(drop)
    }

    #[inline(always)]
    fn try_recv(rx: &mut Self::Rx) -> Option<E> {
        rx.try_recv().ok()
    }

    #[inline(always)]
    fn recv(rx: &mut Self::Rx) -> Option<E> {
        rx.recv_blocking().ok()
    }
}
