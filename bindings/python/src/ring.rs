//! `Ring`: a window over the last items.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::errors::count;
use crate::foreign::Foreign;
use crate::owned::Owned;
use crate::views::{ReadView, WriteView, unpicklable};
use crate::{array, face};

const WHAT: &str = "Ring";

/// One thread's ring of bytes, numbers or records: a window over the last ones that is always contiguous.
///
/// Nothing waits. A full ring takes what fits (`write`), says so (`push`), or drops its oldest items (`extend`,
/// `push_overwrite`). `numpy.asarray(ring)` is the whole window without a copy.
///
/// >>> from ringfold import Ring
/// >>> last = Ring(4, "d")
/// >>> last.extend([1, 2, 3, 4, 5])
/// >>> list(last), last[-1]
/// ([2.0, 3.0, 4.0, 5.0], 5.0)
#[pyclass(frozen, module = "ringfold", subclass)]
pub struct Ring {
    owned: Arc<Owned>,
}

#[pymethods]
impl Ring {
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

    /// Puts one item in; a full ring drops and returns its oldest.
    #[pyo3(signature = (item, /))]
    fn push_overwrite<'py>(
        &self,
        py: Python<'py>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let item = self.owned.dtype.encode(item)?;
        let mut oldest = item.bytes().to_vec();
        match self.owned.push_overwrite(py, item.bytes(), &mut oldest)? {
            true => self.owned.dtype.decode(py, &oldest).map(Some),
            false => Ok(None),
        }
    }

    /// Takes the oldest item out. `Empty` if there is none.
    fn pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        face::pop(py, &self.owned)
    }

    /// Puts as many of the items in as fit, and returns how many those were: perhaps 0.
    #[pyo3(signature = (data, /))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<usize> {
        let data = Foreign::items(data, &self.owned.dtype)?;
        Ok(self.owned.write(py, data.place(), false)?)
    }

    /// Puts all items in; each that does not fit drops the oldest. A buffer is copied at once.
    #[pyo3(signature = (data, /))]
    fn extend(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        if face::has_buffer(data) {
            let data = Foreign::items(data, &self.owned.dtype)?;
            return Ok(self.owned.overwrite(py, data.place())?);
        }
        for item in data.try_iter()? {
            let item = self.owned.dtype.encode(&item?)?;
            let mut oldest = item.bytes().to_vec();
            self.owned.push_overwrite(py, item.bytes(), &mut oldest)?;
        }
        Ok(())
    }

    /// Takes the oldest items out: at most `n`, or all.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn read<'py>(&self, py: Python<'py>, n: isize) -> PyResult<Bound<'py, PyAny>> {
        face::read(py, &self.owned, n)
    }

    /// Moves the oldest items into `buffer`, and returns how many those were.
    #[pyo3(signature = (buffer, /))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        face::readinto(py, &self.owned, buffer)
    }

    /// The oldest items (at most `n`, or all) where they are.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn read_view(&self, py: Python<'_>, n: isize) -> PyResult<ReadView> {
        face::read_view(py, &self.owned, n)
    }

    /// `n` vacant slots where they are, or all. `Full` if there are not so many.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn write_view(&self, py: Python<'_>, n: isize) -> PyResult<WriteView> {
        face::write_view(py, &self.owned, n)
    }

    /// Drops the `n` oldest items. `Empty` if there are not so many; then it drops none.
    #[pyo3(signature = (n, /))]
    fn consume(&self, py: Python<'_>, n: isize) -> PyResult<()> {
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
