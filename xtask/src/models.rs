//! The loom models: how they are built, and which there are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cargo_metadata::Message;

use crate::child;
use crate::workspace::Workspace;

/// The packages with a test target of this name hold models.
const TARGET: &str = "loom";
const BUILD_LIMIT: Duration = Duration::from_secs(900);
const PACKAGES: [&str; 3] = ["ringfold-core", "ringfold-memory", "ringfold"];

/// The packages that have models.
pub fn packages(workspace: &Workspace) -> Vec<&'static str> {
    let has_models = |package: &&str| workspace.test_targets(package).iter().any(|target| target == TARGET);
    PACKAGES.into_iter().filter(has_models).collect()
}

/// `cargo test` of the models of these packages, in the workspace at `root`, without what the models do not need.
///
/// The models are compute-bound, so they are optimised, but not linked as a release is. The mutants share the
/// target directory, and thereby the dependencies.
pub fn command(workspace: &Workspace, root: &Path, packages: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["test", "--release", "--test", TARGET]);
    command.arg("--target-dir").arg(workspace.target.join("loom"));
    command.args(packages.iter().flat_map(|package| ["-p", package]));
    command.env("RUSTFLAGS", "--cfg loom");
    command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    command
}

/// Builds the models of the workspace at `root`; the executables.
pub fn build(workspace: &Workspace, root: &Path, packages: &[&str], log: &Path) -> Result<Vec<PathBuf>> {
    let mut command = command(workspace, root, packages);
    command.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    let built = child::run(command, log, BUILD_LIMIT, false)?;
    let said: Vec<&str> = built.output.lines().filter(|line| !line.starts_with('{')).collect();
    ensure!(built.ended == child::Ended::Well, "the models do not compile:\n{}", said.join("\n"));
    let messages = Message::parse_stream(built.output.as_bytes());
    let mut executables = Vec::new();
    for message in messages {
        if let Message::CompilerArtifact(artifact) = message? {
            let is_model = artifact.target.name == TARGET && artifact.target.is_test();
            executables.extend(artifact.executable.filter(|_| is_model).map(PathBuf::from));
        }
    }
    ensure!(
        !executables.is_empty(),
        "cargo built no model, though {packages:?} have a test target `{TARGET}`"
    );
    Ok(executables)
}

/// The names of the tests in an executable.
pub fn tests_in(executable: &Path) -> Result<Vec<String>> {
    let listed = Command::new(executable)
        .args(["--list", "--format", "terse"])
        .output()
        .with_context(|| format!("cannot run {}", executable.display()))?;
    let text = String::from_utf8_lossy(&listed.stdout);
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}
