//! Models of every protocol, checked by loom in all interleavings (within the bounds that each states).
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p ringfold --test loom -- --nocapture`
//!
//! Each model prints how many executions it took and fails if that is suspiciously few.
#![cfg(loom)]

#[path = "loom/broadcast.rs"]
mod broadcast;
#[path = "loom/broadcast_multi.rs"]
mod broadcast_multi;
#[path = "loom/broadcast_static.rs"]
mod broadcast_static;
#[path = "loom/broadcast_waiting.rs"]
mod broadcast_waiting;
#[path = "loom/broadcast_workers.rs"]
mod broadcast_workers;
#[path = "loom/explore.rs"]
mod explore;
#[path = "loom/lanes.rs"]
mod lanes;
#[path = "loom/mpmc.rs"]
mod mpmc;
#[path = "loom/mpmc_waiting.rs"]
mod mpmc_waiting;
#[path = "loom/mpsc.rs"]
mod mpsc;
#[path = "loom/pool.rs"]
mod pool;
#[path = "loom/select.rs"]
mod select;
#[path = "loom/spsc.rs"]
mod spsc;
