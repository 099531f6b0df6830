//! `cargo xtask test`: everything that is checked, one step after the other.
//!
//! A step that fails does not stop the next, so that one run shows all there is to mend; only a workspace that
//! does not compile ends the run. What cannot run here is printed as a skip, with what would make it run.

mod bindings;
mod published;
mod python;
mod steps;
mod tools;

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::child::{self, Ended, shown};
use crate::workspace::Workspace;
use steps::{STEPS, Step};
pub use tools::valgrind;

/// No command of any step takes this long; one that does hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Which steps to run and how much to say.
pub struct Options {
    pub is_quick: bool,
    pub only: Vec<String>,
    pub is_verbose: bool,
}

/// How a step ended.
enum Verdict {
    Passed(String),
    Failed(String),
    Skipped(Skip),
}

pub struct Skip {
    pub why: String,
    /// What makes it run.
    pub remedy: String,
    /// Whether `.ci/run` can install what is missing: then the skip is an error where `CI` is set.
    is_for_ci: bool,
}

/// What a step may use.
struct Context<'a> {
    workspace: &'a Workspace,
    is_verbose: bool,
}

impl Context<'_> {
    /// `cargo` in the workspace, with these arguments.
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(&self.workspace.root).args(arguments);
        command
    }

    /// What git says about the workspace.
    fn git(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("git").current_dir(&self.workspace.root).args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs commands one after the other until one fails; passes with the number of tests they ran.
    fn run(&self, name: &str, commands: Vec<Command>) -> Result<Verdict> {
        let mut tests = Tests::default();
        for (index, command) in commands.into_iter().enumerate() {
            let typed = shown(&command);
            let ran = child::run(command, &self.log(name, index), LIMIT, self.is_verbose)?;
            if ran.ended != Ended::Well {
                return Ok(Verdict::Failed(self.explain(&typed, &ran)));
            }
            tests.add(&ran.output);
        }
        Ok(Verdict::Passed(tests.to_string()))
    }

    fn log(&self, name: &str, index: usize) -> PathBuf {
        self.workspace.target.join("xtask").join(format!("{name}-{index}.log"))
    }

    fn explain(&self, typed: &str, ran: &child::Outcome) -> String {
        let shown = if self.is_verbose { String::new() } else { telling_part(&ran.output) };
        let late = format!("Stopped, since it was not done within {} minutes.\n", LIMIT.as_secs() / 60);
        let late = if ran.ended == Ended::TooLate { late } else { String::new() };
        format!("{typed}\n{shown}\n{late}All of it: {}", ran.log.display())
    }
}

/// What a failed command printed that matters: what libtest and trybuild say of failures, otherwise the end.
fn telling_part(output: &str) -> String {
    const SHOWN: usize = 100;
    let mut is_failure = false;
    let failures = output.lines().filter(|line| {
        // The second is how trybuild begins a mismatch, before libtest hears of it.
        is_failure |= *line == "failures:" || line.contains("EXPECTED:");
        let is_shown = is_failure;
        is_failure &= !line.starts_with("test result: ");
        is_shown
    });
    let failures: Vec<&str> = failures.collect();
    if !failures.is_empty() {
        return failures[..failures.len().min(SHOWN)].join("\n");
    }
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// What libtest reported, summed over all binaries of a step.
#[derive(Default)]
struct Tests {
    passed: usize,
    ignored: usize,
}

impl Tests {
    /// What `go test -v` reported.
    fn add_go(&mut self, output: &str) {
        self.passed += output.lines().filter(|line| line.starts_with("--- PASS: ")).count();
    }

    fn add(&mut self, output: &str) {
        for line in output.lines().filter(|line| line.starts_with("test result: ")) {
            self.passed += number_before(line, " passed");
            self.ignored += number_before(line, " ignored");
        }
    }
}

impl std::fmt::Display for Tests {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.passed, self.ignored) {
            (0, 0) => Ok(()),
            (passed, 0) => write!(out, "{passed} tests"),
            (passed, ignored) => write!(out, "{passed} tests, {ignored} ignored"),
        }
    }
}

fn number_before(line: &str, word: &str) -> usize {
    let before = line.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// One row of the table at the end.
struct Row {
    name: &'static str,
    time: Duration,
    verdict: Verdict,
}

/// Prints the steps there are.
pub fn list() {
    for step in STEPS {
        println!("{:<12} {}{}", step.name, step.what, if step.is_quick { "  (--quick)" } else { "" });
    }
}

/// The host triple for which nightly can fuzz.
pub fn fuzzing_host() -> Result<String, Skip> {
    let host = tools::sanitizer("asan")?;
    tools::cpp_compiler("libFuzzer")?;
    Ok(host)
}

/// The features of `ringfold-bench` that bring rivals which are not Rust, and for each what is missing here, if something is.
pub fn missing_rivals() -> [(&'static str, Option<(String, String)>); 2] {
    let of = |skip: Skip| (skip.why, skip.remedy);
    [("cpp", tools::cpp_rivals().err().map(of)), ("jemalloc", tools::jemalloc().err().map(of))]
}

/// The steps that would be skipped here: their name, why, and what would make them run.
pub fn missing_tools() -> Vec<(&'static str, String, String)> {
    let oldest = tools::oldest_compiler(steps::OLDEST_RUST).err();
    let asked = [
        ("cpp", tools::cpp_rivals().err()),
        ("page", tools::browser().err()),
        ("c", tools::c_toolchain().err()),
        ("go", tools::go_toolchain().err()),
        ("python", tools::python().err()),
        ("asan", tools::sanitizer("asan").err()),
        ("tsan", tools::sanitizer("tsan").err()),
        ("instructions", valgrind().err()),
        ("fuzz", fuzzing_host().err()),
        ("miri", tools::miri().err()),
        ("msrv", oldest),
        ("deny", tools::deny().err()),
        ("semver", tools::semver_checks().err()),
    ];
    asked.into_iter().filter_map(|(name, skip)| skip.map(|skip| (name, skip.why, skip.remedy))).collect()
}

/// Runs the chosen steps; whether none failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let chosen = choose(options)?;
    let context = Context { workspace, is_verbose: options.is_verbose };
    let mut rows: Vec<Row> = Vec::new();
    let mut stopped_by = None;
    for (index, step) in chosen.iter().enumerate() {
        print!("[{:>2}/{}] {:<11} ", index + 1, chosen.len(), step.name);
        std::io::stdout().flush()?;
        let row = match stopped_by {
            None => run_step(&context, step),
            Some(name) => Row { name: step.name, time: Duration::ZERO, verdict: not_run(name) },
        };
        report(&row);
        if step.is_gate && matches!(row.verdict, Verdict::Failed(_)) {
            stopped_by = Some(step.name);
        }
        rows.push(row);
    }
    Ok(summarize(&rows))
}

fn choose(options: &Options) -> Result<Vec<&'static Step>> {
    let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    if let Some(unknown) = options.only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no step `{unknown}`; there are {}", names.join(", "));
    }
    let is_named =
        |step: &&Step| options.only.is_empty() || options.only.iter().any(|name| name == step.name);
    Ok(STEPS.iter().filter(|step| !options.is_quick || step.is_quick).filter(is_named).collect())
}

fn run_step(context: &Context<'_>, step: &Step) -> Row {
    if context.is_verbose {
        println!("{}", step.what);
    }
    let start = Instant::now();
    let verdict = match (step.run)(context) {
        Ok(Verdict::Skipped(skip)) if skip.is_for_ci && is_ci() => {
            Verdict::Failed(format!("{}; CI is set, and .ci/run can install it: {}", skip.why, skip.remedy))
        }
        Ok(verdict) => verdict,
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    Row { name: step.name, time: start.elapsed(), verdict }
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

fn not_run(gate: &str) -> Verdict {
    let why = format!("not run, because `{gate}` failed");
    Verdict::Skipped(Skip { why, remedy: "mend that first".to_owned(), is_for_ci: false })
}

fn report(row: &Row) {
    let seconds = row.time.as_secs_f64();
    match &row.verdict {
        Verdict::Passed(note) => println!("ok    {seconds:>6.1} s  {note}"),
        Verdict::Skipped(skip) => {
            println!("skip  {seconds:>6.1} s  {}; to run it: {}", skip.why, skip.remedy)
        }
        Verdict::Failed(why) => println!("FAIL  {seconds:>6.1} s\n\n{why}\n"),
    }
}

fn summarize(rows: &[Row]) -> bool {
    let mut counts = [0usize; 3];
    println!("\n{:<12} {:<6} {:>8}", "step", "result", "seconds");
    for row in rows {
        let (index, word, note) = match &row.verdict {
            Verdict::Passed(note) => (0, "ok", note.lines().next().unwrap_or_default()),
            Verdict::Failed(_) => (1, "FAIL", ""),
            Verdict::Skipped(skip) => (2, "skip", skip.why.as_str()),
        };
        counts[index] += 1;
        println!(
            "{}",
            format!("{:<12} {word:<6} {:>8.1}  {note}", row.name, row.time.as_secs_f64()).trim_end()
        );
    }
    let [passed, failed, skipped] = counts;
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    failed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_over_all_binaries() {
        let mut tests = Tests::default();
        tests.add("running 3 tests\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n\ntest result: ok. 12 passed; 0 failed; 0 ignored");
        assert_eq!(tests.to_string(), "15 tests, 1 ignored");
    }

    #[test]
    fn failures_are_told_before_anything_else() {
        let output = "noise\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\nwhy\n\ntest result: FAILED. 0 passed\nnoise\n";
        assert_eq!(
            telling_part(output),
            "failures:\n\n---- a stdout ----\nwhy\n\ntest result: FAILED. 0 passed"
        );
        assert_eq!(telling_part("error: x\n  at y\n"), "error: x\n  at y");
    }

    #[test]
    fn an_unknown_step_is_an_error_that_names_those_there_are() {
        let options = Options { is_quick: false, only: vec!["fnt".into()], is_verbose: false };
        let error = choose(&options).err().expect("refused").to_string();
        assert!(error.contains("`fnt`") && error.contains("fmt, "), "{error}");
    }

    #[test]
    fn quick_is_a_part_of_the_whole() {
        let chosen = |is_quick| choose(&Options { is_quick, only: vec![], is_verbose: false }).unwrap().len();
        assert!(0 < chosen(true) && chosen(true) < chosen(false));
        assert_eq!(chosen(false), STEPS.len());
    }
}
