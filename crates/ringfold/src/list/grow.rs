//! Items going in.

use ringfold_memory::Error;

use super::{List, Refused};

impl<T> List<T> {
    /// Appends an item. No other item moves.
    ///
    /// # Panics
    /// Where there is no memory for it; [`try_push`](Self::try_push) gives the item back instead.
    #[inline]
    pub fn push(&mut self, item: T) {
        let len = self.len;
        if len == self.open.end {
            self.grow_or_panic(1);
        }
        // SAFETY: there is room now.
        unsafe { self.put(len, item) };
    }

    /// Appends an item, or gives it back.
    ///
    /// # Errors
    /// [`Refused`] has the item and says why there is no memory for it. The list is as it was.
    ///
    /// ```
    /// let mut list = ringfold::List::builder().contiguous(true).room_for(2).build()?;
    /// list.extend(["one", "two"]);
    /// let refused = list.try_push("three").unwrap_err();
    /// assert_eq!((refused.item, list.len()), ("three", 2));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_push(&mut self, item: T) -> Result<(), Refused<T>> {
        let len = self.len;
        if len == self.open.end {
            if let Err(error) = self.grow(1) {
                return Err(Refused { item, error });
            }
        }
        // SAFETY: there is room now.
        unsafe { self.put(len, item) };
        Ok(())
    }

    /// Appends clones of the items. If a clone panics, those before it stay.
    ///
    /// # Panics
    /// Where there is no memory for them; [`try_reserve`](Self::try_reserve) says so before.
    pub fn extend_from_slice(&mut self, mut items: &[T])
    where
        T: Clone,
    {
        self.reserve(items.len());
        while !items.is_empty() {
            if self.len == self.open.end {
                self.grow_or_panic(1);
            }
            let (now, later) = items.split_at(items.len().min(self.open.end - self.len));
            self.fill(&mut now.iter().cloned());
            items = later;
        }
    }

    /// Has memory for `additional` more items, so that pushing them neither allocates nor fails.
    ///
    /// # Panics
    /// Where there is not so much; see [`try_reserve`](Self::try_reserve).
    pub fn reserve(&mut self, additional: usize) {
        if additional > self.open.end - self.len {
            self.grow_or_panic(additional);
        }
    }

    /// Has memory for `additional` more items, so that pushing them neither allocates nor fails.
    ///
    /// # Errors
    /// Where there is not so much; the list is as it was, save that it may have grown by a part of it.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Error> {
        if additional > self.open.end - self.len { self.grow(additional) } else { Ok(()) }
    }

    /// Writes the next item. The length comes in a register: for all the compiler knows, writing an item changes the one in
    /// the list, and to read it again each time would take longer than all the rest.
    ///
    /// # Safety
    /// `len == self.len && len < self.open.end`
    #[inline(always)]
    unsafe fn put(&mut self, len: usize, item: T) {
        // SAFETY: invariants 1 and 3: the cell is ready, vacant, and ours alone.
        unsafe { self.open.cell(len).write(item) };
        self.len = len + 1;
    }

    #[cold]
    #[inline(never)]
    fn grow_or_panic(&mut self, additional: usize) {
        if let Err(error) = self.grow(additional) {
            panic!("the list cannot grow: {error}");
        }
    }

    /// Makes room for `additional` items, at least one, and lets `open` be where the next one goes.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, additional: usize) -> Result<(), Error> {
        let Some(cells) = self.len.checked_add(additional) else {
            return Err(Error::invalid(usize::MAX, "a list cannot count so many items", "push fewer items"));
        };
        if cells > self.storage.ready() {
            self.storage.grow_to(cells)?;
        }
        // SAFETY: `len < cells <= ready`.
        self.open = unsafe { self.storage.run_at(self.len) };
        Ok(())
    }

    /// Moves items in until the iterator or the open run ends.
    fn fill(&mut self, items: &mut impl Iterator<Item = T>) {
        /// Counts also when the iterator panics. A local count lets the loop keep it in a register.
        struct Filled<'a>(&'a mut usize, usize);
        impl Drop for Filled<'_> {
            fn drop(&mut self) {
                *self.0 = self.1;
            }
        }
        let (open, len) = (&self.open, self.len);
        let mut filled = Filled(&mut self.len, len);
        while filled.1 < open.end {
            let Some(item) = items.next() else { break };
            // SAFETY: invariants 1 and 3: the cell is ready, vacant, and ours alone.
            unsafe { open.cell(filled.1).write(item) };
            filled.1 += 1;
        }
    }
}

/// Takes an item first and looks for room second, so an iterator that has ended costs nothing. The same panics as
/// [`push`](List::push), which loses the item in hand.
impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        // `fill` may see the end too, and an iterator need not end twice.
        let mut items = items.into_iter().fuse();
        while let Some(item) = items.next() {
            self.push(item);
            self.fill(&mut items);
        }
    }
}

impl<'a, T: Copy> Extend<&'a T> for List<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, items: I) {
        self.extend(items.into_iter().copied());
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = List::new();
        list.extend(items);
        list
    }
}
