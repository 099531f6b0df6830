//! ringfold itself.

use std::marker::PhantomData;
use std::ops::Range;

use ringfold::broadcast::{self, Mode, Multi, Producer, Reader, Single};

use crate::broadcast::check::Check;
use crate::broadcast::course::Course;
use crate::broadcast::rival::{Handles, Order, Rival, event};
use crate::broadcast::shape::Shape;
use crate::contender::Role;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::Ways;

/// As it comes: the calls that wait, which park when it takes long.
pub struct Park<M>(PhantomData<M>);
/// The calls that never wait, as the rivals without waiting are used.
pub struct Polled<M>(PhantomData<M>);

/// One producer, or several.
pub trait Producers: Mode + Sized + 'static {
    /// Whether it is for this shape.
    fn takes(shape: Shape) -> bool;

    /// A ring's first producer.
    fn first<E: Payload>(capacity: usize) -> Result<Producer<E, Self>, ringfold::memory::Error>;

    /// All of them.
    fn all<E: Payload>(first: Producer<E, Self>, count: usize) -> Vec<Producer<E, Self>>;
}

impl Producers for Single {
    fn takes(shape: Shape) -> bool {
        shape.producers() == 1
    }

    fn first<E: Payload>(capacity: usize) -> Result<Producer<E>, ringfold::memory::Error> {
        broadcast::builder(capacity).build()
    }

    fn all<E: Payload>(first: Producer<E>, _: usize) -> Vec<Producer<E>> {
        vec![first]
    }
}

impl Producers for Multi {
    fn takes(shape: Shape) -> bool {
        shape.producers() > 1
    }

    fn first<E: Payload>(capacity: usize) -> Result<Producer<E, Multi>, ringfold::memory::Error> {
        broadcast::builder(capacity).build_multi()
    }

    fn all<E: Payload>(first: Producer<E, Multi>, count: usize) -> Vec<Producer<E, Multi>> {
        vec![first; count]
    }
}

fn open<E: Payload, M: Producers>(order: Order) -> Handles<Producer<E, M>, Reader<E>> {
    let producer = M::first::<E>(order.capacity)?;
    let mut readers: Vec<Reader<E>> = Vec::new();
    for after in order.shape.readers() {
        let upstream = after.iter().map(|&reader| &readers[reader]);
        let reader = producer.subscription().after(upstream).join()?;
        readers.push(reader);
    }
    Ok((M::all(producer, order.shape.producers()), readers))
}

/// Writes the events of `words` into a batch.
#[inline(always)]
fn fill<E: Payload>(events: &mut [E], words: Range<u64>) {
    events.iter_mut().zip(words).for_each(|(place, word)| *place = event(word));
}

impl<E: Payload, M: Producers> Rival<E> for Park<M> {
    const NAME: &'static str = "ringfold broadcast";
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = "publish, recv; batches: publish_batch";
    type Tx = Producer<E, M>;
    type Rx = Reader<E>;

    fn takes(shape: Shape) -> bool {
        M::takes(shape)
    }

    fn open(order: Order) -> Handles<Self::Tx, Self::Rx> {
        open(order)
    }

    #[inline(always)]
    fn send_each(tx: &mut Self::Tx, mut words: Range<u64>, _: &Signal) -> Result<(), Ended> {
        words.try_for_each(|word| {
            tx.publish(|place| *place = event(word)).map(drop).map_err(|_| Ended::Aborted)
        })
    }

    #[inline(always)]
    fn send_batch(tx: &mut Self::Tx, words: Range<u64>, _: &Signal) -> Result<(), Ended> {
        let count = (words.end - words.start) as usize;
        tx.publish_batch(count, |events| fill(events, words)).map(drop).map_err(|_| Ended::Aborted)
    }

    fn read<C: Check<E>>(mut rx: Self::Rx, check: &mut C, _: &Course) -> Result<(), Ended> {
        while let Ok(events) = rx.recv() {
            check.see_all(events.iter());
        }
        Ok(())
    }
}

impl<E: Payload, M: Producers> Rival<E> for Polled<M> {
    const NAME: &'static str = "ringfold broadcast, polled";
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "try_publish, poll; batches: try_claim";
    type Tx = Producer<E, M>;
    type Rx = Reader<E>;

    fn takes(shape: Shape) -> bool {
        M::takes(shape)
    }

    fn open(order: Order) -> Handles<Self::Tx, Self::Rx> {
        open(order)
    }

    #[inline(always)]
    fn send_each(tx: &mut Self::Tx, mut words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        words.try_for_each(|word| {
            signal.insist(|| tx.try_publish(|place| *place = event(word)).ok()).map(drop)
        })
    }

    #[inline(always)]
    fn send_batch(tx: &mut Self::Tx, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        let count = (words.end - words.start) as usize;
        signal.insist(|| {
            let mut claim = tx.try_claim(count)?;
            fill(&mut claim, words.clone());
            Some(claim.commit())
        })?;
        Ok(())
    }

    fn read<C: Check<E>>(mut rx: Self::Rx, check: &mut C, course: &Course) -> Result<(), Ended> {
        course.follow(check, |check| check.see_all(rx.poll().iter()))
    }
}
