//! Items of one lane, seen and not yet consumed.

use core::{fmt, ops::Deref};

use crate::spsc::{self, IntoIter};

/// What can be read from one lane now, as one slice. Dropping it keeps the items in the lane.
///
/// Comes from [`Consumer::peek`](super::Consumer::peek) and [`next_view`](super::Consumer::next_view). Never waits, never allocates.
pub struct View<'a, T> {
    view: spsc::View<'a, T>,
    lane: u64,
}

impl<'a, T> View<'a, T> {
    #[inline(always)]
    pub(super) fn new(view: spsc::View<'a, T>, lane: u64) -> Self {
        Self { view, lane }
    }

    /// The number of the lane: what its producer's [`lane`](super::Producer::lane) says.
    pub fn lane(&self) -> u64 {
        self.lane
    }

    /// Drops the first `count` items, or all where there are fewer, and gives their slots back. Returns how many those were. If an
    /// item's destructor panics, the others are dropped all the same.
    #[inline]
    pub fn consume(self, count: usize) -> usize {
        self.view.consume(count)
    }
}

impl<T> Deref for View<'_, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.view
    }
}

impl<T: fmt::Debug> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<'a, T> IntoIterator for View<'a, T> {
    type Item = T;
    type IntoIter = IntoIter<'a, T>;

    /// Moves the items out, one by one.
    #[inline]
    fn into_iter(self) -> IntoIter<'a, T> {
        self.view.into_iter()
    }
}
