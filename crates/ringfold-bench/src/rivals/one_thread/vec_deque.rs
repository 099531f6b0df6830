//! The standard library's `VecDeque`, with room from the start so that it never grows.

use std::collections::VecDeque;

use crate::one_thread::packet::Word;
use crate::one_thread::rival::{Contiguous, Fill, InPlace, Items, OpenError, Rival, Seam, Slices, TakeBack};

impl<T: Word> Rival for VecDeque<T> {
    const NAME: &'static str = "VecDeque";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(VecDeque::with_capacity(capacity))
    }
}

impl<T: Word> Items<T> for VecDeque<T> {
    const ITEMS: &'static str = "push_back, pop_front";

    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        self.push_back(item);
        true
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }
}

/// The first `count` items of the two parts.
#[inline(always)]
fn oldest<T>(deque: &VecDeque<T>, count: usize) -> [&[T]; 2] {
    let (first, second) = deque.as_slices();
    let before = count.min(first.len());
    [&first[..before], &second[..count - before]]
}

impl<T: Word> Slices<T> for VecDeque<T> {
    const SLICES: &'static str = "extend, as_slices copied + drain";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.extend(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        let [first, second] = oldest(self, items.len());
        items[..first.len()].copy_from_slice(first);
        items[first.len()..].copy_from_slice(second);
        self.drain(..items.len());
    }
}

impl<T: Word> InPlace<T> for VecDeque<T> {
    const IN_PLACE: &'static str = "extend; as_slices + drain";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        let [first, second] = oldest(self, count);
        see(first);
        if !second.is_empty() {
            see(second);
        }
        self.drain(..count);
    }
}

impl Fill for VecDeque<u64> {
    const FILL: &'static str = "extend by a range";

    #[inline(always)]
    fn fill(&mut self, first: u64, count: usize) {
        self.extend((0..count).map(|index| first.wrapping_add(index as u64)));
    }
}

impl Seam for VecDeque<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        self.as_slices().into()
    }

    fn period(&self) -> Option<usize> {
        None
    }

    fn clear(&mut self) {
        VecDeque::clear(self);
    }
}

impl Contiguous for VecDeque<u8> {
    const CONTIGUOUS: &'static str = "make_contiguous; laid across the end again each time, untimed";
    const MOVES: bool = true;

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.make_contiguous()
    }
}

impl TakeBack for VecDeque<u8> {
    const TAKE_BACK: &'static str = "truncate";

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        self.truncate(self.len() - count);
    }
}
