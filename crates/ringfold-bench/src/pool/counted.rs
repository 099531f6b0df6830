//! `Arc<[u8]>` over an allocator that is named, instead of the one that the whole program uses.
//!
//! `std::sync::Arc` takes an allocator on nightly only. This does what it does, step by step: two counts before the bytes, one allocation, a
//! relaxed increment, a release decrement with an acquire after the last one, and the weak count that all strong ones hold together.
//! Over the system's allocator it must be as fast as `Arc` itself; it takes part as such, so that one sees whether it is.

use std::alloc::{GlobalAlloc, Layout};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// An allocator without state.
pub trait Heap: GlobalAlloc + Send + Sync + 'static {
    const HEAP: Self;
}

#[repr(C)]
struct Counts {
    strong: AtomicUsize,
    weak: AtomicUsize,
}

/// Shared bytes.
pub struct Counted<A: Heap> {
    counts: NonNull<Counts>,
    len: usize,
    _heap: PhantomData<A>,
}

// SAFETY: atomics, and bytes that nobody writes once they are shared.
unsafe impl<A: Heap> Send for Counted<A> {}
// SAFETY: as for `Send`.
unsafe impl<A: Heap> Sync for Counted<A> {}

fn layout(len: usize) -> Layout {
    Layout::from_size_align(size_of::<Counts>() + len, align_of::<Counts>())
        .expect("events are small")
        .pad_to_align()
}

impl<A: Heap> Counted<A> {
    #[inline]
    pub fn copy(bytes: &[u8]) -> Self {
        // SAFETY: the layout is not empty.
        let memory = unsafe { A::HEAP.alloc(layout(bytes.len())) };
        let counts: NonNull<Counts> = NonNull::new(memory).expect("there is memory").cast();
        // SAFETY: just allocated for the counts and so many bytes.
        unsafe {
            counts.write(Counts { strong: AtomicUsize::new(1), weak: AtomicUsize::new(1) });
            ptr::copy_nonoverlapping(bytes.as_ptr(), counts.add(1).as_ptr().cast(), bytes.len());
        }
        Self { counts, len: bytes.len(), _heap: PhantomData }
    }

    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: written by `copy`, and there as long as there is a reference.
        unsafe { std::slice::from_raw_parts(self.counts.add(1).as_ptr().cast(), self.len) }
    }

    #[inline(always)]
    fn counts(&self) -> &Counts {
        // SAFETY: there as long as there is a reference.
        unsafe { self.counts.as_ref() }
    }

    #[inline(never)]
    fn free(&mut self) {
        if self.counts().weak.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            // SAFETY: allocated with this layout in `copy`, and the last reference is gone.
            unsafe { A::HEAP.dealloc(self.counts.as_ptr().cast(), layout(self.len)) };
        }
    }
}

impl<A: Heap> Clone for Counted<A> {
    #[inline]
    fn clone(&self) -> Self {
        if self.counts().strong.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            std::process::abort();
        }
        Self { ..*self }
    }
}

impl<A: Heap> Drop for Counted<A> {
    #[inline]
    fn drop(&mut self) {
        if self.counts().strong.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            self.free();
        }
    }
}

impl Heap for std::alloc::System {
    const HEAP: Self = Self;
}

impl Heap for mimalloc::MiMalloc {
    const HEAP: Self = Self;
}

#[cfg(feature = "jemalloc")]
impl Heap for tikv_jemallocator::Jemalloc {
    const HEAP: Self = Self;
}
