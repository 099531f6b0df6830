//! Linux: what stands behind a mirror: mappings given back, huge pages, NUMA nodes, locks.
#![cfg(all(target_os = "linux", not(any(miri, loom))))]

mod common;

use std::fs;
use std::time::Instant;

use common::{assert_aliases, hardware, in_child, mappings_at};
use ringfold_memory::{Error, HugePages, Method, Mirror, machine};

const MIB: usize = 1 << 20;

#[test]
fn dropping_gives_every_mapping_back() {
    in_child("dropping_gives_every_mapping_back", || {
        let count = || fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        drop(Mirror::with_options(MIB, &hardware()).unwrap()); // the witness page is made once and stays
        let before = count();
        let mirrors: Vec<Mirror> =
            (0..100).map(|_| Mirror::with_options(MIB, &hardware()).unwrap()).collect();
        let places: Vec<usize> = mirrors.iter().map(|mirror| mirror.base().addr().get()).collect();
        assert!(places.iter().all(|&base| mappings_at(base, 2 * MIB) == 2));
        drop(mirrors);
        assert!(places.iter().all(|&base| mappings_at(base, 2 * MIB) == 0));
        // Aligned reservations trim what they do not need, and refused ones give all of it back.
        drop(Mirror::with_options(8 * MIB, &hardware().huge_pages(HugePages::Try)).unwrap());
        Mirror::with_options(MIB, &hardware().numa_node(1023)).unwrap_err();
        assert!(count() <= before + 1, "{} mappings, {before} before", count());
        assert!(!fs::read_to_string("/proc/self/maps").unwrap().contains("memfd:ringfold"));
    });
}

#[test]
fn no_file_descriptor_stays_open() {
    in_child("no_file_descriptor_stays_open", || {
        let count = || fs::read_dir("/proc/self/fd").unwrap().count();
        let before = count();
        let _mirrors: Vec<Mirror> = (0..8).map(|_| Mirror::new(MIB).unwrap()).collect();
        assert_eq!(count(), before);
    });
}

#[test]
fn populated_halves_are_resident_and_lazy_ones_are_not() {
    let resident = |populate| {
        let mirror = Mirror::with_options(4 * MIB, &hardware().populate(populate)).unwrap();
        let base = mirror.base().addr().get();
        [base, base + 4 * MIB].map(|half| figure(half, "Rss:"))
    };
    assert_eq!(resident(true), [4096, 4096]);
    assert!(
        resident(false).iter().all(|&kibibytes| kibibytes <= 64),
        "the self-test touches two pages a half"
    );
}

#[test]
fn huge_pages_are_really_huge_in_both_halves() {
    for wish in [HugePages::Try, HugePages::Require] {
        let mirror = match Mirror::with_options(8 * MIB, &hardware().huge_pages(wish)) {
            Ok(mirror) => mirror,
            Err(error) => {
                assert_eq!(wish, HugePages::Require);
                assert!(error.os_error().is_some() || error.is_unsupported(), "{error}");
                return eprintln!("skipped: no huge pages on this machine: {error}");
            }
        };
        assert_aliases(&mirror);
        let info = mirror.info();
        if info.huge_bytes == 0 {
            assert!(wish == HugePages::Try && info.huge_refused.is_some());
            continue;
        }
        assert_eq!((info.huge_bytes, info.huge_refused.is_none()), (8 * MIB, true));
        assert_eq!(mirror.base().as_ptr().align_offset(info.alignment), 0);
        for half in [0, mirror.period()] {
            let start = mirror.base().addr().get() + half;
            match info.method {
                Method::HugeTlb => assert!(figure(start, "KernelPageSize:") >= 1024),
                _ => assert_eq!(figure(start, "ShmemPmdMapped:"), 8192, "half at {half}"),
            }
        }
    }
}

#[test]
fn the_pool_of_huge_pages_is_used_where_there_is_one() {
    let needed =
        |pool: &machine::HugePagePool| (pool.page_bytes as usize).max(8 * MIB) as u64 / pool.page_bytes;
    let default = machine::default_huge_page().unwrap_or(0) as u64;
    let pools = machine::huge_page_pools();
    let pool = pools.iter().find(|pool| pool.page_bytes == default);
    match pool {
        Some(pool) if pool.free - pool.reserved >= 2 * needed(pool) => {
            let mirror = Mirror::with_options(8 * MIB, &hardware().huge_pages(HugePages::Require)).unwrap();
            assert_eq!(mirror.info().method, Method::HugeTlb);
            assert_aliases(&mirror);
        }
        _ => eprintln!("skipped: the pool of huge pages is empty (`sysctl vm.nr_hugepages=16` fills it)"),
    }
}

#[test]
fn a_ring_smaller_than_a_huge_page_is_rounded_up_only_when_required() {
    let tried = Mirror::with_options(4096, &hardware().huge_pages(HugePages::Try)).unwrap();
    assert_eq!(tried.period(), machine::page_size());
    assert!(tried.info().huge_refused.as_ref().unwrap().is_unsupported());
    match Mirror::with_options(4096, &hardware().huge_pages(HugePages::Require)) {
        Ok(mirror) => assert!(mirror.period() == mirror.info().huge_bytes && mirror.period() > 4096),
        Err(error) => eprintln!("skipped: no huge pages on this machine: {error}"),
    }
}

#[test]
fn a_numa_node_that_does_not_exist_is_an_error_that_lists_those_that_do() {
    let error: Error = Mirror::with_options(MIB, &hardware().numa_node(1023)).unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("there is no NUMA node 1023"), "{error}");
    for node in machine::numa_nodes() {
        assert!(error.help().contains(&node.id.to_string()), "{error}");
    }
}

#[test]
fn pages_stand_on_the_node_they_are_bound_to() {
    let nodes = machine::numa_nodes();
    let Some(node) = nodes.last() else {
        return eprintln!("skipped: this kernel tells of no NUMA nodes");
    };
    let mirror = match Mirror::with_options(MIB, &hardware().numa_node(node.id)) {
        Ok(mirror) => mirror,
        Err(error) => {
            // A kernel without NUMA, or a container that forbids it; anything else is our mistake.
            assert!([libc::ENOSYS, libc::EPERM].map(Some).contains(&error.os_error()), "{error}");
            return eprintln!("skipped: this system does not bind: {error}");
        }
    };
    assert_eq!(mirror.info().numa_node, Some(node.id));
    for half in [0, mirror.period()] {
        assert_eq!(node_of(&mirror, half), Some(node.id as i32));
    }
    assert_aliases(&mirror);
}

/// On which NUMA node a page of the mirror stands.
fn node_of(mirror: &Mirror, offset: usize) -> Option<i32> {
    const NODE_OF_ADDRESS: usize = 1 | 2;
    let mut node = -1;
    // SAFETY: `node` lives for the call, and the address is mapped.
    let result = unsafe {
        let address = mirror.base().add(offset).as_ptr();
        libc::syscall(
            libc::SYS_get_mempolicy,
            &mut node,
            std::ptr::null_mut::<u8>(),
            0,
            address,
            NODE_OF_ADDRESS,
        )
    };
    (result == 0).then_some(node)
}

#[test]
fn a_lock_charges_the_period_once() {
    let mirror = match Mirror::with_options(MIB, &hardware().lock(true)) {
        Ok(mirror) => mirror,
        Err(error) => {
            assert_eq!(error.limit(), Some("RLIMIT_MEMLOCK"));
            return eprintln!("skipped: {error}");
        }
    };
    let base = mirror.base().addr().get();
    assert!(mirror.info().locked);
    assert_eq!([figure(base, "Locked:") > 0, figure(base + MIB, "Locked:") > 0], [true, false]);
}

#[test]
#[ignore = "prints what creation costs; no speed is ever a test"]
fn what_creation_costs() {
    let plain = hardware();
    let kinds = [
        ("lazy", plain.clone().populate(false)),
        ("populated", plain.clone()),
        ("populated, huge pages", plain.huge_pages(HugePages::Try)),
    ];
    for bytes in [4096, MIB, 256 * MIB] {
        for (name, options) in &kinds {
            let mut times: Vec<_> = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    let mirror = Mirror::with_options(bytes, options).unwrap();
                    let made = start.elapsed();
                    drop(mirror);
                    (made, start.elapsed() - made)
                })
                .collect();
            times.sort();
            let (made, dropped) = times[2];
            println!("{bytes:>10} bytes, {name:<21} made in {made:>10.1?}, dropped in {dropped:>10.1?}");
        }
    }
}

/// A figure in KiB from the entry of `/proc/self/smaps` for the mapping that starts at `start`.
fn figure(start: usize, name: &str) -> u64 {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let entry = smaps.lines().skip_while(|line| !line.starts_with(&format!("{start:x}-")));
    let line = entry.into_iter().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
