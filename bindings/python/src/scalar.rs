//! Numbers in native byte order, between bytes and Python.

use std::ffi::{CStr, c_long};

use pyo3::prelude::*;
use pyo3::types::PyBool;

/// A number that the `struct` module has a code for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    Bool,
}

const LONG_IS_64: bool = size_of::<c_long>() == 8;

impl Scalar {
    /// For an error.
    pub const CODES: &str = "the codes b B h H i I l L q Q f d ?";

    /// From a code, perhaps with a sign of the native byte order before it.
    pub fn from_code(code: &str) -> Option<Self> {
        let native = if cfg!(target_endian = "little") { '<' } else { '>' };
        let (standard, code) = match code.strip_prefix(native).or_else(|| code.strip_prefix('=')) {
            Some(code) => (true, code),
            None => (false, code.strip_prefix('@').unwrap_or(code)),
        };
        let is_64 = LONG_IS_64 && !standard;
        Some(match code {
            "b" => Self::I8,
            "B" => Self::U8,
            "h" => Self::I16,
            "H" => Self::U16,
            "i" => Self::I32,
            "I" => Self::U32,
            "l" => {
                if is_64 {
                    Self::I64
                } else {
                    Self::I32
                }
            }
            "L" => {
                if is_64 {
                    Self::U64
                } else {
                    Self::U32
                }
            }
            "q" => Self::I64,
            "Q" => Self::U64,
            "f" => Self::F32,
            "d" => Self::F64,
            "?" => Self::Bool,
            _ => return None,
        })
    }

    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The code, of those that are one size everywhere.
    pub fn format(self) -> &'static CStr {
        match self {
            Self::I8 => c"b",
            Self::U8 => c"B",
            Self::I16 => c"h",
            Self::U16 => c"H",
            Self::I32 => c"i",
            Self::U32 => c"I",
            Self::I64 => c"q",
            Self::U64 => c"Q",
            Self::F32 => c"f",
            Self::F64 => c"d",
            Self::Bool => c"?",
        }
    }

    pub fn code(self) -> String {
        format!("'{}'", self.format().to_string_lossy())
    }

    /// For an error.
    pub fn range(self) -> &'static str {
        match self {
            Self::I8 => "-128 to 127",
            Self::U8 => "0 to 255",
            Self::I16 => "-32768 to 32767",
            Self::U16 => "0 to 65535",
            Self::I32 => "-2**31 to 2**31 - 1",
            Self::U32 => "0 to 2**32 - 1",
            Self::I64 => "-2**63 to 2**63 - 1",
            Self::U64 => "0 to 2**64 - 1",
            Self::F32 | Self::F64 => "floating-point numbers",
            Self::Bool => "True and False",
        }
    }

    /// May run Python code (`__index__`, `__float__`, `__bool__`).
    pub fn encode(self, value: &Bound<'_, PyAny>) -> PyResult<[u8; 8]> {
        match self {
            Self::I8 => Ok(padded(value.extract::<i8>()?.to_ne_bytes())),
            Self::U8 => Ok(padded(value.extract::<u8>()?.to_ne_bytes())),
            Self::I16 => Ok(padded(value.extract::<i16>()?.to_ne_bytes())),
            Self::U16 => Ok(padded(value.extract::<u16>()?.to_ne_bytes())),
            Self::I32 => Ok(padded(value.extract::<i32>()?.to_ne_bytes())),
            Self::U32 => Ok(padded(value.extract::<u32>()?.to_ne_bytes())),
            Self::I64 => Ok(padded(value.extract::<i64>()?.to_ne_bytes())),
            Self::U64 => Ok(padded(value.extract::<u64>()?.to_ne_bytes())),
            Self::F32 => Ok(padded((value.extract::<f64>()? as f32).to_ne_bytes())),
            Self::F64 => Ok(padded(value.extract::<f64>()?.to_ne_bytes())),
            Self::Bool => Ok(padded([u8::from(value.is_truthy()?)])),
        }
    }

    /// `bytes` are those of one such number.
    pub fn decode<'py>(self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::I8 => i8::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::U8 => u8::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::I16 => i16::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::U16 => u16::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::I32 => i32::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::U32 => u32::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::I64 => i64::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::U64 => u64::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::F32 => f64::from(f32::from_ne_bytes(first(bytes))).into_pyobject(py)?.into_any(),
            Self::F64 => f64::from_ne_bytes(first(bytes)).into_pyobject(py)?.into_any(),
            Self::Bool => PyBool::new(py, bytes.first().is_some_and(|byte| *byte != 0)).to_owned().into_any(),
        })
    }
}

fn padded<const N: usize>(bytes: [u8; N]) -> [u8; 8] {
    let mut padded = [0; 8];
    padded[..N].copy_from_slice(&bytes);
    padded
}

/// The first `N` bytes; zeros where there are fewer, which does not happen.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}
