//! `cargo xtask bench`: ringfold against its rivals, in `ringfold-bench`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::test;
use crate::workspace::Workspace;

/// Runs the benchmark with these arguments; for a report with all the rivals that this machine can compile.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool> {
    let is_report = arguments.iter().any(|argument| argument == "--report");
    let mut features = Vec::new();
    if is_report {
        for (feature, missing) in test::missing_rivals() {
            match missing {
                None => features.push(feature),
                Some((why, remedy)) => {
                    eprintln!("without --features {feature}: {why}; to have them: {remedy}")
                }
            }
        }
    }
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args(["run", "--release", "-p", "ringfold-bench"]);
    // A report is worth minutes of compiling, which are shown.
    if !is_report {
        command.arg("--quiet");
    }
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command.arg("--").args(arguments.iter().filter(|argument| *argument != "--"));
    Ok(command.status().context("cannot start cargo")?.success())
}
