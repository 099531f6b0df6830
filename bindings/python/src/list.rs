//! `List`: what Python sees of a [`Kept`] room.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyString, PyTuple};

use crate::bulk::{self, Subscript};
use crate::dtype::Dtype;
use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::kept::Kept;
use crate::lock::Lock;
use crate::views::{ReadView, unpicklable};
use crate::{array, face};

const WHAT: &str = "List";

/// A list of bytes, numbers or records in one piece of memory that grows in place.
///
/// It never copies what is in it, so `numpy.asarray(list)` stays valid while the list grows. Items behind the last one that an
/// array or a view shows can be popped and overwritten; those it shows cannot (`BufferError`).
///
/// >>> from ringfold import List
/// >>> samples = List("d")
/// >>> samples.extend([1, 2, 3])
/// >>> samples[0] = 4
/// >>> list(samples), samples.pop(), len(samples)
/// ([4.0, 2.0, 3.0], 3.0, 2)
#[pyclass(frozen, module = "ringfold", subclass)]
pub struct List {
    kept: Arc<Kept>,
}

/// Goes through a list block by block, each of them copied: items that are appended meanwhile come too.
#[pyclass(frozen, module = "ringfold")]
struct ListIterator {
    kept: Arc<Kept>,
    at: Lock<Position>,
}

struct Position {
    next: usize,
    /// Goes through the block before `next`.
    block: Option<Py<PyAny>>,
}

/// Items that an iterator copies at a time.
const ITERATED: usize = 1024;

#[pymethods]
impl ListIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (kept, size) = (&self.kept, self.kept.dtype.itemsize);
        loop {
            let block = self.at.lock(py).block.as_ref().map(|block| block.clone_ref(py));
            if let Some(item) =
                block.and_then(|block| block.into_bound(py).cast_into::<PyIterator>().ok()?.next())
            {
                return item.map(Some);
            }
            let from = self.at.lock(py).next;
            let items = kept.len(py)?.saturating_sub(from).min(ITERATED);
            if items == 0 {
                return Ok(None);
            }
            let copy = bulk::items(py, &kept.dtype, items * size, |target| {
                face::taken(kept.copy_out(py, from * size, target)?, items * size)
            })?;
            let block = copy.try_iter()?.into_any().unbind();
            let old = std::mem::replace(
                &mut *self.at.lock(py),
                Position { next: from + items, block: Some(block) },
            );
            drop(old);
        }
    }
}

#[pymethods]
impl List {
    #[new]
    #[pyo3(signature = (dtype=None, *, room_for=None))]
    fn new(py: Python<'_>, dtype: Option<&Bound<'_, PyAny>>, room_for: Option<isize>) -> PyResult<Self> {
        let code = PyString::new(py, "B").into_any();
        let dtype = Dtype::new(py, dtype.unwrap_or(&code))?;
        let room_for = room_for.map(|items| count("room_for", items, 1)).transpose()?;
        Ok(Self { kept: Kept::new(dtype, room_for)? })
    }

    /// Puts one item behind the others.
    #[pyo3(signature = (item, /))]
    fn append(&self, py: Python<'_>, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let item = self.kept.dtype.encode(item)?;
        self.kept.push(py, item.bytes())
    }

    /// Puts all items behind the others. A buffer is copied at once.
    #[pyo3(signature = (data, /))]
    fn extend(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        if face::has_buffer(data) {
            let data = Foreign::items(data, &self.kept.dtype)?;
            return self.kept.extend(py, data.place());
        }
        for item in data.try_iter()? {
            self.append(py, &item?)?;
        }
        Ok(())
    }

    /// Takes the last item out. `IndexError` if there is none.
    fn pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.kept.pop(py)
    }

    /// Drops what is behind the first `length` items.
    #[pyo3(signature = (length, /))]
    fn truncate(&self, py: Python<'_>, length: isize) -> PyResult<()> {
        Ok(self.kept.truncate(py, count("length", length, 0)?)?)
    }

    /// Drops all items.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.kept.truncate(py, 0)?)
    }

    /// Takes memory for `n` more items now. `MemoryError` if there is not so much.
    #[pyo3(signature = (n, /))]
    fn reserve(&self, py: Python<'_>, n: isize) -> PyResult<()> {
        self.kept.reserve(py, count("n", n, 0)?)
    }

    /// The items from `start` to `stop` where they are.
    #[pyo3(signature = (start=0, stop=None, /))]
    fn read_view(&self, py: Python<'_>, start: isize, stop: Option<isize>) -> PyResult<ReadView> {
        let start = count("start", start, 0)?;
        let stop = stop.map_or(Ok(usize::MAX), |stop| count("stop", stop, 0))?;
        Ok(ReadView::new(self.kept.lend(py, start..stop)?))
    }

    /// Gives the memory back, or leaves that to the last array made of it.
    fn close(&self, py: Python<'_>) {
        self.kept.close(py);
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.kept.is_closed(py)
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.kept.dtype.given(py)
    }

    /// Bytes of an item.
    #[getter]
    fn itemsize(&self) -> usize {
        self.kept.dtype.itemsize
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.kept.len(py).unwrap_or(0)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (kept, size) = (&self.kept, self.kept.dtype.itemsize);
        match bulk::subscript(key, kept.len(py)?, WHAT)? {
            Subscript::One(at) => {
                let item =
                    bulk::bytes(py, size, |target| face::taken(kept.copy_out(py, at * size, target)?, size))?;
                kept.dtype.decode(py, item.cast::<PyBytes>()?.as_bytes())
            }
            Subscript::Many(from, step, items) => bulk::items(py, &kept.dtype, items * size, |target| {
                let run = if step == 1 { (items * size).max(1) } else { size };
                for (i, target) in (0_isize..).zip(target.chunks_exact_mut(run)) {
                    face::taken(kept.copy_out(py, (from + i * step).unsigned_abs() * size, target)?, 0)?;
                }
                Ok::<usize, PyErr>(items * size)
            }),
        }
    }

    fn __iter__(&self) -> ListIterator {
        ListIterator { kept: self.kept.clone(), at: Lock::new(Position { next: 0, block: None }) }
    }

    fn __setitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Subscript::One(at) = bulk::subscript(key, self.kept.len(py)?, WHAT)? else {
            return Err(Refusal::WrongType(
                "a slice cannot be assigned to: assign items one by one".to_owned(),
            )
            .into());
        };
        let item = self.kept.dtype.encode(value)?;
        face::taken(self.kept.replace(py, at * self.kept.dtype.itemsize, item.bytes())?, 0).map(drop)
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let view = Bound::new(py, self.read_view(py, 0, None)?)?;
        array::of(view.as_any(), &self.kept.dtype, dtype, copy)
    }

    #[pyo3(signature = (**options))]
    fn __dlpack__<'py>(
        &self,
        py: Python<'py>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let view = Bound::new(py, self.read_view(py, 0, None)?)?;
        array::dlpack(view.as_any(), &self.kept.dtype, options)
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        array::CPU
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().kept.len(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.kept.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let dtype = self.kept.dtype.shown(py);
        match self.kept.len(py) {
            Ok(len) => format!("<ringfold.{WHAT} of {len} items{dtype}>"),
            Err(_) => format!("<ringfold.{WHAT}, closed>"),
        }
    }
}
