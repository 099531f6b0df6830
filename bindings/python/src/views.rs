//! `ReadView` and `WriteView`: what Python holds of a [`Window`].

use std::os::raw::c_int;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::array;
use crate::bulk::{self, Subscript};
use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::lease::Window;

/// Items where they are, as one contiguous read-only buffer.
///
/// Made by `read_view()` or `peek()`. `memoryview(view)`, `numpy.frombuffer(view, dtype)` and `socket.send(view)` see the very
/// bytes of the ring. While the view is open, whatever would move or overwrite them raises `BufferError`. It is open until it
/// is consumed or released, which leaving its `with` block does; while arrays or memoryviews of it are alive it cannot be
/// consumed, and is released with the last of them.
#[pyclass(frozen, module = "ringfold")]
pub struct ReadView {
    window: Window,
}

/// Vacant slots where they are, as one contiguous writable buffer.
///
/// Made by `write_view(n)` or `reserve(n)`, for `file.readinto(view)`, `socket.recv_into(view)`, `os.readv(fd, [view])` and
/// `view[:n] = data`. What was written becomes part of the ring by `commit(n)`; leaving the `with` block without one gives the
/// slots back unwritten. Bytes that nobody wrote hold what was there before.
#[pyclass(frozen, module = "ringfold")]
pub struct WriteView {
    window: Window,
}

impl ReadView {
    pub fn new(window: Window) -> Self {
        Self { window }
    }
}

impl WriteView {
    pub fn new(window: Window) -> Self {
        Self { window }
    }
}

#[pymethods]
impl ReadView {
    /// Takes the first `n` items (all for `None`) out of the ring, and closes the view. Returns how many those were.
    ///
    /// `BufferError` while arrays or memoryviews of it are alive.
    #[pyo3(signature = (n=None, /))]
    fn consume(&self, py: Python<'_>, n: Option<isize>) -> PyResult<usize> {
        let count = how_many(n, &self.window)?;
        self.window.end(py, "consume", count)?;
        Ok(count)
    }

    /// Closes the view; its items stay in the ring.
    fn release(&self, py: Python<'_>) {
        self.window.release(py);
    }

    /// A copy.
    fn tobytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let len = self.window.bytes();
        bulk::bytes(py, len, |target| self.window.copy_out(py, 0, target).map(|()| len))
    }

    /// Whether the view is no longer open.
    #[getter]
    fn released(&self, py: Python<'_>) -> bool {
        self.window.is_over(py)
    }

    /// How many buffers made of it are alive.
    #[getter]
    fn exports(&self, py: Python<'_>) -> usize {
        self.window.exports(py)
    }

    /// Its size in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.window.bytes()
    }

    /// The type of its items.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.window.dtype().given(py)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        usable(slf.py(), &slf.get().window, "ReadView")?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.window.release(py);
    }

    fn __len__(&self) -> usize {
        self.window.items()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        item(py, &self.window, key, "ReadView")
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        array::of(slf.as_any(), slf.get().window.dtype(), dtype, copy)
    }

    #[pyo3(signature = (**options))]
    fn __dlpack__<'py>(
        slf: &Bound<'py, Self>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        array::dlpack(slf.as_any(), slf.get().window.dtype(), options)
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        array::CPU
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable("ReadView"))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        shown(py, &self.window, "ReadView")
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

#[pymethods]
impl WriteView {
    /// Makes the first `n` slots (all for `None`) items of the ring, and closes the view. Returns how many those were.
    ///
    /// `BufferError` while arrays or memoryviews of it are alive, since those could still write.
    #[pyo3(signature = (n=None, /))]
    fn commit(&self, py: Python<'_>, n: Option<isize>) -> PyResult<usize> {
        let count = how_many(n, &self.window)?;
        self.window.end(py, "commit", count)?;
        Ok(count)
    }

    /// Closes the view; its slots stay vacant.
    fn release(&self, py: Python<'_>) {
        self.window.release(py);
    }

    /// Whether the view is no longer open.
    #[getter]
    fn released(&self, py: Python<'_>) -> bool {
        self.window.is_over(py)
    }

    /// How many buffers made of it are alive.
    #[getter]
    fn exports(&self, py: Python<'_>) -> usize {
        self.window.exports(py)
    }

    /// Its size in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.window.bytes()
    }

    /// The type of its items.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.window.dtype().given(py)
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        usable(slf.py(), &slf.get().window, "WriteView")?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.window.release(py);
    }

    fn __len__(&self) -> usize {
        self.window.items()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        item(py, &self.window, key, "WriteView")
    }

    fn __setitem__(&self, py: Python<'_>, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (window, size) = (&self.window, self.window.dtype().itemsize);
        match bulk::subscript(key, window.items(), "WriteView")? {
            Subscript::One(at) => {
                let item = window.dtype().encode(value)?;
                Ok(window.put(py, at * size, &item)?)
            }
            Subscript::Many(from, 1, items) => {
                let source = Foreign::items(value, window.dtype())?;
                let given = source.place().len / size;
                if given != items {
                    let why =
                        format!("{given} items do not go where there are {items}: `view[:{given}] = ..`");
                    return Err(PyValueError::new_err(why));
                }
                Ok(window.copy_in(py, usize::try_from(from)? * size, source.place())?)
            }
            Subscript::Many(..) => Err(PyValueError::new_err("a slice to be written has a step of 1")),
        }
    }

    fn __delitem__(&self, _key: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("items of a view cannot be deleted"))
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        array::of(slf.as_any(), slf.get().window.dtype(), dtype, copy)
    }

    #[pyo3(signature = (**options))]
    fn __dlpack__<'py>(
        slf: &Bound<'py, Self>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        array::dlpack(slf.as_any(), slf.get().window.dtype(), options)
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        array::CPU
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable("WriteView"))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        shown(py, &self.window, "WriteView")
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

fn how_many(n: Option<isize>, window: &Window) -> Result<usize, Refusal> {
    n.map_or(Ok(window.items()), |n| count("n", n, 0))
}

fn usable(py: Python<'_>, window: &Window, what: &'static str) -> Result<(), Refusal> {
    if window.is_over(py) { Err(Refusal::Over(what)) } else { Ok(()) }
}

pub fn item<'py>(
    py: Python<'py>,
    window: &Window,
    key: &Bound<'py, PyAny>,
    what: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let (dtype, size) = (window.dtype(), window.dtype().itemsize);
    match bulk::subscript(key, window.items(), what)? {
        Subscript::One(at) => {
            let one = bulk::bytes(py, size, |target| window.copy_out(py, at * size, target).map(|()| size))?;
            dtype.decode(py, one.cast::<pyo3::types::PyBytes>()?.as_bytes())
        }
        Subscript::Many(from, step, items) => bulk::items(py, dtype, items * size, |target| {
            for (i, target) in
                (0_isize..).zip(target.chunks_exact_mut(if step == 1 { target.len().max(1) } else { size }))
            {
                window.copy_out(py, (from + i * step).unsigned_abs() * size, target)?;
            }
            Ok::<usize, Refusal>(items * size)
        }),
    }
}

fn shown(py: Python<'_>, window: &Window, what: &str) -> String {
    let state = match window.exports(py) {
        0 if window.is_over(py) => ", released".to_owned(),
        0 => String::new(),
        exports => format!(", exports={exports}"),
    };
    format!("<ringfold.{what} of {} items{}{state}>", window.items(), window.dtype().shown(py))
}

/// Whoever is asked to copy what cannot be copied.
pub fn unpicklable(what: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "cannot pickle a ringfold.{what}: it stands for memory of this process; pickle its bytes instead"
    ))
}
