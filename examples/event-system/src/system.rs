//! The ingress, the rings and the actors, and how they are put together.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use ringfold::pool::{EventRef, Pool};
use ringfold::spsc::{self, Consumer, Producer};
use ringfold_metrics::Registry;
use tempfile::TempDir;

use crate::actors::analytics::{self, Counted};
use crate::actors::{Fault, audit, database, search};
use crate::board::Board;
use crate::ingress::{self, Script, Sent};

/// Events that each actor may be behind.
const CAPACITY: usize = 1024;
const ACTORS: [&str; 4] = ["database", "search", "analytics", "audit"];

/// Where the stores lie.
pub struct Files {
    pub database: PathBuf,
    pub index: PathBuf,
    pub audit: PathBuf,
    _temporary: Option<TempDir>,
}

impl Files {
    /// In the folder `named`, made if need be, or in one that goes with this value.
    pub fn in_folder(named: Option<&Path>) -> Result<Self> {
        let (folder, temporary) = match named {
            Some(named) => {
                fs::create_dir_all(named)
                    .with_context(|| format!("cannot make the folder {}", named.display()))?;
                (named.to_owned(), None)
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("ringfold-").tempdir();
                let temporary = temporary.context("cannot make a temporary folder; name one with --dir")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let [database, index, audit] = ["events.sqlite", "index", "audit.log"].map(|name| folder.join(name));
        Ok(Self { database, index, audit, _temporary: temporary })
    }
}

/// Everything, ready to run.
pub struct System {
    script: Script,
    pool: Pool,
    fault: Option<Fault>,
    producers: Vec<Producer<EventRef>>,
    consumers: [Consumer<EventRef>; 4],
}

/// What came of it.
pub struct Done {
    pub sent: Sent,
    pub counted: Counted,
    pub time: Duration,
    /// Kept, so that the figures of the rings can be seen to the end.
    pub rings: [Consumer<EventRef>; 4],
}

impl System {
    pub fn new(script: Script, pool: Pool, fault: Option<Fault>) -> Result<Self> {
        let (mut producers, mut consumers) = (Vec::new(), Vec::new());
        for _ in ACTORS {
            let (producer, consumer) = spsc::with_capacity(CAPACITY).context("no memory for a ring")?;
            producers.push(producer);
            consumers.push(consumer);
        }
        let consumers = consumers.try_into().map_err(|_| anyhow!("a ring for each actor"))?;
        Ok(Self { script, pool, fault, producers, consumers })
    }

    /// The ring of each actor can be seen under its name.
    pub fn register(self, registry: &Registry) -> Result<Self> {
        for (name, consumer) in ACTORS.into_iter().zip(&self.consumers) {
            registry.ring(name, consumer.watch())?;
        }
        Ok(self)
    }

    /// Runs until every event has been through every actor. An actor that fails drops its ring, which ends the ingress and so the others.
    pub fn run(self, files: &Files) -> Result<Done> {
        let Self { script, pool, fault, producers, consumers } = self;
        let watches: Vec<_> = ACTORS.into_iter().zip(consumers.each_ref().map(Consumer::watch)).collect();
        let board = Board::new(script.events, &watches);
        let [to_database, to_search, to_analytics, to_audit] = consumers;
        let begin = Instant::now();
        thread::scope(|scope| {
            let database = scope.spawn(|| database::run(to_database, &files.database, fault));
            let search = scope.spawn(|| search::run(to_search, &files.index, fault));
            let analytics = scope.spawn(|| analytics::run(to_analytics, fault));
            let audit = scope.spawn(|| audit::run(to_audit, &files.audit, fault));
            let ingress = scope.spawn(|| ingress::run(script, &pool, producers));
            board.show(&pool, || {
                ingress.is_finished() && database.is_finished() && search.is_finished() && audit.is_finished()
            });
            // The actors first: the ingress only knows that one has left.
            let (database, search) = (join("the database", database), join("the search index", search));
            let (analytics, audit) = (join("analytics", analytics), join("the audit log", audit));
            let (counted, analytics) = analytics?;
            let rings = [database?, search?, analytics, audit?];
            Ok(Done { sent: join("the ingress", ingress)?, counted, time: begin.elapsed(), rings })
        })
    }
}

fn join<T>(who: &'static str, thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))).context(who)
}
