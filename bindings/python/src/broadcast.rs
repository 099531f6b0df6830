//! `Broadcast`: what writes for many readers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyString, PyTuple};
use ringfold::broadcast::{JoinError, Start};

use crate::dtype::Dtype;
use crate::errors::{Refusal, count};
use crate::feed::{Publish, feed};
use crate::foreign::{Foreign, Place};
use crate::fork::Origin;
use crate::lease::{Host, Lease, Window};
use crate::readers::{LossyReader, Reader};
use crate::views::{WriteView, unpicklable};
use crate::wait::{Patience, look_until};

const WHAT: &str = "Broadcast";

/// One writer, many readers: every reader sees every item.
///
/// The writer waits for the slowest reader, or for nobody if there are only lossy ones. Closing it (or leaving its `with`
/// block, or dropping it) ends the ring: readers get everything that was published, and then the end. When all readers have left,
/// publishing raises `BrokenPipeError`.
///
/// >>> from ringfold import Broadcast
/// >>> prices = Broadcast(1024, "d")
/// >>> first, second = prices.subscribe(), prices.subscribe()
/// >>> prices.publish(1.5)
/// >>> prices.close()
/// >>> list(first), list(second)
/// ([1.5], [1.5])
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct Broadcast {
    wire: Arc<Wire>,
}

struct Wire {
    dtype: Arc<Dtype>,
    /// In items.
    capacity: usize,
    /// A hint for threads that wait; the state decides.
    is_closed: AtomicBool,
    origin: Origin,
    state: Mutex<State>,
}

struct State {
    /// Gone once it is closed and nothing is lent.
    publisher: Option<Box<dyn Publish>>,
    lease: Option<Arc<Lease>>,
}

impl Wire {
    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, State>, Refusal> {
        self.origin.check(WHAT)?;
        // The rooms do not panic; what a panic would leave is a whole state.
        Ok(self.state.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn open<'a>(
        &self,
        state: &'a mut State,
        verb: &'static str,
    ) -> Result<&'a mut Box<dyn Publish>, Refusal> {
        if let Some(lease) = &state.lease {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        match &mut state.publisher {
            Some(publisher) if !self.is_closed.load(Ordering::Relaxed) => Ok(publisher),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }

    /// Calls `attempt` under the lock, detached, until it gives something.
    fn until<T: Send>(
        &self,
        py: Python<'_>,
        items: usize,
        patience: Patience,
        mut attempt: impl FnMut(&mut State) -> Result<Option<T>, Refusal> + Send,
    ) -> PyResult<T> {
        if items > self.capacity {
            return Err(Refusal::TooLarge { wanted: items, capacity: self.capacity }.into());
        }
        self.origin.check(WHAT)?;
        let found = look_until(py, patience, || {
            attempt(&mut self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
        })?;
        match (found, patience.seconds) {
            (Some(found), _) => Ok(found),
            (None, 0.0) => {
                let free = self.free(py)?;
                Err(Refusal::Full { wanted: items, free, capacity: self.capacity }.into())
            }
            (None, seconds) => Err(Refusal::Late { is_full: true, wanted: items, seconds }.into()),
        }
    }

    fn publish(&self, py: Python<'_>, place: Place, patience: Patience) -> PyResult<()> {
        self.until(py, self.dtype.items_in(place.len), patience, |state| {
            let publisher = self.open(state, "publish")?;
            let is_published = publisher.try_publish(place.len, &mut |target| {
                let target: *mut [u8] = target;
                // SAFETY: whoever called has borrowed the place; initialised bytes are as good as any.
                unsafe { place.copy_to(0, target as *mut [std::mem::MaybeUninit<u8>]) }
            })?;
            Ok(is_published.then_some(()))
        })
    }

    fn free(&self, py: Python<'_>) -> Result<usize, Refusal> {
        let bytes = self.open(&mut *self.lock(py)?, "count")?.free();
        Ok(self.dtype.items_in(bytes))
    }
}

impl Host for Wire {
    fn end(&self, py: Python<'_>, _lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        state.lease = None;
        if self.is_closed.load(Ordering::Relaxed) {
            let unused = state.publisher.take();
            drop(state);
            drop(unused);
            return if bytes > 0 { Err(Refusal::Closed(WHAT)) } else { Ok(()) };
        }
        if bytes > 0 {
            // The slots were written where they are.
            self.open(&mut state, "commit")?.try_publish(bytes, &mut |_| ())?;
        }
        Ok(())
    }
}

#[pymethods]
impl Broadcast {
    #[new]
    #[pyo3(signature = (capacity, dtype=None))]
    fn new(py: Python<'_>, capacity: isize, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (capacity, code) = (count("capacity", capacity, 1)?, PyString::new(py, "B").into_any());
        let dtype = Arc::new(Dtype::new(py, dtype.unwrap_or(&code))?);
        let publisher = py.detach(|| feed(capacity, dtype.itemsize))?;
        let state = Mutex::new(State { publisher: Some(publisher), lease: None });
        Ok(Self {
            wire: Arc::new(Wire {
                dtype,
                capacity,
                is_closed: AtomicBool::new(false),
                origin: Origin::here(),
                state,
            }),
        })
    }

    /// Publishes one item. `Full` if the slowest reader makes no room within `timeout` seconds; `None` waits for ever.
    #[pyo3(signature = (item, /, timeout=None))]
    fn publish(&self, py: Python<'_>, item: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<()> {
        let item = self.wire.dtype.encode(item)?;
        self.wire.publish(py, Place::of(item.bytes()), Patience::new(timeout)?)
    }

    /// Publishes all items together, and returns how many: readers see all of them or none. `Full` as in `publish`.
    #[pyo3(signature = (data, /, timeout=None))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<usize> {
        let data = Foreign::items(data, &self.wire.dtype)?;
        self.wire.publish(py, data.place(), Patience::new(timeout)?)?;
        Ok(self.wire.dtype.items_in(data.place().len))
    }

    /// `n` slots, to be filled in place and published together by `commit`. `Full` as in `publish`.
    #[pyo3(signature = (n, /, timeout=None))]
    fn write_view(&self, py: Python<'_>, n: isize, timeout: Option<f64>) -> PyResult<WriteView> {
        let (items, patience) = (count("n", n, 0)?, Patience::new(timeout)?);
        let bytes = items.saturating_mul(self.wire.dtype.itemsize);
        let lease = Lease::new("WriteView", items);
        let place = self.wire.until(py, items, patience, |state| {
            let publisher = self.wire.open(state, "claim slots")?;
            let Some(at) = publisher.vacant(bytes) else {
                return if publisher.is_closed() { Err(Refusal::NoReader) } else { Ok(None) };
            };
            state.lease = Some(lease.clone());
            Ok(Some(Place::new(at, bytes)))
        })?;
        // SAFETY: the slots are initialised and the producer's, and `Wire::open` keeps everybody from it while the lease is there.
        let window = unsafe { Window::new(place.parts(), true, &self.wire.dtype, lease, self.wire.clone()) };
        Ok(WriteView::new(window))
    }

    /// A reader that the writer waits for, from the next item on; from "oldest" on, or from the item of a number.
    ///
    /// `ValueError` for an item that may be overwritten already.
    #[pyo3(signature = (start=None))]
    fn subscribe(&self, py: Python<'_>, start: Option<&Bound<'_, PyAny>>) -> PyResult<Reader> {
        let start = match start {
            None => Start::Now,
            Some(start) => match start.extract::<u64>() {
                Ok(item) => Start::At(item),
                Err(_) if start.eq("now")? => Start::Now,
                Err(_) if start.eq("oldest")? => Start::Oldest,
                Err(_) => {
                    let why = format!(
                        "start must be 'now', 'oldest' or the number of an item, not {}",
                        start.repr()?
                    );
                    return Err(Refusal::Invalid(why).into());
                }
            },
        };
        let mut state = self.wire.lock(py)?;
        let joined = self.wire.open(&mut state, "subscribe")?.subscribe(start);
        drop(state);
        Ok(Reader::new(&self.wire.dtype, self.wire.capacity, joined.map_err(|error| self.refuse(error))?))
    }

    /// A reader that nobody waits for, from the next item on. For items of 1, 2, 4 and 8 bytes; `TypeError` for others.
    fn subscribe_lossy(&self, py: Python<'_>) -> PyResult<LossyReader> {
        let mut state = self.wire.lock(py)?;
        let joined = self.wire.open(&mut state, "subscribe")?.sample();
        drop(state);
        Ok(LossyReader::new(&self.wire.dtype, joined.map_err(|error| self.refuse(error))?))
    }

    /// Ends the ring.
    fn close(&self, py: Python<'_>) {
        self.wire.is_closed.store(true, Ordering::Relaxed);
        let Ok(mut state) = self.wire.lock(py) else { return };
        let unused = if state.lease.is_none() { state.publisher.take() } else { None };
        drop(state);
        drop(unused);
    }

    /// Whether publishing is in vain: it was closed, or all readers have left.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        let Ok(state) = self.wire.lock(py) else { return true };
        let is_left = state.publisher.as_ref().is_none_or(|publisher| publisher.is_closed());
        is_left || self.wire.is_closed.load(Ordering::Relaxed)
    }

    /// How many items fit: exactly what was asked for.
    #[getter]
    fn capacity(&self) -> usize {
        self.wire.capacity
    }

    /// How many items can be published before a reader has to make room.
    #[getter]
    fn free(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.wire.free(py)?)
    }

    /// The type of the items: a code of the `struct` module, or a numpy dtype.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.wire.dtype.given(py)
    }

    /// Bytes of an item.
    #[getter]
    fn itemsize(&self) -> usize {
        self.wire.dtype.itemsize
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().wire.free(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (capacity, dtype) = (self.wire.capacity, self.wire.dtype.shown(py));
        match self.wire.free(py) {
            Ok(free) => format!("<ringfold.{WHAT} {}/{capacity}{dtype}>", capacity - free),
            Err(Refusal::Held(..)) => format!("<ringfold.{WHAT} of {capacity}{dtype}, being written>"),
            Err(_) => format!("<ringfold.{WHAT}, closed>"),
        }
    }
}

impl Broadcast {
    fn refuse(&self, error: JoinError) -> Refusal {
        match error {
            JoinError::NotLossy => Refusal::WrongType(format!(
                "lossy readers copy items of 1, 2, 4 or 8 bytes, not of {}: subscribe() to this ring, or broadcast indices",
                self.wire.dtype.itemsize
            )),
            error => Refusal::Invalid(error.to_string()),
        }
    }
}
