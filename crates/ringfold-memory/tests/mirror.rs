//! What every mirror promises, hardware and soft.

mod common;

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use common::{assert_aliases, kinds, soft};
use proptest::prelude::*;
use ringfold_memory::{Error, Fork, HugePages, Memory, Mirror, Options, machine};

#[test]
fn sizes_are_powers_of_two_multiples_of_a_page_and_at_least_what_was_asked() {
    let page = machine::page_size();
    for options in kinds() {
        for (min_bytes, period) in
            [(0, page), (1, page), (page, page), (page + 1, 2 * page), (3 * page, 4 * page)]
        {
            let mirror = Mirror::with_options(min_bytes, &options).unwrap();
            assert_eq!(mirror.period(), period);
            assert_eq!(mirror.info().bytes, period);
            assert_eq!(mirror.base().as_ptr().align_offset(mirror.info().alignment), 0);
            assert_aliases(&mirror);
        }
    }
}

#[test]
fn fresh_memory_is_zero() {
    for options in kinds().into_iter().flat_map(|kind| [kind.clone(), kind.populate(false)]) {
        let mirror = Mirror::with_options(1 << 16, &options).unwrap();
        for offset in 0..2 * mirror.period() {
            // SAFETY: the offset is below 2 * period, and nobody else uses the mirror.
            assert_eq!(unsafe { mirror.base().add(offset).read() }, 0);
        }
    }
}

#[test]
#[cfg(not(any(miri, loom)))]
fn the_choice_of_memory_is_kept() {
    assert!(Mirror::with_options(1, &common::hardware()).unwrap().is_hardware());
    assert!(!Mirror::with_options(1, &soft()).unwrap().is_hardware());
    let auto = Mirror::new(1).unwrap();
    assert!(auto.is_hardware() && auto.info().fallback.is_none());
}

#[test]
fn six_hundred_mirrors_from_two_threads_at_once_are_distinct_and_alias() {
    const EACH: usize = 300;
    let start = Barrier::new(2);
    let create = || {
        start.wait();
        (0..EACH).map(|_| Mirror::with_options(4096, &kinds()[0]).unwrap()).collect::<Vec<_>>()
    };
    let mirrors: Vec<Mirror> = thread::scope(|scope| {
        let threads = [scope.spawn(create), scope.spawn(create)];
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(mirrors.len(), 2 * EACH);
    // Tag all of them through half 0 before reading any through half 1: two that shared pages would show.
    for (number, mirror) in mirrors.iter().enumerate() {
        // SAFETY: 8 bytes at the start of a page that belongs to this test alone.
        unsafe {
            mirror.base().cast::<u64>().write(number as u64 + 1);
            mirror.sync(0, 8);
        }
    }
    for (number, mirror) in mirrors.iter().enumerate() {
        // SAFETY: 8 bytes at the start of half 1.
        let seen = unsafe { mirror.base().add(mirror.period()).cast::<u64>().read() };
        assert_eq!(seen, number as u64 + 1);
    }
    let ranges: BTreeSet<usize> = mirrors.iter().map(|mirror| mirror.base().addr().get()).collect();
    assert_eq!(ranges.len(), 2 * EACH);
    let apart = |(low, high): (&usize, &usize)| high - low >= 2 * mirrors[0].period();
    assert!(ranges.iter().zip(ranges.iter().skip(1)).all(apart));
}

#[test]
fn sizes_that_fit_no_address_space_are_invalid() {
    for options in kinds().into_iter().flat_map(|kind| [kind.clone(), kind.populate(false)]) {
        for min_bytes in [usize::MAX, isize::MAX as usize, (1 << (usize::BITS - 3)) + 1] {
            let error = Mirror::with_options(min_bytes, &options).unwrap_err();
            assert!(error.is_invalid(), "{error}");
            assert_eq!(error.requested_bytes(), min_bytes);
            assert!(!error.help().is_empty());
        }
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
#[cfg_attr(miri, ignore = "Miri stops where an allocator would fail")]
fn more_memory_than_the_machine_has_is_an_error_and_not_a_killed_process() {
    for options in kinds() {
        let error = Mirror::with_options(1 << 40, &options).unwrap_err();
        assert!(error.is_out_of_memory() || error.is_limit(), "{error}");
    }
}

#[test]
fn what_heap_cannot_do_is_an_error_that_says_so() {
    let wishes: [(Options, &str); 4] = [
        (soft().huge_pages(HugePages::Require), "huge pages"),
        (soft().numa_node(0), "NUMA"),
        (soft().lock(true), "locked"),
        (soft().fork(Fork::Share), "child"),
    ];
    for (options, word) in wishes {
        let error = Mirror::with_options(4096, &options).unwrap_err();
        assert!(error.is_unsupported() && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_soft_mirror_reports_the_huge_pages_it_could_not_try() {
    let mirror = Mirror::with_options(1, &soft().huge_pages(HugePages::Try)).unwrap();
    assert!(mirror.info().huge_refused.as_ref().unwrap().is_unsupported());
}

#[test]
fn an_error_for_the_rooms_says_what_is_wrong_and_what_would_be_right() {
    let error = Error::invalid(7, "the capacity is odd", "use an even one");
    assert!(error.is_invalid() && !error.is_limit() && error.os_error().is_none());
    assert_eq!((error.requested_bytes(), error.help()), (7, "use an even one"));
    let text = error.to_string();
    assert!(text.contains("the capacity is odd") && text.contains("use an even one"));
}

#[test]
fn lazy_memory_is_reported_as_such() {
    for options in kinds() {
        assert!(Mirror::with_options(1, &options).unwrap().info().populated);
        let lazy = Mirror::with_options(1, &options.populate(false)).unwrap();
        assert_eq!(lazy.info().populated, !lazy.is_hardware(), "a soft mirror is populated always");
    }
}

const PERIOD: usize = 1 << 16;

/// A write of `len` bytes at `offset`, then one `sync`. Every range that the contract allows.
fn write() -> impl Strategy<Value = (usize, usize, u8)> {
    let len = prop_oneof![0..=64usize, 0..=PERIOD];
    len.prop_flat_map(|len| {
        let near_the_seam = PERIOD.saturating_sub(len)..=PERIOD.min(2 * PERIOD - len);
        (prop_oneof![0..=2 * PERIOD - len, near_the_seam], Just(len), any::<u8>())
    })
}

fn apply(mirror: &Mirror, (offset, len, seed): (usize, usize, u8)) {
    let data = pattern(len, seed);
    // SAFETY: `write` keeps the range within the contract, and the mirror belongs to this test alone.
    unsafe {
        mirror.base().add(offset).as_ptr().copy_from_nonoverlapping(data.as_ptr(), len);
        mirror.sync(offset, len);
    }
}

fn pattern(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| seed.wrapping_add(i as u8).wrapping_mul(31)).collect()
}

fn content(mirror: &Mirror) -> Vec<u8> {
    let mut bytes = vec![0; 2 * PERIOD];
    // SAFETY: 2 * period bytes are readable, and the mirror belongs to this test alone.
    unsafe { mirror.base().as_ptr().copy_to_nonoverlapping(bytes.as_mut_ptr(), 2 * PERIOD) };
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// The story that the hardware's empty `asm!` tells is what the soft mirror does.
    #[test]
    fn soft_and_hardware_mirrors_hold_the_same_bytes(writes in prop::collection::vec(write(), 1..24)) {
        let mirrors: Vec<Mirror> = kinds().iter().map(|options| Mirror::with_options(PERIOD, options).unwrap()).collect();
        let mut model = vec![0; PERIOD];
        for step in writes {
            mirrors.iter().for_each(|mirror| apply(mirror, step));
            let (offset, len, seed) = step;
            for (i, byte) in pattern(len, seed).into_iter().enumerate() {
                model[(offset + i) % PERIOD] = byte;
            }
            let expected = [model.as_slice(), model.as_slice()].concat();
            prop_assert!(mirrors.iter().all(|mirror| content(mirror) == expected));
        }
    }
}

#[test]
fn an_explicit_mirror_never_becomes_a_soft_one() {
    match Mirror::with_options(1, &Options::new().memory(Memory::Mirror)) {
        Ok(mirror) => assert!(mirror.is_hardware()),
        Err(error) => assert!(error.is_unsupported() || error.is_limit(), "{error}"),
    }
}
