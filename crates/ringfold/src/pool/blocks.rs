//! The memory of a class: its slots one behind the other, each directly behind its header.
//!
//! ```text
//!   front   stride                    stride
//!  ├──────┼─────────────────────────┼─────────────────────────┼──
//!  │      │ header │ content        │ header │ content        │
//!  └──────┴────────┴────────────────┴────────┴────────────────┴──
//!                  └ aligned
//! ```
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. The memory is `front + count * stride` bytes long, and zero in the beginning. Slot `i` starts `front + i * stride` bytes into it, its content
//!    directly behind its header; both are aligned, because the stride and the first content's place are multiples of the alignment.
//! 2. It stays where it is until the blocks are dropped.

use core::{alloc::Layout, ptr::NonNull};

use ringfold_core::slots::Row;
use ringfold_memory::{Error, machine};

use super::header::{Header, Slot};

/// The slots of a class.
pub(super) struct Blocks {
    memory: NonNull<u8>,
    shape: Shape,
    count: usize,
}

/// How large a slot is, and how it is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    content: usize,
    align: usize,
}

impl Shape {
    /// Slots with content of that layout; the smallest alignment is that of a header.
    pub(super) const fn new(content: Layout) -> Self {
        let align = match content.align() > align_of::<Header>() {
            true => content.align(),
            false => align_of::<Header>(),
        };
        Self { content: content.size(), align }
    }

    /// Slots of so many bytes.
    pub(super) const fn bytes(content: usize) -> Self {
        Self { content, align: align_of::<Header>() }
    }

    /// Bytes from one slot to the next.
    pub(super) const fn stride(self) -> usize {
        (size_of::<Header>() + self.content).next_multiple_of(self.align)
    }

    /// Bytes before the first header, so that the content behind it is aligned.
    const fn front(self) -> usize {
        size_of::<Header>().next_multiple_of(self.align) - size_of::<Header>()
    }

    /// The memory of so many slots; `None` if it does not fit the address space.
    pub(super) fn layout(self, count: usize) -> Option<Layout> {
        let bytes = self.stride().checked_mul(count)?.checked_add(self.front())?;
        Layout::from_size_align(bytes, self.align).ok()
    }
}

impl Blocks {
    /// Memory for so many slots, every byte of it touched; without headers yet.
    pub(super) fn new(shape: Shape, count: usize) -> Result<Self, Error> {
        let Some(layout) = shape.layout(count) else {
            return Err(Error::invalid(
                usize::MAX,
                format!("{count} slots of {} bytes do not fit the address space", shape.stride()),
                "ask for fewer slots",
            ));
        };
        if layout.size() == 0 {
            return Ok(Self { memory: NonNull::dangling(), shape, count });
        }
        machine::check_available(layout.size())?;
        // SAFETY: the size is not 0.
        let memory = unsafe { std::alloc::alloc(layout) };
        let memory = NonNull::new(memory).ok_or_else(|| Error::heap(layout.size()))?;
        // SAFETY: so many bytes were just allocated.
        unsafe { memory.write_bytes(0, layout.size()) };
        Ok(Self { memory, shape, count })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The slot of this number.
    ///
    /// # Safety
    /// There are more slots than that.
    #[inline(always)]
    pub(super) unsafe fn slot(&self, number: usize) -> Slot {
        debug_assert!(number < self.count);
        let start = self.shape.front() + number * self.shape.stride();
        // SAFETY: fact 1 and the caller's promise.
        unsafe { NonNull::new_unchecked(Row::new(self.memory).cell(start)) }.cast()
    }

    /// The number of a slot of this class.
    #[inline]
    pub(super) fn number(&self, slot: Slot) -> usize {
        (slot.addr().get() - self.memory.addr().get()) / self.shape.stride()
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        if let Some(layout) = self.shape.layout(self.count).filter(|layout| layout.size() > 0) {
            // SAFETY: allocated with this layout in `new`.
            unsafe { std::alloc::dealloc(self.memory.as_ptr(), layout) };
        }
    }
}

/// Where the content of a slot is.
///
/// # Safety
/// The slot's memory is still there (fact 1). Following the pointer is up to the caller.
#[inline(always)]
pub(super) unsafe fn content(slot: Slot) -> NonNull<u8> {
    // SAFETY: fact 1: the content is directly behind the header; also in a block of the heap (`heap.rs`).
    unsafe { NonNull::new_unchecked(Row::new(slot).cell(1)) }.cast()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn contents_are_aligned_and_do_not_overlap() {
        for (size, align) in [(0, 1), (1, 1), (24, 8), (64, 1), (16, 16), (64, 64), (192, 64), (4096, 4096)] {
            let shape = Shape::new(Layout::from_size_align(size, align).unwrap());
            let blocks = Blocks::new(shape, 5).unwrap();
            let layout = shape.layout(5).unwrap();
            let end = blocks.memory.addr().get() + layout.size();
            let mut last_end = blocks.memory.addr().get();
            for number in 0..5 {
                // SAFETY: there are 5 slots.
                let slot = unsafe { blocks.slot(number) };
                // SAFETY: the blocks are there.
                let content = unsafe { content(slot) }.addr().get();
                assert!(slot.addr().get() >= last_end && content.is_multiple_of(align), "{size} {align}");
                assert_eq!(blocks.number(slot), number);
                last_end = content + size;
            }
            assert!(last_end <= end);
        }
    }

    #[test]
    fn what_does_not_fit_the_address_space_is_an_error() {
        assert!(Blocks::new(Shape::bytes(64), usize::MAX / 8).err().unwrap().is_invalid());
        assert_eq!(Blocks::new(Shape::bytes(64), 0).unwrap().count(), 0);
    }
}
