//! `List`: items that never move, and grow without a copy.

use std::mem::MaybeUninit;
use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyString, PyTuple};
use ringfold::List as Room;

use crate::bulk::{self, Subscript, copying};
use crate::dtype::Dtype;
use crate::errors::{Refusal, count, memory_error};
use crate::foreign::{Foreign, Place};
use crate::lease::{Host, Lease, Window};
use crate::lock::{Guard, Lock};
use crate::views::{ReadView, unpicklable};
use crate::{array, face};

const WHAT: &str = "List";

/// Bytes that are copied at a time: other people's memory first, which may change meanwhile, then ours.
const BLOCK: usize = 1 << 13;

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

/// The room, and who holds bytes of it.
struct Kept {
    dtype: Arc<Dtype>,
    state: Lock<State>,
}

struct State {
    /// Always one slice. Gone once it is closed and nothing is lent.
    room: Option<Room<u8>>,
    is_closed: bool,
    /// Who holds bytes, and up to which.
    readers: Vec<(Arc<Lease>, usize)>,
}

impl State {
    fn open(&mut self) -> Result<&mut Room<u8>, Refusal> {
        match &mut self.room {
            Some(room) if !self.is_closed => Ok(room),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }

    /// To change what lies behind the byte `from`.
    fn free_from(&mut self, from: usize, verb: &'static str) -> Result<&mut Room<u8>, Refusal> {
        match self.readers.iter().find(|(_, end)| *end > from) {
            Some((lease, _)) => Err(Refusal::Held(verb, lease.holder())),
            None => self.open(),
        }
    }
}

impl Kept {
    fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, State> {
        self.state.lock(py)
    }

    fn len(&self, py: Python<'_>) -> Result<usize, Refusal> {
        let bytes = self.lock(py).open()?.len();
        Ok(self.dtype.items_in(bytes))
    }

    fn extend(&self, py: Python<'_>, place: Place) -> PyResult<()> {
        let mut state = self.lock(py);
        let room = state.open()?;
        copying(py, place.len, || {
            room.try_reserve(place.len)?;
            let mut block = [const { MaybeUninit::<u8>::uninit() }; BLOCK];
            for from in (0..place.len).step_by(BLOCK) {
                let block = &mut block[..BLOCK.min(place.len - from)];
                // SAFETY: the caller has borrowed the place; after it every byte of the block is initialised.
                let block = unsafe {
                    place.copy_to(from, block);
                    &*(&raw const *block as *const [u8])
                };
                room.extend_from_slice(block);
            }
            Ok(())
        })
        .map_err(memory_error)
    }

    fn push(&self, py: Python<'_>, item: &[u8]) -> PyResult<()> {
        let mut state = self.lock(py);
        let room = state.open()?;
        room.try_reserve(item.len()).map_err(memory_error)?;
        room.extend_from_slice(item);
        Ok(())
    }

    fn truncate(&self, py: Python<'_>, items: usize) -> Result<(), Refusal> {
        let bytes = items.saturating_mul(self.dtype.itemsize);
        self.lock(py).free_from(bytes, "remove items")?.truncate(bytes);
        Ok(())
    }

    /// Copies items out, from the byte `from` on. False if they are not there (any more).
    fn copy_out(&self, py: Python<'_>, from: usize, target: &mut [MaybeUninit<u8>]) -> Result<bool, Refusal> {
        let mut state = self.lock(py);
        let room = state.open()?;
        let bytes = room.as_slice().and_then(|bytes| bytes.get(from..)?.get(..target.len()));
        let Some(bytes) = bytes else { return Ok(false) };
        copying(py, target.len(), || bulk::write(target, bytes));
        Ok(true)
    }

    fn replace(&self, py: Python<'_>, from: usize, item: &[u8]) -> Result<bool, Refusal> {
        let mut state = self.lock(py);
        let room = state.free_from(from, "overwrite an item")?;
        let target = room.as_mut_slice().and_then(|bytes| bytes.get_mut(from..)?.get_mut(..item.len()));
        Ok(target.map(|target| target.copy_from_slice(item)).is_some())
    }

    fn pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let size = self.dtype.itemsize;
        let item = bulk::bytes(py, size, |target| {
            let mut state = self.lock(py);
            let len = state.open()?.len();
            let from =
                len.checked_sub(size).ok_or_else(|| PyIndexError::new_err("pop from an empty List"))?;
            let room = state.free_from(from, "pop")?;
            bulk::write(target, room.as_slice().map_or(&[], |bytes| &bytes[from..]));
            room.truncate(from);
            Ok::<usize, PyErr>(size)
        })?;
        self.dtype.decode(py, item.cast::<PyBytes>()?.as_bytes())
    }

    fn lend(self: &Arc<Self>, py: Python<'_>, range: std::ops::Range<usize>) -> Result<Window, Refusal> {
        let size = self.dtype.itemsize;
        let mut state = self.lock(py);
        let bytes = state.open()?.as_slice().unwrap_or(&[]);
        let end = range.end.saturating_mul(size).min(bytes.len());
        let from = range.start.saturating_mul(size).min(end);
        let bytes = &bytes[from..end];
        let place = (bytes.as_ptr().cast_mut(), bytes.len());
        let lease = Lease::new("ReadView", self.dtype.items_in(bytes.len()));
        state.readers.push((lease.clone(), end));
        // SAFETY: a contiguous list never moves an item, and `free_from` keeps everybody from overwriting or removing these while
        // the lease is in the table.
        Ok(unsafe { Window::new(place, false, &self.dtype, lease, self.clone()) })
    }

    fn close(&self, py: Python<'_>) {
        let mut state = self.lock(py);
        state.is_closed = true;
        let unused = if state.readers.is_empty() { state.room.take() } else { None };
        drop(state);
        drop(unused);
    }
}

impl Host for Kept {
    fn end(&self, py: Python<'_>, lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        if bytes > 0 {
            return Err(Refusal::Held(
                "consume",
                "a List keeps its items: pop() or truncate() it".to_owned(),
            ));
        }
        let mut state = self.lock(py);
        state.readers.retain(|(other, _)| !Arc::ptr_eq(other, lease));
        let unused = if state.is_closed && state.readers.is_empty() { state.room.take() } else { None };
        drop(state);
        drop(unused);
        Ok(())
    }
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
        let mut builder = Room::builder().contiguous(true);
        if let Some(items) = room_for {
            builder = builder.room_for(count("room_for", items, 1)?.saturating_mul(dtype.itemsize));
        }
        let room = builder.build().map_err(memory_error)?;
        let state = State { room: Some(room), is_closed: false, readers: Vec::new() };
        Ok(Self { kept: Arc::new(Kept { dtype: Arc::new(dtype), state: Lock::new(state) }) })
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
        let bytes = count("n", n, 0)?.saturating_mul(self.kept.dtype.itemsize);
        self.kept.lock(py).open()?.try_reserve(bytes).map_err(memory_error)
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
        self.kept.lock(py).is_closed
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
