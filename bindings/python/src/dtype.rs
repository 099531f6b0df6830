//! What an item is: so many bytes, and how Python sees them.

use std::ffi::{CStr, CString};

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::scalar::Scalar;

/// The type of a ring's items.
pub struct Dtype {
    /// Numbers that need no numpy.
    scalar: Option<Scalar>,
    /// Bytes of an item, at least 1.
    pub itemsize: usize,
    /// As the buffer protocol says it.
    format: CString,
    /// The numpy dtype, if one was given; then items come out in bulk as arrays.
    numpy: Option<Py<PyAny>>,
}

/// An item's bytes, in native order.
pub enum Item {
    Scalar([u8; 8], usize),
    Record(Vec<u8>),
}

impl Item {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Scalar(bytes, len) => &bytes[..*len],
            Self::Record(bytes) => bytes,
        }
    }
}

impl Dtype {
    /// From a code of the `struct` module (`"B"`, `"d"`), which needs no numpy, or from whatever `numpy.dtype` takes.
    pub fn new(py: Python<'_>, given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(code) = given.cast::<PyString>() {
            if let Some(scalar) = Scalar::from_code(code.to_string_lossy().as_ref()) {
                return Ok(Self::of(scalar));
            }
        }
        let Ok(numpy) = py.import("numpy") else {
            return Err(PyValueError::new_err(format!(
                "dtype {} needs numpy, which is not installed; without it there are {}",
                given.repr()?,
                Scalar::CODES
            )));
        };
        let dtype = numpy.call_method1("dtype", (given,))?;
        Self::from_numpy(&numpy, &dtype)
    }

    fn of(scalar: Scalar) -> Self {
        let format = CString::from(scalar.format());
        Self { scalar: Some(scalar), itemsize: scalar.size(), format, numpy: None }
    }

    fn from_numpy(numpy: &Bound<'_, PyModule>, dtype: &Bound<'_, PyAny>) -> PyResult<Self> {
        let refuse = |why: &str| {
            Err(PyTypeError::new_err(format!(
                "dtype {dtype} {why}: use one of plain bytes, as numbers and records are"
            )))
        };
        let itemsize: usize = dtype.getattr("itemsize")?.extract()?;
        if dtype.getattr("hasobject")?.is_truthy()? {
            return refuse("holds references to Python objects");
        }
        if itemsize == 0 {
            return refuse("has no size");
        }
        // Of two items: for fewer, numpy takes a packed record for an aligned one, whose fields lie elsewhere.
        let sample = numpy.call_method1("empty", (2, dtype))?;
        let memory = numpy.py().import("builtins")?.getattr("memoryview")?.call1((sample,));
        let Ok(memory) = memory else {
            return refuse("has no buffer format");
        };
        let format: String = memory.getattr("format")?.extract()?;
        if memory.getattr("ndim")?.extract::<usize>()? != 1 {
            return refuse("is an array itself");
        }
        let is_native = dtype.getattr("isnative")?.is_truthy()?;
        let scalar = if is_native { Scalar::from_code(&format) } else { None };
        let format = CString::new(format).map_err(|_| PyValueError::new_err("a format with a zero byte"))?;
        Ok(Self { scalar, itemsize, format, numpy: Some(dtype.clone().unbind()) })
    }

    /// Whether items are bytes, so that anything with a buffer can be put in.
    pub fn is_bytes(&self) -> bool {
        self.scalar == Some(Scalar::U8) && self.numpy.is_none()
    }

    /// How many whole items so many bytes are. (A division takes longer than all the rest of a short call.)
    #[inline]
    pub fn items_in(&self, bytes: usize) -> usize {
        if self.itemsize == 1 { bytes } else { bytes / self.itemsize }
    }

    pub fn format(&self) -> &CStr {
        &self.format
    }

    /// What was given, normalised: a code, or a numpy dtype.
    pub fn given<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match &self.numpy {
            Some(dtype) => dtype.bind(py).clone(),
            None => PyString::new(py, &self.format.to_string_lossy()).into_any(),
        }
    }

    /// For a `repr`: nothing for bytes.
    pub fn shown(&self, py: Python<'_>) -> String {
        match &self.numpy {
            Some(dtype) => format!(", dtype={}", dtype.bind(py)),
            None if self.is_bytes() => String::new(),
            None => format!(", dtype={}", self.format.to_string_lossy()),
        }
    }

    /// A Python value as bytes. Runs Python code: hold no lock.
    pub fn encode(&self, value: &Bound<'_, PyAny>) -> PyResult<Item> {
        match (self.scalar, &self.numpy) {
            (Some(scalar), _) => match scalar.encode(value) {
                Ok(bytes) => Ok(Item::Scalar(bytes, self.itemsize)),
                Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
                    Err(PyOverflowError::new_err(format!(
                        "{} does not fit dtype {}, which holds {}",
                        value.repr()?,
                        scalar.code(),
                        scalar.range()
                    )))
                }
                Err(error) => Err(error),
            },
            (None, Some(dtype)) => {
                let numpy = value.py().import("numpy")?;
                let array = numpy.call_method1("array", (value, dtype))?;
                let bytes: Vec<u8> =
                    array.call_method0("tobytes")?.cast_into::<PyBytes>()?.as_bytes().to_vec();
                if bytes.len() != self.itemsize {
                    let (len, size) = (bytes.len(), self.itemsize);
                    return Err(PyValueError::new_err(format!(
                        "one item of {size} bytes is expected, not {len} bytes"
                    )));
                }
                Ok(Item::Record(bytes))
            }
            (None, None) => Err(PyTypeError::new_err("this dtype has no items of its own")),
        }
    }

    /// An item's bytes as a Python value. Runs Python code for what is no plain number: hold no lock.
    pub fn decode<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        match self.scalar {
            Some(scalar) => scalar.decode(py, bytes),
            None => self.many(py, PyBytes::new(py, bytes).into_any())?.get_item(0),
        }
    }

    /// Bytes (an object with a buffer) as many items: themselves, a typed `memoryview`, or an array.
    pub fn many<'py>(&self, py: Python<'py>, bytes: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(dtype) = &self.numpy {
            if bytes.len()? == 0 {
                return py.import("numpy")?.call_method1("empty", (0, dtype));
            }
            return py.import("numpy")?.call_method1("frombuffer", (bytes, dtype));
        }
        if self.is_bytes() {
            return Ok(bytes);
        }
        let memory = py.import("builtins")?.getattr("memoryview")?.call1((bytes,))?;
        memory.call_method1("cast", (self.given(py),))
    }

    /// Whether items come out in bulk as arrays, which people expect to be able to write to.
    pub fn wants_writable(&self) -> bool {
        self.numpy.is_some()
    }

    /// Whether what is in `object`, a buffer of items of this format, can be put in as it is. Runs Python code: hold no lock.
    pub fn accepts(&self, object: &Bound<'_, PyAny>, format: &CStr, itemsize: usize) -> PyResult<bool> {
        if matches!(format.to_bytes(), b"B" | b"c") {
            return Ok(true);
        }
        if itemsize != self.itemsize {
            return Ok(false);
        }
        let other = format.to_str().ok().and_then(Scalar::from_code);
        if format == self.format() || (other.is_some() && other == self.scalar) {
            return Ok(true);
        }
        match &self.numpy {
            Some(own) => is_of(object, own.bind(object.py())),
            None => Ok(false),
        }
    }
}

/// Whether numpy sees items of `dtype` in a buffer: the format of a record depends on how many there are and where they lie.
#[cold]
fn is_of(object: &Bound<'_, PyAny>, dtype: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    let numpy = py.import("numpy")?;
    if object.is_instance(&numpy.getattr("ndarray")?)? {
        return object.getattr("dtype")?.eq(dtype);
    }
    let memory = py.import("builtins")?.getattr("memoryview")?.call1((object,))?;
    match numpy.call_method1("asarray", (memory,)) {
        Ok(array) => array.getattr("dtype")?.eq(dtype),
        Err(_) => Ok(false), // a format that numpy cannot read
    }
}
