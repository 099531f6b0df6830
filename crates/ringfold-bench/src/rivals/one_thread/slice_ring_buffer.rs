//! slice-ring-buffer 0.3: <https://github.com/LiquidityC/slice_ring_buffer_rs>, a deque on mirrored memory. It lies under the
//! advisory RUSTSEC-2025-0044 (double frees in safe code); what is used of it here, with bytes, is not concerned.

use slice_ring_buffer::SliceRingBuffer;

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{Contiguous, InPlace, OpenError, Rival, Seam, Slices, TakeBack};

impl<T: Word> Rival for SliceRingBuffer<T> {
    const NAME: &'static str = "slice-ring-buffer";
    const NOTE: &'static str = "under the advisory RUSTSEC-2025-0044";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(SliceRingBuffer::with_capacity(capacity))
    }
}

/// Takes the oldest items out, in constant time.
#[inline(always)]
fn consume<T: Word>(deque: &mut SliceRingBuffer<T>, count: usize) {
    assert!(count <= deque.len());
    // SAFETY: there are so many items, and words need not be dropped.
    unsafe { deque.move_head_unchecked(count as isize) };
}

impl<T: Word> Slices<T> for SliceRingBuffer<T> {
    const SLICES: &'static str = "extend_from_slice, copy out of as_slice + move_head";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.extend_from_slice(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        items.copy_from_slice(&self.as_slice()[..items.len()]);
        consume(self, items.len());
    }
}

impl<T: Word> InPlace<T> for SliceRingBuffer<T> {
    const IN_PLACE: &'static str = "extend_from_slice; as_slice + move_head";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(&self.as_slice()[..count]);
        consume(self, count);
    }
}

impl Seam for SliceRingBuffer<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        [self.as_slice(), &[]]
    }

    fn period(&self) -> Option<usize> {
        Some(self.capacity())
    }

    fn clear(&mut self) {
        consume(self, self.len());
    }
}

impl Contiguous for SliceRingBuffer<u8> {
    const CONTIGUOUS: &'static str = "as_slice";

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.as_slice()
    }
}

impl TakeBack for SliceRingBuffer<u8> {
    const TAKE_BACK: &'static str = "move_tail";

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        assert!(count <= self.len());
        // SAFETY: there are so many items, and bytes need not be dropped.
        unsafe { self.move_tail_unchecked(-(count as isize)) };
    }
}
