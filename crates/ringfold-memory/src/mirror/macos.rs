//! The hardware mirror of macOS, iOS and their kin.
//!
//! ```text
//!   1. allocate     ├────────────── 2N ───────────────┤   mach_vm_allocate
//!   2. remap        ├──── half 0 ────┼── half 0 again ──┤   mach_vm_remap, FIXED | OVERWRITE
//! ```
//!
//! Remapping over one's own allocation is atomic, so no other thread can take the hole, and it needs no name, no file and
//! no port: nothing can collide, leak or be forbidden by the App Sandbox.

use std::ptr::NonNull;

use mach2::kern_return::{
    KERN_INVALID_ADDRESS, KERN_INVALID_ARGUMENT, KERN_NO_SPACE, KERN_PROTECTION_FAILURE,
    KERN_RESOURCE_SHORTAGE, KERN_SUCCESS, kern_return_t,
};
use mach2::traps::mach_task_self;
use mach2::vm::{mach_vm_allocate, mach_vm_deallocate, mach_vm_inherit, mach_vm_remap};
use mach2::vm_inherit::{VM_INHERIT_NONE, VM_INHERIT_SHARE};
use mach2::vm_prot::{VM_PROT_NONE, VM_PROT_READ, VM_PROT_WRITE};
use mach2::vm_statistics::{VM_FLAGS_ANYWHERE, VM_FLAGS_FIXED, VM_FLAGS_OVERWRITE};
use mach2::vm_types::mach_vm_address_t;

use super::{period_for, self_test};
use crate::error::{Cause, Limit, Unit};
use crate::{Error, Fork, HugePages, Info, Method, Options, machine};

/// Owns the address space of one mirror.
pub(in crate::mirror) struct Mapping {
    base: NonNull<u8>,
    period: usize,
    fork: Fork,
    creator: libc::pid_t,
}

impl Mapping {
    /// Huge pages and NUMA nodes are not to be had here: `Require` and a node are errors, `Try` is reported.
    pub(in crate::mirror) fn create(min_bytes: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        let huge_refused = refuse_what_mach_cannot_do(min_bytes, options)?;
        let page = machine::page_size();
        let period = period_for(min_bytes, page)?;
        let mapping = Mapping::allocate(period, options.fork)?;
        mapping.remap_half_0_over_half_1()?;
        mapping.set_inheritance()?;
        let mut info = Info::new(Method::MachRemap, period, page);
        (info.fork, info.huge_refused) = (options.fork, huge_refused);
        // SAFETY: both halves were just mapped readable and writable, 2 * period bytes, and nobody else knows them.
        unsafe { self_test(mapping.base, period)? };
        if options.populate {
            mapping.touch_every(page);
            info.populated = true;
        }
        if options.lock {
            mapping.lock()?;
            info.locked = true;
        }
        Ok((mapping, info))
    }

    pub(in crate::mirror) fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn allocate(period: usize, fork: Fork) -> Result<Mapping, Error> {
        let step = "reserving address space (mach_vm_allocate)";
        let mut address: mach_vm_address_t = 0;
        // SAFETY: a fresh allocation at an address of the kernel's choice touches nothing that exists; `address` lives
        // for the call.
        let result =
            unsafe { mach_vm_allocate(mach_task_self(), &mut address, 2 * period as u64, VM_FLAGS_ANYWHERE) };
        check(step, 2 * period, result)?;
        match NonNull::new(std::ptr::with_exposed_provenance_mut(address as usize)) {
            // SAFETY: getpid has no preconditions.
            Some(base) => Ok(Mapping { base, period, fork, creator: unsafe { libc::getpid() } }),
            None => Err(Error::new(step, 2 * period, None, Cause::Unknown)),
        }
    }

    fn remap_half_0_over_half_1(&self) -> Result<(), Error> {
        let step = "mapping half 0 again (mach_vm_remap)";
        let half_0 = self.base.as_ptr().expose_provenance() as mach_vm_address_t;
        let wanted = half_0 + self.period as u64;
        let mut half_1 = wanted;
        let (mut current, mut maximum) = (VM_PROT_NONE, VM_PROT_NONE);
        // SAFETY: half 1 lies inside our own allocation, which nobody else knows, so overwriting it harms nothing; the
        // outputs live for the call. `copy` is 0: the pages are shared.
        let result = unsafe {
            let task = mach_task_self();
            mach_vm_remap(
                task,
                &mut half_1,
                self.period as u64,
                0,
                VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE,
                task,
                half_0,
                0,
                &mut current,
                &mut maximum,
                if self.fork == Fork::Share { VM_INHERIT_SHARE } else { VM_INHERIT_NONE },
            )
        };
        check(step, self.period, result)?;
        let wants = VM_PROT_READ | VM_PROT_WRITE;
        if half_1 != wanted || current & wants != wants {
            let what = "the kernel mapped half 1 elsewhere or read-only";
            return Err(Error::unsupported(step, self.period, what, "choose Memory::Auto or Memory::Soft"));
        }
        Ok(())
    }

    /// What a forked child sees of both halves.
    fn set_inheritance(&self) -> Result<(), Error> {
        let inheritance = if self.fork == Fork::Share { VM_INHERIT_SHARE } else { VM_INHERIT_NONE };
        let start = self.base.as_ptr().expose_provenance() as mach_vm_address_t;
        // SAFETY: the range is our own allocation.
        let result = unsafe { mach_vm_inherit(mach_task_self(), start, 2 * self.period as u64, inheritance) };
        check("setting what a forked child sees (mach_vm_inherit)", 2 * self.period, result)
    }

    /// Faults every page in through both halves. This system compresses and swaps instead of running out.
    fn touch_every(&self, page: usize) {
        for offset in (0..2 * self.period).step_by(page) {
            // SAFETY: the offset is below 2 * period, the page is zero, and nobody else knows the mirror yet.
            unsafe { self.base.add(offset).write_volatile(0) };
        }
    }

    /// Locks half 0, which keeps the pages in RAM for both.
    fn lock(&self) -> Result<(), Error> {
        let step = "locking the pages (mlock)";
        // SAFETY: half 0 is our own mapping.
        if unsafe { libc::mlock(self.base.as_ptr().cast(), self.period) } == 0 {
            return Ok(());
        }
        let errno = std::io::Error::last_os_error().raw_os_error();
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: `limit` is a live rlimit that the call fills in.
        unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &mut limit) };
        let cause = Cause::Limit(Limit {
            name: "RLIMIT_MEMLOCK",
            value: limit.rlim_cur,
            unit: Unit::Bytes,
            help: "raise it (`ulimit -l unlimited`) or vm.user_wire_limit, or leave the lock out",
        });
        Err(Error::new(step, self.period, errno, cause))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: getpid has no preconditions.
        let inherited = unsafe { libc::getpid() } != self.creator;
        if inherited && self.fork == Fork::DontFork {
            // In a forked child the pages are not mapped, and something else may live at this address by now.
            return;
        }
        let start = self.base.as_ptr().expose_provenance() as mach_vm_address_t;
        // SAFETY: the range is our own allocation, mapped in this process, and this is its only owner.
        unsafe { mach_vm_deallocate(mach_task_self(), start, 2 * self.period as u64) };
    }
}

fn refuse_what_mach_cannot_do(min_bytes: usize, options: &Options) -> Result<Option<Error>, Error> {
    let refuse = |what, help| Error::unsupported("checking the options", min_bytes, what, help);
    if options.numa_node.is_some() {
        return Err(refuse("this system has no NUMA nodes", "leave the node out"));
    }
    let huge =
        || refuse("this system has no huge pages for mirrors", "use HugePages::Never or HugePages::Try");
    match options.huge_pages {
        HugePages::Never => Ok(None),
        HugePages::Try => Ok(Some(huge())),
        HugePages::Require => Err(huge()),
    }
}

/// Turns a Mach result into the errno that says the same.
fn check(step: &'static str, bytes: usize, result: kern_return_t) -> Result<(), Error> {
    let (errno, cause) = match result {
        KERN_SUCCESS => return Ok(()),
        KERN_NO_SPACE | KERN_RESOURCE_SHORTAGE => (libc::ENOMEM, Cause::OutOfMemory { available: None }),
        KERN_PROTECTION_FAILURE => (libc::EACCES, Cause::Unknown),
        KERN_INVALID_ARGUMENT => (libc::EINVAL, Cause::Unknown),
        KERN_INVALID_ADDRESS => (libc::EFAULT, Cause::Unknown),
        _ => (libc::EIO, Cause::Unknown),
    };
    Err(Error::new(step, bytes, Some(errno), cause))
}
