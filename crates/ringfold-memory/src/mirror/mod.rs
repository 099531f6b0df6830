//! The mirror: N bytes of memory that appear twice in a row.
//!
//! ```text
//!             half 0                half 1
//!   base ├───────────────────┼───────────────────┤ base + 2N
//!        │0   c              │N   c+N            │
//!             ├──── a slice [c, c+len), len ≤ N ─────┤
//! ```
//!
//! # The contract that makes it sound
//!
//! The compiler knows nothing of the alias: for it, byte `i` and byte `i + N` are two bytes, and it will keep an old
//! value of one in a register after a write through the other. The story told to it is therefore this one: *there are
//! 2N separate bytes, and [`Mirror::sync`] copies what was written to the other half.* On a soft mirror `sync` does
//! exactly that; on a hardware mirror it is an empty `asm!` block that takes the base pointer, and the memory
//! management unit has done the copy already. Code that is right under the story is right on both, so the soft
//! mirror (with Miri) tests what the `asm!` block only claims.
//!
//! 1. Nothing here hands out a reference. [`Mirror::base`] is a `NonNull<u8>` to 2N readable and writable bytes.
//! 2. After writing `[offset, offset + len)` and before anybody reads it, the writer calls `sync(offset, len)`.
//!    A Release store alone does not replace it.
//! 3. A slice covers at most N bytes, is derived from `base` anew, and is not alive across a `sync`, a publication
//!    or an acquisition. Two live references never cover one physical byte.
//! 4. While a byte is written, nobody else reads or writes it **or its twin**.
//!
//! `linux.rs`, `macos.rs`, `windows.rs` and `soft.rs` offer the same `Mapping`: `create(min_bytes, options) ->
//! Result<(Mapping, Info), Error>`, `base()`, and `Drop`.

mod soft;

// The hardware mirrors need an `asm!` block for `sync`, which stable Rust has on these processors only.
#[cfg(all(
    not(any(miri, loom)),
    any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "arm",
        target_arch = "aarch64",
        target_arch = "riscv32",
        target_arch = "riscv64",
        target_arch = "loongarch64",
        target_arch = "s390x"
    ),
    any(target_os = "linux", target_os = "android", target_vendor = "apple", windows)
))]
mod hardware;

// Everywhere else `hardware` is a stand-in whose `create` is an error.
#[cfg(not(all(
    not(any(miri, loom)),
    any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "arm",
        target_arch = "aarch64",
        target_arch = "riscv32",
        target_arch = "riscv64",
        target_arch = "loongarch64",
        target_arch = "s390x"
    ),
    any(target_os = "linux", target_os = "android", target_vendor = "apple", windows)
)))]
#[path = "absent.rs"]
mod hardware;

use std::fmt;
use std::ptr::NonNull;

use ringfold_core::mirror::{self, Alias};

use crate::{Error, Info, Memory, Options};

/// A region of [`period`](Mirror::period) bytes that appears twice in a row.
///
/// Made in one of two ways: the *hardware mirror* maps the same pages twice; the *soft mirror* is twice the memory,
/// kept equal by [`sync`](Mirror::sync). Fresh memory is zero. Dropping it gives the memory back; a forked child
/// leaves the parent's pages alone.
pub struct Mirror {
    base: NonNull<u8>,
    period: usize,
    info: Info,
    backing: Backing,
}

/// Owns the memory and gives it back when dropped.
enum Backing {
    #[allow(dead_code, reason = "held for its Drop")]
    Hardware(hardware::Mapping),
    #[allow(dead_code, reason = "held for its Drop")]
    Soft(soft::Mapping),
}

// SAFETY: the mapping belongs to no thread; `Mirror` only stores its address and every access goes through a raw
// pointer whose user answers for it.
unsafe impl Send for Mirror {}
// SAFETY: as above; `&Mirror` allows nothing but reading plain fields, and `sync` is an unsafe fn.
unsafe impl Sync for Mirror {}

impl Mirror {
    /// Makes a mirror of at least `min_bytes` with the default [`Options`].
    ///
    /// The period is the smallest power of two that is a multiple of the page size (of the huge page, where huge
    /// pages are used) and at least `min_bytes`; 0 gives one page. Makes about ten system calls and, by default, gives
    /// every page its memory: about a millisecond for each MiB, with `populate(false)` some 20 microseconds for any size.
    /// Waits for nobody.
    ///
    /// # Errors
    ///
    /// [`Error`] says which step failed, why and what to do: twice the size does not fit the address space, a limit
    /// such as `RLIMIT_AS` or `vm.max_map_count`, too little memory, or a system that refuses.
    pub fn new(min_bytes: usize) -> Result<Mirror, Error> {
        Mirror::with_options(min_bytes, &Options::new())
    }

    /// Makes a mirror of at least `min_bytes` as `options` say. See [`Mirror::new`] for the period and the cost.
    ///
    /// # Errors
    ///
    /// As [`Mirror::new`], and any explicit choice that cannot be had: [`Memory::Mirror`] where there is no hardware
    /// mirror, `HugePages::Require`, a NUMA node, a lock.
    pub fn with_options(min_bytes: usize, options: &Options) -> Result<Mirror, Error> {
        match options.memory {
            Memory::Mirror => Mirror::hardware(min_bytes, options),
            Memory::Soft => Mirror::soft(min_bytes, options),
            Memory::Auto => Mirror::hardware(min_bytes, options)
                .or_else(|refused| Mirror::soft_instead(min_bytes, options, refused)),
        }
    }

    /// The first of `2 * period` readable and writable bytes, aligned to [`Info::alignment`].
    #[inline]
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// N in bytes, a power of two: byte `i` and byte `i + N` hold the same value (on a soft mirror: after `sync`).
    #[inline]
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// Whether the two halves are the same physical pages.
    #[inline]
    #[must_use]
    pub fn is_hardware(&self) -> bool {
        matches!(self.backing, Backing::Hardware(_))
    }

    /// What was really obtained.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Makes what was written at `[offset, offset + len)` visible in the other half. Never waits. Costs no instruction on
    /// a hardware mirror and a copy of `len` bytes on a soft one. Publish (Release) after it, not before.
    ///
    /// ```
    /// let mirror = ringfold_memory::Mirror::new(4096)?;
    /// let (base, period) = (mirror.base(), mirror.period());
    /// // SAFETY: offsets stay below 2 * period, and nobody else uses this mirror.
    /// unsafe {
    ///     base.add(period - 1).cast::<[u8; 2]>().write([1, 2]); // over the seam
    ///     mirror.sync(period - 1, 2);
    ///     assert_eq!(base.read(), 2); // the byte behind the seam is the first byte
    /// }
    /// # Ok::<(), ringfold_memory::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// - `len <= period` and `offset + len <= 2 * period`.
    /// - Nobody else reads or writes those bytes or their twins during the call, and no reference to any of them is used
    ///   again after it: derive slices anew from [`base`](Mirror::base).
    #[inline]
    pub unsafe fn sync(&self, offset: usize, len: usize) {
        // SAFETY: `base` and `period` are this mirror's; the caller answers for the range.
        unsafe { mirror::sync(self.base, self.period, self.alias(), offset, len) };
    }

    /// How the two halves are kept the same.
    #[inline]
    #[must_use]
    pub fn alias(&self) -> Alias {
        match self.backing {
            Backing::Hardware(_) => Alias::Hardware,
            Backing::Soft(_) => Alias::Copied,
        }
    }

    fn hardware(min_bytes: usize, options: &Options) -> Result<Mirror, Error> {
        let (mapping, info) = hardware::Mapping::create(min_bytes, options)?;
        Ok(Mirror { base: mapping.base(), period: info.bytes, info, backing: Backing::Hardware(mapping) })
    }

    fn soft(min_bytes: usize, options: &Options) -> Result<Mirror, Error> {
        let (mapping, info) = soft::Mapping::create(min_bytes, options)?;
        Ok(Mirror { base: mapping.base(), period: info.bytes, info, backing: Backing::Soft(mapping) })
    }

    /// `Auto` after a refusal: a soft mirror, or the refusal where that cannot be had either.
    #[cold]
    fn soft_instead(min_bytes: usize, options: &Options, refused: Error) -> Result<Mirror, Error> {
        match Mirror::soft(min_bytes, options) {
            Ok(mut mirror) => {
                mirror.info.fallback = Some(refused);
                Ok(mirror)
            }
            // The first refusal says more: a soft mirror needs more memory and offers less.
            Err(_) => Err(refused),
        }
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("base", &self.base).field("info", &self.info).finish()
    }
}

/// Proves that the halves alias (hint-ignoring kernels, emulators and sandboxes exist where they do not), through the
/// first and the last byte of each half. Leaves the memory zero.
///
/// # Safety
///
/// `base` is valid for reads and writes of `2 * period` bytes that are zero and that nobody else uses.
#[allow(dead_code, reason = "only hardware mirrors need it")]
unsafe fn self_test(base: NonNull<u8>, period: usize) -> Result<(), Error> {
    for (written, offset) in [(0x5A, 0), (0xA5, period - 1), (0xC3, period), (0x3C, 2 * period - 1)] {
        let twin = if offset < period { offset + period } else { offset - period };
        // SAFETY: both offsets are below 2 * period, and the caller gives us the bytes alone. Volatile accesses
        // are neither merged nor reordered among each other, so the compiler's ignorance of the alias does no harm.
        let seen = unsafe {
            base.add(offset).write_volatile(written);
            let seen = base.add(twin).read_volatile();
            base.add(offset).write_volatile(0);
            seen
        };
        if seen != written {
            let help = "choose Memory::Auto or Memory::Soft";
            let what = "the two halves do not alias on this system";
            return Err(Error::unsupported("testing the mirror", period, what, help));
        }
    }
    Ok(())
}

/// The period for `min_bytes`: a power of two, a multiple of `granule` (itself a power of two), twice of which fits
/// the address space.
fn period_for(min_bytes: usize, granule: usize) -> Result<usize, Error> {
    const LARGEST: usize = 1 << (usize::BITS - 3);
    match min_bytes.max(granule).checked_next_power_of_two() {
        Some(period) if period <= LARGEST => Ok(period),
        _ => Err(Error::invalid(
            min_bytes,
            "twice that size does not fit the address space",
            format!("ask for at most {LARGEST} bytes"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{period_for, self_test, soft};
    use crate::Options;

    #[test]
    fn the_self_test_notices_halves_that_do_not_alias() {
        // The heap of a soft mirror: two halves, and no mapping that makes them one.
        let (heap, info) = soft::Mapping::create(4096, &Options::new()).unwrap();
        // SAFETY: twice the period, zero, and ours alone.
        let error = unsafe { self_test(heap.base(), info.bytes) }.unwrap_err();
        assert!(error.is_unsupported());
        for offset in 0..2 * info.bytes {
            // SAFETY: the offset is inside the heap.
            assert_eq!(unsafe { heap.base().add(offset).read() }, 0);
        }
    }

    #[test]
    fn the_period_is_the_next_power_of_two_and_at_least_a_granule() {
        let periods = [0, 1, 4096, 4097, 12_288].map(|min| period_for(min, 4096).unwrap());
        assert_eq!(periods, [4096, 4096, 4096, 8192, 16_384]);
        assert_eq!(period_for(1, 2 << 20).unwrap(), 2 << 20);
    }

    #[test]
    fn a_size_whose_double_overflows_is_invalid() {
        let largest = 1_usize << (usize::BITS - 3);
        assert_eq!(period_for(largest, 4096).unwrap(), largest);
        for min in [largest + 1, isize::MAX as usize, usize::MAX] {
            let error = period_for(min, 4096).unwrap_err();
            assert!(error.is_invalid());
            assert_eq!(error.requested_bytes(), min);
        }
    }
}
