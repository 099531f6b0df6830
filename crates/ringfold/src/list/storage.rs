//! Where the cells of a list are: which memory, how much of it is ready, and where the cell with an index lies.

use core::mem::{align_of, size_of};

use ringfold_core::slots::Row;
use ringfold_memory::{Error, HugePages, Region, machine};

use super::heap::Heap;

/// What was chosen for a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) chunk_items: Option<usize>,
    pub(super) contiguous: Contiguous,
    pub(super) huge_pages: HugePages,
    /// Items for which addresses are reserved, instead of as many as the machine could hold.
    pub(super) room_for: Option<usize>,
}

/// Whether a list is one slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contiguous {
    IfPossible,
    Always,
    Never,
}

/// Measured: from here on larger chunks are not faster, and their pauses are longer.
const DEFAULT_CHUNK_BYTES: usize = 64 << 10;

impl Settings {
    pub(super) const DEFAULT: Self = Self {
        chunk_items: None,
        contiguous: Contiguous::IfPossible,
        huge_pages: HugePages::Never,
        room_for: None,
    };

    /// Whether chunks on the heap will not do.
    pub(super) fn are_strict(&self) -> bool {
        self.contiguous == Contiguous::Always || self.huge_pages == HugePages::Require
    }
}

/// The run of cells that the next item goes into: indices `start..end`, without a gap.
pub(super) struct Span<T> {
    row: Row<T>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<T> Span<T> {
    pub(super) const EMPTY: Self = Self { row: Row::dangling(), start: 0, end: 0 };

    /// # Safety
    /// `start <= index < end`. Following the pointer is up to the caller.
    #[inline(always)]
    pub(super) unsafe fn cell(&self, index: usize) -> *mut T {
        debug_assert!(self.start <= index && index < self.end);
        // SAFETY: the row has all cells of `start..end`.
        unsafe { self.row.cell(index - self.start) }
    }
}

/// Owns the memory, not the items.
pub(super) struct Storage<T> {
    /// The cells in the range of addresses; those of zero-sized items, which need none.
    front: Row<T>,
    /// Indices below this belong to the front.
    front_cells: usize,
    /// Cells of the front that have memory.
    front_ready: usize,
    region: Option<Region>,
    heap: Heap<T>,
    settled: bool,
    fallback: Option<Box<Error>>,
    settings: Settings,
}

impl<T> Storage<T> {
    pub(super) const fn new(settings: Settings) -> Self {
        Self {
            front: Row::dangling(),
            front_cells: 0,
            front_ready: 0,
            region: None,
            heap: Heap::new(),
            settled: false,
            fallback: None,
            settings,
        }
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings
    }

    pub(super) fn fallback(&self) -> Option<&Error> {
        self.fallback.as_deref()
    }

    /// Cells that have memory: those of the heap count only when the front is full.
    pub(super) fn ready(&self) -> usize {
        if self.front_ready < self.front_cells {
            self.front_ready
        } else {
            self.front_cells + self.heap.cells()
        }
    }

    /// The cell `index`.
    ///
    /// # Safety
    /// `index < self.ready()`. Following the pointer is up to the caller.
    #[inline(always)]
    pub(super) unsafe fn cell(&self, index: usize) -> *mut T {
        // The first question has the same answer for all items, so a loop is compiled once for each answer.
        if self.heap.is_empty() || index < self.front_cells {
            // SAFETY: the cell is ready and not in the heap, so the front reaches up to it.
            unsafe { self.front.cell(index) }
        } else {
            // SAFETY: the cell is ready and not in the front, so it is in the heap.
            unsafe { self.heap.cell(index - self.front_cells) }
        }
    }

    /// The run of cells around `index`.
    ///
    /// # Safety
    /// `index < self.ready()`.
    pub(super) unsafe fn run_at(&self, index: usize) -> Span<T> {
        if index < self.front_cells {
            return Span { row: self.front, start: 0, end: self.front_ready };
        }
        // SAFETY: as in `cell`.
        let (row, start, end) = unsafe { self.heap.chunk_at(index - self.front_cells) };
        Span { row, start: self.front_cells + start, end: self.front_cells + end }
    }

    /// The longest run of cells from `from` on, not beyond `to`.
    ///
    /// # Safety
    /// `from < to <= self.ready()`. Following the pointer is up to the caller.
    pub(super) unsafe fn run_from(&self, from: usize, to: usize) -> *mut [T] {
        // SAFETY: handed on from the caller.
        let run = unsafe { self.run_at(from) };
        // SAFETY: the row has all cells of `start..end`.
        unsafe { run.row.cells(from - run.start, run.end.min(to) - from) }
    }

    /// The longest run of cells that ends before `to` and does not begin before `from`.
    ///
    /// # Safety
    /// As [`run_from`](Self::run_from).
    pub(super) unsafe fn run_up_to(&self, from: usize, to: usize) -> *mut [T] {
        // SAFETY: handed on from the caller.
        let run = unsafe { self.run_at(to - 1) };
        let from = run.start.max(from);
        // SAFETY: the row has all cells of `start..end`.
        unsafe { run.row.cells(from - run.start, to - from) }
    }

    /// Makes the first `cells` cells ready, and some more so that this is called rarely. No cell moves.
    pub(super) fn grow_to(&mut self, cells: usize) -> Result<(), Error> {
        self.settle()?;
        if cells > isize::MAX as usize / size_of::<T>().max(1) && size_of::<T>() > 0 {
            let what = format!("{cells} items of {} bytes do not fit the address space", size_of::<T>());
            return Err(Error::invalid(cells.saturating_mul(size_of::<T>()), what, "ask for fewer"));
        }
        if self.front_ready < cells.min(self.front_cells) {
            match self.grow_front_to(cells.min(self.front_cells)) {
                Err(refused) if self.front_ready == 0 => self.fall_back(refused)?,
                result => result?,
            }
        }
        if cells <= self.front_cells {
            return Ok(());
        }
        if self.settings.are_strict() && size_of::<T>() > 0 {
            let what = format!("addresses were reserved for {} items", self.front_cells);
            let help = "build the list with a larger `room_for`, or without `contiguous(true)` and `HugePages::Require`";
            return Err(Error::invalid(cells.saturating_mul(size_of::<T>()), what, help));
        }
        self.heap.grow_to(cells - self.front_cells)
    }

    /// Gives back what has no cell below `cells`.
    pub(super) fn shrink_to(&mut self, cells: usize) {
        self.heap.shrink_to(cells.saturating_sub(self.front_cells));
        if let Some(region) = &mut self.region {
            region.shrink_to(cells.min(self.front_cells) * size_of::<T>());
            self.front_ready = (region.usable_bytes() / size_of::<T>()).min(self.front_cells);
        }
    }

    /// Decides where the list lies; once.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        if self.settled {
            return Ok(());
        }
        if size_of::<T>() == 0 {
            (self.front_cells, self.front_ready) = (usize::MAX, usize::MAX);
        } else {
            let chunk = self.settings.chunk_items.unwrap_or_else(default_chunk_items::<T>);
            self.heap.set_full(chunk);
            if self.settings.contiguous != Contiguous::Never {
                match self.reserve_front() {
                    Ok(region) => self.stand_on(region),
                    Err(refused) => self.fall_back(refused)?,
                }
            }
        }
        self.settled = true;
        Ok(())
    }

    fn reserve_front(&self) -> Result<Region, Error> {
        if align_of::<T>() > machine::page_size() {
            let what = format!("the items must be aligned to {} bytes, more than a page", align_of::<T>());
            return Err(Error::invalid(size_of::<T>(), what, "leave `contiguous(true)` out"));
        }
        match self.settings.room_for {
            None => Region::reserve_ample(self.settings.huge_pages),
            Some(items) => {
                let bytes = items.max(1).saturating_mul(size_of::<T>());
                Region::reserve(bytes, self.settings.huge_pages)
            }
        }
    }

    fn stand_on(&mut self, region: Region) {
        self.front = Row::new(region.base().cast());
        self.front_cells = region.reserved_bytes() / size_of::<T>();
        if let Some(items) = self.settings.room_for {
            self.front_cells = self.front_cells.min(items.max(1));
        }
        self.region = Some(region);
    }

    /// The heap instead of the front, unless somebody insisted. There must be no cell yet.
    #[cold]
    fn fall_back(&mut self, refused: Error) -> Result<(), Error> {
        if self.settings.are_strict() {
            return Err(refused);
        }
        (self.front_cells, self.region, self.fallback) = (0, None, Some(Box::new(refused)));
        Ok(())
    }

    /// `cells` is at most `front_cells`. Grows by what there is already until that is a chunk, then by chunks.
    fn grow_front_to(&mut self, cells: usize) -> Result<(), Error> {
        let Some(region) = &mut self.region else { return Ok(()) };
        let chunk_bytes = self
            .settings
            .chunk_items
            .map_or(DEFAULT_CHUNK_BYTES, |items| items.saturating_mul(size_of::<T>()));
        let (usable, needed) = (region.usable_bytes(), cells * size_of::<T>());
        let ahead = usable.saturating_add(usable.min(chunk_bytes)).min(region.reserved_bytes());
        region.grow_to(needed.max(ahead))?;
        self.front_ready = (region.usable_bytes() / size_of::<T>()).min(self.front_cells);
        Ok(())
    }
}

/// The largest power of two of items that fit the default chunk, at least 1.
fn default_chunk_items<T>() -> usize {
    1 << (DEFAULT_CHUNK_BYTES / size_of::<T>().max(1)).max(1).ilog2()
}
