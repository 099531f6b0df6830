//! The lines of the report. What can be tried is tried; the rest is read from the system.

use std::fmt::Write;

use ringfold::memory::machine::{Cores, Facts, HugePagePool, Limits, NumaNode, SystemMemory};
use ringfold::memory::{HugePages, Memory, Method, Mirror, Options};

use super::{Check, Status};
use crate::size::human;

const TRIED_BYTES: usize = 4 << 20;
const COMFORTABLE_LOCK: u64 = 64 << 20;
const COMFORTABLE_MEMORY: u64 = 512 << 20;
const COMFORTABLE_MAPS: u64 = 65_530;
const COMFORTABLE_FILES: u64 = 256;
const COMFORTABLE_PIPE: u64 = 1 << 20;

/// Every line, the most important first.
pub fn all(facts: &Facts) -> Vec<Check> {
    vec![
        mirror(),
        memfd(facts.memfd),
        huge_pages(),
        huge_page_pools(&facts.huge_page_pools),
        transparent(facts),
        lock(&facts.limits),
        cores(&facts.cores),
        machine(facts),
        numa(&facts.numa_nodes),
        barrier(facts.process_wide_barrier),
        memory(&facts.memory),
        overcommit(facts.limits.overcommit_memory),
        maps(facts.limits.max_map_count),
        limits(&facts.limits),
        pipes(facts.pipe_max_bytes),
    ]
}

/// A name for people and the id for programs, in this order; no id ever changes.
const IDS: [(&str, &str); 15] = [
    ("mirror", "mirror"),
    ("memfd", "memfd"),
    ("huge pages", "huge_pages"),
    ("hugetlb pools", "hugetlb_pools"),
    ("transparent", "transparent_huge_pages"),
    ("locked memory", "locked_memory"),
    ("cores", "cores"),
    ("machine", "machine"),
    ("NUMA", "numa"),
    ("membarrier", "membarrier"),
    ("memory", "memory"),
    ("overcommit", "overcommit"),
    ("max_map_count", "max_map_count"),
    ("limits", "limits"),
    ("pipe size", "pipe_size"),
];

fn id_of(name: &'static str) -> &'static str {
    IDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, id)| id)
}

fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check { id: id_of(name), name, status: Status::Ok, found: found.into(), fix: None }
}

fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Check {
    Check { id: id_of(name), name, status: Status::Warn, found: found.into(), fix: Some(fix.into()) }
}

fn tried(options: Options) -> Result<Mirror, ringfold::memory::Error> {
    Mirror::with_options(TRIED_BYTES, &options.memory(Memory::Mirror))
}

fn mirror() -> Check {
    match tried(Options::new()) {
        Ok(mirror) => {
            let info = mirror.info();
            ok("mirror", format!("{}, pages of {}", info.method, human(info.page_bytes as u64)))
        }
        Err(error) => Check {
            id: id_of("mirror"),
            name: "mirror",
            status: Status::Fail,
            found: format!("no hardware mirror: {error}"),
            fix: Some(format!("{}; until then rings use the soft mirror, which copies", error.help())),
        },
    }
}

fn memfd(works: bool) -> Check {
    match works {
        true => ok("memfd", "works"),
        false => warn(
            "memfd",
            "refused, so mirrors are made of shared anonymous memory",
            "allow memfd_create in the sandbox's seccomp profile",
        ),
    }
}

fn huge_pages() -> Check {
    match tried(Options::new().huge_pages(HugePages::Require)) {
        Ok(mirror) if mirror.info().method == Method::HugeTlb => {
            ok("huge pages", "work, from a hugetlb pool")
        }
        Ok(_) => ok("huge pages", "work, as transparent huge pages"),
        Err(error) => warn("huge pages", format!("{error}"), error.help().to_owned()),
    }
}

/// Without a pool, huge pages can still come by collapse: the line above has tried.
fn huge_page_pools(pools: &[HugePagePool]) -> Check {
    let mut found = String::new();
    for pool in pools.iter().filter(|pool| pool.total + pool.overcommit > 0) {
        let HugePagePool { page_bytes, total, free, .. } = *pool;
        let _ = write!(found, "{total} pages of {}, {free} free; ", human(page_bytes));
    }
    match found.trim_end_matches("; ") {
        "" => ok("hugetlb pools", "none reserved (to reserve 512: sysctl vm.nr_hugepages=512)"),
        found => ok("hugetlb pools", found),
    }
}

fn transparent(facts: &Facts) -> Check {
    let Some(huge) = &facts.transparent_huge_pages else {
        return ok("transparent", "this system has no transparent huge pages");
    };
    let shared = huge.shared.as_deref().unwrap_or("not told");
    let found = format!("private memory: {}, shared memory: {shared}", huge.anonymous);
    match shared {
        "deny" => {
            warn("transparent", found, "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled")
        }
        _ => ok("transparent", found),
    }
}

fn lock(limits: &Limits) -> Check {
    let limit = limits.locked_memory.map_or("unlimited".to_owned(), human);
    let found = match tried(Options::new().lock(true)) {
        Ok(_) if limits.locks_without_limit => return ok("locked memory", "no limit for this process"),
        Ok(_) => format!("at most {limit}"),
        Err(_) => format!("at most {limit}, too little for a ring of {}", human(TRIED_BYTES as u64)),
    };
    match limits.locked_memory {
        Some(limit) if limit < COMFORTABLE_LOCK => warn(
            "locked memory",
            found,
            "ulimit -l unlimited, or 'memlock' in /etc/security/limits.conf, or CAP_IPC_LOCK",
        ),
        _ => ok("locked memory", found),
    }
}

fn cores(cores: &Cores) -> Check {
    let mut found = format!("{} usable of {} online", cores.usable, cores.online);
    if let Some(quota) = cores.cgroup_quota {
        let _ = write!(found, ", the cgroup grants {quota:.2}");
    }
    match cores.usable {
        1 => warn(
            "cores",
            format!("{found}: both sides of a ring share it"),
            "give this process two cores: taskset, cpuset or the container's --cpus",
        ),
        _ => ok("cores", found),
    }
}

fn machine(facts: &Facts) -> Check {
    let model = facts.cpu.model.as_deref().unwrap_or("a processor that does not tell its name");
    let kernel = format!("{} {}", facts.kernel.name, facts.kernel.release.as_deref().unwrap_or(""));
    let guest = if facts.cpu.hypervisor == Some(true) { ", virtual: the host adds to latencies" } else { "" };
    ok("machine", format!("{model}{guest}; {}", kernel.trim_end()))
}

fn numa(nodes: &[NumaNode]) -> Check {
    match nodes.len() {
        0 | 1 => ok("NUMA", "one node"),
        count => ok("NUMA", format!("{count} nodes; keep both sides of a ring on one: numactl -N 0 -m 0")),
    }
}

fn barrier(works: bool) -> Check {
    match works {
        true => ok("membarrier", "works: sleeping costs the other side nothing"),
        false => warn(
            "membarrier",
            "missing: each push pays for a fence",
            "Linux 4.14 or newer, and membarrier allowed in the sandbox's seccomp profile",
        ),
    }
}

fn memory(memory: &SystemMemory) -> Check {
    let available = [memory.available, memory.cgroup_available].into_iter().flatten().min();
    let shown = |bytes: Option<u64>| bytes.map_or("an unknown amount".to_owned(), human);
    let mut found = format!("{} available of {}", shown(available), shown(memory.total));
    if let Some(limit) = memory.cgroup_limit {
        let _ = write!(found, ", the cgroup allows {}", human(limit));
    }
    match available {
        Some(bytes) if bytes < COMFORTABLE_MEMORY => {
            warn("memory", found, "free some, raise the container's limit, or give 'pipe' a small -m")
        }
        _ => ok("memory", found),
    }
}

fn overcommit(mode: Option<u64>) -> Check {
    match mode {
        Some(2) => warn(
            "overcommit",
            "strict: large reservations may be refused",
            "sysctl vm.overcommit_memory=0, or raise vm.overcommit_ratio",
        ),
        Some(1) => ok("overcommit", "always"),
        _ => ok("overcommit", "heuristic"),
    }
}

fn maps(most: Option<u64>) -> Check {
    match most {
        Some(most) if most < COMFORTABLE_MAPS => warn(
            "max_map_count",
            format!("{most} mappings, of which each ring takes two"),
            format!("sysctl vm.max_map_count={COMFORTABLE_MAPS}"),
        ),
        Some(most) => ok("max_map_count", format!("{most} mappings, of which each ring takes two")),
        None => ok("max_map_count", "no limit known"),
    }
}

fn limits(limits: &Limits) -> Check {
    let set = [
        ("RLIMIT_AS", "ulimit -v unlimited", limits.address_space, 4 * COMFORTABLE_MEMORY),
        ("RLIMIT_DATA", "ulimit -d unlimited", limits.data, COMFORTABLE_MEMORY),
        ("RLIMIT_FSIZE", "ulimit -f unlimited", limits.file_size, COMFORTABLE_MEMORY),
    ];
    let mut found = String::new();
    let mut fixes = Vec::new();
    for (name, fix, limit, comfortable) in set {
        if let Some(bytes) = limit {
            let _ = write!(found, "{name} {}, ", human(bytes));
            if bytes < comfortable {
                fixes.push(fix);
            }
        }
    }
    if let Some(files) = limits.open_files {
        let _ = write!(found, "RLIMIT_NOFILE {files}, ");
        if files < COMFORTABLE_FILES {
            fixes.push("ulimit -n 1024");
        }
    }
    match (found.trim_end_matches(", "), fixes.is_empty()) {
        ("", _) => ok("limits", "none"),
        (found, true) => ok("limits", found),
        (found, false) => warn("limits", found, fixes.join("; ")),
    }
}

fn pipes(most: Option<u64>) -> Check {
    match most {
        Some(most) if most < COMFORTABLE_PIPE => warn(
            "pipe size",
            format!("at most {}", human(most)),
            format!("sysctl fs.pipe-max-size={COMFORTABLE_PIPE}"),
        ),
        Some(most) => ok("pipe size", format!("at most {}", human(most))),
        None => ok("pipe size", "the system decides"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfold::memory::machine::facts;

    #[test]
    fn whatever_is_not_ok_has_a_fix() {
        for check in all(&facts()) {
            assert_eq!(check.status == Status::Ok, check.fix.is_none(), "{check:?}");
        }
    }

    #[test]
    fn every_line_has_its_id() {
        let found: Vec<_> = all(&facts()).iter().map(|check| (check.name, check.id)).collect();
        assert_eq!(found, IDS);
    }

    #[test]
    fn what_is_tight_is_a_warning() {
        let mut tight = facts();
        tight.cores.usable = 1;
        tight.memory.available = Some(1 << 20);
        tight.limits.max_map_count = Some(100);
        tight.limits.address_space = Some(1 << 20);
        tight.limits.open_files = Some(10);
        tight.limits.overcommit_memory = Some(2);
        tight.process_wide_barrier = false;
        tight.memfd = false;
        tight.pipe_max_bytes = Some(4096);
        let warned: Vec<&str> = all(&tight)
            .iter()
            .filter(|check| check.status == Status::Warn)
            .map(|check| check.name)
            .filter(|name| !["huge pages", "locked memory"].contains(name))
            .collect();
        let expected =
            ["memfd", "cores", "membarrier", "memory", "overcommit", "max_map_count", "limits", "pipe size"];
        assert_eq!(warned, expected);
        let limits = limits(&tight.limits);
        assert_eq!(limits.fix.as_deref(), Some("ulimit -v unlimited; ulimit -n 1024"));
    }
}
