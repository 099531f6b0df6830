//! `std::io` over a stream.

use std::io::{BufRead, Error, ErrorKind, IoSlice, IoSliceMut, Read, Result, Write};

use super::ByteStream;
use crate::ring::Storage;

impl<S: Storage<u8>> ByteStream<S> {
    /// Reads once from `source` into all the room there is, and returns how many bytes came; `Ok(0)` is the end of `source`.
    /// One call of `read`, whether or not the room lies across the seam.
    ///
    /// # Errors
    /// `WouldBlock` when there is no room, `BrokenPipe` when this stream is closed, and what `source` says, `Interrupted` too. Nothing was
    /// taken from `source` then. A source that does not block says `WouldBlock` as well: [`is_full`](Self::is_full) tells the two apart.
    ///
    /// ```
    /// let mut stream = ringfold::ByteStream::with_capacity(4)?;
    /// let mut source: &[u8] = b"abcdef";
    /// assert_eq!(stream.read_from(&mut source)?, 4);
    /// assert_eq!(stream.readable(), b"abcd");
    /// let error = stream.read_from(&mut source).unwrap_err();
    /// assert_eq!(error.to_string(), "the stream is full (4 of 4 bytes): consume some, or make a larger one");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_from(&mut self, mut source: impl Read) -> Result<usize> {
        self.check_room().map_err(|error| self.explain(error))?;
        let read = source.read(self.writable())?;
        Ok(self.produce(read))
    }

    /// Writes once to `sink` from all that can be read, gives back what was written, and returns how many bytes that were;
    /// `Ok(0)` is the end of this stream. One call of `write`, whether or not the bytes lie across the seam.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing to read yet, `WriteZero` when `sink` takes no more, and what `sink` says. Nothing
    /// was given back then.
    ///
    /// ```
    /// use std::io::Write;
    /// let mut stream = ringfold::ByteStream::with_capacity(16)?;
    /// stream.write_all(b"abc")?;
    /// let mut sink = Vec::new();
    /// assert_eq!(stream.write_to(&mut sink)?, 3);
    /// assert_eq!(stream.write_to(&mut sink).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    /// stream.close();
    /// assert_eq!(stream.write_to(&mut sink)?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_to(&mut self, mut sink: impl Write) -> Result<usize> {
        if self.fill_buf()?.is_empty() {
            return Ok(0);
        }
        match sink.write(self.readable())? {
            0 => Err(ErrorKind::WriteZero.into()),
            written => Ok(self.consume(written)),
        }
    }

    fn check_room(&self) -> Result<()> {
        match () {
            () if self.is_closed() => Err(ErrorKind::BrokenPipe.into()),
            () if self.is_full() => Err(ErrorKind::WouldBlock.into()),
            () => Ok(()),
        }
    }

    /// Says of a full stream how full it is; the source may say `WouldBlock` too, for its own reason.
    #[cold]
    fn explain(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::WouldBlock {
            return error;
        }
        let (len, capacity) = (self.len(), self.capacity());
        let what =
            format!("the stream is full ({len} of {capacity} bytes): consume some, or make a larger one");
        Error::new(ErrorKind::WouldBlock, what)
    }

    /// Whether `n` bytes can ever be in the stream at once.
    fn check_size(&self, n: usize) -> Result<()> {
        if n <= self.capacity() {
            return Ok(());
        }
        let capacity = self.capacity();
        let what = format!(
            "{n} bytes at once can never be in a stream that holds {capacity}: pass fewer, or make a larger stream"
        );
        Err(Error::new(ErrorKind::InvalidInput, what))
    }
}

impl<S: Storage<u8>> Read for ByteStream<S> {
    /// # Errors
    /// `WouldBlock` when there is nothing to read and the stream is open; when it is closed, that is `Ok(0)`.
    #[inline]
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize> {
        if bytes.is_empty() || self.fill_buf()?.is_empty() {
            return Ok(0);
        }
        Ok(self.pop_slice(bytes))
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) || self.fill_buf()?.is_empty() {
            return Ok(0);
        }
        Ok(buffers.iter_mut().map(|buffer| self.pop_slice(buffer)).sum())
    }

    /// All or nothing.
    ///
    /// # Errors
    /// `WouldBlock` when so much is not there yet, `UnexpectedEof` when it never will be because the stream is closed,
    /// `InvalidInput` when it is more than the stream holds. Nothing is taken then.
    #[inline]
    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<()> {
        if bytes.len() > self.len() {
            if self.is_closed() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.check_size(bytes.len())?;
            return Err(ErrorKind::WouldBlock.into());
        }
        self.pop_slice(bytes);
        Ok(())
    }
}

impl<S: Storage<u8>> BufRead for ByteStream<S> {
    /// Everything that can be read, as one slice.
    ///
    /// # Errors
    /// `WouldBlock` when that is nothing and the stream is open; when it is closed, the slice is empty: the end.
    #[inline]
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.is_empty() && !self.is_closed() {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(self.readable())
    }

    #[inline]
    fn consume(&mut self, n: usize) {
        ByteStream::consume(self, n);
    }
}

impl<S: Storage<u8>> Write for ByteStream<S> {
    /// # Errors
    /// `WouldBlock` when there is no room, `BrokenPipe` when the stream is closed.
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.check_room()?;
        Ok(self.push_slice(bytes))
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        self.check_room()?;
        Ok(buffers.iter().map(|buffer| self.push_slice(buffer)).sum())
    }

    /// All or nothing.
    ///
    /// # Errors
    /// `WouldBlock` when there is not so much room now, `BrokenPipe` when the stream is closed, `InvalidInput` when it is more
    /// than the stream holds. Nothing is written then.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() > self.free() {
            if self.is_closed() {
                return Err(ErrorKind::BrokenPipe.into());
            }
            self.check_size(bytes.len())?;
            return Err(ErrorKind::WouldBlock.into());
        }
        self.push_slice(bytes);
        Ok(())
    }

    /// Nothing to do: what was written can be read.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
