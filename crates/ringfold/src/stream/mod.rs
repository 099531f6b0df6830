//! One thread's stream of bytes: what a socket, a file or a parser is read into and written out of.
//!
//! A face of [`ring`](crate::ring), which says how it works; here is what makes it a stream: everything readable is one
//! slice, everything writable is one slice, so one system call moves all there is; the traits of `std::io` and of the asynchronous
//! runtimes; and an [end](ByteStream::close).
//!
//! # Full, empty and ended
//!
//! | | something to read | nothing to read | nothing, and closed |
//! |---|---|---|---|
//! | reading | as much as there is | `WouldBlock` | `Ok(0)`: the end |
//!
//! | | room | no room | closed |
//! |---|---|---|---|
//! | writing | as much as fits | `WouldBlock` | `BrokenPipe` |
//!
//! `read_exact` and `write_all` of `std::io` do all or nothing. The asynchronous traits wait where `WouldBlock` stands, and a `write_all` of
//! theirs that is larger than the capacity waits, again and again, until a reader makes room.
//!
//! # Lines and frames
//!
//! `read_line`, `read_until`, `read_to_end` and `read_to_string` take what is there *before* they say `WouldBlock`. It stays in the caller's
//! buffer, so do not clear that before calling again. (Where what is there ends in the midst of a character, `read_line` and
//! `read_to_string` lose it, as they do with any reader: `read_until` does not.) It is simpler to look at [`readable`](ByteStream::readable) and
//! to take whole lines only:
//!
//! ```
//! use std::io::Write;
//! use ringfold::ByteStream;
//!
//! /// The next line, once all of it is there.
//! fn next_line(stream: &mut ByteStream) -> Option<String> {
//!     let end = stream.readable().iter().position(|&byte| byte == b'\n')?;
//!     let line = String::from_utf8_lossy(&stream.readable()[..end]).into_owned();
//!     stream.consume(end + 1);
//!     Some(line)
//! }
//!
//! let mut stream = ByteStream::with_capacity(64)?;
//! stream.write_all(b"GET /\nHo")?;
//! assert_eq!(next_line(&mut stream).as_deref(), Some("GET /"));
//! assert_eq!(next_line(&mut stream), None); // the rest stays where it is
//! stream.write_all(b"st: here\n")?;
//! assert_eq!(next_line(&mut stream).as_deref(), Some("Host: here"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same for frames, each of which begins with its length in two bytes:
//!
//! ```
//! use std::io::Write;
//! use ringfold::ByteStream;
//!
//! /// Shows the next frame to `f`, in place, once all of it is there.
//! fn with_frame<R>(stream: &mut ByteStream, f: impl FnOnce(&[u8]) -> R) -> Option<R> {
//!     let (length, rest) = stream.readable().split_first_chunk()?;
//!     let length = usize::from(u16::from_be_bytes(*length));
//!     let result = f(rest.get(..length)?);
//!     stream.consume(2 + length);
//!     Some(result)
//! }
//!
//! let mut stream = ByteStream::with_capacity(64)?;
//! stream.write_all(&[0, 3, b'o', b'n', b'e', 0, 3, b't'])?;
//! assert!(with_frame(&mut stream, |frame| assert_eq!(frame, b"one")).is_some());
//! assert!(with_frame(&mut stream, |_| ()).is_none());
//! stream.write_all(b"wo")?;
//! assert!(with_frame(&mut stream, |frame| assert_eq!(frame, b"two")).is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A line or a frame that is longer than the stream never becomes whole: one that is [full](ByteStream::is_full) and has none is an error.
//!
//! # In async code
//!
//! With the feature `tokio` or `futures` a stream has that one's `AsyncRead`, `AsyncBufRead` and `AsyncWrite`. Their methods have the same names
//! as those of `std::io`, so import either `std::io`'s traits or the runtime's in one module.
//! A stream has one owner; a runtime's `split` makes two halves of it for two tasks:
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
//!
//! let (mut reader, mut writer) = split(ringfold::ByteStream::with_capacity(8)?);
//! let writing = async {
//!     writer.write_all(b"three times as much as fits").await?; // waits whenever the stream is full
//!     writer.shutdown().await // the end
//! };
//! let mut text = String::new();
//! let (written, read) = tokio::join!(writing, reader.read_to_string(&mut text));
//! written?;
//! assert_eq!(read?, text.len());
//! assert_eq!(text, "three times as much as fits");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same can be had between two threads, without a lock, from [`spsc`](crate::spsc).

#[cfg(any(feature = "tokio", feature = "futures"))]
mod asynchronous;
#[cfg(feature = "bytes")]
mod buf;
#[cfg(feature = "std")]
mod io;
mod wakers;

use core::fmt;

use crate::ring::{Cells, Mapped, Ring, Storage};
use wakers::Wakers;

/// A bounded stream of bytes for one thread. Everything readable is one slice, everything writable another.
///
/// Never waits; allocates when it is made and never again, save for the words of an error of
/// [`read_from`](Self::read_from), `read_exact` and `write_all`.
///
/// ```
/// use std::io::{Read, Write};
/// use ringfold::ByteStream;
///
/// let mut stream = ByteStream::with_capacity(65_536)?;
///
/// // By the traits everybody knows:
/// stream.write_all(b"Technical Protocol Data")?;
/// let mut word = [0; 9];
/// stream.read_exact(&mut word)?;
/// assert_eq!(&word, b"Technical");
///
/// // Or in place:
/// let readable = stream.readable(); // all there is, in one slice: for a parser, for send()
/// assert_eq!(readable, b" Protocol Data");
/// let seen = readable.len();
/// stream.consume(seen);
/// let writable = stream.writable(); // all the room there is, in one slice: for recv()
/// assert_eq!(writable.len(), 65_536);
/// writable[..3].copy_from_slice(b"new");
/// stream.produce(3);
/// assert_eq!(stream.readable(), b"new");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ByteStream<S: Storage<u8> = Mapped> {
    ring: Ring<u8, S>,
    closed: bool,
    wakers: Wakers,
}

/// A stream of `N` bytes inside the value itself: no heap, no operating system. See [`ring::Inline`](crate::ring::Inline).
///
/// ```
/// let mut stream = ringfold::stream::Inline::<64>::new();
/// stream.writable()[0] = b'!';
/// stream.produce(1);
/// assert_eq!(stream.readable(), b"!");
/// ```
pub type Inline<const N: usize> = ByteStream<Cells<u8, N>>;

impl<const N: usize> ByteStream<Cells<u8, N>> {
    /// An empty stream of `N` bytes, in the value itself. Allocates nothing, and may be evaluated at compile time.
    #[must_use]
    pub const fn new() -> Self {
        Self { ring: Ring::<u8, Cells<u8, N>>::new(), closed: false, wakers: Wakers::new() }
    }
}

impl<const N: usize> Default for ByteStream<Cells<u8, N>> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "std")]
impl ByteStream {
    /// Makes a stream that holds exactly `capacity` bytes, on mirrored memory. Other memory: `ByteStream::from(Ring::builder(n)…build()?)`.
    ///
    /// # Errors
    /// As [`Ring::with_capacity`].
    pub fn with_capacity(capacity: usize) -> Result<Self, ringfold_memory::Error> {
        Ok(Self::over(Ring::with_capacity(capacity)?))
    }
}

impl<S: Storage<u8>> ByteStream<S> {
    /// Every byte of the ring's memory is initialised: fresh memory is zero.
    fn over(ring: Ring<u8, S>) -> Self {
        Self { ring, closed: false, wakers: Wakers::new() }
    }

    /// Everything that can be read, oldest first, as one slice, in constant time.
    #[inline]
    #[must_use]
    pub fn readable(&self) -> &[u8] {
        self.ring.as_slice()
    }

    /// Everything that can be read, to be changed in place: to decrypt it, or to unmask it.
    #[inline]
    #[must_use]
    pub fn readable_mut(&mut self) -> &mut [u8] {
        self.ring.as_mut_slice()
    }

    /// Gives the first `n` bytes back, or all where there are fewer, and returns how many those were.
    #[inline]
    pub fn consume(&mut self, n: usize) -> usize {
        let count = self.ring.consume(n);
        if count > 0 {
            self.wakers.wake_writer();
        }
        count
    }

    /// All the room there is, as one slice, in constant time; empty once the stream is closed. What is in it is old or zero, and
    /// nothing that is written there can be read before [`produce`](Self::produce).
    #[inline]
    #[must_use]
    pub fn writable(&mut self) -> &mut [u8] {
        if self.closed {
            return &mut [];
        }
        self.ring.spare_bytes()
    }

    /// Makes the first `n` bytes of [`writable`](Self::writable) readable, or all where there are fewer, and returns how many
    /// those were. Bytes that were not written are what they were: old or zero.
    #[inline]
    pub fn produce(&mut self, n: usize) -> usize {
        let count = n.min(self.free());
        // SAFETY: there is so much room, and every byte of the memory is initialised (`over`).
        unsafe { self.ring.commit(count) };
        if count > 0 {
            self.wakers.wake_reader();
        }
        count
    }

    /// Copies as much of `bytes` in as fits, and returns how many those were.
    #[inline]
    pub fn push_slice(&mut self, bytes: &[u8]) -> usize {
        if self.closed {
            return 0;
        }
        let count = self.ring.push_slice(bytes);
        if count > 0 {
            self.wakers.wake_reader();
        }
        count
    }

    /// Copies as many bytes out as there are and fit, and returns how many those were.
    #[inline]
    pub fn pop_slice(&mut self, bytes: &mut [u8]) -> usize {
        let count = self.ring.pop_slice(bytes);
        if count > 0 {
            self.wakers.wake_writer();
        }
        count
    }

    /// Ends the stream: what is in it can still be read, then readers see the end; nothing more can be written.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// let mut stream = ringfold::ByteStream::with_capacity(16)?;
    /// stream.write_all(b"bye")?;
    /// stream.close();
    /// assert_eq!(stream.write(b"more").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    /// let mut all = String::new();
    /// stream.read_to_string(&mut all)?;
    /// assert_eq!(all, "bye");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&mut self) {
        self.closed = true;
        // Never both: a reader waits for an empty stream, a writer for a full one.
        self.wakers.wake_reader();
        self.wakers.wake_writer();
    }

    /// Whether the stream was ended; there may still be something to read.
    #[inline]
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Drops everything that can be read.
    #[inline]
    pub fn clear(&mut self) {
        self.consume(usize::MAX);
    }

    /// How many bytes can be read.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether there is nothing to read.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether there is no room.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// How many bytes can be written: none once the stream is closed.
    #[inline]
    #[must_use]
    pub fn free(&self) -> usize {
        if self.closed { 0 } else { self.ring.free() }
    }

    /// How many bytes fit in all: exactly what was asked for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// The ring behind this face, to look at.
    #[must_use]
    pub fn ring(&self) -> &Ring<u8, S> {
        &self.ring
    }

    /// The ring behind this face, for instance to hand it to two threads ([`Ring::into_spsc`]).
    #[must_use]
    pub fn into_ring(self) -> Ring<u8, S> {
        self.ring
    }
}

/// Writes zeros to the vacant bytes, because a ring's may be uninitialised; so it takes as long as the ring is large.
impl<S: Storage<u8>> From<Ring<u8, S>> for ByteStream<S> {
    fn from(mut ring: Ring<u8, S>) -> Self {
        ring.zero_vacant();
        Self::over(ring)
    }
}

impl<S: Storage<u8>> From<ByteStream<S>> for Ring<u8, S> {
    fn from(stream: ByteStream<S>) -> Self {
        stream.ring
    }
}

/// A stream of its own with the same bytes in it; nobody is waiting for it.
impl<S: Storage<u8>> Clone for ByteStream<S>
where
    Ring<u8, S>: Clone,
{
    fn clone(&self) -> Self {
        Self { ring: self.ring.clone(), closed: self.closed, wakers: Wakers::new() }
    }
}

impl<S: Storage<u8>> fmt::Debug for ByteStream<S> {
    /// The fill, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("closed", &self.closed)
            .finish()
    }
}
