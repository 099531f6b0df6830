//! The bindings: the library is installed into a folder of its own, and found there as any program outside the tree would find it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::{Context, LIMIT, Tests, Verdict, tools};
use crate::child::{self, Ended};
use crate::install;

/// The scenarios that exist in every language, each of which prints what its twin in Rust prints.
const SCENARIOS: [&str; 3] = ["byte_pipe", "three_readers", "shared_payload"];

/// Tests in C under valgrind, tests in C++ with sanitizers, and the scenarios of both.
pub fn c(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::c_toolchain() {
        return Ok(Verdict::Skipped(skip));
    }
    let mut bench = match Bench::set_up(context, "c")? {
        Ok(bench) => bench,
        Err(verdict) => return Ok(verdict),
    };
    let flags = match bench.text(bench.command("pkg-config", &["--cflags", "--libs", "ringfold"]))? {
        Ok(flags) => flags,
        Err(verdict) => return Ok(verdict),
    };
    let compiled = |folder: &str| bench.compile_c(folder, &flags);
    let (tests, scenarios) = (compiled("bindings/c/tests")?, compiled("examples/c")?);
    for (command, _) in tests.iter().chain(&scenarios) {
        bench.steps.push(bench.again(command));
    }
    for (_, program) in &tests {
        bench.steps.push(bench.watched(program));
    }
    let build = bench.folder.join("cmake");
    let tests = context.workspace.root.join("bindings/cpp/tests");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", bench.prefix.display());
    bench.steps.push(bench.command("cmake", &["-S", &text(&tests), "-B", &text(&build), &prefix]));
    bench.steps.push(bench.command("cmake", &["--build", &text(&build), "--parallel"]));
    for test in ["sanitized", "static", "cpp20", "without_exceptions"] {
        bench.steps.push(bench.command(&text(&build.join(test)), &[]));
    }
    let programs = SCENARIOS.iter().flat_map(|name| {
        [bench.folder.join(name), build.join(name)].map(|program| (*name, Command::new(program)))
    });
    let programs = programs.collect();
    bench.finish(programs)
}

/// The tests of the Go module with the race detector, and its scenarios.
pub fn go(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::go_toolchain() {
        return Ok(Verdict::Skipped(skip));
    }
    let mut bench = match Bench::set_up(context, "go")? {
        Ok(bench) => bench,
        Err(verdict) => return Ok(verdict),
    };
    let module = context.workspace.root.join("bindings/go");
    let examples = context.workspace.root.join("examples/go");
    for folder in [&module, &examples] {
        let mut unformatted = bench.command("gofmt", &["-l", "."]);
        unformatted.current_dir(folder);
        match bench.text(unformatted)? {
            Ok(files) if !files.trim().is_empty() => {
                return Ok(Verdict::Failed(format!("not formatted; `gofmt -w` them:\n{files}")));
            }
            Ok(_) => {}
            Err(verdict) => return Ok(verdict),
        }
    }
    let in_folder = |folder: &Path, arguments: &[&str]| {
        let mut command = bench.command("go", arguments);
        command.current_dir(folder);
        command
    };
    let scenarios = bench.folder.join("scenarios/");
    fs::create_dir_all(&scenarios)?;
    let steps = [
        in_folder(&module, &["vet", "./..."]),
        in_folder(&examples, &["vet", "./..."]),
        in_folder(&module, &["test", "-race", "-count=1", "-v", "./..."]),
        in_folder(&examples, &["build", "-o", &text(&scenarios), "./..."]),
    ];
    bench.steps.extend(steps);
    let programs = SCENARIOS.iter().map(|name| (*name, Command::new(scenarios.join(name)))).collect();
    bench.finish(programs)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A folder with the installed library, and what is to be run there.
struct Bench<'a> {
    context: &'a Context<'a>,
    name: &'static str,
    folder: PathBuf,
    prefix: PathBuf,
    steps: Vec<Command>,
}

impl<'a> Bench<'a> {
    /// Builds the library and installs it.
    fn set_up(context: &'a Context<'a>, name: &'static str) -> Result<Result<Self, Verdict>> {
        let mut build = install::build(true);
        build.current_dir(&context.workspace.root);
        let twins = SCENARIOS.iter().flat_map(|name| ["--bin", name]);
        let mut twins_build = context.cargo(&["build", "-p", "ringfold-examples"]);
        twins_build.args(twins);
        let verdict = context.run(&format!("{name}-build"), vec![build, twins_build])?;
        if !matches!(verdict, Verdict::Passed(_)) {
            return Ok(Err(verdict));
        }
        let folder = context.workspace.target.join("xtask").join(name);
        let prefix = folder.join("prefix");
        install::install(context.workspace, &install::Options { prefix: prefix.clone(), is_debug: true })?;
        Ok(Ok(Self { context, name, folder, prefix, steps: Vec::new() }))
    }

    /// A command that finds the installed library, and nothing else of ours.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.folder);
        self.surround(&mut command);
        command
    }

    fn surround(&self, command: &mut Command) {
        let libraries = self.prefix.join("lib");
        command
            .env("PKG_CONFIG_PATH", libraries.join("pkgconfig"))
            .env("LD_LIBRARY_PATH", &libraries)
            // Go needs no network, no other toolchain, and no repository.
            .env("GOCACHE", self.folder.join("cache"))
            .env("GOFLAGS", "-buildvcs=false")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local");
    }

    fn again(&self, command: &Command) -> Command {
        let mut copy = Command::new(command.get_program());
        copy.args(command.get_args()).current_dir(&self.folder);
        self.surround(&mut copy);
        copy
    }

    /// For each C file in a folder, the command that compiles it and the program that it makes.
    fn compile_c(&self, folder: &str, flags: &str) -> Result<Vec<(Command, PathBuf)>> {
        let mut compiled = Vec::new();
        for entry in fs::read_dir(self.context.workspace.root.join(folder))? {
            let source = entry?.path();
            if source.extension().is_none_or(|extension| extension != "c") {
                continue;
            }
            let program = self.folder.join(source.file_stem().unwrap_or_default());
            let mut command =
                self.command("cc", &["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic"]);
            command.args(["-Werror", "-g", &text(&source), "-o", &text(&program)]);
            command.args(flags.split_whitespace()).arg("-pthread");
            compiled.push((command, program));
        }
        compiled.sort_by(|left, right| left.1.cmp(&right.1));
        Ok(compiled)
    }

    /// A program under valgrind, whose every finding is a failure. What std keeps of a main thread that once slept is only possibly lost.
    fn watched(&self, program: &Path) -> Command {
        const OPTIONS: [&str; 4] =
            ["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];
        let mut command = self.command("valgrind", &OPTIONS);
        command.arg("--show-leak-kinds=definite").arg(program);
        command
    }

    /// What a command prints.
    fn text(&self, command: Command) -> Result<Result<String, Verdict>> {
        let typed = child::shown(&command);
        let log = self.context.log(self.name, usize::MAX);
        let ran = child::run(command, &log, LIMIT, false)?;
        Ok(match ran.ended {
            Ended::Well => Ok(ran.output),
            _ => Err(Verdict::Failed(self.context.explain(&typed, &ran))),
        })
    }

    /// Runs the steps, then the programs, which must print what their twins print.
    fn finish(mut self, programs: Vec<(&'static str, Command)>) -> Result<Verdict> {
        let mut tests = Tests::default();
        for (index, command) in std::mem::take(&mut self.steps).into_iter().enumerate() {
            let typed = child::shown(&command);
            let ran =
                child::run(command, &self.context.log(self.name, index), LIMIT, self.context.is_verbose)?;
            if ran.ended != Ended::Well {
                return Ok(Verdict::Failed(self.context.explain(&typed, &ran)));
            }
            tests.add(&ran.output);
            tests.add_go(&ran.output);
        }
        let count = programs.len();
        for (name, mut program) in programs {
            self.surround(&mut program);
            let typed = child::shown(&program);
            let twin = Command::new(self.context.workspace.target.join("debug").join(name));
            let (theirs, ours) = match (self.text(twin)?, self.text(program)?) {
                (Ok(twin), Ok(program)) => (twin, program),
                (Err(verdict), _) | (_, Err(verdict)) => return Ok(verdict),
            };
            if theirs != ours || theirs.is_empty() {
                let why = format!("{typed}\nprinted\n{ours}and its twin in Rust\n{theirs}");
                return Ok(Verdict::Failed(why));
            }
        }
        Ok(Verdict::Passed(format!("{tests}, {count} scenarios as in Rust")))
    }
}
