//! `Producer` and `SharedProducer`: what writes to a ring between threads.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::errors::{Refusal, count};
use crate::foreign::{Foreign, Place};
use crate::views::{WriteView, unpicklable};
use crate::wait::Patience;
use crate::write_end::WriteEnd;

const WHAT: &str = "Producer";

/// The writing end of a ring between threads; see `spsc` and `mpsc`.
///
/// A bare verb waits for room, without the interpreter lock, and lets Ctrl-C through; a `try_` verb never waits. When the reader
/// is gone, writing raises `BrokenPipeError`. Closing it (or leaving its `with` block, or dropping it) ends the ring.
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct Producer {
    end: Arc<WriteEnd>,
}

/// One of several writing ends of an `mpsc` ring. The ring ends when all of them are closed.
#[pyclass(frozen, module = "ringfold", extends = Producer)]
pub struct SharedProducer {}

impl Producer {
    pub fn new(end: Arc<WriteEnd>) -> Self {
        Self { end }
    }

    fn put(&self, py: Python<'_>, place: Place, patience: Patience) -> PyResult<()> {
        if self.end.write(py, place, patience)? {
            return Ok(());
        }
        let wanted = self.end.ring.dtype.items_in(place.len);
        Err(match patience.seconds {
            0.0 => Refusal::Full { wanted, free: self.end.free(py)?, capacity: self.end.ring.capacity },
            seconds => Refusal::Late { is_full: true, wanted, seconds },
        }
        .into())
    }
}

#[pymethods]
impl Producer {
    /// Puts one item in. `Full` if there is no room within `timeout` seconds; `None` waits for ever.
    #[pyo3(signature = (item, /, timeout=None))]
    fn push(&self, py: Python<'_>, item: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<()> {
        let item = self.end.ring.dtype.encode(item)?;
        self.put(py, Place::of(item.bytes()), Patience::new(timeout)?)
    }

    /// Puts one item in. `Full` if there is no room now.
    #[pyo3(signature = (item, /))]
    fn try_push(&self, py: Python<'_>, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = self.end.ring.dtype.encode(item)?;
        self.put(py, Place::of(item.bytes()), Patience::none())
    }

    /// Puts all items in, in one piece that nobody else writes into, and returns how many.
    ///
    /// `Full` if there is no room for all within `timeout` seconds, and then nothing went in; `ValueError` if they never fit.
    #[pyo3(signature = (data, /, timeout=None))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<usize> {
        let data = Foreign::items(data, &self.end.ring.dtype)?;
        self.put(py, data.place(), Patience::new(timeout)?)?;
        Ok(self.end.ring.dtype.items_in(data.place().len))
    }

    /// Puts as many items in as fit now, and returns how many: perhaps 0.
    #[pyo3(signature = (data, /))]
    fn try_write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<usize> {
        let data = Foreign::items(data, &self.end.ring.dtype)?;
        self.end.write_some(py, data.place())
    }

    /// `n` slots, to be filled in place and committed. `Full` if there are not so many within `timeout` seconds.
    #[pyo3(signature = (n, /, timeout=None))]
    fn write_view(&self, py: Python<'_>, n: isize, timeout: Option<f64>) -> PyResult<WriteView> {
        let (wanted, patience) = (count("n", n, 0)?, Patience::new(timeout)?);
        match self.end.lend(py, wanted, patience)? {
            Some(window) => Ok(WriteView::new(window)),
            None => Err(Refusal::Late { is_full: true, wanted, seconds: patience.seconds }.into()),
        }
    }

    /// Waits until there is room for `n` items. False when the time is over.
    #[pyo3(signature = (n=1, /, timeout=None))]
    fn wait(&self, py: Python<'_>, n: isize, timeout: Option<f64>) -> PyResult<bool> {
        self.end.wait(py, count("n", n, 0)?, Patience::new(timeout)?)
    }

    /// As `write`, for a task of asyncio.
    #[pyo3(signature = (data, /))]
    fn awrite<'py>(slf: Bound<'py, Self>, data: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("ringfold.aio")?.call_method1("_write", (slf, data))
    }

    /// As `push`, for a task of asyncio.
    #[pyo3(signature = (item, /))]
    fn apush<'py>(slf: Bound<'py, Self>, item: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("ringfold.aio")?.call_method1("_push", (slf, item))
    }

    /// What an event loop waits for: it becomes readable when there is room, once `arm` has said False.
    fn fileno(&self) -> PyResult<i32> {
        self.end.descriptor()
    }

    /// Whether there is room for `n` items now. If not, the descriptor will become readable when there is.
    #[pyo3(signature = (n=1, /))]
    fn arm(&self, py: Python<'_>, n: isize) -> PyResult<bool> {
        self.end.arm(py, count("n", n, 0)?)
    }

    /// Ends the ring: the reader gets what was written, and then the end. Threads that wait in it are woken.
    fn close(&self, py: Python<'_>) {
        self.end.close(py);
    }

    /// Whether writing is in vain: this end was closed, or the reader is gone.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.end.is_closed(py)
    }

    /// How many items fit: exactly what was asked for.
    #[getter]
    fn capacity(&self) -> usize {
        self.end.ring.capacity
    }

    /// How many more items fit now.
    #[getter]
    fn free(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.end.free(py)?)
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.end.ring.dtype.given(py)
    }

    /// Bytes of an item.
    #[getter]
    fn itemsize(&self) -> usize {
        self.end.ring.dtype.itemsize
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().end.free(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.end.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let (py, end) = (slf.py(), &slf.get().end);
        let (name, capacity) = (slf.get_type().name()?, end.ring.capacity);
        Ok(match end.free(py) {
            Ok(free) if !end.is_closed(py) => {
                format!("<ringfold.{name} {}/{capacity}{}>", capacity - free, end.ring.dtype.shown(py))
            }
            _ => format!("<ringfold.{name}, closed>"),
        })
    }
}

#[pymethods]
impl SharedProducer {
    /// One more end, to be closed on its own.
    fn clone<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let end = slf.as_super().get().end.try_clone(slf.py())?;
        match end {
            Some(end) => shared(slf.py(), end),
            None => Err(PyTypeError::new_err("this ring has one producer: make an mpsc() ring")),
        }
    }
}

/// A `SharedProducer` over an end.
pub fn shared(py: Python<'_>, end: Arc<WriteEnd>) -> PyResult<Bound<'_, SharedProducer>> {
    Bound::new(py, PyClassInitializer::from(Producer::new(end)).add_subclass(SharedProducer {}))
}
