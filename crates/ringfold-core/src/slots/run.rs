//! Cells that one thread has to itself: a run that starts in the first half and may reach into the second.
//!
//! ```text
//!   base        first      seam               end = 2 * period
//!    │           │ items    │  items │ vacant  │
//!    ├───────────┴──────────┼────────┴─────────┤     no cell has two addresses in use
//! ```
//!
//! With no second thread that must find an item by its number there is no need to write it twice. Items stay where
//! they were written; only when the first of them has passed the seam are those that are left [folded](Run::fold) back
//! into the first half. On a soft mirror that is one copy of what is left, on a hardware mirror nothing at all.
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. `base` is the start of `2 * period` bytes, valid for reads and writes, mirrored as `alias` says.
//! 2. A run starts at `first < period` (`fold`) and is at most `period` bytes long, so it ends within the two halves, and
//!    no byte is in it twice.
//! 3. `first` is a multiple of `align_of::<T>()`: it is a sum of sizes, less multiples of the period; `base`, the period and
//!    every size are multiples of the alignment.
//! 4. As long as `first` stays, every byte is used through one address only, the one within a period from `first` on: to the
//!    compiler this is plain memory. `first` moves nowhere but in `fold`, and not before the last access to the cells that are
//!    gone. There the compiler is told that all of the memory may have changed; else it could keep back a store to a
//!    cell that is gone until its bytes are in use again through their other address, or remember what is no longer there.

use core::{
    marker::PhantomData,
    mem::{MaybeUninit, size_of},
    ptr::{self, NonNull},
};

use crate::mirror::{self, Alias};

/// A view of mirrored memory as one thread's run of cells. Owns nothing, checks nothing, copies freely.
pub struct Run<T> {
    base: NonNull<u8>,
    period: usize,
    alias: Alias,
    _items: PhantomData<*mut T>,
}

impl<T> Clone for Run<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Run<T> {}

impl<T> Run<T> {
    /// Cells over mirrored memory.
    ///
    /// # Safety
    /// * `base` is the start of `2 * period` bytes, valid for reads and writes and mirrored as `alias` says, for as
    ///   long as the cells are used; for zero-sized items any aligned address and any period but 0 will do;
    /// * both are multiples of `align_of::<T>()`.
    #[inline(always)]
    pub unsafe fn new(base: NonNull<u8>, period: usize, alias: Alias) -> Self {
        Self { base, period, alias, _items: PhantomData }
    }

    /// The cell `index` of the run that starts `first` bytes into the memory.
    ///
    /// # Safety
    /// `first` is what [`fold`](Self::fold) last returned, or 0 in the beginning; the run up to and with this cell is at most
    /// `period` bytes long. Following the pointer is up to the caller.
    #[inline(always)]
    pub unsafe fn cell(&self, first: usize, index: usize) -> *mut T {
        debug_assert!(first < self.period && index * size_of::<T>() <= self.period);
        // SAFETY: facts 1 and 2.
        unsafe { self.base.as_ptr().add(first + index * size_of::<T>()).cast() }
    }

    /// `count` cells from `index` on, as items.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell), for each of them.
    #[inline(always)]
    pub unsafe fn items(&self, first: usize, index: usize, count: usize) -> *mut [T] {
        // SAFETY: handed on from the caller.
        ptr::slice_from_raw_parts_mut(unsafe { self.cell(first, index) }, count)
    }

    /// `count` cells from `index` on, as memory that may be uninitialised.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell), for each of them.
    #[inline(always)]
    pub unsafe fn vacant(&self, first: usize, index: usize, count: usize) -> *mut [MaybeUninit<T>] {
        // SAFETY: handed on from the caller.
        unsafe { self.items(first, index, count) as *mut [MaybeUninit<T>] }
    }

    /// Takes `gone` cells off the front, of which `left` remain that hold items, and returns where the run starts now. An
    /// empty run starts again at the beginning, where the caches still know the memory.
    ///
    /// # Safety
    /// `first` is what this function last returned, or 0; the run of `gone + left` cells is at most `period` bytes long;
    /// what was in the cells that are gone is not used again, through no address, and no reference to any of the others is.
    #[inline(always)]
    pub unsafe fn fold(&self, first: usize, gone: usize, left: usize) -> usize {
        let first = first + gone * size_of::<T>();
        // Fact 4. On a copied mirror the other address is another byte, of which the compiler knows all there is to know.
        if self.alias == Alias::Hardware {
            mirror::assume_changed(self.base);
        }
        if left == 0 {
            return 0;
        }
        if first < self.period {
            return first;
        }
        // SAFETY: handed on from the caller.
        unsafe { Self::fold_back(self.base, self.period, self.alias, first, left) }
    }

    /// Takes the fields and not the run: for a call that is rarely made, the fast path would have to lay a run out in memory each time.
    ///
    /// # Safety
    /// As for [`fold`](Self::fold); the cells start in the second half.
    #[cold]
    #[inline(never)]
    unsafe fn fold_back(base: NonNull<u8>, period: usize, alias: Alias, first: usize, left: usize) -> usize {
        // SAFETY: facts 1 and 2: the cells lie in the second half and are the caller's alone.
        unsafe { mirror::sync(base, period, alias, first, left * size_of::<T>()) };
        first - period
    }

    /// Copies `items` into the cells from `index` on.
    ///
    /// Across the seam in two parts: one store that lies on two pages costs three times as much as two stores.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell), for each of them; they are the caller's alone.
    #[inline(always)]
    pub unsafe fn copy_in(&self, first: usize, index: usize, items: &[T])
    where
        T: Copy,
    {
        let start = first + index * size_of::<T>();
        // SAFETY: handed on from the caller; somebody else lends the items, so the two do not overlap.
        unsafe {
            if start < self.period && start + size_of_val(items) > self.period {
                return self.copy_across(start, items);
            }
            self.cell(first, index).copy_from_nonoverlapping(items.as_ptr(), items.len());
        }
    }

    /// # Safety
    /// As for [`copy_in`](Self::copy_in); the cells lie across the seam, from `start` bytes into the memory on.
    #[cold]
    #[inline(never)]
    unsafe fn copy_across(&self, start: usize, items: &[T])
    where
        T: Copy,
    {
        let (from, before) = (items.as_ptr().cast::<u8>(), self.period - start);
        // SAFETY: as in `copy_in`; both parts together are the bytes of the items.
        unsafe {
            self.base.as_ptr().add(start).copy_from_nonoverlapping(from, before);
            let behind = self.base.as_ptr().add(self.period);
            behind.copy_from_nonoverlapping(from.add(before), size_of_val(items) - before);
        }
    }

    /// Makes the `count` cells that start at `first` whole in both halves, for a room that knows them by sequence.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell); no reference to any of the cells is used again.
    pub unsafe fn sync(&self, first: usize, count: usize) {
        // SAFETY: facts 1 and 2; the cells are the caller's alone.
        unsafe { mirror::sync(self.base, self.period, self.alias, first, count * size_of::<T>()) };
    }

    /// Writes zeros to every byte behind the `count` cells that start at `first`, as far as the period goes, and makes the two
    /// halves agree: then all of the memory is initialised.
    ///
    /// # Safety
    /// As for [`sync`](Self::sync); the cells have no bytes that are uninitialised (padding).
    pub unsafe fn zero_vacant(&self, first: usize, count: usize) {
        let used = count * size_of::<T>();
        // SAFETY: facts 1, 2 and 4: a period from `first` on lies within the two halves, and is the caller's alone.
        unsafe {
            self.base.add(first + used).write_bytes(0, self.period - used);
            mirror::sync(self.base, self.period, self.alias, first, self.period);
        }
    }
}
