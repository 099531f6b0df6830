//! ringfold's rooms for one thread.

use ringfold::memory::{HugePages, Options};
use ringfold::{ByteStream, Queue, Ring};

use crate::contender::Role;
use crate::one_thread::packet::Word;
use crate::one_thread::rival::{Contiguous, Fill, InPlace, Items, OpenError, Rival, Seam, Slices, TakeBack};
use crate::spsc::chunks::write_words;

const NAME: &str = "ringfold";

impl<T: Word> Rival for Ring<T> {
    const NAME: &'static str = NAME;
    const ROLE: Role = Role::Ours;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Ring::with_capacity(capacity)?)
    }
}

impl<T: Word> Slices<T> for Ring<T> {
    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        assert_eq!(self.push_slice(items), items.len(), "there is no room");
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        assert_eq!(self.pop_slice(items), items.len(), "there is not enough");
    }
}

impl<T: Word> InPlace<T> for Ring<T> {
    const IN_PLACE: &'static str = "push_slice; as_slice + consume";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(&self.as_slice()[..count]);
        self.consume(count);
    }
}

impl Seam for Ring<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        [self.as_slice(), &[]]
    }

    fn period(&self) -> Option<usize> {
        self.memory().map(|memory| memory.bytes)
    }

    fn clear(&mut self) {
        Ring::clear(self);
    }
}

impl Contiguous for Ring<u8> {
    const CONTIGUOUS: &'static str = "as_slice";

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.as_slice()
    }
}

impl TakeBack for Ring<u8> {
    const TAKE_BACK: &'static str = "truncate";

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        self.truncate(self.len() - count);
    }
}

/// A ring on huge pages, where they can be had.
pub struct Huge<T>(Ring<T>);

impl<T: Word> Rival for Huge<T> {
    const NAME: &'static str = "ringfold, huge pages";
    const ROLE: Role = Role::OursTuned;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        let options = Options::new().huge_pages(HugePages::Require);
        Ok(Huge(Ring::builder(capacity).options(options).build()?))
    }
}

impl<T: Word> Slices<T> for Huge<T> {
    const SLICES: &'static str = Ring::<T>::SLICES;

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.0.write(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        self.0.read(items);
    }
}

impl<T: Word> InPlace<T> for Huge<T> {
    const IN_PLACE: &'static str = Ring::<T>::IN_PLACE;

    #[inline(always)]
    fn view(&mut self, count: usize, see: impl FnMut(&[T])) {
        self.0.view(count, see);
    }
}

impl Seam for Huge<u8> {
    fn parts(&self) -> [&[u8]; 2] {
        self.0.parts()
    }

    fn period(&self) -> Option<usize> {
        self.0.period()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

impl Contiguous for Huge<u8> {
    const CONTIGUOUS: &'static str = "as_slice";

    #[inline(always)]
    fn contiguous(&mut self) -> &[u8] {
        self.0.as_slice()
    }
}

impl TakeBack for Huge<u8> {
    const TAKE_BACK: &'static str = Ring::<u8>::TAKE_BACK;

    #[inline(always)]
    fn take_back(&mut self, count: usize) {
        self.0.take_back(count);
    }
}

impl<T: Word> Rival for Queue<T> {
    const NAME: &'static str = NAME;
    const ROLE: Role = Role::Ours;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Queue::with_capacity(capacity)?)
    }
}

impl<T: Word> Items<T> for Queue<T> {
    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        Queue::push(self, item).is_ok()
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<T> {
        Queue::pop(self)
    }
}

impl<T: Word> Slices<T> for Queue<T> {
    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        assert_eq!(self.push_slice(items), items.len(), "there is no room");
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        assert_eq!(self.pop_slice(items), items.len(), "there is not enough");
    }
}

impl<T: Word> InPlace<T> for Queue<T> {
    const IN_PLACE: &'static str = "peek, release";

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[T])) {
        see(&self.peek()[..count]);
        self.release(count);
    }
}

impl Fill for Queue<u64> {
    const FILL: &'static str = "reserve, commit_first";

    #[inline(always)]
    fn fill(&mut self, first: u64, count: usize) {
        let mut slots = self.reserve(count).expect("there is room");
        write_words(&mut slots, first);
        // SAFETY: `write_words` initialises every word that it is given, and was given all of them.
        unsafe { slots.commit_first(count) };
    }
}

/// A queue filled by a closure alone, without `unsafe`.
pub struct Safe(Queue<u64>);

impl Rival for Safe {
    const NAME: &'static str = "ringfold, safe fill";
    const ROLE: Role = Role::OursTuned;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Safe(Queue::with_capacity(capacity)?))
    }
}

impl Slices<u64> for Safe {
    #[inline(always)]
    fn write(&mut self, items: &[u64]) {
        self.0.write(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [u64]) {
        self.0.read(items);
    }
}

impl InPlace<u64> for Safe {
    const IN_PLACE: &'static str = Queue::<u64>::IN_PLACE;

    #[inline(always)]
    fn view(&mut self, count: usize, see: impl FnMut(&[u64])) {
        self.0.view(count, see);
    }
}

impl Fill for Safe {
    const FILL: &'static str = "reserve, fill, commit";

    #[inline(always)]
    fn fill(&mut self, first: u64, count: usize) {
        let mut slots = self.0.reserve(count).expect("there is room");
        slots.fill(|index| first.wrapping_add(index as u64));
        slots.commit();
    }
}

impl Rival for ByteStream {
    const NAME: &'static str = NAME;
    const ROLE: Role = Role::Ours;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(ByteStream::with_capacity(capacity)?)
    }
}

impl Slices<u8> for ByteStream {
    const SLICES: &'static str = "write_all, read_exact";

    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        std::io::Write::write_all(self, bytes).expect("there is room");
    }

    #[inline(always)]
    fn read(&mut self, bytes: &mut [u8]) {
        std::io::Read::read_exact(self, bytes).expect("there is enough");
    }
}

impl InPlace<u8> for ByteStream {
    const IN_PLACE: &'static str = "writable, produce; readable, consume";

    #[inline(always)]
    fn receive(&mut self, bytes: &[u8]) {
        self.writable()[..bytes.len()].copy_from_slice(bytes);
        self.produce(bytes.len());
    }

    #[inline(always)]
    fn view(&mut self, count: usize, mut see: impl FnMut(&[u8])) {
        see(&self.readable()[..count]);
        ByteStream::consume(self, count);
    }
}
