//! The end of a reference, and weak handles: what events and slab slots have in common.

use super::{
    header::{Released, Slot},
    heap,
    size_class::SizeClass,
    store::Store,
};

/// Whether a slot is a block of the heap.
///
/// # Safety
/// The slot is not freed yet.
#[inline(always)]
unsafe fn is_heap(slot: Slot) -> bool {
    // SAFETY: the slot is there, and so is its class (`store.rs`, fact 1).
    unsafe { slot.as_ref().home().as_ref() }.index == SizeClass::XXL.index()
}

/// Lets others have a slot that nobody refers to any more.
///
/// # Safety
/// The caller has released the last reference, was told `released`, and does not touch the slot any more.
#[inline(always)]
pub(super) unsafe fn give_back(slot: Slot, released: Released) {
    // SAFETY: handed on from the caller; the slot is not given back yet.
    unsafe {
        match released {
            _ if is_heap(slot) => heap::give_back(slot),
            Released::Last => Store::give_back(slot),
            Released::LastEver => retire(slot),
            Released::Shared => {}
        }
    }
}

/// # Safety
/// As for [`give_back`].
#[cold]
unsafe fn retire(slot: Slot) {
    // SAFETY: handed on from the caller; the slot is a reason to keep the store, which is given up here.
    unsafe {
        let class = slot.as_ref().home().as_ref();
        class.figures.retired.raise_by(1);
        Store::give_up(class.store(), 1);
    }
}

/// What keeps the header of a slot readable, whoever uses the slot: a weak handle without its type.
pub(super) struct Weak {
    slot: Slot,
    generation: u64,
}

impl Weak {
    /// A weak handle.
    ///
    /// # Safety
    /// The caller has a reference to the slot.
    pub(super) unsafe fn new(slot: Slot) -> Self {
        // SAFETY: the caller's reference keeps the slot.
        let generation = unsafe { slot.as_ref() }.downgrade();
        // SAFETY: as above.
        unsafe { keep(slot) };
        Self { slot, generation }
    }

    /// The slot, with one more reference, if there is still one of that time.
    pub(super) fn upgrade(&self) -> Option<Slot> {
        // SAFETY: this handle keeps the header.
        unsafe { self.slot.as_ref() }.upgrade(self.generation).then_some(self.slot)
    }

    pub(super) fn is_alive(&self) -> bool {
        // SAFETY: this handle keeps the header.
        unsafe { self.slot.as_ref() }.is_alive(self.generation)
    }
}

impl Clone for Weak {
    fn clone(&self) -> Self {
        // SAFETY: this handle keeps the slot.
        unsafe { keep(self.slot) };
        Self { slot: self.slot, generation: self.generation }
    }
}

impl Drop for Weak {
    fn drop(&mut self) {
        // SAFETY: this handle is a reason to keep the block or the store (`keep`), which is given up here.
        unsafe {
            match is_heap(self.slot) {
                true => heap::give_up(self.slot),
                false => Store::give_up(self.slot.as_ref().home().as_ref().store(), 1),
            }
        }
    }
}

/// # Safety
/// The caller has a reference to the slot, or a weak handle.
unsafe fn keep(slot: Slot) {
    // SAFETY: the slot is kept by what the caller has.
    unsafe {
        match is_heap(slot) {
            true => heap::keep(slot),
            false => slot.as_ref().home().as_ref().store().as_ref().keep(),
        }
    }
}
