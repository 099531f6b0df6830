//! Walking over a list: run by run, and inside a run as over a slice.

use core::{fmt, iter::FusedIterator, marker::PhantomData, slice};

use super::{List, storage::Storage};

/// The runs of the cells `from..to`, from either end.
struct Runs<'a, T> {
    storage: &'a Storage<T>,
    from: usize,
    to: usize,
}

impl<T> Clone for Runs<'_, T> {
    fn clone(&self) -> Self {
        Self { storage: self.storage, from: self.from, to: self.to }
    }
}

impl<T> Runs<'_, T> {
    fn first(&mut self) -> Option<*mut [T]> {
        if self.from == self.to {
            return None;
        }
        // SAFETY: whoever made this promised that the cells are ready.
        let run = unsafe { self.storage.run_from(self.from, self.to) };
        self.from += run.len();
        Some(run)
    }

    fn last(&mut self) -> Option<*mut [T]> {
        if self.from == self.to {
            return None;
        }
        // SAFETY: whoever made this promised that the cells are ready.
        let run = unsafe { self.storage.run_up_to(self.from, self.to) };
        self.to -= run.len();
        Some(run)
    }

    fn count(&self) -> usize {
        let mut left = self.clone();
        core::iter::from_fn(|| left.first()).count()
    }
}

impl<T> List<T> {
    /// The items, from the first to the last.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { front: [].iter(), chunks: self.chunks(), back: [].iter() }
    }

    /// The items, to be changed.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut { front: [].iter_mut(), chunks: self.chunks_mut(), back: [].iter_mut() }
    }

    /// The items as the slices in which they lie: one, where the list is contiguous, none where it is empty. The fastest way
    /// through a list, and one that does not depend on where it lies.
    ///
    /// ```
    /// let list: ringfold::List<u32> = (0..100_000).collect();
    /// let sum: u64 = list.chunks().flatten().map(|&item| u64::from(item)).sum();
    /// assert_eq!(sum, 4_999_950_000);
    /// ```
    #[inline]
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks { runs: Runs { storage: &self.storage, from: 0, to: self.len }, _items: PhantomData }
    }

    /// The items as the slices in which they lie, to be changed.
    #[inline]
    pub fn chunks_mut(&mut self) -> ChunksMut<'_, T> {
        ChunksMut { runs: Runs { storage: &self.storage, from: 0, to: self.len }, _items: PhantomData }
    }
}

/// The slices of a list; made by [`List::chunks`].
pub struct Chunks<'a, T> {
    runs: Runs<'a, T>,
    _items: PhantomData<&'a [T]>,
}

/// The slices of a list, to be changed; made by [`List::chunks_mut`].
pub struct ChunksMut<'a, T> {
    runs: Runs<'a, T>,
    _items: PhantomData<&'a mut [T]>,
}

// SAFETY: it lends items as `&[T]` does.
unsafe impl<T: Sync> Send for Chunks<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Chunks<'_, T> {}
// SAFETY: it lends items as `&mut [T]` does, each of them once.
unsafe impl<T: Send> Send for ChunksMut<'_, T> {}
// SAFETY: a shared one lends nothing.
unsafe impl<T: Sync> Sync for ChunksMut<'_, T> {}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Self { runs: self.runs.clone(), _items: PhantomData }
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        // SAFETY: the cells hold items (invariant 1), which the borrow of the list keeps there for 'a.
        self.runs.first().map(|run| unsafe { &*run })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.runs.count();
        (count, Some(count))
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        // SAFETY: as in `next`.
        self.runs.last().map(|run| unsafe { &*run })
    }
}

impl<'a, T> Iterator for ChunksMut<'a, T> {
    type Item = &'a mut [T];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [T]> {
        // SAFETY: the cells hold items (invariant 1), which the exclusive borrow of the list keeps there for 'a and for
        // this alone, and each run is lent once.
        self.runs.first().map(|run| unsafe { &mut *run })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.runs.count();
        (count, Some(count))
    }
}

impl<T> DoubleEndedIterator for ChunksMut<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        // SAFETY: as in `next`.
        self.runs.last().map(|run| unsafe { &mut *run })
    }
}

impl<T> ExactSizeIterator for Chunks<'_, T> {}
impl<T> FusedIterator for Chunks<'_, T> {}
impl<T> ExactSizeIterator for ChunksMut<'_, T> {}
impl<T> FusedIterator for ChunksMut<'_, T> {}

/// The items of a list; made by [`List::iter`].
pub struct Iter<'a, T> {
    front: slice::Iter<'a, T>,
    chunks: Chunks<'a, T>,
    back: slice::Iter<'a, T>,
}

/// The items of a list, to be changed; made by [`List::iter_mut`].
pub struct IterMut<'a, T> {
    front: slice::IterMut<'a, T>,
    chunks: ChunksMut<'a, T>,
    back: slice::IterMut<'a, T>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), chunks: self.chunks.clone(), back: self.back.clone() }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        match self.front.next() {
            Some(item) => Some(item),
            None => self.next_run(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + (self.chunks.runs.to - self.chunks.runs.from) + self.back.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut f: F) -> B {
        let mut folded = self.front.fold(init, &mut f);
        for chunk in self.chunks {
            folded = chunk.iter().fold(folded, &mut f);
        }
        self.back.fold(folded, f)
    }

    fn nth(&mut self, n: usize) -> Option<&'a T> {
        if n < self.front.len() {
            return self.front.nth(n);
        }
        let mut left = n - self.front.len();
        for chunk in &mut self.chunks {
            self.front = chunk.iter();
            if left < chunk.len() {
                return self.front.nth(left);
            }
            left -= chunk.len();
        }
        self.front = [].iter();
        self.back.nth(left)
    }
}

impl<'a, T> Iter<'a, T> {
    #[cold]
    fn next_run(&mut self) -> Option<&'a T> {
        match self.chunks.next() {
            Some(chunk) => {
                self.front = chunk.iter();
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[cold]
    fn last_run(&mut self) -> Option<&'a T> {
        match self.chunks.next_back() {
            Some(chunk) => {
                self.back = chunk.iter();
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self.back.next_back() {
            Some(item) => Some(item),
            None => self.last_run(),
        }
    }
}

impl<'a, T> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        match self.front.next() {
            Some(item) => Some(item),
            None => self.next_run(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + (self.chunks.runs.to - self.chunks.runs.from) + self.back.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut T) -> B>(self, init: B, mut f: F) -> B {
        let mut folded = self.front.fold(init, &mut f);
        for chunk in self.chunks {
            folded = chunk.iter_mut().fold(folded, &mut f);
        }
        self.back.fold(folded, f)
    }
}

impl<'a, T> IterMut<'a, T> {
    #[cold]
    fn next_run(&mut self) -> Option<&'a mut T> {
        match self.chunks.next() {
            Some(chunk) => {
                self.front = chunk.iter_mut();
                self.front.next()
            }
            None => self.back.next(),
        }
    }

    #[cold]
    fn last_run(&mut self) -> Option<&'a mut T> {
        match self.chunks.next_back() {
            Some(chunk) => {
                self.back = chunk.iter_mut();
                self.back.next_back()
            }
            None => self.front.next_back(),
        }
    }
}

impl<T> DoubleEndedIterator for IterMut<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self.back.next_back() {
            Some(item) => Some(item),
            None => self.last_run(),
        }
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}
impl<T> ExactSizeIterator for IterMut<'_, T> {}
impl<T> FusedIterator for IterMut<'_, T> {}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T> fmt::Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ChunksMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunksMut").field("len", &self.len()).finish_non_exhaustive()
    }
}
