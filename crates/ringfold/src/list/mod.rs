//! A list for as many items as there is memory: it grows without ever moving one, and is indexed like a `Vec`.
//!
//! ```text
//!   front: one range of addresses, reserved at once          heap: chunks, where there is no range or it is full
//!   ├─ items ─┬─ ready ─┬──────── addresses only ──────┤     ├c┼c┼─ 2c ─┼─── 4c ───┼── .. ──┼─ full ─┼─ full ─┼ ..
//!   0        len    capacity                    front_cells
//! ```
//!
//! Where the system can do it ([`memory::Region`](crate::memory::Region)), the whole list is one slice in a range of
//! addresses that is as large as the machine could ever fill; memory is given to it from the front, a chunk at a time, and
//! before it is used. Nothing is copied, no second copy is ever needed, and no push pays for the items before it. Elsewhere
//! it is made of chunks on the heap, which double until they have the chunk size; the chunk of an item is found by
//! counting leading zeros below that size and by a shift above it.
//!
//! # Indices and references
//!
//! Keep indices: they stay valid until the item is popped or truncated. References end with the next `push`, as with a `Vec`; that items do
//! not move means that growing costs no copies, and that a device, or the system, that was told an address finds the item there.
//!
//! # As a slice
//!
//! Sorting and searching are the slice's. A list that was built with [`contiguous(true)`](Builder::contiguous) always is one slice;
//! [`List::new`] gives one that may be, and [`reserve`](List::reserve) is its `with_capacity`:
//!
//! ```
//! use ringfold::List;
//!
//! let mut list = List::builder().contiguous(true).build()?;
//! list.extend([3, 1, 2]);
//! let items = list.as_mut_slice().expect("it is contiguous");
//! items.sort_unstable();
//! assert_eq!(items.binary_search(&2), Ok(1));
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! Where that cannot be had, go through [`chunks`](List::chunks) and [`chunks_mut`](List::chunks_mut) one by one, or copy:
//!
//! ```
//! use ringfold::List;
//!
//! let mut list: List<_> = vec![3, 1, 2].into_iter().collect(); // from a vector
//! list.reserve(1_000_000); // room for so many more
//! let found = list.chunks().find_map(|chunk| chunk.iter().find(|&&item| item < 2));
//! assert_eq!(found, Some(&1));
//! let mut sorted: Vec<_> = list.iter().copied().collect(); // and into one
//! sorted.sort_unstable();
//! assert_eq!(sorted, [1, 2, 3]);
//! ```
//!
//! # Invariants
//!
//! 1. `len <= capacity`; the first `len` cells hold items, and no others do.
//! 2. Cells below `front_cells` lie in the range of addresses, all others in the chunks. A cell never moves.
//! 3. `open` is the run of cells, without a gap, that the next item goes into: `open.start <= len <= open.end`.
//! 4. Only a list without a single cell may change its mind about where it lies.
//!
//! # What a small list costs
//!
//! The first push into a list that lies in a range of addresses makes four system calls (about 8 µs) and takes a page of memory and two
//! for page tables; dropping it costs another 4 µs. A program with many small lists should build them with
//! [`contiguous(false)`](Builder::contiguous); then the first items take 64 bytes of heap. A process with so many lists that
//! address space becomes scarce (some hundreds) gets lists on the heap from there on by itself.
//!
//! Doubling chunks are folklore (a "stack of arrays", for example in Brodnik et al., "Resizable Arrays in Optimal Time and Space",
//! 1999); so is committing a reserved range bit by bit.

mod access;
mod builder;
mod convert;
mod grow;
mod heap;
mod into_iter;
mod iter;
mod shrink;
mod storage;

use core::fmt;

use ringfold_memory::Error;

use self::storage::{Settings, Span, Storage};

pub use builder::Builder;
pub use into_iter::IntoIter;
pub use iter::{Chunks, ChunksMut, Iter, IterMut};

/// A list that never moves an item.
///
/// Indexing and pushing take constant time, pushing in the worst case too: about as long as the system needs to hand out a chunk of
/// memory. On Linux, macOS and Windows the whole list is one slice ([`as_slice`](List::as_slice)).
/// Allocates when it grows; never waits. Dropping it drops what is in it.
///
/// ```
/// use ringfold::List;
///
/// let mut list = List::new();
/// list.push(10);
/// list.extend_from_slice(&[20, 30, 40, 50]);
///
/// assert_eq!(list[0], 10);
/// list[1] = 99;
/// assert!(list.set(2, 100)); // false where there is no such item
///
/// for item in &list {
///     println!("{item}");
/// }
/// for item in &mut list {
///     *item *= 2;
/// }
/// assert_eq!(list.iter().sum::<i32>(), 2 * (10 + 99 + 100 + 40 + 50));
/// ```
pub struct List<T> {
    len: usize,
    open: Span<T>,
    storage: Storage<T>,
}

// SAFETY: a list owns its items and its memory, and lends them under the rules of `&` and `&mut`, as a `Vec` does.
unsafe impl<T: Send> Send for List<T> {}
// SAFETY: as above; nothing changes behind a `&List`.
unsafe impl<T: Sync> Sync for List<T> {}

impl<T> List<T> {
    /// An empty list with the default chunk size (64 KiB). Allocates nothing, and may be evaluated at compile time.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_settings(Settings::DEFAULT)
    }

    /// An empty list that gets its memory in chunks of so many items; 0 counts as 1. Allocates nothing.
    ///
    /// A larger chunk makes fewer and longer pauses. The default, 64 KiB, is where measured throughput stops growing. Memory comes in
    /// whole pages, and a list that is smaller than its chunk size grows in smaller steps.
    ///
    /// ```
    /// let mut list = ringfold::List::with_chunk_size(16_384);
    /// list.extend(0..100_000u64);
    /// assert_eq!(list.len(), 100_000);
    /// ```
    #[must_use]
    pub const fn with_chunk_size(items: usize) -> Self {
        let items = if items == 0 { 1 } else { items };
        Self::with_settings(Settings { chunk_items: Some(items), ..Settings::DEFAULT })
    }

    /// Starts to make a list with everything chosen; see [`Builder`].
    pub const fn builder() -> Builder<T> {
        Builder::new()
    }

    const fn with_settings(settings: Settings) -> Self {
        Self { len: 0, open: Span::EMPTY, storage: Storage::new(settings) }
    }

    /// How many items there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Are there none?
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many items fit without more memory. `usize::MAX` for items that take none.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.ready()
    }

    /// Why the list lies in chunks on the heap though nobody chose that, or `None` where it is one slice, was told to be on the
    /// heap, has outgrown its `room_for`, or has not grown yet.
    #[must_use]
    pub fn fallback(&self) -> Option<&Error> {
        self.storage.fallback()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The list could not grow: here is the item again, and why.
#[derive(Clone, Debug)]
pub struct Refused<T> {
    /// The item that could not be pushed.
    pub item: T,
    /// Why there is no memory for it, and what to do about that.
    pub error: Error,
}

impl<T> fmt::Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the list cannot grow: {}", self.error)
    }
}

impl<T: fmt::Debug> core::error::Error for Refused<T> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}
