//! What somebody must offer to take part.

use std::hint::black_box;
use std::ops::Range;

use super::check::Check;
use super::course::Course;
use super::shape::Shape;
use crate::contender::Role;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Ways};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Who comes after whom.
    pub shape: Shape,
    /// Slots.
    pub capacity: usize,
    /// How the sides will wait, for those whose threads are not ours.
    pub wait: Wait,
    /// Where a reader must run that is not on one of our threads.
    pub core: Option<usize>,
}

/// One handle for each producer, and one for each reader in the order of [`Shape::readers`].
pub type Handles<Tx, Rx> = Result<(Vec<Tx>, Vec<Rx>), OpenError>;

/// Brings every event to every reader of a graph, and waits for the slowest.
pub trait Rival<E: Payload>: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// How it can wait.
    const WAYS: Ways;
    /// What of its API is used, and what a reader of the report should know.
    const NOTE: &'static str;
    /// One producer's handle.
    type Tx: Send + 'static;
    /// One reader's handle.
    type Rx: Send + 'static;

    /// Whether it can be had in this shape.
    fn takes(_shape: Shape) -> bool {
        true
    }

    /// Creates a handle for each.
    fn open(order: Order) -> Handles<Self::Tx, Self::Rx>;

    /// Publishes the events of these words, one per call.
    fn send_each(tx: &mut Self::Tx, words: Range<u64>, signal: &Signal) -> Result<(), Ended>;

    /// Publishes all of these with whatever facility there is for many.
    fn send_batch(tx: &mut Self::Tx, words: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        Self::send_each(tx, words, signal)
    }

    /// Reads to the end, with whatever facility there is.
    fn read<C: Check<E>>(rx: Self::Rx, check: &mut C, course: &Course) -> Result<(), Ended>;
}

/// The event of a word. A large one is made somewhere else first, so that it has to be copied in.
#[inline(always)]
pub fn event<E: Payload>(word: u64) -> E {
    if E::WORDS == 1 { E::make(word) } else { black_box(E::make(word)) }
}

/// A channel that brings every event to each of its receivers. [`Wired`](super::wired::Wired) makes graphs of them.
pub trait Channel<E: Payload>: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// How it can wait.
    const WAYS: Ways;
    /// What of its API is used.
    const NOTE: &'static str;
    /// Whether several may send.
    const MANY_SENDERS: bool = true;
    /// A sender.
    type Tx: Send + 'static;
    /// A receiver.
    type Rx: Send + 'static;

    /// A channel with so many of each.
    fn open(capacity: usize, senders: usize, receivers: usize) -> Handles<Self::Tx, Self::Rx>;

    /// Sends an event to all receivers, waiting for room.
    fn send(tx: &mut Self::Tx, event: E, signal: &Signal) -> Result<(), Ended>;

    /// The next event, if there is one.
    fn try_recv(rx: &mut Self::Rx) -> Option<E>;

    /// The next event; blocks. `None` when all senders are gone.
    fn recv(_rx: &mut Self::Rx) -> Option<E> {
        unreachable!("it never blocks")
    }
}
