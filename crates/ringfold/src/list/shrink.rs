//! Items going out. Each is dropped once, also where a destructor panics.

use super::{List, storage::Storage};

impl<T> List<T> {
    /// Takes the last item out, or `None` where there is none. The memory stays for the next one.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.len == self.open.start && !self.step_back() {
            return None;
        }
        self.len -= 1;
        // SAFETY: the open run has this cell, which holds an item (invariant 1) that the list no longer counts.
        Some(unsafe { self.open.cell(self.len).read() })
    }

    /// Drops all items from `len` on; does nothing where there are no more. The memory stays; see
    /// [`shrink_to_fit`](Self::shrink_to_fit).
    ///
    /// # Panics
    /// Where a destructor does; all the others have run by then.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            let old = core::mem::replace(&mut self.len, len);
            self.find_open();
            // SAFETY: these cells hold items, which the list no longer counts.
            unsafe { drop_items(&self.storage, len, old) };
        }
    }

    /// Drops all items. As [`truncate(0)`](Self::truncate).
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Gives memory that holds no item back to the system, as far as it comes in whole pages and chunks.
    pub fn shrink_to_fit(&mut self) {
        if size_of::<T>() > 0 {
            self.storage.shrink_to(self.len);
            self.find_open();
        }
    }

    /// Lets `open` be the run that has the last item, if its start was reached. False where the list is empty.
    #[cold]
    fn step_back(&mut self) -> bool {
        if self.len == 0 {
            return false;
        }
        // SAFETY: `len` is not 0 and at most `ready`.
        self.open = unsafe { self.storage.run_at(self.len - 1) };
        true
    }

    /// Lets `open` be a run around `len` after that or the memory changed (invariant 3).
    fn find_open(&mut self) {
        if self.len > 0 {
            self.step_back();
        } else if self.storage.ready() > 0 {
            // SAFETY: there is a first cell.
            self.open = unsafe { self.storage.run_at(0) };
        } else {
            self.open = super::Span::EMPTY;
        }
    }

    /// Forgets the items, which are the caller's from now on, and says how many there were.
    pub(super) fn forget_items(&mut self) -> usize {
        let len = core::mem::take(&mut self.len);
        self.find_open();
        len
    }
}

/// Drops the items in `from..to`, all of them even where one panics. (If a second one panics the process ends, as with a `Vec`.)
///
/// # Safety
/// The cells are ready and hold items that nobody uses during or after the call.
pub(super) unsafe fn drop_items<T>(storage: &Storage<T>, from: usize, to: usize) {
    struct Rest<'a, T>(&'a Storage<T>, usize, usize);
    impl<T> Rest<'_, T> {
        fn drop_runs(&mut self) {
            while self.1 < self.2 {
                // SAFETY: promised by the caller of `drop_items`; each run is left behind before it is dropped.
                unsafe {
                    let run = self.0.run_from(self.1, self.2);
                    self.1 += run.len();
                    run.drop_in_place();
                }
            }
        }
    }
    impl<T> Drop for Rest<'_, T> {
        fn drop(&mut self) {
            self.drop_runs();
        }
    }
    if core::mem::needs_drop::<T>() {
        Rest(storage, from, to).drop_runs();
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        // SAFETY: the first `len` cells hold items (invariant 1), and nobody has the list any more.
        unsafe { drop_items(&self.storage, 0, self.len) };
    }
}
