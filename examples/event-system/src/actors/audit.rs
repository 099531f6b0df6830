//! Writes a line for every event, in the order in which they came.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use ringfold::pool::EventRef;
use ringfold::spsc::Consumer;

use super::{AT, Fault, feed};
use crate::event::Event;

/// Sequence, kind, user, bytes of the text and its checksum; on disk when this returns.
pub fn run(mut events: Consumer<EventRef>, path: &Path, fault: Option<Fault>) -> Result<Consumer<EventRef>> {
    let file = File::create_new(path)
        .with_context(|| format!("cannot make {}; nothing is overwritten", path.display()))?;
    let mut log = BufWriter::new(file);
    feed(&mut events, |batch| {
        for event in batch {
            let Event { header, kind, text } = Event::read(event)?;
            let is_doubled = fault == Some(Fault::Doubled) && header.sequence == AT;
            for _ in 0..1 + u32::from(is_doubled) {
                let (sequence, user, checksum) = (header.sequence, header.user, header.checksum);
                writeln!(log, "{sequence} {} {user} {} {checksum:08x}", kind.name(), text.len())?;
            }
        }
        Ok(())
    })?;
    log.into_inner()
        .context("cannot write the audit log")?
        .sync_all()
        .context("cannot sync the audit log")?;
    Ok(events)
}
