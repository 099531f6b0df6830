//! An event distribution system: one ingress and four actors that share each event, at four different speeds.
//!
//! The ingress writes an event into a slot of the pool, once. Each actor gets a reference to it through a ring of its own; the slot is free again when the last
//! of them is done. At the end everybody's books are compared.

mod actors;
mod board;
mod event;
mod ingress;
mod ledger;
mod reconcile;
mod report;
mod stop;
mod system;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use ringfold::pool::{Config, Pool, WhenExhausted};
use ringfold_metrics::{Registry, prometheus};

use actors::Fault;
use ingress::Script;
use report::say;
use system::{Files, System};

const EXAMPLES: &str = "\
Examples:
  event-system                       200,000 events to four actors, as fast as the slowest of them
  event-system --rate 5000           5000 events a second
  event-system --dir run --linger    keep the stores, and the metrics until Ctrl+C
  curl http://127.0.0.1:9464/metrics what happens in it, meanwhile
  event-system --fault lost          what is said when the search index misses an event
";

const AFTER: &str = "\
Exit codes:
  0  every store has every event, and no slot is in use any more
  1  that is not so, or something else failed; the message says what
  2  the command line is wrong";

/// Hands events to a database, a search index, analytics and an audit log, and compares what they have got
#[derive(Debug, Parser)]
#[command(name = "event-system", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// How many events come in
    #[arg(short, long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    events: u64,

    /// Events a second; as fast as the slowest actor if not given
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: Option<u32>,

    /// Where the metrics are served; port 0 is any that is free
    #[arg(short, long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    metrics: SocketAddr,

    /// Serve the metrics after the end too, until Ctrl+C
    #[arg(short, long)]
    linger: bool,

    /// Where the stores go and stay; a temporary folder if not given
    #[arg(short, long, value_name = "FOLDER")]
    dir: Option<PathBuf>,

    /// Other events; the same ones for the same number
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Does something wrong at event 100, to see what is said
    #[arg(long, value_name = "WHAT")]
    fault: Option<Fault>,

    /// 2000 events
    #[arg(long, conflicts_with = "events")]
    quick: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::fail(&error),
    }
}

fn run(args: &Args) -> Result<()> {
    let files = Files::in_folder(args.dir.as_deref())?;
    let pool =
        Pool::new(Config::detect().when_exhausted(WhenExhausted::Wait)).context("no memory for the pool")?;
    let registry = Registry::new();
    registry.pool("events", pool.clone())?;
    let server = prometheus::serve(args.metrics, &registry).with_context(|| {
        format!("cannot serve metrics at {}; `--metrics 127.0.0.1:0` takes any free port", args.metrics)
    })?;
    say(format!("metrics: curl http://{}/metrics", server.address()))?;

    let script = Script {
        events: if args.quick { 2000 } else { args.events },
        interval: args.rate.map(|rate| Duration::from_secs(1) / rate),
        seed: args.seed,
    };
    let done = System::new(script, pool.clone(), args.fault)?.register(&registry)?.run(&files)?;
    let counts = reconcile::stores(&done.sent, &files.database, &files.index, &files.audit)?;
    reconcile::compare("analytics", &done.sent.ledger, done.counted.ledger)?;
    say(report::report(&done, &counts, &pool))?;
    reconcile::pool(&pool, &done.sent)?;
    say("verified")?;
    if args.linger {
        stop::wait(&server)?;
    }
    Ok(())
}
