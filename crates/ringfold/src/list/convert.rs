//! What a list can do where its items can.

use core::{
    fmt,
    hash::{Hash, Hasher},
};

use super::List;

/// A list with the same settings. Panics where there is no memory for it.
impl<T: Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        let mut clone = List::with_settings(self.storage.settings());
        self.chunks().for_each(|chunk| clone.extend_from_slice(chunk));
        clone
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_slice(), other.as_slice()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.len == other.len && self.iter().eq(other),
        }
    }
}

impl<T: Eq> Eq for List<T> {}

/// Item by item, so that equal lists have equal hashes wherever they lie.
impl<T: Hash> Hash for List<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|item| item.hash(state));
    }
}
