//! Everything that can be tested through the public API, on the memory that `RINGFOLD_TEST_MEMORY` names
//! (`mirror`, `soft`; by default what `Memory::Auto` picks).
#![cfg(not(loom))]

mod memory;
mod spsc_async;
mod spsc_close;
mod spsc_drops;
mod spsc_errors;
mod spsc_inline;
mod spsc_model;
mod spsc_seam;
mod spsc_threads;
mod tracked;
