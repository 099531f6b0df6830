//! A list that is taken apart.

use core::{fmt, iter::FusedIterator};

use super::{List, shrink::drop_items};

/// The items of a list by value; made by its `into_iter`. What is not taken is dropped with it.
pub struct IntoIter<T> {
    /// Its memory; it counts no items, those in `from..to` are ours.
    list: List<T>,
    from: usize,
    to: usize,
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(mut self) -> IntoIter<T> {
        let to = self.forget_items();
        IntoIter { list: self, from: 0, to }
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.from == self.to {
            return None;
        }
        self.from += 1;
        // SAFETY: the cell holds an item that is ours, and it is left behind.
        Some(unsafe { self.list.storage.cell(self.from - 1).read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.to - self.from, Some(self.to - self.from))
    }
}

impl<T> DoubleEndedIterator for IntoIter<T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        if self.from == self.to {
            return None;
        }
        self.to -= 1;
        // SAFETY: as in `next`.
        Some(unsafe { self.list.storage.cell(self.to).read() })
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<T> Drop for IntoIter<T> {
    fn drop(&mut self) {
        // SAFETY: the items in `from..to` are ours, and nobody has the iterator any more. The memory goes after them.
        unsafe { drop_items(&self.list.storage, self.from, self.to) };
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("len", &self.len()).finish_non_exhaustive()
    }
}
