//! Regions on Linux, Android, macOS, iOS and their kin.
//!
//! ```text
//!   reserve      mmap, PROT_NONE, NORESERVE       charged to nobody, not even under strict overcommit
//!   open         mprotect, READ | WRITE           charged under strict overcommit
//!   populate     madvise POPULATE_WRITE           Linux 5.14; elsewhere a write to each page
//!   give_back    mmap over it, as in the beginning
//! ```

#[cfg(any(target_os = "linux", target_os = "android"))]
use std::ffi::c_int;
use std::ffi::c_void;
use std::ptr::{self, NonNull};

use crate::{Error, HugePages, limits, machine};

/// Owns the address space.
pub(super) struct Mapping {
    base: NonNull<u8>,
    reserved: usize,
    huge_page: Option<usize>,
}

impl Mapping {
    /// `bytes` is a multiple of the page size.
    pub(super) fn reserve(bytes: usize, huge_pages: HugePages) -> Result<Mapping, Error> {
        let huge_page = huge_page(bytes, huge_pages)?;
        let step = "reserving address space (mmap)";
        let alignment = huge_page.unwrap_or(1);
        let bytes = bytes.next_multiple_of(alignment);
        let slack = alignment - 1;
        let start =
            map(None, bytes + slack).map_err(|()| limits::explain_reservation(step, bytes + slack))?;
        let skipped = start.as_ptr().align_offset(alignment).min(slack);
        // SAFETY: `skipped <= slack`, and `bytes + slack` bytes from `start` were just mapped.
        let base = unsafe { start.add(skipped) };
        // The kernel cuts at pages, so both ends of the slack are; failing to give it back loses addresses only.
        unmap(start, skipped);
        // SAFETY: as above.
        unmap(unsafe { base.add(bytes) }, slack - skipped);
        let mapping = Mapping { base, reserved: bytes, huge_page };
        mapping.advise_huge_pages(0);
        Ok(mapping)
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }

    pub(super) fn huge_page(&self) -> Option<usize> {
        self.huge_page
    }

    /// Allows access to `from..to`.
    pub(super) fn open(&mut self, from: usize, to: usize) -> Result<(), Error> {
        // SAFETY: the range lies in our own reservation, and opening what nobody uses yet harms nothing.
        let result = unsafe { libc::mprotect(self.at(from), to - from, libc::PROT_READ | libc::PROT_WRITE) };
        let step = "opening a region (mprotect)";
        if result == 0 { Ok(()) } else { Err(limits::explain_growth(step, to - from)) }
    }

    /// Gives `from..to`, which is open and was never used, its memory.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn populate(&mut self, from: usize, to: usize) -> Result<(), Error> {
        /// `MADV_POPULATE_WRITE`, Linux 5.14.
        const POPULATE_WRITE: c_int = 23;
        loop {
            match self.advise(from, to, POPULATE_WRITE) {
                Ok(()) => return Ok(()),
                Err(libc::EINTR) => {}
                Err(libc::EINVAL) => {
                    self.touch(from, to);
                    return Ok(());
                }
                Err(_) => {
                    let step = "populating a region (madvise POPULATE_WRITE)";
                    return Err(limits::explain_growth(step, to - from));
                }
            }
        }
    }

    /// Writes to each page of `from..to`, which is open and was never used. It cannot report too little memory.
    #[cfg(target_vendor = "apple")]
    pub(super) fn populate(&mut self, from: usize, to: usize) -> Result<(), Error> {
        self.touch(from, to);
        Ok(())
    }

    /// Takes the memory of `from..to` away again.
    pub(super) fn give_back(&mut self, from: usize, to: usize) -> Result<(), Error> {
        // SAFETY: `from` lies in our own reservation.
        let at = unsafe { self.base.add(from) };
        let step = "giving memory back (mmap)";
        map(Some(at), to - from).map_err(|()| limits::explain_reservation(step, to - from))?;
        self.advise_huge_pages(from);
        Ok(())
    }

    fn touch(&self, from: usize, to: usize) {
        for offset in (from..to).step_by(machine::page_size()) {
            // SAFETY: the page is open, zero and not yet known to anybody.
            unsafe { self.base.add(offset).write_volatile(0) };
        }
    }

    /// Ordinary pages for the first huge page's worth, so that a small region stays small, huge ones behind it; without huge
    /// pages none at all, so that no step of growth clears more than was asked for. Advice: refusing it breaks nothing.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn advise_huge_pages(&self, from: usize) {
        let _ = match self.huge_page {
            Some(huge) => self.advise(from.max(huge), self.reserved, libc::MADV_HUGEPAGE),
            None => self.advise(from, self.reserved, libc::MADV_NOHUGEPAGE),
        };
    }

    #[cfg(target_vendor = "apple")]
    fn advise_huge_pages(&self, _from: usize) {}

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn advise(&self, from: usize, to: usize, advice: c_int) -> Result<(), c_int> {
        if from >= to {
            return Ok(());
        }
        // SAFETY: the range lies in our own reservation, and none of the advices used here takes data away.
        let result = unsafe { libc::madvise(self.at(from), to - from, advice) };
        if result == 0 { Ok(()) } else { Err(limits::last_os_error()) }
    }

    fn at(&self, offset: usize) -> *mut c_void {
        debug_assert!(offset <= self.reserved);
        // SAFETY: the offset lies in our own reservation or just behind it.
        unsafe { self.base.add(offset).as_ptr().cast() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        unmap(self.base, self.reserved);
    }
}

/// Addresses without memory: anywhere, or over a part of our own reservation.
fn map(over: Option<NonNull<u8>>, bytes: usize) -> Result<NonNull<u8>, ()> {
    let fixed = if over.is_some() { libc::MAP_FIXED } else { 0 };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE | fixed;
    let hint = over.map_or(ptr::null_mut(), |at| at.as_ptr().cast());
    // SAFETY: a fresh mapping at an address of the kernel's choice touches nothing that exists; one over our own
    // reservation replaces what the caller no longer uses.
    let start = unsafe { libc::mmap(hint, bytes, libc::PROT_NONE, flags, -1, 0) };
    if start == libc::MAP_FAILED { Err(()) } else { NonNull::new(start.cast()).ok_or(()) }
}

/// Gives whole pages of `[start, start + bytes)` back, which are ours and unused.
fn unmap(start: NonNull<u8>, bytes: usize) {
    if bytes > 0 {
        // SAFETY: every caller passes a range that it mapped itself and that nothing refers to any more.
        unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
    }
}

/// The huge pages that private memory can have here.
fn huge_page(bytes: usize, wanted: HugePages) -> Result<Option<usize>, Error> {
    let found = match wanted {
        HugePages::Never => return Ok(None),
        HugePages::Try | HugePages::Require => machine::transparent_huge_pages()
            .filter(|them| them.anonymous != "never")
            .and_then(|them| them.page_bytes),
    };
    if found.is_none() && wanted == HugePages::Require {
        return Err(Error::unsupported(
            "getting huge pages",
            bytes,
            "this system has no huge pages for private memory",
            "set /sys/kernel/mm/transparent_hugepage/enabled to `madvise`, or use HugePages::Try",
        ));
    }
    Ok(found)
}
