//! Events in slots that are used again: allocated once, shared by any number of owners, free when the last one is done.
//!
//! ```
//! use ringfold::pool::{Config, Pool};
//! use std::{sync::mpsc, thread};
//!
//! let pool = Pool::new(Config::desktop())?;
//! let actors: Vec<_> = ["database", "search", "analytics", "audit"]
//!     .map(|_| {
//!         let (sender, receiver) = mpsc::channel::<ringfold::pool::EventRef>();
//!         let bytes = move || receiver.iter().map(|event| event.len()).sum::<usize>();
//!         (sender, thread::spawn(bytes))
//!     })
//!     .into();
//! for i in 0..1000_u64 {
//!     let event = pool.alloc(&i.to_le_bytes(), 7)?; // one copy
//!     actors.iter().for_each(|(actor, _)| actor.send(event.clone()).unwrap()); // and none for the actors
//! }
//! let seen = actors.into_iter().map(|(sender, thread)| {
//!     drop(sender);
//!     thread.join().unwrap()
//! });
//! assert_eq!(seen.sum::<usize>(), 4 * 8000);
//! assert_eq!(pool.stats().in_use(), 0); // the slots are free again
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | you have | you want | take |
//! |---|---|---|
//! | bytes of any length | slots of five sizes, and the heap for what is larger | [`Pool`], [`EventRef`] |
//! | values of one type | the same with types and destructors | [`Slab`], [`SlotRef`] |
//! | no heap, or no place to keep a handle | a pool in a `static` | [`Static`] |
//! | large events that compress well | smaller slots for them | `compress`, with the features `lz4` and `zstd` |
//!
//! # What a caller may rely on
//!
//! * An event's bytes do not change as long as there are two references to it. Who has the only one may write ([`EventRef::get_mut`],
//!   [`EventRef::into_unique`]).
//! * A slot is used again only after its last reference is gone, and whoever gets it next sees nothing of a race with those before. There is no use
//!   after free, whatever is forgotten, and in whatever order handles, events and weak handles are dropped. What is forgotten is a slot less;
//!   [`Pool::audit`] finds it.
//! * A weak handle finds the very event that it was made from, or nothing: generations are checked, and never wrap.
//! * Allocating and freeing take no lock and, as long as there is something, the same time whatever the capacity. They may be done by any thread, also
//!   while it ends. As long as a thread is stopped by the system in the midst of either, the few slots that it has at hand may not be found by others.
//! * A pool has as many slots as was asked for, not one more or less: what threads have at hand is collected before a class counts as exhausted.
//!
//! # How it works
//!
//! ```text
//!   Pool ── class XS ─┬─ depot     a bit for each slot      ◄─ batches ─►  cache of thread 0   XS S M L XL
//!           class S   ├─ lobby     who waits for a slot     ◄─ batches ─►  cache of thread 1   XS S M L XL
//!           class M   └─ slots     │header│ content │header│ content │ ..
//!           ..                         ▲
//!                      EventRef ───────┘ and length, tag
//! ```
//!
//! A thread takes a slot out of its own cache and puts it into its own cache, wherever it came from: plain loads and stores. An empty cache is filled
//! from the depot of its class, half of a full one goes there: one compare-and-swap for several slots. That is what Bonwick and
//! Adams describe as magazines and depot ("Magazines and Vmem", USENIX 2001). Ours: the depot is a map of bits, in which there is no link to follow
//! and so no ABA; and what others have at hand can be had. Who finds the depot empty raises a flag, executes the heavy half of a barrier whose
//! light half costs the caches' owners nothing, and then takes what is in the caches of those who are outside: biased locking.
//!
//! The count and the generation of a slot are one word before its content (`header.rs`). Taking a slot and dropping its only reference changes
//! nothing in it; that makes up half of the gain over `Arc`, which counts up and down with two locked instructions each time.
//!
//! ## The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `state`, of each slot | whoever has a reference; upgrades (compare-and-swap) | the same | references, generation, weak, marked |
//! | `inside`, `len`, `slots` of a cache | its owner; a raider while the owner is outside | raiders, who closes | free slots at hand |
//! | `attention` | raiders, who waits, who closes | owners, on entering | that slots are wanted elsewhere |
//! | `words`, `taken` of a depot | whoever takes or puts | all | which slots are there, and how many are not |
//! | `visitors` | threads without a cache, in the midst of giving back | who closes | that the store is in use |
//! | `kept` | weak handles, blocks of the heap; slots after the closing | the same | reasons to keep the memory |
//!
//! ## Invariants
//!
//! 1. A slot is in use, or in one cache, or in the depot of its class. Who moves it is the only one who can.
//! 2. Who is inside a cache and saw no attention has it to himself; who raised attention, executed the barrier and sees nobody inside has it too;
//!    never both.
//! 3. Only who has a reference makes another, save for an upgrade, which succeeds only while there is one, of the same generation. So
//!    who finds that his is the only one, and that there was no weak handle, is alone.
//! 4. The memory goes when the handles are gone and every slot, block and weak handle has been given up. Who gives one back after that does
//!    not touch the memory any more.
//!
//! ## Orderings, derived from the promise
//!
//! Whoever gets a slot comes after everything that was done to it before: giving up a reference is a Release and finding oneself the last one an
//! Acquire; a slot goes from cache to depot and back with a Release and an Acquire of its bit; leaving a cache is a Release, seeing it quiet an
//! Acquire, and so is lowering the flag and entering again. Between entering and looking for attention, and between raising attention and
//! looking who is inside, there is a full fence on both sides, of which the owner's is free where the system can interrupt
//! every thread ([`ringfold_core::wait`]). A new reference needs no order: whoever gets it, gets it from somebody who had one.
#![doc = include_str!("recipes.md")]

mod arena;
mod blocks;
mod cache;
mod class;
mod closing;
mod config;
mod depot;
mod error;
mod event;
mod footprint;
mod handle;
mod header;
mod heap;
mod numbers;
mod pod;
mod reasons;
mod reference;
mod size_class;
mod slab;
mod slow;
#[cfg(not(loom))]
mod static_pool;
mod stats;
mod store;

#[cfg(any(feature = "lz4", feature = "zstd"))]
pub mod compress;

pub use config::{Config, WhenExhausted};
pub use error::{Exhausted, PoolError};
pub use event::{EventRef, UniqueEvent, WeakEvent};
pub use footprint::{ClassFootprint, Footprint};
pub use handle::Pool;
pub use pod::PodError;
pub use size_class::SizeClass;
pub use slab::{Slab, SlotRef, WeakSlot};
#[cfg(not(loom))]
pub use static_pool::Static;
pub use stats::{ClassStats, Health, HeapStats, PoolStats};
