//! `BytesMut` of the `bytes` crate: not a ring, but what network code uses as one. When its end is reached, what is left moves to
//! the front.

use std::marker::PhantomData;

use bytes::{Buf, BufMut, BytesMut};

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{Fill, InPlace, Items, OpenError, Rival, Slices};

/// `BytesMut`, as a queue of bytes or of words.
pub struct Buffer<T> {
    bytes: BytesMut,
    _items: PhantomData<T>,
}

impl<T: Word> Rival for Buffer<T> {
    const NAME: &'static str = "BytesMut";
    const NOTE: &'static str = "has no bound of its own";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Buffer { bytes: BytesMut::with_capacity(capacity * size_of::<T>()), _items: PhantomData })
    }
}

impl Items<u64> for Buffer<u64> {
    const ITEMS: &'static str = "put_u64_ne, get_u64_ne";

    #[inline(always)]
    fn push(&mut self, item: u64) -> bool {
        self.bytes.put_u64_ne(item);
        true
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.bytes.has_remaining().then(|| self.bytes.get_u64_ne())
    }
}

impl<T: Word> Slices<T> for Buffer<T> {
    const SLICES: &'static str = "extend_from_slice, copy_to_slice";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.bytes.extend_from_slice(bytemuck::cast_slice(items));
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        self.bytes.copy_to_slice(bytemuck::cast_slice_mut(items));
    }
}

impl<T: Word> InPlace<T> for Buffer<T> {
    const IN_PLACE: &'static str = "reserve, chunk_mut, advance_mut; chunk, advance";

    #[inline(always)]
    fn receive(&mut self, items: &[T]) {
        let source: &[u8] = bytemuck::cast_slice(items);
        self.bytes.reserve(source.len());
        self.bytes.chunk_mut()[..source.len()].copy_from_slice(source);
        // SAFETY: the line above has written so many bytes.
        unsafe { self.bytes.advance_mut(source.len()) };
    }

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        let bytes = count * size_of::<T>();
        see(bytemuck::cast_slice(&self.bytes.chunk()[..bytes]));
        self.bytes.advance(bytes);
    }
}

impl Fill for Buffer<u64> {
    const FILL: &'static str = "extend by a range of words";

    #[inline(always)]
    fn fill(&mut self, first: u64, count: usize) {
        let bytes = count * size_of::<u64>();
        self.bytes.reserve(bytes);
        let places = self.bytes.spare_capacity_mut()[..bytes].as_chunks_mut::<8>().0;
        for (index, place) in places.iter_mut().enumerate() {
            place.write_copy_of_slice(&first.wrapping_add(index as u64).to_ne_bytes());
        }
        // SAFETY: the loop has written so many bytes.
        unsafe { self.bytes.set_len(self.bytes.len() + bytes) };
    }
}
