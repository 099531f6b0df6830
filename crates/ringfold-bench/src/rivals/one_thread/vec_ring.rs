//! The ring that everybody writes: a `Vec` whose length is a power of two, two cursors that are masked, and two copies where a
//! slice lies across its end. As fast as it can be made without a trick.

use crate::contender::Role;
use crate::one_thread::packet::{Word, sum};
use crate::one_thread::rival::{Contiguous, InPlace, Items, OpenError, Rival, Seam, Slices, TakeBack};

/// The classic ring.
pub struct VecRing<T> {
    slots: Vec<T>,
    written: usize,
    read: usize,
    scratch: Vec<T>,
}

impl<T: Word> VecRing<T> {
    fn new(capacity: usize) -> VecRing<T> {
        let slots = vec![T::default(); capacity.next_power_of_two()];
        VecRing { slots, written: 0, read: 0, scratch: Vec::new() }
    }

    #[inline(always)]
    fn at(&self, cursor: usize) -> usize {
        cursor & (self.slots.len() - 1)
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.written.wrapping_sub(self.read)
    }

    #[inline(always)]
    fn oldest(&self, count: usize) -> [&[T]; 2] {
        assert!(count <= self.len(), "there are {} items, not {count}", self.len());
        let start = self.at(self.read);
        let before = count.min(self.slots.len() - start);
        [&self.slots[start..start + before], &self.slots[..count - before]]
    }

    #[inline(always)]
    fn copy_in(&mut self, items: &[T]) {
        assert!(items.len() <= self.slots.len() - self.len(), "there is no room for {}", items.len());
        let start = self.at(self.written);
        let before = items.len().min(self.slots.len() - start);
        self.slots[start..start + before].copy_from_slice(&items[..before]);
        if before < items.len() {
            self.slots[..items.len() - before].copy_from_slice(&items[before..]);
        }
        self.written = self.written.wrapping_add(items.len());
    }

    #[inline(always)]
    fn copy_out(&mut self, items: &mut [T]) {
        let [first, second] = self.oldest(items.len());
        items[..first.len()].copy_from_slice(first);
        if !second.is_empty() {
            items[first.len()..].copy_from_slice(second);
        }
        self.read = self.read.wrapping_add(items.len());
    }

    /// The oldest items, put together in one place where they lie in two.
    #[inline(always)]
    fn reassembled(&mut self, count: usize) -> &[T] {
        let start = self.at(self.read);
        if start + count <= self.slots.len() {
            return &self.slots[start..start + count];
        }
        if self.scratch.len() < count {
            self.scratch = vec![T::default(); count];
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let [first, second] = self.oldest(count);
        scratch[..first.len()].copy_from_slice(first);
        scratch[first.len()..count].copy_from_slice(second);
        self.scratch = scratch;
        &self.scratch[..count]
    }
}

impl<T: Word> Rival for VecRing<T> {
    const NAME: &'static str = "Vec ring";
    const NOTE: &'static str = "the classic: masked cursors, two copies at the end of the memory";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(VecRing::new(capacity))
    }
}

impl<T: Word> Items<T> for VecRing<T> {
    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        let is_room = self.len() < self.slots.len();
        if is_room {
            let at = self.at(self.written);
            self.slots[at] = item;
            self.written = self.written.wrapping_add(1);
        }
        is_room
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        if self.len() == 0 {
            return None;
        }
        let item = self.slots[self.at(self.read)];
        self.read = self.read.wrapping_add(1);
        Some(item)
    }
}

impl<T: Word> Slices<T> for VecRing<T> {
    const SLICES: &'static str = "one copy_from_slice, or two";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.copy_in(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        self.copy_out(items);
    }
}

impl<T: Word> InPlace<T> for VecRing<T> {
    const IN_PLACE: &'static str = "one slice, or two";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        let [first, second] = self.oldest(count);
        see(first);
        if !second.is_empty() {
            see(second);
        }
        self.read = self.read.wrapping_add(count);
    }
}

impl Seam for VecRing<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        self.oldest(self.len())
    }

    fn period(&self) -> Option<usize> {
        None
    }

    fn clear(&mut self) {
        self.read = self.written;
    }
}

impl Contiguous for VecRing<u8> {
    const CONTIGUOUS: &'static str = "both parts copied to a scratch buffer that is there already";

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.reassembled(self.len())
    }
}

impl TakeBack for VecRing<u8> {
    const TAKE_BACK: &'static str = "moves the cursor back";

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        self.written = self.written.wrapping_sub(count);
    }
}

/// The same, for a reader who needs one slice.
pub struct Reassembled<T>(VecRing<T>);

impl<T: Word> Rival for Reassembled<T> {
    const NAME: &'static str = "Vec ring, put together";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Reassembled(VecRing::new(capacity)))
    }
}

impl<T: Word> Slices<T> for Reassembled<T> {
    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.0.copy_in(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        self.0.copy_out(items);
    }
}

impl<T: Word> InPlace<T> for Reassembled<T> {
    const IN_PLACE: &'static str = "one slice always: copied to a scratch buffer where it is two";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(self.0.reassembled(count));
        self.0.read = self.0.read.wrapping_add(count);
    }
}

/// The same with ringfold's other trick: once it is empty, it starts again at the front.
pub struct Restarting<T>(VecRing<T>);

impl<T: Word> Rival for Restarting<T> {
    const NAME: &'static str = "Vec ring, restarting";
    const NOTE: &'static str = "the classic, but it starts again at the front once it is empty";

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Restarting(VecRing::new(capacity)))
    }
}

impl<T: Word> Restarting<T> {
    #[inline(always)]
    fn restart(&mut self) {
        if self.0.len() == 0 {
            (self.0.written, self.0.read) = (0, 0);
        }
    }
}

impl<T: Word> Slices<T> for Restarting<T> {
    const SLICES: &'static str = VecRing::<T>::SLICES;

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.0.copy_in(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        self.0.copy_out(items);
        self.restart();
    }
}

impl<T: Word> InPlace<T> for Restarting<T> {
    const IN_PLACE: &'static str = VecRing::<T>::IN_PLACE;

    #[inline(always)]
    fn view(&mut self, count: usize, see: impl FnMut(&[T])) {
        self.0.view(count, see);
        self.restart();
    }
}

/// The two parts as they are: not one slice, but enough for a reader who can live with two.
pub struct TwoParts(VecRing<u8>);

impl Rival for TwoParts {
    const NAME: &'static str = "Vec ring, two slices";
    const ROLE: Role = Role::Aside;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(TwoParts(VecRing::new(capacity)))
    }
}

impl TwoParts {
    /// The sum of both.
    #[inline(always)]
    pub fn sum(&self) -> u32 {
        let [first, second] = self.0.parts();
        sum(first).wrapping_add(sum(second))
    }
}

impl Slices<u8> for TwoParts {
    fn write(&mut self, items: &[u8]) {
        self.0.copy_in(items);
    }

    fn read(&mut self, items: &mut [u8]) {
        self.0.copy_out(items);
    }
}

impl Seam for TwoParts {
    fn parts(&self) -> [&[u8]; 2] {
        self.0.parts()
    }

    fn period(&self) -> Option<usize> {
        None
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}
