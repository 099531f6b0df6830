//! `Pool` and `EventRef`: bytes that many owners share, in slots that are used again.

use std::mem::MaybeUninit;
use std::os::raw::c_int;
use std::sync::Arc;

use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use ringfold::pool::{
    Config, EventRef as Event, Health, Pool as Room, PoolError, SizeClass, UniqueEvent, WhenExhausted,
};

use crate::bulk::{self, copying};
use crate::dtype::Dtype;
use crate::errors::{Refusal, exhausted, memory_error};
use crate::foreign::{Foreign, Place};
use crate::lease::{Host, Lease, Window};
use crate::lock::Lock;
use crate::views::{self, unpicklable};
use crate::wait::{Patience, look_until};

/// Slots for payloads that many owners share, allocated once and used again.
///
/// `config` is "mobile", "desktop", "server" or "detect", which chooses by the machine; or `capacities` says how many slots of
/// 64, 256, 1024, 4096 and 16384 bytes there are. What is larger comes from the heap. When all slots of a size are in use,
/// `when_exhausted` takes one of the next "larger" size, or of the "heap", or has `alloc` "wait" or "fail".
///
/// >>> from ringfold import Pool
/// >>> pool = Pool("mobile")
/// >>> event = pool.alloc(b"payload", tag=7)
/// >>> bytes(event), event.tag, event.size_class, pool.in_use
/// (b'payload', 7, 'XS', 1)
/// >>> del event
/// >>> pool.in_use
/// 0
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct Pool {
    room: Room,
    dtype: Arc<Dtype>,
    policy: WhenExhausted,
}

/// A reference to a payload in a slot of a `Pool`: a read-only buffer that never changes.
///
/// The slot is free again when the last reference is released or dropped and nothing made of it (an array, a memoryview) is
/// alive. A reference can go to any thread.
#[pyclass(frozen, module = "ringfold", weakref)]
pub struct EventRef {
    window: Window,
    keeper: Arc<Keeper>,
    tag: u32,
    class: SizeClass,
}

/// Keeps an event until it is released.
struct Keeper(Lock<Option<Event>>);

impl Host for Keeper {
    fn end(&self, py: Python<'_>, _lease: &Arc<Lease>, _bytes: usize) -> Result<(), Refusal> {
        let event = self.0.lock(py).take();
        drop(event);
        Ok(())
    }
}

fn share(event: Event, dtype: &Arc<Dtype>) -> EventRef {
    let (tag, class) = (event.tag(), event.class());
    let place = (event.as_ptr().cast_mut(), event.len());
    let lease = Lease::new("EventRef", event.len());
    let keeper = Arc::new(Keeper(Lock::new(Some(event))));
    // SAFETY: an event's bytes stay where and as they are while there is a reference, and the keeper has one until the lease
    // ends. It never asks to write.
    let window = unsafe { Window::new(place, false, dtype, lease, keeper.clone()) };
    EventRef { window, keeper, tag, class }
}

fn name(class: SizeClass) -> &'static str {
    match class {
        SizeClass::XS => "XS",
        SizeClass::S => "S",
        SizeClass::M => "M",
        SizeClass::L => "L",
        SizeClass::XL => "XL",
        SizeClass::XXL => "XXL",
    }
}

impl Pool {
    /// An event for `bytes`, which nobody else has yet.
    fn unique(&self, py: Python<'_>, bytes: usize, patience: Patience) -> PyResult<UniqueEvent> {
        let mut last = None;
        let found = look_until(py, patience, || {
            match self.room.try_alloc_uninit(bytes) {
                Ok(event) => return Ok(Some(Ok(event))),
                // Of a class without slots none will ever come free.
                Err(error @ PoolError::Exhausted { capacity: 1.., .. })
                    if self.policy == WhenExhausted::Wait =>
                {
                    last = Some(error);
                }
                Err(error) => return Ok(Some(Err(error))),
            }
            Ok(None)
        })?;
        match found {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.refused(error)),
            None => Err(last.map_or_else(|| PyMemoryError::new_err("no slot"), |error| self.refused(error))),
        }
    }

    #[cold]
    fn refused(&self, error: PoolError) -> PyErr {
        match error {
            PoolError::Exhausted { len, class, .. } if !self.has_slots_for(class) => {
                PyValueError::new_err(format!(
                    "{len} bytes need a slot of size {class}, and this pool has none: give it some (`capacities` are of XS, S, M, L \
                     and XL), or choose another `when_exhausted`"
                ))
            }
            PoolError::Exhausted { .. } => exhausted(error.to_string()),
            PoolError::TooLarge { .. } => PyValueError::new_err(error.to_string()),
            PoolError::OutOfMemory { .. } => PyMemoryError::new_err(error.to_string()),
        }
    }

    /// Whether there are slots that such an event may have, in use or not.
    fn has_slots_for(&self, class: SizeClass) -> bool {
        let may_be_larger = self.policy == WhenExhausted::NextLarger;
        let stats = self.room.stats();
        let mut fitting =
            stats.classes.iter().filter(|of| of.class == class || (may_be_larger && of.class > class));
        fitting.any(|of| of.capacity > 0)
    }
}

#[pymethods]
impl Pool {
    #[new]
    #[pyo3(signature = (config="detect", *, capacities=None, when_exhausted="larger"))]
    fn new(
        py: Python<'_>,
        config: &str,
        capacities: Option<[usize; 5]>,
        when_exhausted: &str,
    ) -> PyResult<Self> {
        let config = match (config, capacities) {
            (_, Some(capacities)) => Config::with_capacities(capacities),
            ("detect", None) => Config::detect(),
            ("mobile", None) => Config::mobile(),
            ("desktop", None) => Config::desktop(),
            ("server", None) => Config::server(),
            (other, None) => {
                let why = format!("config must be 'detect', 'mobile', 'desktop' or 'server', not '{other}'");
                return Err(PyValueError::new_err(why));
            }
        };
        let policy = match when_exhausted {
            "larger" => WhenExhausted::NextLarger,
            "heap" => WhenExhausted::Heap,
            "wait" => WhenExhausted::Wait,
            "fail" => WhenExhausted::Fail,
            other => {
                let why = format!("when_exhausted must be 'larger', 'heap', 'wait' or 'fail', not '{other}'");
                return Err(PyValueError::new_err(why));
            }
        };
        let room = py.detach(|| Room::new(config.when_exhausted(policy))).map_err(memory_error)?;
        let code = pyo3::types::PyString::new(py, "B").into_any();
        Ok(Self { room, dtype: Arc::new(Dtype::new(py, &code)?), policy })
    }

    /// Copies `data` into a slot. `Full` if none is free: at once, or after `timeout` seconds where it waits.
    ///
    /// `ValueError` if the pool has no slots of that size, and may take no other.
    #[pyo3(signature = (data, /, tag=0, *, timeout=None))]
    fn alloc(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        tag: u32,
        timeout: Option<f64>,
    ) -> PyResult<EventRef> {
        let data = Foreign::items(data, &self.dtype)?;
        let place = data.place();
        let mut event = self.unique(py, place.len, Patience::new(timeout)?)?;
        copying(py, place.len, || fill(&mut event, place));
        event.set_tag(tag);
        Ok(share(event.share(), &self.dtype))
    }

    /// For each size: how many slots there are, are in use, were at most, and were asked for.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (stats, found) = (self.room.stats(), PyDict::new(py));
        for class in stats.classes {
            let of_class = PyDict::new(py);
            of_class.set_item("capacity", class.capacity)?;
            of_class.set_item("in_use", class.in_use)?;
            of_class.set_item("high_water", class.high_water)?;
            of_class.set_item("allocated", class.allocated)?;
            of_class.set_item("exhausted", class.exhausted)?;
            found.set_item(name(class.class), of_class)?;
        }
        let heap = PyDict::new(py);
        heap.set_item("in_use", stats.heap.in_use)?;
        heap.set_item("bytes", stats.heap.bytes)?;
        heap.set_item("allocated", stats.heap.allocated)?;
        found.set_item(name(SizeClass::XXL), heap)?;
        Ok(found)
    }

    /// How many events there are.
    #[getter]
    fn in_use(&self) -> u64 {
        let stats = self.room.stats();
        stats.in_use() + stats.heap.in_use
    }

    /// "healthy", "strained" (above 80 %), "critical" (from 90 %) or "exhausted", of the size that is worst off.
    #[getter]
    fn health(&self) -> &'static str {
        match self.room.stats().health() {
            Health::Healthy => "healthy",
            Health::Strained => "strained",
            Health::Critical => "critical",
            Health::Exhausted => "exhausted",
        }
    }

    /// How much memory it takes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.room.memory().total()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable("Pool"))
    }

    fn __repr__(&self) -> String {
        format!("<ringfold.Pool, {} events in use, {}>", self.in_use(), self.health())
    }
}

/// Copies a borrowed place into an event of its size.
fn fill(event: &mut UniqueEvent, place: Place) {
    let target: *mut [u8] = &raw mut **event;
    // SAFETY: the caller has borrowed the place; initialised bytes are as good as any.
    unsafe { place.copy_to(0, target as *mut [MaybeUninit<u8>]) };
}

#[pymethods]
impl EventRef {
    /// One more reference to the same bytes, to be released on its own.
    fn clone(&self, py: Python<'_>) -> PyResult<Self> {
        let event = self.keeper.0.lock(py).clone();
        let event = event.ok_or(Refusal::Over("EventRef"))?;
        Ok(share(event, self.window.shared_dtype()))
    }

    /// Gives this reference up: now, or with the last array or memoryview made of it.
    fn release(&self, py: Python<'_>) {
        self.window.release(py);
    }

    /// A copy.
    fn tobytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let len = self.window.bytes();
        bulk::bytes(py, len, |target| self.window.copy_out(py, 0, target).map(|()| len))
    }

    /// What was given to `alloc`.
    #[getter]
    fn tag(&self) -> u32 {
        self.tag
    }

    /// The size of its slot: XS, S, M, L or XL; XXL is the heap.
    #[getter]
    fn size_class(&self) -> &'static str {
        name(self.class)
    }

    /// How many references there are to the same bytes.
    #[getter]
    fn references(&self, py: Python<'_>) -> usize {
        self.keeper.0.lock(py).as_ref().map_or(0, Event::references)
    }

    /// Whether it was given up.
    #[getter]
    fn released(&self, py: Python<'_>) -> bool {
        self.window.is_over(py)
    }

    /// How many buffers made of it are alive.
    #[getter]
    fn exports(&self, py: Python<'_>) -> usize {
        self.window.exports(py)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        if slf.get().window.is_over(slf.py()) { Err(Refusal::Over("EventRef").into()) } else { Ok(slf) }
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.window.release(py);
    }

    fn __len__(&self) -> usize {
        self.window.bytes()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        views::item(py, &self.window, key, "EventRef")
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable("EventRef"))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (len, tag) = (self.window.bytes(), self.tag);
        match self.window.is_over(py) {
            true => "<ringfold.EventRef, released>".to_owned(),
            false => format!("<ringfold.EventRef of {len} bytes, tag={tag}, {}>", name(self.class)),
        }
    }

    /// # Safety
    /// The buffer protocol's.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, buffer: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let owner = slf.clone().into_any();
        // SAFETY: handed on from the protocol; the window is a part of `owner`.
        unsafe { slf.get().window.export(owner, buffer, flags) }
    }

    /// # Safety
    /// The buffer protocol's.
    unsafe fn __releasebuffer__(slf: Bound<'_, Self>, _buffer: *mut ffi::Py_buffer) {
        slf.get().window.give_back(slf.py());
    }
}
