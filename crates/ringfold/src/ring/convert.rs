//! Comparing, copying, and turning other things into a ring.

use core::hash::{Hash, Hasher};

use super::{Cells, Ring, Storage};

/// Equal content; capacities do not matter.
impl<T: PartialEq<U>, U, S: Storage<T>, R: Storage<U>> PartialEq<Ring<U, R>> for Ring<T, S> {
    fn eq(&self, other: &Ring<U, R>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq, S: Storage<T>> Eq for Ring<T, S> {}

impl<T: PartialEq<U>, U, S: Storage<T>> PartialEq<[U]> for Ring<T, S> {
    fn eq(&self, other: &[U]) -> bool {
        self.as_slice() == other
    }
}

impl<T: PartialEq<U>, U, S: Storage<T>, const M: usize> PartialEq<[U; M]> for Ring<T, S> {
    fn eq(&self, other: &[U; M]) -> bool {
        self.as_slice() == other
    }
}

impl<T: Hash, S: Storage<T>> Hash for Ring<T, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: Clone, const N: usize> Clone for Ring<T, Cells<T, N>> {
    fn clone(&self) -> Self {
        let mut ring = Self::new();
        ring.push_iter(self.iter().cloned());
        ring
    }
}

#[cfg(feature = "std")]
mod mapped {
    use ringfold_memory::{Error, Memory, Method, Options};

    use super::Ring;

    impl<T> Ring<T> {
        /// A ring of the same capacity with clones of the items, on fresh memory: a mirror, or soft where this one is. Its other
        /// options are the default ones, so it has ordinary pages that are populated and not locked.
        ///
        /// # Errors
        /// When that memory cannot be had.
        pub fn try_clone(&self) -> Result<Self, Error>
        where
            T: Clone,
        {
            let soft = self.memory().is_some_and(|info| info.method == Method::Heap);
            let memory = if soft { Memory::Soft } else { Memory::Auto };
            let mut ring = Self::builder(self.capacity()).options(Options::new().memory(memory)).build()?;
            ring.push_iter(self.iter().cloned());
            Ok(ring)
        }
    }

    /// # Panics
    /// When there is no memory for a second ring; [`try_clone`](Ring::try_clone) gives an error then.
    impl<T: Clone> Clone for Ring<T> {
        fn clone(&self) -> Self {
            self.try_clone()
                .unwrap_or_else(|error| panic!("cloning a ring of {} items: {error}", self.capacity()))
        }
    }

    /// A full ring of the vector's items; an empty vector gives an empty ring of capacity 1.
    ///
    /// The error is that of [`Ring::with_capacity`]; the items are dropped then.
    ///
    /// ```
    /// use ringfold::Ring;
    ///
    /// let ring = Ring::try_from(vec!["a", "b"])?;
    /// assert_eq!((ring.as_slice(), ring.is_full()), (&["a", "b"][..], true));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    impl<T> TryFrom<Vec<T>> for Ring<T> {
        type Error = Error;

        fn try_from(items: Vec<T>) -> Result<Self, Error> {
            let mut ring = Self::with_capacity(items.len().max(1))?;
            ring.push_iter(items);
            Ok(ring)
        }
    }

    /// As for a vector.
    impl<T, const N: usize> TryFrom<[T; N]> for Ring<T> {
        type Error = Error;

        fn try_from(items: [T; N]) -> Result<Self, Error> {
            let mut ring = Self::with_capacity(N.max(1))?;
            ring.push_iter(items);
            Ok(ring)
        }
    }
}
