//! All automation of ringfold: `cargo xtask help`.

mod bench;
mod bench_bindings;
mod child;
mod fuzz;
mod install;
mod models;
mod orderings;
mod profile;
mod setup;
mod soak;
mod source;
mod test;
mod tidy;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                     everything that is checked, with a table at the end
  cargo xtask test --quick             what to run before every commit
  cargo xtask test --only loom -v      one step, with all that it prints
  cargo xtask tidy                     do the architecture rules hold?
  cargo xtask orderings --list         which orderings would be weakened?
  cargo xtask bench spsc -- --quick    against the rivals, the short form
  cargo xtask bench --report           all rooms and rivals, five minutes after building: one page, and a table for a README
  cargo xtask profile spsc/push        a flame graph of one fast path
  cargo xtask profile --instructions   how many instructions each of them takes
  cargo xtask install-c --prefix ~/.local   the library for C, C++ and Go
  cargo xtask soak --minutes 30        all rooms under load at once, with panics and leaks, every item checked
  cargo xtask fuzz --minutes 10        random steps beside a model, until something breaks
";

/// All automation of ringfold.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", before_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs everything that is checked; the last line counts the steps.
    Test {
        /// Only formatting, tidy, clippy and the tests in debug.
        #[arg(long)]
        quick: bool,
        /// Only this step; may be given more than once.
        #[arg(long, value_name = "STEP")]
        only: Vec<String>,
        /// Lists the steps.
        #[arg(long)]
        list: bool,
        /// Shows what the steps print as they run.
        #[arg(short, long)]
        verbose: bool,
    },
    /// Checks the architecture rules and the house rules by reading the sources.
    Tidy {
        /// Leaves out the warnings.
        #[arg(long)]
        errors_only: bool,
    },
    /// Weakens each memory ordering in turn and runs the models, in a copy of the workspace.
    Orderings {
        /// Only mutants whose place or change contains this text.
        filter: Option<String>,
        /// Only prints the mutants.
        #[arg(long)]
        list: bool,
    },
    /// Measures against the rivals: `cargo run --release -p ringfold-bench -- ..`.
    Bench {
        /// Handed on to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Draws where the time of a fast path goes, or counts the instructions of all of them.
    Profile {
        /// The fast path, as `spsc/push`; without it, they are listed.
        path: Option<String>,
        /// How long it is sampled.
        #[arg(long, default_value_t = 3, value_name = "N")]
        seconds: u64,
        /// Counts instead, with callgrind, and compares with the table in docs/decisions.
        #[arg(long, conflicts_with = "path")]
        instructions: bool,
        /// Lets the new counts be the table.
        #[arg(long, requires = "instructions")]
        accept: bool,
    },
    /// Measures the C, C++ and Go bindings against boost, moodycamel, channels and `io.Pipe`.
    BenchBindings {
        /// `cpp` (with C) or `go`; both if none is named.
        languages: Vec<String>,
    },
    /// Walks the rooms and a model through random steps, with nightly, coverage counters and AddressSanitizer.
    Fuzz {
        /// For how long, each target.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
        /// Only this target.
        #[arg(long)]
        target: Option<String>,
        /// Inputs to be run once instead, relative to `fuzz/`, or options of libFuzzer.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Puts all rooms under load at once, with pauses, panics, drops and leaks, and checks every item; `--help` says more.
    #[command(disable_help_flag = true)]
    Soak {
        /// Handed on to the soak.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the library for C, C++ and Go, and installs it with its headers, pkg-config file and CMake package.
    InstallC {
        /// Where to: `include/`, `lib/`, `lib/pkgconfig/` and `lib/cmake/` below it.
        #[arg(long)]
        prefix: PathBuf,
        /// Without optimisation.
        #[arg(long)]
        debug: bool,
    },
    /// Says which optional tools are missing and what installs them.
    Setup,
}

fn main() -> ExitCode {
    run(Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match arguments.task {
        Task::Test { list: true, .. } => test::list(),
        Task::Test { quick, only, verbose, .. } => {
            let options = test::Options { is_quick: quick, only, is_verbose: verbose };
            return test::run(&workspace, &options).map(code);
        }
        Task::Tidy { errors_only } => return tidy(&workspace, errors_only).map(code),
        Task::Orderings { filter, list } => {
            let options = orderings::Options { only_list: list, filter, trust_reasons: false };
            return orderings::run(&workspace, &options).map(|score| code(score.open == 0));
        }
        Task::Bench { arguments } => return bench::run(&workspace, &arguments).map(code),
        Task::Profile { path, seconds, instructions, accept } => {
            let options = profile::Options { path, seconds, count: instructions, accept };
            return profile::run(&workspace, &options).map(code);
        }
        Task::BenchBindings { languages } => {
            return bench_bindings::run(&workspace, &languages).map(code);
        }
        Task::Fuzz { minutes, target, arguments } => {
            let options = fuzz::Options { minutes, target, arguments };
            return fuzz::run(&workspace, &options).map(code);
        }
        Task::Soak { arguments } => return soak::run(&workspace, &arguments).map(code),
        Task::InstallC { prefix, debug } => {
            let options = install::Options { prefix, is_debug: debug };
            return install::run(&workspace, &options).map(code);
        }
        Task::Setup => setup::run(),
    }
    Ok(ExitCode::SUCCESS)
}

fn code(is_good: bool) -> ExitCode {
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tidy(workspace: &Workspace, errors_only: bool) -> Result<bool> {
    let report = tidy::check(workspace)?;
    for finding in report.findings.iter().filter(|finding| !errors_only || !finding.is_warning) {
        println!("{finding}");
    }
    println!("{}", report.summary());
    Ok(report.errors() == 0)
}
