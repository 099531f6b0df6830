//! Many producers, one consumer, one total order; and no producer ever waits for another.
//!
//! ```
//! use std::thread;
//! use ringfold::mpsc;
//!
//! let (producer, mut consumer) = mpsc::with_capacity::<u32>(65_536)?;
//! let threads: Vec<_> = (0..4)
//!     .map(|i| {
//!         let mut producer = producer.clone();
//!         thread::spawn(move || producer.push_slice(&[i; 64]))
//!     })
//!     .collect();
//! let view = consumer.peek_at_least(4 * 64).unwrap(); // waits
//! assert_eq!(view.len(), 256, "four threads, one slice");
//! for run in view.chunks(64) {
//!     assert!(run.iter().all(|item| *item == run[0]), "a slice of 64 stays together");
//! }
//! view.consume(256);
//! assert!(consumer.is_empty());
//! # threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
//! # drop(producer);
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! # What a caller may rely on
//!
//! * A push that returned before another began (in the sense of happens-before) comes out first, whichever producers they were.
//! * A producer waits for room only. One that is stopped in the midst of a claim keeps nobody from pushing until the ring is full.
//! * What is pushed by one call of `try_push_slice`, or committed by one claim, stays together.
//! * Who waits for much room is overtaken by those who wait for little, but not for ever: when 64 others have been admitted before it,
//!   those who came later wait behind it. Producers that do not wait may still be quicker.
//! * A claim that is dropped, by a panic for instance, is aborted: the consumer steps over it. A claim or a producer that is *forgotten* is
//!   a gap: the consumer waits for it until all other producers are gone (and for a forgotten producer, for ever).
//! * Dropping the consumer closes the ring, as does dropping the last producer. The consumer reads everything that was pushed before it is told
//!   `Closed`. What nobody reads is dropped, once, with the last handle.
//! * A thread that panics drops its handle too, so `Closed` does not mean finished. Join the thread, or send an end mark.
//!
//! # In async code
//!
//! [`Producer::into_async`] and [`Consumer::into_async`] make handles whose `push`, `claim` and `pop` are awaited. Each handle is turned
//! by itself, so some may be plain threads and others tasks; clone an [`AsyncProducer`] for each task that writes. Any runtime will do: a task
//! sleeps in the same lobby, or at the same doorbell, as a thread, with a waker in place of a thread. `pop` and `claim` are cancel-safe;
//! do not await anything while you hold a claim. A future that is neither polled nor dropped keeps the one wake-up that it was given,
//! until its handle is used again or dropped.
//!
//! With the feature `futures` an `AsyncConsumer` is a `Stream` and an `AsyncProducer` a `Sink`, as in the example at
//! [`spsc`](crate::spsc#in-async-code). Flush such a sink before you drop it: it holds an item back if another producer was quicker to
//! take the room that it saw.
//!
//! # How it works
//!
//! ```text
//!   Producer ─┐  claimed: compare-and-swap                             Consumer
//!   Producer ─┼────────────►  ┌───────────────────────────────┐   ┌──────────────────┐
//!   Producer ─┘               │ slots  a b c │ · · │ f g │ · · │◄──┤ cursor .. found  │
//!        │                    │ marks  3     │ open│ 7   │ ·   │◄──┤ (reads the marks)│
//!        │ commit: one store  └───────────────▲───────────────┘   └────────┬─────────┘
//!        └────────────────────────────────────┘                            │
//!             ◄──────────── consumer.cursor (Release → Acquire: room) ◄─────┘
//! ```
//!
//! A producer claims slots by moving `claimed` on, if there is room; fills them; and commits them by a single store into the claim's *mark*
//! (`../marks.rs`). The consumer reads marks in order and so gathers what it hands out as one slice. It stops at a claim that is open,
//! which is what a total order means; the other producers need not care.
//!
//! Claiming by compare-and-swap and publishing out of band is what LMAX's Disruptor (2011) and Agrona's many-to-one ring buffer do; marks that hold
//! the end of a claim, so that they are never cleared, any length costs one store, and payloads stay contiguous, are ours.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `claimed` | producers (compare-and-swap) | producers | slots before it are claimed, or were |
//! | `mark[s]` | the producer that claimed from `s` | consumer | the claim's end: it holds items, or was aborted |
//! | `consumer.cursor` | consumer | producers | items before it are moved out, their slots vacant |
//! | `producers` | producers, on clone and drop | consumer | how many there are |
//! | `consumer_gone` | consumer, once | producers | nobody reads any more |
//! | `handles` | all, on clone and drop | all | who touches the ring; the last one frees it |
//! | the lobby, the doorbell | who sleeps, and who wakes | both | who sleeps |
//!
//! ## Invariants
//!
//! 1. `consumer.cursor <= found <= claimed <= consumer.cursor + capacity`, where `found` is the consumer's own.
//! 2. Slots in `consumer.cursor .. found` hold items and belong to the consumer.
//! 3. A slot that was claimed and is not committed or aborted belongs to the producer that claimed it. It was vacant: that producer has
//!    observed a consumer cursor that allows it.
//! 4. No sequence is ever claimed twice: positions are 64 bits and never wrap, so the compare-and-swap knows no ABA.
//! 5. A mark is either of this lap or not beyond its own sequence (`../marks.rs`).
//! 6. Whoever leaves last owns every slot and drops what was not read.
//!
//! ## Orderings, derived from the promise
//!
//! Whoever pops an item sees everything that happened before its push: the store of a mark is a Release, the consumer's load an Acquire.
//! Whoever finds a slot vacant must not overwrite an item that is still being moved out: the same, the other way round, for
//! `consumer.cursor`. Claiming orders nothing. A producer's leaving is a Release after its last commit, so a consumer that has seen none left looks
//! once more and then knows the end. Sleeping and waking is [`ringfold_core::wait`]'s protocol.

mod asynchronous;
mod builder;
mod claim;
mod consumer;
mod producer;
mod shared;
mod view;

pub use asynchronous::{AsyncConsumer, AsyncProducer};
pub(crate) use builder::assemble;
pub use builder::{Builder, builder, with_capacity};
pub use claim::Claim;
pub use consumer::{Consumer, Iter};
pub use producer::Producer;
pub use view::{IntoIter, View};

/// A lane for each producer: [`lanes`](fn@lanes) makes them.
#[doc(inline)]
pub use crate::lanes::{self, with_capacity as lanes};
