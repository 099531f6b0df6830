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
//! 2. It stays where it is for as long as anybody uses the blocks (`arena.rs`, fact 2).

use core::{alloc::Layout, ptr::NonNull};

use ringfold_core::slots::Row;

use super::{
    arena::Arena,
    header::{Header, Slot},
};

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

const LARGE: usize = 1024;
const CACHE_LINE: usize = 64;

impl Shape {
    /// Slots with content of that layout; the smallest alignment is that of a header.
    pub(super) const fn new(content: Layout) -> Self {
        let align = match content.align() > align_of::<Header>() {
            true => content.align(),
            false => align_of::<Header>(),
        };
        Self { content: content.size(), align }
    }

    /// Slots of so many bytes. Large ones begin with a cache line, which makes copying faster and is little beside them.
    pub(super) const fn bytes(content: usize) -> Self {
        let align = if content >= LARGE { CACHE_LINE } else { align_of::<Header>() };
        Self { content, align }
    }

    /// Bytes of content.
    pub(super) const fn content(self) -> usize {
        self.content
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
    pub(super) const fn layout(self, count: usize) -> Option<Layout> {
        let Some(bytes) = self.stride().checked_mul(count) else { return None };
        let Some(bytes) = bytes.checked_add(self.front()) else { return None };
        match Layout::from_size_align(bytes, self.align) {
            Ok(layout) => Some(layout),
            Err(_) => None,
        }
    }
}

impl Blocks {
    /// Memory for so many slots, without headers yet.
    ///
    /// # Safety
    /// The blocks are used only as long as the arena's memory is there, which is as large as was measured.
    pub(super) unsafe fn cut(arena: &mut Arena, shape: Shape, count: usize) -> Self {
        let layout = shape.layout(count).expect("what was measured has a layout");
        Self { memory: arena.cut(layout), shape, count }
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
    use crate::pool::arena::Backing;

    #[test]
    fn contents_are_aligned_and_do_not_overlap() {
        for (size, align) in [(0, 1), (1, 1), (24, 8), (64, 1), (16, 16), (64, 64), (192, 64), (4096, 4096)] {
            let shape = Shape::new(Layout::from_size_align(size, align).unwrap());
            let layout = shape.layout(5).unwrap();
            let backing = Backing::heap(layout).unwrap();
            // SAFETY: just allocated for exactly these, and kept until the end.
            let blocks = unsafe { Blocks::cut(&mut Arena::new(backing.memory()), shape, 5) };
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
    fn what_does_not_fit_the_address_space_has_no_layout() {
        assert!(Shape::bytes(64).layout(usize::MAX / 8).is_none());
        assert_eq!(Shape::bytes(64).layout(0).unwrap().size(), 0);
    }
}
