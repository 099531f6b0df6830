//! The alias that the compiler does not know of: after `sync`, a read through one half sees what was written through the
//! other. Each shape is one that an optimising compiler gets wrong without `sync`, because it keeps the old value in a
//! register; in a debug build all pass anyway. That they can fail is shown by
//! `cargo test --release -p ringfold-memory --test seam -- --ignored --nocapture`.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::{hardware, kinds};
use ringfold_memory::Mirror;

/// A constant, so that the compiler can see that two addresses differ. A multiple of every page size in use.
const PERIOD: usize = 1 << 16;

/// Reads a byte, adds 1 to it through the other half and reads it again: `(before, after)`.
///
/// # Safety
///
/// The mirror's period is `PERIOD`, nobody else uses it, and it is a hardware one unless `WHAT` is `SYNC`.
type Shape = unsafe fn(&Mirror) -> (u8, u8);

/// What stands between the write and the read.
type Between = u8;
const SYNC: Between = 0;
const NOTHING: Between = 1;
const RELEASE_STORE: Between = 2;

/// The shapes, each with `WHAT` between the write and the read.
fn shapes<const WHAT: Between>() -> [(&'static str, Shape); 5] {
    [
        ("raw pointers, half 1 to half 0", raw_pointers::<WHAT>),
        ("raw pointers, half 0 to half 1", the_other_way_round::<WHAT>),
        ("slices", slices::<WHAT>),
        ("a loop", a_loop::<WHAT>),
        ("a block copy", a_copy::<WHAT>),
    ]
}

#[test]
fn after_sync_each_half_shows_what_was_written_through_the_other() {
    for options in kinds() {
        for (name, shape) in shapes::<SYNC>() {
            assert!(reads_fresh(&Mirror::with_options(PERIOD, &options).unwrap(), shape), "{name}");
        }
    }
}

#[test]
#[ignore = "depends on what the optimiser makes of broken code; shows that the test above can fail"]
fn without_sync_the_compiler_reads_stale_values() {
    for (what, shapes) in [("nothing", shapes::<NOTHING>()), ("a Release store", shapes::<RELEASE_STORE>())] {
        let mut stale = 0;
        for (name, shape) in shapes {
            let fresh = reads_fresh(&Mirror::with_options(PERIOD, &hardware()).unwrap(), shape);
            println!("{what} instead of sync, {name}: {}", if fresh { "fresh" } else { "STALE" });
            stale += usize::from(!fresh);
        }
        assert!(stale > 0 || cfg!(debug_assertions), "no shape can fail with {what}: find sharper ones");
    }
}

fn reads_fresh(mirror: &Mirror, shape: Shape) -> bool {
    assert_eq!(mirror.period(), PERIOD);
    (0..3).all(|_| {
        // SAFETY: the period is PERIOD, and the mirror belongs to this test alone.
        let (before, after) = unsafe { shape(mirror) };
        after == before.wrapping_add(1)
    })
}

/// # Safety
///
/// The range is what [`Mirror::sync`] asks for.
#[inline(always)]
unsafe fn between<const WHAT: Between>(mirror: &Mirror, offset: usize, len: usize) {
    static CURSOR: AtomicUsize = AtomicUsize::new(0);
    match WHAT {
        // SAFETY: the caller answers for the range. Two calls, so that the compiler knows in each which mirror it has: the
        // copy that a soft one makes would otherwise have it read again for both.
        SYNC if mirror.is_hardware() => unsafe { mirror.sync(offset, len) },
        // SAFETY: as above.
        SYNC => unsafe { mirror.sync(offset, len) },
        RELEASE_STORE => CURSOR.store(offset, Ordering::Release),
        _ => {}
    }
}

/// # Safety
///
/// As [`Shape`] says.
#[inline(never)]
unsafe fn raw_pointers<const WHAT: Between>(mirror: &Mirror) -> (u8, u8) {
    let base = mirror.base().as_ptr();
    // SAFETY: both offsets are inside 2 * PERIOD, and the caller gives us the mirror alone.
    unsafe {
        let before = *base;
        *base.add(PERIOD) = before.wrapping_add(1);
        between::<WHAT>(mirror, PERIOD, 1);
        (before, *base)
    }
}

/// # Safety
///
/// As [`Shape`] says.
#[inline(never)]
unsafe fn the_other_way_round<const WHAT: Between>(mirror: &Mirror) -> (u8, u8) {
    let base = mirror.base().as_ptr();
    // SAFETY: as above.
    unsafe {
        let before = *base.add(PERIOD + 5);
        *base.add(5) = before.wrapping_add(1);
        between::<WHAT>(mirror, 5, 1);
        (before, *base.add(PERIOD + 5))
    }
}

/// # Safety
///
/// As [`Shape`] says.
#[inline(never)]
unsafe fn slices<const WHAT: Between>(mirror: &Mirror) -> (u8, u8) {
    let base = mirror.base().as_ptr();
    // SAFETY: as above; each slice covers at most PERIOD bytes, and none is alive beside another or across the sync.
    unsafe {
        let before = std::slice::from_raw_parts(base, PERIOD)[1];
        // Starts one byte before the seam: index 2 is byte 1 of half 1.
        std::slice::from_raw_parts_mut(base.add(PERIOD - 1), 16)[2] = before.wrapping_add(1);
        between::<WHAT>(mirror, PERIOD - 1, 16);
        (before, std::slice::from_raw_parts(base, PERIOD)[1])
    }
}

/// # Safety
///
/// As [`Shape`] says.
#[inline(never)]
unsafe fn a_loop<const WHAT: Between>(mirror: &Mirror) -> (u8, u8) {
    let base = mirror.base().as_ptr();
    // SAFETY: as above.
    unsafe {
        let before = *base;
        for _ in 0..257 {
            *base.add(PERIOD) = (*base).wrapping_add(1);
            between::<WHAT>(mirror, PERIOD, 1);
        }
        (before, *base)
    }
}

/// # Safety
///
/// As [`Shape`] says.
#[inline(never)]
unsafe fn a_copy<const WHAT: Between>(mirror: &Mirror) -> (u8, u8) {
    let base = mirror.base().as_ptr();
    // SAFETY: as above; the source is a separate array.
    unsafe {
        let before = *base.add(7);
        let fresh = [before.wrapping_add(1); 64];
        base.add(PERIOD).copy_from_nonoverlapping(fresh.as_ptr(), fresh.len());
        between::<WHAT>(mirror, PERIOD, fresh.len());
        (before, *base.add(7))
    }
}
