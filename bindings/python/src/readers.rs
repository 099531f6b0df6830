//! `Reader` and `LossyReader`: what reads from a broadcast ring.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyTuple};
use ringfold::broadcast::RecvTimeoutError;

use crate::bulk;
use crate::dtype::Dtype;
use crate::errors::{Refusal, lagged};
use crate::feed::{Read, Sample};
use crate::fork::Origin;
use crate::lease::{Host, Lease, Window};
use crate::views::{ReadView, unpicklable};
use crate::wait::{Patience, in_slices};

const WHAT: &str = "Reader";

/// A reader of a `Broadcast`, which the writer waits for.
///
/// Iterating gives items, and for bytes whatever is there, until the end. Close a reader that is no longer needed: the writer
/// waits for it until then, or until it is dropped.
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct Reader {
    seat: Arc<Seat>,
    capacity: usize,
}

/// A reader of a `Broadcast` that nobody waits for: what it is too slow for, it misses, and is told how much.
///
/// Iterating goes on behind what was missed.
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct LossyReader {
    dtype: Arc<Dtype>,
    is_closed: AtomicBool,
    origin: Origin,
    sample: Mutex<Option<Box<dyn Sample>>>,
}

struct Seat {
    dtype: Arc<Dtype>,
    /// A hint for threads that wait; the state decides.
    is_closed: AtomicBool,
    origin: Origin,
    state: Mutex<State>,
}

struct State {
    /// Gone once it is closed and nothing is lent.
    reader: Option<Box<dyn Read>>,
    lease: Option<Arc<Lease>>,
}

impl Seat {
    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, State>, Refusal> {
        self.origin.check(WHAT)?;
        // The rooms do not panic; what a panic would leave is a whole state.
        Ok(self.state.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn open<'a>(&self, state: &'a mut State, verb: &'static str) -> Result<&'a mut Box<dyn Read>, Refusal> {
        if let Some(lease) = &state.lease {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        match &mut state.reader {
            Some(reader) if !self.is_closed.load(Ordering::Relaxed) => Ok(reader),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }

    /// Waits for an item. False at the end.
    fn wait(&self, py: Python<'_>, patience: Patience) -> PyResult<bool> {
        self.origin.check(WHAT)?;
        let found = in_slices(py, patience, |slice| {
            let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            Ok(self.open(&mut state, "read")?.wait(slice))
        })?;
        match (found, patience.seconds) {
            (Some(found), _) => Ok(found),
            (None, 0.0) => Err(Refusal::Empty { wanted: 1, available: 0 }.into()),
            (None, seconds) => Err(Refusal::Late { is_full: false, wanted: 1, seconds }.into()),
        }
    }

    fn show<R>(
        &self,
        py: Python<'_>,
        verb: &'static str,
        mut f: impl FnMut(&[u8]) -> (R, usize),
    ) -> Result<Option<R>, Refusal> {
        let mut shown = None;
        self.open(&mut *self.lock(py)?, verb)?.show(&mut |bytes| {
            let (result, released) = f(bytes);
            shown = Some(result);
            released
        });
        Ok(shown)
    }

    fn take(&self, py: Python<'_>, target: &mut [MaybeUninit<u8>]) -> Result<usize, Refusal> {
        let taken = self.show(py, "take items out", |bytes| {
            let count = bytes.len().min(target.len());
            bulk::write(&mut target[..count], &bytes[..count]);
            (count, count)
        })?;
        Ok(taken.unwrap_or(0))
    }

    fn lend(self: &Arc<Self>, py: Python<'_>) -> Result<Window, Refusal> {
        let mut state = self.lock(py)?;
        let mut place = (std::ptr::NonNull::dangling().as_ptr(), 0);
        self.open(&mut state, "lend items")?.show(&mut |bytes| {
            place = (bytes.as_ptr().cast_mut(), bytes.len());
            0
        });
        let lease = Lease::new("ReadView", self.dtype.items_in(place.1));
        state.lease = Some(lease.clone());
        // SAFETY: the producer writes no slot that this reader has not released, and nobody releases any while the lease is there.
        Ok(unsafe { Window::new(place, false, &self.dtype, lease, self.clone()) })
    }
}

impl Host for Seat {
    fn end(&self, py: Python<'_>, _lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        state.lease = None;
        if self.is_closed.load(Ordering::Relaxed) {
            let unused = state.reader.take();
            drop(state);
            drop(unused);
            return if bytes > 0 { Err(Refusal::Closed(WHAT)) } else { Ok(()) };
        }
        if bytes > 0 {
            self.open(&mut state, "consume")?.show(&mut |_| bytes);
        }
        Ok(())
    }
}

impl Reader {
    pub fn new(dtype: &Arc<Dtype>, capacity: usize, reader: Box<dyn Read>) -> Self {
        let state = Mutex::new(State { reader: Some(reader), lease: None });
        let seat = Arc::new(Seat {
            dtype: dtype.clone(),
            is_closed: AtomicBool::new(false),
            origin: Origin::here(),
            state,
        });
        Self { seat, capacity }
    }

    fn take_many<'py>(&self, py: Python<'py>, n: isize, patience: Patience) -> PyResult<Bound<'py, PyAny>> {
        let (dtype, most) = (&self.seat.dtype, usize::try_from(n).unwrap_or(usize::MAX));
        loop {
            if most == 0 || !self.seat.wait(py, patience)? {
                return bulk::items(py, dtype, 0, |_| Ok::<usize, Refusal>(0));
            }
            let there = self.seat.show(py, "read", |bytes| (bytes.len(), 0))?.unwrap_or(0);
            let bytes = most.saturating_mul(dtype.itemsize).min(there);
            let items = bulk::items(py, dtype, bytes, |target| self.seat.take(py, target))?;
            // None of them: another thread that shares this reader was quicker. That is not the end.
            if items.len()? > 0 {
                return Ok(items);
            }
        }
    }

    fn take_one<'py>(&self, py: Python<'py>, patience: Patience) -> PyResult<Option<Bound<'py, PyAny>>> {
        let dtype = &self.seat.dtype;
        while self.seat.wait(py, patience)? {
            let item = bulk::bytes(py, dtype.itemsize, |target| self.seat.take(py, target))?;
            let item = item.cast::<PyBytes>()?.as_bytes();
            // Another thread that shares this reader may have been quicker.
            if !item.is_empty() {
                return dtype.decode(py, item).map(Some);
            }
        }
        Ok(None)
    }
}

#[pymethods]
impl Reader {
    /// Takes the next item. `Empty` if none comes within `timeout` seconds; `EOFError` at the end.
    #[pyo3(signature = (timeout=None))]
    fn pop<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let item = self.take_one(py, Patience::new(timeout)?)?;
        Ok(item.ok_or(Refusal::End { wanted: 1, left: 0 })?)
    }

    /// Takes the items that are there, at least one, at most `n`; none at the end. `Empty` as in `pop`.
    #[pyo3(signature = (n=-1, /, timeout=None), text_signature = "($self, n=-1, /, timeout=None)")]
    fn read<'py>(&self, py: Python<'py>, n: isize, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        self.take_many(py, n, Patience::new(timeout)?)
    }

    /// The items that are there, at least one, where they are. `Empty` and `EOFError` as in `pop`.
    #[pyo3(signature = (timeout=None))]
    fn read_view(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<ReadView> {
        match self.seat.wait(py, Patience::new(timeout)?)? {
            true => Ok(ReadView::new(self.seat.lend(py)?)),
            false => Err(Refusal::End { wanted: 1, left: 0 }.into()),
        }
    }

    /// Leaves: the writer waits for it no longer.
    fn close(&self, py: Python<'_>) {
        self.seat.is_closed.store(true, Ordering::Relaxed);
        let Ok(mut state) = self.seat.lock(py) else { return };
        let unused = if state.lease.is_none() { state.reader.take() } else { None };
        drop(state);
        drop(unused);
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.seat.is_closed.load(Ordering::Relaxed)
    }

    /// How many items are published that it has not taken.
    #[getter]
    fn lag(&self, py: Python<'_>) -> PyResult<usize> {
        let state = self.seat.lock(py)?;
        let reader = state.reader.as_ref().ok_or(Refusal::Closed(WHAT))?;
        let units =
            if matches!(self.seat.dtype.itemsize, 1 | 2 | 4 | 8) { 1 } else { self.seat.dtype.itemsize };
        Ok(usize::try_from(reader.lag())? / units)
    }

    /// How much of the ring its lag is, from 0 to 1.
    #[getter]
    fn pressure(&self, py: Python<'_>) -> PyResult<f32> {
        Ok(self.seat.lock(py)?.reader.as_ref().ok_or(Refusal::Closed(WHAT))?.pressure())
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.seat.dtype.given(py)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Bytes come in pieces, as they are there; other items one by one.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let patience = Patience::new(None)?;
        let next = if self.seat.dtype.is_bytes() {
            Some(self.take_many(py, -1, patience)?).filter(|piece| piece.len().is_ok_and(|len| len > 0))
        } else {
            self.take_one(py, patience)?
        };
        next.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if slf.get().closed() { Err(Refusal::Closed(WHAT).into()) } else { Ok(slf) }
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        match self.lag(py) {
            Ok(lag) if !self.closed() => {
                format!("<ringfold.{WHAT}, {lag} of {} behind{}>", self.capacity, self.seat.dtype.shown(py))
            }
            _ => format!("<ringfold.{WHAT}, closed>"),
        }
    }
}

impl LossyReader {
    pub fn new(dtype: &Arc<Dtype>, sample: Box<dyn Sample>) -> Self {
        Self {
            dtype: dtype.clone(),
            is_closed: AtomicBool::new(false),
            origin: Origin::here(),
            sample: Mutex::new(Some(sample)),
        }
    }

    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, Option<Box<dyn Sample>>>, Refusal> {
        self.origin.check("LossyReader")?;
        Ok(self.sample.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// The next item's bytes; `None` when the time is over.
    fn take(
        &self,
        py: Python<'_>,
        patience: Patience,
    ) -> PyResult<Option<Result<[u8; 8], RecvTimeoutError>>> {
        let size = self.dtype.itemsize;
        self.origin.check("LossyReader")?;
        in_slices(py, patience, |slice: Duration| {
            let mut sample = self.sample.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let sample = sample.as_mut().filter(|_| !self.is_closed.load(Ordering::Relaxed));
            let mut item = [0; 8];
            match sample.ok_or(Refusal::Closed("LossyReader"))?.take(&mut item[..size], slice) {
                Ok(()) => Ok(Some(Ok(item))),
                Err(RecvTimeoutError::Timeout) => Ok(None),
                Err(error) => Ok(Some(Err(error))),
            }
        })
    }
}

#[pymethods]
impl LossyReader {
    /// Takes the next item. `Lagged` says once how many were missed before it; `Empty` and `EOFError` as in `Reader.pop`.
    #[pyo3(signature = (timeout=None))]
    fn pop<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let patience = Patience::new(timeout)?;
        match self.take(py, patience)? {
            Some(Ok(item)) => self.dtype.decode(py, &item[..self.dtype.itemsize]),
            Some(Err(RecvTimeoutError::Lagged { missed })) => Err(lagged(missed)),
            Some(Err(_)) => Err(Refusal::End { wanted: 1, left: 0 }.into()),
            None if patience.seconds == 0.0 => Err(Refusal::Empty { wanted: 1, available: 0 }.into()),
            None => Err(Refusal::Late { is_full: false, wanted: 1, seconds: patience.seconds }.into()),
        }
    }

    /// How many items it has missed so far.
    #[getter]
    fn missed(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.lock(py)?.as_ref().ok_or(Refusal::Closed("LossyReader"))?.missed())
    }

    /// How many items are published that it has not taken.
    #[getter]
    fn lag(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.lock(py)?.as_ref().ok_or(Refusal::Closed("LossyReader"))?.lag())
    }

    /// Leaves.
    fn close(&self, py: Python<'_>) {
        self.is_closed.store(true, Ordering::Relaxed);
        let unused = self.lock(py).map(|mut sample| sample.take());
        drop(unused);
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.dtype.given(py)
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Goes on behind what was missed; `missed` counts it.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let patience = Patience::new(None)?;
        loop {
            match self.take(py, patience)? {
                Some(Ok(item)) => return self.dtype.decode(py, &item[..self.dtype.itemsize]).map(Some),
                Some(Err(RecvTimeoutError::Lagged { .. })) | None => {}
                Some(Err(_)) => return Ok(None),
            }
        }
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable("LossyReader"))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        match (self.lag(py), self.missed(py)) {
            (Ok(lag), Ok(missed)) => {
                format!("<ringfold.LossyReader, {lag} behind, {missed} missed{}>", self.dtype.shown(py))
            }
            _ => "<ringfold.LossyReader, closed>".to_owned(),
        }
    }
}
