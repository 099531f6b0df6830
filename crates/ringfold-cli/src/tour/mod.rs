//! `ringfold tour`: a verified stream through every room there is.
//!
//! A room adds a stop by adding a file here and a line to [`STOPS`].

mod broadcast;
mod byte_stream;
mod crowd;
mod lanes;
mod list;
mod mirror;
mod mpmc;
mod mpsc;
mod picture;
mod pool;
mod queue;
mod ring;
mod spsc;
mod stream;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::builder::PossibleValue;

use crate::failure::Failure;
use crate::style::{BOLD, DIM, GOOD};

/// Every stop, in the order of the tour.
const STOPS: &[Stop] = &[
    mirror::STOP,
    ring::STOP,
    queue::STOP,
    byte_stream::STOP,
    list::STOP,
    spsc::STOP,
    mpsc::STOP,
    lanes::STOP,
    mpmc::STOP,
    broadcast::STOP,
    pool::STOP,
];

/// How long each contestant runs.
const TURN: Duration = Duration::from_millis(600);

const BYTES: &str = "bytes";

/// One room, shown at work.
struct Stop {
    name: &'static str,
    /// What will happen, in a sentence or two.
    about: &'static str,
    visit: fn() -> Result<Visit, Failure>,
}

/// What happened at a stop.
struct Visit {
    /// What is counted: [`BYTES`], items.
    unit: &'static str,
    /// ringfold first.
    runs: Vec<Run>,
    remark: String,
}

/// One contestant's turn.
struct Run {
    who: &'static str,
    /// Sent, received and found to be right.
    verified: u64,
    time: Duration,
}

impl Run {
    fn rate(&self) -> f64 {
        self.verified as f64 / self.time.as_secs_f64().max(1e-9)
    }
}

/// What `--only` takes.
pub fn stops() -> impl Iterator<Item = PossibleValue> {
    STOPS.iter().map(|stop| PossibleValue::new(stop.name).help(stop.about))
}

/// Visits the stops that are named, or all where none is; any item that comes out wrong ends the tour with an error.
pub fn run(only: &[String]) -> Result<ExitCode, Failure> {
    let mut stdout = anstream::stdout();
    let begin = Instant::now();
    let is_wanted = |stop: &&Stop| only.is_empty() || only.iter().any(|name| name == stop.name);
    for (number, stop) in STOPS.iter().filter(is_wanted).enumerate() {
        writeln!(stdout, "{BOLD}{}. {}{BOLD:#}  {}", number + 1, stop.name, stop.about)?;
        stdout.flush()?;
        print(&mut stdout, &(stop.visit)()?)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(stdout, "{GOOD}Every item was checked; the tour took {seconds:.1} s.{GOOD:#} Next:")?;
    writeln!(stdout, "  cargo install --path crates/ringfold-cli")?;
    writeln!(stdout, "  ringfold doctor                         what would make it faster on this machine")?;
    writeln!(
        stdout,
        "  ringfold pipe --help                    the same ring between two programs, with examples"
    )?;
    Ok(ExitCode::SUCCESS)
}

const BAR: f64 = 32.0;

fn print(out: &mut impl Write, visit: &Visit) -> io::Result<()> {
    let best = visit.runs.iter().map(Run::rate).fold(1.0, f64::max);
    let width = visit.runs.iter().map(|run| run.who.len()).max().unwrap_or(0);
    for run in &visit.runs {
        let bar = "█".repeat((BAR * run.rate() / best).ceil() as usize);
        let (who, unit) = (run.who, visit.unit);
        let (rate, checked) = (large(run.rate(), unit), large(run.verified as f64, unit));
        writeln!(out, "   {who:<width$}  {bar:<32}  {rate}/s, {DIM}{checked} checked{DIM:#}")?;
    }
    writeln!(out, "   {}\n", visit.remark)
}

/// How many times as fast the first was as the fastest of the others.
fn advantage(runs: &[Run]) -> String {
    let (first, others) = runs.split_first().map_or((0.0, &[][..]), |(first, others)| (first.rate(), others));
    let best = others.iter().map(Run::rate).fold(f64::MIN_POSITIVE, f64::max);
    format!("{:.1} times the best of std", first / best)
}

/// A number of units for people: `12.3 MB`, `12.3 M items`.
fn large(number: f64, unit: &str) -> String {
    let (number, prefix) = match number {
        n if n >= 1e9 => (format!("{:.1}", n / 1e9), "G"),
        n if n >= 1e6 => (format!("{:.1}", n / 1e6), "M"),
        n if n >= 1e3 => (format!("{:.1}", n / 1e3), "k"),
        n => (format!("{n:.0}"), ""),
    };
    match (unit, prefix) {
        (BYTES, prefix) => format!("{number} {prefix}B"),
        (unit, "") => format!("{number} {unit}"),
        (unit, prefix) => format!("{number} {prefix} {unit}"),
    }
}

/// An error that the tour is there to rule out.
fn wrong(room: &str, position: u64) -> Failure {
    Failure::new(
        format!("{room}: item {position} came out wrong"),
        "this is a bug in ringfold or a broken machine; please report it with the output of 'ringfold doctor'",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_symbol_and_items_a_word() {
        assert_eq!(large(6.04e9, BYTES), "6.0 GB");
        assert_eq!(large(7.0, BYTES), "7 B");
        assert_eq!(large(150.2e6, "items"), "150.2 M items");
        assert_eq!(large(12.0, "items"), "12 items");
    }
}
