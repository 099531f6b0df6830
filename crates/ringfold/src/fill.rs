//! Vacant cells while they are filled, from the front.

use core::{
    marker::PhantomData,
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use ringfold_core::error::Full;

/// Cells that a claim holds, the first `written` of which hold items. Dropping it drops those.
pub(crate) struct Fill<'a, T> {
    cells: NonNull<[MaybeUninit<T>]>,
    written: usize,
    _cells: PhantomData<&'a mut [MaybeUninit<T>]>,
}

impl<T> Fill<'_, T> {
    /// # Safety
    /// The cells are vacant, and for `'a` nobody else accesses them.
    #[inline(always)]
    pub(crate) unsafe fn new(cells: NonNull<[MaybeUninit<T>]>) -> Self {
        Self { cells, written: 0, _cells: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn capacity(&self) -> usize {
        self.cells.len()
    }

    #[inline(always)]
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, item: T) -> Result<(), Full<T>> {
        match self.first_mut() {
            Some(cell) => cell.write(item),
            None => return Err(Full(item)),
        };
        self.written += 1;
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn write_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        let count = items.len().min(self.len());
        // SAFETY: a `MaybeUninit<T>` has the layout of a `T`, and no demand on what is in it.
        let items = unsafe { &*(&raw const items[..count] as *const [MaybeUninit<T>]) };
        self[..count].copy_from_slice(items);
        self.written += count;
        count
    }

    #[inline(always)]
    pub(crate) fn fill(&mut self, mut f: impl FnMut(usize) -> T) {
        let first = self.written;
        // SAFETY: the cells are this fill's (`new`), and `&mut self` makes this the only slice over them.
        let cells = unsafe { self.cells.as_mut() };
        let mut filled = Filled { first, count: 0, written: &mut self.written };
        for cell in &mut cells[first..] {
            cell.write(f(first + filled.count));
            filled.count += 1;
        }
    }

    #[inline(always)]
    pub(crate) fn written_mut(&mut self) -> &mut [T] {
        // SAFETY: the first `written` cells hold items, and `&mut self` makes this the only slice over them.
        unsafe { &mut *(&raw mut self.cells.as_mut()[..self.written] as *mut [T]) }
    }

    /// Ends the fill without dropping anything, and returns how many items were written behind the first `count` cells: the
    /// caller drops those once the others are published, because a panic in a destructor must lose nothing.
    #[inline(always)]
    pub(crate) fn keep(self, count: usize) -> usize {
        let excess = self.written.saturating_sub(count);
        core::mem::forget(self);
        excess
    }
}

impl<T> Deref for Fill<'_, T> {
    type Target = [MaybeUninit<T>];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        // SAFETY: the cells are this fill's (`new`), and `&self` lets nobody write them meanwhile.
        let cells = unsafe { self.cells.as_ref() };
        &cells[self.written..]
    }
}

impl<T> DerefMut for Fill<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        // SAFETY: the cells are this fill's (`new`), and `&mut self` makes this the only slice over them.
        let cells = unsafe { self.cells.as_mut() };
        &mut cells[self.written..]
    }
}

impl<T> Drop for Fill<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        let written: *mut [T] = self.written_mut();
        // SAFETY: the first `written` cells hold items, and only this fill knows of them.
        unsafe { written.drop_in_place() };
    }
}

/// Counts in a register, and tells the fill when the loop is over, however it ends.
struct Filled<'a> {
    first: usize,
    count: usize,
    written: &'a mut usize,
}

impl Drop for Filled<'_> {
    fn drop(&mut self) {
        *self.written = self.first + self.count;
    }
}
