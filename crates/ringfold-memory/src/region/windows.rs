//! Regions on Windows: addresses are reserved, then committed piece by piece. What is committed is charged at once, so
//! too little memory is an error and no page need be touched for that.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_DECOMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE, VirtualAlloc,
    VirtualFree,
};

use crate::{Error, HugePages, limits};

/// Owns the address space.
pub(super) struct Mapping {
    base: NonNull<u8>,
    reserved: usize,
}

impl Mapping {
    /// `bytes` is a multiple of the page size. There are no huge pages without a privilege, so none are offered.
    pub(super) fn reserve(bytes: usize, huge_pages: HugePages) -> Result<Mapping, Error> {
        if huge_pages == HugePages::Require {
            let (what, help) =
                ("regions on Windows have no huge pages", "use HugePages::Never or HugePages::Try");
            return Err(Error::unsupported("checking the options", bytes, what, help));
        }
        // SAFETY: a fresh reservation at an address of the system's choice touches nothing that exists.
        let start = unsafe { VirtualAlloc(ptr::null(), bytes, MEM_RESERVE, PAGE_NOACCESS) };
        match NonNull::new(start.cast()) {
            Some(base) => Ok(Mapping { base, reserved: bytes }),
            None => Err(limits::explain_growth("reserving address space (VirtualAlloc)", bytes)),
        }
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }

    pub(super) fn huge_page(&self) -> Option<usize> {
        None
    }

    /// Nothing to do: what is committed is open.
    pub(super) fn open(&mut self, _from: usize, _to: usize) -> Result<(), Error> {
        Ok(())
    }

    /// Commits `from..to`.
    pub(super) fn populate(&mut self, from: usize, to: usize) -> Result<(), Error> {
        // SAFETY: the range lies in our own reservation and is not in use.
        let start = unsafe { VirtualAlloc(self.at(from), to - from, MEM_COMMIT, PAGE_READWRITE) };
        let step = "committing memory (VirtualAlloc)";
        if start.is_null() { Err(limits::explain_growth(step, to - from)) } else { Ok(()) }
    }

    /// Takes the memory of `from..to` away again.
    pub(super) fn give_back(&mut self, from: usize, to: usize) -> Result<(), Error> {
        // SAFETY: the range lies in our own reservation, and the caller no longer uses it.
        let done = unsafe { VirtualFree(self.at(from).cast_mut(), to - from, MEM_DECOMMIT) };
        let step = "giving memory back (VirtualFree)";
        if done == 0 { Err(limits::explain_growth(step, to - from)) } else { Ok(()) }
    }

    fn at(&self, offset: usize) -> *const c_void {
        debug_assert!(offset <= self.reserved);
        // SAFETY: the offset lies in our own reservation or just behind it.
        unsafe { self.base.add(offset).as_ptr().cast() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the reservation is ours, is released whole (size 0) and only here.
        unsafe { VirtualFree(self.base.as_ptr().cast(), 0, MEM_RELEASE) };
    }
}
