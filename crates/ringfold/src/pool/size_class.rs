//! The sizes of slots.

use core::fmt;

/// How large an event is, as a class. Each class is four times the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SizeClass {
    /// Up to 64 bytes: heartbeats, cursors, control signals.
    XS,
    /// Up to 256 bytes: messages, user actions.
    S,
    /// Up to 1 KiB: requests, edits.
    M,
    /// Up to 4 KiB: records, batches.
    L,
    /// Up to 16 KiB: documents, frames.
    XL,
    /// Larger ones, each in memory of its own from the heap.
    XXL,
}

const SMALLEST: usize = 64;

impl SizeClass {
    /// The classes that have slots, smallest first.
    pub const POOLED: [Self; 5] = [Self::XS, Self::S, Self::M, Self::L, Self::XL];

    /// The smallest class that holds `len` bytes.
    ///
    /// ```
    /// use ringfold::pool::SizeClass;
    /// assert_eq!(SizeClass::for_len(0), SizeClass::XS);
    /// assert_eq!(SizeClass::for_len(64), SizeClass::XS);
    /// assert_eq!(SizeClass::for_len(65), SizeClass::S);
    /// assert_eq!(SizeClass::for_len(16_384), SizeClass::XL);
    /// assert_eq!(SizeClass::for_len(16_385), SizeClass::XXL);
    /// ```
    #[inline]
    #[must_use]
    pub const fn for_len(len: usize) -> Self {
        const FIVE: [SizeClass; 5] = SizeClass::POOLED;
        // Two bits of length for each class.
        let bits = usize::BITS - (len.saturating_sub(1) / SMALLEST).leading_zeros();
        let index = bits.div_ceil(2) as usize;
        if index < FIVE.len() { FIVE[index] } else { Self::XXL }
    }

    /// How many bytes a slot of this class holds; `None` for [`XXL`](Self::XXL), which has no slots.
    #[inline]
    #[must_use]
    pub const fn bytes(self) -> Option<usize> {
        match self {
            Self::XXL => None,
            _ => Some(SMALLEST << (2 * self as usize)),
        }
    }

    /// Its place in the row of classes.
    #[inline(always)]
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) fn at(index: usize) -> Self {
        Self::POOLED.get(index).copied().unwrap_or(Self::XXL)
    }
}

impl fmt::Display for SizeClass {
    /// Its letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_the_smallest_class_that_holds_it() {
        for len in (0..70_000).chain([usize::MAX / 2, usize::MAX]) {
            let holds = |class: &SizeClass| class.bytes().is_some_and(|bytes| bytes >= len);
            let smallest = SizeClass::POOLED.into_iter().find(holds).unwrap_or(SizeClass::XXL);
            assert_eq!(SizeClass::for_len(len), smallest, "{len}");
            assert_eq!(SizeClass::at(smallest.index()), smallest);
        }
    }
}
