//! Events that have no slot: each a block of the heap, laid out like a slot, so that everybody else need not care.
//!
//! ```text
//!  ├ prefix ┼ header ┼ content ..
//! ```
//!
//! A weak handle finds the generation of a slot in the header, long after. The header of a block must not go as long as there is one: the
//! prefix counts them, and one for all references together.

use core::{alloc::Layout, ptr::NonNull};

use ringfold_core::slots::Row;

use super::{
    class::Class,
    header::{Header, Slot},
    reasons::Reasons,
    store::Store,
};

#[repr(C, align(16))]
struct Prefix {
    /// Weak handles, and one for all references together.
    handles: Reasons,
    bytes: usize,
    /// As large as that of a header.
    #[cfg(loom)]
    shadow: ringfold_core::sync::CheckedCell<()>,
}

const _: () =
    assert!(size_of::<Prefix>() == size_of::<Header>() && align_of::<Prefix>() == align_of::<Header>());

impl Prefix {
    fn new(bytes: usize) -> Self {
        Self {
            handles: Reasons::new(1),
            bytes,
            #[cfg(loom)]
            shadow: ringfold_core::sync::CheckedCell::new(()),
        }
    }
}

fn layout(bytes: usize) -> Option<Layout> {
    let bytes = bytes.checked_add(size_of::<Prefix>() + size_of::<Header>())?;
    Layout::from_size_align(bytes, align_of::<Header>()).ok()
}

/// A block for so many bytes, which are zero, with one reference; `None` if the heap refuses. It is a reason to keep the store.
pub(super) fn allocate(store: &Store, class: &Class, bytes: usize) -> Option<Slot> {
    let layout = layout(bytes)?;
    // SAFETY: the layout is not empty, because of the prefix.
    let block = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })?;
    // SAFETY: the block begins with room for both, aligned for both, which are of the same size.
    let slot: Slot = unsafe {
        block.cast().write(Prefix::new(bytes));
        NonNull::new_unchecked(Row::new(block.cast::<Header>()).cell(1))
    };
    // SAFETY: as above.
    unsafe { slot.write(Header::new(NonNull::from(class))) };
    store.keep();
    class.figures.allocated.raise_by(1);
    class.figures.heap_events.raise_by(1);
    class.figures.heap_bytes.raise_by(bytes as u64);
    Some(slot)
}

/// # Safety
/// The slot is a block of the heap that is not freed yet.
unsafe fn prefix(slot: Slot) -> NonNull<Prefix> {
    // SAFETY: a block has a prefix before its header (`allocate`).
    unsafe { Row::new(slot).before(1) }.first().cast()
}

/// How many bytes a block has.
///
/// # Safety
/// The slot is a block of the heap that is not freed yet.
pub(super) unsafe fn bytes(slot: Slot) -> usize {
    // SAFETY: handed on from the caller.
    unsafe { prefix(slot).as_ref() }.bytes
}

/// One more weak handle, made by somebody who has one, or a reference.
///
/// # Safety
/// The slot is a block of the heap that is not freed yet.
pub(super) unsafe fn keep(slot: Slot) {
    // SAFETY: handed on from the caller.
    unsafe { prefix(slot).as_ref() }.handles.take_one();
}

/// Counts an event that is no more; its block goes with the last weak handle.
///
/// # Safety
/// The slot is a block of the heap; the caller had the last reference.
pub(super) unsafe fn give_back(slot: Slot) {
    // SAFETY: the block is there, and so are its class and store (`store.rs`, fact 1).
    let figures = unsafe { &slot.as_ref().home().as_ref().figures };
    figures.heap_events.lower_by(1);
    // SAFETY: handed on from the caller.
    unsafe {
        figures.heap_bytes.lower_by(bytes(slot) as u64);
        give_up(slot);
    }
}

/// One weak handle less, or all references.
///
/// # Safety
/// The slot is a block of the heap; the handle was the caller's, who does not use it any more.
pub(super) unsafe fn give_up(slot: Slot) {
    // SAFETY: the caller's handle keeps the block until here.
    let prefix = unsafe { prefix(slot) };
    // SAFETY: as above.
    if unsafe { &prefix.as_ref().handles }.give_up(1) {
        // SAFETY: nobody has a handle left, and only the last one gets here.
        unsafe { free(slot, prefix) };
    }
}

/// # Safety
/// The block is the caller's alone.
unsafe fn free(slot: Slot, prefix: NonNull<Prefix>) {
    // SAFETY: handed on from the caller. The block is a reason to keep the store until the last line, and was allocated with this layout.
    unsafe {
        let store = slot.as_ref().home().as_ref().store();
        let layout = layout(prefix.as_ref().bytes);
        slot.drop_in_place();
        prefix.drop_in_place();
        if let Some(layout) = layout {
            std::alloc::dealloc(prefix.as_ptr().cast(), layout);
        }
        Store::give_up(store, 1);
    }
}
