//! ringfold itself.

use std::ops::Range;

use ringfold::broadcast::{self, Reader};

use crate::broadcast::check::Check;
use crate::broadcast::course::Course;
use crate::broadcast::rival::{Handles, Order, Rival, event};
use crate::broadcast::shape::Shape;
use crate::contender::Role;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::Ways;

/// As it comes: the calls that wait, which park when it takes long.
pub struct Park;
/// The calls that never wait, as the rivals without waiting are used.
pub struct Polled;

type Producer<E> = broadcast::Producer<E>;

fn open<E: Payload>(order: Order) -> Handles<Producer<E>, Reader<E>> {
    let producer = broadcast::builder::<E>(order.capacity).build()?;
    let mut readers: Vec<Reader<E>> = Vec::new();
    for after in order.shape.readers() {
        let upstream = after.iter().map(|&reader| &readers[reader]);
        let reader = producer.subscription().after(upstream).join()?;
        readers.push(reader);
    }
    Ok((vec![producer], readers))
}

/// Writes the events of `words` into a batch.
#[inline(always)]
fn fill<E: Payload>(events: &mut [E], words: Range<u64>) {
    events.iter_mut().zip(words).for_each(|(place, word)| *place = event(word));
}

impl<E: Payload> Rival<E> for Park {
    const NAME: &'static str = "ringfold broadcast";
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = "publish, recv; batches: publish_batch";
    type Tx = Producer<E>;
    type Rx = Reader<E>;

    fn takes(shape: Shape) -> bool {
        shape.producers() == 1
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

impl<E: Payload> Rival<E> for Polled {
    const NAME: &'static str = "ringfold broadcast, polled";
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "try_publish, poll; batches: try_claim";
    type Tx = Producer<E>;
    type Rx = Reader<E>;

    fn takes(shape: Shape) -> bool {
        shape.producers() == 1
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
