//! `Consumer`: what reads from a ring between threads.

use std::sync::Arc;

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::bulk;
use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::read_end::ReadEnd;
use crate::views::{ReadView, unpicklable};
use crate::wait::Patience;

const WHAT: &str = "Consumer";

/// The reading end of a ring between threads; see `spsc` and `mpsc`.
///
/// A bare verb waits for something to read, without the interpreter lock, and lets Ctrl-C through; a `try_` verb never waits.
/// The end comes when every writer is gone and everything was read. Iterating gives items, and for bytes whatever is
/// there, until the end. `io.BufferedReader(consumer)` makes a file of it.
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct Consumer {
    end: Arc<ReadEnd>,
}

impl Consumer {
    pub fn new(end: Arc<ReadEnd>) -> Self {
        Self { end }
    }

    /// Waits for `wanted` items: how many there are. Fewer only at the end.
    fn wait_for(&self, py: Python<'_>, wanted: usize, patience: Patience) -> PyResult<usize> {
        match self.end.wait(py, wanted, patience)? {
            Some(there) => Ok(there),
            None if patience.seconds == 0.0 => {
                Err(Refusal::Empty { wanted, available: self.end.len(py) }.into())
            }
            None => Err(Refusal::Late { is_full: false, wanted, seconds: patience.seconds }.into()),
        }
    }

    /// The next item; `None` at the end.
    fn take_one<'py>(&self, py: Python<'py>, patience: Patience) -> PyResult<Option<Bound<'py, PyAny>>> {
        let dtype = &self.end.ring.dtype;
        while self.wait_for(py, 1, patience)? > 0 {
            let item = bulk::bytes(py, dtype.itemsize, |target| self.end.take(py, target))?;
            let item = item.cast::<PyBytes>()?.as_bytes();
            // Another thread that shares this end may have been quicker.
            if !item.is_empty() {
                return dtype.decode(py, item).map(Some);
            }
        }
        Ok(None)
    }

    fn pop_one<'py>(&self, py: Python<'py>, patience: Patience) -> PyResult<Bound<'py, PyAny>> {
        let item = self.take_one(py, patience)?;
        Ok(item.ok_or(Refusal::End { wanted: 1, left: 0 })?)
    }

    fn take_many<'py>(&self, py: Python<'py>, n: isize, patience: Patience) -> PyResult<Bound<'py, PyAny>> {
        let (dtype, most) = (&self.end.ring.dtype, usize::try_from(n).unwrap_or(usize::MAX));
        loop {
            let there = if most == 0 { 0 } else { self.wait_for(py, 1, patience)? };
            let items =
                bulk::items(py, dtype, there.min(most) * dtype.itemsize, |target| self.end.take(py, target))?;
            if there == 0 || items.len()? > 0 {
                return Ok(items);
            }
        }
    }

    fn is_at_end(&self, py: Python<'_>) -> bool {
        self.end.is_ended(py) && self.end.len(py) == 0
    }
}

#[pymethods]
impl Consumer {
    /// Takes the oldest item out. `Empty` if none comes within `timeout` seconds; `EOFError` at the end.
    #[pyo3(signature = (timeout=None))]
    fn pop<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        self.pop_one(py, Patience::new(timeout)?)
    }

    /// Takes the oldest item out. `Empty` if there is none now; `EOFError` at the end.
    fn try_pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.pop_one(py, Patience::none())
    }

    /// Takes items out: those that are there, at least one, at most `n`. None at the end: `b""` for bytes.
    ///
    /// `Empty` if none comes within `timeout` seconds.
    #[pyo3(signature = (n=-1, /, timeout=None), text_signature = "($self, n=-1, /, timeout=None)")]
    fn read<'py>(&self, py: Python<'py>, n: isize, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        self.take_many(py, n, Patience::new(timeout)?)
    }

    /// As `read`, without waiting.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn try_read<'py>(&self, py: Python<'py>, n: isize) -> PyResult<Bound<'py, PyAny>> {
        self.take_many(py, n, Patience::none())
    }

    /// Moves items into `buffer` and returns how many: those that are there, at least one. 0 at the end.
    ///
    /// `Empty` if none comes within `timeout` seconds.
    #[pyo3(signature = (buffer, /, timeout=None))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<usize> {
        let (target, patience) = (Foreign::room(buffer, &self.end.ring.dtype)?, Patience::new(timeout)?);
        loop {
            let there = if target.place().len == 0 { 0 } else { self.wait_for(py, 1, patience)? };
            let taken = if there == 0 { 0 } else { self.end.take_into(py, target.place())? };
            if there == 0 || taken > 0 {
                return Ok(self.end.ring.dtype.items_in(taken));
            }
        }
    }

    /// All items where they are, once there are `at_least` so many.
    ///
    /// `Empty` if they do not come within `timeout` seconds, `EOFError` if they never will; `read_view(0)` gives those left.
    #[pyo3(signature = (at_least=1, /, timeout=None))]
    fn read_view(&self, py: Python<'_>, at_least: isize, timeout: Option<f64>) -> PyResult<ReadView> {
        let wanted = count("at_least", at_least, 0)?;
        let left = self.wait_for(py, wanted, Patience::new(timeout)?)?;
        if left < wanted {
            return Err(Refusal::End { wanted, left }.into());
        }
        Ok(ReadView::new(self.end.lend(py)?))
    }

    /// Waits until there are `n` items, or the end. False when the time is over.
    #[pyo3(signature = (n=1, /, timeout=None))]
    fn wait(&self, py: Python<'_>, n: isize, timeout: Option<f64>) -> PyResult<bool> {
        Ok(self.end.wait(py, count("n", n, 0)?, Patience::new(timeout)?)?.is_some())
    }

    /// As `read`, for a task of asyncio.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn aread<'py>(slf: Bound<'py, Self>, n: isize) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("ringfold.aio")?.call_method1("_read", (slf, n))
    }

    /// As `pop`, for a task of asyncio.
    fn apop(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("ringfold.aio")?.call_method1("_pop", (slf,))
    }

    fn __aiter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("ringfold.aio")?.call_method1("_iterate", (slf,))
    }

    /// What an event loop waits for: it becomes readable when there are items, once `arm` has said False.
    fn fileno(&self) -> PyResult<i32> {
        self.end.descriptor()
    }

    /// Whether there are `n` items now, or the end. If not, the descriptor will become readable when there are.
    #[pyo3(signature = (n=1, /))]
    fn arm(&self, py: Python<'_>, n: isize) -> PyResult<bool> {
        self.end.arm(py, count("n", n, 0)?)
    }

    /// For `io.BufferedReader`.
    fn readable(&self, py: Python<'_>) -> bool {
        !self.end.is_closed(py)
    }

    /// For `io.BufferedReader`.
    fn writable(&self) -> bool {
        false
    }

    /// For `io.BufferedReader`.
    fn flush(&self) {}

    /// For `io.BufferedReader`.
    fn seekable(&self) -> bool {
        false
    }

    /// Tells writers that nobody reads any more. Threads that wait in it are woken.
    fn close(&self, py: Python<'_>) {
        self.end.close(py);
    }

    /// Whether this end was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.end.is_closed(py)
    }

    /// Whether everything was read, and nobody is left to write.
    #[getter]
    fn ended(&self, py: Python<'_>) -> bool {
        self.is_at_end(py)
    }

    /// How many items fit: exactly what was asked for.
    #[getter]
    fn capacity(&self) -> usize {
        self.end.ring.capacity
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

    fn __len__(&self, py: Python<'_>) -> usize {
        self.end.len(py)
    }

    /// A file is true, also where nothing is in it.
    fn __bool__(&self) -> bool {
        true
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Bytes come in pieces, as they are there; other items one by one.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let patience = Patience::new(None)?;
        let next = if self.end.ring.dtype.is_bytes() {
            Some(self.take_many(py, -1, patience)?).filter(|piece| piece.len().is_ok_and(|len| len > 0))
        } else {
            self.take_one(py, patience)?
        };
        next.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        match slf.get().end.is_closed(slf.py()) {
            true => Err(Refusal::Closed(WHAT).into()),
            false => Ok(slf),
        }
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.end.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (capacity, dtype) = (self.end.ring.capacity, self.end.ring.dtype.shown(py));
        match self.end.is_closed(py) {
            true => format!("<ringfold.{WHAT}, closed>"),
            false => format!("<ringfold.{WHAT} {}/{capacity}{dtype}>", self.end.len(py)),
        }
    }
}
