//! A region that grows and never moves.
//!
//! ```text
//!   base          usable              open                               reserved
//!    ├─ has memory ─┼─ may have memory ─┼───────── addresses only ─────────┤
//!    │ grow_to ────►│                   │                                  │
//! ```
//!
//! Address space costs next to nothing, memory does: so the addresses are taken once, ample, and each byte keeps its address
//! for as long as the region lives, while memory is given to the front as it is needed. It is given before it is used
//! (populated), in one system call for many pages: too little of it is an error and not a signal, and costs less than a
//! page fault for each page.
//!
//! `unix.rs`, `windows.rs` and `absent.rs` offer the same `Mapping`: `reserve`, `base`, `reserved`, `huge_page`, `open`,
//! `populate`, `give_back`, and `Drop`.

mod ample;

#[cfg(all(not(any(miri, loom)), any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
#[path = "unix.rs"]
mod platform;
#[cfg(all(not(any(miri, loom)), windows))]
#[path = "windows.rs"]
mod platform;
#[cfg(any(
    miri,
    loom,
    not(any(target_os = "linux", target_os = "android", target_vendor = "apple", windows))
))]
#[path = "absent.rs"]
mod platform;

use std::fmt;
use std::ptr::NonNull;

use self::ample::Share;
use self::platform::Mapping;
use crate::{Error, HugePages, limits, machine, numa};

/// Address space reserved at once, to which memory is given from the front as it grows. It never moves.
///
/// The memory is private: a forked child has a copy of its own. Fresh memory is zero. Dropping the region gives everything
/// back. On Linux it takes two mappings (`vm.max_map_count`), three with huge pages.
///
/// ```
/// use ringfold_memory::{HugePages, Region};
///
/// # if cfg!(any(miri, loom)) { return Ok(()); }
/// let mut region = Region::reserve(1 << 30, HugePages::Never)?; // addresses, no memory
/// region.grow_to(10_000)?;
/// assert!(region.usable_bytes() >= 10_000);
/// // SAFETY: the first 10,000 bytes are usable, and nobody else has this region.
/// unsafe { region.base().add(9_999).write(42) };
/// # Ok::<(), ringfold_memory::Error>(())
/// ```
pub struct Region {
    mapping: Mapping,
    /// Bytes that have memory.
    usable: usize,
    /// Bytes that may be accessed; those behind `usable` have no memory yet.
    open: usize,
    /// Bytes for which the machine was asked whether there is enough.
    asked: usize,
    #[allow(dead_code, reason = "held for its Drop")]
    share: Option<Share>,
}

// SAFETY: the mapping belongs to no thread; `Region` only stores its address, and every access goes through a raw pointer
// whose user answers for it.
unsafe impl Send for Region {}
// SAFETY: as above; `&Region` allows nothing but reading plain fields.
unsafe impl Sync for Region {}

/// How far ahead of what is populated a region is opened: fewer calls, and no memory before it is needed.
const OPEN_AHEAD: usize = 2 << 20;
/// How much a region grows before the machine is asked again whether there is enough memory.
const ASK_EVERY: usize = 64 << 20;

impl Region {
    /// Reserves at least `bytes` of address space (rounded up to pages) and no memory. Takes a few microseconds.
    ///
    /// [`HugePages::Try`] lets everything behind the first huge page stand on huge pages, where the system has them for
    /// private memory.
    ///
    /// # Errors
    /// 0 bytes or more than the address space has; a limit such as `RLIMIT_AS` or `vm.max_map_count`; a system without such
    /// regions (anything but Linux, Android, macOS, iOS and Windows); [`HugePages::Require`] where there are none.
    pub fn reserve(bytes: usize, huge_pages: HugePages) -> Result<Region, Error> {
        const LARGEST: usize = 1 << (usize::BITS - 2);
        if bytes == 0 || bytes > LARGEST {
            let help = format!("ask for 1 to {LARGEST} bytes");
            return Err(Error::invalid(bytes, "no region has that size", help));
        }
        let mapping = Mapping::reserve(bytes.next_multiple_of(machine::page_size()), huge_pages)?;
        Ok(Region { mapping, usable: 0, open: 0, asked: 0, share: None })
    }

    /// Reserves as much address space as this machine could ever fill: twice its memory, or less where that is refused.
    ///
    /// For data whose size nobody knows beforehand. It takes only what can be spared. Where address space is scarce
    /// (`RLIMIT_AS` is set, 32 bits) it is an error, and [`reserve`](Region::reserve) may still do. All such regions of a
    /// process together get a quarter of the address space and an eighth of the mappings (`vm.max_map_count`); as
    /// they become many they get less each, down to 1 GiB, and then an error.
    ///
    /// # Errors
    /// As [`reserve`](Region::reserve), and those just said.
    pub fn reserve_ample(huge_pages: HugePages) -> Result<Region, Error> {
        loop {
            let share = Share::take()?;
            match Region::reserve(share.bytes(), huge_pages) {
                Ok(region) => return Ok(Region { share: Some(share), ..region }),
                // Nothing that fewer bytes would mend.
                Err(refused) if refused.is_unsupported() || refused.is_limit() => return Err(refused),
                Err(refused) if !share.halve() => return Err(refused),
                Err(_) => {}
            }
        }
    }

    /// The first byte, aligned to a page (to a huge page, where they are used). Never changes.
    #[inline]
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.mapping.base()
    }

    /// Bytes of address space.
    #[inline]
    #[must_use]
    pub fn reserved_bytes(&self) -> usize {
        self.mapping.reserved()
    }

    /// Bytes from the base on that have memory and may be read and written.
    #[inline]
    #[must_use]
    pub fn usable_bytes(&self) -> usize {
        self.usable
    }

    /// The size of the huge pages on which everything behind the first of them stands, if the system gives them.
    #[inline]
    #[must_use]
    pub fn huge_page(&self) -> Option<usize> {
        self.mapping.huge_page()
    }

    /// Binds all of it to one NUMA node (Linux): memory that is given to it from now on lies there.
    ///
    /// # Errors
    /// A node that this machine does not have, or a system that does not do that.
    pub fn bind_to_node(&mut self, node: u32) -> Result<(), Error> {
        numa::bind(self.base(), self.reserved_bytes(), node)
    }

    /// Gives memory to at least the first `bytes`, rounded up to pages. Does nothing where they have it already. About a
    /// microsecond for the call and one for four pages.
    ///
    /// # Errors
    /// More than was reserved; too little memory; a limit (`RLIMIT_DATA`, a cgroup, `vm.overcommit_memory`). What was
    /// usable before still is.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Error> {
        if bytes <= self.usable {
            return Ok(());
        }
        if bytes > self.reserved_bytes() {
            let what = format!("only {} bytes of address space were reserved", self.reserved_bytes());
            return Err(Error::invalid(bytes, what, "reserve more to begin with"));
        }
        let target = self.rounded(bytes);
        self.ask_for(target)?;
        if target > self.open {
            let open =
                self.rounded(target.max((2 * self.open).min(target + OPEN_AHEAD)).min(self.reserved_bytes()));
            self.mapping.open(self.open, open)?;
            self.open = open;
        }
        self.mapping.populate(self.usable, target)?;
        self.usable = target;
        Ok(())
    }

    /// Gives the memory behind the first `bytes` (rounded up to pages) back to the system; what was in it is lost. Where the
    /// system refuses, the region stays as it is.
    pub fn shrink_to(&mut self, bytes: usize) {
        if bytes >= self.usable {
            return;
        }
        let target = self.rounded(bytes);
        if target < self.usable && self.mapping.give_back(target, self.open).is_ok() {
            (self.usable, self.open, self.asked) = (target, target, target);
        }
    }

    /// Up to whole pages, and behind the first huge page up to whole huge ones. `bytes` is at most what is reserved, which is
    /// a multiple of both.
    fn rounded(&self, bytes: usize) -> usize {
        match self.huge_page() {
            Some(huge) if bytes > huge => bytes.next_multiple_of(huge),
            _ => bytes.next_multiple_of(machine::page_size()),
        }
    }

    /// Refuses what the machine does not have: the kernel would not say no, it would kill.
    fn ask_for(&mut self, target: usize) -> Result<(), Error> {
        if target > self.asked {
            let ahead = (target + ASK_EVERY).min(self.reserved_bytes());
            let step = "giving memory to a region";
            if limits::check_available(step, ahead - self.usable).is_err() {
                // Perhaps not for so far ahead, but for what is needed now. Small steps are left to the kernel.
                limits::check_available(step, target - self.usable)?;
            } else {
                self.asked = ahead;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region")
            .field("base", &self.base())
            .field("usable_bytes", &self.usable)
            .field("reserved_bytes", &self.reserved_bytes())
            .field("huge_page", &self.huge_page())
            .finish()
    }
}
