//! The writing end of a ring between threads: a room's handle behind a lock, and who holds slots of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::bulk::DETACH_BYTES;
use crate::dtype::Dtype;
use crate::ends::{Claimed, Sink, Waiting};
use crate::errors::Refusal;
use crate::foreign::Place;
use crate::fork::Origin;
use crate::lease::{Host, Lease, Window};
use crate::wait::{Bell, Patience, until};

const WHAT: &str = "Producer";

/// What both ends of a ring know.
pub struct Ring {
    pub dtype: Arc<Dtype>,
    /// In items.
    pub capacity: usize,
    /// The reader has closed its end, though somebody may still hold bytes of it. A hint: who misses it looks again.
    pub reader_left: AtomicBool,
}

pub struct WriteEnd {
    pub ring: Arc<Ring>,
    bell: Arc<Bell>,
    origin: Origin,
    state: Mutex<State>,
}

struct State {
    /// Gone once it is closed and nothing is lent.
    sink: Option<Sink>,
    is_closed: bool,
    /// Who writes to slots of `spsc`. (Claims of `mpsc` are handles of their own.)
    lease: Option<Arc<Lease>>,
    /// An event loop's place in the lobby.
    waiting: Option<Waiting>,
}

/// Slots that were claimed.
enum Slots {
    Here(Place),
    Apart(Claimed),
}

impl State {
    fn open(&mut self, verb: &'static str) -> Result<&mut Sink, Refusal> {
        if let Some(lease) = &self.lease {
            return Err(Refusal::Held(verb, lease.holder()));
        }
        match &mut self.sink {
            Some(sink) if !self.is_closed => Ok(sink),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }
}

impl WriteEnd {
    pub fn new(ring: &Arc<Ring>, sink: Sink) -> Arc<Self> {
        let state = State { sink: Some(sink), is_closed: false, lease: None, waiting: None };
        Arc::new(Self {
            ring: ring.clone(),
            bell: Bell::new(),
            origin: Origin::here(),
            state: Mutex::new(state),
        })
    }

    /// One more end of the same `mpsc` ring; `None` for `spsc`.
    pub fn try_clone(&self, py: Python<'_>) -> Result<Option<Arc<Self>>, Refusal> {
        match self.lock(py)?.open("clone")? {
            Sink::Spsc(_) => Ok(None),
            Sink::Mpsc(producer) => Ok(Some(Self::new(&self.ring, Sink::Mpsc(producer.clone())))),
        }
    }

    fn lock(&self, py: Python<'_>) -> Result<MutexGuard<'_, State>, Refusal> {
        self.origin.check(WHAT)?;
        // The rooms do not panic; what a panic would leave is a whole state.
        Ok(self.state.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn lock_detached(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn check(&self, bytes: usize) -> Result<(), Refusal> {
        self.origin.check(WHAT)?;
        let (wanted, capacity) = (self.ring.dtype.items_in(bytes), self.ring.capacity);
        if wanted > capacity {
            return Err(Refusal::TooLarge { wanted, capacity });
        }
        if self.ring.reader_left.load(Ordering::Relaxed) { Err(Refusal::NoReader) } else { Ok(()) }
    }

    /// Writes all bytes of a borrowed place, in one piece, waiting for room. False when the time is over, and nothing is written.
    pub fn write(&self, py: Python<'_>, place: Place, patience: Patience) -> PyResult<bool> {
        self.check(place.len)?;
        if place.len < DETACH_BYTES && self.try_write(&mut *self.lock(py)?, place)? {
            return Ok(true);
        }
        let mut waiting = None;
        let written = until(py, &self.bell, patience, |context| {
            self.check(place.len)?;
            let mut state = self.lock_detached();
            if self.try_write(&mut state, place)? {
                return Ok(Some(()));
            }
            if self.is_ready(&mut state, place.len, &mut waiting, context)?
                && self.try_write(&mut state, place)?
            {
                return Ok(Some(()));
            }
            Ok(None)
        })?;
        Ok(written.is_some())
    }

    fn try_write(&self, state: &mut State, place: Place) -> Result<bool, Refusal> {
        // SAFETY: whoever called `write` has borrowed the place.
        state.open("write")?.try_write(place.len, |target| unsafe { place.copy_to(0, target) })
    }

    /// As much as there is room for, now; in items.
    pub fn write_some(&self, py: Python<'_>, place: Place) -> PyResult<usize> {
        self.check(0)?;
        let size = self.ring.dtype.itemsize;
        let mut state = self.lock(py)?;
        let free = state.open("write")?.free() / size * size;
        let place = place.cut(free.min(place.len));
        // Somebody else's producer of the same ring may be quicker.
        let written = self.try_write(&mut state, place)?;
        Ok(if written { self.ring.dtype.items_in(place.len) } else { 0 })
    }

    fn is_ready(
        &self,
        state: &mut State,
        bytes: usize,
        waiting: &mut Option<Waiting>,
        context: Option<&mut Context<'_>>,
    ) -> Result<bool, Refusal> {
        let sink = state.open("write")?;
        match context {
            Some(context) => sink.poll_room(bytes, waiting, context),
            None if sink.is_closed() => Err(Refusal::NoReader),
            None => Ok(sink.free() >= bytes),
        }
    }

    /// Waits for room for so many items. False when the time is over.
    pub fn wait(&self, py: Python<'_>, items: usize, patience: Patience) -> PyResult<bool> {
        let bytes = items.saturating_mul(self.ring.dtype.itemsize);
        let mut waiting = None;
        let ready = until(py, &self.bell, patience, |context| {
            self.check(bytes)?;
            let is_ready = self.is_ready(&mut self.lock_detached(), bytes, &mut waiting, context)?;
            Ok(is_ready.then_some(()))
        })?;
        Ok(ready.is_some())
    }

    /// Claims so many slots, waiting for room. `None` when the time is over.
    pub fn lend(
        self: &Arc<Self>,
        py: Python<'_>,
        items: usize,
        patience: Patience,
    ) -> PyResult<Option<Window>> {
        let bytes = items.saturating_mul(self.ring.dtype.itemsize);
        self.check(bytes)?;
        let lease = Lease::new("WriteView", items);
        let claimed = self.try_claim(&mut *self.lock(py)?, bytes, &lease)?;
        let mut waiting = None;
        let claimed = match claimed {
            Some(slots) => Some(slots),
            None => until(py, &self.bell, patience, |context| {
                self.check(bytes)?;
                let mut state = self.lock_detached();
                let is_ready = self.is_ready(&mut state, bytes, &mut waiting, context)?;
                if is_ready { self.try_claim(&mut state, bytes, &lease) } else { Ok(None) }
            })?,
        };
        let dtype = &self.ring.dtype;
        Ok(claimed.map(|slots| match slots {
            // SAFETY: the slots are initialised and this end's, and `State::open` keeps everybody from it while the lease is there.
            Slots::Here(place) => unsafe { Window::new(place.parts(), true, dtype, lease, self.clone()) },
            Slots::Apart(mut claim) => {
                let place = claim.place();
                let apart = Apart { origin: self.origin, claim: Mutex::new(Some(claim)) };
                // SAFETY: the slots are initialised and the claim's own, which the host keeps until the lease ends.
                unsafe { Window::new(place, true, dtype, lease, Arc::new(apart)) }
            }
        }))
    }

    fn try_claim(
        &self,
        state: &mut State,
        bytes: usize,
        lease: &Arc<Lease>,
    ) -> Result<Option<Slots>, Refusal> {
        let sink = state.open("claim slots")?;
        if let Some(at) = sink.vacant(bytes) {
            state.lease = Some(lease.clone());
            return Ok(Some(Slots::Here(Place::new(at, bytes))));
        }
        match sink.claim_apart(bytes) {
            None if sink.is_closed() => Err(Refusal::NoReader),
            claimed => Ok(claimed.map(Slots::Apart)),
        }
    }

    /// Lets the descriptor become readable when there is room for so many items. True if there is now: then it does not.
    pub fn arm(&self, py: Python<'_>, items: usize) -> PyResult<bool> {
        let bytes = items.saturating_mul(self.ring.dtype.itemsize);
        self.check(bytes)?;
        // A child shares the bell's sockets, and arming empties them.
        self.origin.check(WHAT)?;
        self.bell.arm()?;
        let waker = Waker::from(self.bell.clone());
        let mut state = self.lock(py)?;
        let mut waiting = None;
        let is_ready =
            self.is_ready(&mut state, bytes, &mut waiting, Some(&mut Context::from_waker(&waker)))?;
        state.waiting = waiting;
        Ok(is_ready)
    }

    pub fn descriptor(&self) -> PyResult<i32> {
        self.origin.check(WHAT)?;
        Ok(self.bell.descriptor()?)
    }

    /// Items that fit now.
    pub fn free(&self, py: Python<'_>) -> Result<usize, Refusal> {
        let mut state = self.lock(py)?;
        let is_closed = state.is_closed;
        match &mut state.sink {
            Some(sink) if !is_closed => Ok(self.ring.dtype.items_in(sink.free())),
            _ => Err(Refusal::Closed(WHAT)),
        }
    }

    /// Whether writing is in vain.
    pub fn is_closed(&self, py: Python<'_>) -> bool {
        let Ok(state) = self.lock(py) else { return true };
        let is_left = self.ring.reader_left.load(Ordering::Relaxed);
        state.is_closed || is_left || state.sink.as_ref().is_none_or(Sink::is_closed)
    }

    /// Ends the ring for this end: the reader gets what was written, and then the end.
    pub fn close(&self, py: Python<'_>) {
        let Ok(mut state) = self.lock(py) else { return };
        state.is_closed = true;
        state.waiting = None;
        if let Some(sink) = &mut state.sink {
            sink.close();
        }
        let unused = if state.lease.is_none() { state.sink.take() } else { None };
        drop(state);
        drop(unused);
        // Threads that wait in this end find it closed.
        Waker::from(self.bell.clone()).wake();
    }
}

impl Host for WriteEnd {
    fn end(&self, py: Python<'_>, _lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        let mut state = self.lock(py)?;
        state.lease = None;
        if state.is_closed {
            let unused = state.sink.take();
            drop(state);
            drop(unused);
            return if bytes > 0 { Err(Refusal::Closed(WHAT)) } else { Ok(()) };
        }
        if bytes > 0 {
            self.check(bytes)?;
            // The slots were written where they are.
            let is_written = state.open("commit")?.try_write(bytes, |_| ())?;
            debug_assert!(is_written, "the slots were vacant, and nobody could fill them");
        }
        drop(state);
        // Threads that were told of the lease go on.
        Waker::from(self.bell.clone()).wake();
        Ok(())
    }
}

/// Slots of `mpsc` that belong to nobody's handle.
struct Apart {
    origin: Origin,
    claim: Mutex<Option<Claimed>>,
}

impl Host for Apart {
    fn end(&self, _py: Python<'_>, _lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal> {
        self.origin.check(WHAT)?;
        let claim = self.claim.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(claim) = claim {
            claim.commit(bytes);
        }
        Ok(())
    }
}
