//! One thread's ring: a queue with a bound, whose content is always one slice.
//!
//! ```text
//!            first                      seam
//!     │        │ 4 │ 5 │ 6 │ 7 │ 8 │ 9   │ 10 │ 11 │          │
//!     ├────────┴───────────────────────┼──────────┴──────────┤
//!       half 0                               half 1
//!              └───────── as_slice() ──────────┘└── spare() ──┘
//! ```
//!
//! It stands on memory that appears twice in a row (`memory`), so content that lies across the seam is one slice all the
//! same: nothing is ever put back together, and [`as_slice`](Ring::as_slice) takes the same time for eight bytes and
//! for half a gigabyte.
//!
//! # Invariants
//!
//! 1. The first item lies `first < period` bytes into the memory, the others behind it without a gap.
//! 2. The `len` cells from there on hold items, and no others do.
//! 3. `len <= capacity`, and `capacity` items take at most one period.
//! 4. An item has one address at a time. It is another one only after the items before it went away and it was
//!    folded into the first half, which takes `&mut self`, so that no reference to it is left.
//!
//! Fact 4 is why nothing need be written twice, not even on a soft mirror, and why a value that is changed in place, also through
//! a shared reference (`Cell`), cannot be lost: there is no second copy. An empty ring starts again at the front, so a
//! small packet through a large ring stays in the cache.
//!
//! The idea of the mirror is old (Philip Howard's virtual ring buffer, 2002, and before him in kernels); that of folding
//! back, like the rest, is ours.

mod access;
#[cfg(feature = "std")]
mod builder;
mod convert;
mod iter;
mod read;
mod storage;
mod write;

use core::{fmt, marker::PhantomData};

use ringfold_core::slots::Run;

#[cfg(feature = "std")]
pub use builder::Builder;
pub use iter::IntoIter;
pub use storage::{Cells, Mapped, Storage};

/// A bounded queue for one thread, whose content is always one slice.
///
/// Never waits; allocates when it is made and never again. Dropping it drops what is in it.
///
/// ```
/// use ringfold::Ring;
///
/// let mut ring = Ring::with_capacity(4096)?;
/// ring.push(255_u8).unwrap();
/// ring.push_slice(b"more");
/// let data = ring.as_slice(); // one slice, also where it wraps
/// assert_eq!((data[0], data.len()), (255, 5));
///
/// let mut window = Ring::with_capacity(1000)?;
/// for sample in 0..10_000 {
///     window.push_overwrite(sample); // the oldest goes when it is full
/// }
/// assert_eq!(window.as_slice().len(), 1000); // over the seam, and one slice
/// assert!(window.as_slice().iter().copied().eq(9_000..10_000));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// Whatever slices can do, [`as_slice`](Ring::as_slice) can: `ring.as_slice().windows(10)`, `.last()`, `.contains(..)`, `.iter().rev()`.
///
/// Two threads may look at it at once but not change it; for that there is [`into_spsc`](Ring::into_spsc).
pub struct Ring<T, S: Storage<T> = Mapped> {
    storage: S,
    /// In bytes, from the start of the memory.
    first: usize,
    len: usize,
    _items: PhantomData<T>,
}

/// A ring of `N` items inside the value itself: no heap, no operating system.
///
/// It takes twice the memory of its items, at most 1 MiB, which is checked when the program is compiled. Any `N` but 0 will do.
///
/// ```
/// use ringfold::ring;
///
/// let mut ring = ring::Inline::<u8, 3>::new();
/// assert_eq!(ring.push_slice(b"abcd"), 3);
/// assert_eq!(ring.pop(), Some(b'a'));
/// ring.push(b'd').unwrap();
/// assert_eq!(ring.as_slice(), b"bcd");
/// ```
///
/// ```compile_fail
/// let ring = ringfold::ring::Inline::<u8, 0>::new(); // nothing would ever fit
/// ```
pub type Inline<T, const N: usize> = Ring<T, Cells<T, N>>;

impl<T, const N: usize> Ring<T, Cells<T, N>> {
    /// An empty ring of `N` items, in the value itself. Allocates nothing, and may be evaluated at compile time.
    #[must_use]
    pub const fn new() -> Self {
        Self { storage: Cells::new(), first: 0, len: 0, _items: PhantomData }
    }
}

impl<T, const N: usize> Default for Ring<T, Cells<T, N>> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "std")]
impl<T> Ring<T> {
    /// Makes a ring for exactly `capacity` items, on mirrored memory.
    ///
    /// The mirror is at least a page, and up to twice what the items need, because its size is a power of two;
    /// zero-sized items need none. All of it is populated (touched) at once, which takes about a millisecond for each MiB, so that too
    /// little memory is an error here and not a signal later; [`Options::populate`](ringfold_memory::Options::populate) turns that off.
    ///
    /// # Errors
    /// When the capacity is 0 or its size in bytes absurd, when `T` is aligned beyond a page, or when the memory cannot
    /// be had; the error says which, and what to do about it.
    ///
    /// ```
    /// use ringfold::Ring;
    ///
    /// let mut ring = Ring::with_capacity(3)?;
    /// for n in 1..=3 {
    ///     ring.push(n).unwrap();
    /// }
    /// assert_eq!(ring.push(4).unwrap_err().0, 4); // full: the item comes back
    /// assert!(Ring::<u8>::with_capacity(0).unwrap_err().is_invalid());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn with_capacity(capacity: usize) -> Result<Self, ringfold_memory::Error> {
        Self::builder(capacity).build()
    }

    /// Starts to make a ring for exactly `capacity` items, on memory of your choice.
    pub fn builder(capacity: usize) -> Builder<T> {
        Builder::new(capacity)
    }

    pub(crate) fn over(storage: Mapped) -> Self {
        Self { storage, first: 0, len: 0, _items: PhantomData }
    }

    /// What memory it really got; `None` for zero-sized items, which need none.
    #[must_use]
    pub fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.storage.mirror().map(ringfold_memory::Mirror::info)
    }

    /// Takes the ring apart: its storage, where in it the first item lies (in bytes), and how many items there are, which
    /// are the caller's now.
    pub(crate) fn dismantle(self) -> (Mapped, usize, usize) {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: `this` is never used or dropped again, so the storage is moved out once.
        (unsafe { core::ptr::read(&this.storage) }, this.first, this.len)
    }
}

impl<T, S: Storage<T>> Ring<T, S> {
    /// How many items are in it.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is nothing in it.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether nothing more fits.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len == self.capacity()
    }

    /// How many items fit in all: exactly what was asked for.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.capacity()
    }

    /// How many more items fit now.
    #[inline]
    #[must_use]
    pub fn free(&self) -> usize {
        self.capacity() - self.len
    }

    #[inline(always)]
    fn run(&self) -> Run<T> {
        self.storage.run()
    }

    /// Takes `count` items out of the count, and lets the run start behind them.
    ///
    /// # Safety
    /// `count <= len`; those items were moved out or dropped, and nobody holds a reference to the others.
    #[inline(always)]
    unsafe fn release(&mut self, count: usize) {
        self.len -= count;
        // SAFETY: invariants 1 to 3; the caller vouches for the cells and the references.
        self.first = unsafe { self.run().fold(self.first, count, self.len) };
    }
}

impl<T, S: Storage<T>> Drop for Ring<T, S> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl<T: fmt::Debug, S: Storage<T>> fmt::Debug for Ring<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}
