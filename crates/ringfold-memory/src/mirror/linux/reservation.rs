//! 2N of address space and the two mappings in it.

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use super::owner::Owner;
use crate::{Error, Fork, Method, limits};

/// `2 * period` bytes of address space, given back on drop.
pub(super) struct Reservation {
    base: NonNull<u8>,
    period: usize,
    owner: Owner,
}

/// Where the physical pages come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Memory,
    /// The pool of huge pages of this size.
    HugePool(usize),
}

const READ_WRITE: c_int = libc::PROT_READ | libc::PROT_WRITE;
const MFD_CLOEXEC: usize = 1;
const MFD_HUGETLB: usize = 4;
/// Linux 6.3: the file can never be made executable. Hardened systems refuse a memfd without it.
const MFD_NOEXEC_SEAL: usize = 8;
/// `MREMAP_MAYMOVE | MREMAP_FIXED`, which the libc crate does not name on Android.
const MREMAP_MAYMOVE_FIXED: usize = 1 | 2;
const MFD_HUGE_SHIFT: u32 = 26;

impl Reservation {
    /// Reserves twice the period at a multiple of `alignment`, inaccessible and without memory.
    pub(super) fn new(period: usize, alignment: usize) -> Result<Reservation, Error> {
        let step = "reserving address space (mmap)";
        let bytes = 2 * period;
        let slack = if alignment > crate::machine::page_size() { alignment } else { 0 };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice touches nothing that exists. The sum does not
        // overflow: `period_for` keeps a period at or below an eighth of the address space, and `alignment` divides it.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes + slack, libc::PROT_NONE, flags, -1, 0) };
        let Some(start) = mapped(start) else {
            return Err(limits::explain_reservation(step, bytes + slack));
        };
        let skipped = start.as_ptr().align_offset(alignment).min(slack);
        // SAFETY: `skipped <= slack`, and `bytes + slack` bytes from `start` were just mapped.
        let (base, end) = unsafe { (start.add(skipped), start.add(skipped + bytes)) };
        // Give the slack back. Failing to (too many mappings) loses address space and nothing else.
        unmap(start, skipped);
        unmap(end, slack - skipped);
        Ok(Reservation { base, period, owner: Owner::this_process() })
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn period(&self) -> usize {
        self.period
    }

    /// Maps the same pages over both halves. Says how, and why not by memfd if that was refused.
    pub(super) fn map_twice(&self, source: Source) -> Result<(Method, Option<Error>), Error> {
        match (Memfd::create(self.period, source), source) {
            (Ok(memfd), Source::Memory) => self.map_memfd(&memfd).map(|()| (Method::Memfd, None)),
            (Ok(memfd), Source::HugePool(_)) => self.map_memfd(&memfd).map(|()| (Method::HugeTlb, None)),
            (Err(refused), Source::HugePool(_)) => Err(refused),
            (Err(refused), Source::Memory) => match self.map_anonymous() {
                Ok(()) => Ok((Method::AnonymousRemap, Some(refused))),
                Err(error) => Err(error.after(Some(refused))),
            },
        }
    }

    /// Sets what a forked child and a core dump see.
    pub(super) fn advise_fork_and_dump(&mut self, fork: Fork) -> Result<(), Error> {
        match fork {
            Fork::DontFork => self.advise(
                "keeping the mirror out of forked children (madvise DONTFORK)",
                0,
                2 * self.period,
                libc::MADV_DONTFORK,
            )?,
            Fork::Share => self.owner = Owner::Anyone,
        }
        // A dump needs the data once. A kernel that writes it twice does no harm.
        let _ = self.advise("dumping once (madvise DONTDUMP)", self.period, self.period, libc::MADV_DONTDUMP);
        Ok(())
    }

    /// `madvise` over `[offset, offset + bytes)`.
    pub(super) fn advise(
        &self,
        step: &'static str,
        offset: usize,
        bytes: usize,
        advice: c_int,
    ) -> Result<(), Error> {
        debug_assert!(offset + bytes <= 2 * self.period);
        loop {
            // SAFETY: the range lies inside our own reservation, and none of the advices used here takes data away.
            let result = unsafe { libc::madvise(self.base.add(offset).as_ptr().cast(), bytes, advice) };
            if result == 0 {
                return Ok(());
            }
            if limits::last_os_error() != libc::EINTR {
                return Err(limits::explain(step, bytes));
            }
        }
    }

    fn map_memfd(&self, memfd: &Memfd) -> Result<(), Error> {
        for (half, step) in ["mapping half 0 (mmap)", "mapping half 1 (mmap)"].into_iter().enumerate() {
            self.map_over(half, libc::MAP_SHARED, memfd.fd).map_err(|()| match memfd.source {
                Source::Memory => limits::explain(step, self.period),
                Source::HugePool(page) => limits::explain_huge_pool(step, self.period, page),
            })?;
        }
        Ok(())
    }

    fn map_anonymous(&self) -> Result<(), Error> {
        self.map_over(0, libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1)
            .map_err(|()| limits::explain("mapping half 0 without a file (mmap)", self.period))?;
        // SAFETY: both halves lie inside our own reservation, which nobody else knows, so replacing half 1 harms nothing.
        // An old size of 0 duplicates a shared mapping and leaves half 0 as it is.
        let half_1 = unsafe {
            let (half_0, target) = (self.base.as_ptr(), self.base.add(self.period).as_ptr());
            libc::syscall(libc::SYS_mremap, half_0, 0_usize, self.period, MREMAP_MAYMOVE_FIXED, target)
        };
        // Not `< 0`: with 32 bits an address in the upper half of memory is a negative number.
        if half_1 == -1 {
            return Err(limits::explain("duplicating half 0 (mremap)", self.period));
        }
        Ok(())
    }

    fn map_over(&self, half: usize, flags: c_int, fd: c_int) -> Result<(), ()> {
        debug_assert!(half < 2);
        // SAFETY: `half * period + period <= 2 * period`: MAP_FIXED replaces part of our own reservation, which nobody else knows.
        let address = unsafe {
            let target = self.base.add(half * self.period).as_ptr().cast();
            libc::mmap(target, self.period, READ_WRITE, flags | libc::MAP_FIXED, fd, 0)
        };
        mapped(address).map(|_| ()).ok_or(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // In a forked child the pages are not mapped, and something else may live at this address by now.
        if !self.owner.is_inherited() {
            unmap(self.base, 2 * self.period);
        }
    }
}

/// An anonymous file, closed on drop; its pages live on in the mappings.
struct Memfd {
    fd: c_int,
    source: Source,
}

impl Memfd {
    fn create(bytes: usize, source: Source) -> Result<Memfd, Error> {
        // Growing a file beyond RLIMIT_FSIZE raises SIGXFSZ, which kills the process: ask first.
        limits::check_file_size("sizing the memfd (ftruncate)", bytes)?;
        let huge = match source {
            Source::Memory => 0,
            Source::HugePool(page) => MFD_HUGETLB | (page.trailing_zeros() as usize) << MFD_HUGE_SHIFT,
        };
        let memfd =
            Memfd {
                fd: memfd_create(huge | MFD_CLOEXEC | MFD_NOEXEC_SEAL)
                    .or_else(|errno| {
                        if errno == libc::EINVAL { memfd_create(huge | MFD_CLOEXEC) } else { Err(errno) }
                    })
                    .map_err(|_| limits::explain("creating the memfd (memfd_create)", bytes))?,
                source,
            };
        let step = "sizing the memfd (ftruncate)";
        let length = libc::off_t::try_from(bytes).unwrap_or(libc::off_t::MAX);
        // SAFETY: the descriptor is ours and open; ftruncate reads nothing of ours.
        if unsafe { libc::ftruncate(memfd.fd, length) } != 0 {
            return Err(limits::explain(step, bytes));
        }
        Ok(memfd)
    }
}

impl Drop for Memfd {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours, open, and closed only here.
        unsafe { libc::close(self.fd) };
    }
}

/// The raw system call, because older C libraries have no name for it.
fn memfd_create(flags: usize) -> Result<c_int, c_int> {
    // SAFETY: the name is a C string that lives for the call; the kernel copies it.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_create, c"ringfold".as_ptr(), flags) };
    if fd < 0 { Err(limits::last_os_error()) } else { Ok(fd as c_int) }
}

fn mapped(address: *mut c_void) -> Option<NonNull<u8>> {
    if address == libc::MAP_FAILED { None } else { NonNull::new(address.cast()) }
}

/// Gives `[start, start + bytes)` back, which must be ours and unused.
fn unmap(start: NonNull<u8>, bytes: usize) {
    if bytes > 0 {
        // SAFETY: every caller passes a range that it mapped itself and that nothing refers to any more.
        unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
    }
}
