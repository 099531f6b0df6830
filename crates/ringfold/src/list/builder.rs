//! Choosing where a list lies and how it grows.

use core::{fmt, marker::PhantomData};

use ringfold_memory::{Error, HugePages};

use super::{
    List,
    storage::{Contiguous, Settings},
};

/// Where a list lies and how it grows. Everything has a default.
///
/// ```
/// use ringfold::{List, memory::HugePages};
///
/// let mut list = List::builder().huge_pages(HugePages::Try).build()?;
/// list.extend(0..1_000_000u64);
/// assert_eq!(list[999_999], 999_999);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<T> {
    settings: Settings,
    _items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    pub(super) const fn new() -> Self {
        Self { settings: Settings::DEFAULT, _items: PhantomData }
    }

    /// How many items' memory the list takes at a time. Default: 64 KiB worth. See [`List::with_chunk_size`]. On the heap it is
    /// rounded up to a power of two.
    pub fn chunk_size(mut self, items: usize) -> Self {
        self.settings.chunk_items = Some(items);
        self
    }

    /// `true`: the whole list is one slice, or making it is an error. `false`: it lies in chunks on the heap, which is right for
    /// many small lists. Default: one slice if that can be had, and [`List::fallback`] says why not.
    pub fn contiguous(mut self, contiguous: bool) -> Self {
        self.settings.contiguous = if contiguous { Contiguous::Always } else { Contiguous::Never };
        self
    }

    /// Huge pages for everything behind the first 2 MiB. Default: [`HugePages::Never`].
    ///
    /// With them random access misses the TLB less, and a large list grows in less time, if the system has them ready; but memory
    /// then comes 2 MiB at a time, so the longest push takes 200 µs instead of 50, and milliseconds where the system has to find
    /// them first. Chunks on the heap do not know them.
    pub fn huge_pages(mut self, huge_pages: HugePages) -> Self {
        self.settings.huge_pages = huge_pages;
        self
    }

    /// Reserves addresses for exactly so many items (at least 1), even where address space is limited. Default: twice the memory
    /// of the machine. A list that outgrows it goes on in chunks on the heap, or ends there if it is
    /// [`contiguous(true)`](Builder::contiguous).
    pub fn room_for(mut self, items: usize) -> Self {
        self.settings.room_for = Some(items);
        self
    }

    /// Makes the list: reserves its addresses, takes no memory yet.
    ///
    /// # Errors
    /// A chunk size of 0, and any explicit choice that cannot be had: `contiguous(true)`, `HugePages::Require` (not with
    /// `contiguous(false)`).
    pub fn build(self) -> Result<List<T>, Error> {
        if self.settings.chunk_items == Some(0) {
            return Err(Error::invalid(
                0,
                "chunks of no items hold nothing",
                "choose a chunk size of at least 1",
            ));
        }
        if self.settings.contiguous == Contiguous::Never && self.settings.huge_pages == HugePages::Require {
            return Err(Error::invalid(
                0,
                "chunks on the heap do not have huge pages",
                "choose HugePages::Try, or leave `contiguous(false)` out",
            ));
        }
        let mut list = List::with_settings(self.settings);
        list.storage.settle()?;
        Ok(list)
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish()
    }
}
