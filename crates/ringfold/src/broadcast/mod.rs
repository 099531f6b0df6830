//! Every reader sees every event: one producer or several, many readers, side by side or one behind the other.
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
//!         while let Ok(events) = sum.recv() { // waits; then one slice, wrap or no wrap
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
//!   any graph without cycles. A reader that leaves, also by a panic, holds nobody back any more: those after it come after those before it.
//! * A [`Stage`] is a reader on a thread of its own, whose handler is supervised; of a group of [`Worker`]s each event goes to one, and readers
//!   behind the group see events in order; an [`AsyncReader`] is awaited. All of them fit into one graph.
//! * Of [several producers](MultiProducer) none waits for another one. Readers see events in the order of their sequences, which is that of the
//!   claims: they wait for an event that is being written, and step over a claim that was aborted.
//! * A [`LossyReader`] is never waited for. It gets copies, none of which is torn, and is told exactly how many events it has missed.
//! * A producer that panics while it writes publishes nothing of what it was about to. An event holds what an earlier publication left
//!   there, or the blank: write all that matters.
//! * Dropping the producer, or the last of several, closes the ring. Readers see everything that was published before they are told `Closed`. The
//!   producer is told `Closed` when there were readers and all of them, lossy ones too, have left; another one may still join. While one stays,
//!   publishing goes on: to learn that those at work are gone where a lossy monitor stays, look at [`readers`](Producer::readers).
//!   [`Producer::drain`] waits until all is read.
//! * A thread that panics drops its handles too, so `Closed` does not mean finished. Join the thread, or publish an end mark.
//! * A reader that is *forgotten* (`mem::forget`) is a reader that never goes on: the producer waits for it. Forgetting a batch is releasing
//!   none of it, forgetting a claim is aborting it (with several producers: a gap until all of them are gone), forgetting a producer is never
//!   closing.
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
//! | `producer.cursor` | producer; of several, who finds more | readers | events before it are published |
//! | `producer.granted` | producers | who joins, lossy readers | slots before it may be written without another look |
//! | `claimed`, `limit`, marks | several producers | readers | who writes what, and what of it is published (`claims.rs`) |
//! | `place.cursor` | its reader; a group's: its workers | producer, readers after it | events before it are released; `LEFT`: all there will ever be |
//! | `next`, done marks | a group's workers | the same | who handles what, and what of it is done (`workers.rs`) |
//! | `roster.version` | who joins, under the lock | producer | how often somebody has joined |
//! | `abandoned` | who joins or leaves, under the lock | producer | there were readers, and all have left |
//! | `producers` | producers, on clone and drop | readers | how many there are; 0: nothing will follow |
//! | lobbies, doorbell | who sleeps, and who wakes | all | who sleeps |
//!
//! ## Invariants
//!
//! 1. `place.cursor <= published <= limit <= place.cursor + capacity` for every gated reader, where `published` is how far events were
//!    published, or given up, without a gap: `producer.cursor`, or of several producers what the marks say. `limit`, the producers' own, is at most
//!    the last `granted`. Only a reader that waits for a sequence to come may stand beyond `published`, and nobody takes its cursor for more.
//! 2. A reader reads events in `place.cursor .. end` only, where `end` is at most what it has observed to be published, and at most the cursors of
//!    all the readers before it that are still there. A worker reads what it has taken between `place.cursor` and `next`, which nobody else takes.
//! 3. The only producer writes slots in `producer.cursor .. limit` only. Of several, each writes what it has claimed, below `limit`; no
//!    sequence is claimed twice. Where no reader is left, `limit` is at most `published + capacity`: no slot is claimed again while it is written.
//! 4. So no slot is written while a gated reader reads it: the slot of `s` is written again as `s + capacity` or later, which is below `limit` only when
//!    every cursor is beyond `s`. This holds for whoever joins, because at least one of two sees the other (`roster.rs`): either the newcomer
//!    starts at `granted - capacity` or later, or the producer has it in its list before it uses the grant.
//! 5. `abandoned` is true only if the roster is empty.
//! 6. Where the size of an event is a power of two, every cell holds an event from the beginning on. Elsewhere a cell is written
//!    with the blank before it is lent.
//! 7. Before a lossy reader exists, `allows_lossy` was set, under the roster's lock, by the only producer, or before there was a second one; events
//!    then have no padding (`NoUninit`), and from there on producers write slots word by word and atomically.
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
//! Of several producers, publishing is the Release of a mark; what one has learnt of the readers' cursors it hands to the others with `limit`.
//!
#![doc = include_str!("recipes.md")]

#[cfg(feature = "std")]
mod asynchronous;
#[cfg(feature = "std")]
mod batch;
#[cfg(feature = "std")]
mod builder;
#[cfg(feature = "std")]
mod claim;
#[cfg(feature = "std")]
mod claims;
#[cfg(feature = "std")]
mod desk;
#[cfg(feature = "std")]
mod emit;
mod error;
mod event;
mod inline;
#[cfg(feature = "std")]
mod look;
#[cfg(feature = "std")]
mod lossy;
#[cfg(feature = "std")]
mod mode;
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
#[cfg(all(feature = "std", not(loom)))]
mod stage;
mod stats;
#[cfg(feature = "std")]
mod subscription;
#[cfg(feature = "std")]
mod workers;

pub use error::{DrainError, JoinError, RecvError, RecvTimeoutError, TryRecvError};
pub use event::{Data, Event, FillsLines, L, M, S, TooLong, ViewError, Xl, Xs};
pub use inline::{Static, StaticBatch, StaticLossyReader, StaticProducer, StaticReader};
#[cfg(all(feature = "std", not(loom)))]
pub use stage::{At, OnPanic, SpawnError, Stage, StageFailed, StageOptions, StageReport};
pub use stats::{ReaderStats, Stats};
#[cfg(feature = "std")]
pub use {
    asynchronous::{AsyncLossyReader, AsyncReader},
    batch::Batch,
    builder::{Builder, builder},
    claim::Claim,
    emit::{Class, EmitError, Emitted, Emitter, EmitterBuilder, Readers, Received, Subscribers, emitter},
    lossy::LossyReader,
    mode::{Mode, Multi, MultiProducer, Single},
    pipe::{PipeEnd, PipeEnds, pipe},
    producer::Producer,
    reader::Reader,
    subscription::{Start, Subscriber, Subscription, Upstream},
    workers::{GroupError, KeyedWorker, Work, Worker},
};

#[cfg(feature = "std")]
use builder::deadline;
