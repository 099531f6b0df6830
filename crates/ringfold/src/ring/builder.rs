//! Choosing where a ring lies.

use core::{fmt, marker::PhantomData};

use ringfold_memory::{self as memory, Error, Options};

use super::{Mapped, Ring};

/// Where a ring lies.
///
/// ```
/// use ringfold::{Ring, memory::{HugePages, Options}};
///
/// let ring = Ring::<f32>::builder(1 << 20).options(Options::new().huge_pages(HugePages::Try)).build()?;
/// println!("{}", ring.memory().unwrap());
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// A `Queue` or a `ByteStream` is made of such a ring with `From`.
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<T> {
    capacity: usize,
    options: Options,
    _items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, options: Options::new(), _items: PhantomData }
    }

    /// Which kind of memory; shorthand for [`Options::memory`].
    pub fn memory(mut self, memory: memory::Memory) -> Self {
        self.options = self.options.memory(memory);
        self
    }

    /// Everything about the memory: kind, huge pages, NUMA node, locking, population, forking. Replaces what was
    /// set before, also by [`memory`](Self::memory). [`Ring::memory`] tells what was really obtained.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Makes the ring.
    ///
    /// # Errors
    /// As [`Ring::with_capacity`], and any explicit choice that cannot be had.
    pub fn build(self) -> Result<Ring<T>, Error> {
        Ok(Ring::over(Mapped::new::<T>(self.capacity, &self.options)?))
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
