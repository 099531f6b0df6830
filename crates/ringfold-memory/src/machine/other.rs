//! macOS, wasm and unknown systems: the few facts that take one call.

use std::io;

use super::{
    Cpu, FileSystem, HugePagePool, Kernel, Limits, NumaNode, ProcessMemory, SystemMemory,
    TransparentHugePages,
};

pub(super) fn page_size() -> usize {
    system_value(Value::PageSize).unwrap_or(4096)
}

pub(super) fn online_cores() -> usize {
    system_value(Value::OnlineCores).unwrap_or(1)
}

pub(super) fn kernel() -> Kernel {
    let name = if cfg!(target_vendor = "apple") { "Darwin" } else { std::env::consts::OS };
    Kernel { name: name.to_owned(), release: None }
}

pub(super) fn pin_current_thread(_core: usize) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system does not bind threads to cores"))
}

pub(super) fn set_affinity(_cores: &[usize]) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system does not bind threads to cores"))
}

pub(super) fn cache_mates(_core: usize) -> Vec<usize> {
    Vec::new()
}

pub(super) fn cpu() -> Cpu {
    Cpu::default()
}

pub(super) fn allowed_cores() -> Vec<usize> {
    Vec::new()
}

pub(super) fn cgroup_quota() -> Option<f64> {
    None
}

pub(super) fn current_core() -> Option<usize> {
    None
}

pub(super) fn numa_nodes() -> Vec<NumaNode> {
    Vec::new()
}

pub(super) fn default_huge_page() -> Option<usize> {
    None
}

pub(super) fn huge_page_pools() -> Vec<HugePagePool> {
    Vec::new()
}

pub(super) fn transparent_huge_pages() -> Option<TransparentHugePages> {
    None
}

pub(super) fn memory() -> SystemMemory {
    SystemMemory::default()
}

pub(super) fn process_memory() -> ProcessMemory {
    ProcessMemory::default()
}

pub(super) fn limits() -> Limits {
    Limits::default()
}

pub(super) fn memfd() -> bool {
    false
}

pub(super) fn dev_shm() -> Option<FileSystem> {
    None
}

pub(super) fn pipe_max_bytes() -> Option<u64> {
    None
}

/// What `sysconf` is asked for here.
enum Value {
    PageSize,
    OnlineCores,
}

#[cfg(unix)]
fn system_value(which: Value) -> Option<usize> {
    let name = match which {
        Value::PageSize => libc::_SC_PAGESIZE,
        Value::OnlineCores => libc::_SC_NPROCESSORS_ONLN,
    };
    // SAFETY: sysconf has no preconditions.
    usize::try_from(unsafe { libc::sysconf(name) }).ok().filter(|&value| value > 0)
}

#[cfg(not(unix))]
fn system_value(which: Value) -> Option<usize> {
    match which {
        Value::PageSize | Value::OnlineCores => None,
    }
}
