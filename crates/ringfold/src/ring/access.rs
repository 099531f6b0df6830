//! What looks at the items where they are.

use core::{
    ops::{Index, IndexMut},
    slice::{self, SliceIndex},
};

use super::{Ring, Storage};

impl<T, S: Storage<T>> Ring<T, S> {
    /// All items, oldest first, as one slice, in constant time.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        // SAFETY: these cells hold items (invariant 2); every change takes `&mut self`.
        unsafe { &*self.run().items(self.first, 0, self.len) }
    }

    /// All items, oldest first, as one slice to be changed in place, in constant time.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::try_from(vec![3, 1, 2])?;
    /// ring.as_mut_slice().sort();
    /// assert_eq!(ring.pop(), Some(1));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: these cells hold items (invariant 2); `&mut self` makes this the only slice over them.
        unsafe { &mut *self.run().items(self.first, 0, self.len) }
    }

    /// The item, or the range of items, at `index`, counted from the oldest; `None` where there is none.
    #[inline]
    #[must_use]
    pub fn get<I: SliceIndex<[T]>>(&self, index: I) -> Option<&I::Output> {
        self.as_slice().get(index)
    }

    /// As [`get`](Self::get), to be changed in place.
    #[inline]
    #[must_use]
    pub fn get_mut<I: SliceIndex<[T]>>(&mut self, index: I) -> Option<&mut I::Output> {
        self.as_mut_slice().get_mut(index)
    }

    /// The items, oldest first.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The items, oldest first, to be changed in place.
    #[inline]
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, T> {
        self.as_mut_slice().iter_mut()
    }
}

/// Counted from the oldest item.
///
/// # Panics
/// Where there is no such item, as with a slice; [`get`](Ring::get) does not.
impl<T, S: Storage<T>, I: SliceIndex<[T]>> Index<I> for Ring<T, S> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.as_slice()[index]
    }
}

impl<T, S: Storage<T>, I: SliceIndex<[T]>> IndexMut<I> for Ring<T, S> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.as_mut_slice()[index]
    }
}

impl<T, S: Storage<T>> AsRef<[T]> for Ring<T, S> {
    fn as_ref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T, S: Storage<T>> AsMut<[T]> for Ring<T, S> {
    fn as_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}
