//! `ringfold doctor`: what this machine can do, and what would make it faster.

mod checks;

use std::io::{self, Write};
use std::process::ExitCode;

use ringfold::memory::machine::{self, Facts};
use serde::Serialize;

use crate::args::DoctorArgs;
use crate::failure::{Failure, exit};
use crate::style::{BAD, DIM, FAIR, GOOD};

/// How well something works. The order is from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Ok,
    /// It works, and could be better.
    Warn,
    /// It does not work.
    Fail,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    /// For programs: stays as it is, whatever becomes of the name.
    id: &'static str,
    name: &'static str,
    status: Status,
    found: String,
    /// What to do; every line that is not OK has one.
    fix: Option<String>,
}

/// The report for programs.
#[derive(Debug, Serialize)]
struct Report {
    /// Grows when a field changes its meaning or goes.
    version: u32,
    worst: Status,
    exit_code: u8,
    numbers: Numbers,
    checks: Vec<Check>,
}

/// What the lines say in words. `None` is no limit, or nothing that the system tells.
#[derive(Debug, Serialize)]
struct Numbers {
    page_bytes: usize,
    cores: usize,
    cores_online: usize,
    numa_nodes: usize,
    memory_bytes: Option<u64>,
    memory_available_bytes: Option<u64>,
    cgroup_limit_bytes: Option<u64>,
    memlock_bytes: Option<u64>,
    locks_without_limit: bool,
    address_space_limit_bytes: Option<u64>,
    data_limit_bytes: Option<u64>,
    file_size_limit_bytes: Option<u64>,
    open_files: Option<u64>,
    max_map_count: Option<u64>,
    pipe_max_bytes: Option<u64>,
}

impl Numbers {
    fn new(facts: &Facts) -> Numbers {
        let Facts { cores, memory, limits, .. } = facts;
        Numbers {
            page_bytes: facts.page_bytes,
            cores: cores.usable,
            cores_online: cores.online,
            numa_nodes: facts.numa_nodes.len(),
            memory_bytes: memory.total,
            memory_available_bytes: memory.available,
            cgroup_limit_bytes: memory.cgroup_limit,
            memlock_bytes: limits.locked_memory,
            locks_without_limit: limits.locks_without_limit,
            address_space_limit_bytes: limits.address_space,
            data_limit_bytes: limits.data,
            file_size_limit_bytes: limits.file_size,
            open_files: limits.open_files,
            max_map_count: limits.max_map_count,
            pipe_max_bytes: facts.pipe_max_bytes,
        }
    }
}

/// Looks, tries and reports. The exit code is that of the worst line.
pub fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let facts = machine::facts();
    let checks = checks::all(&facts);
    let worst = checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok);
    let report =
        Report { version: 1, worst, exit_code: worst.exit_code(), numbers: Numbers::new(&facts), checks };
    if args.json {
        serde_json::to_writer_pretty(io::stdout(), &report).map_err(io::Error::from)?;
        writeln!(io::stdout())?;
    } else {
        print(&report)?;
    }
    Ok(ExitCode::from(report.exit_code))
}

fn print(report: &Report) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    for Check { name, status, found, fix, .. } in &report.checks {
        let (style, word) = status.shown();
        writeln!(stdout, "{style}{word:<4}{style:#}  {name:<14}  {found}")?;
        if let Some(fix) = fix {
            writeln!(stdout, "{:22}{DIM}fix:{DIM:#} {fix}", "")?;
        }
    }
    let count = |status| report.checks.iter().filter(|check| check.status == status).count();
    let (warnings, failures) = (count(Status::Warn), count(Status::Fail));
    match report.worst {
        Status::Ok => writeln!(stdout, "\nAll is well. Next: ringfold tour"),
        _ => writeln!(stdout, "\n{failures} FAIL, {warnings} WARN. Next: ringfold tour"),
    }
}

impl Status {
    fn exit_code(self) -> u8 {
        match self {
            Status::Ok => 0,
            Status::Warn => exit::FAILED,
            Status::Fail => exit::UNFIT,
        }
    }

    fn shown(self) -> (anstyle::Style, &'static str) {
        match self {
            Status::Ok => (GOOD, "OK"),
            Status::Warn => (FAIR, "WARN"),
            Status::Fail => (BAD, "FAIL"),
        }
    }
}
