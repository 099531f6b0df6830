//! Why something was refused, and which Python exception says so.
//!
//! Refusals are plain values, so that they can be made while a lock is held: no Python code runs before
//! [`PyErr`] is made of one.

use pyo3::PyErr;
use pyo3::exceptions::{
    PyBrokenPipeError, PyBufferError, PyEOFError, PyMemoryError, PyOSError, PyRuntimeError, PyTypeError,
    PyValueError,
};
use ringfold::memory;

mod python {
    pyo3::import_exception!(ringfold._errors, Empty);
    pyo3::import_exception!(ringfold._errors, Full);
    pyo3::import_exception!(ringfold._errors, Lagged);
}

/// Why an operation was refused. Nothing has changed then.
#[derive(Debug)]
pub enum Refusal {
    /// The object itself was closed.
    Closed(&'static str),
    /// The object belongs to the process that this one was forked from.
    Forked(&'static str),
    /// What would move or overwrite bytes that somebody holds; who that is.
    Held(&'static str, String),
    /// There is no room for so many items.
    Full { wanted: usize, free: usize, capacity: usize },
    /// There are not so many items.
    Empty { wanted: usize, available: usize },
    /// There was no room, or no item, until the time was over.
    Late { is_full: bool, wanted: usize, seconds: f64 },
    /// More items than ever fit.
    TooLarge { wanted: usize, capacity: usize },
    /// Nobody is left to read.
    NoReader,
    /// Nobody is left to write, and so many items are left.
    End { wanted: usize, left: usize },
    /// A view that was consumed, committed or released.
    Over(&'static str),
    /// A value that makes no sense, and what would.
    Invalid(String),
    /// A type that does not go there, and what would.
    WrongType(String),
}

impl From<Refusal> for PyErr {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed(what) => PyValueError::new_err(format!("operation on a closed {what}")),
            Refusal::Forked(what) => PyRuntimeError::new_err(format!(
                "this {what} was made before fork(), and goes on in the parent process: make one in the child, or start the child by \
                 spawn or forkserver"
            )),
            Refusal::Held(verb, holder) => PyBufferError::new_err(format!(
                "cannot {verb}: {holder}; delete or release what was made of it first (`del array`, `memoryview.release()`, leave the `with` block)"
            )),
            Refusal::Full { wanted, free, capacity } => python::Full::new_err(format!(
                "{wanted} items do not fit: {free} of {capacity} slots are free"
            )),
            Refusal::Empty { wanted, available } => {
                python::Empty::new_err(format!("{wanted} items were asked for and {available} are there"))
            }
            Refusal::Late { is_full, wanted, seconds } if is_full => {
                python::Full::new_err(format!("no room for {wanted} items within {seconds} s"))
            }
            Refusal::Late { wanted, seconds, .. } => {
                python::Empty::new_err(format!("fewer than {wanted} items within {seconds} s"))
            }
            Refusal::TooLarge { wanted, capacity } => PyValueError::new_err(format!(
                "{wanted} items never fit a capacity of {capacity}: use fewer at a time, or a larger ring"
            )),
            Refusal::NoReader => PyBrokenPipeError::new_err("the ring is closed: nobody is left to read it"),
            Refusal::End { wanted: _, left: 0 } => {
                PyEOFError::new_err("the ring is closed and everything was read")
            }
            Refusal::End { wanted, left } => PyEOFError::new_err(format!(
                "the ring is closed: {wanted} items were asked for and {left} are left"
            )),
            Refusal::Over(what) => {
                PyValueError::new_err(format!("this {what} is over: it was consumed, committed or released"))
            }
            Refusal::Invalid(why) => PyValueError::new_err(why),
            Refusal::WrongType(why) => PyTypeError::new_err(why),
        }
    }
}

/// A lossy reader was too slow.
#[cold]
pub fn lagged(missed: u64) -> PyErr {
    python::Lagged::new_err(missed)
}

/// All slots of a pool are in use.
#[cold]
pub fn exhausted(why: String) -> PyErr {
    python::Full::new_err(why)
}

/// Memory that could not be had.
#[cold]
pub fn memory_error(error: memory::Error) -> PyErr {
    let text = error.to_string();
    if error.is_invalid() {
        PyValueError::new_err(text)
    } else if error.is_unsupported() {
        PyOSError::new_err(text)
    } else {
        PyMemoryError::new_err(text)
    }
}

/// `value` as a count of at least `least`.
pub fn count(name: &str, value: isize, least: usize) -> Result<usize, Refusal> {
    match usize::try_from(value) {
        Ok(count) if count >= least => Ok(count),
        _ => Err(Refusal::Invalid(format!("{name} must be at least {least}, not {value}"))),
    }
}
