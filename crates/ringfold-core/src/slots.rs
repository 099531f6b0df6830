//! Typed cells over mirrored memory, and the only slot pointer arithmetic there is.
//!
//! The item with sequence `s` lies at byte `s * size_of::<T>()`, reduced into the first half. The
//! period is a power of two in *bytes*, so any size of `T` works and an item may lie across the seam,
//! where the mirror makes it whole. Because the period divides 2^64, the product may wrap and is right
//! all the same. Where the period is a power of two in *items* (inline rings, and sizes that are one), the sequence itself
//! is reduced.
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. `base` is the start of `2 * period` bytes, valid for reads and writes, mirrored as `alias` says.
//! 2. `offset(s) < period`, or both are zero (zero-sized types); so `[offset, offset + period)` is in bounds.
//! 3. `offset(s)` is a multiple of `align_of::<T>()`: `base` and the period are, and so is every size.
//! 4. Sequences that are less than `capacity` apart have disjoint bytes: `capacity * size_of::<T>() <= period`.

use core::{
    cell::Cell,
    marker::PhantomData,
    mem::{MaybeUninit, align_of, size_of},
    ptr::{self, NonNull},
};

use crate::mirror::{self, Alias};

mod row;
mod run;
mod words;

pub use row::Row;
pub use run::Run;

/// A view of mirrored memory as numbered cells of `T`. Owns nothing, checks nothing, copies freely.
pub struct Slots<T> {
    base: NonNull<u8>,
    period: usize,
    item_mask: u64,
    byte_mask: usize,
    alias: Alias,
    #[cfg(loom)]
    shadow: shadow::Shadow,
    /// Items go in as well as out, so a lifetime in `T` may become neither longer nor shorter: `Cell` is invariant.
    _items: PhantomData<Cell<T>>,
}

// SAFETY: a `Slots` is a pointer with its bounds; every access goes through an `unsafe fn` whose
// caller vouches for exclusive access. `T: Send` because those accesses move items between threads.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as for `Send`: sharing the pointer shares no item.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Self {
            base: self.base,
            period: self.period,
            item_mask: self.item_mask,
            byte_mask: self.byte_mask,
            alias: self.alias,
            #[cfg(loom)]
            shadow: self.shadow.clone(),
            _items: PhantomData,
        }
    }
}

impl<T> Slots<T> {
    /// Whether items of this size never lie across the seam: then the item mask is enough.
    const IS_WHOLE: bool = size_of::<T>().is_power_of_two();

    /// How many bytes a mirror must have for `capacity` items, or `None` where that overflows.
    pub const fn bytes_for(capacity: usize) -> Option<usize> {
        capacity.checked_mul(size_of::<T>())
    }

    /// Cells over a mirror whose period is a power of two in bytes.
    ///
    /// # Safety
    /// * `base` is the start of `2 * period` bytes, valid for reads and writes and mirrored as `alias`
    ///   says, for as long as the cells are used;
    /// * `period` is a power of two, at least `capacity * size_of::<T>()`, and a multiple of
    ///   `align_of::<T>()`, as is `base`.
    pub unsafe fn over_bytes(base: NonNull<u8>, period: usize, alias: Alias, capacity: usize) -> Self {
        debug_assert!(period.is_power_of_two() && period >= align_of::<T>());
        debug_assert!(Self::bytes_for(capacity).is_some_and(|bytes| bytes <= period));
        let item_mask = if Self::IS_WHOLE { (period / size_of::<T>()) as u64 - 1 } else { u64::MAX };
        Self::new(base, period, item_mask, period - 1, alias, capacity)
    }

    /// Cells over `2 * items` items of plain memory, kept equal by copying.
    ///
    /// # Safety
    /// * `base` is the start of `2 * items` cells of `T`, valid for reads and writes for as long as the
    ///   cells are used;
    /// * `items` is a power of two.
    pub unsafe fn over_items(base: NonNull<T>, items: usize) -> Self {
        debug_assert!(items.is_power_of_two());
        let period = items * size_of::<T>();
        Self::new(base.cast(), period, items as u64 - 1, usize::MAX, Alias::Copied, items)
    }

    /// Cells of a zero-sized type, for which there is nothing to store.
    ///
    /// # Panics
    /// When `T` is not zero-sized.
    pub fn zero_sized(capacity: usize) -> Self {
        assert!(size_of::<T>() == 0, "only zero-sized types need no memory");
        Self::new(NonNull::<T>::dangling().cast(), 0, u64::MAX, 0, Alias::Hardware, capacity)
    }

    fn new(
        base: NonNull<u8>,
        period: usize,
        item_mask: u64,
        byte_mask: usize,
        alias: Alias,
        capacity: usize,
    ) -> Self {
        #[cfg(not(loom))]
        let _ = capacity;
        Self {
            base,
            period,
            item_mask,
            byte_mask,
            alias,
            #[cfg(loom)]
            shadow: shadow::Shadow::new(capacity),
            _items: PhantomData,
        }
    }

    /// A sequence whose item lies `offset` bytes into the first half.
    ///
    /// `offset` must be where some item lies, that is a multiple of the item's size, less any number of periods.
    pub fn sequence_at(&self, offset: usize) -> u64 {
        let size = size_of::<T>();
        if size == 0 || offset == 0 {
            return 0;
        }
        // In powers of two the offset is divided at once; what is left of the size is odd and has an inverse modulo
        // the period, which Newton's iteration finds: 3 right bits to begin with, twice as many in each round.
        let shift = size.trailing_zeros();
        let odd = size >> shift;
        let inverse = (0..5).fold(odd, |x, _| x.wrapping_mul(2_usize.wrapping_sub(odd.wrapping_mul(x))));
        let sequence = (offset >> shift).wrapping_mul(inverse) & (self.byte_mask >> shift);
        debug_assert_eq!(self.offset(sequence as u64), offset);
        sequence as u64
    }

    /// Fact 2 and 3.
    #[inline(always)]
    fn offset(&self, sequence: u64) -> usize {
        let offset = ((sequence & self.item_mask) as usize).wrapping_mul(size_of::<T>());
        if Self::IS_WHOLE { offset } else { offset & self.byte_mask }
    }

    #[inline(always)]
    fn cell(&self, sequence: u64) -> *mut T {
        // SAFETY: facts 1 and 2: the offset is inside the mirror.
        unsafe { self.base.as_ptr().add(self.offset(sequence)).cast() }
    }

    /// Asks the processor for the cell's cache line; no effect otherwise.
    #[inline(always)]
    pub fn prefetch(&self, sequence: u64) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: prefetching reads nothing as far as the language is concerned.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(self.cell(sequence).cast()) };
        }
        let _ = sequence;
    }

    /// Asks the processor to make the cell's cache line this core's, to be written soon; no effect otherwise.
    #[inline(always)]
    pub fn prefetch_to_write(&self, sequence: u64) {
        prefetch_to_write(self.cell(sequence).cast());
    }

    /// Asks the processor to send the cell's cache line on its way to the other side, if the cell ends it and that pays.
    ///
    /// It pays item by item, for items of half a line to two lines in rings that the nearest caches hold: a quarter to two thirds more
    /// throughput. Elsewhere it is a loss: of a few percent for smaller items, of half in larger rings, and of more in front of an
    /// atomic read-modify-write, which waits for it. On x86-64 without `cldemote` it is a no-op by encoding.
    #[inline(always)]
    pub fn hand_over(&self, sequence: u64) {
        const LINE: usize = 64;
        const LARGEST_PERIOD: usize = 256 << 10;
        let pays = size_of::<T>() >= LINE / 2 && size_of::<T>() <= 2 * LINE && self.period <= LARGEST_PERIOD;
        if pays && (self.offset(sequence) + size_of::<T>()) % LINE == 0 {
            demote(self.cell(sequence).cast());
        }
    }

    /// Moves `item` into the cell.
    ///
    /// # Safety
    /// Until the sequence is published or taken back nobody else accesses the cell; an item in it is
    /// forgotten.
    #[inline(always)]
    pub unsafe fn write(&self, sequence: u64, item: T) {
        #[cfg(loom)]
        self.shadow.written(sequence, 1);
        // SAFETY: facts 1 to 3; the caller has the cell to itself.
        unsafe { self.cell(sequence).write(item) };
        // SAFETY: fact 1; the caller has the cell to itself.
        unsafe { self.sync(sequence, 1) };
    }

    /// Moves the item out of the cell.
    ///
    /// # Safety
    /// The cell holds an item, which was written before by an event that this thread has observed, and
    /// which nobody uses after this.
    #[inline(always)]
    pub unsafe fn read(&self, sequence: u64) -> T {
        #[cfg(loom)]
        self.shadow.read(sequence, 1);
        // SAFETY: facts 1 to 3; the caller vouches for the item.
        unsafe { self.cell(sequence).read() }
    }

    /// The `count` cells from `sequence` on, as one slice of items.
    ///
    /// # Safety
    /// The cells hold items; for as long as the slice is used nobody writes them; `count` is at most
    /// the capacity.
    #[inline(always)]
    pub unsafe fn items<'a>(&self, sequence: u64, count: usize) -> &'a [T] {
        #[cfg(loom)]
        self.shadow.read(sequence, count);
        // SAFETY: facts 1 to 4: the cells are contiguous, in bounds and aligned; the caller vouches
        // for what is in them. No second reference covers the same bytes through the other half,
        // because `count` is at most the capacity.
        unsafe { core::slice::from_raw_parts(self.cell(sequence), count) }
    }

    /// The `count` cells from `sequence` on, as one run of memory that may be uninitialised. What is
    /// written there is not in the mirror before [`sync`](Self::sync).
    ///
    /// # Safety
    /// Nobody else accesses the cells for as long as the pointer is used; `count` is at most the capacity.
    #[inline(always)]
    pub unsafe fn vacant(&self, sequence: u64, count: usize) -> *mut [MaybeUninit<T>] {
        #[cfg(loom)]
        self.shadow.written(sequence, count);
        // Facts 1 to 4, as in `items`: in bounds, aligned, and no byte of it is there twice.
        ptr::slice_from_raw_parts_mut(self.cell(sequence).cast(), count)
    }

    /// Copies `items` into the cells from `sequence` on, and into both halves.
    ///
    /// # Safety
    /// As for [`write`](Self::write), for each of the cells; there are at most as many as the capacity.
    #[inline(always)]
    pub unsafe fn copy_in(&self, sequence: u64, items: &[T])
    where
        T: Copy,
    {
        // SAFETY: facts 1 to 4, as in `items`; the caller has the cells to itself, so they do not overlap
        // with the slice that it lends.
        unsafe { self.cell(sequence).copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        // SAFETY: the caller has the cells to itself.
        unsafe { self.sync(sequence, items.len()) };
    }

    /// Makes what was written through [`vacant`](Self::vacant) whole in both halves.
    ///
    /// # Safety
    /// Nobody else accesses the cells during the call, and no slice over them is used after it;
    /// `count` is at most the capacity.
    #[inline(always)]
    pub unsafe fn sync(&self, sequence: u64, count: usize) {
        #[cfg(loom)]
        self.shadow.written(sequence, count);
        let offset = self.offset(sequence);
        // SAFETY: facts 1, 2 and 4; the caller has the cells to itself.
        unsafe { mirror::sync(self.base, self.period, self.alias, offset, count * size_of::<T>()) };
    }

    /// Whether [`sync`](Self::sync) has nothing to do, save to tell the compiler.
    pub fn is_mirrored_by_hardware(&self) -> bool {
        self.alias == Alias::Hardware
    }

    /// To be dropped when the cells were changed, where they are [mirrored by hardware](Self::is_mirrored_by_hardware): as [`sync`](Self::sync), for whatever was written.
    #[inline(always)]
    pub fn changed(&self) -> Changed {
        Changed(self.base)
    }

    /// How many of the `count` cells from `sequence` on start before the seam: those that have the same address in
    /// every run of cells.
    #[inline(always)]
    pub fn before_seam(&self, sequence: u64, count: usize) -> usize {
        match size_of::<T>() {
            0 => count,
            size => count.min((self.period - self.offset(sequence)).div_ceil(size)),
        }
    }

    /// Makes what was changed behind the seam, through a run of cells that crossed it, whole in both halves: the
    /// `count` cells from `sequence` on, whose address in that run was in the second half.
    ///
    /// # Safety
    /// Nobody else accesses the cells during the call; they start at or behind the seam in one run of at most the
    /// capacity.
    #[cold]
    pub unsafe fn sync_behind_seam(&self, sequence: u64, count: usize) {
        let offset = self.period + self.offset(sequence);
        // SAFETY: facts 1 and 2: the cells lie in the second half as a run, at most the capacity long; the caller
        // has them to itself.
        unsafe { mirror::sync(self.base, self.period, self.alias, offset, count * size_of::<T>()) };
    }

    /// Moves the items in the `count` cells from `sequence` on up by `by` cells, and into both halves.
    ///
    /// # Safety
    /// The first `count` cells hold items, the `by` cells behind them nothing, and nobody else accesses any of them during
    /// the call; together there are at most as many as the capacity.
    #[cold]
    pub unsafe fn shift(&self, sequence: u64, count: usize, by: usize) {
        #[cfg(loom)]
        self.shadow.written(sequence, count + by);
        let run = self.cell(sequence);
        let offset = self.offset(sequence) + by * size_of::<T>();
        // SAFETY: facts 1 to 4: all the cells are one run, at most a period long, and the caller's alone.
        unsafe {
            run.copy_to(run.add(by), count);
            mirror::sync(self.base, self.period, self.alias, offset, count * size_of::<T>());
        }
    }

    /// Drops the items in the `count` cells from `sequence` on, all of them even where one panics.
    ///
    /// # Safety
    /// The cells hold items that nobody uses during or after the call; `count` is at most the capacity.
    pub unsafe fn drop_items(&self, sequence: u64, count: usize) {
        #[cfg(loom)]
        self.shadow.written(sequence, count);
        if core::mem::needs_drop::<T>() {
            // SAFETY: facts 1 to 4; the caller vouches for the items.
            unsafe { ptr::slice_from_raw_parts_mut(self.cell(sequence), count).drop_in_place() };
        }
    }
}

/// Tells the compiler that cells have changed: see [`Slots::changed`].
#[derive(Debug)]
pub struct Changed(NonNull<u8>);

impl Drop for Changed {
    #[inline(always)]
    fn drop(&mut self) {
        mirror::assume_changed(self.0);
    }
}

/// A hint to make a cache line this core's alone, because it will be written soon.
///
/// By hand, because the intrinsic becomes a prefetch for reading where the target does not promise `prefetchw`, which every x86-64
/// executes, if only as a no-op.
#[inline(always)]
pub fn prefetch_to_write(line: *const u8) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which changes neither memory nor flags and cannot fault.
    unsafe {
        core::arch::asm!("prefetchw [{0}]", in(reg) line.addr(), options(nomem, nostack, preserves_flags));
    }
    let _ = line;
}

/// A hint to move a cache line from this core's caches to the one that all cores share.
#[inline(always)]
fn demote(line: *const u8) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint, which changes neither memory nor flags and cannot fault.
    unsafe {
        core::arch::asm!("cldemote [{0}]", in(reg) line.addr(), options(nomem, nostack, preserves_flags));
    }
    let _ = line;
}

/// What loom sees of the cells: one checked cell an item, so that an access that nothing orders after
/// the previous owner's fails the model even though the bytes themselves are plain memory.
#[cfg(loom)]
mod shadow {
    use std::sync::OnceLock;

    use crate::sync::{Arc, AtomicU64, CheckedCell};

    /// The words are there from their first use on: most rooms have none.
    #[derive(Clone, Debug)]
    pub(super) struct Shadow(Arc<Vec<CheckedCell<()>>>, Arc<OnceLock<Vec<AtomicU64>>>);

    // SAFETY: the cells guard nothing (they hold `()`); loom itself checks the accesses.
    unsafe impl Send for Shadow {}
    // SAFETY: as above.
    unsafe impl Sync for Shadow {}

    impl Shadow {
        pub(super) fn new(capacity: usize) -> Self {
            Self(Arc::new((0..capacity).map(|_| CheckedCell::new(())).collect()), Arc::default())
        }

        /// The word `i` of the cell, where each has so many.
        pub(super) fn word(&self, sequence: u64, i: usize, words: usize) -> &AtomicU64 {
            let cells = self.0.len();
            let all = self.1.get_or_init(|| (0..cells * words).map(|_| AtomicU64::new(0)).collect());
            &all[(sequence % cells as u64) as usize * words + i]
        }

        pub(super) fn written(&self, sequence: u64, count: usize) {
            (0..count).for_each(|i| self.cell(sequence, i).with_mut(|_| ()));
        }

        pub(super) fn read(&self, sequence: u64, count: usize) {
            (0..count).for_each(|i| self.cell(sequence, i).with(|_| ()));
        }

        fn cell(&self, sequence: u64, i: usize) -> &CheckedCell<()> {
            &self.0[((sequence + i as u64) % self.0.len() as u64) as usize]
        }
    }
}
