//! New Python objects of many bytes, each written once: not zeroed first.

use std::mem::MaybeUninit;

use pyo3::exceptions::PyMemoryError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PySlice};

use crate::dtype::Dtype;

/// From here on a copy takes longer than handing the interpreter to another thread does.
pub const DETACH_BYTES: usize = 1 << 16;

/// Runs `copy`, of so many bytes, and lets other threads run meanwhile if it takes long.
#[inline]
pub fn copying<R: Send>(py: Python<'_>, bytes: usize, copy: impl FnOnce() -> R + Send) -> R {
    if bytes < DETACH_BYTES { copy() } else { py.detach(copy) }
}

/// Copies `source` into as many bytes.
pub fn write(target: &mut [MaybeUninit<u8>], source: &[u8]) {
    assert_eq!(target.len(), source.len(), "the caller has cut both");
    // SAFETY: both have so many bytes, and a `&mut` overlaps with nothing.
    unsafe { std::ptr::copy_nonoverlapping(source.as_ptr(), target.as_mut_ptr().cast(), source.len()) };
}

/// An object of `len` bytes that `fill` writes, all or the first so many, which it returns. As `bytes`, or, for items that
/// come out as arrays, as a `bytearray`; then as what the type makes of it.
pub fn items<'py, E: Into<PyErr>>(
    py: Python<'py>,
    dtype: &Dtype,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> Result<usize, E>,
) -> PyResult<Bound<'py, PyAny>> {
    let bytes = if dtype.wants_writable() { bytearray(py, len, fill)? } else { bytes(py, len, fill)? };
    if dtype.is_bytes() { Ok(bytes) } else { dtype.many(py, bytes) }
}

/// As [`items`], as plain `bytes`.
pub fn bytes<'py, E: Into<PyErr>>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> Result<usize, E>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; null asks for bytes that are not initialised yet. The length is checked.
    let object = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(std::ptr::null(), signed(len)?))?
    };
    // SAFETY: it is a `bytes` of so many, and nobody else has it yet.
    let target =
        unsafe { std::slice::from_raw_parts_mut(ffi::PyBytes_AsString(object.as_ptr()).cast(), len) };
    let filled = fill(target).map_err(Into::into)?;
    if filled == len {
        return Ok(object);
    }
    // SAFETY: the first `filled` were written.
    let start = unsafe { &*(&raw const target[..filled] as *const [u8]) };
    Ok(PyBytes::new(py, start).into_any())
}

fn bytearray<'py, E: Into<PyErr>>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> Result<usize, E>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: as in `bytes`.
    let object = unsafe {
        Bound::from_owned_ptr_or_err(py, ffi::PyByteArray_FromStringAndSize(std::ptr::null(), signed(len)?))?
    };
    // SAFETY: as in `bytes`.
    let target =
        unsafe { std::slice::from_raw_parts_mut(ffi::PyByteArray_AsString(object.as_ptr()).cast(), len) };
    let filled = fill(target).map_err(Into::into)?;
    if filled < len {
        object.cast::<PyByteArray>()?.resize(filled)?;
    }
    Ok(object)
}

fn signed(len: usize) -> PyResult<isize> {
    isize::try_from(len).map_err(|_| PyMemoryError::new_err(format!("{len} bytes are no object")))
}

/// What stands between square brackets.
pub enum Subscript {
    One(usize),
    /// First index, step, and how many.
    Many(isize, isize, usize),
}

/// An index or a slice of `len` items.
pub fn subscript(key: &Bound<'_, PyAny>, len: usize, what: &str) -> PyResult<Subscript> {
    if let Ok(slice) = key.cast::<PySlice>() {
        let indices = slice.indices(isize::try_from(len)?)?;
        return Ok(Subscript::Many(indices.start, indices.step, indices.slicelength));
    }
    let index: isize = key.extract()?;
    let at = if index < 0 { index + isize::try_from(len)? } else { index };
    match usize::try_from(at) {
        Ok(at) if at < len => Ok(Subscript::One(at)),
        _ => Err(pyo3::exceptions::PyIndexError::new_err(format!(
            "{what} index {index} out of range: there are {len} items"
        ))),
    }
}
