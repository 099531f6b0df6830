//! Cells in chunks on the heap: they double until they have the full size, and have it from then on.
//!
//! ```text
//!   index   0    f    2f     4f         8f = full    2 full     3 full
//!           ├─ f ┼─ f ┼─ 2f ─┼─── 4f ───┼── full ────┼── full ──┼ ..
//!   chunk     0    1     2        3          4            5
//! ```
//!
//! Below `full` the chunk follows from the position of the highest bit, above it from a shift. A small list takes little, a
//! large one at most a chunk too much, and no chunk is ever moved or copied; what grows is the table of their addresses.

use core::{mem::size_of, ptr::NonNull};
use std::alloc::{self, Layout};

use ringfold_core::slots::Row;
use ringfold_memory::{Error, machine};

/// Bytes of the first chunk, if an item is not larger.
const FIRST_BYTES: usize = 64;

/// Owns the chunks, not the items.
pub(super) struct Heap<T> {
    chunks: Vec<Row<T>>,
    first_log2: u32,
    full_log2: u32,
}

impl<T> Heap<T> {
    pub(super) const fn new() -> Self {
        Self { chunks: Vec::new(), first_log2: 0, full_log2: 0 }
    }

    /// Chunks of `full` items, rounded up to a power of two, behind the first ones, which are smaller. There must be no cell yet.
    pub(super) fn set_full(&mut self, full: usize) {
        debug_assert!(self.chunks.is_empty());
        let most = (isize::MAX as usize / size_of::<T>().max(1)).ilog2();
        self.full_log2 = full.max(1).checked_next_power_of_two().map_or(most, |full| full.ilog2().min(most));
        self.first_log2 = (FIRST_BYTES / size_of::<T>().max(1)).max(1).ilog2().min(self.full_log2);
    }

    /// Is there no cell?
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// How many cells there are.
    pub(super) fn cells(&self) -> usize {
        self.start_of(self.chunks.len())
    }

    /// Makes chunks until there are at least `cells` cells. What was made before an error stays.
    pub(super) fn grow_to(&mut self, cells: usize) -> Result<(), Error> {
        machine::check_available(cells.saturating_sub(self.cells()).saturating_mul(size_of::<T>()))?;
        while self.cells() < cells {
            let layout = self.layout_of(self.chunks.len())?;
            self.chunks.try_reserve(1).map_err(|_| Error::heap(self.chunks.len() * size_of::<Row<T>>()))?;
            // SAFETY: the layout has a size: zero-sized items are never kept here.
            let chunk = unsafe { alloc::alloc(layout) };
            let chunk = NonNull::new(chunk.cast::<T>()).ok_or_else(|| Error::heap(layout.size()))?;
            self.chunks.push(Row::new(chunk));
        }
        Ok(())
    }

    /// Gives back the chunks that have no cell below `cells`.
    pub(super) fn shrink_to(&mut self, cells: usize) {
        while !self.chunks.is_empty() && self.start_of(self.chunks.len() - 1) >= cells {
            let layout = self.layout_of(self.chunks.len() - 1);
            if let (Some(chunk), Ok(layout)) = (self.chunks.pop(), layout) {
                // SAFETY: the chunk was allocated with this layout, and no item is in it.
                unsafe { alloc::dealloc(chunk.first().as_ptr().cast(), layout) };
            }
        }
        self.chunks.shrink_to_fit();
    }

    /// The cell `index`.
    ///
    /// # Safety
    /// `index < self.cells()`. Following the pointer is up to the caller.
    #[inline]
    pub(super) unsafe fn cell(&self, index: usize) -> *mut T {
        let (chunk, within) = self.place(index);
        // SAFETY: the caller's cell exists, so its chunk does, and reaches up to it.
        unsafe { self.chunks.get_unchecked(chunk).cell(within) }
    }

    /// The chunk that holds the cell `index`, and the indices of its first cell and of the one behind its last.
    ///
    /// # Safety
    /// `index < self.cells()`.
    pub(super) unsafe fn chunk_at(&self, index: usize) -> (Row<T>, usize, usize) {
        let (chunk, within) = self.place(index);
        let start = index - within;
        (self.chunks[chunk], start, start + self.items_of(chunk))
    }

    #[inline(always)]
    fn place(&self, index: usize) -> (usize, usize) {
        let doubling = (self.full_log2 - self.first_log2) as usize;
        let full = 1 << self.full_log2;
        if index >= full {
            (doubling + (index >> self.full_log2), index & (full - 1))
        } else if index >> self.first_log2 == 0 {
            (0, index)
        } else {
            let highest = index.ilog2();
            ((highest - self.first_log2) as usize + 1, index - (1 << highest))
        }
    }

    /// Cells in all chunks before this one.
    fn start_of(&self, chunk: usize) -> usize {
        let doubling = (self.full_log2 - self.first_log2) as usize;
        match chunk {
            0 => 0,
            _ if chunk <= doubling => 1 << (self.first_log2 as usize + chunk - 1),
            _ => (chunk - doubling) << self.full_log2,
        }
    }

    fn items_of(&self, chunk: usize) -> usize {
        self.start_of(chunk + 1) - self.start_of(chunk)
    }

    fn layout_of(&self, chunk: usize) -> Result<Layout, Error> {
        Layout::array::<T>(self.items_of(chunk)).map_err(|_| {
            let bytes = self.items_of(chunk).saturating_mul(size_of::<T>());
            let what = format!("a chunk of {} items does not fit the address space", self.items_of(chunk));
            Error::invalid(bytes, what, "choose a smaller chunk size")
        })
    }
}

impl<T> Drop for Heap<T> {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::Heap;

    #[test]
    fn every_index_has_a_cell_of_its_own_without_gaps() {
        for full in [1, 2, 8, 9, 64, 1000] {
            let mut heap = Heap::<u64>::new();
            heap.set_full(full);
            heap.grow_to(5000).unwrap();
            let (mut index, mut before) = (0, usize::MAX);
            while index < heap.cells() {
                // SAFETY: the index is below the number of cells.
                let (row, start, end) = unsafe { heap.chunk_at(index) };
                assert!(start == index && end > start && end - start <= full.next_power_of_two().max(8));
                assert!(before == usize::MAX || end - start >= before, "chunks never shrink");
                for cell in start..end {
                    // SAFETY: as above.
                    assert!(unsafe { heap.cell(cell) == row.cell(cell - start) });
                }
                (index, before) = (end, end - start);
            }
        }
    }

    #[test]
    fn an_absurd_chunk_size_just_keeps_doubling() {
        let mut heap = Heap::<[u8; 3]>::new();
        heap.set_full(usize::MAX);
        heap.grow_to(100_000).unwrap();
        assert!(heap.cells() >= 100_000);
        heap.shrink_to(10);
        assert!(heap.cells() < 40);
    }
}
