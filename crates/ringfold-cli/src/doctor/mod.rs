//! `ringfold doctor`: what this machine can do, and what would make it faster.

mod checks;

use std::io::{self, Write};
use std::process::ExitCode;

use ringfold::memory::machine;
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
    name: &'static str,
    status: Status,
    found: String,
    /// What to do; every line that is not OK has one.
    fix: Option<String>,
}

/// The report for programs.
#[derive(Debug, Serialize)]
struct Report {
    worst: Status,
    exit_code: u8,
    checks: Vec<Check>,
}

/// Looks, tries and reports. The exit code is that of the worst line.
pub fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let checks = checks::all(&machine::facts());
    let worst = checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok);
    let report = Report { worst, exit_code: worst.exit_code(), checks };
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
    for Check { name, status, found, fix } in &report.checks {
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
