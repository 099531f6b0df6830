//! Graphs made of channels: who has others behind it sends on what it has received.

use std::marker::PhantomData;
use std::ops::Range;

use super::check::Check;
use super::course::Course;
use super::rival::{Channel, Handles, Order, Rival, event};
use super::shape::Shape;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::Ways;

/// A channel, or several of them in a graph.
pub struct Wired<K>(PhantomData<K>);

/// A reader, and who hears from it.
pub struct Node<E: Payload, K: Channel<E>> {
    inputs: Vec<K::Rx>,
    output: Option<K::Tx>,
}

impl<E: Payload, K: Channel<E>> Rival<E> for Wired<K> {
    const NAME: &'static str = K::NAME;
    const WAYS: Ways = K::WAYS;
    const NOTE: &'static str = K::NOTE;
    type Tx = K::Tx;
    type Rx = Node<E, K>;

    fn takes(shape: Shape) -> bool {
        shape.producers() == 1 || K::MANY_SENDERS
    }

    fn open(order: Order) -> Handles<K::Tx, Node<E, K>> {
        let readers = order.shape.readers();
        let mut nodes: Vec<Node<E, K>> =
            readers.iter().map(|_| Node { inputs: Vec::new(), output: None }).collect();
        let first: Vec<usize> = (0..readers.len()).filter(|&reader| readers[reader].is_empty()).collect();
        let (sources, inputs) = K::open(order.capacity, order.shape.producers(), first.len())?;
        first.into_iter().zip(inputs).for_each(|(reader, input)| nodes[reader].inputs.push(input));
        for reader in 0..readers.len() {
            let next: Vec<usize> =
                (0..readers.len()).filter(|&other| readers[other].contains(&reader)).collect();
            if !next.is_empty() {
                let (outputs, inputs) = K::open(order.capacity, 1, next.len())?;
                nodes[reader].output = outputs.into_iter().next();
                next.into_iter().zip(inputs).for_each(|(other, input)| nodes[other].inputs.push(input));
            }
        }
        Ok((sources, nodes))
    }

    #[inline(always)]
    fn send_each(tx: &mut K::Tx, mut words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        words.try_for_each(|word| K::send(tx, event(word), signal))
    }

    fn read<C: Check<E>>(mut node: Node<E, K>, check: &mut C, course: &Course) -> Result<(), Ended> {
        loop {
            let event = match node.receive(check, course) {
                Ok(event) => event,
                Err(Ended::Done) => return Ok(()),
                Err(Ended::Aborted) => return Err(Ended::Aborted),
            };
            check.see(&event);
            if check.wrong() != 0 {
                return Ok(());
            }
            if let Some(output) = &mut node.output {
                K::send(output, event, &course.signal)?;
            }
        }
    }
}

impl<E: Payload, K: Channel<E>> Node<E, K> {
    /// The next event, which all inputs must have.
    #[inline(always)]
    fn receive<C: Check<E>>(&mut self, check: &mut C, course: &Course) -> Result<E, Ended> {
        let mut event = Err(Ended::Done);
        for input in &mut self.inputs {
            let next = match course.signal.blocks() {
                true => K::recv(input).ok_or(Ended::Done)?,
                false => course.retry(check.seen(), || K::try_recv(input))?,
            };
            if event.is_ok_and(|other: E| next.deviation(other.sequence()) != 0) {
                check.spoil();
            }
            event = Ok(next);
        }
        event
    }
}
