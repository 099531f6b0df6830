//! Ring buffers whose memory folds onto itself.
//!
//! The same physical pages are mapped twice in a row, so whatever is readable or writable is always
//! *one* contiguous slice, wrap or no wrap. On that stand the rooms, one for each way in which data
//! moves:
//!
//! | you have | you want | room |
//! |---|---|---|
//! | two threads | the fastest hand-off there is, item by item or in slices | [`spsc`] |
//! | two tasks, or a task and a thread | the same with `.await`, each half on its own | [`spsc::AsyncProducer`], [`spsc::AsyncConsumer`] |
//! | no heap, no operating system | the same inside a `static` | [`spsc::Static`] |
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
//! A *claim* is filled and then committed, a *view* is read and then consumed; dropping either without
//! that changes nothing.
//!
//! # Features
//!
//! * `std` (default): mirrored memory, sleeping, timeouts, async. Without it the crate is `no_std` and
//!   has inline rings ([`spsc::Static`]) whose waiting verbs spin.
//! * `futures`: `Stream` and `Sink` for the async halves.
#![cfg_attr(not(any(feature = "std", loom)), no_std)]

pub mod spsc;

pub use ringfold_core::{error, stats::Stats, wait::WaitStrategy};
#[cfg(feature = "std")]
pub use ringfold_memory as memory;

/// The README's examples are tests too.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
