//! The program that `cargo xtask profile` runs inside callgrind and perf.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ringfold::memory::barrier;
use ringfold_profile::{Failure, PATHS, Path};

const HELP: &str = "\
Examples:
  profile list                 the fast paths
  profile run spsc/push 3      one of them, for three seconds
  profile count                each of them twice, the second time with twice as many operations

`cargo xtask profile` runs this inside callgrind and perf; see `cargo xtask profile --help`.";

/// Operations the first time; the second time twice as many. Whole rounds of every path.
const OPERATIONS: u64 = 4096;
/// Operations between two looks at the clock.
const BATCH: u64 = 1 << 16;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["list"] => {
            PATHS.iter().for_each(|path| println!("{}", path.name));
            Ok(())
        }
        ["count"] => count(),
        ["run", path, seconds] => match (Path::named(path), seconds.parse()) {
            (Some(path), Ok(seconds)) => run(path, Duration::from_secs(seconds)),
            (None, _) => return refuse(&format!("there is no path `{path}`; `profile list` names them")),
            (_, Err(_)) => return refuse(&format!("`{seconds}` is no number of seconds")),
        },
        [] | ["--help" | "-h" | "help"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => return refuse(HELP),
    };
    outcome.map_or_else(|failure| refuse(&failure.to_string()), |()| ExitCode::SUCCESS)
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}

/// One path, again and again.
fn run(path: Path, time: Duration) -> Result<(), Failure> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        path.run(BATCH, &mut |work| ringfold_measured(work))?;
    }
    Ok(())
}

/// Says what the counts depend on; then a line for each time that a path ran.
fn count() -> Result<(), Failure> {
    let ring = ringfold::Ring::<u64>::with_capacity(1)?;
    println!("mirror\t{}", ring.memory().map_or("none".to_owned(), |memory| memory.method.to_string()));
    println!("barrier\t{}", if barrier::process_wide().is_some() { "process-wide" } else { "fences" });
    for path in PATHS {
        for operations in [OPERATIONS, 2 * OPERATIONS] {
            path.run(operations, &mut |work| ringfold_measured(work))?;
            ringfold_counted();
            println!("{}\t{operations}", path.name);
        }
    }
    Ok(())
}

/// What callgrind counts, and what perf's stacks are cut down to, by this name.
// No other symbol of this program has this name.
#[unsafe(no_mangle)]
#[inline(never)]
fn ringfold_measured(work: &mut dyn FnMut()) {
    work();
    // So that the call before is none in tail position, which would leave this function too early.
    black_box(());
}

/// Where callgrind writes down what it has counted, and begins anew, by this name.
// No other symbol of this program has this name.
#[unsafe(no_mangle)]
#[inline(never)]
fn ringfold_counted() {
    black_box(());
}
