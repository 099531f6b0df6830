//! Who takes part in the rooms for one thread. One file per rival; each topology lists those that can do what it measures.

pub mod bytes_mut;
pub mod picoring;
pub mod ringbuf;
pub mod ringfold;
pub mod rtrb;
pub mod slice_ring_buffer;
pub mod vec_deque;
pub mod vec_ring;
