//! `--follow`: a log of the user's own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use ringfold_examples::{Report, print, progress};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::analysis::{Analysis, REQUESTS, SECONDS};
use crate::findings::{Findings, listed};
use crate::follower::{Follower, Note};

/// At the end of the file, the follower looks again after so long.
const NAP: Duration = Duration::from_millis(50);
/// There is a line about what is new at most so often.
const EVERY: Duration = Duration::from_secs(1);
/// So many lines that are too long are told of one by one.
const TOLD: u64 = 10;

/// Follows a file until Ctrl-C.
pub fn run(path: &Path, top: usize) -> Result<()> {
    let mut follower = Follower::open(path)?;
    let mut analysis = Analysis::new()?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot wait for Ctrl-C")?;
    }
    eprintln!("logs: following {} from its beginning; Ctrl-C ends it", path.display());
    let bar = progress::spinner("reading");
    let mut told = (0, Instant::now());
    while !stop.load(Relaxed) {
        let is_new = follower.step(|line| analysis.see(line))?;
        tell(&mut follower, &bar);
        bar.set_message(HumanBytes(follower.counts.bytes).to_string());
        bar.tick();
        if is_new {
            continue;
        }
        if told.0 != analysis.requests() && (told.0 == 0 || told.1.elapsed() >= EVERY) {
            told = (analysis.requests(), Instant::now());
            let words = status(&analysis.findings(top, follower.counts.too_long));
            bar.suspend(|| print(words))?;
        }
        thread::sleep(NAP);
    }
    bar.finish_and_clear();
    follower.finish(|line| analysis.see(line));
    print(report(path, &analysis.findings(top, follower.counts.too_long), &follower))
}

/// Prints what is unusual about the file.
pub fn tell(follower: &mut Follower, bar: &ProgressBar) {
    let told = follower.counts.too_long <= TOLD;
    for note in follower.notes.drain(..) {
        if told || !matches!(note, Note::TooLong { .. }) {
            bar.suspend(|| eprintln!("logs: {note}"));
        }
    }
}

fn status(findings: &Findings) -> String {
    let last = findings.last.map(|window| window.counts).unwrap_or_default();
    format!(
        "{} requests; {last} errors among {} in the last minute; {}",
        HumanCount(findings.total.requests),
        HumanCount(last.requests),
        listed(&findings.top)
    )
}

fn report(path: &Path, findings: &Findings, follower: &Follower) -> Report {
    let seen = &follower.counts;
    let until = findings.last.map(|window| format!(" until {}", window.until)).unwrap_or_default();
    let worst = findings.windows.worst.map_or("none was whole".to_owned(), |worst| {
        format!("{} errors, until {}", worst.counts, worst.until)
    });
    Report::new(format!(
        "logs: {} in {} lines of {}",
        HumanBytes(seen.bytes),
        HumanCount(seen.lines),
        path.display()
    ))
    .line(
        "lines",
        format!(
            "{} no requests, {} too long and skipped, {} late",
            findings.unparsed, findings.too_long, findings.late
        ),
    )
    .line("requests", format!("{}, {} errors", HumanCount(findings.total.requests), findings.total))
    .line("worst", format!("{worst}, in {SECONDS} s"))
    .line(
        "last",
        format!("{} s{until}: {}", SECONDS, findings.last.map(|window| window.counts).unwrap_or_default()),
    )
    .line("most asked for", format!("in the last {REQUESTS} requests: {}", listed(&findings.top)))
}
