//! The made-up log: written, analysed while it grows, and checked.

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use ringfold_examples::{Folder, Report, print, progress};

use crate::analysis::{Analysis, REQUESTS, SECONDS};
use crate::findings::{Findings, Window, listed};
use crate::follower::{CAPACITY, Counts, Follower};
use crate::offline;
use crate::synth::{Synth, Written};
use crate::users::tell;
use crate::writer::{Reader, Writer};

/// At the end of the file, the follower looks again after so long.
const NAP: Duration = Duration::from_millis(2);

pub fn run(dir: Option<&Path>, bytes: u64, top: usize) -> Result<()> {
    let folder = Folder::open(dir)?;
    let mut writer = Writer::new(&folder, Synth::new(bytes / 3))?;
    let bar = progress::bar(bytes, "writing");
    writer.prepare(bytes, &bar)?;
    bar.finish_and_clear();
    let begin = Instant::now();
    let (findings, seen) = analyse(&mut writer, bytes / 4, top)?;
    let time = begin.elapsed();
    let expected = offline::findings(&writer.files(), top)?;
    print(report(&findings, &seen, bytes / 4, time))?;
    ensure!(
        findings == expected,
        "NOT verified: analysed while it grew, the log gave\n  {findings:?}\nand all at once\n  {expected:?}"
    );
    let Findings { total, unparsed, too_long, .. } = expected;
    let counted = Written { bytes: seen.bytes, total, unparsed, too_long };
    let written = writer.synth.written;
    ensure!(counted == written, "NOT verified: read were\n  {counted:?}\nand written were\n  {written:?}");
    print("verified")
}

/// Analyses the log while so many bytes more are written.
fn analyse(writer: &mut Writer<'_>, more: u64, top: usize) -> Result<(Findings, Counts)> {
    let mut follower = Follower::open(&writer.path())?;
    let bar = progress::bar(writer.synth.written.bytes + more, "analysing");
    let reader = Reader::default();
    thread::scope(|scope| {
        let writing = scope.spawn(|| writer.go_on(more, &reader));
        let findings = follow(&mut follower, &reader, &writing, &bar, top);
        reader.is_gone.store(true, Relaxed);
        let written = writing.join().unwrap_or_else(|_| Err(anyhow!("the writer panicked")));
        let findings = findings?; // why the reader ended early says more than that the writer then did
        written.map(|()| (findings, follower.counts))
    })
}

/// Reads until the writer is done and everything was read.
fn follow(
    follower: &mut Follower,
    reader: &Reader,
    writing: &ScopedJoinHandle<'_, Result<()>>,
    bar: &ProgressBar,
    top: usize,
) -> Result<Findings> {
    let mut analysis = Analysis::new()?;
    loop {
        let is_last = writing.is_finished(); // asked before: what is read now was written before it finished
        let is_new = follower.step(|line| analysis.see(line))?;
        reader.bytes.store(follower.counts.bytes, Relaxed);
        reader.truncations.store(follower.counts.truncations, Relaxed);
        bar.set_position(follower.counts.bytes);
        tell(follower, bar);
        match is_new {
            true => {}
            false if is_last => break,
            false => thread::sleep(NAP),
        }
    }
    follower.finish(|line| analysis.see(line));
    Ok(analysis.findings(top, follower.counts.too_long))
}

fn report(findings: &Findings, seen: &Counts, more: u64, time: Duration) -> Report {
    let speed = HumanBytes((seen.bytes as f64 / time.as_secs_f64()) as u64);
    let window = |window: Option<Window>| {
        window.map_or("none was whole".to_owned(), |Window { until, counts }| {
            format!("{counts} errors, until {until}")
        })
    };
    Report::new(format!(
        "logs: {} in {} lines, {} of it appended meanwhile; {} rotation and {} truncation followed",
        HumanBytes(seen.bytes),
        HumanCount(seen.lines),
        HumanBytes(more),
        seen.rotations,
        seen.truncations,
    ))
    .line("speed", format!("{speed}/s, waiting for the writer included"))
    .line(
        "lines",
        format!(
            "each one slice, {} of them across the seam; {} no requests, {} longer than the stream of {} and skipped",
            HumanCount(seen.across),
            HumanCount(findings.unparsed),
            findings.too_long,
            HumanBytes(CAPACITY as u64)
        ),
    )
    .line("requests", format!("{}, {} errors", HumanCount(findings.total.requests), findings.total))
    .line("worst minute", window(findings.windows.worst))
    .line("last minute", window(findings.last))
    .line("last requests", format!("{} errors among {REQUESTS}; {}", findings.recent, listed(&findings.top)))
    .line(
        "check",
        format!(
            "{} windows of {SECONDS} s, the last {REQUESTS} requests and every count, against all of the log at once",
            HumanCount(findings.windows.count)
        ),
    )
}
