//! Whether everybody has got everything: each store is read again, from disk.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ringfold::pool::Pool;
use rusqlite::Connection;
use tantivy::collector::Count;
use tantivy::query::QueryParser;
use tantivy::{Index, ReloadPolicy};

use crate::actors::search::{BODY, SEQUENCE};
use crate::event::Kind;
use crate::ingress::{NEEDLE, Sent};
use crate::ledger::Ledger;

/// Events in each store.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub rows: u64,
    pub documents: u64,
    pub hits: u64,
    pub lines: u64,
}

/// Reads the three stores and compares them with what was sent, event by event.
pub fn stores(sent: &Sent, database: &Path, index: &Path, audit: &Path) -> Result<Counts> {
    let rows = compare("the database", &sent.ledger, read_database(database).context("the database")?)?;
    let lines = compare("the audit log", &sent.ledger, read_audit(audit).context("the audit log")?)?;
    let (documents, hits) = read_index(index, sent.ledger.events).context("the search index")?;
    ensure!(
        hits == sent.needles,
        "a search for `{NEEDLE}` finds {hits} documents, where {} events contain it",
        sent.needles
    );
    Ok(Counts { rows, documents, hits, lines })
}

/// Whether `who` has seen what was sent.
pub fn compare(who: &str, sent: &Ledger, seen: Ledger) -> Result<u64> {
    ensure!(seen.events == sent.events, "{who} has {} events, where {} were sent", seen.events, sent.events);
    ensure!(
        seen.bytes == sent.bytes,
        "{who} has {} bytes of text, where {} were sent",
        seen.bytes,
        sent.bytes
    );
    ensure!(seen == *sent, "{who} has as many events as were sent, and as many bytes, but other ones");
    Ok(seen.events)
}

/// Whether every slot is free again, and as many were taken as events were sent.
pub fn pool(pool: &Pool, sent: &Sent) -> Result<()> {
    let stats = pool.stats();
    let (slots, heap) = (stats.in_use(), stats.heap.in_use);
    ensure!(slots + heap == 0, "{slots} slots of the pool and {heap} events on the heap are still in use");
    let taken: u64 = stats.classes.iter().map(|class| class.allocated).sum();
    let allocated = taken + stats.heap.allocated;
    ensure!(
        allocated == sent.ledger.events,
        "{allocated} events were allocated, where {} were sent",
        sent.ledger.events
    );
    Ok(())
}

/// Every row, with the checksum of the text that is really there.
fn read_database(path: &Path) -> Result<Ledger> {
    let database = Connection::open(path)?;
    let mut select = database.prepare("SELECT sequence, kind, text FROM events ORDER BY sequence")?;
    let (mut rows, mut ledger) = (select.query([])?, Ledger::default());
    while let Some(row) = rows.next()? {
        let (sequence, kind): (i64, u32) = (row.get(0)?, row.get(1)?);
        let text = row.get_ref(2)?.as_str()?;
        ledger.enter_raw(sequence as u64, kind as usize, text.len() as u64, crc32c::crc32c(text.as_bytes()));
    }
    Ok(ledger)
}

/// Every line, which must be in the order in which the events were sent.
fn read_audit(path: &Path) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let entry = || -> Option<(u64, usize, u64, u32)> {
            let mut words = line.split(' ');
            let sequence = words.next()?.parse().ok()?;
            let name = words.next()?;
            let kind = Kind::ALL.iter().position(|kind| kind.name() == name)?;
            words.next()?;
            Some((sequence, kind, words.next()?.parse().ok()?, u32::from_str_radix(words.next()?, 16).ok()?))
        };
        let Some((sequence, kind, bytes, checksum)) = entry() else { bail!("no entry: {line}") };
        ensure!(
            sequence == ledger.events,
            "event {sequence} stands where event {} comes next",
            ledger.events
        );
        ledger.enter_raw(sequence, kind, bytes, checksum);
    }
    Ok(ledger)
}

/// How many documents there are, each event once, and how many a search finds.
fn read_index(path: &Path, events: u64) -> Result<(u64, u64)> {
    let index = Index::open_in_dir(path)?;
    let searcher = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?.searcher();
    let mut is_there = vec![false; usize::try_from(events)?];
    for segment in searcher.segment_readers() {
        let sequences = segment.fast_fields().u64(SEQUENCE)?;
        for document in segment.doc_ids_alive() {
            let sequence = sequences.first(document).context("a document without a sequence")?;
            let place = is_there.get_mut(usize::try_from(sequence)?);
            let place = place.with_context(|| format!("event {sequence} was never sent"))?;
            ensure!(!std::mem::replace(place, true), "event {sequence} is there twice");
        }
    }
    if let Some(missing) = is_there.iter().position(|is_there| !is_there) {
        bail!("event {missing} is missing");
    }
    let query = QueryParser::for_index(&index, vec![index.schema().get_field(BODY)?]).parse_query(NEEDLE)?;
    Ok((searcher.num_docs(), searcher.search(&query, &Count)? as u64))
}
