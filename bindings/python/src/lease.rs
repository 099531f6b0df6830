//! Bytes of a ring, lent to Python by the buffer protocol.
//!
//! A [`Window`] is open from its making until it is consumed, committed or released, and while it is open its bytes stay where
//! they are: the [`Host`] refuses whatever would move or overwrite them. Each array or memoryview that is made of it is an
//! *export*. With exports alive a window cannot be consumed or committed, and leaving its `with` block only marks it: it is
//! released with the last export. The window owns the host, so its memory outlives every export, also when the ring was closed.
//!
//! Locks are taken in this order: the window's, then the host's. No Python code runs under either.

use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::dtype::{Dtype, Item};
use crate::errors::Refusal;
use crate::foreign::Place;
use crate::lock::{Guard, Lock};

/// What an object lends, for others to say who holds it.
pub struct Lease {
    what: &'static str,
    items: usize,
    /// For messages only; the window's own count decides.
    exports: AtomicUsize,
}

impl Lease {
    pub fn new(what: &'static str, items: usize) -> Arc<Self> {
        Arc::new(Self { what, items, exports: AtomicUsize::new(0) })
    }

    pub fn items(&self) -> usize {
        self.items
    }

    /// Who holds the bytes.
    pub fn holder(&self) -> String {
        let (what, items) = (self.what, self.items);
        match self.exports.load(Ordering::Relaxed) {
            0 => format!("a {what} of {items} items is open"),
            1 => format!("1 buffer (an array or a memoryview) made of a {what} of {items} items is alive"),
            n => format!("{n} buffers (arrays or memoryviews) made of a {what} of {items} items are alive"),
        }
    }
}

/// Who lends.
pub trait Host: Send + Sync {
    /// Takes the lease back; its first `bytes` are consumed, or committed. `Held` if somebody else holds what would have to move;
    /// then the lease goes on.
    fn end(&self, py: Python<'_>, lease: &Arc<Lease>, bytes: usize) -> Result<(), Refusal>;
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Open,
    /// Released, save that exports are alive.
    Leaving,
    Over,
}

struct Use {
    phase: Phase,
    exports: usize,
}

/// Lent bytes. What `ReadView` and `WriteView` are made of.
pub struct Window {
    at: *mut u8,
    len: usize,
    is_writable: bool,
    dtype: Arc<Dtype>,
    lease: Arc<Lease>,
    host: Arc<dyn Host>,
    /// What the buffer protocol wants to point to.
    shape: isize,
    stride: isize,
    used: Lock<Use>,
}

// SAFETY: the bytes belong to the host, which the window owns, and are lent to it until it ends; what Python does to them
// from several threads at once is what it does to every other buffer.
unsafe impl Send for Window {}
// SAFETY: as above; the rest is behind a lock or does not change.
unsafe impl Sync for Window {}

impl Window {
    /// # Safety
    /// The host keeps the `len` bytes at `at` in place, and writes none of them, until `lease` ends; where `is_writable`, it
    /// neither reads them nor lends them to others either.
    pub unsafe fn new(
        (at, len): (*mut u8, usize),
        is_writable: bool,
        dtype: &Arc<Dtype>,
        lease: Arc<Lease>,
        host: Arc<dyn Host>,
    ) -> Self {
        let (shape, stride) = (dtype.items_in(len) as isize, dtype.itemsize as isize);
        let used = Lock::new(Use { phase: Phase::Open, exports: 0 });
        Self { at, len, is_writable, dtype: dtype.clone(), lease, host, shape, stride, used }
    }

    pub fn dtype(&self) -> &Dtype {
        &self.dtype
    }

    pub fn shared_dtype(&self) -> &Arc<Dtype> {
        &self.dtype
    }

    pub fn items(&self) -> usize {
        self.dtype.items_in(self.len)
    }

    pub fn bytes(&self) -> usize {
        self.len
    }

    /// Buffers that are alive.
    pub fn exports(&self, py: Python<'_>) -> usize {
        self.lock(py).exports
    }

    pub fn is_over(&self, py: Python<'_>) -> bool {
        self.lock(py).phase != Phase::Open
    }

    fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, Use> {
        self.used.lock(py)
    }

    fn lock_open<'a>(&'a self, py: Python<'a>) -> Result<Guard<'a, Use>, Refusal> {
        let used = self.lock(py);
        if used.phase == Phase::Open { Ok(used) } else { Err(Refusal::Over(self.lease.what)) }
    }

    /// Ends the lease, with the first `count` items consumed or committed.
    pub fn end(&self, py: Python<'_>, verb: &'static str, count: usize) -> Result<(), Refusal> {
        if count > self.items() {
            let (what, items) = (self.lease.what, self.items());
            return Err(Refusal::Invalid(format!("cannot {verb} {count} items: the {what} has {items}")));
        }
        let mut used = self.lock_open(py)?;
        if used.exports > 0 {
            return Err(Refusal::Held(verb, self.lease.holder()));
        }
        let ended = self.host.end(py, &self.lease, count * self.dtype.itemsize);
        if !matches!(ended, Err(Refusal::Held(..))) {
            used.phase = Phase::Over;
        }
        ended
    }

    /// Gives the bytes back as they are: now, or with the last export.
    pub fn release(&self, py: Python<'_>) {
        let mut used = self.lock(py);
        match used.phase {
            Phase::Open if used.exports > 0 => used.phase = Phase::Leaving,
            Phase::Open => self.let_go(py, &mut used),
            Phase::Leaving | Phase::Over => {}
        }
    }

    fn let_go(&self, py: Python<'_>, used: &mut Use) {
        used.phase = Phase::Over;
        // Nothing moves when nothing is consumed, so nobody can object.
        let _unchanged = self.host.end(py, &self.lease, 0);
    }

    /// Copies bytes out.
    pub fn copy_out(
        &self,
        py: Python<'_>,
        from: usize,
        target: &mut [MaybeUninit<u8>],
    ) -> Result<(), Refusal> {
        let _open = self.lock_open(py)?;
        assert!(from + target.len() <= self.len, "the caller has checked the range");
        // SAFETY: the range is within the bytes, which the host keeps in place (`new`) while the lease is open, which it is.
        unsafe { std::ptr::copy(self.at.wrapping_add(from), target.as_mut_ptr().cast(), target.len()) };
        Ok(())
    }

    /// Copies a whole buffer in; `place` is borrowed.
    pub fn copy_in(&self, py: Python<'_>, from: usize, place: Place) -> Result<(), Refusal> {
        let _open = self.lock_open(py)?;
        let target = self.target(from, place.len);
        // SAFETY: the caller has borrowed the place, perhaps of this very window. The target is lent to it to be written (`new`).
        unsafe { place.copy_to(0, target) };
        Ok(())
    }

    pub fn put(&self, py: Python<'_>, from: usize, item: &Item) -> Result<(), Refusal> {
        let _open = self.lock_open(py)?;
        let target = self.target(from, item.bytes().len());
        // SAFETY: as in `copy_in`; the source is our own.
        unsafe { std::ptr::copy(item.bytes().as_ptr(), target.cast(), item.bytes().len()) };
        Ok(())
    }

    fn target(&self, from: usize, len: usize) -> *mut [MaybeUninit<u8>] {
        assert!(self.is_writable && from + len <= self.len, "the caller has checked the range");
        std::ptr::slice_from_raw_parts_mut(self.at.wrapping_add(from).cast(), len)
    }

    /// The buffer protocol's first half; `owner` is the Python object that this is a part of.
    ///
    /// # Safety
    /// `buffer` is the exporter's to fill, as the protocol has it.
    pub unsafe fn export(
        &self,
        owner: Bound<'_, PyAny>,
        buffer: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if buffer.is_null() {
            return Err(PyBufferError::new_err("there is no buffer to fill"));
        }
        // SAFETY: the caller vouches for the buffer. Null is what it has to be where this fails.
        unsafe { (*buffer).obj = std::ptr::null_mut() };
        if flags & ffi::PyBUF_WRITABLE != 0 && !self.is_writable {
            let why = format!("a {} is read-only: copy it to change it", self.lease.what);
            return Err(PyBufferError::new_err(why));
        }
        let mut used = self.lock(owner.py());
        if used.phase != Phase::Open {
            drop(used);
            return Err(PyErr::from(Refusal::Over(self.lease.what)));
        }
        used.exports += 1;
        self.lease.exports.store(used.exports, Ordering::Relaxed);
        drop(used);
        // SAFETY: handed on; the export was counted.
        unsafe { self.fill(owner, buffer, flags) };
        Ok(())
    }

    /// # Safety
    /// As for [`export`](Self::export); `give_back` is called once the buffer is released.
    unsafe fn fill(&self, owner: Bound<'_, PyAny>, buffer: *mut ffi::Py_buffer, flags: c_int) {
        let asks = |flag: c_int| flags & flag == flag;
        let given =
            |is_asked: bool, at: *const isize| if is_asked { at.cast_mut() } else { std::ptr::null_mut() };
        let format = self.dtype.format().as_ptr();
        // SAFETY: the caller vouches for the buffer. What it points to is this window's, which `obj` keeps alive and in place:
        // it is part of a Python object that never moves.
        unsafe {
            (*buffer).buf = self.at.cast::<c_void>();
            (*buffer).len = self.len as isize;
            (*buffer).readonly = c_int::from(!self.is_writable);
            (*buffer).itemsize = self.stride;
            (*buffer).format = if asks(ffi::PyBUF_FORMAT) { format.cast_mut() } else { std::ptr::null_mut() };
            (*buffer).ndim = 1;
            (*buffer).shape = given(asks(ffi::PyBUF_ND), &raw const self.shape);
            (*buffer).strides = given(asks(ffi::PyBUF_STRIDES), &raw const self.stride);
            (*buffer).suboffsets = std::ptr::null_mut();
            (*buffer).internal = std::ptr::null_mut();
            (*buffer).obj = owner.into_ptr();
        }
    }

    /// Its second half.
    pub fn give_back(&self, py: Python<'_>) {
        let mut used = self.lock(py);
        used.exports = used.exports.saturating_sub(1);
        self.lease.exports.store(used.exports, Ordering::Relaxed);
        if used.exports == 0 && used.phase == Phase::Leaving {
            self.let_go(py, &mut used);
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // Exports own the object, so there are none. An interpreter that is gone has nobody left to push.
        Python::try_attach(|py| self.release(py));
    }
}
