//! What must be done so that the two halves of mirrored memory agree.
//!
//! ```text
//!   base            base + period        base + 2 * period
//!    │ half 0            │ half 1             │
//!    ├───────────────────┼───────────────────┤
//!    │ a b c d e f g h   │ a b c d e f g h   │     byte i and byte i + period are one byte
//!    └───────────────────┴───────────────────┘
//!                      └────────┘  a slice across the seam is still one slice
//! ```
//!
//! The compiler knows nothing of the alias: to it, byte `i` and byte `i + period` are two bytes, and
//! it will happily keep a stale copy of one after the other was written. So whoever writes calls
//! [`sync`], whose meaning is "copy what was written to the other half". On a hardware mirror the
//! copy has already happened and `sync` is an empty `asm!` block that merely *could* have made it;
//! on a soft mirror it is that very copy. Every proof about the soft mirror is thus a proof about
//! what the compiler may assume of the hardware one.
//!
//! The idea of giving an `asm!` block a meaning in ordinary Rust is due to Ralf Jung ("How to use
//! storytelling to fit inline assembly into Rust", 2026).

use core::ptr::NonNull;

/// How the two halves are kept the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alias {
    /// By the memory management unit: both halves are mapped to the same pages.
    Hardware,
    /// By [`sync`], which copies.
    Copied,
}

/// Makes what was written at `offset .. offset + len` visible in the other half.
///
/// # Safety
/// * `base` is the start of `2 * period` bytes that are valid for reads and writes and that are
///   mirrored as `alias` says;
/// * `len <= period` and `offset + len <= 2 * period`;
/// * nobody else accesses the `len` bytes, in either half, during the call.
#[inline(always)]
pub unsafe fn sync(base: NonNull<u8>, period: usize, alias: Alias, offset: usize, len: usize) {
    debug_assert!(len <= period && offset <= 2 * period - len);
    match alias {
        Alias::Hardware => assume_changed(base),
        // SAFETY: handed on from the caller.
        Alias::Copied => unsafe { copy(base, period, offset, len) },
    }
}

/// Tells the compiler that the memory behind `base` may have changed, and may be read before the next access. No instruction.
#[inline(always)]
pub fn assume_changed(base: NonNull<u8>) {
    #[cfg(all(
        not(miri),
        any(
            target_arch = "x86_64",
            target_arch = "x86",
            target_arch = "aarch64",
            target_arch = "arm",
            target_arch = "riscv32",
            target_arch = "riscv64",
            target_arch = "loongarch64",
            target_arch = "s390x"
        )
    ))]
    // SAFETY: the block is empty. It claims to access memory through `base`, which is the truth of
    // the mapping: a write to one half is a write to the other.
    unsafe {
        core::arch::asm!("/* {0} */", in(reg) base.as_ptr(), options(nostack, preserves_flags));
    }
    // Where there is no stable `asm!` there is no hardware mirror either (`ringfold-memory`), and nobody
    // gets here.
    let _ = base;
}

/// # Safety
/// As [`sync`].
#[inline(never)]
unsafe fn copy(base: NonNull<u8>, period: usize, offset: usize, len: usize) {
    let in_first = period.saturating_sub(offset).min(len);
    if in_first > 0 {
        // SAFETY: this part ends at the seam or before it, so its twin ends inside the second half; neither
        // is longer than a half, so they do not overlap.
        unsafe { base.add(offset).copy_to_nonoverlapping(base.add(offset + period), in_first) };
    }
    if in_first < len {
        let start = offset + in_first;
        // SAFETY: this part starts at the seam or behind it, so its twin lies in the first half; as above.
        unsafe { base.add(start).copy_to_nonoverlapping(base.add(start - period), len - in_first) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_mirror_agrees_after_sync_wherever_the_write_lies() {
        const PERIOD: usize = 16;
        for offset in 0..2 * PERIOD {
            for len in 0..=PERIOD.min(2 * PERIOD - offset) {
                let mut bytes = [0u8; 2 * PERIOD];
                let base = NonNull::new(bytes.as_mut_ptr()).unwrap();
                for i in offset..offset + len {
                    // SAFETY: offset + len <= 2 * PERIOD, the length of the array.
                    unsafe { base.add(i).write(i as u8 + 1) };
                }
                // SAFETY: the array is 2 * PERIOD bytes, and only this thread knows of it.
                unsafe { sync(base, PERIOD, Alias::Copied, offset, len) };
                assert_eq!(bytes[..PERIOD], bytes[PERIOD..], "offset {offset} len {len}");
                assert_eq!(bytes.iter().filter(|&&b| b != 0).count(), 2 * len);
            }
        }
    }
}
