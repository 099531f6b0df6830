//! Elements of every size at which something could go wrong.

use std::{fmt::Debug, hash::Hash};

/// An element of `N` bytes, all of which depend on its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Bytes<const N: usize>(pub [u8; N]);

/// An element that can be told from others by its content.
pub trait Element: Copy + Eq + Hash + Debug + 'static {
    fn numbered(number: u64) -> Self;
}

impl<const N: usize> Element for Bytes<N> {
    fn numbered(number: u64) -> Self {
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        }))
    }
}

impl Element for u64 {
    fn numbered(number: u64) -> Self {
        number
    }
}
