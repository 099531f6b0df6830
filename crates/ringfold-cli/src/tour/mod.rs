//! `ringfold tour`: a verified stream through every room there is.
//!
//! A room adds a stop by adding a file here and a line to [`STOPS`].

mod mirror;
mod spsc;
mod stream;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::style::{BOLD, DIM, GOOD};

/// Every stop, in the order of the tour.
const STOPS: &[Stop] = &[mirror::STOP, spsc::STOP];

/// How long each contestant runs.
const TURN: Duration = Duration::from_millis(1200);

/// One room, shown at work.
struct Stop {
    name: &'static str,
    /// What will happen, in a sentence or two.
    about: &'static str,
    visit: fn() -> Result<Visit, Failure>,
}

/// What happened at a stop.
struct Visit {
    /// What is counted: bytes, items.
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

/// Visits every stop; any item that comes out wrong ends the tour with an error.
pub fn run() -> Result<ExitCode, Failure> {
    let mut stdout = anstream::stdout();
    let begin = Instant::now();
    for (number, stop) in STOPS.iter().enumerate() {
        writeln!(stdout, "{BOLD}{}. {}{BOLD:#}  {}", number + 1, stop.name, stop.about)?;
        stdout.flush()?;
        print(&mut stdout, &(stop.visit)()?)?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    writeln!(stdout, "{GOOD}Every item was checked; the tour took {seconds:.1} s.{GOOD:#} Next:")?;
    writeln!(stdout, "  ringfold doctor                         what would make it faster on this machine")?;
    writeln!(stdout, "  producer | ringfold pipe | consumer     the same ring, between two programs")?;
    writeln!(stdout, "  ringfold pipe --help                    with examples")?;
    Ok(ExitCode::SUCCESS)
}

const BAR: f64 = 32.0;

fn print(out: &mut impl Write, visit: &Visit) -> io::Result<()> {
    let best = visit.runs.iter().map(Run::rate).fold(1.0, f64::max);
    let width = visit.runs.iter().map(|run| run.who.len()).max().unwrap_or(0);
    for run in &visit.runs {
        let bar = "█".repeat((BAR * run.rate() / best).ceil() as usize);
        let (who, rate, unit) = (run.who, large(run.rate()), visit.unit);
        writeln!(
            out,
            "   {who:<width$}  {bar:<32}  {rate} {unit}/s {DIM}({} verified){DIM:#}",
            large(run.verified as f64)
        )?;
    }
    writeln!(out, "   {}\n", visit.remark)
}

/// How many times as fast the first was as the fastest of the others.
fn advantage(runs: &[Run]) -> String {
    let (first, others) = runs.split_first().map_or((0.0, &[][..]), |(first, others)| (first.rate(), others));
    let best = others.iter().map(Run::rate).fold(f64::MIN_POSITIVE, f64::max);
    format!("{:.1} times the best of std", first / best)
}

/// A number for people: `12.3 M`.
fn large(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{:.1} G", n / 1e9),
        n if n >= 1e6 => format!("{:.1} M", n / 1e6),
        n if n >= 1e3 => format!("{:.1} k", n / 1e3),
        n => format!("{n:.0} "),
    }
}

/// An error that the tour is there to rule out.
fn wrong(room: &str, position: u64) -> Failure {
    Failure::new(
        format!("{room}: item {position} came out wrong"),
        "this is a bug in ringfold or a broken machine; please report it with the output of 'ringfold doctor'",
    )
}
