//! Everything that can be tested through the public API, on the memory that `RINGFOLD_TEST_MEMORY` names
//! (`mirror`, `soft`; by default what `Memory::Auto` picks).
#![cfg(not(loom))]

mod broadcast_close;
mod broadcast_events;
mod broadcast_multi;
mod broadcast_stages;
mod broadcast_static;
mod broadcast_threads;
mod claim_timeouts;
mod elements;
mod lanes_drops;
mod lanes_model;
mod lanes_threads;
mod lanes_turns;
mod list;
mod list_drops;
mod list_model;
mod memory;
mod mpmc_async;
mod mpmc_close;
mod mpmc_history;
mod mpmc_model;
mod mpmc_threads;
mod mpsc_close;
mod mpsc_drops;
mod mpsc_model;
mod mpsc_stall;
mod mpsc_threads;
mod pool_alloc;
mod pool_compress;
mod pool_hostile;
mod pool_places;
mod pool_slab;
mod pool_stats;
mod pool_threads;
mod queue_model;
mod ring_drops;
mod ring_handover;
mod ring_model;
mod ring_seam;
mod ring_traits;
mod select;
mod spsc_async;
mod spsc_close;
mod spsc_drops;
mod spsc_errors;
mod spsc_inline;
mod spsc_model;
mod spsc_seam;
mod spsc_threads;
mod stream_io;
mod stream_model;
#[cfg(any(feature = "tokio", feature = "futures"))]
mod stream_tasks;
mod tracked;
mod watch;
