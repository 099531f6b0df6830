//! The soft mirror: 2N bytes of heap, kept equal by copying. It is the story of `mirror/mod.rs` in plain Rust, so it
//! runs under Miri and loom, on wasm and in sandboxes that forbid mapping.

use std::alloc::{self, Layout};
use std::ptr::NonNull;

use super::period_for;
use crate::{Error, Fork, HugePages, Info, Method, Options, limits, machine};

/// Owns `2 * period` zeroed bytes of heap.
pub(super) struct Mapping {
    base: NonNull<u8>,
    layout: Layout,
}

impl Mapping {
    /// Takes twice the period from the heap. Huge pages, NUMA nodes, locks and sharing with a child are not for heap.
    pub(super) fn create(min_bytes: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        refuse_what_heap_cannot_do(min_bytes, options)?;
        let page = machine::page_size();
        let period = period_for(min_bytes, page)?;
        limits::check_available("allocating the heap of a soft mirror", 2 * period)?;
        let mapping = Mapping::allocate(period, page)?;
        // Zeroed heap with the alignment of a page is touched by most allocators anyway; so it always is.
        mapping.touch_every(page);
        let mut info = Info::new(Method::Heap, period, page);
        info.populated = true;
        if options.huge_pages == HugePages::Try {
            info.huge_refused = Some(refusal(min_bytes, "a soft mirror has no huge pages"));
        }
        Ok((mapping, info))
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn allocate(period: usize, page: usize) -> Result<Mapping, Error> {
        let step = "allocating the heap of a soft mirror";
        let layout = Layout::from_size_align(2 * period, page)
            .map_err(|_| Error::invalid(2 * period, "too large for the heap", "ask for less"))?;
        // SAFETY: the layout's size is at least two pages, never 0.
        let base = unsafe { alloc::alloc_zeroed(layout) };
        match NonNull::new(base) {
            Some(base) => Ok(Mapping { base, layout }),
            None => Err(limits::explain_heap(step, layout.size())),
        }
    }

    /// Writes a zero into each page, so that the heap has its memory now.
    fn touch_every(&self, page: usize) {
        for offset in (0..self.layout.size()).step_by(page) {
            // SAFETY: offset is below the allocation's size, and nobody else has the pointer yet.
            unsafe { self.base.add(offset).write_volatile(0) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `base` came from `alloc_zeroed` with this very layout, and this is the only owner.
        unsafe { alloc::dealloc(self.base.as_ptr(), self.layout) };
    }
}

fn refuse_what_heap_cannot_do(min_bytes: usize, options: &Options) -> Result<(), Error> {
    let refused = if options.huge_pages == HugePages::Require {
        "a soft mirror has no huge pages"
    } else if options.numa_node.is_some() {
        "a soft mirror cannot be bound to a NUMA node"
    } else if options.lock {
        "a soft mirror cannot be locked"
    } else if options.fork == Fork::Share {
        "a soft mirror is not shared with a forked child"
    } else {
        return Ok(());
    };
    Err(refusal(min_bytes, refused))
}

fn refusal(min_bytes: usize, what: &'static str) -> Error {
    let help = "choose Memory::Mirror, or leave that option out";
    Error::unsupported("making a soft mirror", min_bytes, what, help)
}
