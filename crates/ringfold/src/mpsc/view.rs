//! Items seen and not yet consumed.

use core::{fmt, iter::FusedIterator, ops::Deref};

use super::Consumer;

/// What can be read now, as one slice. Dropping it keeps the items in the ring.
///
/// Comes from [`Consumer::peek`] and [`Consumer::peek_at_least`]. Never waits, never allocates.
pub struct View<'a, T> {
    consumer: &'a mut Consumer<T>,
    len: usize,
}

impl<'a, T> View<'a, T> {
    /// `len` items are there.
    #[inline(always)]
    pub(super) fn new(consumer: &'a mut Consumer<T>, len: usize) -> Self {
        Self { consumer, len }
    }

    /// Drops the first `count` items, or all where there are fewer, and gives their slots back. Returns
    /// how many those were. If an item's destructor panics, the others are dropped all the same.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(16)?;
    /// producer.push_slice(b"key=value").unwrap();
    /// let view = consumer.peek();
    /// let key = view.iter().position(|&byte| byte == b'=').unwrap();
    /// assert_eq!(&view[..key], b"key");
    /// view.consume(key + 1);
    /// assert_eq!(&*consumer.peek(), b"value");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn consume(self, count: usize) -> usize {
        let count = count.min(self.len);
        self.consumer.discard(count);
        count
    }
}

impl<T> Deref for View<'_, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: the items are there (`new`), and the `&mut Consumer` inside keeps everybody from
        // moving them out while the slice lives.
        unsafe { self.consumer.link().slots.items(self.consumer.cursor(), self.len) }
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
        // Each item is read at its own address, and not at the one where the view showed it.
        self.consumer.settle();
        self.consumer.know(self.len);
        IntoIter { left: self.len, consumer: self.consumer }
    }
}

/// Moves items out of a ring, one by one; the slots are given back together when it is dropped. Items
/// that it has not yielded stay in the ring.
///
/// ```
/// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(8)?;
/// producer.push_iter(["a", "b", "c"].map(String::from)).unwrap();
/// let two: Vec<String> = consumer.peek().into_iter().take(2).collect();
/// assert_eq!(two, ["a", "b"]);
/// assert_eq!(consumer.try_pop().unwrap(), "c");
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub struct IntoIter<'a, T> {
    consumer: &'a mut Consumer<T>,
    left: usize,
}

impl<T> Iterator for IntoIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        Some(self.consumer.take_unreleased())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for IntoIter<'_, T> {}
impl<T> FusedIterator for IntoIter<'_, T> {}

impl<T> Drop for IntoIter<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.consumer.release();
    }
}

impl<T> fmt::Debug for IntoIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.left).finish()
    }
}
