//! Many producers, many consumers: one bounded queue behind handles that anybody may share.
//!
//! ```
//! use std::thread;
//! use ringfold::mpmc;
//!
//! let (producer, consumer) = mpmc::with_capacity(1024)?;
//! let sum = thread::scope(|scope| {
//!     let workers = [(); 2].map(|()| {
//!         let consumer = consumer.clone();
//!         scope.spawn(move || consumer.iter().map(|job: u64| job * job).sum::<u64>())
//!     });
//!     for jobs in [1..=50, 51..=100] {
//!         let producer = producer.clone();
//!         scope.spawn(move || producer.push_iter(jobs).expect("the workers are there"));
//!     }
//!     drop(producer); // the workers finish when the last producer is gone and everything was read
//!     workers.map(|worker| worker.join().expect("it did not panic")).iter().sum::<u64>()
//! });
//! assert_eq!(sum, 338_350); // each job went to one of them, whichever was quicker
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! # What a caller may rely on
//!
//! * First in, first out: of two pushes of which one returned before the other began (in the sense of happens-before) the first one's
//!   item is popped first; so each consumer sees every producer's items in their order.
//! * A `try_pop` that begins after a `push` has returned finds an item, and a `try_push` that begins after a `pop` has returned finds room, unless
//!   others were quicker, or somebody is in the midst of it: a thread that the system stops between claiming a place and
//!   stamping its slot delays those who need this very slot. That is the consumers, once they have come to it, and the producers, one lap later.
//!   Until then everybody goes on. Nothing is corrupted, however long it takes.
//! * Somebody who waits sleeps, first come first served, and one item wakes one of them. Who did not sleep may be quicker than one who has just been
//!   woken, and then that one sleeps on. A waiting call that found nothing may hold still for a microsecond or so, to let the
//!   other side get ahead, as long as that has paid of late.
//! * Dropping the last consumer closes the ring for the producers, who get their items back. Dropping the last producer closes it for the
//!   consumers, who read everything that was pushed before they are told `Closed`. What nobody reads is dropped, once, with the last handle.
//! * If a waker panics, the others that were to be woken are woken all the same, and then the panic goes on in the call that woke; what that
//!   call had in hand, an item that it popped for instance, is dropped.
//! * A thread that panics drops its handle too, so `Closed` does not mean finished. Join the thread, or send an end mark.
//!
//! # In async code
//!
//! [`Producer::into_async`] and [`Consumer::into_async`] make handles whose `push` and `pop` are awaited. Each handle is turned by itself. Any
//! runtime will do, and any mixture of tasks and threads: a task sits in the same lobby as a thread, with a waker in place of a thread. `pop`
//! is cancel-safe; a future that is dropped gives up its seat, and passes on a wake-up that it got and does not use. One that is neither
//! polled nor dropped (kept aside, or forgotten) keeps the one wake-up that it was given.
//!
//! With the feature `futures` the [`items`](AsyncConsumer::items) of a consumer are a `Stream`:
//!
//! ```
//! # #[cfg(feature = "futures")]
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use futures_util::StreamExt; // or that of `futures`
//!
//! let (producer, consumer) = ringfold::mpmc::with_capacity(4)?;
//! std::thread::spawn(move || producer.push_iter(1..=100));
//! let consumer = consumer.into_async();
//! let sum = consumer.items().fold(0, |sum, i| async move { sum + i }).await;
//! assert_eq!(sum, 5050);
//! # Ok::<(), ringfold::memory::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//!
//! ```text
//!   Producer ─┐                                                               ┌─ Consumer
//!   Producer ─┼─ claimed ──►┐                                 ┌◄── taken ─────┼─ Consumer
//!   Producer ─┘ compare-    │                                 │    compare-   └─ Consumer
//!               and-swap    ▼                                 ▼    and-swap
//!                     ┌───────────┬───────────┬───────────┬───────────┬───────────┐
//!     place           │  8        │  9        │  5        │  6        │  7        │
//!     stamp, item     │ 16  ·     │ 18  ·     │ 11  f     │ 13  g     │ 15  h     │
//!                     └───────────┴───────────┴───────────┴───────────┴───────────┘
//!                       vacant for 8  for 9     item of 5   of 6        of 7
//! ```
//!
//! (A ring of 5, drawn as if places were numbered without skipping.) A producer finds the next place's slot vacant, claims the place, moves the
//! item in and stamps the slot as filled. A consumer finds the next place's item there, takes the place, moves the item out and stamps the
//! slot as vacant for the next lap. Nobody touches a slot before he has its place, and no two ever have the same.
//!
//! That is Dmitry Vyukov's bounded queue ("Bounded MPMC queue", 1024cores, 2010). Ours: stamps that make a ring of one slot
//! possible, capacities that need not be powers of two (as in crossbeam's `ArrayQueue`, 2017, whose way of overwriting the oldest item this also
//! is), cache lines fetched before they are written, several places under one compare-and-swap, and sleeping without lost wake-ups.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `claimed` | producers (compare-and-swap) | both | places before it are claimed, or were |
//! | `taken` | consumers, and producers that overwrite (compare-and-swap) | both | items before it are taken, or were |
//! | `stamp[slot]` | whoever has the place that it allows | both | whose turn it is (`cells.rs`) |
//! | `present`, for each side | its handles, on clone and drop | the other side | how many there are |
//! | `handles` | all, on clone and drop | all | who touches the ring; the last one frees it |
//! | the lobbies | who sleeps, and who wakes | both | who sleeps |
//!
//! ## Invariants
//!
//! 1. `taken <= claimed <= taken + lap`.
//! 2. A stamp only grows, and only whoever has the place that it allows writes it.
//! 3. A slot belongs to the producer that found it vacant and claimed its place, until it is stamped as filled; and to the consumer that found its
//!    item and took its place, until it is stamped as vacant.
//! 4. No place is ever claimed or taken twice: places are 64 bits and never wrap, so the compare-and-swap knows no ABA.
//! 5. Between claiming and stamping nothing runs that is not ours, so nothing panics there: every claim ends in an item.
//! 6. Whoever leaves last owns every slot and drops what was not read.
//!
//! ## Orderings, derived from the promise
//!
//! Whoever pops an item sees everything that happened before its push: a stamp is stored as a Release and looked at as an Acquire. Whoever finds a slot
//! vacant must not overwrite an item that is still being moved out: the same stamp, the other way round. `claimed` and `taken`
//! order nothing; they only make sure that a place goes to one. A producer's leaving is a Release after its last push, so a consumer that has seen
//! none left looks once more and then knows the end. Sleeping and waking is [`ringfold_core::wait`]'s protocol; since several may wake at once,
//! each of them fences before it counts for how many sleepers there is enough (`room_for_sleepers`).

mod asynchronous;
mod builder;
mod cells;
mod consumer;
mod producer;
mod shared;

pub use asynchronous::{AsyncConsumer, AsyncProducer, Items};
pub use builder::{Builder, builder, with_capacity};
pub use consumer::{Consumer, Iter};
pub use producer::Producer;
