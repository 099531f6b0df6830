//! What takes items out.

use super::{Ring, Storage};

impl<T, S: Storage<T>> Ring<T, S> {
    /// Takes the oldest item; `None` when there is none.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        // SAFETY: there is an item (invariant 2), which `release` takes out of the count: it is moved out once. `&mut self`
        // leaves no reference to the others.
        unsafe {
            let item = self.run().cell(self.first, 0).read();
            self.release(1);
            Some(item)
        }
    }

    /// Copies the oldest items into `items`, as many as there are and fit, takes them out, and returns how many those were.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::with_capacity(4)?;
    /// ring.push_slice(&[1, 2, 3]);
    /// let mut two = [0; 2];
    /// assert_eq!(ring.pop_slice(&mut two), 2);
    /// assert_eq!((two, ring.as_slice()), ([1, 2], &[3][..]));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn pop_slice(&mut self, items: &mut [T]) -> usize
    where
        T: Copy,
    {
        let count = items.len().min(self.len);
        items[..count].copy_from_slice(&self.as_slice()[..count]);
        // SAFETY: there are so many; `T: Copy` has nothing to drop; no slice is left.
        unsafe { self.release(count) };
        count
    }

    /// Drops the `n` oldest items, or all where there are fewer, and returns how many those were. Items without a destructor
    /// take the same time however many they are. If a destructor panics, the others run all the same.
    #[inline]
    pub fn consume(&mut self, n: usize) -> usize {
        let count = n.min(self.len);
        let gone = Gone { ring: self, count };
        // SAFETY: there are so many (invariant 2). Nobody can reach them before `gone` takes them out of the count, which it does also
        // where a destructor panics: each is dropped once.
        unsafe { gone.ring.run().items(gone.ring.first, 0, count).drop_in_place() };
        count
    }

    /// Drops the oldest items until at most `len` are left, and returns how many were dropped.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::try_from(vec![1, 2, 3, 4])?;
    /// assert_eq!(ring.truncate_front(3), 1);
    /// assert_eq!(ring.as_slice(), [2, 3, 4]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn truncate_front(&mut self, len: usize) -> usize {
        self.consume(self.len.saturating_sub(len))
    }

    /// Drops the newest items until at most `len` are left, and returns how many were dropped.
    #[inline]
    pub fn truncate(&mut self, len: usize) -> usize {
        let count = self.len.saturating_sub(len);
        self.len -= count;
        // SAFETY: these cells hold items (invariant 2) that have just left the count.
        unsafe { self.run().items(self.first, self.len, count).drop_in_place() };
        if self.is_empty() {
            // SAFETY: there are none; no slice is left.
            unsafe { self.release(0) };
        }
        count
    }

    /// Drops everything.
    #[inline]
    pub fn clear(&mut self) {
        self.consume(self.len);
    }

    /// Takes everything out, oldest first, and hands it to `f`; returns how many items those were. If `f` panics, the items that it
    /// has not seen stay. Into a vector: `ring.drain(|item| vec.push(item))`.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::try_from(vec![1, 2, 3])?;
    /// let mut sum = 0;
    /// assert_eq!(ring.drain(|n| sum += n), 3);
    /// assert_eq!((sum, ring.len()), (6, 0));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn drain(&mut self, mut f: impl FnMut(T)) -> usize {
        let before = self.len;
        while let Some(item) = self.pop() {
            f(item);
        }
        before
    }

    /// Takes the newest item, as from a stack; `None` when there is none.
    ///
    /// ```
    /// use ringfold::Ring;
    ///
    /// // The largest of the last 3 values. A value that is smaller than a newer one can never be it again.
    /// let mut falling = Ring::<(usize, i32)>::with_capacity(3)?;
    /// let mut largest = Vec::new();
    /// for (i, value) in [2, 1, 3, 1, 0, 0, 5].into_iter().enumerate() {
    ///     if falling.as_slice().first().is_some_and(|(oldest, _)| oldest + 3 <= i) {
    ///         falling.pop();
    ///     }
    ///     while falling.as_slice().last().is_some_and(|(_, newest)| *newest <= value) {
    ///         falling.pop_newest();
    ///     }
    ///     falling.push((i, value)).unwrap();
    ///     largest.push(falling[0].1);
    /// }
    /// assert_eq!(largest, [2, 2, 3, 3, 3, 1, 5]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn pop_newest(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the cell holds an item (invariant 2) that has just left the count.
        let item = unsafe { self.run().cell(self.first, self.len).read() };
        if self.is_empty() {
            // SAFETY: there are none; no slice is left.
            unsafe { self.release(0) };
        }
        Some(item)
    }
}

/// The oldest items while they are dropped; then they leave the count.
struct Gone<'a, T, S: Storage<T>> {
    ring: &'a mut Ring<T, S>,
    count: usize,
}

impl<T, S: Storage<T>> Drop for Gone<'_, T, S> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: there are so many (`consume`), and they have been dropped; no slice is left.
        unsafe { self.ring.release(self.count) };
    }
}
