//! One thread's queue: slots are reserved, filled in place and committed; items are looked at in place and released.
//!
//! A face of [`ring`](crate::ring), which says how it works; here is what takes two steps: a [`Reservation`] is filled and then
//! committed, or dropped and never seen; [`peek`](Queue::peek) shows what is there, [`release`](Queue::release) lets go of it.

mod reservation;

use core::{
    fmt,
    hash::{Hash, Hasher},
    ops::{Index, IndexMut},
    slice::{self, SliceIndex},
};

use ringfold_core::error::Full;

pub use reservation::Reservation;

use crate::ring::{Cells, IntoIter, Mapped, Ring, Storage};

/// A bounded queue for one thread, written and read in place.
///
/// Never waits; allocates when it is made and never again. Dropping it drops what is in it.
///
/// ```
/// use ringfold::Queue;
///
/// let mut queue = Queue::<f32>::with_capacity(8192)?;
/// if let Some(mut chunk) = queue.reserve(128) {
///     chunk.fill(|i| i as f32); // straight into the queue's memory
///     chunk.commit(); // now it can be read
/// }
///
/// assert_eq!(queue[1], 1.0);
/// let mut sum = 0.0;
/// for value in &queue {
///     sum += value;
/// }
/// assert_eq!(sum, queue.iter().sum());
/// assert_eq!(queue.peek().len(), 128); // one slice, wherever in the memory it lies
/// queue[127] = 0.5;
/// assert_eq!(queue.release(64), 64);
/// assert_eq!((queue.len(), queue[0], queue[63]), (64, 64.0, 0.5));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// With a capacity that is known when the program is compiled, the same without heap and mapping: [`Inline`].
pub struct Queue<T, S: Storage<T> = Mapped> {
    ring: Ring<T, S>,
}

/// A queue of `N` items inside the value itself: no heap, no operating system. See [`ring::Inline`](crate::ring::Inline).
///
/// ```
/// let mut queue = ringfold::queue::Inline::<f32, 4096>::new();
/// if let Some(mut chunk) = queue.reserve(128) {
///     chunk.fill(|_| 1.0);
///     chunk.commit();
/// }
/// queue.push(2.0).unwrap();
/// assert_eq!((queue.release(128), queue.pop(), queue.pop()), (128, Some(2.0), None));
/// ```
pub type Inline<T, const N: usize> = Queue<T, Cells<T, N>>;

impl<T, const N: usize> Queue<T, Cells<T, N>> {
    /// An empty queue of `N` items, in the value itself. Allocates nothing, and may be evaluated at compile time.
    #[must_use]
    pub const fn new() -> Self {
        Self { ring: Ring::<T, Cells<T, N>>::new() }
    }
}

impl<T, const N: usize> Default for Queue<T, Cells<T, N>> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "std")]
impl<T> Queue<T> {
    /// Makes a queue for exactly `capacity` items, on mirrored memory. Other memory: `Queue::from(Ring::builder(n)…build()?)`.
    ///
    /// # Errors
    /// As [`Ring::with_capacity`].
    pub fn with_capacity(capacity: usize) -> Result<Self, ringfold_memory::Error> {
        Ring::with_capacity(capacity).map(Self::from)
    }
}

impl<T, S: Storage<T>> Queue<T, S> {
    /// Takes `n` vacant slots, in one slice, to be filled in place; `None` when so many are not free. Nothing of it is seen
    /// before it is [committed](Reservation::commit).
    #[inline]
    #[must_use = "dropping a reservation aborts it"]
    pub fn reserve(&mut self, n: usize) -> Option<Reservation<'_, T, S>> {
        (n <= self.free()).then(|| Reservation::new(&mut self.ring, n))
    }

    /// Takes `n` vacant slots, or as many as are free; perhaps none.
    #[inline]
    pub fn reserve_up_to(&mut self, n: usize) -> Reservation<'_, T, S> {
        let free = self.free();
        Reservation::new(&mut self.ring, n.min(free))
    }

    /// Puts `item` behind the others.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Full<T>> {
        self.ring.push(item)
    }

    /// Copies as many of `items` as there is room for, and returns how many those were.
    #[inline]
    pub fn push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        self.ring.push_slice(items)
    }

    /// Takes items from `items` as long as there is room, and returns how many those were; see [`Ring::push_iter`].
    #[inline]
    pub fn push_iter(&mut self, items: impl IntoIterator<Item = T>) -> usize {
        self.ring.push_iter(items)
    }

    /// Takes the oldest item; `None` when there is none.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.ring.pop()
    }

    /// Copies the oldest items into `items`, takes them out, and returns how many those were.
    #[inline]
    pub fn pop_slice(&mut self, items: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.ring.pop_slice(items)
    }

    /// All items, oldest first, as one slice, in constant time. They stay.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> &[T] {
        self.ring.as_slice()
    }

    /// As [`peek`](Self::peek), to be changed in place.
    #[inline]
    #[must_use]
    pub fn peek_mut(&mut self) -> &mut [T] {
        self.ring.as_mut_slice()
    }

    /// Drops the `n` oldest items, or all where there are fewer, and returns how many those were. Items without a destructor
    /// take the same time however many they are. If a destructor panics, the others run all the same.
    #[inline]
    pub fn release(&mut self, n: usize) -> usize {
        self.ring.consume(n)
    }

    /// Takes everything out, oldest first, and hands it to `f`; returns how many items those were. If `f` panics, the items that it
    /// has not seen stay. Into a vector: `queue.drain(|item| vec.push(item))`.
    ///
    /// ```
    /// let mut queue = ringfold::Queue::with_capacity(4)?;
    /// queue.push_slice(&[1, 2, 3]);
    /// let mut vec = Vec::new();
    /// assert_eq!(queue.drain(|item| vec.push(item)), 3);
    /// assert_eq!((vec, queue.len()), (vec![1, 2, 3], 0));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn drain(&mut self, f: impl FnMut(T)) -> usize {
        self.ring.drain(f)
    }

    /// Drops everything.
    #[inline]
    pub fn clear(&mut self) {
        self.ring.clear();
    }

    /// The items, oldest first.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.ring.iter()
    }

    /// The items, oldest first, to be changed in place.
    #[inline]
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, T> {
        self.ring.iter_mut()
    }

    /// How many items are in it.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether there is nothing in it.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Whether nothing more fits.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ring.is_full()
    }

    /// How many more items fit now.
    #[inline]
    #[must_use]
    pub fn free(&self) -> usize {
        self.ring.free()
    }

    /// How many items fit in all: exactly what was asked for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// The ring behind this face, to look at.
    #[must_use]
    pub fn ring(&self) -> &Ring<T, S> {
        &self.ring
    }

    /// The ring behind this face, for instance to hand it to two threads ([`Ring::into_spsc`]).
    #[must_use]
    pub fn into_ring(self) -> Ring<T, S> {
        self.ring
    }
}

impl<T, S: Storage<T>> From<Ring<T, S>> for Queue<T, S> {
    fn from(ring: Ring<T, S>) -> Self {
        Self { ring }
    }
}

impl<T, S: Storage<T>> From<Queue<T, S>> for Ring<T, S> {
    fn from(queue: Queue<T, S>) -> Self {
        queue.ring
    }
}

/// Counted from the oldest item.
///
/// # Panics
/// Where there is no such item, as with a slice; `peek().get(index)` does not.
impl<T, S: Storage<T>, I: SliceIndex<[T]>> Index<I> for Queue<T, S> {
    type Output = I::Output;

    #[inline]
    fn index(&self, index: I) -> &I::Output {
        &self.ring[index]
    }
}

impl<T, S: Storage<T>, I: SliceIndex<[T]>> IndexMut<I> for Queue<T, S> {
    #[inline]
    fn index_mut(&mut self, index: I) -> &mut I::Output {
        &mut self.ring[index]
    }
}

impl<T, S: Storage<T>> IntoIterator for Queue<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T, S>;

    fn into_iter(self) -> IntoIter<T, S> {
        self.ring.into_iter()
    }
}

impl<'a, T, S: Storage<T>> IntoIterator for &'a Queue<T, S> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, S: Storage<T>> IntoIterator for &'a mut Queue<T, S> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

/// Equal content; capacities do not matter.
impl<T: PartialEq<U>, U, S: Storage<T>, R: Storage<U>> PartialEq<Queue<U, R>> for Queue<T, S> {
    fn eq(&self, other: &Queue<U, R>) -> bool {
        self.ring == other.ring
    }
}

impl<T: Eq, S: Storage<T>> Eq for Queue<T, S> {}

impl<T: Hash, S: Storage<T>> Hash for Queue<T, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ring.hash(state);
    }
}

/// As the clone of a ring.
impl<T, S: Storage<T>> Clone for Queue<T, S>
where
    Ring<T, S>: Clone,
{
    fn clone(&self) -> Self {
        Self { ring: self.ring.clone() }
    }
}

impl<T: fmt::Debug, S: Storage<T>> fmt::Debug for Queue<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ring.fmt(f)
    }
}
