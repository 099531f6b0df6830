//! Linux and Android: `/proc`, `/sys` and a few calls.

use std::{fs, io, io::Read};

use super::{
    Cpu, FileSystem, HugePagePool, Kernel, Limits, NumaNode, ProcessMemory, SystemMemory,
    TransparentHugePages, cgroup, list,
};

const NODES: &str = "/sys/devices/system/node";
const HUGE_PAGES: &str = "/sys/kernel/mm/hugepages";
const TRANSPARENT: &str = "/sys/kernel/mm/transparent_hugepage";

/// A limit of the process, by the word this crate uses for it.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    AddressSpace,
    FileSize,
    LockedMemory,
    Data,
    OpenFiles,
}

pub(super) fn cpu() -> Cpu {
    let text = read("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    Cpu {
        model: field("model name").or_else(|| field("Hardware")),
        hypervisor: field("flags").map(|flags| flags.split(' ').any(|flag| flag == "hypervisor")),
    }
}

pub(super) fn kernel() -> Kernel {
    let line = |path| read(path).map(|text| text.trim().to_owned());
    Kernel {
        name: line("/proc/sys/kernel/ostype").unwrap_or_else(|| "Linux".to_owned()),
        release: line("/proc/sys/kernel/osrelease"),
    }
}

pub(super) fn online_cores() -> usize {
    // SAFETY: sysconf has no preconditions.
    let online = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    usize::try_from(online).unwrap_or(1).max(1)
}

/// The affinity mask, in words that grow until the kernel's mask fits.
pub(super) fn allowed_cores() -> Vec<usize> {
    const BITS: usize = libc::c_ulong::BITS as usize;
    for words in [16, 64, 256, 1024] {
        let mut mask: Vec<libc::c_ulong> = vec![0; words];
        let bytes = size_of_val(mask.as_slice());
        // SAFETY: the mask is `bytes` long, aligned for words, and the kernel writes at most `bytes`. Thread 0 is this one.
        let written = unsafe { libc::sched_getaffinity(0, bytes, mask.as_mut_ptr().cast()) };
        if written == 0 {
            let allowed = |core: &usize| mask[core / BITS] >> (core % BITS) & 1 == 1;
            return (0..words * BITS).filter(allowed).collect();
        }
    }
    Vec::new()
}

pub(super) fn cgroup_quota() -> Option<f64> {
    cgroup::cpu_quota()
}

pub(super) fn current_core() -> Option<usize> {
    // SAFETY: sched_getcpu has no preconditions.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}

pub(super) fn pin_current_thread(core: usize) -> io::Result<()> {
    let refused = match set_affinity(&[core]) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => error,
        result => return result,
    };
    let online = read("/sys/devices/system/cpu/online").unwrap_or_default();
    let message = format!(
        "there is no core {core} that this process may use; online here: {} ({refused})",
        online.trim()
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

pub(super) fn set_affinity(cores: &[usize]) -> io::Result<()> {
    const BITS: usize = libc::c_ulong::BITS as usize;
    const MOST: usize = 65_536;
    let most = cores.iter().copied().filter(|core| *core < MOST).max().unwrap_or(0);
    let mut mask: Vec<libc::c_ulong> = vec![0; 16.max(most / BITS + 1)];
    for core in cores {
        if let Some(word) = mask.get_mut(core / BITS) {
            *word |= 1 << (core % BITS);
        }
    }
    let bytes = size_of_val(mask.as_slice());
    // SAFETY: the mask is `bytes` long, aligned for words, and only read. Thread 0 is this one.
    match unsafe { libc::sched_setaffinity(0, bytes, mask.as_ptr().cast()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The caches are numbered from the nearest to the farthest.
pub(super) fn cache_mates(core: usize) -> Vec<usize> {
    let shared =
        |index: usize| read(&format!("/sys/devices/system/cpu/cpu{core}/cache/index{index}/shared_cpu_list"));
    (0..16).map_while(shared).last().map_or_else(Vec::new, |text| list::parse(&text))
}

pub(super) fn numa_nodes() -> Vec<NumaNode> {
    let Some(online) = read(&format!("{NODES}/online")) else {
        return Vec::new();
    };
    list::parse(&online).into_iter().map(|id| numa_node(id as u32)).collect()
}

/// Lines such as `Node 0 MemTotal:       24684092 kB`.
fn numa_node(id: u32) -> NumaNode {
    let memory = read(&format!("{NODES}/node{id}/meminfo")).unwrap_or_default();
    let bytes = |name| memory.lines().find_map(|line| kibibytes(line.split_once(name)?.1));
    NumaNode {
        id,
        cores: list::parse(&read(&format!("{NODES}/node{id}/cpulist")).unwrap_or_default()),
        total_bytes: bytes("MemTotal:"),
        free_bytes: bytes("MemFree:"),
    }
}

pub(super) fn page_size() -> usize {
    // SAFETY: sysconf has no preconditions.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).unwrap_or(4096)
}

pub(super) fn default_huge_page() -> Option<usize> {
    let bytes = kibibytes_after(&read("/proc/meminfo")?, "Hugepagesize:")?;
    usize::try_from(bytes).ok().filter(|bytes| bytes.is_power_of_two())
}

pub(super) fn huge_page_pools() -> Vec<HugePagePool> {
    let Ok(directories) = fs::read_dir(HUGE_PAGES) else {
        return Vec::new();
    };
    let mut pools: Vec<HugePagePool> = directories
        .flatten()
        .filter_map(|directory| {
            let name = directory.file_name().into_string().ok()?;
            let kibibytes: u64 = name.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok()?;
            let count = |file| number(&format!("{HUGE_PAGES}/{name}/{file}")).unwrap_or(0);
            Some(HugePagePool {
                page_bytes: kibibytes << 10,
                total: count("nr_hugepages"),
                free: count("free_hugepages"),
                reserved: count("resv_hugepages"),
                overcommit: count("nr_overcommit_hugepages"),
            })
        })
        .collect();
    pools.sort_by_key(|pool| pool.page_bytes);
    pools
}

pub(super) fn transparent_huge_pages() -> Option<TransparentHugePages> {
    Some(TransparentHugePages {
        anonymous: chosen(&read(&format!("{TRANSPARENT}/enabled"))?),
        shared: read(&format!("{TRANSPARENT}/shmem_enabled")).map(|text| chosen(&text)),
        page_bytes: number(&format!("{TRANSPARENT}/hpage_pmd_size"))
            .and_then(|bytes| usize::try_from(bytes).ok())
            .filter(|bytes| bytes.is_power_of_two()),
    })
}

/// The word in brackets: `always [madvise] never`.
fn chosen(text: &str) -> String {
    let bracketed = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    bracketed.map_or(text.trim(), |(word, _)| word).to_owned()
}

pub(super) fn memory() -> SystemMemory {
    let text = read("/proc/meminfo").unwrap_or_default();
    let cgroup = cgroup::memory();
    SystemMemory {
        total: kibibytes_after(&text, "MemTotal:"),
        available: kibibytes_after(&text, "MemAvailable:"),
        swap_free: kibibytes_after(&text, "SwapFree:"),
        cgroup_limit: cgroup.map(|(limit, _)| limit),
        cgroup_available: cgroup.map(|(_, available)| available),
    }
}

/// What is available of the machine's memory. Takes nothing from the heap.
pub(crate) fn available_bytes() -> Option<u64> {
    with_text("/proc/meminfo", |text| kibibytes_after(text, "MemAvailable:"))
}

/// Whether the system refuses what goes beyond its commit limit. Takes nothing from the heap.
pub(crate) fn overcommit_is_strict() -> bool {
    number("/proc/sys/vm/overcommit_memory") == Some(2)
}

pub(super) fn process_memory() -> ProcessMemory {
    let text = read("/proc/self/status").unwrap_or_default();
    ProcessMemory {
        resident: kibibytes_after(&text, "VmRSS:"),
        peak_resident: kibibytes_after(&text, "VmHWM:"),
        virtual_bytes: kibibytes_after(&text, "VmSize:"),
        proportional: read("/proc/self/smaps_rollup").and_then(|text| kibibytes_after(&text, "Pss:")),
    }
}

/// The address space of this process in bytes.
pub(crate) fn virtual_bytes() -> Option<u64> {
    with_text("/proc/self/status", |text| kibibytes_after(text, "VmSize:"))
}

/// The private writable memory of this process in bytes, which `RLIMIT_DATA` limits.
pub(crate) fn data_bytes() -> Option<u64> {
    with_text("/proc/self/status", |text| kibibytes_after(text, "VmData:"))
}

pub(super) fn limits() -> Limits {
    const CAP_IPC_LOCK: u64 = 14;
    let status = read("/proc/self/status").unwrap_or_default();
    let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let capabilities = capabilities.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    Limits {
        address_space: resource_limit(Resource::AddressSpace),
        file_size: resource_limit(Resource::FileSize),
        locked_memory: resource_limit(Resource::LockedMemory),
        locks_without_limit: capabilities.is_some_and(|set| set >> CAP_IPC_LOCK & 1 == 1),
        data: resource_limit(Resource::Data),
        open_files: resource_limit(Resource::OpenFiles),
        max_map_count: max_map_count(),
        overcommit_memory: number("/proc/sys/vm/overcommit_memory"),
    }
}

/// The soft limit, or `None` when there is none.
#[allow(clippy::unnecessary_cast, reason = "rlim_t has 32 bits on 32-bit systems")]
pub(crate) fn resource_limit(which: Resource) -> Option<u64> {
    let resource = match which {
        Resource::AddressSpace => libc::RLIMIT_AS,
        Resource::FileSize => libc::RLIMIT_FSIZE,
        Resource::LockedMemory => libc::RLIMIT_MEMLOCK,
        Resource::Data => libc::RLIMIT_DATA,
        Resource::OpenFiles => libc::RLIMIT_NOFILE,
    };
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a live rlimit that the call fills in.
    let result = unsafe { libc::getrlimit(resource, &mut limit) };
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur as u64)
}

pub(crate) fn max_map_count() -> Option<u64> {
    number("/proc/sys/vm/max_map_count")
}

pub(super) fn memfd() -> bool {
    // SAFETY: the name is a C string that lives for the call; 1 is MFD_CLOEXEC.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_create, c"ringfold".as_ptr(), 1) };
    if fd < 0 {
        return false;
    }
    // SAFETY: the descriptor was opened just above and nobody else has it.
    unsafe { libc::close(fd as libc::c_int) };
    true
}

pub(super) fn dev_shm() -> Option<FileSystem> {
    // SAFETY: statvfs is plain numbers, for which zero is a value.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path is a C string and `found` a live statvfs that the call fills in.
    if unsafe { libc::statvfs(c"/dev/shm".as_ptr(), &mut found) } != 0 {
        return None;
    }
    let unit = found.f_frsize as u64;
    Some(FileSystem { total: unit * found.f_blocks as u64, available: unit * found.f_bavail as u64 })
}

pub(super) fn pipe_max_bytes() -> Option<u64> {
    number("/proc/sys/fs/pipe-max-size")
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn number(path: &str) -> Option<u64> {
    with_text(path, |text| text.trim().parse().ok())
}

/// What `f` finds in the first 4 KiB of a file, without the heap: this runs when there is no memory left.
fn with_text<R>(path: &str, f: impl FnOnce(&str) -> Option<R>) -> Option<R> {
    let mut buffer = [0; 4096];
    let length = fs::File::open(path).ok()?.read(&mut buffer).ok()?;
    f(std::str::from_utf8(&buffer[..length]).ok()?)
}

/// The bytes in the line that starts with `name`, such as `MemTotal:  24684092 kB`.
fn kibibytes_after(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| kibibytes(line.strip_prefix(name)?))
}

fn kibibytes(text: &str) -> Option<u64> {
    text.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}
