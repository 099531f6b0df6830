//! The one piece of memory that a store lies in, and how it is cut into parts.
//!
//! The same walk over the parts ([`Plan`](super::store::Plan)) first measures and then cuts, so a pool takes as many bytes as it says.
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. A part lies within the memory that it was cut from, is aligned for what is in it, and overlaps no other.
//! 2. The memory was zero before anything was put into it, and stays where it is until its [`Backing`] is dropped.

use core::{
    alloc::Layout,
    mem,
    ops::Deref,
    ptr::{self, NonNull},
};

use ringfold_core::slots::Row;
use ringfold_memory::{Error, HugePages, Region, machine};

/// How far parts that follow each other reach, each aligned.
#[derive(Clone, Copy)]
pub(super) struct Space {
    bytes: usize,
    align: usize,
}

impl Space {
    pub(super) const NONE: Self = Self { bytes: 0, align: 1 };

    /// One more part: where it starts, and the space with it. `None` beyond what an object can have.
    pub(super) const fn with(self, part: Layout) -> Option<(usize, Self)> {
        let Some(start) = self.bytes.checked_next_multiple_of(part.align()) else { return None };
        let Some(bytes) = start.checked_add(part.size()) else { return None };
        let align = if part.align() > self.align { part.align() } else { self.align };
        Some((start, Self { bytes, align }))
    }

    /// One more part of `count` values.
    pub(super) const fn with_values<T>(self, count: usize) -> Option<(usize, Self)> {
        let Some(bytes) = size_of::<T>().checked_mul(count) else { return None };
        let Ok(layout) = Layout::from_size_align(bytes, align_of::<T>()) else { return None };
        self.with(layout)
    }

    pub(super) const fn layout(self) -> Option<Layout> {
        match Layout::from_size_align(self.bytes, self.align) {
            Ok(layout) => Some(layout),
            Err(_) => None,
        }
    }
}

/// Cuts parts off a piece of memory, from the front.
pub(super) struct Arena {
    memory: NonNull<u8>,
    cut: Space,
}

impl Arena {
    /// # Safety
    /// The memory is as large and as aligned as the parts take that will be cut off, is zero, and is nobody else's.
    pub(super) unsafe fn new(memory: NonNull<u8>) -> Self {
        Self { memory, cut: Space::NONE }
    }

    /// The next part.
    pub(super) fn cut(&mut self, part: Layout) -> NonNull<u8> {
        let (start, cut) = self.cut.with(part).expect("what was measured fits");
        self.cut = cut;
        // SAFETY: the memory reaches so far, as the caller of `new` promised.
        unsafe { NonNull::new_unchecked(Row::new(self.memory).cell(start)) }
    }

    /// The next part, with `count` values in it, each of which may have parts of its own.
    ///
    /// # Safety
    /// The part is dropped before the memory is.
    pub(super) unsafe fn cut_values<T>(
        &mut self,
        count: usize,
        mut value: impl FnMut(&mut Self, usize) -> T,
    ) -> Part<T> {
        let layout = Layout::array::<T>(count).expect("what was measured has a layout");
        let first = self.cut(layout).cast::<T>();
        // SAFETY: fact 1: there is room for so many.
        (0..count).for_each(|index| unsafe { Row::new(first).cell(index).write(value(self, index)) });
        // SAFETY: as above.
        Part { values: unsafe { Row::new(first).cells(0, count) } }
    }
}

/// Values that lie in memory that belongs to somebody else.
pub(super) struct Part<T> {
    values: *mut [T],
}

// SAFETY: a part owns its values as a box does.
unsafe impl<T: Send> Send for Part<T> {}
// SAFETY: as for `Send`; a shared part shows its values.
unsafe impl<T: Sync> Sync for Part<T> {}

impl<T> Deref for Part<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: written by `cut_values`, whose caller keeps the memory until the part is dropped.
        unsafe { &*self.values }
    }
}

impl<T> Drop for Part<T> {
    fn drop(&mut self) {
        if mem::needs_drop::<T>() {
            // SAFETY: as in `deref`; nobody uses them after this.
            unsafe { ptr::drop_in_place(self.values) };
        }
    }
}

/// Where the memory of a store comes from, and goes back to.
pub(super) enum Backing {
    /// The heap.
    Heap { memory: NonNull<u8>, layout: Layout },
    /// Pages of its own, on a node of the caller's choice.
    Pages(Region),
    /// A `static`, which stays for ever.
    #[cfg(not(loom))]
    Static(NonNull<u8>),
}

impl Backing {
    /// So much of the heap, every byte of it touched.
    pub(super) fn heap(layout: Layout) -> Result<Self, Error> {
        machine::check_available(layout.size())?;
        // SAFETY: a store is not empty.
        let memory =
            NonNull::new(unsafe { std::alloc::alloc(layout) }).ok_or_else(|| Error::heap(layout.size()))?;
        // SAFETY: so many bytes were just allocated.
        unsafe { memory.write_bytes(0, layout.size()) };
        Ok(Self::Heap { memory, layout })
    }

    /// Pages of that node.
    pub(super) fn on_node(layout: Layout, node: u32) -> Result<Self, Error> {
        if layout.align() > machine::page_size() {
            let what =
                format!("values aligned to {} bytes need more than a page's alignment", layout.align());
            return Err(Error::invalid(
                layout.size(),
                what,
                "keep such values in boxes, and put the boxes into slots",
            ));
        }
        let mut region = Region::reserve(layout.size(), HugePages::Never)?;
        region.bind_to_node(node)?;
        region.grow_to(layout.size())?;
        Ok(Self::Pages(region))
    }

    pub(super) fn memory(&self) -> NonNull<u8> {
        match self {
            Self::Heap { memory, .. } => *memory,
            #[cfg(not(loom))]
            Self::Static(memory) => *memory,
            Self::Pages(region) => region.base(),
        }
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        if let Self::Heap { memory, layout } = self {
            // SAFETY: allocated with this layout in `heap`.
            unsafe { std::alloc::dealloc(memory.as_ptr(), *layout) };
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn parts_are_aligned_and_follow_each_other() {
        let (first, space) = Space::NONE.with_values::<u8>(3).unwrap();
        let (second, space) = space.with_values::<u64>(2).unwrap();
        let (third, space) = space.with(Layout::from_size_align(5, 64).unwrap()).unwrap();
        assert_eq!((first, second, third), (0, 8, 64));
        assert_eq!(space.layout().unwrap(), Layout::from_size_align(69, 64).unwrap());
        assert!(space.with_values::<u64>(usize::MAX / 4).is_none());
    }
}
