//! What the cgroups of this process allow, version 1 and version 2.

use std::fs;
use std::path::{Path, PathBuf};

/// Processor time in cores: the tightest quota from this process's cgroup up to the root.
pub(super) fn cpu_quota() -> Option<f64> {
    directories("cpu").iter().filter_map(|directory| quota_in(directory)).reduce(f64::min)
}

/// The tightest memory limit up to the root and what is left under it, in bytes.
pub(super) fn memory() -> Option<(u64, u64)> {
    directories("memory")
        .iter()
        .filter_map(|directory| memory_in(directory))
        .min_by_key(|&(_, available)| available)
}

/// Version 2 writes `max 100000` or `50000 100000`; version 1 has a file for each, and -1 for no quota.
fn quota_in(directory: &Path) -> Option<f64> {
    let (quota, period) = match fs::read_to_string(directory.join("cpu.max")) {
        Ok(both) => {
            let (quota, period) = both.trim().split_once(' ')?;
            (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?)
        }
        Err(_) => (
            number_in(directory, "cpu.cfs_quota_us")? as f64,
            number_in(directory, "cpu.cfs_period_us")? as f64,
        ),
    };
    (period > 0.0).then_some(quota / period)
}

fn memory_in(directory: &Path) -> Option<(u64, u64)> {
    let (limit, used, droppable) = match number_in(directory, "memory.max") {
        Some(limit) => (limit, number_in(directory, "memory.current")?, "inactive_file "),
        None => (
            number_in(directory, "memory.limit_in_bytes")?,
            number_in(directory, "memory.usage_in_bytes")?,
            "total_inactive_file ",
        ),
    };
    // Version 1 writes its largest multiple of a page for "no limit".
    if limit >= i64::MAX as u64 - 0xF_FFFF {
        return None;
    }
    let statistics = fs::read_to_string(directory.join("memory.stat")).unwrap_or_default();
    let droppable = statistics
        .lines()
        .find_map(|line| line.strip_prefix(droppable)?.trim().parse::<u64>().ok())
        .unwrap_or(0);
    Some((limit, limit.saturating_sub(used.saturating_sub(droppable))))
}

/// `None` for `max` and -1, which mean no limit.
fn number_in(directory: &Path, file: &str) -> Option<u64> {
    fs::read_to_string(directory.join(file)).ok()?.trim().parse().ok()
}

/// This process's cgroup for `controller` and all its ancestors that can be seen from here. In a container the path may
/// belong to the host; then its root, which is mounted at the mount point, is what is left.
fn directories(controller: &str) -> Vec<PathBuf> {
    let Ok(memberships) = fs::read_to_string("/proc/self/cgroup") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for line in memberships.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let mounts: &[&str] = if controllers.is_empty() {
            &["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        } else if controllers.split(',').any(|name| name == controller) {
            &[&format!("/sys/fs/cgroup/{controller}"), &format!("/sys/fs/cgroup/{controllers}")]
        } else {
            continue;
        };
        for mount in mounts {
            let ancestors = Path::new(path).ancestors();
            found.extend(ancestors.map(|path| join(mount, path)).filter(|path| path.is_dir()));
        }
    }
    found
}

fn join(mount: &str, path: &Path) -> PathBuf {
    Path::new(mount).join(path.strip_prefix("/").unwrap_or(path))
}
