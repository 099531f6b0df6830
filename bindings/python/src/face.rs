//! What the Python classes over an [`Owned`] room say in the same way.

use std::sync::Arc;

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::bulk::{self, Subscript};
use crate::dtype::Dtype;
use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::owned::Owned;
use crate::views::{ReadView, WriteView};

/// Bytes that are not asked for on the off-chance.
const LARGE: usize = 1 << 14;

/// Makes the room behind an object.
pub fn make(
    what: &'static str,
    capacity: isize,
    dtype: Option<&Bound<'_, PyAny>>,
    py: Python<'_>,
) -> PyResult<Arc<Owned>> {
    let capacity = count("capacity", capacity, 1)?;
    let code;
    let dtype = match dtype {
        Some(dtype) => dtype,
        None => {
            code = pyo3::types::PyString::new(py, "B").into_any();
            &code
        }
    };
    let dtype = Dtype::new(py, dtype)?;
    Owned::new(py, what, capacity, dtype)
}

/// Whether `object` has a buffer, so that its items can be copied at once.
pub fn has_buffer(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: attached, since there is a `Bound`.
    let answer = unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) };
    answer != 0
}

/// The oldest items, taken out: at most `n`, all there are for a negative `n`.
pub fn read<'py>(py: Python<'py>, owned: &Owned, n: isize) -> PyResult<Bound<'py, PyAny>> {
    let most = owned.capacity * owned.dtype.itemsize;
    let wanted = usize::try_from(n).map_or(most, |n| n.saturating_mul(owned.dtype.itemsize));
    // An object that turns out too large is cut, which beats looking first unless it is a large one.
    let bytes =
        if wanted > LARGE { wanted.min(owned.look(py, |stream| stream.len())?) } else { wanted.min(most) };
    bulk::items(py, &owned.dtype, bytes, |target| owned.read(py, target))
}

/// The oldest item, taken out.
pub fn pop<'py>(py: Python<'py>, owned: &Owned) -> PyResult<Bound<'py, PyAny>> {
    let size = owned.dtype.itemsize;
    let item = bulk::bytes(py, size, |target| match owned.read(py, target)? {
        0 => Err(Refusal::Empty { wanted: 1, available: 0 }),
        bytes => Ok(bytes),
    })?;
    owned.dtype.decode(py, item.cast::<PyBytes>()?.as_bytes())
}

/// The oldest items, moved into somebody's buffer; how many.
pub fn readinto(py: Python<'_>, owned: &Owned, target: &Bound<'_, PyAny>) -> PyResult<usize> {
    let target = Foreign::room(target, &owned.dtype)?;
    Ok(owned.dtype.items_in(owned.read_into(py, target.place())?))
}

/// `self[key]`.
pub fn item<'py>(
    py: Python<'py>,
    owned: &Owned,
    key: &Bound<'py, PyAny>,
    what: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let (dtype, size) = (&owned.dtype, owned.dtype.itemsize);
    let len = owned.look(py, |stream| owned.dtype.items_in(stream.len()))?;
    match bulk::subscript(key, len, what)? {
        Subscript::One(at) => {
            let one = bulk::bytes(py, size, |target| taken(owned.copy_out(py, at * size, target)?, size))?;
            dtype.decode(py, one.cast::<PyBytes>()?.as_bytes())
        }
        Subscript::Many(from, 1, items) => bulk::items(py, dtype, items * size, |target| {
            taken(owned.copy_out(py, from.unsigned_abs() * size, target)?, items * size)
        }),
        Subscript::Many(from, step, items) => bulk::items(py, dtype, items * size, |target| {
            for (i, target) in (0_isize..).zip(target.chunks_exact_mut(size)) {
                taken(owned.copy_out(py, (from + i * step).unsigned_abs() * size, target)?, size)?;
            }
            Ok::<usize, PyErr>(items * size)
        }),
    }
}

/// Somebody took the items after their number was looked up.
pub fn taken(was_there: bool, bytes: usize) -> PyResult<usize> {
    match was_there {
        true => Ok(bytes),
        false => Err(PyIndexError::new_err("the items were taken by another thread")),
    }
}

/// `self[index] = value`.
pub fn replace(
    py: Python<'_>,
    owned: &Owned,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    what: &str,
) -> PyResult<()> {
    let len = owned.look(py, |stream| owned.dtype.items_in(stream.len()))?;
    let Subscript::One(at) = bulk::subscript(key, len, what)? else {
        return Err(PyTypeError::new_err("a slice cannot be assigned to: assign items one by one"));
    };
    let item = owned.dtype.encode(value)?;
    taken(owned.replace(py, at, item.bytes())?, 0).map(drop)
}

/// An iterator over a copy of all items: what happens meanwhile does not disturb it.
pub fn iterate<'py>(py: Python<'py>, owned: &Owned) -> PyResult<Bound<'py, PyAny>> {
    let bytes = owned.look(py, |stream| stream.len())?;
    let copy = bulk::items(py, &owned.dtype, bytes, |target| taken(owned.copy_out(py, 0, target)?, bytes))?;
    Ok(copy.try_iter()?.into_any())
}

/// A view of the oldest items: at most `most`, all there are for a negative one.
pub fn read_view(py: Python<'_>, owned: &Arc<Owned>, most: isize) -> PyResult<ReadView> {
    Ok(ReadView::new(owned.lend_items(py, usize::try_from(most).unwrap_or(usize::MAX))?))
}

/// A view of vacant slots: `n`, all there are for a negative one.
pub fn write_view(py: Python<'_>, owned: &Arc<Owned>, n: isize) -> PyResult<WriteView> {
    Ok(WriteView::new(owned.lend_room(py, usize::try_from(n).ok())?))
}

/// Which memory the room really got.
pub fn memory(py: Python<'_>, owned: &Owned) -> Result<String, Refusal> {
    owned.look(py, |stream| stream.ring().memory().map_or_else(String::new, ToString::to_string))
}

/// How many items fit now.
pub fn free(py: Python<'_>, owned: &Owned) -> Result<usize, Refusal> {
    owned.look(py, |stream| owned.dtype.items_in(stream.free()))
}

/// What it is and how full.
pub fn shown(py: Python<'_>, owned: &Owned, what: &str) -> String {
    let (capacity, dtype) = (owned.capacity, owned.dtype.shown(py));
    match owned.is_closed(py) {
        true => format!("<ringfold.{what}, closed>"),
        false => format!("<ringfold.{what} {}/{capacity}{dtype}>", owned.len(py)),
    }
}
