//! What a region promises: addresses at once, memory from the front, nothing ever moves, and an error where there is none.
#![cfg(all(any(target_os = "linux", target_vendor = "apple", windows), not(any(miri, loom))))]

use std::ptr::NonNull;

use ringfold_memory::{HugePages, Region, machine};

const MIB: usize = 1 << 20;

/// Writes to the last byte of each page of what is usable.
fn touch(region: &Region) {
    for page in (0..region.usable_bytes()).step_by(machine::page_size()) {
        let last = page + machine::page_size() - 1;
        // SAFETY: the byte is usable, and the region belongs to this test.
        unsafe { region.base().add(last).write(last as u8) };
    }
}

fn byte(region: &Region, at: usize) -> u8 {
    assert!(at < region.usable_bytes());
    // SAFETY: checked just now.
    unsafe { region.base().add(at).read() }
}

#[test]
fn it_grows_in_place_and_keeps_what_is_in_it() {
    for huge_pages in [HugePages::Never, HugePages::Try] {
        let mut region = Region::reserve(64 * MIB, huge_pages).unwrap();
        let (base, page) = (region.base(), machine::page_size());
        assert_eq!((region.usable_bytes(), region.reserved_bytes()), (0, 64 * MIB));
        let mut before = 0;
        for bytes in [1, page, page + 1, 5 * page, MIB, 3 * MIB + 1, 64 * MIB] {
            region.grow_to(bytes).unwrap();
            assert!(region.usable_bytes() >= bytes && region.usable_bytes() % page == 0);
            assert!(
                (before..region.usable_bytes()).step_by(page).all(|at| byte(&region, at) == 0),
                "fresh is zero"
            );
            touch(&region);
            assert_eq!(region.base(), base);
            before = region.usable_bytes();
        }
        assert!((page - 1..64 * MIB).step_by(page).all(|at| byte(&region, at) == at as u8));
    }
}

#[test]
fn what_is_given_back_is_fresh_when_it_comes_again() {
    for huge_pages in [HugePages::Never, HugePages::Try] {
        let mut region = Region::reserve(64 * MIB, huge_pages).unwrap();
        region.grow_to(20 * MIB).unwrap();
        touch(&region);
        for keep in [9 * MIB + 1, 5000, 0] {
            region.shrink_to(keep);
            region.shrink_to(usize::MAX);
            assert!(region.usable_bytes() >= keep && region.usable_bytes() < keep + 4 * MIB);
            let kept = region.usable_bytes();
            region.grow_to(20 * MIB).unwrap();
            let page = machine::page_size();
            assert!((page - 1..kept).step_by(page).all(|at| byte(&region, at) == at as u8));
            assert!((kept..20 * MIB).step_by(page).all(|at| byte(&region, at) == 0));
            touch(&region);
        }
    }
}

#[test]
fn sizes_that_make_no_sense_are_errors() {
    for bytes in [0, usize::MAX, isize::MAX as usize + 1] {
        assert!(Region::reserve(bytes, HugePages::Never).unwrap_err().is_invalid());
    }
    let mut region = Region::reserve(10_000, HugePages::Never).unwrap();
    let error = region.grow_to(1 << 30).unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("reserve more"), "{error}");
    region.grow_to(10_000).unwrap();
    assert!(region.usable_bytes() >= 10_000);
}

#[test]
fn more_than_the_machine_has_is_an_error_and_takes_nothing() {
    let Some(total) = machine::memory().total else { return };
    let Ok(mut region) = Region::reserve_ample(HugePages::Never) else { return };
    region.grow_to(MIB).unwrap();
    if region.reserved_bytes() as u64 > total + machine::memory().swap_free.unwrap_or(0) {
        let error = region.grow_to(region.reserved_bytes()).unwrap_err();
        assert!(error.is_out_of_memory() || error.is_limit(), "{error}");
        assert_eq!(region.usable_bytes(), MIB);
    }
    touch(&region);
}

#[test]
fn a_region_may_be_used_on_another_thread() {
    let mut region = Region::reserve(MIB, HugePages::Never).unwrap();
    let region = std::thread::spawn(move || {
        region.grow_to(MIB).unwrap();
        touch(&region);
        region
    });
    assert_eq!(byte(&region.join().unwrap(), 4095), 255);
}

/// Whether an address is mapped now.
#[cfg(target_os = "linux")]
fn is_mapped(base: NonNull<u8>) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().any(|line| {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let address = |text| usize::from_str_radix(text, 16).unwrap();
        (address(start)..address(end)).contains(&base.as_ptr().addr())
    })
}

#[cfg(target_os = "linux")]
#[test]
fn dropping_it_gives_the_addresses_back() {
    // Far more than all address space, if they stayed.
    for round in 0..2000 {
        let mut region = Region::reserve(1 << 40, HugePages::Try).unwrap();
        region.grow_to(1).unwrap();
        if round % 100 == 0 {
            let base = region.base();
            assert!(is_mapped(base));
        }
    }
}

#[cfg(not(target_os = "linux"))]
const _: Option<NonNull<u8>> = None;
