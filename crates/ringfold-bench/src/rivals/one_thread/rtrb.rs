//! rtrb 0.4: <https://github.com/mgeier/rtrb>. Made for two threads; here one holds both ends.

use rtrb::{Consumer, CopyToUninit, Producer, RingBuffer};

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{InPlace, Items, OpenError, Rival, Slices};

/// Both ends.
pub struct BothEnds<T> {
    producer: Producer<T>,
    consumer: Consumer<T>,
}

impl<T: Word> Rival for BothEnds<T> {
    const NAME: &'static str = "rtrb";
    const NOTE: &'static str = "made for two threads; one holds both ends";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        let (producer, consumer) = RingBuffer::new(capacity);
        Ok(BothEnds { producer, consumer })
    }
}

impl<T: Word> Items<T> for BothEnds<T> {
    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        self.producer.push(item).is_ok()
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        self.consumer.pop().ok()
    }
}

impl<T: Word> Slices<T> for BothEnds<T> {
    const SLICES: &'static str = "write_chunk_uninit, read_chunk";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        let mut chunk = self.producer.write_chunk_uninit(items.len()).expect("there is room");
        let (first, second) = chunk.as_mut_slices();
        let (before, after) = items.split_at(first.len());
        before.copy_to_uninit(first);
        after.copy_to_uninit(second);
        // SAFETY: the two lines above have written both slices.
        unsafe { chunk.commit_all() };
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        let chunk = self.consumer.read_chunk(items.len()).expect("there is enough");
        let (first, second) = chunk.as_slices();
        items[..first.len()].copy_from_slice(first);
        items[first.len()..].copy_from_slice(second);
        chunk.commit_all();
    }
}

impl<T: Word> InPlace<T> for BothEnds<T> {
    const IN_PLACE: &'static str = "write_chunk_uninit; read_chunk, one slice or two";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        let chunk = self.consumer.read_chunk(count).expect("there is enough");
        let (first, second) = chunk.as_slices();
        see(first);
        if !second.is_empty() {
            see(second);
        }
        chunk.commit_all();
    }
}
