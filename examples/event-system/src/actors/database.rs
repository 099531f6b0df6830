//! Writes every event into a table of SQLite.

use std::path::Path;

use anyhow::{Context, Result};
use ringfold::pool::EventRef;
use ringfold::spsc::Consumer;
use rusqlite::{Connection, params};

use super::{AT, Fault, feed};
use crate::event::Event;

const TABLE: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE events (sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, user INTEGER NOT NULL, text TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO events (sequence, kind, user, text) VALUES (?1, ?2, ?3, ?4)";

/// One transaction for each batch. SQLite is lent the text where it lies.
pub fn run(mut events: Consumer<EventRef>, path: &Path, fault: Option<Fault>) -> Result<Consumer<EventRef>> {
    let mut database = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    database.execute_batch(TABLE).context("cannot make the table; is the folder of an earlier run?")?;
    feed(&mut events, |batch| {
        let transaction = database.transaction()?;
        let mut insert = transaction.prepare_cached(INSERT)?;
        for event in batch {
            let Event { header, kind, text } = Event::read(event)?;
            let is_changed = fault == Some(Fault::Changed) && header.sequence == AT;
            let text = if is_changed { "something else" } else { text };
            insert.execute(params![header.sequence as i64, kind as u32, header.user, text])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    })?;
    Ok(events)
}
