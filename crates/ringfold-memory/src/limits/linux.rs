//! Linux: rlimits, `/proc/sys/vm`, cgroups.

use std::io::Read;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::Error;
use crate::error::{Cause, Limit, Unit};
use crate::machine::{self, Resource};

/// Below this size, reading `/proc/meminfo` would cost more than the check is worth.
const WORTH_ASKING: usize = 16 << 20;

pub(crate) fn last_os_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The error for a call that just set errno while asking for `bytes`.
pub(crate) fn explain(step: &'static str, bytes: usize) -> Error {
    let errno = last_os_error();
    Error::new(step, bytes, Some(errno), cause_of(errno, bytes))
}

/// The error for a reservation, which takes no memory: without a limit, ENOMEM means that no hole is large enough.
pub(crate) fn explain_reservation(step: &'static str, bytes: usize) -> Error {
    let error = explain(step, bytes);
    if !error.is_out_of_memory() {
        return error;
    }
    let what = "the address space has no hole of that size";
    let cause = Cause::Invalid { what: what.into(), help: "ask for a smaller capacity".into() };
    Error::new(step, bytes, error.os_error(), cause)
}

/// The error for a region that could not grow, which `RLIMIT_DATA` may have stopped.
pub(crate) fn explain_growth(step: &'static str, bytes: usize) -> Error {
    let error = explain(step, bytes);
    match data_reached(bytes) {
        Some(limit) if error.os_error() == Some(libc::ENOMEM) => {
            Error::new(step, bytes, error.os_error(), Cause::Limit(limit))
        }
        _ => error,
    }
}

/// Refuses to take much of an address space that somebody has limited.
pub(crate) fn check_address_space(step: &'static str, bytes: usize) -> Result<(), Error> {
    match resource(Resource::AddressSpace) {
        Some(value) => Err(Error::new(step, bytes, None, Cause::Limit(address_space(value)))),
        None => Ok(()),
    }
}

/// Refuses one more region of two or three mappings when an eighth of all that a process may have are taken.
pub(crate) fn check_mappings(step: &'static str, bytes: usize, regions: u64) -> Result<(), Error> {
    const DEFAULT: u64 = 65_530;
    static MOST: OnceLock<u64> = OnceLock::new();
    let most = *MOST.get_or_init(|| machine::max_map_count().unwrap_or(DEFAULT));
    if 2 * regions < most / 8 {
        return Ok(());
    }
    Err(Error::new(step, bytes, None, Cause::Limit(mappings(most))))
}

/// The error for a heap that gave nothing; the allocator leaves no errno.
pub(crate) fn explain_heap(step: &'static str, bytes: usize) -> Error {
    /// An allocator asks the kernel for more than it was asked for.
    const SLACK: usize = 1 << 20;
    let cause = match data_reached(bytes.saturating_add(SLACK)) {
        Some(limit) => Cause::Limit(limit),
        None => cause_of(libc::ENOMEM, bytes.saturating_add(SLACK)),
    };
    Error::new(step, bytes, None, cause)
}

/// The error for `mlock`, for which ENOMEM and EPERM mean `RLIMIT_MEMLOCK`.
pub(crate) fn explain_lock(step: &'static str, bytes: usize) -> Error {
    let errno = last_os_error();
    let cause = match resource(Resource::LockedMemory) {
        Some(value) if [libc::ENOMEM, libc::EPERM, libc::EAGAIN].contains(&errno) => Cause::Limit(Limit {
            name: "RLIMIT_MEMLOCK",
            value,
            unit: Unit::Bytes,
            help: "raise it (`ulimit -l unlimited`, LimitMEMLOCK= in systemd, --ulimit memlock=-1 in Docker), or leave the lock out",
        }),
        _ => cause_of(errno, bytes),
    };
    Error::new(step, bytes, Some(errno), cause)
}

/// The error for a mapping of huge pages, for which ENOMEM means that the pool has too few.
pub(crate) fn explain_huge_pool(step: &'static str, bytes: usize, page: usize) -> Error {
    let errno = last_os_error();
    let pools = machine::huge_page_pools();
    let cause = match pools.iter().find(|pool| pool.page_bytes == page as u64) {
        Some(pool) if errno == libc::ENOMEM => Cause::Limit(Limit {
            name: "vm.nr_hugepages",
            value: pool.total,
            unit: Unit::Count,
            help: "reserve more huge pages (`sysctl vm.nr_hugepages=...`), or use HugePages::Try",
        }),
        _ => cause_of(errno, bytes),
    };
    Error::new(step, bytes, Some(errno), cause)
}

/// The error for a collapse that the kernel refused as such.
pub(crate) fn explain_collapse(refused: Error) -> Error {
    let (step, bytes, errno) = (refused.step(), refused.requested_bytes(), refused.os_error());
    if errno != Some(libc::EINVAL) {
        return refused;
    }
    let what = "this kernel does not collapse shared memory into huge pages";
    let help = "use Linux 6.1 or newer with /sys/kernel/mm/transparent_hugepage/shmem_enabled other than `deny`, or reserve a pool (`sysctl vm.nr_hugepages=...`)";
    Error::new(step, bytes, errno, Cause::Unsupported { what, help })
}

/// Refuses what would grow a file beyond `RLIMIT_FSIZE`.
pub(crate) fn check_file_size(step: &'static str, bytes: usize) -> Result<(), Error> {
    match resource(Resource::FileSize) {
        Some(value) if value < bytes as u64 => {
            Err(Error::new(step, bytes, None, Cause::Limit(file_size(value))))
        }
        _ => Ok(()),
    }
}

/// Refuses to populate more memory than there is: the kernel would not say no, it would kill.
pub(crate) fn check_available(step: &'static str, bytes: usize) -> Result<(), Error> {
    if bytes < WORTH_ASKING {
        return Ok(());
    }
    let memory = machine::memory();
    if let (Some(limit), Some(room)) = (memory.cgroup_limit, memory.cgroup_available) {
        if room < bytes as u64 {
            return Err(Error::new(step, bytes, None, Cause::Limit(cgroup_memory(limit))));
        }
    }
    match memory.available {
        Some(available) if available + memory.swap_free.unwrap_or(0) < bytes as u64 => {
            let cause = Cause::OutOfMemory { available: Some(available) };
            Err(Error::new(step, bytes, None, cause))
        }
        _ => Ok(()),
    }
}

fn cause_of(errno: i32, bytes: usize) -> Cause {
    match errno {
        // EFAULT comes from populating, where touching the page would have raised SIGBUS.
        libc::ENOMEM | libc::EFAULT => cause_of_enomem(bytes),
        libc::EMFILE => Cause::Limit(Limit {
            name: "RLIMIT_NOFILE",
            value: resource(Resource::OpenFiles).unwrap_or(0),
            unit: Unit::Count,
            help: "raise it (`ulimit -n`), or close files",
        }),
        libc::EFBIG => Cause::Limit(file_size(resource(Resource::FileSize).unwrap_or(0))),
        libc::ENOSYS | libc::EPERM | libc::EACCES | libc::EINVAL | libc::EOPNOTSUPP | libc::ENODEV => {
            Cause::Unsupported {
                what: "the kernel or a sandbox refuses this call",
                help: "choose Memory::Auto or Memory::Soft, or allow the call in the sandbox",
            }
        }
        _ => Cause::Unknown,
    }
}

/// The limits that the kernel reports as ENOMEM, in the order in which it checks them. Allocates nothing: there may be
/// nothing left.
fn cause_of_enomem(bytes: usize) -> Cause {
    if let Some(limit) = address_space_reached(bytes).or_else(map_count_reached).or_else(commit_reached) {
        return Cause::Limit(limit);
    }
    Cause::OutOfMemory { available: machine::available_bytes() }
}

fn address_space_reached(bytes: usize) -> Option<Limit> {
    let value = resource(Resource::AddressSpace)?;
    // Where /proc cannot be read, a limit below twice the request is still the likely cause.
    let used = machine::virtual_bytes().unwrap_or(bytes as u64);
    (used.saturating_add(bytes as u64) > value).then_some(address_space(value))
}

/// Private writable memory, such as the heap; mirrors are shared and do not count.
fn data_reached(bytes: usize) -> Option<Limit> {
    let value = resource(Resource::Data)?;
    let used = machine::data_bytes().unwrap_or(0);
    (used.saturating_add(bytes as u64) > value).then_some(Limit {
        name: "RLIMIT_DATA",
        value,
        unit: Unit::Bytes,
        help: "raise it (`ulimit -d unlimited`, LimitDATA= in systemd), or choose Memory::Mirror, which it does not touch",
    })
}

/// Counting takes tens of milliseconds when there are so many, and who makes many rings comes here for each: so what was
/// found is believed for a while.
fn map_count_reached() -> Option<Limit> {
    const WHILE: Duration = Duration::from_millis(500);
    static REACHED: Mutex<Option<Instant>> = Mutex::new(None);
    let value = machine::max_map_count()?;
    let mut reached = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
    if reached.is_none_or(|then| then.elapsed() > WHILE) {
        *reached = (map_count()? + 3 >= value).then(Instant::now);
    }
    reached.map(|_| mappings(value))
}

/// Strict overcommit (`vm.overcommit_memory=2`) refuses what goes beyond the commit limit.
fn commit_reached() -> Option<Limit> {
    machine::overcommit_is_strict().then_some(Limit {
        name: "vm.overcommit_memory",
        value: 2,
        unit: Unit::Count,
        help: "raise vm.overcommit_ratio or set vm.overcommit_memory=0, or ask for a smaller capacity",
    })
}

/// Counts the lines of `/proc/self/maps` on a small buffer: this runs when there is no room for a large one.
fn map_count() -> Option<u64> {
    let mut maps = std::fs::File::open("/proc/self/maps").ok()?;
    let mut buffer = [0; 4096];
    let mut lines = 0;
    loop {
        match maps.read(&mut buffer).ok()? {
            0 => return Some(lines),
            n => lines += buffer[..n].iter().filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}

fn address_space(value: u64) -> Limit {
    Limit {
        name: "RLIMIT_AS",
        value,
        unit: Unit::Bytes,
        help: "raise it (`ulimit -v unlimited`, LimitAS= in systemd), or ask for a smaller capacity; a mirror takes twice its period of address space",
    }
}

fn mappings(value: u64) -> Limit {
    Limit {
        name: "vm.max_map_count",
        value,
        unit: Unit::Count,
        help: "raise it (`sysctl vm.max_map_count=262144`), or make fewer rings; each takes two mappings",
    }
}

fn file_size(value: u64) -> Limit {
    Limit {
        name: "RLIMIT_FSIZE",
        value,
        unit: Unit::Bytes,
        help: "raise it (`ulimit -f unlimited`); ringfold then goes on without a file where it can",
    }
}

fn cgroup_memory(value: u64) -> Limit {
    Limit {
        name: "the memory limit of the cgroup",
        value,
        unit: Unit::Bytes,
        help: "raise it (MemoryMax= in systemd, --memory in Docker), or ask for a smaller capacity",
    }
}

/// The soft limit, or `None` when there is none.
fn resource(which: Resource) -> Option<u64> {
    machine::resource_limit(which)
}
