//! What is printed.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Error, Result};
use indicatif::{HumanBytes, HumanCount};
use ringfold::pool::{Pool, SizeClass};

use crate::event::Kind;
use crate::reconcile::Counts;
use crate::system::Done;

/// What everybody did.
pub fn report(done: &Done, counts: &Counts, pool: &Pool) -> String {
    let Done { sent, counted, time, rings } = done;
    let (events, bytes) = (HumanCount(sent.ledger.events), HumanBytes(sent.ledger.bytes));
    let per_second = HumanCount((sent.ledger.events as f64 / time.as_secs_f64()) as u64);
    let waited = rings.each_ref().map(|ring| format!("{:.1?}", ring.stats().consumer_stalled));
    let kinds =
        Kind::ALL.map(|kind| format!("{} {}s", HumanCount(counted.ledger.kinds[kind as usize]), kind.name()));
    let busiest = counted.busiest().map_or(String::new(), |(user, events)| {
        format!("; user {user} did most, {} events", HumanCount(events))
    });
    let lines = [
        (
            "ingress",
            format!(
                "{events} events, {bytes} of text, in {time:.1?}: {per_second} events/s; waited {:.1?} for slots and {:.1?} for room in a ring",
                sent.waited,
                rings.iter().map(|ring| ring.stats().producer_stalled).sum::<Duration>()
            ),
        ),
        ("database", format!("{} rows; waited {} for events", HumanCount(counts.rows), waited[0])),
        (
            "search",
            format!(
                "{} documents, {} of them found by a search; waited {}",
                HumanCount(counts.documents),
                counts.hits,
                waited[1]
            ),
        ),
        ("analytics", format!("{}{busiest}; waited {}", kinds.join(", "), waited[2])),
        ("audit", format!("{} lines; waited {}", HumanCount(counts.lines), waited[3])),
        ("pool", slots(pool)),
    ];
    let lines = lines.map(|(who, what)| format!("\n  {who:<9}  {what}"));
    format!("event-system: one ingress, four actors that share each event{}", lines.concat())
}

fn slots(pool: &Pool) -> String {
    let stats = pool.stats();
    let classes =
        stats.classes.iter().map(|class| format!("{} {}/{}", class.class, class.high_water, class.capacity));
    let classes: Vec<String> = classes.collect();
    format!(
        "{} in use; at most {} at once; {} on the heap ({})",
        stats.in_use() + stats.heap.in_use,
        classes.join(", "),
        HumanCount(stats.heap.allocated),
        SizeClass::XXL
    )
}

/// Prints a line, or several, on standard output, at once; an error when nobody reads it any more.
pub fn say(words: impl fmt::Display) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{words}")?;
    Ok(out.flush()?)
}

/// Prints what went wrong, unless it is that nobody reads.
pub fn fail(error: &Error) -> ExitCode {
    let is_unread =
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
    if !is_unread {
        // Nobody can be told when standard error is gone.
        let _ = writeln!(io::stderr(), "event-system: {error:#}");
    }
    ExitCode::FAILURE
}
