//! The four actors. Each reads its own ring, at its own speed, and drops each event when it is done with it.

pub mod analytics;
pub mod audit;
pub mod database;
pub mod search;

use std::mem;

use anyhow::Result;
use clap::ValueEnum;
use ringfold::pool::EventRef;
use ringfold::spsc::Consumer;

/// What somebody can do wrong, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// The search index misses an event
    Lost,
    /// The audit log has an event twice
    Doubled,
    /// The database writes another text
    Changed,
    /// Analytics never drops an event
    Leak,
}

/// The event at which it happens.
pub const AT: u64 = 100;

/// As many events at most are taken at once: a transaction, so to speak.
const BATCH: usize = 256;

/// Hands every event of the ring to `take`, many at a time, until the ingress is done. They are dropped when `take` is done with them.
fn feed(events: &mut Consumer<EventRef>, mut take: impl FnMut(&[EventRef]) -> Result<()>) -> Result<()> {
    while let Ok(view) = events.peek_at_least(1) {
        let count = view.len().min(BATCH);
        take(&view[..count])?;
        view.consume(count);
    }
    Ok(())
}

/// Never drops this reference.
fn leak(event: &EventRef) {
    mem::forget(event.clone());
}
