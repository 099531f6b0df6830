//! `Queue`: all or nothing, in and out, with slots to be filled in place.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::owned::Owned;
use crate::views::{ReadView, WriteView, unpicklable};
use crate::{array, bulk, face};

const WHAT: &str = "Queue";

/// One thread's queue of bytes, numbers or records: all or nothing, in and out.
///
/// Nothing waits, and nothing is ever cut or dropped: what does not fit raises `Full`, what is not there `Empty`.
///
/// >>> from ringfold import Queue
/// >>> queue = Queue(64)
/// >>> with queue.reserve(16) as slots:  # filled in place, by readinto for instance
/// ...     slots[:5] = b"hello"
/// ...     slots.commit(5)
/// 5
/// >>> queue.read(5)
/// b'hello'
#[pyclass(frozen, module = "ringfold", subclass)]
pub struct Queue {
    owned: Arc<Owned>,
}

#[pymethods]
impl Queue {
    #[new]
    #[pyo3(signature = (capacity, dtype=None))]
    fn new(py: Python<'_>, capacity: isize, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self { owned: face::make(WHAT, capacity, dtype, py)? })
    }

    /// Puts one item in. `Full` if there is no room.
    #[pyo3(signature = (item, /))]
    fn push(&self, py: Python<'_>, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = self.owned.dtype.encode(item)?;
        Ok(self.owned.push(py, item.bytes())?)
    }

    /// Takes the oldest item out. `Empty` if there is none.
    fn pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        face::pop(py, &self.owned)
    }

    /// Puts all items in and returns how many. `Full` if they do not all fit; then it takes none.
    #[pyo3(signature = (data, /))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<usize> {
        let data = Foreign::items(data, &self.owned.dtype)?;
        Ok(self.owned.write(py, data.place(), true)?)
    }

    /// Takes exactly `n` items out, or all there are. `Empty` if there are fewer than `n`; then it takes none.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn read<'py>(&self, py: Python<'py>, n: isize) -> PyResult<Bound<'py, PyAny>> {
        let Ok(wanted) = usize::try_from(n) else { return face::read(py, &self.owned, n) };
        let size = self.owned.dtype.itemsize;
        let available = self.owned.look(py, |stream| self.owned.dtype.items_in(stream.len()))?;
        if wanted > available {
            return Err(Refusal::Empty { wanted, available }.into());
        }
        bulk::items(py, &self.owned.dtype, wanted * size, |target| self.owned.read(py, target))
    }

    /// Moves as many items into `buffer` as there are and fit, and returns how many those were.
    #[pyo3(signature = (buffer, /))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        face::readinto(py, &self.owned, buffer)
    }

    /// `n` vacant slots, to be filled in place and committed. `Full` if there are not so many.
    #[pyo3(signature = (n, /))]
    fn reserve(&self, py: Python<'_>, n: isize) -> PyResult<WriteView> {
        let n = count("n", n, 0)?;
        Ok(WriteView::new(self.owned.lend_room(py, Some(n))?))
    }

    /// All items where they are.
    fn peek(&self, py: Python<'_>) -> PyResult<ReadView> {
        face::read_view(py, &self.owned, -1)
    }

    /// Drops the `n` oldest items. `Empty` if there are not so many; then it drops none.
    #[pyo3(signature = (n, /))]
    fn release(&self, py: Python<'_>, n: isize) -> PyResult<()> {
        Ok(self.owned.consume(py, count("n", n, 0)?)?)
    }

    /// Drops all items.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.owned.clear(py)?)
    }

    /// Gives the memory back, or leaves that to the last array made of it. Leaving a `with` block does the same.
    fn close(&self, py: Python<'_>) {
        self.owned.close(py);
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.owned.is_closed(py)
    }

    /// How many items fit: exactly what was asked for.
    #[getter]
    fn capacity(&self) -> usize {
        self.owned.capacity
    }

    /// How many more items fit.
    #[getter]
    fn free(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(face::free(py, &self.owned)?)
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.owned.dtype.given(py)
    }

    /// Bytes of an item.
    #[getter]
    fn itemsize(&self) -> usize {
        self.owned.dtype.itemsize
    }

    /// Which memory it really got, in words.
    #[getter]
    fn memory(&self, py: Python<'_>) -> PyResult<String> {
        Ok(face::memory(py, &self.owned)?)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.owned.len(py)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        face::item(py, &self.owned, key, WHAT)
    }

    fn __setitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        face::replace(py, &self.owned, key, value, WHAT)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        face::iterate(py, &self.owned)
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let view = Bound::new(py, face::read_view(py, &self.owned, -1)?)?;
        array::of(view.as_any(), &self.owned.dtype, dtype, copy)
    }

    #[pyo3(signature = (**options))]
    fn __dlpack__<'py>(
        &self,
        py: Python<'py>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let view = Bound::new(py, face::read_view(py, &self.owned, -1)?)?;
        array::dlpack(view.as_any(), &self.owned.dtype, options)
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        array::CPU
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().owned.look(slf.py(), |_| ())?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.owned.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        face::shown(py, &self.owned, WHAT)
    }
}
