//! The steps, in the order in which they run: what is quick and what the rest stands on comes first.

use std::process::Command;

use anyhow::Result;

use super::{Context, LIMIT, Skip, Tests, Verdict, bindings, published, python, tools};
use crate::{child, models, orderings, profile};

/// One thing that is checked.
pub struct Step {
    pub name: &'static str,
    pub what: &'static str,
    pub is_quick: bool,
    /// Nothing behind it makes sense if it fails.
    pub is_gate: bool,
    pub run: fn(&Context<'_>) -> Result<Verdict>,
}

const fn step(name: &'static str, what: &'static str, run: fn(&Context<'_>) -> Result<Verdict>) -> Step {
    Step { name, what, is_quick: false, is_gate: false, run }
}

const fn quick(step: Step) -> Step {
    Step { is_quick: true, ..step }
}

const fn gate(step: Step) -> Step {
    Step { is_gate: true, ..step }
}

pub static STEPS: &[Step] = &[
    quick(step("fmt", "the code is formatted", fmt)),
    quick(step("tidy", "the architecture rules hold", tidy)),
    quick(step("clippy", "no warning anywhere, tests and benches included", clippy)),
    quick(gate(step("build", "everything compiles", build))),
    step("doc", "the documentation builds without a warning", doc),
    quick(step("unit", "unit, integration, compile-fail and documentation tests", unit)),
    step("event-system", "the example with a database and a search index", event_system),
    step("release", "the tests of the memory and the rooms, optimised", release),
    step("instructions", "no fast path takes more instructions than was accepted", instructions),
    step("soft", "the tests of the rooms on the soft mirror", soft),
    step("no-std", "core and the rooms compile without the standard library", no_std),
    step("cpp", "the benchmark compiles with its C++ rivals", cpp),
    step("page", "the benchmark's page in a headless browser, on a phone and on a desk", page),
    step("c", "the C ABI and C++ header, installed: tests under valgrind and AddressSanitizer", bindings::c),
    step("go", "the Go module, with the race detector", bindings::go),
    step("python", "the Python package, in a virtual environment of its own", python::run),
    step("loom", "every protocol in the model checker", loom),
    step("orderings", "every weakened ordering is noticed by a model", weakened),
    step("asan", "AddressSanitizer over the memory and the rooms", asan),
    step("tsan", "ThreadSanitizer over the rooms, on the soft mirror", tsan),
    step("miri", "Miri over core and the rooms, on the soft mirror", miri),
    step("msrv", "the libraries compile with the oldest Rust they promise", msrv),
    step("deny", "licences, origins and known weaknesses of all dependencies", published::deny),
    step("semver", "the public API keeps what the newest release promised", published::semver),
];

/// Optional features that are tested with the rest, in the whole workspace and in the rooms alone. Zstandard is a C library, which is compiled
/// once only.
const FEATURES: [&str; 2] = [
    "--features",
    "ringfold/futures,ringfold/tokio,ringfold/bytes,ringfold/lz4,ringfold/zstd,ringfold-metrics/metrics,ringfold-metrics/otlp",
];
const ROOM_FEATURES: [&str; 2] = ["--features", "futures,tokio,bytes,lz4"];
/// The example that brings a database and a search index, a minute or two of compiling, is a step of its own.
const HEAVY: &str = "ringfold-event-system";
const WITHOUT_HEAVY: [&str; 2] = ["--exclude", HEAVY];
/// The `rust-version` of the workspace.
pub const OLDEST_RUST: &str = "1.85";
/// Where each ring of the rooms' tests gets its memory.
const SOFT: (&str, &str) = ("RINGFOLD_TEST_MEMORY", "soft");

fn fmt(context: &Context<'_>) -> Result<Verdict> {
    context.run("fmt", vec![context.cargo(&["fmt", "--all", "--check", "--", "--color", "never"])])
}

fn tidy(context: &Context<'_>) -> Result<Verdict> {
    let report = crate::tidy::check(context.workspace)?;
    let errors: Vec<String> =
        report.findings.iter().filter(|finding| !finding.is_warning).map(ToString::to_string).collect();
    Ok(if errors.is_empty() { Verdict::Passed(report.summary()) } else { Verdict::Failed(errors.join("\n")) })
}

fn clippy(context: &Context<'_>) -> Result<Verdict> {
    let mut command = context.cargo(&["clippy", "--workspace", "--all-targets"]);
    command.args(WITHOUT_HEAVY).args(FEATURES).args(["--", "-D", "warnings"]);
    context.run("clippy", vec![command])
}

fn build(context: &Context<'_>) -> Result<Verdict> {
    let mut command = context.cargo(&["test", "--workspace", "--no-run"]);
    command.args(WITHOUT_HEAVY).args(FEATURES);
    context.run("build", vec![command])
}

fn doc(context: &Context<'_>) -> Result<Verdict> {
    let mut command = context.cargo(&["doc", "--workspace", "--no-deps"]);
    command.args(WITHOUT_HEAVY).args(FEATURES).env("RUSTDOCFLAGS", "-D warnings");
    context.run("doc", vec![command])
}

fn unit(context: &Context<'_>) -> Result<Verdict> {
    let mut command = context.cargo(&["test", "--workspace", "--no-fail-fast"]);
    command.args(WITHOUT_HEAVY).args(FEATURES);
    context.run("unit", vec![command])
}

fn event_system(context: &Context<'_>) -> Result<Verdict> {
    if std::env::var_os("RINGFOLD_EXAMPLES").is_none_or(|which| which != "all") {
        let why = "it compiles SQLite and tantivy, which takes a minute or two".to_owned();
        let remedy = "RINGFOLD_EXAMPLES=all cargo xtask test --only event-system".to_owned();
        return Ok(Verdict::Skipped(Skip { why, remedy, is_for_ci: false }));
    }
    let mut clippy = context.cargo(&["clippy", "--all-targets", "-p", HEAVY]);
    clippy.args(["--", "-D", "warnings"]);
    context.run("event-system", vec![clippy, context.cargo(&["test", "-p", HEAVY])])
}

fn release(context: &Context<'_>) -> Result<Verdict> {
    let packages = ["ringfold-core", "ringfold-memory", "ringfold"];
    let command = |package: &&str| {
        let mut command = plain_tests(context, context.cargo(&["test", "--release"]), package);
        // A release is linked as one (thin LTO), which took minutes here: what only that would show is not tested.
        command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        command
    };
    context.run("release", packages.iter().map(command).collect())
}

fn instructions(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::valgrind() {
        return Ok(Verdict::Skipped(skip));
    }
    let verdict = profile::check(context.workspace, context.is_verbose)?;
    let said = verdict.to_string();
    Ok(match verdict {
        profile::Verdict::Same(_) | profile::Verdict::Cheaper(_) => Verdict::Passed(said),
        profile::Verdict::Dearer(_) => Verdict::Failed(said),
        profile::Verdict::Elsewhere(why) => {
            let remedy = "a table of this one's: cargo xtask profile --instructions --accept".to_owned();
            Verdict::Skipped(Skip { why, remedy, is_for_ci: false })
        }
    })
}

fn soft(context: &Context<'_>) -> Result<Verdict> {
    let mut command = plain_tests(context, context.cargo(&["test", "--no-fail-fast"]), "ringfold");
    command.env(SOFT.0, SOFT.1);
    context.run("soft", vec![command])
}

fn no_std(context: &Context<'_>) -> Result<Verdict> {
    let target = tools::bare_target();
    let command = |package: &str| {
        let mut command = context.cargo(&["check", "--no-default-features", "-p", package]);
        command.args(target.iter().flat_map(|target| ["--target", target]));
        command
    };
    let mut with_bytes = command("ringfold");
    with_bytes.args(["--features", "bytes"]);
    let verdict = context.run("no-std", vec![command("ringfold-core"), command("ringfold"), with_bytes])?;
    Ok(match verdict {
        Verdict::Passed(_) => Verdict::Passed(target.map_or_else(
            || "for this machine; no bare-metal target is installed".to_owned(),
            |target| format!("for {target}"),
        )),
        other => other,
    })
}

fn cpp(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::cpp_rivals() {
        return Ok(Verdict::Skipped(skip));
    }
    context.run("cpp", vec![context.cargo(&["build", "-p", "ringfold-bench", "--features", "cpp"])])
}

/// Draws the page from a recorded run, so nothing is measured.
fn page(context: &Context<'_>) -> Result<Verdict> {
    let browser = match tools::browser() {
        Ok(browser) => browser,
        Err(skip) => return Ok(Verdict::Skipped(skip)),
    };
    let mut command =
        context.cargo(&["test", "-p", "ringfold-bench", "--test", "page", "--", "--include-ignored"]);
    command.env("RINGFOLD_BROWSER", browser);
    context.run("page", vec![command])
}

fn loom(context: &Context<'_>) -> Result<Verdict> {
    let packages = models::packages(context.workspace);
    if packages.is_empty() {
        return Ok(Verdict::Failed("no package has a test target named `loom`".to_owned()));
    }
    let mut command = models::command(context.workspace, &context.workspace.root, &packages);
    command.args(["--", "--nocapture"]);
    let typed = child::shown(&command);
    let ran = child::run(command, &context.log("loom", 0), LIMIT, context.is_verbose)?;
    if ran.ended != child::Ended::Well {
        return Ok(Verdict::Failed(context.explain(&typed, &ran)));
    }
    let counts: Vec<&str> =
        ran.output.lines().filter(|line| line.contains("executions")).map(str::trim).collect();
    let mut tests = Tests::default();
    tests.add(&ran.output);
    Ok(match tests.passed {
        0 => Verdict::Failed(
            "the model binary holds no test: was it compiled without `--cfg loom`?".to_owned(),
        ),
        _ => Verdict::Passed(format!("{tests}{}", indented(&counts))),
    })
}

/// Lines below a step's own.
fn indented(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("\n{:>22}{line}", "")).collect()
}

fn weakened(context: &Context<'_>) -> Result<Verdict> {
    // The mutants of all rooms, each run against the models that could notice, take longer than all the rest together.
    if std::env::var_os("CI").is_some()
        && std::env::var_os("RINGFOLD_ORDERINGS").is_none_or(|which| which != "all")
    {
        let why = "it takes ten minutes or more, and changes with the protocols only".to_owned();
        let remedy = "cargo xtask orderings, or RINGFOLD_ORDERINGS=all in CI".to_owned();
        return Ok(Verdict::Skipped(Skip { why, remedy, is_for_ci: false }));
    }
    println!();
    // What is explained was seen to survive when it was; to run every model for each of them again takes minutes.
    let options = orderings::Options { trust_reasons: true, ..Default::default() };
    let score = orderings::run(context.workspace, &options)?;
    let summary = score.summary();
    Ok(if score.open == 0 { Verdict::Passed(summary) } else { Verdict::Failed(summary) })
}

fn asan(context: &Context<'_>) -> Result<Verdict> {
    let host = match tools::sanitizer("asan") {
        Ok(host) => host,
        Err(skip) => return Ok(Verdict::Skipped(skip)),
    };
    let packages = ["ringfold-core", "ringfold-memory", "ringfold"];
    let command = |package: &&str| {
        let mut command = sanitized(context, "address", &host, package);
        // Children of a fork leave libtest's memory behind, which is reported as leaks. So no leak is looked for.
        command.env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1");
        command
    };
    context.run("asan", packages.iter().map(command).collect())
}

fn tsan(context: &Context<'_>) -> Result<Verdict> {
    let host = match tools::sanitizer("tsan") {
        Ok(host) => host,
        Err(skip) => return Ok(Verdict::Skipped(skip)),
    };
    let mut command = sanitized(context, "thread", &host, "ringfold");
    // The sanitizer keeps its books per address, so it takes the two halves of a hardware mirror for two memories.
    command.env(SOFT.0, SOFT.1);
    let suppressions = context.workspace.root.join("xtask/tsan.supp");
    command
        .env("TSAN_OPTIONS", format!("suppressions={}:allocator_may_return_null=1", suppressions.display()));
    // Threads of one test that panic at once would share what libtest captures, behind a lock in std.
    command.args(["--", "--nocapture"]);
    // Left out: the rooms for one thread, which have no races to look for.
    let for_one_thread =
        ["list::", "list_", "queue_model", "ring_model", "ring_drops", "stream_io", "stream_model"];
    command.args(for_one_thread.iter().flat_map(|name| ["--skip", name]));
    context.run("tsan", vec![command])
}

/// `cargo +nightly test` of a package's tests with a sanitizer, in a target directory of its own.
///
/// Tests of resource limits and of what is mapped and locked are left out: the sanitizer's own mappings would break
/// every limit and count, and it turns `mlock` into nothing.
fn sanitized(context: &Context<'_>, sanitizer: &str, host: &str, package: &str) -> Command {
    let directory = context.workspace.target.join(format!("sanitize-{sanitizer}"));
    let mut command = context.cargo(&["+nightly", "test", "--target", host]);
    command.arg("--target-dir").arg(directory);
    let mut command = tests_without(context, command, package, &["limits", "pages"]);
    // std as it is shipped carries no instrumentation; for data races that is a matter of the ABI too.
    let thread = " -Cunsafe-allow-abi-mismatch=sanitizer --cfg ringfold_tsan";
    let abi = if sanitizer == "thread" { thread } else { "" };
    command.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}{abi}"));
    command.env("PROPTEST_CASES", "32");
    // Two threads that panic at once would share std's cache of symbols, whose lock is not instrumented.
    command.env("RUST_BACKTRACE", "0");
    command
}

/// Unit and integration tests of a package, without those that start a compiler or a model checker.
fn plain_tests(context: &Context<'_>, command: Command, package: &str) -> Command {
    tests_without(context, command, package, &[])
}

fn tests_without(context: &Context<'_>, mut command: Command, package: &str, without: &[&str]) -> Command {
    const NOT_PLAIN: [&str; 2] = ["loom", "refused"];
    command.args(["-p", package, "--lib"]);
    if package == "ringfold" {
        command.args(ROOM_FEATURES);
    }
    for target in context.workspace.test_targets(package) {
        if !NOT_PLAIN.contains(&target.as_str()) && !without.contains(&target.as_str()) {
            command.args(["--test", &target]);
        }
    }
    command
}

fn miri(context: &Context<'_>) -> Result<Verdict> {
    if let Err(skip) = tools::miri() {
        return Ok(Verdict::Skipped(skip));
    }
    let mut command =
        context.cargo(&["+nightly", "miri", "test", "-p", "ringfold-core", "-p", "ringfold", "--lib"]);
    command.env(SOFT.0, SOFT.1).env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "4");
    context.run("miri", vec![command])
}

fn msrv(context: &Context<'_>) -> Result<Verdict> {
    let of_ringfold = context.workspace.metadata.packages.iter().find(|package| package.name == "ringfold");
    let promised = of_ringfold.and_then(|package| package.rust_version.as_ref()).map(ToString::to_string);
    if !promised.as_deref().is_some_and(|version| version.starts_with(OLDEST_RUST)) {
        return Ok(Verdict::Failed(format!(
            "ringfold promises {promised:?}, this step checks {OLDEST_RUST}"
        )));
    }
    let toolchain = match tools::oldest_compiler(OLDEST_RUST) {
        Ok(toolchain) => toolchain,
        Err(skip) => return Ok(Verdict::Skipped(skip)),
    };
    context.run("msrv", vec![context.cargo(&[&toolchain, "check", "-p", "ringfold"])])
}
