//! Slots reserved and not yet committed.

use core::{
    fmt,
    marker::PhantomData,
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use ringfold_core::error::Full;

use crate::{
    fill::Fill,
    ring::{Mapped, Ring, Storage},
};

/// Slots that were reserved, in one slice, to be filled in place. Dropping it aborts: nothing is seen, and what was written
/// is dropped.
///
/// It derefs to the slots that are *not yet initialised*, as `&mut [MaybeUninit<T>]`; so index 0 is the first slot not yet
/// written, and `len()` shrinks as it fills, while [`capacity`](Self::capacity) stays. The safe methods initialise from the front,
/// and [`commit`](Self::commit) publishes what they initialised. Who writes through the deref, for instance by a system call,
/// publishes with [`commit_first`](Self::commit_first).
///
/// Comes from [`Queue::reserve`](super::Queue::reserve). Never waits, never allocates.
#[must_use = "dropping a reservation aborts it"]
pub struct Reservation<'a, T, S: Storage<T> = Mapped> {
    cells: Fill<'a, T>,
    ring: NonNull<Ring<T, S>>,
    _ring: PhantomData<&'a mut Ring<T, S>>,
}

// SAFETY: it is an exclusive borrow of the ring.
unsafe impl<T: Send, S: Storage<T> + Send> Send for Reservation<'_, T, S> {}
// SAFETY: as above; a shared reference allows nothing but looking at vacant slots.
unsafe impl<T: Sync, S: Storage<T> + Sync> Sync for Reservation<'_, T, S> {}

impl<'a, T, S: Storage<T>> Reservation<'a, T, S> {
    /// There is room for `n` items.
    #[inline(always)]
    pub(super) fn new(ring: &'a mut Ring<T, S>, n: usize) -> Self {
        // The slots first, the ring second: both stay usable, because only the pointer is used from here on.
        let mut ring = NonNull::from(ring);
        // SAFETY: the ring is borrowed for `'a`, and nothing else of that borrow is in use.
        let cells = NonNull::from(&mut unsafe { ring.as_mut() }.spare()[..n]);
        // SAFETY: they are vacant, and borrowed for `'a`.
        Self { cells: unsafe { Fill::new(cells) }, ring, _ring: PhantomData }
    }

    /// How many slots were reserved.
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
    /// `Full` gives the item back when every reserved slot is initialised.
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

    /// Fills every slot that is left with `f(i)`, where `i` counts from the start of the reservation. If `f` panics, what was
    /// written is dropped with the reservation.
    #[inline]
    pub fn fill(&mut self, f: impl FnMut(usize) -> T) {
        self.cells.fill(f);
    }

    /// What the safe methods have initialised so far, to be changed in place.
    #[must_use]
    pub fn written_mut(&mut self) -> &mut [T] {
        self.cells.written_mut()
    }

    /// Publishes what was initialised by the safe methods, and returns how many items that were. Slots beyond those go back.
    ///
    /// What was written through the deref (`slots[0].write(..)`, `iter_mut`) is not counted and is not published: use [`push`](Self::push),
    /// [`write_slice`](Self::write_slice) or [`fill`](Self::fill), or `unsafe` [`commit_first`](Self::commit_first).
    ///
    /// ```
    /// let mut queue = ringfold::Queue::with_capacity(8)?;
    /// let mut slots = queue.reserve(3).unwrap();
    /// slots.write_slice(b"ab");
    /// assert_eq!(slots.commit(), 2);
    /// assert_eq!(queue.peek(), b"ab");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn commit(self) -> usize {
        let written = self.written();
        self.commit_up_to(written)
    }

    /// Publishes the first `count` of what was initialised by the safe methods, or all where that is fewer, and returns how many
    /// those were. Slots beyond go back, and items in them are dropped.
    #[inline]
    pub fn commit_up_to(self, count: usize) -> usize {
        let count = count.min(self.written());
        // SAFETY: the first `written` slots are initialised: that is what `written` counts.
        unsafe { self.commit_first(count) };
        count
    }

    /// Gives the slots back; the same as dropping it.
    pub fn abort(self) {}

    /// Publishes the first `count` slots. Slots beyond those go back, and items in them that the safe methods wrote are dropped.
    ///
    /// # Safety
    /// * `count` is at most the number of slots reserved;
    /// * the first `count` slots are initialised, by the safe methods or through the deref.
    ///
    /// ```
    /// let mut queue = ringfold::Queue::<u8>::with_capacity(8)?;
    /// let mut slots = queue.reserve(4).unwrap();
    /// slots[0].write(b'h');
    /// slots[1].write(b'i');
    /// // SAFETY: two slots were written.
    /// unsafe { slots.commit_first(2) };
    /// assert_eq!(queue.peek(), b"hi");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub unsafe fn commit_first(self, count: usize) {
        debug_assert!(count <= self.capacity());
        let Self { cells, mut ring, .. } = self;
        let excess = cells.keep(count);
        // SAFETY: the ring is borrowed for as long as `self` was, and the slots are no longer used through `cells`.
        let ring = unsafe { ring.as_mut() };
        // SAFETY: the caller vouches for the slots. Published before the excess is dropped: a panic in a destructor must
        // lose nothing.
        unsafe { ring.commit(count) };
        let excess = &raw mut ring.spare()[..excess] as *mut [T];
        // SAFETY: these slots were written and lie behind what was published: nobody else knows of them.
        unsafe { excess.drop_in_place() };
    }
}

impl<T, S: Storage<T>> Deref for Reservation<'_, T, S> {
    type Target = [MaybeUninit<T>];

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.cells
    }
}

impl<T, S: Storage<T>> DerefMut for Reservation<'_, T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cells
    }
}

impl<T, S: Storage<T>> fmt::Debug for Reservation<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("capacity", &self.capacity())
            .field("written", &self.written())
            .finish()
    }
}
