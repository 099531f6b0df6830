//! picoring 0.6: <https://github.com/yagizgil/picoring>. Mirrored memory in whole pages; one slot always stays empty.

use std::io::{Read, Write};

use picoring::{PicoByteStream, PicoQueue, PicoRing};

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{Contiguous, Fill, InPlace, Items, OpenError, Rival, Seam, Slices, TakeBack};

const NAME: &str = "picoring";

impl<T: Word> Rival for PicoRing<T> {
    const NAME: &'static str = NAME;
    const NOTE: &'static str = "PicoRing";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(PicoRing::with_capacity(capacity)?)
    }
}

impl<T: Word> Slices<T> for PicoRing<T> {
    const SLICES: &'static str = "push_slice, copy out of readable_slice";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        assert!(self.push_slice(items), "there is no room for {}", items.len());
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        items.copy_from_slice(&self.readable_slice()[..items.len()]);
        self.advance_tail(items.len());
    }
}

impl<T: Word> InPlace<T> for PicoRing<T> {
    const IN_PLACE: &'static str = "push_slice; readable_slice + advance_tail";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(&self.readable_slice()[..count]);
        self.advance_tail(count);
    }
}

impl Seam for PicoRing<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        [self.readable_slice(), &[]]
    }

    fn period(&self) -> Option<usize> {
        Some(self.capacity())
    }

    fn clear(&mut self) {
        self.advance_tail(self.len());
    }
}

impl Contiguous for PicoRing<u8> {
    const CONTIGUOUS: &'static str = "readable_slice";

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.readable_slice()
    }
}

impl TakeBack for PicoRing<u8> {
    const TAKE_BACK: &'static str = "advance_head by almost a lap";

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        self.advance_head(self.capacity() - count);
    }
}

impl<T: Word> Rival for PicoQueue<T> {
    const NAME: &'static str = NAME;
    const NOTE: &'static str = "PicoQueue";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(PicoQueue::new(capacity)?)
    }
}

impl<T: Word> Items<T> for PicoQueue<T> {
    const ITEMS: &'static str = "try_push, try_pop";

    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        self.try_push(item)
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        self.try_pop()
    }
}

impl<T: Word> Slices<T> for PicoQueue<T> {
    const SLICES: &'static str = "reserve + copy + commit, peek + copy + release";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.reserve(items.len()).expect("there is room").copy_from_slice(items);
        self.commit(items.len());
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        items.copy_from_slice(&self.peek()[..items.len()]);
        self.release(items.len());
    }
}

impl<T: Word> InPlace<T> for PicoQueue<T> {
    const IN_PLACE: &'static str = "peek, release";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(&self.peek()[..count]);
        self.release(count);
    }
}

impl Fill for PicoQueue<u64> {
    const FILL: &'static str = "reserve, commit";

    #[inline(always)]
    fn fill(&mut self, first: u64, count: usize) {
        let slots = self.reserve(count).expect("there is room");
        for (index, slot) in slots.iter_mut().enumerate() {
            *slot = first.wrapping_add(index as u64);
        }
        self.commit(count);
    }
}

impl Rival for PicoByteStream {
    const NAME: &'static str = NAME;
    const NOTE: &'static str = "PicoByteStream";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(PicoByteStream::new(capacity)?)
    }
}

impl Slices<u8> for PicoByteStream {
    const SLICES: &'static str = "write_all, read_exact";

    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        self.write_all(bytes).expect("there is room");
    }

    #[inline(always)]
    fn read(&mut self, bytes: &mut [u8]) {
        self.read_exact(bytes).expect("there is enough");
    }
}

impl InPlace<u8> for PicoByteStream {
    const IN_PLACE: &'static str = "as_write_slice, produce; as_read_slice, consume";

    #[inline(always)]
    fn receive(&mut self, bytes: &[u8]) {
        self.as_write_slice()[..bytes.len()].copy_from_slice(bytes);
        self.produce(bytes.len());
    }

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[u8])) {
        see(&self.as_read_slice()[..count]);
        self.consume(count);
    }
}
