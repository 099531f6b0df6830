//! `cargo xtask soak`: all rooms under load, in `ringfold-soak`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Runs the soak with these arguments, built by its own profile, which is seen: it takes a while.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<bool> {
    let mut command = Command::new("cargo");
    command.current_dir(&workspace.root).args(["run", "--profile", "soak", "-p", "ringfold-soak", "--"]);
    command.args(arguments.iter().filter(|argument| *argument != "--"));
    Ok(command.status().context("cannot start cargo")?.success())
}
