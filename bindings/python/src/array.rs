//! What numpy and other array libraries ask for.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::dtype::Dtype;

/// DLPack's word for memory of the processor.
pub const CPU: (i32, i32) = (1, 0);

/// `__array__`: over the very bytes of a view, unless a copy is asked for or needed.
pub fn of<'py>(
    view: &Bound<'py, PyAny>,
    own: &Dtype,
    dtype: Option<Bound<'py, PyAny>>,
    copy: Option<bool>,
) -> PyResult<Bound<'py, PyAny>> {
    let array = shared(view, own)?;
    let same = match &dtype {
        Some(dtype) => {
            view.py().import("numpy")?.call_method1("dtype", (dtype,))?.eq(array.getattr("dtype")?)?
        }
        None => true,
    };
    match (dtype, copy) {
        (Some(_), Some(false)) if !same => {
            Err(PyValueError::new_err("another dtype needs a copy, and copy=False was asked for"))
        }
        (Some(dtype), _) if !same => array.call_method1("astype", (dtype,)),
        (_, Some(true)) => array.call_method0("copy"),
        _ => Ok(array),
    }
}

/// `__dlpack__`: numpy knows the format.
pub fn dlpack<'py>(
    view: &Bound<'py, PyAny>,
    own: &Dtype,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    shared(view, own)?.call_method("__dlpack__", (), options)
}

/// An array over the bytes of a view.
fn shared<'py>(view: &Bound<'py, PyAny>, own: &Dtype) -> PyResult<Bound<'py, PyAny>> {
    let py = view.py();
    let dtype = own.given(py);
    if view.len()? == 0 {
        return py.import("numpy")?.call_method1("empty", (0, dtype));
    }
    py.import("numpy")?.call_method1("frombuffer", (view, dtype))
}
