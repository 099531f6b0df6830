//! The reading end of a ring between threads: a room's handle behind a lock, and who holds items of it.

use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::bulk::{self, copying};
use crate::ends::Source;
use crate::errors::Refusal;
use crate::foreign::Place;
use crate::fork::Origin;
use crate::lease::{Host, Lease, Window};
use crate::wait::{Bell, Patience, until};
use crate::write_end::Ring;

const WHAT: &str = "Consumer";

pub struct ReadEnd {
    pub ring: Arc<Ring>,
    bell: Arc<Bell>,
    origin: Origin,
    state: Mutex<State>,
}

struct State {
    /// Gone once it is closed and nothing is lent.
    source: Option<Source>,
    is_closed: bool,
    /// Who holds items. Nothing is asked of the source meanwhile: to look for more, `mpsc` may move items.
    lease: Option<Arc<Lease>>,
}

impl State {
    fn open(&mut self, verb: &'static str) -> Result<&mut Source, Refusal> {
        if let Some(lease) = &self.lease {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        match &mut self.source {
            Some(source) if !self.is_closed => Ok(source),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }
}

impl ReadEnd {
    pub fn new(ring: &Arc<Ring>, source: Source) -> Arc<Self> {
        let state = State { source: Some(source), is_closed: false, lease: None };
        Arc::new(Self {
            ring: ring.clone(),
            bell: Bell::new(),
            origin: Origin::here(),
            state: Mutex::new(state),
        })
    }

    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, State>, Refusal> {
        self.origin.check(WHAT)?;
        // The rooms do not panic; what a panic would leave is a whole state.
        Ok(self.state.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Waits until there are so many items: how many there are. Fewer where nobody is left to write; `None` when the time is over.
    pub fn wait(&self, py: Python<'_>, items: usize, patience: Patience) -> PyResult<Option<usize>> {
        let (wanted, capacity) = (items, self.ring.capacity);
        if items > capacity {
            return Err(Refusal::TooLarge { wanted, capacity }.into());
        }
        let bytes = items * self.ring.dtype.itemsize;
        if let Some(there) = self.lock(py)?.open("read")?.look(bytes) {
            return Ok(Some(self.ring.dtype.items_in(there)));
        }
        let there = until(py, &self.bell, patience, |context| {
            let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let source = state.open("read")?;
            Ok(match context {
                Some(context) => source.poll_bytes(bytes, context),
                None => source.look(bytes),
            })
        })?;
        Ok(there.map(|bytes| self.ring.dtype.items_in(bytes)))
    }

    /// Takes bytes out: as many as there are now and fit.
    pub fn take(&self, py: Python<'_>, target: &mut [MaybeUninit<u8>]) -> Result<usize, Refusal> {
        let mut state = self.lock(py)?;
        let source = state.open("take items out")?;
        Ok(copying(py, target.len(), || {
            source.peek(|bytes| {
                let count = bytes.len().min(target.len());
                bulk::write(&mut target[..count], &bytes[..count]);
                (count, count)
            })
        }))
    }

    /// As [`take`](Self::take), into a borrowed place.
    pub fn take_into(&self, py: Python<'_>, place: Place) -> Result<usize, Refusal> {
        let mut state = self.lock(py)?;
        let source = state.open("take items out")?;
        Ok(copying(py, place.len, || {
            source.peek(|bytes| {
                let count = bytes.len().min(place.len);
                // SAFETY: the caller has borrowed the place, to be written.
                unsafe { place.copy_from(0, &bytes[..count]) };
                (count, count)
            })
        }))
    }

    /// Lends all items that are there now.
    pub fn lend(self: &Arc<Self>, py: Python<'_>) -> Result<Window, Refusal> {
        let mut state = self.lock(py)?;
        let place = state.open("lend items")?.peek(|bytes| ((bytes.as_ptr().cast_mut(), bytes.len()), 0));
        let lease = Lease::new("ReadView", self.ring.dtype.items_in(place.1));
        state.lease = Some(lease.clone());
        // SAFETY: the items are this end's, and nobody moves or releases them while the lease is there (`State::open`).
        Ok(unsafe { Window::new(place, false, &self.ring.dtype, lease, self.clone()) })
    }

    /// Lets the descriptor become readable when there are so many items. True if there are now: then it does not.
    pub fn arm(&self, py: Python<'_>, items: usize) -> PyResult<bool> {
        let bytes = items.min(self.ring.capacity) * self.ring.dtype.itemsize;
        // A child shares the bell's sockets, and arming empties them.
        self.origin.check(WHAT)?;
        self.bell.arm()?;
        let waker = Waker::from(self.bell.clone());
        let mut state = self.lock(py)?;
        let found = state.open("wait")?.poll_bytes(bytes, &mut Context::from_waker(&waker));
        Ok(found.is_some())
    }

    pub fn descriptor(&self) -> PyResult<i32> {
        self.origin.check(WHAT)?;
        Ok(self.bell.descriptor()?)
    }

    /// Items that are there now; while some are lent, those.
    pub fn len(&self, py: Python<'_>) -> usize {
        let Ok(mut state) = self.lock(py) else { return 0 };
        if let (Some(lease), false) = (&state.lease, state.is_closed) {
            return lease.items();
        }
        state.open("count").map_or(0, |source| self.ring.dtype.items_in(source.len()))
    }

    /// Whether this end was closed.
    pub fn is_closed(&self, py: Python<'_>) -> bool {
        self.lock(py).is_ok_and(|state| state.is_closed)
    }

    /// Whether nobody is left to write. What was written may still be there.
    pub fn is_ended(&self, py: Python<'_>) -> bool {
        self.lock(py).map_or(true, |state| state.source.as_ref().is_none_or(Source::is_closed))
    }

    /// Tells writers that nobody reads any more.
    pub fn close(&self, py: Python<'_>) {
        let Ok(mut state) = self.lock(py) else { return };
        state.is_closed = true;
        self.ring.reader_left.store(true, Ordering::Relaxed);
        let unused = if state.lease.is_none() { state.source.take() } else { None };
        drop(state);
        drop(unused);
        // Threads that wait in this end find it closed.
        Waker::from(self.bell.clone()).wake();
    }
}

impl Host for ReadEnd {
    fn end(&self, py: Python<'_>, _lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        state.lease = None;
        if state.is_closed {
            let unused = state.source.take();
            drop(state);
            drop(unused);
            return if bytes > 0 { Err(Refusal::Closed(WHAT)) } else { Ok(()) };
        }
        if bytes > 0 {
            state.open("consume")?.peek(|_| ((), bytes));
        }
        drop(state);
        // Threads that were told of the lease go on.
        Waker::from(self.bell.clone()).wake();
        Ok(())
    }
}
