//! ringfold for Python: the rooms in the habits of the standard library.
//!
//! Nothing here is a ring: items go in and out through the rooms of `ringfold`. What this crate adds is who may do what while
//! Python holds an address (`lease.rs`), how to wait without stopping the interpreter (`wait.rs`), and Python's manners.
//! The documentation for users is in `python/ringfold/_ringfold.pyi`.

mod array;
mod bulk;
mod dtype;
mod errors;
mod face;
mod foreign;
mod lease;
mod owned;
mod queue;
mod ring;
mod scalar;
mod views;

use pyo3::prelude::*;

/// The native half of `ringfold`. It needs no interpreter lock: every object has a lock of its own.
#[pymodule(gil_used = false)]
mod _ringfold {
    #[pymodule_export]
    use super::queue::Queue;
    #[pymodule_export]
    use super::ring::Ring;
    #[pymodule_export]
    use super::views::{ReadView, WriteView};
}
