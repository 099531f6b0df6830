//! What a `List` is over: a room behind a lock, items that never move, and who holds bytes of them.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ringfold::List as Room;

use crate::bulk::{self, copying};
use crate::dtype::Dtype;
use crate::errors::{Refusal, memory_error};
use crate::foreign::Place;
use crate::fork::Origin;
use crate::lease::{Host, Lease, Window};
use crate::lock::{Guard, Lock};

const WHAT: &str = "List";

/// Bytes that are copied at a time: other people's memory first, which may change meanwhile, then ours.
const BLOCK: usize = 1 << 13;

/// The room, and who holds bytes of it.
pub struct Kept {
    pub dtype: Arc<Dtype>,
    origin: Origin,
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
    /// An empty list, with addresses for so many items, or for as many as the machine could hold.
    pub fn new(dtype: Dtype, room_for: Option<usize>) -> PyResult<Arc<Self>> {
        let mut builder = Room::builder().contiguous(true);
        if let Some(items) = room_for {
            builder = builder.room_for(items.saturating_mul(dtype.itemsize));
        }
        let room = builder.build().map_err(memory_error)?;
        let state = State { room: Some(room), is_closed: false, readers: Vec::new() };
        Ok(Arc::new(Self { dtype: Arc::new(dtype), origin: Origin::here(), state: Lock::new(state) }))
    }

    fn lock<'a>(&'a self, py: Python<'a>) -> Result<Guard<'a, State>, Refusal> {
        self.origin.check(WHAT)?;
        Ok(self.state.lock(py))
    }

    pub fn len(&self, py: Python<'_>) -> Result<usize, Refusal> {
        let bytes = self.lock(py)?.open()?.len();
        Ok(self.dtype.items_in(bytes))
    }

    pub fn extend(&self, py: Python<'_>, place: Place) -> PyResult<()> {
        let mut state = self.lock(py)?;
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

    pub fn push(&self, py: Python<'_>, item: &[u8]) -> PyResult<()> {
        let mut state = self.lock(py)?;
        let room = state.open()?;
        room.try_reserve(item.len()).map_err(memory_error)?;
        room.extend_from_slice(item);
        Ok(())
    }

    /// Takes memory for so many more items.
    pub fn reserve(&self, py: Python<'_>, items: usize) -> PyResult<()> {
        let bytes = items.saturating_mul(self.dtype.itemsize);
        self.lock(py)?.open()?.try_reserve(bytes).map_err(memory_error)
    }

    pub fn is_closed(&self, py: Python<'_>) -> bool {
        self.lock(py).is_ok_and(|state| state.is_closed)
    }

    /// Drops what is behind the first `items`.
    pub fn truncate(&self, py: Python<'_>, items: usize) -> Result<(), Refusal> {
        let bytes = items.saturating_mul(self.dtype.itemsize);
        self.lock(py)?.free_from(bytes, "remove items")?.truncate(bytes);
        Ok(())
    }

    /// Copies items out, from the byte `from` on. False if they are not there (any more).
    pub fn copy_out(
        &self,
        py: Python<'_>,
        from: usize,
        target: &mut [MaybeUninit<u8>],
    ) -> Result<bool, Refusal> {
        let mut state = self.lock(py)?;
        let room = state.open()?;
        let bytes = room.as_slice().and_then(|bytes| bytes.get(from..)?.get(..target.len()));
        let Some(bytes) = bytes else { return Ok(false) };
        copying(py, target.len(), || bulk::write(target, bytes));
        Ok(true)
    }

    pub fn replace(&self, py: Python<'_>, from: usize, item: &[u8]) -> Result<bool, Refusal> {
        let mut state = self.lock(py)?;
        let room = state.free_from(from, "overwrite an item")?;
        let target = room.as_mut_slice().and_then(|bytes| bytes.get_mut(from..)?.get_mut(..item.len()));
        Ok(target.map(|target| target.copy_from_slice(item)).is_some())
    }

    pub fn pop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let size = self.dtype.itemsize;
        let item = bulk::bytes(py, size, |target| {
            let mut state = self.lock(py)?;
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

    pub fn lend(self: &Arc<Self>, py: Python<'_>, range: Range<usize>) -> Result<Window, Refusal> {
        let size = self.dtype.itemsize;
        let mut state = self.lock(py)?;
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

    pub fn close(&self, py: Python<'_>) {
        let Ok(mut state) = self.lock(py) else { return };
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
        let mut state = self.lock(py)?;
        state.readers.retain(|(other, _)| !Arc::ptr_eq(other, lease));
        let unused = if state.is_closed && state.readers.is_empty() { state.room.take() } else { None };
        drop(state);
        drop(unused);
        Ok(())
    }
}
