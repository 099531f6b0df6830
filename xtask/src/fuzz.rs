//! `cargo xtask fuzz`: the targets in `fuzz/`, with coverage counters and AddressSanitizer, for as long as was asked.
//!
//! What `cargo fuzz` would do, without having to be installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::test::fuzzing_host;
use crate::workspace::Workspace;

/// What libFuzzer needs to see of the code.
const COVERAGE: &str = "--cfg fuzzing -Zsanitizer=address -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// How to run.
pub struct Options {
    /// For each target.
    pub minutes: u64,
    /// Only this target.
    pub target: Option<String>,
    /// Inputs to be run once instead, or options of libFuzzer.
    pub arguments: Vec<String>,
}

/// Whether nothing was found; also when it cannot run here, which is printed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let host = match fuzzing_host() {
        Ok(host) => host,
        Err(skip) => {
            println!("skip: {}; to run it: {}", skip.why, skip.remedy);
            return Ok(true);
        }
    };
    let folder = workspace.root.join("fuzz");
    let built = workspace.target.join("fuzz");
    build(&folder, &built, &host)?;
    let mut is_clean = true;
    for target in targets(&folder, options.target.as_deref())? {
        let program = built.join(&host).join("release").join(&target);
        is_clean &= fuzz(&folder, &program, &target, options)?;
    }
    Ok(is_clean)
}

/// The names of the targets, each of which is a file.
fn targets(folder: &Path, only: Option<&str>) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            targets.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    targets.sort();
    let all = targets.join(", ");
    targets.retain(|target| only.is_none_or(|only| only == target));
    ensure!(!targets.is_empty(), "there is no target `{}`; there are {all}", only.unwrap_or_default());
    Ok(targets)
}

fn build(folder: &Path, built: &Path, host: &str) -> Result<()> {
    let status = Command::new("cargo")
        .current_dir(folder)
        .args(["+nightly", "build", "--release", "--target", host, "--target-dir"])
        .arg(built)
        .env("RUSTFLAGS", COVERAGE)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "the fuzz targets do not compile");
    Ok(())
}

fn fuzz(folder: &Path, program: &Path, target: &str, options: &Options) -> Result<bool> {
    let corpus = folder.join("corpus").join(target);
    let artifacts = folder.join("artifacts").join(target);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let mut command = Command::new(program);
    // Guards are forgotten on purpose, with what they hold; the targets count what lives themselves.
    command.current_dir(folder).env("ASAN_OPTIONS", "detect_leaks=0");
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    if options.arguments.is_empty() {
        println!("{target}: {} minutes", options.minutes);
        command.arg(&corpus).args(["-max_len=1024", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={}", 60 * options.minutes));
    } else {
        command.args(&options.arguments);
    }
    let status = command.status().with_context(|| format!("cannot start {}", program.display()))?;
    match status.success() {
        true => println!("{target}: nothing was found"),
        false => println!("{target}: see above; the input lies in {}", artifacts.display()),
    }
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_files() {
        let folder = Workspace::find().unwrap().root.join("fuzz");
        assert!(targets(&folder, None).unwrap().contains(&"one_thread".to_owned()));
        assert_eq!(targets(&folder, Some("one_thread")).unwrap(), ["one_thread"]);
        let error = targets(&folder, Some("two_threads")).unwrap_err().to_string();
        assert!(error.contains("`two_threads`") && error.contains("one_thread"), "{error}");
    }
}
