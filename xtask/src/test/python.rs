//! The Python package: its wheel is built, installed into a virtual environment of its own, and tested there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Context, LIMIT, Skip, Verdict, tools};
use crate::child::{self, Ended, shown};

/// What builds the wheel, within the bounds of `pyproject.toml`.
const MATURIN: &str = "maturin>=1.9.4,<2";

/// Builds, installs, and runs the tests, the stubs' test and the type checker.
pub fn run(context: &Context<'_>) -> Result<Verdict> {
    let python = match tools::python() {
        Ok(python) => python,
        Err(skip) => return Ok(Verdict::Skipped(skip)),
    };
    let steps = Steps::new(context);
    fs::create_dir_all(&steps.wheels).with_context(|| format!("cannot create {}", steps.wheels.display()))?;
    if let Some(why) =
        steps.first_failure("python-setup", vec![steps.environment(python), steps.install(&[MATURIN])])?
    {
        let why = format!("the packages that the Python step needs cannot be had:\n{why}");
        let remedy = format!("python3 -m venv target/python && target/python/bin/pip install '{MATURIN}'");
        return Ok(Verdict::Skipped(Skip { why, remedy, is_for_ci: true }));
    }
    let wheel = steps.wheel();
    if let Some(why) = steps.first_failure("python-wheel", vec![wheel])? {
        return Ok(Verdict::Failed(why));
    }
    let newest = newest_wheel(&steps.wheels)?;
    let with_tests = format!("{}[test]", newest.display());
    let mut commands = vec![steps.install(&["--force-reinstall", "--no-deps", &newest.to_string_lossy()])];
    commands.push(steps.install(&[&with_tests]));
    commands.extend([steps.types(), steps.stubs(), steps.tests()]);
    Ok(match steps.first_failure("python", commands)? {
        Some(why) => Verdict::Failed(why),
        None => Verdict::Passed(passed(&context.log("python", 4))),
    })
}

/// The commands, and where they run.
struct Steps<'a> {
    context: &'a Context<'a>,
    package: PathBuf,
    environment: PathBuf,
    wheels: PathBuf,
}

impl<'a> Steps<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        let environment = context.workspace.target.join("python");
        let wheels = environment.join("wheels");
        Self { context, package: context.workspace.root.join("bindings/python"), environment, wheels }
    }

    fn environment(&self, python: &str) -> Command {
        let mut command = Command::new(python);
        command.args(["-m", "venv"]).arg(&self.environment);
        command
    }

    /// The environment's own interpreter, in the package's folder.
    fn python(&self, arguments: &[&str]) -> Command {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        let mut command = Command::new(self.environment.join(folder).join("python"));
        command.current_dir(&self.package).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn install(&self, what: &[&str]) -> Command {
        let mut command = self.python(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        command.args(what);
        command
    }

    fn wheel(&self) -> Command {
        let mut command = self.python(&["-m", "maturin", "build", "--out"]);
        command.arg(&self.wheels);
        command
    }

    fn types(&self) -> Command {
        let mut command =
            self.python(&["-m", "mypy", "--strict", "python/ringfold", "examples", "--cache-dir"]);
        command.arg(self.environment.join("mypy"));
        command
    }

    fn stubs(&self) -> Command {
        let allowed = "tests/stubtest_allowlist.txt";
        self.python(&["-m", "mypy.stubtest", "ringfold", "--allowlist", allowed, "--ignore-unused-allowlist"])
    }

    fn tests(&self) -> Command {
        self.python(&["-m", "pytest", "-p", "no:cacheprovider"])
    }

    /// Runs commands until one fails: what it said.
    fn first_failure(&self, name: &str, commands: Vec<Command>) -> Result<Option<String>> {
        for (index, command) in commands.into_iter().enumerate() {
            let typed = shown(&command);
            let ran = child::run(command, &self.context.log(name, index), LIMIT, self.context.is_verbose)?;
            if ran.ended != Ended::Well {
                return Ok(Some(self.context.explain(&typed, &ran)));
            }
        }
        Ok(None)
    }
}

/// The wheel that was just built, among those of earlier runs.
fn newest_wheel(folder: &Path) -> Result<PathBuf> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "whl") {
            wheels.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    let newest = wheels.into_iter().max().map(|(_, path)| path);
    newest.with_context(|| format!("maturin left no wheel in {}", folder.display()))
}

/// pytest's last line: how many tests passed.
fn passed(log: &Path) -> String {
    let output = fs::read_to_string(log).unwrap_or_default();
    let line = output.lines().rfind(|line| line.contains(" passed")).unwrap_or("");
    line.trim_matches(['=', ' ']).to_owned()
}
