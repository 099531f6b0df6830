//! Linux: creation under every limit either succeeds by another way or fails with an error that names the limit. Each test
//! runs in a process of its own.
#![cfg(all(target_os = "linux", not(any(miri, loom))))]

mod common;

use std::ptr;

use common::{assert_aliases, hardware, in_child, soft};
use ringfold_memory::{Error, HugePages, Method, Mirror, Options, Region, barrier, machine};

const MIB: usize = 1 << 20;

/// Sets a soft and hard limit.
macro_rules! set_limit {
    ($resource:ident, $value:expr) => {{
        let limit = libc::rlimit { rlim_cur: $value as libc::rlim_t, rlim_max: $value as libc::rlim_t };
        // SAFETY: `limit` lives for the call.
        assert_eq!(unsafe { libc::setrlimit(libc::$resource, &limit) }, 0);
    }};
}

fn assert_names(error: &Error, limit: &str, value: &str) {
    assert!(error.is_limit(), "{error}");
    assert_eq!(error.limit(), Some(limit), "{error}");
    let text = error.to_string();
    assert!(text.contains(limit) && text.contains(value) && text.contains(error.help()), "{text}");
}

#[test]
fn address_space() {
    in_child("address_space", || {
        let used = machine::process_memory().virtual_bytes.unwrap() as usize;
        set_limit!(RLIMIT_AS, (used / MIB + 32) * MIB);
        let value = format!("{} MiB", used / MIB + 32);

        let error = Mirror::with_options(64 * MIB, &hardware()).unwrap_err();
        assert_names(&error, "RLIMIT_AS", &value);
        assert_eq!((error.os_error(), error.requested_bytes()), (Some(libc::ENOMEM), 128 * MIB));
        assert!(error.step().contains("reserving"));

        assert_names(&Mirror::with_options(64 * MIB, &soft()).unwrap_err(), "RLIMIT_AS", &value);
        // Auto cannot do better than its parts, and tells the first reason.
        assert_names(&Mirror::new(64 * MIB).unwrap_err(), "RLIMIT_AS", &value);
        assert_aliases(&Mirror::with_options(MIB, &hardware()).unwrap());
    });
}

#[test]
fn address_space_of_a_region() {
    in_child("address_space_of_a_region", || {
        let used = machine::process_memory().virtual_bytes.unwrap() as usize;
        set_limit!(RLIMIT_AS, (used / MIB + 64) * MIB);
        let value = format!("{} MiB", used / MIB + 64);
        // Ample is refused at once: what it would take, the rest of the process could not have.
        assert_names(&Region::reserve_ample(HugePages::Never).unwrap_err(), "RLIMIT_AS", &value);
        assert_names(&Region::reserve(128 * MIB, HugePages::Never).unwrap_err(), "RLIMIT_AS", &value);
        let mut region = Region::reserve(16 * MIB, HugePages::Never).unwrap();
        region.grow_to(16 * MIB).unwrap();
    });
}

#[test]
fn data_of_a_region() {
    in_child("data_of_a_region", || {
        let mut region = Region::reserve(1 << 30, HugePages::Never).unwrap();
        region.grow_to(4 * MIB).unwrap();
        set_limit!(RLIMIT_DATA, 32 * MIB);
        let error = region.grow_to(64 * MIB).unwrap_err();
        assert_names(&error, "RLIMIT_DATA", "32 MiB");
        assert_eq!((error.os_error(), region.usable_bytes()), (Some(libc::ENOMEM), 4 * MIB));
        region.grow_to(5 * MIB).unwrap();
    });
}

#[test]
fn a_region_where_there_are_no_mappings_left() {
    in_child("a_region_where_there_are_no_mappings_left", || {
        let most = machine::limits().max_map_count.unwrap() as usize;
        if most > 1 << 20 {
            return eprintln!("skipped: vm.max_map_count is {most}, too many to use up");
        }
        let mut old = Region::reserve(1 << 30, HugePages::Never).unwrap();
        old.grow_to(1).unwrap();
        let crowd = Crowd::up_to_the_limit(most);
        let error = Region::reserve(MIB, HugePages::Never).and_then(|mut new| new.grow_to(1)).unwrap_err();
        assert_names(&error, "vm.max_map_count", &most.to_string());
        old.grow_to(64 * MIB).expect("one that has begun needs no more mappings");
        drop(crowd);
    });
}

#[test]
fn a_kernel_without_populate_grows_regions_too() {
    in_child("a_kernel_without_populate_grows_regions_too", || {
        const POPULATE_WRITE: u32 = 23;
        refuse(&[(libc::SYS_madvise, Some(POPULATE_WRITE))], libc::EINVAL);
        let resident = || machine::process_memory().resident.unwrap() as usize;
        let mut region = Region::reserve(1 << 30, HugePages::Never).unwrap();
        let before = resident();
        region.grow_to(8 * MIB).unwrap();
        assert!(resident() - before >= 7 * MIB, "{before}, {}", resident());
    });
}

#[test]
fn file_size() {
    in_child("file_size", || {
        // The default action of SIGXFSZ, which ftruncate would raise, kills: reaching the end is part of the test.
        set_limit!(RLIMIT_FSIZE, MIB);
        let mirror = Mirror::with_options(4 * MIB, &hardware()).unwrap();
        assert_eq!(mirror.info().method, Method::AnonymousRemap);
        assert_names(mirror.info().memfd_refused.as_ref().unwrap(), "RLIMIT_FSIZE", "1 MiB");
        assert_aliases(&mirror);
        assert_eq!(Mirror::with_options(MIB, &hardware()).unwrap().info().method, Method::Memfd);
    });
}

#[test]
fn open_files() {
    in_child("open_files", || {
        set_limit!(RLIMIT_NOFILE, 0);
        let mirror = Mirror::with_options(64 * MIB, &hardware()).unwrap();
        assert_eq!(mirror.info().method, Method::AnonymousRemap);
        let refused = mirror.info().memfd_refused.clone().unwrap();
        assert_names(&refused, "RLIMIT_NOFILE", " 0");
        assert_eq!(refused.os_error(), Some(libc::EMFILE));
        assert_aliases(&mirror);
    });
}

#[test]
fn data() {
    in_child("data", || {
        set_limit!(RLIMIT_DATA, 32 * MIB);
        assert_names(&Mirror::with_options(64 * MIB, &soft()).unwrap_err(), "RLIMIT_DATA", "32 MiB");
        assert!(Mirror::new(64 * MIB).unwrap().is_hardware(), "a shared mapping is not data");
    });
}

#[test]
fn map_count() {
    in_child("map_count", || {
        let most = machine::limits().max_map_count.unwrap() as usize;
        if most > 1 << 20 {
            return eprintln!("skipped: vm.max_map_count is {most}, too many to use up");
        }
        let crowd = Crowd::up_to_the_limit(most);
        let error = Mirror::with_options(4096, &hardware()).unwrap_err();
        assert_names(&error, "vm.max_map_count", &most.to_string());
        assert_eq!(error.os_error(), Some(libc::ENOMEM));

        let auto = Mirror::new(4096).unwrap();
        assert!(!auto.is_hardware(), "the heap still has room for a soft mirror");
        assert_names(auto.info().fallback.as_ref().unwrap(), "vm.max_map_count", &most.to_string());
        assert_aliases(&auto);

        drop(crowd);
        assert_aliases(&Mirror::with_options(4096, &hardware()).unwrap());
    });
}

/// As many mappings as the kernel allows: one large one whose pages differ in protection by turns.
struct Crowd(*mut libc::c_void, usize);

impl Crowd {
    fn up_to_the_limit(most: usize) -> Crowd {
        let (page, none) = (machine::page_size(), libc::PROT_NONE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(ptr::null_mut(), (most + 2) * page, none, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        for odd in (1..most + 2).step_by(2) {
            // SAFETY: the page is inside the mapping made above.
            if unsafe { libc::mprotect(start.add(odd * page), page, libc::PROT_READ) } != 0 {
                return Crowd(start, (most + 2) * page);
            }
        }
        panic!("{most} mappings did not reach the limit");
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and unused.
        assert_eq!(unsafe { libc::munmap(self.0, self.1) }, 0);
    }
}

#[test]
fn locked_memory() {
    in_child("locked_memory", || {
        set_limit!(RLIMIT_MEMLOCK, 64 << 10);
        if !give_up_ipc_lock() {
            return eprintln!("skipped: cannot give up CAP_IPC_LOCK, so no limit on locked memory holds");
        }
        let error = Mirror::with_options(MIB, &hardware().lock(true)).unwrap_err();
        assert_names(&error, "RLIMIT_MEMLOCK", "64 KiB");
        assert_eq!((error.os_error(), error.requested_bytes()), (Some(libc::ENOMEM), MIB));
        // An explicit lock is not dropped silently, and heap cannot be locked either.
        assert_names(
            &Mirror::with_options(MIB, &Options::new().lock(true)).unwrap_err(),
            "RLIMIT_MEMLOCK",
            "64 KiB",
        );
        let small = Mirror::with_options(32 << 10, &hardware().lock(true)).unwrap();
        assert!(small.info().locked);
    });
}

/// Takes CAP_IPC_LOCK out of the effective and permitted sets of this thread.
fn give_up_ipc_lock() -> bool {
    const VERSION_3: u32 = 0x2008_0522;
    const IPC_LOCK: u32 = 1 << 14;
    let mut header = [VERSION_3, 0];
    let mut sets = [0_u32; 6];
    // SAFETY: version 3 has a header of two words and two triples of sets.
    unsafe {
        assert_eq!(libc::syscall(libc::SYS_capget, header.as_mut_ptr(), sets.as_mut_ptr()), 0);
        sets[0] &= !IPC_LOCK;
        sets[1] &= !IPC_LOCK;
        libc::syscall(libc::SYS_capset, header.as_mut_ptr(), sets.as_ptr()) == 0
    }
}

#[test]
fn a_sandbox_without_memfd() {
    in_child("a_sandbox_without_memfd", || {
        refuse(&[(libc::SYS_memfd_create, None)], libc::EPERM);
        let mirror = Mirror::with_options(MIB, &hardware()).unwrap();
        assert_eq!(mirror.info().method, Method::AnonymousRemap);
        assert!(mirror.info().memfd_refused.as_ref().unwrap().is_unsupported());
        assert_aliases(&mirror);
        assert!(!machine::memfd());
    });
}

#[test]
fn a_sandbox_without_any_way_to_mirror() {
    in_child("a_sandbox_without_any_way_to_mirror", || {
        refuse(
            &[(libc::SYS_memfd_create, None), (libc::SYS_mremap, None), (libc::SYS_membarrier, None)],
            libc::EPERM,
        );
        let error = Mirror::with_options(MIB, &hardware()).unwrap_err();
        assert!(error.is_unsupported() && error.os_error() == Some(libc::EPERM), "{error}");
        let text = error.to_string();
        assert!(text.contains("mremap") && text.contains("memfd_create"), "both ways are told: {text}");

        let auto = Mirror::new(MIB).unwrap();
        assert!(!auto.is_hardware() && auto.info().fallback.as_ref().unwrap().is_unsupported());
        assert_aliases(&auto);
        assert!(barrier::process_wide().is_none());
    });
}

#[test]
fn a_kernel_without_populate() {
    in_child("a_kernel_without_populate", || {
        const POPULATE_WRITE: u32 = 23;
        refuse(&[(libc::SYS_madvise, Some(POPULATE_WRITE))], libc::EINVAL);
        let resident = || machine::process_memory().resident.unwrap() as usize;
        let before = resident();
        let mirror = Mirror::with_options(8 * MIB, &hardware()).unwrap();
        assert!(mirror.info().populated);
        assert!(resident() - before >= 15 * MIB, "both halves were touched: {before}, {}", resident());
        assert_aliases(&mirror);
    });
}

#[test]
fn huge_pages_that_cannot_be_had() {
    in_child("huge_pages_that_cannot_be_had", || {
        const COLLAPSE: u32 = 25;
        refuse(&[(libc::SYS_memfd_create, None), (libc::SYS_madvise, Some(COLLAPSE))], libc::EINVAL);
        let error = Mirror::with_options(8 * MIB, &hardware().huge_pages(HugePages::Require)).unwrap_err();
        assert!(error.step().contains("COLLAPSE") && error.os_error() == Some(libc::EINVAL), "{error}");
        assert!(error.to_string().contains("memfd_create"), "the pool was tried as well: {error}");
        // Auto does not turn a requirement into a soft mirror.
        let auto = Options::new().huge_pages(HugePages::Require);
        assert!(Mirror::with_options(8 * MIB, &auto).unwrap_err().step().contains("COLLAPSE"));

        let mirror = Mirror::with_options(8 * MIB, &hardware().huge_pages(HugePages::Try)).unwrap();
        assert_eq!(mirror.info().huge_bytes, 0);
        assert!(mirror.info().huge_refused.as_ref().unwrap().step().contains("COLLAPSE"));
        assert_aliases(&mirror);
    });
}

/// Installs a seccomp filter that answers the calls with `errno`; with a number, only where the third argument is it.
fn refuse(calls: &[(libc::c_long, Option<u32>)], errno: i32) {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const JUMP_IF: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    const NUMBER: u32 = 0;
    const THIRD_ARGUMENT: u32 = 16 + 2 * 8 + if cfg!(target_endian = "big") { 4 } else { 0 };
    let operation = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
    let mut program = Vec::new();
    for &(number, third) in calls {
        let refusal = operation(RETURN, 0, libc::SECCOMP_RET_ERRNO | errno as u32);
        program.push(operation(LOAD, 0, NUMBER));
        match third {
            None => program.extend([operation(JUMP_IF, 1, number as u32), refusal]),
            Some(value) => program.extend([
                operation(JUMP_IF, 3, number as u32),
                operation(LOAD, 0, THIRD_ARGUMENT),
                operation(JUMP_IF, 1, value),
                refusal,
            ]),
        }
    }
    program.push(operation(RETURN, 0, libc::SECCOMP_RET_ALLOW));
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: the program lives for the calls, jumps inside itself and ends in a return.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter), 0);
    }
}
