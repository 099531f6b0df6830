//! Many producers, one consumer, a lane for each producer: the most items, in the order of each producer.
//!
//! Between producers there is no order. Where a total order is needed, [`mpsc`](crate::mpsc) has it.
//!
//! ```
//! use std::thread;
//! use ringfold::lanes;
//!
//! let (producers, mut consumer) = lanes::with_capacity(3, 1024)?;
//! for (mut producer, word) in producers.into_iter().zip(["fold", "the", "ring"]) {
//!     thread::spawn(move || {
//!         for letter in word.chars() {
//!             producer.push((producer.lane(), letter)).expect("the consumer is there");
//!         }
//!     });
//! }
//! let mut words = [const { String::new() }; 3];
//! for (lane, letter) in consumer.iter() { // until all producers are gone
//!     words[lane as usize].push(letter);
//! }
//! assert_eq!(words, ["fold", "the", "ring"], "in the order of each producer");
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! # What a caller may rely on
//!
//! * What one producer pushes comes out in that order. A `try_pop` that begins after a `push` has returned (in the sense of
//!   happens-before) finds an item, though perhaps another one.
//! * No lane starves: see invariant 6. A visit takes at most 16 KiB of items, or 256 where that is more.
//! * A producer waits only for room in its own lane. One that is stopped, wherever, keeps nobody else from anything.
//! * Joining works at any time, from either side. Leaving is dropping the producer: its lane is read out and then given back.
//! * The ring is closed when no producer is left and all was read, or when the consumer is dropped. Whoever joins by the handle of a producer that is closed
//!   is closed from the start. A consumer that is told `Closed` may [`join`](Consumer::join)
//!   somebody, and the ring is open again.
//! * The memory of each lane is its own: what was asked for, for every producer.
//! * A thread that panics drops its handle too, so `Closed` does not mean finished. Join the thread, or send an end mark.
//!
//! # In async code
//!
//! [`Producer::into_async`] and [`Consumer::into_async`] make handles whose `push` and `pop` are awaited; the writing half is that of
//! [`spsc`](crate::spsc#in-async-code). Each handle is turned by itself, so some may be plain threads and others tasks. Any runtime will do.
//! `pop` is cancel-safe. With the feature `futures` an `AsyncConsumer` is a `Stream` and an `AsyncProducer` a `Sink`.
//!
//! # How it works
//!
//! ```text
//!   Producer ──► lane 0  │ · · a b c · · │ ──┐         ┌──────────────────────┐
//!   Producer ──► lane 1  │ · · · · · · · │ ──┼─ turns ─┤ Consumer             │
//!   Producer ──► lane 2  │ d e · · · · f │ ──┘         │  current, active     │
//!        │                                             │  idle (armed)        │
//!        │  only into an armed lane                    └──────────▲───────────┘
//!        └────────────► said: one bit a lane ──► doorbell ────────┘
//! ```
//!
//! Each lane is an [`spsc`](crate::spsc) ring, so producers share nothing: pushing is what it is there, a store and a load, however
//! many there are.
//!
//! What is left to do is not to look at a thousand lanes for one item, and to sleep at all of them at once. The consumer *arms* a lane that has
//! been empty, by leaving a waker at that lane's own doorbell. A producer rings there in any case, after each publication, at the price of a
//! load; if the lane is armed, that disarms it, sets the lane's bit in a word that all share, and rings the one doorbell at which the
//! consumer sleeps. So the word is touched once for each time that a lane wakes up, and not for each item.
//!
//! One ring for each producer with a word of bits to find the busy ones is old craft in network drivers and message buses; that the armed
//! doorbell of the lane is the bit's guard, so that the producers' fast path knows nothing of lanes, is ours.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | a lane's words | as in [`spsc`](crate::spsc) | | |
//! | a lane's `consumer_bell` | consumer (arms), that lane's producer (disarms) | both | armed: the next publication is told |
//! | `said` | producers and joiners (or), consumer (exchange for 0) | all | lanes to look at, and whether somebody joined |
//! | `bell` | consumer, and who wakes it | all | where the consumer sleeps |
//! | `door` | who joins, consumer | both | lanes that the consumer has not taken in, and whether it is gone |
//!
//! ## Invariants
//!
//! 1. A lane is the consumer's `current`, one of its `active`, one of its `idle`, or waits at the `door`.
//! 2. An idle lane is armed, or its bit is set or about to be set by a producer whose call has not returned. So nothing is in an idle lane that
//!    the consumer will not be told of.
//! 3. A lane that the consumer believes armed is armed, or the same.
//! 4. A lane goes idle only after it was armed, the heavy half of the [barrier](ringfold_core::wait::Barrier) was passed, and it was found
//!    empty, with its producer there, after that.
//! 5. A lane is taken out only when its producer was seen to be gone and it was found empty after that.
//! 6. Between two visits of a lane that holds items the consumer visits every other active lane that holds some, at most once each, and
//!    moves at most a visit's worth out of it.
//!
//! ## Orderings, derived from the promise
//!
//! Items travel through the lanes, whose cursors order them. The bits of `said` order nothing: a lane is looked at from its bit on until it
//! is armed again, so it matters only that a bit is not missed. Arming and publishing is the protocol of [`ringfold_core::wait`]: the producer writes
//! its cursor and reads whether the lane is armed, the consumer arms it and reads the cursor, with a barrier on both sides, of which the
//! producer's half is free; one heavy half serves all lanes. A lane that joins is handed over under a lock, before the
//! joining producer's own lane can be seen closed: so a consumer that has seen the last lane closed finds who joined before.

mod builder;
mod consumer;
mod lane;
mod producer;
mod rounds;
mod shared;
mod view;

mod asynchronous;

pub use asynchronous::AsyncConsumer;
pub use builder::{Builder, builder, with_capacity};
pub use consumer::{Consumer, Iter};
pub use producer::Producer;
pub use view::View;

pub use crate::spsc::{AsyncProducer, Claim, IntoIter};
