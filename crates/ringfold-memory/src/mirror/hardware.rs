//! The hardware mirror: the platform's file, and the one thing that all platforms share.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "linux.rs")]
#[cfg_attr(target_vendor = "apple", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod platform;

use std::ptr::NonNull;

pub(super) use platform::Mapping;

use super::{period_for, self_test};

/// Tells the compiler that what was written through pointers derived from `base` now stands in both halves. No instruction.
#[inline(always)]
pub(super) fn assume_copied(base: NonNull<u8>) {
    // SAFETY: an empty block. Its meaning is "copy what was written to the other half", which the memory management unit
    // has done already; as it takes the base pointer and is not `nomem`, the compiler must assume that all 2N bytes changed.
    unsafe { std::arch::asm!("/* {0} */", in(reg) base.as_ptr(), options(nostack, preserves_flags)) };
}
