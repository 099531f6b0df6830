//! A value on cache lines of its own.

use core::ops::{Deref, DerefMut};

/// Keeps `T` at least 128 bytes away from its neighbours.
///
/// 128 and not 64: x86-64 prefetches lines in adjacent pairs, and Apple's and several other AArch64
/// cores have lines of 128 bytes.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct CachePadded<T>(T);

impl<T> CachePadded<T> {
    /// Puts `value` on cache lines of its own.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for CachePadded<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
