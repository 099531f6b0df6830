//! ringfold for Python: the rooms in the habits of the standard library.
//!
//! Nothing here is a ring: items go in and out through the rooms of `ringfold`. What this crate adds is who may do what while
//! Python holds an address (`lease.rs`), how to wait without stopping the interpreter (`wait.rs`), and Python's manners.
//! The documentation for users is in `python/ringfold/_ringfold.pyi`.

mod array;
mod broadcast;
mod bulk;
mod consumer;
mod dtype;
mod ends;
mod errors;
mod face;
mod feed;
mod foreign;
mod fork;
mod kept;
mod lease;
mod lines;
mod list;
mod lock;
mod notify;
mod owned;
mod pairs;
mod pool;
mod producer;
mod queue;
mod read_end;
mod readers;
mod ring;
mod scalar;
mod stream;
mod views;
mod wait;
mod write_end;

use pyo3::prelude::*;

/// The native half of `ringfold`. It needs no interpreter lock: every object has a lock of its own.
#[pymodule(gil_used = false)]
mod _ringfold {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::broadcast::Broadcast;
    #[pymodule_export]
    use super::consumer::Consumer;
    #[pymodule_export]
    use super::fork::_note_fork;
    #[pymodule_export]
    use super::list::List;
    #[pymodule_export]
    use super::pairs::{mpsc, spsc};
    #[pymodule_export]
    use super::pool::{EventRef, Pool};
    #[pymodule_export]
    use super::producer::{Producer, SharedProducer};
    #[pymodule_export]
    use super::queue::Queue;
    #[pymodule_export]
    use super::readers::{LossyReader, Reader};
    #[pymodule_export]
    use super::ring::Ring;
    #[pymodule_export]
    use super::stream::ByteStream;
    #[pymodule_export]
    use super::views::{ReadView, WriteView};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::check_interpreter(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// `lock.rs` stands on the interpreter's lock, unless this was built for an interpreter without one.
fn check_interpreter(py: Python<'_>) -> PyResult<()> {
    let is_enabled = py.import("sys")?.getattr_opt("_is_gil_enabled")?;
    let has_lock = is_enabled.map_or(Ok(true), |is_enabled| is_enabled.call0()?.is_truthy())?;
    if has_lock || cfg!(any(Py_GIL_DISABLED, feature = "locks")) {
        return Ok(());
    }
    let why = "this ringfold was built for an interpreter with a lock (GIL), and this one has none: install or build the one for it";
    Err(pyo3::exceptions::PyImportError::new_err(why))
}
