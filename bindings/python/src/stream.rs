//! `ByteStream`: a file in memory whose two ends move on.

use std::sync::Arc;

use pyo3::exceptions::{PyBlockingIOError, PyStopIteration, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::errors::{Refusal, count};
use crate::foreign::Foreign;
use crate::owned::Owned;
use crate::views::{ReadView, WriteView, unpicklable};
use crate::{bulk, face};

const WHAT: &str = "ByteStream";

/// A file in memory between whoever writes and whoever reads: an `io.RawIOBase` in all but descent.
///
/// As a raw file that does not block it gives `None` where nothing is there yet, or no room; `b""` only at the end, after
/// `write_eof()`. So `io.BufferedReader`, `shutil.copyfileobj`, `pickle.load` and `csv.reader` take it.
///
/// >>> from ringfold import ByteStream
/// >>> stream = ByteStream(1 << 16)
/// >>> stream.write(b"one\ntwo\n")
/// 8
/// >>> stream.write_eof()
/// >>> list(stream)
/// [b'one\n', b'two\n']
#[pyclass(frozen, module = "ringfold", subclass, weakref)]
pub struct ByteStream {
    owned: Arc<Owned>,
}

/// What there is to read.
enum Reading {
    Some,
    /// Nothing, and there will never be.
    End,
    /// Nothing yet.
    Wait,
}

impl ByteStream {
    fn reading(&self, py: Python<'_>) -> Result<Reading, Refusal> {
        self.owned.look(py, |stream| match (stream.is_empty(), stream.is_closed()) {
            (false, _) => Reading::Some,
            (true, true) => Reading::End,
            (true, false) => Reading::Wait,
        })
    }

    /// The next line, if all of it is there, or the stream ends with it, or `limit` bytes of it are there.
    fn line<'py>(
        &self,
        py: Python<'py>,
        end: &[u8],
        limit: Option<usize>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.owned.find_line(py, end)?;
        let found = self.owned.look(py, |stream| {
            let known = stream.len();
            match (found, limit) {
                (Some(length), None) => Ok(length),
                (Some(length), Some(limit)) => Ok(length.min(limit)),
                (None, Some(limit)) if limit <= known => Ok(limit),
                (None, _) if stream.is_closed() => Ok(known),
                (None, _) => Err((known, stream.is_full())),
            }
        })?;
        match found {
            Ok(length) => {
                let line = bulk::bytes(py, length, |target| self.owned.read(py, target))?;
                Ok(Some(line))
            }
            Err((known, true)) => Err(PyValueError::new_err(format!(
                "no end of line in {known} bytes, which is all that fits: take them with read(), or use a larger ByteStream"
            ))),
            Err(_) => Ok(None),
        }
    }

    fn read_up_to<'py>(&self, py: Python<'py>, n: isize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let (Reading::Wait, true) = (self.reading(py)?, n != 0) {
            return Ok(None);
        }
        face::read(py, &self.owned, n).map(Some)
    }
}

#[pymethods]
impl ByteStream {
    #[new]
    #[pyo3(signature = (capacity))]
    fn new(py: Python<'_>, capacity: isize) -> PyResult<Self> {
        Ok(Self { owned: face::make(WHAT, capacity, None, py)? })
    }

    /// At most `size` bytes, or all; `None` if there are none yet, `b""` at the end.
    #[pyo3(signature = (size=-1, /), text_signature = "($self, size=-1, /)")]
    fn read<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.read_up_to(py, size.unwrap_or(-1))
    }

    /// As `read`.
    #[pyo3(signature = (size=-1, /), text_signature = "($self, size=-1, /)")]
    fn read1<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.read_up_to(py, size.unwrap_or(-1))
    }

    /// As `read()`.
    fn readall<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.read_up_to(py, -1)
    }

    /// Reads into `buffer` and returns how many bytes; `None` if there are none yet, 0 at the end.
    #[pyo3(signature = (buffer, /))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let target = Foreign::room(buffer, &self.owned.dtype)?;
        if let (Reading::Wait, true) = (self.reading(py)?, target.place().len > 0) {
            return Ok(None);
        }
        Ok(Some(self.owned.read_into(py, target.place())?))
    }

    /// A copy of the next bytes, which stay.
    #[pyo3(signature = (size=-1, /), text_signature = "($self, size=-1, /)")]
    fn peek<'py>(&self, py: Python<'py>, size: isize) -> PyResult<Bound<'py, PyAny>> {
        let available = self.owned.look(py, |stream| stream.len())?;
        let bytes = usize::try_from(size).map_or(available, |size| size.min(available));
        bulk::bytes(py, bytes, |target| {
            self.owned.copy_out(py, 0, target).map(|there| if there { bytes } else { 0 })
        })
    }

    /// The next line with its end, or its first `size` bytes; what is left at the end.
    ///
    /// `BlockingIOError` while no whole line is there, `ValueError` if it never will be, because the stream is full of it.
    #[pyo3(signature = (size=-1, /), text_signature = "($self, size=-1, /)")]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyAny>> {
        let limit = usize::try_from(size.unwrap_or(-1)).ok();
        match self.line(py, b"\n", limit)? {
            Some(line) => Ok(line),
            None => {
                Err(would_block(py, "no whole line is there yet; write more, or end with write_eof()", 0))
            }
        }
    }

    /// The whole lines that are there, at least `hint` bytes of them.
    #[pyo3(signature = (hint=-1, /), text_signature = "($self, hint=-1, /)")]
    fn readlines<'py>(&self, py: Python<'py>, hint: Option<isize>) -> PyResult<Bound<'py, PyList>> {
        let (lines, limit) = (PyList::empty(py), usize::try_from(hint.unwrap_or(-1)).unwrap_or(0));
        let mut total = 0;
        while let Some(line) = self.line(py, b"\n", None)? {
            total += line.len()?;
            if line.is_empty()? {
                break;
            }
            lines.append(line)?;
            if limit > 0 && total >= limit {
                break;
            }
        }
        Ok(lines)
    }

    /// Everything up to and with `separator` (a line's end by default); what is left at the end. `None` if it is not there yet.
    ///
    /// No byte is looked at twice, however often this is called.
    #[pyo3(signature = (separator=None, /))]
    fn try_readuntil<'py>(
        &self,
        py: Python<'py>,
        separator: Option<&[u8]>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let separator = separator.unwrap_or(b"\n");
        if separator.is_empty() {
            return Err(PyValueError::new_err("the separator must have at least one byte"));
        }
        self.line(py, separator, None)
    }

    /// Writes as much as fits and returns how many bytes that was; `None` if there is no room.
    ///
    /// `BrokenPipeError` after `write_eof()`.
    #[pyo3(signature = (data, /))]
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        let data = Foreign::items(data, &self.owned.dtype)?;
        match self.owned.write(py, data.place(), false)? {
            0 if data.place().len > 0 => Ok(None),
            written => Ok(Some(written)),
        }
    }

    /// Writes each, whole. `BlockingIOError` at the first that does not fit; it says how many bytes went in before.
    #[pyo3(signature = (lines, /))]
    fn writelines(&self, py: Python<'_>, lines: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut written = 0;
        for line in lines.try_iter()? {
            let line = line?;
            let data = Foreign::items(&line, &self.owned.dtype)?;
            match self.owned.write(py, data.place(), true) {
                Ok(count) => written += count,
                Err(Refusal::Full { wanted, free, .. }) => {
                    let why = format!("a line of {wanted} bytes does not fit: {free} are free");
                    return Err(would_block(py, &why, written));
                }
                Err(refusal) => return Err(refusal.into()),
            }
        }
        Ok(())
    }

    /// Ends the stream: readers get what is in it and then the end.
    fn write_eof(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.owned.end_writing(py)?)
    }

    /// Whether the stream was ended; there may still be something to read.
    #[getter]
    fn ended(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.owned.look(py, |stream| stream.is_closed())?)
    }

    /// The next bytes (at most `n`, or all) where they are.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn read_view(&self, py: Python<'_>, n: isize) -> PyResult<ReadView> {
        face::read_view(py, &self.owned, n)
    }

    /// Room for `n` bytes where it is, or all. `Full` if there is not so much.
    #[pyo3(signature = (n=-1, /), text_signature = "($self, n=-1, /)")]
    fn write_view(&self, py: Python<'_>, n: isize) -> PyResult<WriteView> {
        face::write_view(py, &self.owned, n)
    }

    /// Drops the next `n` bytes. `Empty` if there are not so many; then it drops none.
    #[pyo3(signature = (n, /))]
    fn consume(&self, py: Python<'_>, n: isize) -> PyResult<()> {
        Ok(self.owned.consume(py, count("n", n, 0)?)?)
    }

    /// Drops everything.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.owned.clear(py)?)
    }

    fn readable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.owned.look(py, |_| true)?)
    }

    fn writable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.owned.look(py, |stream| !stream.is_closed())?)
    }

    fn seekable(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.owned.look(py, |_| false)?)
    }

    fn isatty(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.owned.look(py, |_| false)?)
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        Ok(self.owned.look(py, |_| ())?)
    }

    /// `io.UnsupportedOperation`.
    #[pyo3(signature = (offset, whence=0, /))]
    fn seek(&self, py: Python<'_>, offset: isize, whence: isize) -> PyResult<isize> {
        let _ = (offset, whence);
        Err(unsupported(py, "seek"))
    }

    /// `io.UnsupportedOperation`.
    fn tell(&self, py: Python<'_>) -> PyResult<isize> {
        Err(unsupported(py, "tell"))
    }

    /// `io.UnsupportedOperation`.
    #[pyo3(signature = (size=None, /))]
    fn truncate(&self, py: Python<'_>, size: Option<isize>) -> PyResult<isize> {
        let _ = size;
        Err(unsupported(py, "truncate"))
    }

    /// `io.UnsupportedOperation`.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        Err(unsupported(py, "fileno"))
    }

    /// Closes the object; to end the stream, `write_eof`.
    fn close(&self, py: Python<'_>) {
        self.owned.close(py);
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.owned.is_closed(py)
    }

    /// How many bytes fit: exactly what was asked for.
    #[getter]
    fn capacity(&self) -> usize {
        self.owned.capacity
    }

    /// How many more bytes fit.
    #[getter]
    fn free(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(face::free(py, &self.owned)?)
    }

    /// Which memory it really got, in words.
    #[getter]
    fn memory(&self, py: Python<'_>) -> PyResult<String> {
        Ok(face::memory(py, &self.owned)?)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.owned.len(py)
    }

    /// A file is true, also where nothing is in it.
    fn __bool__(&self) -> bool {
        true
    }

    fn __iter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().owned.look(slf.py(), |_| ())?;
        Ok(slf)
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let line = self.readline(py, None)?;
        if line.is_empty()? { Err(PyStopIteration::new_err(())) } else { Ok(line) }
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().owned.look(slf.py(), |_| ())?;
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.owned.close(py);
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(unpicklable(WHAT))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        face::shown(py, &self.owned, WHAT)
    }
}

/// `BlockingIOError`, with the system's number for it, and how many bytes were written before.
#[cold]
fn would_block(py: Python<'_>, why: &str, written: usize) -> PyErr {
    match py.import("errno").and_then(|errno| errno.getattr("EAGAIN")?.extract::<i32>()) {
        Ok(number) => PyBlockingIOError::new_err((number, why.to_owned(), written)),
        Err(error) => error,
    }
}

/// `io.UnsupportedOperation`, which is an `OSError` and a `ValueError`.
fn unsupported(py: Python<'_>, what: &str) -> PyErr {
    let class = py.import("io").and_then(|io| io.getattr("UnsupportedOperation"));
    match class.and_then(|class| class.call1((format!("a ByteStream has no {what}()"),))) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
