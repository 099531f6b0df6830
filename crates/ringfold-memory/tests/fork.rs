//! Linux: what a forked child sees of a mirror, and what it cannot do to its parent.
#![cfg(all(target_os = "linux", not(any(miri, loom))))]

mod common;

use std::process::exit;
use std::{mem, ptr};

use common::{assert_aliases, hardware, in_child, mappings_at};
use ringfold_memory::{Fork, HugePages, Mirror, Region};

const BYTES: usize = 1 << 16;

/// Runs `body` in a forked child and says whether it returned `true`.
fn forked(body: impl FnOnce() -> bool) -> bool {
    // SAFETY: the tests here run in a process of their own with one test thread, and the C library keeps malloc usable.
    match unsafe { libc::fork() } {
        0 => exit(if body() { 0 } else { 1 }),
        child => {
            let mut status = 0;
            // SAFETY: `status` lives for the call, and the child is ours.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
        }
    }
}

/// Maps private memory of the child's own where the mirror stands in the parent, drops the inherited handle, and says
/// whether the memory survived.
fn own_memory_survives_dropping(inherited: Mirror) -> bool {
    let (base, bytes) = (inherited.base().as_ptr(), 2 * inherited.period());
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let read_write = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: NOREPLACE fails where something is mapped already.
    let own = unsafe { libc::mmap(base.cast(), bytes, read_write, flags, -1, 0) };
    if own != base.cast() {
        return false;
    }
    drop(inherited);
    mappings_at(base as usize, bytes) == 1
}

#[test]
fn a_child_has_no_mapping_and_unmaps_nothing() {
    in_child("a_child_has_no_mapping_and_unmaps_nothing", || {
        let mirror = Mirror::with_options(BYTES, &hardware()).unwrap();
        let base = mirror.base().as_ptr();
        // SAFETY: the first byte of a mirror that belongs to this test.
        unsafe { base.write(42) };
        assert!(forked(|| mappings_at(base as usize, 2 * BYTES) == 0));
        // SAFETY: the child drops its copy of the handle; this process keeps its own.
        assert!(forked(|| own_memory_survives_dropping(unsafe { ptr::read(&mirror) })));
        // SAFETY: as above.
        assert_eq!(unsafe { base.add(BYTES).read() }, 42, "the parent's data is untouched");
        // SAFETY: as above.
        unsafe { base.write(0) };
        assert_aliases(&mirror);
    });
}

#[test]
fn a_grandchild_leaves_the_mirror_of_its_parent_alone() {
    in_child("a_grandchild_leaves_the_mirror_of_its_parent_alone", || {
        drop(Mirror::with_options(BYTES, &hardware()).unwrap());
        assert!(forked(|| {
            // The child is not the process in which the first mirror was made.
            let own = Mirror::with_options(BYTES, &hardware()).unwrap();
            let base = own.base().as_ptr() as usize;
            // SAFETY: the grandchild drops its copy of the handle; this process keeps its own.
            let spared = forked(|| own_memory_survives_dropping(unsafe { ptr::read(&own) }));
            assert_aliases(&own);
            drop(own);
            spared && mappings_at(base, 2 * BYTES) == 0
        }));
    });
}

#[test]
fn a_shared_mirror_is_seen_by_both_and_unmapped_by_each() {
    in_child("a_shared_mirror_is_seen_by_both_and_unmapped_by_each", || {
        let mirror = Mirror::with_options(BYTES, &hardware().fork(Fork::Share)).unwrap();
        let base = mirror.base().as_ptr();
        assert!(forked(|| {
            // SAFETY: one byte inside the mirror; the parent waits.
            unsafe { base.add(BYTES + 3).write(7) };
            // SAFETY: the child drops its copy of the handle; the parent keeps its own.
            drop(unsafe { ptr::read(&mirror) });
            mappings_at(base as usize, 2 * BYTES) == 0
        }));
        // SAFETY: one byte inside the mirror; the child is gone.
        assert_eq!(unsafe { base.add(3).read_volatile() }, 7);
        // SAFETY: as above.
        unsafe { base.add(3).write(0) };
        assert_aliases(&mirror);
    });
}

#[test]
fn the_death_of_a_child_unmaps_nothing() {
    in_child("the_death_of_a_child_unmaps_nothing", || {
        let mirror = Mirror::with_options(BYTES, &hardware()).unwrap();
        assert!(forked(|| true));
        assert!(forked(|| {
            // SAFETY: the copy is never used; to forget it is what a child does that ends by `_exit`.
            mem::forget(unsafe { ptr::read(&mirror) });
            true
        }));
        assert_aliases(&mirror);
    });
}

#[test]
fn a_forked_child_has_a_copy_of_a_region() {
    in_child("a_forked_child_has_a_copy_of_a_region", || {
        let mut region = Region::reserve(1 << 30, HugePages::Never).unwrap();
        region.grow_to(BYTES).unwrap();
        let base = region.base().as_ptr();
        // SAFETY: the first bytes of a region that belongs to this test.
        unsafe { base.write(42) };
        assert!(forked(|| {
            // SAFETY: the child drops its copy of the handle and with it its own mapping; this process keeps its own.
            let mut copy = unsafe { ptr::read(&region) };
            // SAFETY: as above.
            let seen = unsafe { base.read() };
            // SAFETY: as above.
            unsafe { base.write(7) };
            copy.grow_to(2 * BYTES).unwrap();
            drop(copy);
            seen == 42 && mappings_at(base as usize, BYTES) == 0
        }));
        // SAFETY: as above.
        assert_eq!(unsafe { base.read() }, 42, "the parent's data is untouched");
        region.grow_to(3 * BYTES).unwrap();
    });
}
