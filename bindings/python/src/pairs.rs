//! `spsc()` and `mpsc()`: rings between threads.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use pyo3::types::PyString;
use ringfold::{mpsc as many, spsc as one};

use crate::consumer::Consumer;
use crate::dtype::Dtype;
use crate::ends::{Sink, Source};
use crate::errors::{count, memory_error};
use crate::fork::options;
use crate::producer::{Producer, SharedProducer, shared};
use crate::read_end::ReadEnd;
use crate::write_end::{Ring, WriteEnd};

/// A ring from one thread to another.
///
/// >>> import threading, ringfold
/// >>> producer, consumer = ringfold.spsc(1 << 16)
/// >>> def write():
/// ...     with producer:  # leaving it ends the ring
/// ...         for word in (b"fold ", b"the ", b"ring"):
/// ...             producer.write(word)
/// >>> threading.Thread(target=write).start()
/// >>> b"".join(consumer)
/// b'fold the ring'
#[pyfunction]
#[pyo3(signature = (capacity, dtype=None))]
pub fn spsc(
    py: Python<'_>,
    capacity: isize,
    dtype: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Producer, Consumer)> {
    let (ring, bytes) = plan(py, capacity, dtype)?;
    let (producer, consumer) =
        py.detach(|| one::builder(bytes).options(options()).build()).map_err(memory_error)?;
    let producer = WriteEnd::new(&ring, Sink::Spsc(producer.into_async()));
    Ok((Producer::new(producer), reader(&ring, Source::Spsc(consumer.into_async()))))
}

/// A ring from many threads to one, in one order for all. What one call writes stays together.
///
/// >>> import threading, ringfold
/// >>> producer, consumer = ringfold.mpsc(100, "q")
/// >>> def count(producer):
/// ...     with producer:
/// ...         for i in range(1000):
/// ...             producer.push(i)
/// >>> for _ in range(3):
/// ...     threading.Thread(target=count, args=(producer.clone(),)).start()
/// >>> producer.close()  # the ring ends when all producers are closed
/// >>> sum(consumer)
/// 1498500
#[pyfunction]
#[pyo3(signature = (capacity, dtype=None))]
pub fn mpsc<'py>(
    py: Python<'py>,
    capacity: isize,
    dtype: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, SharedProducer>, Consumer)> {
    let (ring, bytes) = plan(py, capacity, dtype)?;
    let (producer, consumer) =
        py.detach(|| many::builder(bytes).options(options()).build()).map_err(memory_error)?;
    let producer = shared(py, WriteEnd::new(&ring, Sink::Mpsc(producer.into_async())))?;
    Ok((producer, reader(&ring, Source::Mpsc(consumer.into_async()))))
}

fn plan(py: Python<'_>, capacity: isize, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<(Arc<Ring>, usize)> {
    let capacity = count("capacity", capacity, 1)?;
    let code = PyString::new(py, "B").into_any();
    let dtype = Arc::new(Dtype::new(py, dtype.unwrap_or(&code))?);
    let bytes = capacity.saturating_mul(dtype.itemsize);
    Ok((Arc::new(Ring { dtype, capacity, reader_left: AtomicBool::new(false) }), bytes))
}

fn reader(ring: &Arc<Ring>, source: Source) -> Consumer {
    Consumer::new(ReadEnd::new(ring, source))
}
