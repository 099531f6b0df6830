//! Who takes part in the round trip: each as a ring or channel with one reader.

use std::marker::PhantomData;

use ringfold::broadcast::{self, Producer, Reader};

use super::channels;
use crate::broadcast::rival::Channel;
use crate::contender::Role;
use crate::rivals::Visit;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

/// Everybody.
pub fn everybody<E: Payload>(visitor: &mut impl Visit<E>) {
    visitor.visit::<Park>();
    visitor.visit::<Polled>();
    visitor.visit::<crate::rivals::disruptor::Disruptor>();
    visitor.visit::<OneToOne<channels::Crossbeam>>();
    visitor.visit::<OneToOne<channels::Bus>>();
    visitor.visit::<OneToOne<channels::Tokio>>();
    visitor.visit::<OneToOne<channels::AsyncBroadcast>>();
}

/// ringfold as it comes.
pub struct Park;
/// ringfold by the calls that never wait.
pub struct Polled;

type Ring<E> = Result<(Producer<E>, Reader<E>), OpenError>;

fn ring<E: Payload>(capacity: usize) -> Ring<E> {
    let producer = broadcast::builder(capacity).build()?;
    let reader = producer.subscribe();
    Ok((producer, reader))
}

impl<E: Payload> Rival<E> for Park {
    const NAME: &'static str = "ringfold broadcast";
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const STREAM: Option<&'static str> = None;
    const NOTE: &'static str = "publish, recv_up_to(1)";
    type Tx = Producer<E>;
    type Rx = Reader<E>;

    fn open(capacity: usize) -> Ring<E> {
        ring(capacity)
    }
}

impl<E: Payload> Sender<E> for Producer<E> {
    #[inline(always)]
    fn send(&mut self, item: E, _: &Signal) -> Result<(), Ended> {
        self.publish(|event| *event = item).map(drop).map_err(|_| Ended::Aborted)
    }
}

impl<E: Payload> Receiver<E> for Reader<E> {
    #[inline(always)]
    fn recv(&mut self, _: &Signal) -> Result<E, Ended> {
        Ok(self.recv_up_to(1).map_err(|_| Ended::Done)?[0])
    }
}

/// A handle whose calls never wait.
pub struct Polling<H>(H);

impl<E: Payload> Rival<E> for Polled {
    const NAME: &'static str = "ringfold broadcast, polled";
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = None;
    const NOTE: &'static str = "try_publish, poll_up_to(1)";
    type Tx = Polling<Producer<E>>;
    type Rx = Polling<Reader<E>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity).map(|(tx, rx)| (Polling(tx), Polling(rx)))
    }
}

impl<E: Payload> Sender<E> for Polling<Producer<E>> {
    #[inline(always)]
    fn send(&mut self, item: E, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.0.try_publish(|event| *event = item).ok()).map(drop)
    }
}

impl<E: Payload> Receiver<E> for Polling<Reader<E>> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<E, Ended> {
        signal.retry(|| self.0.poll_up_to(1).first().copied())
    }
}

/// A channel with one sender and one receiver.
pub struct OneToOne<K>(PhantomData<K>);
/// Its sender.
pub struct Tx<E: Payload, K: Channel<E>>(K::Tx);
/// Its receiver.
pub struct Rx<E: Payload, K: Channel<E>>(K::Rx);

impl<E: Payload, K: Channel<E>> Rival<E> for OneToOne<K> {
    const NAME: &'static str = K::NAME;
    const WAYS: Ways = K::WAYS;
    const STREAM: Option<&'static str> = None;
    const NOTE: &'static str = K::NOTE;
    type Tx = Tx<E, K>;
    type Rx = Rx<E, K>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        let (tx, rx) = K::open(capacity, 1, 1)?;
        let (tx, rx) = (tx.into_iter().next(), rx.into_iter().next());
        Ok((tx.map(Tx).ok_or("no sender")?, rx.map(Rx).ok_or("no receiver")?))
    }
}

impl<E: Payload, K: Channel<E>> Sender<E> for Tx<E, K> {
    #[inline(always)]
    fn send(&mut self, item: E, signal: &Signal) -> Result<(), Ended> {
        K::send(&mut self.0, item, signal)
    }
}

impl<E: Payload, K: Channel<E>> Receiver<E> for Rx<E, K> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<E, Ended> {
        match signal.blocks() {
            true => K::recv(&mut self.0).ok_or(Ended::Done),
            false => signal.retry(|| K::try_recv(&mut self.0)),
        }
    }
}
