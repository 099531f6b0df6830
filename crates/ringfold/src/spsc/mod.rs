//! One producer, one consumer: the fastest hand-off between two threads.
//!
//! ```
//! let (mut producer, mut consumer) = ringfold::spsc::with_capacity(1024)?;
//! let writer = std::thread::spawn(move || {
//!     for i in 0..10_000u64 {
//!         producer.push(i).expect("the consumer is there"); // waits while the ring is full
//!     }
//! });
//! let mut sum = 0;
//! while let Ok(numbers) = consumer.peek_at_least(1) { // waits; then one slice, wrap or no wrap
//!     sum += numbers.iter().sum::<u64>();
//!     numbers.consume(usize::MAX);
//! }
//! writer.join().expect("it did not panic");
//! assert_eq!(sum, 49_995_000);
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! # What a caller may rely on
//!
//! * A `try_pop` that begins after a `push` has returned (in the sense of happens-before) finds the item;
//!   a `try_push` that begins after a `pop` has returned finds the room. Nothing is held back between
//!   calls. Only inside one call ([`Producer::push_iter`], [`Consumer::drain`]) is publication batched.
//! * A waiting [`Consumer::pop`] or [`Producer::push`] that has run dry may hold still to let the other side
//!   get ahead, as long as that has paid of late: a microsecond or two as a rule, about sixteen at the most.
//! * Dropping a handle closes the ring. The consumer reads everything that was pushed before it is told
//!   `Closed`. What nobody reads is dropped, once, with the second handle.
//! * A thread that panics drops its handle too, so `Closed` does not mean finished. Join the thread, or send an
//!   end mark.
//! * Forgetting a handle (`mem::forget`) leaks the ring and never closes it; forgetting a claim or a view
//!   is like dropping it, save that items written into the claim leak.
//!
//! # In async code
//!
//! [`Producer::into_async`] and [`Consumer::into_async`] make handles whose `push` and `pop` are awaited. Each half is turned by
//! itself, so one side may be a plain thread and the other a task. Any runtime will do: a half sleeps at the same doorbell as a thread,
//! with a waker in place of a thread. `pop` is cancel-safe; of `push`, see [`AsyncProducer::push`].
//!
//! With the feature `futures` the halves are a `Sink` and a `Stream`:
//!
//! ```
//! # #[cfg(feature = "futures")]
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use futures_util::{SinkExt, StreamExt, future::join}; // or those of `futures`
//!
//! let (producer, consumer) = ringfold::spsc::with_capacity(4)?;
//! let (mut sink, stream) = (producer.into_async(), consumer.into_async());
//! let sending = async {
//!     for i in 1..=10 {
//!         sink.send(i).await?; // waits for room
//!     }
//!     sink.close().await // the stream ends
//! };
//! let doubled = stream.map(|i| i * 2).collect::<Vec<_>>();
//! let (sent, doubled) = join(sending, doubled).await;
//! sent.expect("the stream was there");
//! assert_eq!(doubled, (2..=20).step_by(2).collect::<Vec<_>>());
//! # Ok::<(), ringfold::memory::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//!
//! ```text
//!      Producer                                                     Consumer
//!  ┌──────────────┐   producer.cursor (Release → Acquire: items)  ┌──────────────┐
//!  │ cursor       ├──────────────────────────────────────────────►│ end (cached) │
//!  │ limit (cached│◄──────────────────────────────────────────────┤ cursor       │
//!  └──────┬───────┘   consumer.cursor (Release → Acquire: room)   └──────▲───────┘
//!         │  write                                                read   │
//!         ▼                                                              │
//!     ┌────────────────────────────────┬────────────────────────────────┐
//!     │ · · · · a b c d e f · · · · · · │ · · · · a b c d e f · · · · · ·│  mirrored slots
//!     └────────────────────────────────┴────────────────────────────────┘
//! ```
//!
//! Lamport's ring ("Proving the Correctness of Multiprocess Programs", 1977) with cached peer cursors
//! (MCRingBuffer, 2010), on mirrored memory, so that claims and views are one slice wherever they lie.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `producer.cursor` | producer | consumer | items before it are written |
//! | `consumer.cursor` | consumer | producer | items before it are moved out, their slots vacant |
//! | `gone` | both, once each | both | which side has left |
//! | `released` | both, once each | both | which side no longer touches the ring; the second one frees it |
//! | a side's doorbell | that side when it sleeps, the other when it wakes it | both | who sleeps |
//!
//! ## Invariants
//!
//! 1. `consumer.cursor <= producer.cursor <= consumer.cursor + capacity`.
//! 2. Slots in `consumer.cursor .. producer.cursor` hold items and belong to the consumer.
//! 3. All other slots are vacant and belong to the producer.
//! 4. A handle's own position is never behind what it has published, and what lies between the two
//!    belongs to that handle: items already moved out, on the consumer's side.
//! 5. A cached peer cursor is never ahead of the real one: what it allows is really allowed.
//! 6. There is at most one `Producer` and one `Consumer`, neither can be shared (`!Sync`) or cloned.
//! 7. Whoever is second to close owns every slot and drops what was not read.
//!
//! ## Orderings, derived from the promise
//!
//! Whoever pops an item sees everything that happened before its push: the store that publishes
//! `producer.cursor` is a Release and the consumer's load an Acquire. Whoever finds a slot vacant must
//! not overwrite an item that is still being moved out: the same, the other way round, for
//! `consumer.cursor`. Closing is a Release after the last publish, so a consumer that has seen the
//! producer gone looks at the cursor once more and then knows the end. Sleeping and waking is
//! [`ringfold_core::wait`]'s protocol.

mod claim;
mod consumer;
mod inline;
mod producer;
mod shared;
mod view;

#[cfg(feature = "std")]
mod asynchronous;
#[cfg(feature = "std")]
mod builder;

#[cfg(feature = "std")]
pub use asynchronous::{AsyncConsumer, AsyncProducer};
#[cfg(feature = "std")]
pub(crate) use builder::assemble;
#[cfg(feature = "std")]
pub use builder::{Builder, builder, with_capacity};
pub use claim::Claim;
pub use consumer::{Consumer, Iter};
pub use inline::Static;
pub use producer::Producer;
pub use view::{IntoIter, View};
