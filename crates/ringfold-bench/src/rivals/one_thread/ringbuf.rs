//! ringbuf 0.6: <https://github.com/agerasev/ringbuf>. Its ring for one thread.

use ringbuf::traits::{Observer, Raw};
use ringbuf::{LocalRb, storage::Heap};

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{InPlace, Items, OpenError, Rival, Slices};

/// The ring, used whole.
pub type Local<T> = LocalRb<Heap<T>>;

impl<T: Word> Rival for Local<T> {
    const NAME: &'static str = "ringbuf";
    const NOTE: &'static str = "LocalRb";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(LocalRb::new(capacity))
    }
}

impl<T: Word> Items<T> for Local<T> {
    const ITEMS: &'static str = "try_push, try_pop";

    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        self.try_push(item).is_ok()
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        self.try_pop()
    }
}

impl<T: Word> Slices<T> for Local<T> {
    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        assert_eq!(self.push_slice(items), items.len(), "there is no room");
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        assert_eq!(self.pop_slice(items), items.len(), "there is not enough");
    }
}

impl<T: Word> InPlace<T> for Local<T> {
    const IN_PLACE: &'static str = "push_slice; as_slices + advance_read_index";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        let (first, second) = self.as_slices();
        let before = count.min(first.len());
        see(&first[..before]);
        if before < count {
            see(&second[..count - before]);
        }
        debug_assert!(count <= self.occupied_len());
        // SAFETY: the slices had so many items, or the lines above would have panicked; words need not be dropped.
        unsafe { self.advance_read_index(count) };
    }
}
