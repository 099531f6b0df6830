//! `cargo xtask profile`: where the time of a fast path goes, and how many instructions each of them takes.
//!
//! `ringfold-profile` does the operations; perf samples them, callgrind counts them. The counts are compared with a table that is kept in
//! `docs/decisions/`, with the page that says what they tell and what not.

mod callgrind;
mod flame;
mod inlined;
mod table;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::child::{self, Ended};
use crate::workspace::Workspace;
pub use table::Verdict;
use table::{FILE, Figures, Setting, Table};

/// How what perf samples is compiled. Without frame pointers a stack would end in the first function; and unless code lies in memory as it lies in
/// the file, which the linker may decide otherwise, addresses of the one are not found in the other.
const SAMPLED: &str = "-C force-frame-pointers=yes -C link-arg=-Wl,-z,separate-loadable-segments";

/// What the run was asked for.
pub struct Options {
    /// Draw this one.
    pub path: Option<String>,
    pub seconds: u64,
    /// Count them all.
    pub count: bool,
    /// Let the new counts be the table.
    pub accept: bool,
}

/// Draws a path, counts all paths, or lists them; whether all was as it should be.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    if options.count {
        return count(workspace, options.accept);
    }
    let program = build(workspace, &[("RUSTFLAGS", SAMPLED)], true)?;
    let paths = list(&program)?;
    let Some(path) = &options.path else {
        paths.iter().for_each(|path| println!("{path}"));
        return Ok(true);
    };
    if !paths.contains(path) {
        bail!("there is no fast path `{path}`; there are\n  {}", paths.join("\n  "));
    }
    let svg = flame::draw(workspace, &program, path, options.seconds)?;
    println!("Open it in a browser: {}", svg.display());
    Ok(true)
}

/// Counts and compares; for the step of `cargo xtask test`.
pub fn check(workspace: &Workspace, is_verbose: bool) -> Result<Verdict> {
    let accepted = Table::read(workspace)?;
    let mut here = Setting::detect()?;
    if let Some(other) = accepted.setting.differs_from(&here) {
        return Ok(Verdict::Elsewhere(other));
    }
    let figures = measure(workspace, &mut here, is_verbose)?;
    Ok(accepted.judge(&Table { setting: here, instructions: figures }))
}

fn count(workspace: &Workspace, accept: bool) -> Result<bool> {
    if let Err(skip) = crate::test::valgrind() {
        bail!("{}: {}", skip.why, skip.remedy);
    }
    let mut here = Setting::detect()?;
    let figures = measure(workspace, &mut here, true)?;
    let now = Table { setting: here, instructions: figures };
    if accept {
        now.write(workspace)?;
        println!("{}\n{FILE} now says so.", now.shown(None));
        return Ok(true);
    }
    let accepted = Table::read(workspace)?;
    let verdict = accepted.judge(&now);
    let comparable = !matches!(verdict, Verdict::Elsewhere(_));
    println!("{}\n{verdict}", now.shown(comparable.then_some(&accepted)));
    Ok(!matches!(verdict, Verdict::Dearer(_)))
}

/// The figures of all paths; what only the program knows of where it runs goes into `setting`.
fn measure(workspace: &Workspace, setting: &mut Setting, is_verbose: bool) -> Result<Figures> {
    let program = build(workspace, &[], is_verbose)?;
    let counted = callgrind::count(workspace, &program)?;
    setting.mirror = counted.mirror;
    setting.barrier = counted.barrier;
    Ok(counted.figures)
}

/// Builds the program as it is released, whatever flags the environment has for others.
fn build(workspace: &Workspace, environment: &[(&str, &str)], is_verbose: bool) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root);
    command.args(["build", "--profile", "profiling", "-p", "ringfold-profile", "--bin", "profile"]);
    // Compiled in increments, as continuous integration and developers may ask for, code comes out otherwise.
    command.env("CARGO_INCREMENTAL", "0").env_remove("CARGO_BUILD_TARGET");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.ends_with("RUSTFLAGS") || text.starts_with("CARGO_PROFILE_") {
            command.env_remove(&name);
        }
    }
    command.envs(environment.iter().copied());
    let built = child::run(command, &log(workspace, "build"), Duration::from_secs(900), is_verbose)?;
    if built.ended != Ended::Well {
        bail!("ringfold-profile does not build:\n{}", built.output);
    }
    let name = format!("profile{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("profiling").join(name))
}

fn log(workspace: &Workspace, what: &str) -> PathBuf {
    workspace.target.join("xtask").join(format!("profile-{what}.log"))
}

fn list(program: &PathBuf) -> Result<Vec<String>> {
    let output = Command::new(program).arg("list").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}
