//! Other people's memory, borrowed by the buffer protocol.
//!
//! It may change under us at any time: another thread may write to the very bytes that are copied. So no slice is ever made of
//! it; bytes are copied by pointer.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use pyo3::exceptions::{PyBufferError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dtype::Dtype;

/// A buffer somebody else owns, borrowed until it is dropped. Its owner cannot move or resize it meanwhile.
pub struct Foreign<'py> {
    place: Place,
    /// None for `bytes`, which need no more than to be kept alive, as their caller does.
    ///
    /// Only `itemsize` and `format` are read of it: shape and strides may point into the value that was filled, which has moved
    /// since.
    buffer: Option<ffi::Py_buffer>,
    _attached: PhantomData<&'py Py<PyAny>>,
}

/// Where bytes are, for a copy while no Python code can run. Good for as long as the [`Foreign`] it is of.
#[derive(Clone, Copy)]
pub struct Place {
    at: *mut u8,
    pub len: usize,
}

// SAFETY: it is an address; whoever copies vouches for it (`copy_to`, `copy_from`).
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

impl Place {
    pub fn new(at: *mut u8, len: usize) -> Self {
        Self { at, len }
    }

    /// Our own bytes, to be read.
    pub fn of(bytes: &[u8]) -> Self {
        Self::new(bytes.as_ptr().cast_mut(), bytes.len())
    }

    pub fn parts(self) -> (*mut u8, usize) {
        (self.at, self.len)
    }

    /// Its first `len` bytes.
    pub fn cut(self, len: usize) -> Self {
        Self { len: len.min(self.len), ..self }
    }

    /// Copies `target.len()` bytes, from `offset` on, out of the place.
    ///
    /// # Safety
    /// The buffer is still borrowed, and so many bytes are there. The target may be written, and may overlap with the place only if
    /// there is no reference to it: the compiler would take it for memory of its own.
    #[inline]
    pub unsafe fn copy_to(self, offset: usize, target: *mut [MaybeUninit<u8>]) {
        debug_assert!(offset + target.len() <= self.len);
        // SAFETY: the caller vouches for the source. `copy` and not `copy_nonoverlapping`, since the source may be a view of the
        // same ring; the exporter's bytes may be written meanwhile by another thread, which gives some mixture of old and new ones,
        // as for every other reader of buffers.
        unsafe { std::ptr::copy(self.at.wrapping_add(offset), target.cast(), target.len()) };
    }

    /// Copies `source` to the place, from `offset` on.
    ///
    /// # Safety
    /// As for [`copy_to`](Self::copy_to), and the buffer is writable.
    #[inline]
    pub unsafe fn copy_from(self, offset: usize, source: &[u8]) {
        debug_assert!(offset + source.len() <= self.len);
        // SAFETY: as in `copy_to`.
        unsafe { std::ptr::copy(source.as_ptr(), self.at.wrapping_add(offset), source.len()) };
    }
}

impl<'py> Foreign<'py> {
    /// The items in `object`, to be read: whole items of this type.
    pub fn items(object: &'py Bound<'_, PyAny>, dtype: &Dtype) -> PyResult<Self> {
        if let (true, Ok(bytes)) = (dtype.is_bytes(), object.cast::<PyBytes>()) {
            let bytes = bytes.as_bytes();
            let place = Place { at: bytes.as_ptr().cast_mut(), len: bytes.len() };
            return Ok(Self { place, buffer: None, _attached: PhantomData });
        }
        Self::checked(object, dtype, 0)
    }

    /// The room in `object`, to be written: for whole items of this type.
    pub fn room(object: &'py Bound<'_, PyAny>, dtype: &Dtype) -> PyResult<Self> {
        Self::checked(object, dtype, ffi::PyBUF_WRITABLE)
    }

    fn checked(object: &'py Bound<'_, PyAny>, dtype: &Dtype, flags: i32) -> PyResult<Self> {
        if dtype.is_bytes() {
            return Self::borrow(object, ffi::PyBUF_SIMPLE | flags);
        }
        let buffer = Self::borrow(object, ffi::PyBUF_C_CONTIGUOUS | ffi::PyBUF_FORMAT | flags)?;
        let (format, itemsize) = buffer.items_as_declared();
        if !dtype.accepts(object, format, itemsize)? {
            return Err(PyTypeError::new_err(format!(
                "items of format '{}' ({itemsize} bytes each) do not go with items of format '{}' ({} bytes each): convert them first, \
                 with `array.astype` for instance, or pass their bytes",
                format.to_string_lossy(),
                dtype.format().to_string_lossy(),
                dtype.itemsize
            )));
        }
        if buffer.place().len % dtype.itemsize != 0 {
            return Err(PyValueError::new_err(format!(
                "{} bytes are no whole number of items of {} bytes",
                buffer.place().len,
                dtype.itemsize
            )));
        }
        Ok(buffer)
    }

    #[inline]
    fn borrow(object: &'py Bound<'_, PyAny>, flags: i32) -> PyResult<Self> {
        let mut buffer = MaybeUninit::<ffi::Py_buffer>::uninit();
        // SAFETY: attached (`Bound`); it fills the buffer, or fails.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), buffer.as_mut_ptr(), flags) } != 0 {
            return Err(explained(object, PyErr::fetch(object.py())));
        }
        // SAFETY: it was filled.
        let buffer = unsafe { buffer.assume_init() };
        let place = Place { at: buffer.buf.cast(), len: usize::try_from(buffer.len).unwrap_or(0) };
        Ok(Self { place, buffer: Some(buffer), _attached: PhantomData })
    }

    #[inline]
    pub fn place(&self) -> Place {
        self.place
    }

    fn items_as_declared(&self) -> (&CStr, usize) {
        match &self.buffer {
            Some(buffer) if !buffer.format.is_null() => {
                // SAFETY: a format that is not null is a string that lives as long as the buffer is borrowed.
                (unsafe { CStr::from_ptr(buffer.format) }, usize::try_from(buffer.itemsize).unwrap_or(0))
            }
            _ => (c"B", 1),
        }
    }
}

impl Drop for Foreign<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(buffer) = &mut self.buffer {
            // SAFETY: it was filled (`borrow`) and is released once; attached, since the object's borrower is.
            unsafe { ffi::PyBuffer_Release(buffer) };
        }
    }
}

/// What would have been right.
#[cold]
fn explained(object: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = object.py();
    if error.is_instance_of::<PyTypeError>(py) {
        let name = object.get_type().name().map(|name| name.to_string()).unwrap_or_default();
        return PyTypeError::new_err(format!(
            "an object with a buffer is required (bytes, bytearray, memoryview, array, numpy ..), not '{name}'"
        ));
    }
    if error.is_instance_of::<PyBufferError>(py) || error.is_instance_of::<PyValueError>(py) {
        let why = error.value(py).to_string();
        return PyBufferError::new_err(format!(
            "{why} (a C-contiguous buffer is required, writable where it is read into: pass a copy, such as `bytes(x)` or `numpy.ascontiguousarray(x)`)"
        ));
    }
    error
}
