//! Going through the items.

use core::{fmt, iter::FusedIterator, slice};

use super::{Mapped, Ring, Storage};

/// Moves the items out of a ring, oldest first. Dropping it drops those that are left.
pub struct IntoIter<T, S: Storage<T> = Mapped>(Ring<T, S>);

impl<T, S: Storage<T>> IntoIter<T, S> {
    /// The items that are left.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.0.as_slice()
    }
}

impl<T, S: Storage<T>> Iterator for IntoIter<T, S> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.pop()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T, S: Storage<T>> DoubleEndedIterator for IntoIter<T, S> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.0.pop_newest()
    }
}

impl<T, S: Storage<T>> ExactSizeIterator for IntoIter<T, S> {}
impl<T, S: Storage<T>> FusedIterator for IntoIter<T, S> {}

impl<T: fmt::Debug, S: Storage<T>> fmt::Debug for IntoIter<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

impl<T, S: Storage<T>> IntoIterator for Ring<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T, S>;

    fn into_iter(self) -> IntoIter<T, S> {
        IntoIter(self)
    }
}

impl<'a, T, S: Storage<T>> IntoIterator for &'a Ring<T, S> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, S: Storage<T>> IntoIterator for &'a mut Ring<T, S> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
