//! Models of every protocol, checked by loom in all interleavings (within the bounds that each states).
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p ringfold --test loom -- --nocapture`
//!
//! Each model prints how many executions it took and fails if that is suspiciously few.
#![cfg(loom)]

#[path = "loom/explore.rs"]
mod explore;
#[path = "loom/spsc.rs"]
mod spsc;
