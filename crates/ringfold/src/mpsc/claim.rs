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

/// Slots that were claimed, in one slice, to be filled in place. Dropping it aborts: what was written is dropped, and the consumer
/// steps over the slots.
///
/// It derefs to the slots that are *not yet initialised*, as `&mut [MaybeUninit<T>]`; so index 0 is the first slot not yet
/// written, and `len()` shrinks as it fills, while [`capacity`](Self::capacity) stays. The safe methods initialise from the front,
/// and [`commit`](Self::commit) publishes what they initialised. Who writes through the deref publishes with
/// [`commit_first`](Self::commit_first).
///
/// Until it is committed or dropped the consumer sees nothing that other producers put behind it, so do not hold it for long. One that is
/// forgotten (`mem::forget`) is a gap that the consumer cannot pass before all producers are gone.
///
/// Comes from [`Producer::try_claim`] and its siblings. Never waits, never allocates.
#[must_use = "dropping a claim aborts it"]
pub struct Claim<'a, T> {
    // Dropped in this order: the items first, then the slots.
    cells: Fill<'a, T>,
    slots: Taken<'a, T>,
}

/// Slots that were taken and are neither committed nor aborted yet; dropping it aborts them.
pub(super) struct Taken<'a, T> {
    producer: &'a mut Producer<T>,
    from: u64,
    end: u64,
}

// SAFETY: it is an exclusive borrow of a producer, which is `Send`, and slots to move items into.
unsafe impl<T: Send> Send for Claim<'_, T> {}

impl<'a, T> Claim<'a, T> {
    /// The `n` slots from `from` on are this producer's.
    #[inline(always)]
    pub(super) fn new(producer: &'a mut Producer<T>, from: u64, n: usize) -> Self {
        // SAFETY: the slots were taken, so they are vacant and this producer's (invariant 3), at most as many as the ring has.
        let cells = unsafe { NonNull::new_unchecked(producer.link().slots.vacant(from, n)) };
        // SAFETY: as above, until they are committed or aborted, which ends this.
        let cells = unsafe { Fill::new(cells) };
        Self { cells, slots: Taken::new(producer, from, n as u64) }
    }

    /// How many slots were claimed.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.cells.capacity()
    }

    /// How many slots were initialised by the safe methods.
    #[must_use]
    pub fn written(&self) -> usize {
        self.cells.written()
    }

    /// Moves `item` into the next slot.
    ///
    /// # Errors
    /// `Full` gives the item back when every claimed slot is initialised.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        self.cells.push(item)
    }

    /// Copies as many of `items` as there are slots left, from the first on, and returns how many those were.
    #[inline]
    pub fn write_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        self.cells.write_slice(items)
    }

    /// Fills every slot that is left with `f(i)`, where `i` counts from the start of the claim. If `f` panics, the claim keeps what was
    /// written and is then aborted by unwinding.
    #[inline]
    pub fn fill(&mut self, f: impl FnMut(usize) -> T) {
        self.cells.fill(f);
    }

    /// What the safe methods have initialised so far, to be changed in place.
    #[must_use]
    pub fn written_mut(&mut self) -> &mut [T] {
        self.cells.written_mut()
    }

    /// Publishes what was initialised by the safe methods, and returns how many items that were. The consumer steps over slots beyond those.
    ///
    /// What was written through the deref (`claim[0].write(..)`, `iter_mut`) is not counted and is not published: use [`push`](Self::push),
    /// [`write_slice`](Self::write_slice) or [`fill`](Self::fill), or `unsafe` [`commit_first`](Self::commit_first).
    #[inline]
    pub fn commit(self) -> usize {
        let written = self.written();
        self.commit_up_to(written)
    }

    /// Publishes the first `count` of what was initialised by the safe methods, or all where that is fewer, and returns how many
    /// those were. The consumer steps over slots beyond, and items in them are dropped.
    #[inline]
    pub fn commit_up_to(self, count: usize) -> usize {
        let count = count.min(self.written());
        // SAFETY: the first `written` slots are initialised: that is what `written` counts.
        unsafe { self.commit_first(count) };
        count
    }

    /// Gives the slots back: the consumer steps over them. The same as dropping it.
    pub fn abort(self) {}

    /// Publishes the first `count` slots. The consumer steps over slots beyond, and items in them that the safe methods wrote are
    /// dropped.
    ///
    /// # Safety
    /// * `count` is at most the number of slots claimed;
    /// * the first `count` slots are initialised, by the safe methods or through the deref.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity::<u8>(8)?;
    /// let mut claim = producer.try_claim(4).unwrap();
    /// claim[0].write(b'h');
    /// claim[1].write(b'i');
    /// // SAFETY: two slots were written.
    /// unsafe { claim.commit_first(2) };
    /// producer.push(b'!').unwrap();
    /// assert_eq!(&*consumer.peek(), b"hi!");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub unsafe fn commit_first(self, count: usize) {
        debug_assert!(count <= self.capacity());
        let Self { mut cells, mut slots } = self;
        let kept = count.min(cells.written());
        let excess: *mut [T] = &raw mut cells.written_mut()[kept..];
        cells.keep(count);
        // SAFETY: these slots were written and are not published, and are not given away before `slots` is dropped, behind this.
        let _dropped = unsafe { Excess::new(excess) };
        if count > 0 {
            // SAFETY: the slots are this claim's, and no slice over them is used from here on.
            unsafe { slots.producer.link().slots.sync(slots.from, count) };
            slots.commit(count as u64);
        }
    }
}

/// Items that were written and are not published; dropped once the others are, also where a waker panics on the way.
struct Excess<T>(*mut [T]);

impl<T> Excess<T> {
    /// # Safety
    /// The items are there, and nobody else uses them until this is dropped.
    #[inline(always)]
    unsafe fn new(items: *mut [T]) -> Self {
        Self(items)
    }
}

impl<T> Drop for Excess<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the caller of `new` vouches for the items.
        unsafe { self.0.drop_in_place() };
    }
}

impl<'a, T> Taken<'a, T> {
    /// The `n` slots from `from` on.
    #[inline(always)]
    pub(super) fn new(producer: &'a mut Producer<T>, from: u64, n: u64) -> Self {
        Self { producer, from, end: from + n }
    }

    /// Gives up the care of the slots; the first one's sequence.
    #[inline(always)]
    pub(super) fn entrust(self) -> u64 {
        let from = self.from;
        core::mem::forget(self);
        from
    }

    #[inline(always)]
    fn commit(&mut self, count: u64) {
        let from = self.from;
        // Past them first: a waker that panics must not make them be aborted.
        self.from += count;
        self.producer.publish(from, from + count);
    }
}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.from < self.end {
            self.producer.abort(self.from, self.end);
        }
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
