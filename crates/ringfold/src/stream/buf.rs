//! The traits of the `bytes` crate over a stream.

use bytes::{Buf, BufMut, buf::UninitSlice};

use super::ByteStream;
use crate::ring::Storage;

/// One chunk, always.
///
/// ```
/// use bytes::{Buf, BufMut};
/// let mut stream = ringfold::ByteStream::with_capacity(16)?;
/// stream.put_u32(7);
/// assert_eq!(stream.get_u32(), 7);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// # Panics
/// As the trait demands, where more is taken than is there.
impl<S: Storage<u8>> Buf for ByteStream<S> {
    #[inline]
    fn remaining(&self) -> usize {
        self.len()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.readable()
    }

    #[inline]
    fn advance(&mut self, n: usize) {
        assert!(n <= self.len(), "advancing by {n} in a stream with {} bytes to read", self.len());
        self.consume(n);
    }
}

// SAFETY: `chunk_mut` is the room behind the content, and `advance_mut` makes it content; nobody else moves either.
unsafe impl<S: Storage<u8>> BufMut for ByteStream<S> {
    #[inline]
    fn remaining_mut(&self) -> usize {
        self.free()
    }

    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        UninitSlice::new(self.writable())
    }

    #[inline]
    unsafe fn advance_mut(&mut self, n: usize) {
        assert!(n <= self.free(), "advancing by {n} in a stream with room for {} bytes", self.free());
        self.produce(n);
    }
}
