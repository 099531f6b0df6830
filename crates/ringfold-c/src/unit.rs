//! Elements of a size that is known only at run time.
//!
//! An element of `size` bytes is `size / unit` units, where the unit is the largest power of two, up to 64 bytes, that divides the
//! size. So a ring of 8-byte words has units of 8, one of 24-byte structs too, three an element, and one of 7-byte records has
//! seven units an element. All that is claimed, pushed, seen and consumed is whole elements, so elements stay whole. They are aligned as
//! C expects it: the memory begins at a page, and a size in C is a multiple of its alignment.

use std::mem::MaybeUninit;

use crate::code::Code;

/// `N` bytes of an element. Padding may be among them, so nothing is said of what they hold.
pub type Unit<const N: usize> = MaybeUninit<[u8; N]>;

/// The largest unit: a cache line.
const LARGEST: usize = 64;

/// How elements of one size are made of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of an element.
    pub size: usize,
    /// Bytes of a unit.
    pub unit: usize,
}

impl Shape {
    /// For elements of `size` bytes.
    pub fn of(size: usize) -> Result<Self, Code> {
        match size {
            0 => Err(Code::Invalid),
            _ => Ok(Self { size, unit: (1 << size.trailing_zeros()).min(LARGEST) }),
        }
    }

    /// Units of an element.
    pub fn units(self) -> usize {
        self.size / self.unit
    }

    /// Units of so many elements.
    pub fn units_of(self, count: usize) -> Result<usize, Code> {
        self.units().checked_mul(count).ok_or(Code::TooLarge)
    }

    /// Refuses what is not the size of an element.
    #[inline(always)]
    pub fn check(self, size: usize) -> Result<(), Code> {
        if size == self.size { Ok(()) } else { Err(Code::ElementSize) }
    }
}

/// The `count` units at `data`.
///
/// # Safety
/// `data` is the start of so many, which nobody writes for as long as the slice is used; or NULL.
#[inline(always)]
pub unsafe fn units<'a, const N: usize>(data: *const u8, count: usize) -> Result<&'a [Unit<N>], Code> {
    check::<N>(data, count)?;
    // SAFETY: there are so many (the caller), not more than a slice may have; a unit needs no alignment and no value.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), count) })
}

/// The `count` units at `data`, to be written.
///
/// # Safety
/// `data` is the start of so many, which nobody else uses for as long as the slice is used; or NULL.
#[inline(always)]
pub unsafe fn units_mut<'a, const N: usize>(data: *mut u8, count: usize) -> Result<&'a mut [Unit<N>], Code> {
    check::<N>(data, count)?;
    // SAFETY: as in `units`.
    Ok(unsafe { std::slice::from_raw_parts_mut(data.cast(), count) })
}

#[inline(always)]
fn check<const N: usize>(data: *const u8, count: usize) -> Result<(), Code> {
    if data.is_null() {
        return Err(Code::Null);
    }
    match count.checked_mul(N).is_some_and(|bytes| isize::try_from(bytes).is_ok()) {
        true => Ok(()),
        false => Err(Code::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_the_largest_power_of_two_that_divides_the_size() {
        for (size, unit) in
            [(1, 1), (2, 2), (3, 1), (7, 1), (8, 8), (12, 4), (24, 8), (64, 64), (96, 32), (4096, 64)]
        {
            let shape = Shape::of(size).unwrap();
            assert_eq!((shape.unit, shape.units() * shape.unit), (unit, size));
        }
        assert_eq!(Shape::of(0), Err(Code::Invalid));
    }
}
