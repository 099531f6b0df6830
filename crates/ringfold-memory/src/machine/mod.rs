//! Facts about this machine that decide how a ring behaves: cores, NUMA nodes, page sizes, limits. Plain data,
//! gathered when asked; what a system does not tell is `None` or empty. Only [`pin_current_thread`] changes anything.
//!
//! ```
//! let facts = ringfold_memory::machine::facts();
//! println!("{} usable cores, {} byte pages", facts.cores.usable, facts.page_bytes);
//! ```

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
#[path = "other.rs"]
mod platform;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod cgroup;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod list;

use std::io;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use platform::{
    Resource, available_bytes, data_bytes, max_map_count, overcommit_is_strict, resource_limit, virtual_bytes,
};

/// Everything at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Facts {
    /// The processor.
    pub cpu: Cpu,
    /// The kernel.
    pub kernel: Kernel,
    /// The cores this process may use.
    pub cores: Cores,
    /// The NUMA nodes; one or none on most machines.
    pub numa_nodes: Vec<NumaNode>,
    /// The size of a page in bytes.
    pub page_bytes: usize,
    /// The pools of huge pages.
    pub huge_page_pools: Vec<HugePagePool>,
    /// The settings for transparent huge pages.
    pub transparent_huge_pages: Option<TransparentHugePages>,
    /// Memory of the machine and of the cgroup.
    pub memory: SystemMemory,
    /// Memory of this process.
    pub process: ProcessMemory,
    /// Limits of this process and of the system.
    pub limits: Limits,
    /// Whether [`barrier::process_wide`](crate::barrier::process_wide) gives a barrier.
    pub process_wide_barrier: bool,
    /// Whether `memfd_create` works here.
    pub memfd: bool,
    /// The file system under `/dev/shm`.
    pub dev_shm: Option<FileSystem>,
    /// The most bytes that an unprivileged process may give a pipe.
    pub pipe_max_bytes: Option<u64>,
}

/// The processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cpu {
    /// Its name, as the system gives it.
    pub model: Option<String>,
    /// Whether the processor says that it is a virtual one; latencies then belong to the host as well.
    pub hypervisor: Option<bool>,
}

/// The kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kernel {
    /// `Linux`, `Darwin`, `Windows`.
    pub name: String,
    /// Its release, such as `6.18.4`, where known.
    pub release: Option<String>,
}

/// The cores this process may use.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cores {
    /// Cores that are switched on in this machine.
    pub online: usize,
    /// The numbers of the cores on which this thread may run; empty where the system does not tell.
    pub allowed: Vec<usize>,
    /// Processor time that the cgroup (v1 or v2) grants, in cores: 1.5 is one core and a half.
    pub cgroup_quota: Option<f64>,
    /// How many threads can really run at once: the smallest of the above, the quota rounded up, at least 1.
    pub usable: usize,
}

/// A NUMA node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NumaNode {
    /// Its number, for [`Options::numa_node`](crate::Options::numa_node).
    pub id: u32,
    /// The numbers of its cores.
    pub cores: Vec<usize>,
    /// Its memory in bytes.
    pub total_bytes: Option<u64>,
    /// Its free memory in bytes.
    pub free_bytes: Option<u64>,
}

/// A pool of huge pages that an administrator reserved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HugePagePool {
    /// The size of one page in bytes.
    pub page_bytes: u64,
    /// Pages in the pool.
    pub total: u64,
    /// Pages that nobody uses.
    pub free: u64,
    /// Free pages that are promised to a mapping already.
    pub reserved: u64,
    /// Pages that may be added on demand.
    pub overcommit: u64,
}

/// The settings for transparent huge pages, in the words of the kernel (`always`, `madvise`, `advise`, `never`, `deny`, ...).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransparentHugePages {
    /// For private memory.
    pub anonymous: String,
    /// For shared memory, of which mirrors are made. Collapse works with `never` as well, but not with `deny`.
    pub shared: Option<String>,
    /// The size of one in bytes.
    pub page_bytes: Option<usize>,
}

/// Memory of the machine and of the cgroup, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemMemory {
    /// In this machine.
    pub total: Option<u64>,
    /// To be had without swapping.
    pub available: Option<u64>,
    /// Free on swap.
    pub swap_free: Option<u64>,
    /// The tightest limit of this process's cgroups (v1 or v2).
    pub cgroup_limit: Option<u64>,
    /// What is left under that limit, counting file cache that can be dropped.
    pub cgroup_available: Option<u64>,
}

/// Memory of this process, in bytes. A mirror counts twice in the first two, because both halves are mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessMemory {
    /// In RAM now.
    pub resident: Option<u64>,
    /// The most there ever was in RAM.
    pub peak_resident: Option<u64>,
    /// Address space.
    pub virtual_bytes: Option<u64>,
    /// In RAM now, shared pages divided by the number of mappings that share them: a mirror counts once.
    pub proportional: Option<u64>,
}

/// Limits; `None` is no limit, or one that the system does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// `RLIMIT_AS` in bytes.
    pub address_space: Option<u64>,
    /// `RLIMIT_FSIZE` in bytes.
    pub file_size: Option<u64>,
    /// `RLIMIT_MEMLOCK` in bytes.
    pub locked_memory: Option<u64>,
    /// Whether this process may lock beyond `RLIMIT_MEMLOCK` (`CAP_IPC_LOCK`).
    pub locks_without_limit: bool,
    /// `RLIMIT_DATA` in bytes.
    pub data: Option<u64>,
    /// `RLIMIT_NOFILE`.
    pub open_files: Option<u64>,
    /// `vm.max_map_count`: mappings per process, of which a mirror takes two.
    pub max_map_count: Option<u64>,
    /// `vm.overcommit_memory`: 0 heuristic, 1 always, 2 strict.
    pub overcommit_memory: Option<u64>,
}

/// A mounted file system, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSystem {
    /// Its size.
    pub total: u64,
    /// What an unprivileged process may still write.
    pub available: u64,
}

/// Gathers everything. Reads about fifty small files on Linux; takes milliseconds.
#[must_use]
pub fn facts() -> Facts {
    Facts {
        cpu: cpu(),
        kernel: kernel(),
        cores: cores(),
        numa_nodes: numa_nodes(),
        page_bytes: page_size(),
        huge_page_pools: huge_page_pools(),
        transparent_huge_pages: transparent_huge_pages(),
        memory: memory(),
        process: process_memory(),
        limits: limits(),
        process_wide_barrier: crate::barrier::process_wide().is_some(),
        memfd: memfd(),
        dev_shm: dev_shm(),
        pipe_max_bytes: pipe_max_bytes(),
    }
}

/// The processor.
#[must_use]
pub fn cpu() -> Cpu {
    platform::cpu()
}

/// The kernel.
#[must_use]
pub fn kernel() -> Kernel {
    platform::kernel()
}

/// The cores this process may use, counting affinity and cgroup.
#[must_use]
pub fn cores() -> Cores {
    let (online, allowed, cgroup_quota) =
        (platform::online_cores(), platform::allowed_cores(), platform::cgroup_quota());
    let by_affinity = if allowed.is_empty() { online } else { allowed.len().min(online) };
    let by_quota = cgroup_quota.map_or(usize::MAX, |quota| quota.ceil() as usize);
    Cores { online, allowed, cgroup_quota, usable: by_affinity.min(by_quota).max(1) }
}

/// The core on which this thread runs at the moment, or `None` where the system does not tell.
#[must_use]
pub fn current_core() -> Option<usize> {
    platform::current_core()
}

/// Binds the calling thread to one core, for good or until it is pinned elsewhere.
///
/// # Errors
///
/// `InvalidInput` names the cores that are allowed; `Unsupported` where the system has no such call (macOS).
pub fn pin_current_thread(core: usize) -> io::Result<()> {
    platform::pin_current_thread(core)
}

/// Binds the calling thread to these cores.
pub(crate) fn set_affinity(cores: &[usize]) -> io::Result<()> {
    platform::set_affinity(cores)
}

/// The cores that share the last level of cache with this one; empty where the system does not tell.
pub(crate) fn cache_mates(core: usize) -> Vec<usize> {
    platform::cache_mates(core)
}

/// The NUMA nodes that are online.
#[must_use]
pub fn numa_nodes() -> Vec<NumaNode> {
    platform::numa_nodes()
}

/// The size of a page in bytes: 4096 on most machines, 16384 on Apple's.
#[must_use]
pub fn page_size() -> usize {
    platform::page_size()
}

/// The size of a page of the default pool of huge pages in bytes.
#[must_use]
pub fn default_huge_page() -> Option<usize> {
    platform::default_huge_page()
}

/// The pools of huge pages, smallest page first.
#[must_use]
pub fn huge_page_pools() -> Vec<HugePagePool> {
    platform::huge_page_pools()
}

/// The settings for transparent huge pages, or `None` where there are none.
#[must_use]
pub fn transparent_huge_pages() -> Option<TransparentHugePages> {
    platform::transparent_huge_pages()
}

/// Memory of the machine and of the cgroup.
#[must_use]
pub fn memory() -> SystemMemory {
    platform::memory()
}

/// Asks whether `bytes` of memory are to be had now, in the machine and in the cgroup: the kernel would not refuse them, it would
/// kill. Below 16 MiB, where asking costs more than it is worth, and where the system does not tell, the answer is yes.
///
/// # Errors
/// How much there is, and the limit that somebody set, if one did.
pub fn check_available(bytes: usize) -> Result<(), crate::Error> {
    crate::limits::check_available("asking for memory", bytes)
}

/// Memory of this process.
#[must_use]
pub fn process_memory() -> ProcessMemory {
    platform::process_memory()
}

/// Limits of this process and of the system.
#[must_use]
pub fn limits() -> Limits {
    platform::limits()
}

/// Whether `memfd_create` works here: makes one and closes it.
#[must_use]
pub fn memfd() -> bool {
    platform::memfd()
}

/// The file system under `/dev/shm`. Mirrors do not use it; other shared memory does.
#[must_use]
pub fn dev_shm() -> Option<FileSystem> {
    platform::dev_shm()
}

/// The most bytes that an unprivileged process may give a pipe.
#[must_use]
pub fn pipe_max_bytes() -> Option<u64> {
    platform::pipe_max_bytes()
}
