//! Looking at items and changing them in place.

use core::ops::{Index, IndexMut};

use super::{List, storage::Storage};

impl<T> List<T> {
    /// The item `index`, or `None` where there is none.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        // SAFETY: the cell holds an item (invariant 1), which `&self` keeps there.
        (index < self.len).then(|| unsafe { &*self.storage.cell(index) })
    }

    /// The item `index`, to be changed, or `None` where there is none.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        // SAFETY: the cell holds an item (invariant 1), which `&mut self` keeps there and to itself.
        (index < self.len).then(|| unsafe { &mut *self.storage.cell(index) })
    }

    /// Puts `item` in the place of the item `index`, which is dropped. Where there is none it drops `item` and says `false`;
    /// [`replace`](Self::replace) gives it back.
    #[inline]
    pub fn set(&mut self, index: usize, item: T) -> bool {
        self.replace(index, item).is_ok()
    }

    /// Puts `item` in the place of the item `index` and returns that one.
    ///
    /// # Errors
    /// The item comes back where there is none to replace.
    #[inline]
    pub fn replace(&mut self, index: usize, item: T) -> Result<T, T> {
        match self.get_mut(index) {
            Some(place) => Ok(core::mem::replace(place, item)),
            None => Err(item),
        }
    }

    /// The first item.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The first item, to be changed.
    #[must_use]
    pub fn first_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// The last item.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.wrapping_sub(1))
    }

    /// The last item, to be changed.
    #[must_use]
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len.wrapping_sub(1))
    }

    /// All items as one slice, or `None` where they lie in several chunks: on systems without
    /// [`Region`](crate::memory::Region), where address space is limited, beyond some hundreds of lists, and where that was chosen. Always
    /// `Some` for a list [built](Self::builder) with `contiguous(true)`. [`chunks`](Self::chunks) works everywhere.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> Option<&[T]> {
        let run = whole(&self.storage, self.len)?;
        // SAFETY: these are the cells of all items (invariant 1), which `&self` keeps there.
        Some(unsafe { &*run })
    }

    /// All items as one slice to be changed; `None` as for [`as_slice`](Self::as_slice).
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> Option<&mut [T]> {
        let run = whole(&self.storage, self.len)?;
        // SAFETY: these are the cells of all items (invariant 1), which `&mut self` keeps there and to itself.
        Some(unsafe { &mut *run })
    }
}

/// The first `len` cells, if they are one run.
fn whole<T>(storage: &Storage<T>, len: usize) -> Option<*mut [T]> {
    if len == 0 {
        return Some(core::ptr::from_mut(&mut []));
    }
    // SAFETY: `0 < len`, and a list has at most as many items as there are ready cells.
    let run = unsafe { storage.run_from(0, len) };
    (run.len() == len).then_some(run)
}

impl<T> Index<usize> for List<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(item) => item,
            None => out_of_range(index, self.len),
        }
    }
}

impl<T> IndexMut<usize> for List<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len;
        match self.get_mut(index) {
            Some(item) => item,
            None => out_of_range(index, len),
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn out_of_range(index: usize, len: usize) -> ! {
    panic!("index {index} is out of range for a list of {len} items")
}
