//! Ring buffers whose memory folds onto itself.
//!
//! The same physical pages are mapped twice in a row, so whatever is readable or writable is always
//! *one* contiguous slice, wrap or no wrap:
//!
//! ```text
//!   the pages         the same pages, mapped again
//!   │ 0 │ 1 │ 2 │ 3 │ 0 │ 1 │ 2 │ 3 │
//!               └── one &[T] ─┘
//! ```
//!
//! On that stand the rooms, one for each way in which data moves:
//!
//! | you have | you want | room |
//! |---|---|---|
//! | one thread | a window over the last items that is always one slice | [`Ring`] |
//! | | a queue with slots to fill in place, and batches | [`Queue`] |
//! | | a buffer of bytes between a reader and a writer | [`ByteStream`] |
//! | | a list of gigabytes whose items never move | [`List`] |
//! | two threads | a hand-off, item by item or in slices | [`spsc`] |
//! | two tasks, or a task and a thread | the same with `.await`, each half on its own | [`spsc::AsyncProducer`], [`spsc::AsyncConsumer`] |
//! | many threads to one | one order for all, slices, no producer ever waits for another | [`mpsc`] |
//! | | the most items; the order of each producer is enough | [`lanes`] |
//! | many threads to many | each item to one of them, or only the newest | [`mpmc`] |
//! | one producer or several, many readers | each event to all of them, one behind the other or side by side, gated or lossy | [`broadcast`] |
//! | actors that share payloads | events in slots that are used again, freed by the last owner | [`pool::Pool`] |
//! | values of one type that come and go | an `Arc` without the allocator | [`pool::Slab`] |
//! | several `spsc`, `mpsc` and `lanes` rings | to wait for whichever has something | [`select`] |
//! | no heap, no operating system | the same inside a `static` | [`spsc::Static`], [`broadcast::Static`] |
//! | an idea for a ring of your own | the folded memory, raw | [`memory::Mirror`] |
//!
//! ```
//! let (mut producer, mut consumer) = ringfold::spsc::with_capacity(1024)?;
//! std::thread::spawn(move || {
//!     for i in 0..10_000u64 {
//!         producer.push(i).expect("the consumer is there");
//!     }
//! });
//! let mut sum = 0;
//! while let Ok(i) = consumer.pop() {
//!     sum += i;
//! }
//! assert_eq!(sum, 49_995_000);
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! # One rule for every room
//!
//! **A bare verb may wait, a `try_` verb never does.** `push` waits for room, `try_push` does not.
//! Those that take what is there (`peek`, `drain`, `pop_slice`) have no need to wait for a first item and do not.
//! `push` and `pop` have a form with a timeout (`push_timeout`, `pop_timeout`), in `spsc`, `mpsc` and `broadcast` also `claim`, in
//! the first two also `peek_at_least`, and of several rings [`select::wait_any_timeout`].
//! A *claim* is filled and then committed, a *view* is read and then consumed; dropping either without
//! that changes nothing. (A [`broadcast::Batch`] is released when it is dropped: its events stay where they are for the other readers.)
//!
//! # Features
//!
//! * `std` (default): mirrored memory, sleeping, timeouts, async. Without it the crate is `no_std` and
//!   has inline rings ([`spsc::Static`], [`broadcast::Static`]) whose waiting verbs spin.
//! * `futures`: `Stream` and `Sink` for the async halves; the traits of `futures-io` for [`ByteStream`].
//! * `tokio`: `AsyncRead`, `AsyncWrite` and `AsyncBufRead` of tokio for [`ByteStream`].
//! * `bytes`: `Buf` and `BufMut` for [`ByteStream`].
//! * `lz4`, `zstd`: compression of events in a [`pool`].
#![cfg_attr(not(any(feature = "std", loom)), no_std)]

#[cfg(feature = "std")]
mod allocate;
mod fill;
#[cfg(feature = "std")]
mod handover;
#[cfg(feature = "std")]
mod marks;
mod shown;
#[cfg(feature = "std")]
mod watch;

pub mod broadcast;
#[cfg(feature = "std")]
pub mod lanes;
#[cfg(feature = "std")]
pub mod list;
#[cfg(feature = "std")]
pub mod mpmc;
#[cfg(feature = "std")]
pub mod mpsc;
#[cfg(feature = "std")]
pub mod pool;
pub mod queue;
pub mod ring;
#[cfg(feature = "std")]
pub mod select;
pub mod spsc;
pub mod stream;

#[cfg(feature = "std")]
pub use list::List;
pub use queue::Queue;
pub use ring::Ring;
pub use ringfold_core::{error, stats::Stats, wait::WaitStrategy};
#[cfg(feature = "std")]
pub use ringfold_memory as memory;
pub use stream::ByteStream;
#[cfg(feature = "std")]
pub use watch::Watch;

/// The README's examples are tests too.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

/// As are those of the page for who comes from another crate.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../../docs/migrating.md")]
pub struct Migrating;
