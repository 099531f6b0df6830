//! Windows: a few calls.

use std::io;

use windows_sys::Win32::System::ProcessStatus::{GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::SystemInformation::{
    GetSystemInfo, GlobalMemoryStatusEx, MEMORYSTATUSEX, SYSTEM_INFO,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetCurrentProcessorNumber, GetCurrentThread, GetProcessAffinityMask,
    SetThreadAffinityMask,
};

use super::{
    Cpu, FileSystem, HugePagePool, Kernel, Limits, NumaNode, ProcessMemory, SystemMemory,
    TransparentHugePages,
};

pub(super) fn page_size() -> usize {
    system_info().dwPageSize as usize
}

pub(super) fn online_cores() -> usize {
    system_info().dwNumberOfProcessors as usize
}

fn system_info() -> SYSTEM_INFO {
    let mut info = SYSTEM_INFO::default();
    // SAFETY: `info` is live and filled in by the call.
    unsafe { GetSystemInfo(&mut info) };
    info
}

/// The cores of this process's processor group.
pub(super) fn allowed_cores() -> Vec<usize> {
    let (mut process, mut system) = (0, 0);
    // SAFETY: both masks are live and filled in by the call; the pseudo handle needs no closing.
    if unsafe { GetProcessAffinityMask(GetCurrentProcess(), &mut process, &mut system) } == 0 {
        return Vec::new();
    }
    (0..usize::BITS as usize).filter(|core| process >> core & 1 == 1).collect()
}

pub(super) fn current_core() -> Option<usize> {
    // SAFETY: has no preconditions.
    Some(unsafe { GetCurrentProcessorNumber() } as usize)
}

pub(super) fn pin_current_thread(core: usize) -> io::Result<()> {
    let allowed = allowed_cores();
    if !allowed.contains(&core) {
        let message = format!("there is no core {core} that this process may use; allowed here: {allowed:?}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    set_affinity(&[core])
}

pub(super) fn set_affinity(cores: &[usize]) -> io::Result<()> {
    let mask = cores.iter().fold(0_usize, |mask, core| mask | 1_usize.checked_shl(*core as u32).unwrap_or(0));
    // SAFETY: the pseudo handle is this thread; a mask with cores that the process does not own is refused.
    match unsafe { SetThreadAffinityMask(GetCurrentThread(), mask) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

pub(super) fn cache_mates(_core: usize) -> Vec<usize> {
    Vec::new()
}

pub(super) fn memory() -> SystemMemory {
    let mut status = MEMORYSTATUSEX { dwLength: size_of::<MEMORYSTATUSEX>() as u32, ..Default::default() };
    // SAFETY: `status` is live, says its own size, and is filled in by the call.
    if unsafe { GlobalMemoryStatusEx(&mut status) } == 0 {
        return SystemMemory::default();
    }
    SystemMemory {
        total: Some(status.ullTotalPhys),
        available: Some(status.ullAvailPhys),
        swap_free: Some(status.ullAvailPageFile.saturating_sub(status.ullAvailPhys)),
        ..SystemMemory::default()
    }
}

pub(super) fn process_memory() -> ProcessMemory {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let bytes = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    // SAFETY: `counters` is live, as large as said, and filled in by the call.
    if unsafe { GetProcessMemoryInfo(GetCurrentProcess(), &mut counters, bytes) } == 0 {
        return ProcessMemory::default();
    }
    ProcessMemory {
        resident: Some(counters.WorkingSetSize as u64),
        peak_resident: Some(counters.PeakWorkingSetSize as u64),
        ..ProcessMemory::default()
    }
}

pub(super) fn kernel() -> Kernel {
    Kernel { name: "Windows".to_owned(), release: None }
}

pub(super) fn cpu() -> Cpu {
    Cpu { model: std::env::var("PROCESSOR_IDENTIFIER").ok(), hypervisor: None }
}

pub(super) fn cgroup_quota() -> Option<f64> {
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
