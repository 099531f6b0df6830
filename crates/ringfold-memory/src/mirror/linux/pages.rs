//! From mapped to usable: NUMA node, memory behind every page, huge pages, lock.

use super::Pages;
use super::reservation::Reservation;
use crate::{Error, Info, Options, limits, machine, numa};

/// `MADV_POPULATE_WRITE`, Linux 5.14.
const POPULATE_WRITE: i32 = 23;
/// `MADV_COLLAPSE`, Linux 6.1.
const COLLAPSE: i32 = 25;

/// Applies the options in the only order that works: policy before the first touch, huge pages before half 1 is
/// populated (collapsing would drop its page table entries again), the lock last.
pub(super) fn settle(
    mirror: &Reservation,
    pages: Pages,
    options: &Options,
    info: &mut Info,
) -> Result<(), Error> {
    let period = mirror.period();
    if let Some(node) = options.numa_node {
        // Shared memory carries the policy itself, so half 0 speaks for both.
        numa::bind(mirror.base(), period, node)?;
        info.numa_node = Some(node);
    }
    if let Pages::Collapsed(page) = pages {
        collapse(mirror, page)?;
    }
    if options.populate {
        populate(mirror, 0, period)?;
        populate(mirror, period, period)?;
        info.populated = true;
    }
    if options.populate || options.lock {
        info.found_on_node = numa::node_of(mirror.base());
    }
    info.huge_bytes = if matches!(pages, Pages::Base) { 0 } else { period };
    if options.lock {
        lock(mirror)?;
        info.locked = true;
    }
    Ok(())
}

/// Gives `[offset, offset + bytes)` its memory: too little of it is an error here and not a signal later.
fn populate(mirror: &Reservation, offset: usize, bytes: usize) -> Result<(), Error> {
    let step = "populating the mirror (madvise POPULATE_WRITE)";
    match mirror.advise(step, offset, bytes, POPULATE_WRITE) {
        Err(error) if error.os_error() == Some(libc::EINVAL) => {
            touch(mirror, offset, bytes);
            Ok(())
        }
        result => result,
    }
}

/// Before Linux 5.14: a write to each page, which cannot report too little memory.
fn touch(mirror: &Reservation, offset: usize, bytes: usize) {
    for page in (offset..offset + bytes).step_by(machine::page_size()) {
        // SAFETY: the page is inside both mapped halves, zero, and nobody else knows the mirror yet.
        unsafe { mirror.base().add(page).write_volatile(0) };
    }
}

/// Replaces the pages of half 0 by huge ones, one at a time: a refusal then costs little, and what the kernel copies is
/// still in the cache.
fn collapse(mirror: &Reservation, page: usize) -> Result<(), Error> {
    // Where shmem_enabled is `advise`, populating then takes huge pages at once; where it is not, nothing happens.
    let _ = mirror.advise("advising huge pages", 0, 2 * mirror.period(), libc::MADV_HUGEPAGE);
    for offset in (0..mirror.period()).step_by(page) {
        populate(mirror, offset, page)?;
        collapse_range(mirror, offset, page)?;
    }
    Ok(())
}

fn collapse_range(mirror: &Reservation, offset: usize, bytes: usize) -> Result<(), Error> {
    let step = "collapsing into huge pages (madvise COLLAPSE)";
    let mut attempts = 3;
    loop {
        attempts -= 1;
        match mirror.advise(step, offset, bytes, COLLAPSE) {
            // Pages that another processor holds for a moment.
            Err(error) if error.os_error() == Some(libc::EAGAIN) && attempts > 0 => {}
            result => return result.map_err(limits::explain_collapse),
        }
    }
}

/// Locks half 0: that keeps the pages in RAM for both halves and charges `RLIMIT_MEMLOCK` once.
fn lock(mirror: &Reservation) -> Result<(), Error> {
    let bytes = mirror.period();
    // SAFETY: half 0 is our own mapping.
    if unsafe { libc::mlock(mirror.base().as_ptr().cast(), bytes) } == 0 {
        return Ok(());
    }
    Err(limits::explain_lock("locking the pages (mlock)", bytes))
}
