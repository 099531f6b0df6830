//! Slots claimed and not yet committed.

use core::{
    fmt,
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use ringfold_core::error::Full;

use super::Producer;
use crate::fill::Fill;

/// Slots that were claimed, in one slice, to be filled in place. Dropping it aborts: nothing is
/// published, and what was written is dropped.
///
/// It derefs to the slots that are *not yet initialised*, as `&mut [MaybeUninit<T>]`. The safe methods
/// ([`push`](Self::push), [`write_slice`](Self::write_slice), [`fill`](Self::fill)) initialise from the
/// front, and [`commit`](Self::commit) publishes what they initialised. Who writes through the deref,
/// for instance by a system call, publishes with [`commit_first`](Self::commit_first).
///
/// So index 0 is the first slot *not yet written* and `len()` shrinks as the claim fills, while
/// [`capacity`](Self::capacity) stays and `commit_first` counts from the start:
///
/// ```
/// let (mut producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(16)?;
/// let mut claim = producer.try_claim(6).unwrap();
/// claim.write_slice(b"no");
/// assert_eq!((claim.capacity(), claim.written(), claim.len()), (6, 2, 4));
/// claim[0].write(b'w');
/// // SAFETY: two slots were written by `write_slice`, the third through the deref.
/// unsafe { claim.commit_first(3) };
/// assert_eq!(&*consumer.peek(), b"now");
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// Comes from [`Producer::try_claim`] and its siblings. Never waits, never allocates.
#[must_use = "dropping a claim aborts it"]
pub struct Claim<'a, T> {
    cells: Fill<'a, T>,
    producer: &'a mut Producer<T>,
}

// SAFETY: it is an exclusive borrow of a producer, which is `Send`, and slots to move items into.
unsafe impl<T: Send> Send for Claim<'_, T> {}

impl<'a, T> Claim<'a, T> {
    /// There is room for `len` items.
    #[inline(always)]
    pub(super) fn new(producer: &'a mut Producer<T>, len: usize) -> Self {
        // SAFETY: there is room, so the slots are vacant and this producer's (invariant 3). All of them are reached through
        // this one run: behind the seam a slot has another address when it is reached by itself.
        let cells = unsafe { NonNull::new_unchecked(producer.link().slots.vacant(producer.cursor(), len)) };
        // SAFETY: as above, for as long as the producer is borrowed.
        Self { cells: unsafe { Fill::new(cells) }, producer }
    }

    /// How many slots were claimed.
    pub fn capacity(&self) -> usize {
        self.cells.capacity()
    }

    /// How many slots were initialised by the safe methods.
    pub fn written(&self) -> usize {
        self.cells.written()
    }

    /// Moves `item` into the next slot.
    ///
    /// # Errors
    /// `Full` gives the item back when every claimed slot is initialised.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut claim = producer.try_claim(2).unwrap();
    /// claim.push("a").unwrap();
    /// assert_eq!(claim.commit(), 1);
    /// assert_eq!(consumer.try_pop(), Ok("a"));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        self.cells.push(item)
    }

    /// Copies as many of `items` as there are slots left, from the first on, and returns how many those
    /// were.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(8)?;
    /// let mut claim = producer.try_claim(5).unwrap();
    /// assert_eq!(claim.write_slice(b"abc"), 3);
    /// assert_eq!(claim.write_slice(b"def"), 2);
    /// claim.commit();
    /// assert_eq!(&*consumer.peek(), b"abcde");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn write_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        self.cells.write_slice(items)
    }

    /// Fills every slot that is left with `f(i)`, where `i` counts from the start of the claim. If `f`
    /// panics, the claim keeps what was written and is then aborted by unwinding.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut claim = producer.try_claim(4).unwrap();
    /// claim.fill(|i| i * i);
    /// claim.commit();
    /// assert_eq!(&*consumer.peek(), &[0, 1, 4, 9]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn fill(&mut self, f: impl FnMut(usize) -> T) {
        self.cells.fill(f);
    }

    /// What the safe methods have initialised so far, to be changed in place.
    ///
    /// ```
    /// use std::io::Read;
    /// let mut source: &[u8] = b"hi";
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(8)?;
    /// let mut claim = producer.try_claim(8).unwrap();
    /// claim.fill(|_| 0);
    /// let read = source.read(claim.written_mut()).unwrap();
    /// claim.commit_up_to(read);
    /// assert_eq!(&*consumer.peek(), b"hi");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn written_mut(&mut self) -> &mut [T] {
        self.cells.written_mut()
    }

    /// Publishes the first `count` of what was initialised by the safe methods, or all where that is fewer, and
    /// returns how many those were. Slots beyond go back to the ring, and items in them are dropped.
    #[inline]
    pub fn commit_up_to(self, count: usize) -> usize {
        let count = count.min(self.written());
        // SAFETY: the first `written` slots are initialised: that is what `written` counts.
        unsafe { self.commit_first(count) };
        count
    }

    /// Publishes what was initialised by the safe methods, and returns how many items that were. Slots
    /// beyond those go back to the ring.
    ///
    /// What was written through the deref (`claim[0].write(..)`, `iter_mut`) is not counted and is not
    /// published: use [`push`](Self::push), [`write_slice`](Self::write_slice) or [`fill`](Self::fill), or
    /// `unsafe` [`commit_first`](Self::commit_first).
    #[inline]
    pub fn commit(self) -> usize {
        let all = self.written();
        self.commit_up_to(all)
    }

    /// Gives the slots back; the same as dropping it.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut claim = producer.try_claim(2).unwrap();
    /// claim.push("half a record").unwrap();
    /// claim.abort(); // the other half never came
    /// assert!(consumer.is_empty());
    /// assert_eq!(producer.free(), 4);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn abort(self) {}

    /// Publishes the first `count` slots. Slots beyond those go back to the ring, and items in them that
    /// the safe methods wrote are dropped.
    ///
    /// # Safety
    /// * `count` is at most the number of slots claimed;
    /// * the first `count` slots are initialised, by the safe methods or through the deref.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(8)?;
    /// let mut claim = producer.try_claim(4).unwrap();
    /// claim[0].write(b'h');
    /// claim[1].write(b'i');
    /// // SAFETY: two slots were written.
    /// unsafe { claim.commit_first(2) };
    /// assert_eq!(&*consumer.peek(), b"hi");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub unsafe fn commit_first(self, count: usize) {
        debug_assert!(count <= self.capacity());
        let Self { mut cells, producer } = self;
        let kept = count.min(cells.written());
        let excess: *mut [T] = &raw mut cells.written_mut()[kept..];
        cells.keep(count);
        // SAFETY: the slots were claimed, and no slice over them is used from here on.
        unsafe { producer.link().slots.sync(producer.cursor(), count) };
        // Published before the excess is dropped: a panic in a destructor must lose nothing.
        producer.publish(count);
        // SAFETY: these slots hold items, and lie behind what was published: nobody else knows of them.
        unsafe { excess.drop_in_place() };
    }
}

impl<T> Deref for Claim<'_, T> {
    type Target = [MaybeUninit<T>];

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.cells
    }
}

impl<T> DerefMut for Claim<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cells
    }
}

impl<T> fmt::Debug for Claim<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("capacity", &self.capacity()).field("written", &self.written()).finish()
    }
}
