//! The same findings from all of the log at once: no ring, no stream, nothing that moves.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use ringfold_examples::progress;

use crate::analysis::{REQUESTS, SECONDS};
use crate::entry::{Entry, Second, parse};
use crate::findings::{Counts, Findings, Window, Windows, first};
use crate::follower::CAPACITY;

/// Reads the files, which are one log in this order. Its requests must be in order too.
pub fn findings(files: &[PathBuf], top: usize) -> Result<Findings> {
    let bar = progress::bar(files.len() as u64 + 1, "checking");
    let (mut unparsed, mut too_long, mut entries) = (0, 0, Vec::new());
    let read = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let texts: Vec<Vec<u8>> = files.iter().map(read).collect::<Result<_>>()?;
    for text in &texts {
        bar.inc(1);
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            match parse(line) {
                _ if line.len() >= CAPACITY => too_long += 1,
                Some(entry) => entries.push(entry),
                None => unparsed += 1,
            }
        }
    }
    let (windows, last) = windows(&entries);
    let recent = &entries[entries.len().saturating_sub(REQUESTS)..];
    Ok(Findings {
        total: count(&entries),
        unparsed,
        too_long,
        late: 0,
        windows,
        last,
        recent: count(recent),
        top: most_asked_for(recent, top),
    })
}

fn count(entries: &[Entry<'_>]) -> Counts {
    let errors = entries.iter().filter(|entry| entry.is_error()).count();
    Counts { requests: entries.len() as u64, errors: errors as u64 }
}

/// Every window, from the counts of all seconds; and the last one.
fn windows(entries: &[Entry<'_>]) -> (Windows, Option<Window>) {
    let mut seconds: BTreeMap<Second, Counts> = BTreeMap::new();
    for entry in entries {
        seconds.entry(entry.second).or_default().add(entry.is_error());
    }
    let (mut windows, mut last) = (Windows::default(), None);
    let Some((&beginning, _)) = seconds.first_key_value() else { return (windows, last) };
    for &until in seconds.keys() {
        let from = Second(until.0 - SECONDS as i64 + 1);
        let mut counts = Counts::default();
        for second in seconds.range(from..=until).map(|(_, counts)| counts) {
            counts.requests += second.requests;
            counts.errors += second.errors;
        }
        windows.close(Window { until, counts }, from >= beginning);
        last = Some(Window { until, counts });
    }
    (windows, last)
}

fn most_asked_for(entries: &[Entry<'_>], top: usize) -> Vec<(String, u64)> {
    let mut counts: HashMap<&[u8], u64> = HashMap::new();
    for entry in entries {
        *counts.entry(entry.path).or_default() += 1;
    }
    first(top, counts.into_iter())
}
