//! Cells in plain memory, one behind the other: what a list is made of.

use core::ptr::{self, NonNull};

/// A row of cells. Owns nothing, checks nothing, copies freely, and is covariant in `T`.
pub struct Row<T>(NonNull<T>);

impl<T> Clone for Row<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Row<T> {}

impl<T> Row<T> {
    /// A row of no cells, or of any number of zero-sized ones.
    #[inline(always)]
    pub const fn dangling() -> Self {
        Self(NonNull::dangling())
    }

    /// The row that starts at `first`, which must be aligned for `T`; the other calls say how far it must reach.
    #[inline(always)]
    pub const fn new(first: NonNull<T>) -> Self {
        Self(first)
    }

    /// The first cell.
    #[inline(always)]
    pub const fn first(self) -> NonNull<T> {
        self.0
    }

    /// The cell `index`.
    ///
    /// # Safety
    /// The row reaches up to this cell, or `T` is zero-sized. Following the pointer is up to the caller.
    #[inline(always)]
    pub unsafe fn cell(self, index: usize) -> *mut T {
        // SAFETY: handed on from the caller.
        unsafe { self.0.as_ptr().add(index) }
    }

    /// `count` cells from `index` on.
    ///
    /// # Safety
    /// As for [`cell`](Self::cell), for each of them.
    #[inline(always)]
    pub unsafe fn cells(self, index: usize, count: usize) -> *mut [T] {
        // SAFETY: handed on from the caller.
        ptr::slice_from_raw_parts_mut(unsafe { self.cell(index) }, count)
    }

    /// The row that starts `count` cells before this one.
    ///
    /// # Safety
    /// So many cells of the same memory lie before the first.
    #[inline(always)]
    pub unsafe fn before(self, count: usize) -> Self {
        // SAFETY: handed on from the caller.
        Self(unsafe { self.0.sub(count) })
    }
}
