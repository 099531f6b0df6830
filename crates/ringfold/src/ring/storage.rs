//! Where the items of one thread's rooms lie.

use core::{
    mem::{MaybeUninit, size_of},
    ptr::NonNull,
};

use ringfold_core::{mirror::Alias, slots::Run, sync::OwnedCell};

/// Memory for a [`Ring`](super::Ring) and its faces: [`Mapped`] or [`Cells`], nothing else.
///
/// # Safety
/// `run` is always over the same memory while the storage does not move, memory that belongs to the storage and to
/// whoever owns it; the run holds `capacity` items.
pub unsafe trait Storage<T>: sealed::Sealed {
    #[doc(hidden)]
    fn run(&self) -> Run<T>;

    /// How many items fit.
    fn capacity(&self) -> usize;
}

mod sealed {
    pub trait Sealed {}
}

/// Mirrored memory, at least a page: the storage that rooms have unless told otherwise.
pub struct Mapped {
    base: NonNull<u8>,
    period: usize,
    alias: Alias,
    capacity: usize,
    #[cfg(feature = "std")]
    mirror: Option<ringfold_memory::Mirror>,
}

// SAFETY: the storage is memory that belongs to no thread; what is in it is the room's, which has a `PhantomData<T>`.
unsafe impl Send for Mapped {}
// SAFETY: as above: sharing the storage shares no item.
unsafe impl Sync for Mapped {}

impl sealed::Sealed for Mapped {}

// SAFETY: `base` and `period` are the mirror's, which lives as long as this; `new` has checked the capacity.
unsafe impl<T> Storage<T> for Mapped {
    #[inline(always)]
    fn run(&self) -> Run<T> {
        // SAFETY: `Mirror` promises 2 * period mirrored bytes; `allocate::slots` has checked size and alignment of `T`.
        unsafe { Run::new(self.base, self.period, self.alias) }
    }

    #[inline(always)]
    fn capacity(&self) -> usize {
        self.capacity
    }
}

#[cfg(feature = "std")]
impl Mapped {
    /// Memory for `capacity` items, and for no other kind of item than this.
    pub(crate) fn new<T>(
        capacity: usize,
        options: &ringfold_memory::Options,
    ) -> Result<Self, ringfold_memory::Error> {
        let (_, mirror) = crate::allocate::slots::<T>(capacity, options)?;
        Ok(match mirror {
            Some(mirror) => Self {
                base: mirror.base(),
                period: mirror.period(),
                alias: mirror.alias(),
                capacity,
                mirror: Some(mirror),
            },
            // Zero-sized items: nothing to store, and a period that is never reached.
            None => Self {
                base: NonNull::<T>::dangling().cast(),
                period: usize::MAX,
                alias: Alias::Hardware,
                capacity,
                mirror: None,
            },
        })
    }

    pub(crate) fn mirror(&self) -> Option<&ringfold_memory::Mirror> {
        self.mirror.as_ref()
    }

    pub(crate) fn into_mirror(self) -> Option<ringfold_memory::Mirror> {
        self.mirror
    }
}

/// Room for `N` items inside the value itself, which takes twice their memory: no heap, no operating system.
pub struct Cells<T, const N: usize>(OwnedCell<[[MaybeUninit<T>; N]; 2]>);

// SAFETY: through a shared reference items are only read (`Ring`).
unsafe impl<T: Sync, const N: usize> Sync for Cells<T, N> {}

impl<T, const N: usize> sealed::Sealed for Cells<T, N> {}

impl<T, const N: usize> Cells<T, N> {
    const CHECKED: () = {
        assert!(N > 0, "a ring of capacity 0 could never hold an item");
        assert!(
            size_of::<[[MaybeUninit<T>; N]; 2]>() <= 1 << 20,
            "an inline ring takes twice its items, here more than 1 MiB: choose a smaller N or, with `std`, `with_capacity`"
        );
    };

    /// Zeroed, so that a `static` takes no room in the program's file, and bytes are bytes.
    pub(crate) const fn new() -> Self {
        const { Self::CHECKED };
        Self(OwnedCell::new([const { [const { MaybeUninit::zeroed() }; N] }; 2]))
    }
}

// SAFETY: the memory is this value's own, twice `N` items.
unsafe impl<T, const N: usize> Storage<T> for Cells<T, N> {
    #[inline(always)]
    fn run(&self) -> Run<T> {
        // SAFETY: the pointer comes from a reference.
        let base = unsafe { NonNull::new_unchecked(self.0.as_ptr()) };
        let period = if size_of::<T>() == 0 { usize::MAX } else { N * size_of::<T>() };
        // SAFETY: the array is twice `N` items long, and aligned for them.
        unsafe { Run::new(base.cast(), period, Alias::Copied) }
    }

    #[inline(always)]
    fn capacity(&self) -> usize {
        N
    }
}
