//! What puts items in.

use core::mem::MaybeUninit;

use ringfold_core::error::Full;

use super::{Ring, Storage};

impl<T, S: Storage<T>> Ring<T, S> {
    /// Puts `item` behind the others.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        if self.is_full() {
            return Err(Full(item));
        }
        // SAFETY: there is room, so the cell behind the last item is vacant (invariants 1 to 3).
        unsafe { self.run().cell(self.first, self.len).write(item) };
        self.len += 1;
        Ok(())
    }

    /// Puts `item` behind the others; if the ring was full, the oldest item makes room and comes back.
    ///
    /// ```
    /// let mut last_two = ringfold::ring::Inline::<_, 2>::new();
    /// assert_eq!(last_two.push_overwrite("a"), None);
    /// assert_eq!(last_two.push_overwrite("b"), None);
    /// assert_eq!(last_two.push_overwrite("c"), Some("a"));
    /// assert_eq!(last_two.as_slice(), ["b", "c"]);
    /// ```
    #[inline]
    pub fn push_overwrite(&mut self, item: T) -> Option<T> {
        let oldest = if self.is_full() { self.pop() } else { None };
        // SAFETY: there is room, so the cell behind the last item is vacant (invariants 1 to 3).
        unsafe { self.run().cell(self.first, self.len).write(item) };
        self.len += 1;
        oldest
    }

    /// Copies as many of `items` as there is room for, from the first on, and returns how many those were.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::with_capacity(4)?;
    /// assert_eq!(ring.push_slice(&[1, 2, 3]), 3);
    /// assert_eq!(ring.push_slice(&[4, 5, 6]), 1);
    /// assert_eq!(ring.as_slice(), [1, 2, 3, 4]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        let count = items.len().min(self.free());
        // SAFETY: there is room for `count`, so those cells are vacant (invariants 1 to 3), and they are not in a
        // slice that somebody else lends.
        unsafe { self.run().copy_in(self.first, self.len, &items[..count]) };
        self.len += count;
        count
    }

    /// Takes items from `items` as long as there is room, and returns how many those were. None is taken that does not
    /// fit; hand over `&mut iterator` to go on with the rest later.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::with_capacity(3)?;
    /// let mut numbers = 0..5;
    /// assert_eq!(ring.push_iter(&mut numbers), 3);
    /// assert_eq!(numbers, 3..5);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push_iter(&mut self, items: impl IntoIterator<Item = T>) -> usize {
        let before = self.len;
        let mut items = items.into_iter();
        while !self.is_full() {
            let Some(item) = items.next() else { break };
            // SAFETY: there is room, so the cell behind the last item is vacant (invariants 1 to 3).
            unsafe { self.run().cell(self.first, self.len).write(item) };
            self.len += 1;
        }
        self.len - before
    }

    /// The vacant cells behind the last item, as one slice, to be written in place and then [committed](Self::commit).
    ///
    /// ```
    /// let mut ring = ringfold::Ring::<u32>::with_capacity(8)?;
    /// let spare = ring.spare();
    /// assert_eq!(spare.len(), 8);
    /// spare[0].write(1);
    /// spare[1].write(2);
    /// // SAFETY: two cells were written.
    /// unsafe { ring.commit(2) };
    /// assert_eq!(ring.as_slice(), [1, 2]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn spare(&mut self) -> &mut [MaybeUninit<T>] {
        // SAFETY: the cells behind the last item are vacant, and the whole run is at most a period long (invariants
        // 1 to 3); `&mut self` makes this the only slice over them.
        unsafe { &mut *self.run().vacant(self.first, self.len, self.free()) }
    }

    /// Makes the first `n` cells of [`spare`](Self::spare) part of the content.
    ///
    /// # Safety
    /// `n` is at most [`free`](Self::free), and the first `n` cells of `spare` were initialised since the last call of any other
    /// method that takes `&mut self`.
    #[inline]
    pub unsafe fn commit(&mut self, n: usize) {
        debug_assert!(n <= self.free());
        self.len += n;
    }
}

/// Puts all items in; when the ring is full, each drops the oldest.
///
/// ```
/// let mut ring = ringfold::Ring::with_capacity(3)?;
/// ring.extend(1..=5);
/// assert_eq!(ring.as_slice(), [3, 4, 5]);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// To keep the oldest instead, see [`push_iter`](Ring::push_iter).
impl<T, S: Storage<T>> Extend<T> for Ring<T, S> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| drop(self.push_overwrite(item)));
    }
}

/// As for items by value.
impl<'a, T: Copy + 'a, S: Storage<T>> Extend<&'a T> for Ring<T, S> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, items: I) {
        self.extend(items.into_iter().copied());
    }
}

impl<S: Storage<u8>> Ring<u8, S> {
    /// The vacant bytes behind the last one, of a ring all of whose memory is initialised.
    #[inline]
    pub(crate) fn spare_bytes(&mut self) -> &mut [u8] {
        // SAFETY: as in `spare`, and `ByteStream::over` has made sure of the bytes. They may be read before they are written: what the
        // compiler knows of them is true, because `fold` made it forget what it knew before (fact 4 of `Run`).
        unsafe { &mut *self.run().items(self.first, self.len, self.free()) }
    }

    /// Initialises all memory but the items: the vacant bytes are zero from here on.
    pub(crate) fn zero_vacant(&mut self) {
        // SAFETY: invariants 1 to 3; `&mut self` leaves no reference to any of it.
        unsafe { self.run().zero_vacant(self.first, self.len) };
    }
}
