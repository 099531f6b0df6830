//! One producer, many readers: every reader sees every event.
//!
//! ```
//! use ringfold::broadcast;
//!
//! let mut producer = broadcast::builder::<u64>(1024).build()?;
//! let mut sum = producer.subscribe();
//! let mut last = producer.subscription().after([&sum]).join()?; // sees what `sum` has released
//! std::thread::scope(|scope| {
//!     scope.spawn(move || {
//!         let mut total = 0;
//!         while let Ok(events) = sum.recv() { // waits; then one slice of all there is
//!             total += events.iter().sum::<u64>();
//!         }
//!         assert_eq!(total, 49_995_000);
//!     });
//!     scope.spawn(move || {
//!         let mut newest = 0;
//!         while let Ok(events) = last.recv() {
//!             newest = events[events.len() - 1];
//!         }
//!         assert_eq!(newest, 9999);
//!     });
//!     for i in 0..10_000 {
//!         producer.publish(|event| *event = i).expect("somebody reads"); // waits for the slowest
//!     }
//!     drop(producer);
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a caller may rely on
//!
//! * A [`Reader`] sees every event from the one it [starts](Start) with on, once and in order. The producer waits for the slowest of them (the
//!   *gate*), those too that joined a moment ago.
//! * What is there is one slice, wrap or no wrap. What is published by one batch or claim is seen together or not at all.
//! * Readers that come [after](Subscription::after) others see an event when all of those have released it: pipelines, fan-outs, diamonds,
//!   any graph without cycles. A reader that leaves, also by a panic, holds nobody back any more, neither the producer nor those after it.
//! * A [`LossyReader`] is never waited for. It gets copies, none of which is torn, and is told exactly how many events it has missed.
//! * A producer that panics while it writes publishes nothing of what it was about to. An event holds what an earlier publication left
//!   there, or the blank: write all that matters.
//! * Dropping the producer closes the ring. Readers see everything that was published before they are told `Closed`. The producer is
//!   told `Closed` when there were readers and all of them have left; another one may still join.
//! * A thread that panics drops its handles too, so `Closed` does not mean finished. Join the thread, or publish an end mark.
//! * A reader that is *forgotten* (`mem::forget`) is a reader that never goes on: the producer waits for it. Forgetting a batch is releasing
//!   none of it, forgetting a claim is aborting it, forgetting the producer is never closing.
//!
//! # Why events are `Copy`
//!
//! An event behind the seam has two addresses, and readers may look at it through both at once. So it must hold nothing that can
//! change behind a shared reference (a `Cell`, a lock, an atomic): on a soft mirror there would be two of it. And where its size is no power of
//! two, the slots of one lap lie across those of the last, so that nothing that owns memory could stay there. The compiler's
//! word for a type that has neither is `Copy`. For payloads of any kind, publish handles to them.
//!
//! # How it works
//!
//! ```text
//!                 producer.cursor (Release → Acquire: events)
//!   Producer ───────────────────────────────┬──────────────┬──────────────► LossyReader: copies, then looks at `granted`
//!   ┌──────────┐                            ▼              ▼
//!   │ cursor   │  ┌────────────────────┐  Reader A      Reader B
//!   │ limit    │  │ e f g h │ · · · · │  cursor ───┐    cursor
//!   └────▲─────┘  └────────────────────┘    │       ▼      │
//!        │            mirrored slots        │    Reader C  │   (after A: sees what A has released)
//!        │                                  │    cursor    │
//!        └── gate: the slowest of these ◄───┴──────┴───────┘   (Release → Acquire: room)
//! ```
//!
//! The pattern is that of LMAX's Disruptor (Thompson et al., 2011): one sequence, cursors instead of locks, the slowest cursor as gate, looked
//! at only when the last look is used up. That readers join and leave at any time, by a grant that is written down in steps of
//! an eighth of the ring, is ours (`roster.rs`); the same word tells lossy readers what may have been overwritten, in the way of a sequence lock
//! (Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?", 2012) that serves many slots at once.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `producer.cursor` | producer | readers | events before it are published |
//! | `producer.granted` | producer | who joins, lossy readers | slots before it may be written without another look |
//! | `place.cursor` | its reader | producer, readers after it | events before it are released; `LEFT`: all there will ever be |
//! | `roster.version` | who joins, under the lock | producer | how often somebody has joined |
//! | `abandoned` | who joins or leaves, under the lock | producer | there were readers, and all have left |
//! | `producer_gone` | producer, once | readers | nothing will follow |
//! | lobbies, doorbell | who sleeps, and who wakes | all | who sleeps |
//!
//! ## Invariants
//!
//! 1. `place.cursor <= producer.cursor <= limit <= place.cursor + capacity` for every gated reader, save that a reader may stand beyond
//!    `producer.cursor` to wait for a sequence to come. `limit`, the producer's own, is at most the last `granted`.
//! 2. A reader reads events in `place.cursor .. end` only, where `end` is a value of `producer.cursor` that it has observed, and of the cursors of
//!    all the readers before it that are still there.
//! 3. The producer writes slots in `producer.cursor .. limit` only. There is one producer, which cannot be cloned.
//! 4. So no slot is written while a gated reader reads it: the slot of `s` is written again as `s + capacity` or later, which is below `limit` only when
//!    every cursor is beyond `s`. This holds for whoever joins, because at least one of two sees the other (`roster.rs`): either the newcomer
//!    starts at `granted - capacity` or later, or the producer has it in its list before it uses the grant.
//! 5. `abandoned` is true only if the roster is empty.
//! 6. Where the size of an event is a power of two, every cell holds an event from the beginning on. Elsewhere a cell is written
//!    with the blank before it is lent.
//! 7. Before a lossy reader exists, `allows_lossy` was set, under the roster's lock, by the producer; events then have no padding (`NoUninit`), and
//!    from there on the producer writes slots word by word and atomically.
//! 8. A copy of event `s` is given out only if, after its last word was loaded, `granted <= s + capacity`: no slot that overlaps it had been written
//!    again by then.
//!
//! ## Orderings, derived from the promise
//!
//! Whoever reads an event sees everything that happened before it was published: publishing `producer.cursor` is a Release, observing it an
//! Acquire. Whoever overwrites an event must not do so while it is read: the same, the other way round, for `place.cursor`, and from reader to reader
//! where one comes after another. A lossy reader that has loaded a word of a later lap must find the grant that allowed it: a Release fence between
//! the grant and the words, an Acquire fence between the words and the look at the grant. Joining and granting each write one word and then
//! read the other's, with the two halves of [`ringfold_core::wait`]'s barrier in between; so do sleeping and waking. Leaving is a Release of the cursor.
//! Closing is a Release after the last publication, so a reader that has seen the producer gone looks at the cursor once more and then knows the end.
//!
#![doc = include_str!("recipes.md")]

#[cfg(feature = "std")]
mod batch;
#[cfg(feature = "std")]
mod builder;
#[cfg(feature = "std")]
mod claim;
#[cfg(feature = "std")]
mod claims;
#[cfg(feature = "std")]
mod emit;
mod error;
mod event;
mod inline;
#[cfg(feature = "std")]
mod lossy;
#[cfg(feature = "std")]
mod pipe;
mod pressure;
#[cfg(feature = "std")]
mod producer;
#[cfg(feature = "std")]
mod reader;
#[cfg(feature = "std")]
mod roster;
#[cfg(feature = "std")]
mod shared;
mod stats;
#[cfg(feature = "std")]
mod subscription;

#[cfg(feature = "std")]
pub use batch::Batch;
#[cfg(feature = "std")]
use builder::deadline;
#[cfg(feature = "std")]
pub use builder::{Builder, builder};
#[cfg(feature = "std")]
pub use claim::Claim;
#[cfg(feature = "std")]
pub use emit::{Class, EmitError, Emitted, Emitter, EmitterBuilder, Readers, Received, Subscribers, emitter};
pub use error::{JoinError, RecvError, RecvTimeoutError, TryRecvError};
pub use event::{Data, Event, FillsLines, L, M, S, TooLong, ViewError, Xl, Xs};
pub use inline::{Static, StaticBatch, StaticLossyReader, StaticProducer, StaticReader};
#[cfg(feature = "std")]
pub use lossy::LossyReader;
#[cfg(feature = "std")]
pub use pipe::{PipeEnd, PipeEnds, pipe};
#[cfg(feature = "std")]
pub use producer::{Mode, Multi, MultiProducer, Producer, Single};
#[cfg(feature = "std")]
pub use reader::Reader;
pub use stats::{ReaderStats, Stats};
#[cfg(feature = "std")]
pub use subscription::{Start, Subscriber, Subscription};
