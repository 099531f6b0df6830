//! The alphabet of [ringfold](https://docs.rs/ringfold): what every room is spelled with.
//!
//! `no_std`, no operating system, no ring. In reading order:
//!
//! * [`sync`]: the one page that names atomics, threads and locks, so that loom can take their place;
//! * [`padded`]: a value on cache lines of its own;
//! * [`cursor`]: a published position that never wraps;
//! * [`mirror`]: what must be done so that the two halves of mirrored memory agree;
//! * [`slots`]: typed cells over mirrored memory, and the only slot pointer arithmetic there is;
//! * [`wait`]: how a side waits for the other, and how it is woken;
//! * [`error`]: one small word for each thing that can go wrong on a hot path;
//! * [`stats`]: counters that are free while nothing stalls.
//!
//! Most users want the `ringfold` crate, which re-exports what they need of this one.
#![cfg_attr(not(any(feature = "std", loom)), no_std)]

pub mod sync;

pub mod cursor;
pub mod error;
pub mod mirror;
pub mod padded;
pub mod slots;
pub mod stats;
pub mod wait;
