//! The hardware mirror of Windows 10 1803, Server 2019 and later.
//!
//! ```text
//!   1. reserve      ├─────────── 2N placeholder ───────────┤   VirtualAlloc2
//!   2. split        ├── placeholder ──┼── placeholder ──────┤   VirtualFree, PRESERVE_PLACEHOLDER
//!   3. replace      ├──── view 0 ─────┼────── view 1 ───────┤   MapViewOfFile3, REPLACE_PLACEHOLDER, one section
//! ```
//!
//! A placeholder is ours until a view replaces it, so no other thread can take the hole; and views that replace
//! placeholders need page alignment only, not the 64 KiB of other mappings.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_COMMITMENT_LIMIT, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY, GetLastError,
    HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, MEM_PRESERVE_PLACEHOLDER, MEM_RELEASE, MEM_REPLACE_PLACEHOLDER, MEM_RESERVE,
    MEM_RESERVE_PLACEHOLDER, MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile3, PAGE_NOACCESS, PAGE_READWRITE,
    UnmapViewOfFile, VirtualAlloc2, VirtualFree, VirtualLock,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessWorkingSetSize};

use super::{period_for, self_test};
use crate::error::{Cause, Limit, Unit};
use crate::{Error, Fork, HugePages, Info, Method, Options, machine};

/// Owns the two views of one mirror; the system keeps the section as long as a view exists.
pub(in crate::mirror) struct Mapping {
    #[allow(dead_code, reason = "held for its Drop")]
    halves: [Half; 2],
    base: NonNull<u8>,
    period: usize,
}

impl Mapping {
    /// Huge pages and NUMA nodes are not offered here: `Require` and a node are errors, `Try` is reported. There is no
    /// `fork`.
    pub(in crate::mirror) fn create(min_bytes: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        let huge_refused = refuse_what_is_not_offered(min_bytes, options)?;
        let page = machine::page_size();
        let period = period_for(min_bytes, page)?;
        let mapping = Mapping::map(period)?;
        let mut info = Info::new(Method::Placeholders, period, page);
        (info.fork, info.huge_refused) = (Fork::DontFork, huge_refused);
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

    /// Every early return drops what there is by then: placeholders are released, views unmapped, the section closed.
    fn map(period: usize) -> Result<Mapping, Error> {
        let section = Section::create(period)?;
        let [mut half_0, mut half_1] = reserve(period)?;
        half_0.replace_by_view(&section)?;
        half_1.replace_by_view(&section)?;
        let base = half_0.start;
        Ok(Mapping { halves: [half_0, half_1], base, period })
    }

    /// Faults every page in through both halves. The section was committed when it was made, so this cannot run out.
    fn touch_every(&self, page: usize) {
        for offset in (0..2 * self.period).step_by(page) {
            // SAFETY: the offset is below 2 * period, the page is zero, and nobody else knows the mirror yet.
            unsafe { self.base.add(offset).write_volatile(0) };
        }
    }

    /// Locks half 0, which keeps the pages in RAM for both.
    fn lock(&self) -> Result<(), Error> {
        // SAFETY: half 0 is our own view.
        if unsafe { VirtualLock(self.base.as_ptr().cast(), self.period) } != 0 {
            return Ok(());
        }
        let code = last_error();
        let (mut least, mut most) = (0, 0);
        // SAFETY: both outputs are live; the pseudo handle needs no closing.
        unsafe { GetProcessWorkingSetSize(GetCurrentProcess(), &mut least, &mut most) };
        let cause = Cause::Limit(Limit {
            name: "the minimum working set",
            value: least as u64,
            unit: Unit::Bytes,
            help: "raise it with SetProcessWorkingSetSize, or leave the lock out",
        });
        Err(Error::new("locking the pages (VirtualLock)", self.period, Some(code), cause))
    }
}

/// One half of the reservation: a placeholder until a view replaces it.
struct Half {
    start: NonNull<u8>,
    bytes: usize,
    content: Content,
}

#[derive(Clone, Copy)]
enum Content {
    Placeholder,
    View,
}

impl Half {
    fn replace_by_view(&mut self, section: &Section) -> Result<(), Error> {
        // SAFETY: the placeholder is ours and exactly this large; the section is open and at least as large.
        let view = unsafe {
            MapViewOfFile3(
                section.0,
                GetCurrentProcess(),
                self.start.as_ptr().cast(),
                0,
                self.bytes,
                MEM_REPLACE_PLACEHOLDER,
                PAGE_READWRITE,
                ptr::null_mut(),
                0,
            )
        };
        if view.Value.is_null() {
            return Err(explain("mapping a half (MapViewOfFile3)", self.bytes));
        }
        self.content = Content::View;
        Ok(())
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        let start: *mut c_void = self.start.as_ptr().cast();
        match self.content {
            // SAFETY: the placeholder is ours, is released whole (size 0) and only here.
            Content::Placeholder => unsafe { VirtualFree(start, 0, MEM_RELEASE) },
            // SAFETY: the view is ours and is unmapped only here.
            Content::View => unsafe { UnmapViewOfFile(MEMORY_MAPPED_VIEW_ADDRESS { Value: start }) },
        };
    }
}

/// Reserves twice the period as one placeholder and splits it.
fn reserve(period: usize) -> Result<[Half; 2], Error> {
    // SAFETY: a fresh reservation at an address of the system's choice touches nothing that exists.
    let start = unsafe {
        VirtualAlloc2(
            GetCurrentProcess(),
            ptr::null(),
            2 * period,
            MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
            PAGE_NOACCESS,
            ptr::null_mut(),
            0,
        )
    };
    let Some(start) = NonNull::new(start.cast::<u8>()) else {
        return Err(explain("reserving address space (VirtualAlloc2)", 2 * period));
    };
    // Unsplit, one release gives back all of it.
    let mut half_0 = Half { start, bytes: 2 * period, content: Content::Placeholder };
    // SAFETY: the placeholder is ours and twice as large as what is split off.
    let split = unsafe { VirtualFree(start.as_ptr().cast(), period, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER) };
    if split == 0 {
        return Err(explain("splitting the reservation (VirtualFree)", period));
    }
    half_0.bytes = period;
    // SAFETY: half 1 starts inside the reservation of twice the period.
    let half_1 = Half { start: unsafe { start.add(period) }, bytes: period, content: Content::Placeholder };
    Ok([half_0, half_1])
}

/// Memory backed by the paging file, committed when it is made: too little of it is an error here.
struct Section(HANDLE);

impl Section {
    fn create(bytes: usize) -> Result<Section, Error> {
        let size = bytes as u64;
        // SAFETY: no file, default security, no name: nothing is read; the size is passed in its two halves.
        let handle = unsafe {
            CreateFileMappingW(
                INVALID_HANDLE_VALUE,
                ptr::null(),
                PAGE_READWRITE,
                (size >> 32) as u32,
                size as u32,
                ptr::null(),
            )
        };
        if handle.is_null() {
            return Err(explain("creating the section (CreateFileMappingW)", bytes));
        }
        Ok(Section(handle))
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        // SAFETY: the handle is ours, open, and closed only here.
        unsafe { CloseHandle(self.0) };
    }
}

fn refuse_what_is_not_offered(min_bytes: usize, options: &Options) -> Result<Option<Error>, Error> {
    let refuse = |what, help| Error::unsupported("checking the options", min_bytes, what, help);
    if options.numa_node.is_some() {
        return Err(refuse("mirrors on Windows are not bound to NUMA nodes", "leave the node out"));
    }
    let huge = || refuse("mirrors on Windows have no huge pages", "use HugePages::Never or HugePages::Try");
    match options.huge_pages {
        HugePages::Never => Ok(None),
        HugePages::Try => Ok(Some(huge())),
        HugePages::Require => Err(huge()),
    }
}

fn last_error() -> i32 {
    // SAFETY: GetLastError has no preconditions.
    unsafe { GetLastError() as i32 }
}

fn explain(step: &'static str, bytes: usize) -> Error {
    let code = last_error();
    let cause = match code as u32 {
        ERROR_NOT_ENOUGH_MEMORY => Cause::OutOfMemory { available: None },
        ERROR_COMMITMENT_LIMIT => Cause::OutOfMemory { available: machine::memory().available },
        ERROR_INVALID_PARAMETER => Cause::Unsupported {
            what: "this Windows has no placeholders",
            help: "use Windows 10 1803, Server 2019 or later, or choose Memory::Auto or Memory::Soft",
        },
        _ => Cause::Unknown,
    };
    Error::new(step, bytes, Some(code), cause)
}
