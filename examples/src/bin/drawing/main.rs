//! Collaborative drawing: strokes come in through a C function, as a user interface in another language would call it, and every one of
//! them goes to a file, to another user over a socket, into statistics and onto a screen, each at its own pace.

mod emit;
mod monitor;
mod readers;
mod reconcile;
mod report;
mod stroke;
mod user;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::{Parser, ValueEnum};
use ringfold_examples::{Folder, end, print};

use emit::Rings;
use monitor::Watched;
use readers::{Counted, Drawn, Outcome, Stored};
use stroke::Script;
use user::Emitted;

const EXAMPLES: &str = "\
Examples:
  drawing                       10 seconds of drawing, by 8 users at 30000 strokes a second
  drawing --storage-pause 40    a slower disk: the users are told to slow down more often
  drawing --dir /tmp/drawing    the file stays there
  drawing --fault file          what is said when the file is not what was drawn
";

const AFTER: &str = "\
The pressure of a reader is how much of the ring it has not read yet. At 1 the users have to wait, and from 0.9 on they \
are asked to slow down. The screen is never waited for: it leaves out what it is too slow for, and knows how much that is.

Exit codes:
  0  the file, the other user and the statistics have every stroke, the screen has it or knows that it has not
  1  one does not; the message says which and why
  2  the command line is wrong";

/// Strokes that the ring holds.
const CAPACITY: usize = 4096;

/// Hands strokes to a file, a socket, statistics and a screen, one of them slow, and checks that each got all of them
#[derive(Debug, Parser)]
#[command(name = "drawing", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// How many strokes are drawn
    #[arg(short = 'n', long, value_name = "N", default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    strokes: u64,

    /// Strokes a second; they come in bursts, as people draw
    #[arg(short, long, value_name = "N", default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: u32,

    /// Milliseconds that the storage rests after each write: what makes it the slow one
    #[arg(long, value_name = "MS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=1000))]
    storage_pause: u64,

    /// Other strokes; the same ones for the same number
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Where the file is put and left; otherwise it goes when the scenario ends
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,

    /// Spoils a stroke half-way on its way to one of the readers, to see what is said
    #[arg(long, value_name = "WHERE")]
    fault: Option<Fault>,

    /// 15000 strokes
    #[arg(long, conflicts_with = "strokes")]
    quick: bool,
}

/// Which reader gets something else than what was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// A bit of it is flipped in the file
    File,
    /// It is not sent to the other user
    Socket,
    /// It is counted twice
    Statistics,
}

/// What everybody had in the end.
struct Books {
    emitted: Emitted,
    stored: Stored,
    sent: readers::Sent,
    received: readers::Received,
    counted: Counted,
    drawn: Drawn,
    watched: Watched,
    time: Duration,
}

fn main() -> ExitCode {
    end("drawing", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let strokes = if args.quick { 15_000 } else { args.strokes };
    let script = Script { strokes, seed: args.seed, fault: args.fault };
    let folder = Folder::open(args.dir.as_deref())?;
    let books = draw(args, script, &folder)?;
    print(report::report(&script, &books))?;
    reconcile::check(&script, &folder.path(FILE), &books)?;
    print("verified")
}

const FILE: &str = "strokes.bin";

/// Starts the readers, draws, and waits until all have read everything.
fn draw(args: &Args, script: Script, folder: &Folder) -> Result<Books> {
    let file = folder.create(FILE)?;
    let (ours, theirs) = connection().context("cannot connect to this very machine")?;
    let Rings { storage, network, statistics, screen } = emit::open(CAPACITY)?;
    let pause = Duration::from_millis(args.storage_pause);
    let begin = Instant::now();
    thread::scope(|scope| {
        let storage = scope.spawn(move || readers::store(storage, file, pause, script));
        let network = scope.spawn(move || readers::send(network, ours, script));
        let other_user = scope.spawn(move || readers::receive(theirs));
        let statistics = scope.spawn(move || readers::count(statistics, script));
        let screen = scope.spawn(move || readers::draw(screen, script));
        let monitor = scope.spawn(move || monitor::watch(script.strokes));
        let emitted = user::draw(script, args.rate);
        emit::close();
        let books = Books {
            stored: join(storage, "storage")?,
            sent: join(network, "network")?,
            received: join(other_user, "the other user")?,
            counted: join(statistics, "statistics")?,
            drawn: join(screen, "screen")?,
            watched: monitor.join().map_err(|_| anyhow!("the monitor panicked"))?,
            emitted: emitted?,
            time: begin.elapsed(),
        };
        Ok(books)
    })
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Outcome<T>>, who: &'static str) -> Result<T> {
    thread.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))).context(who)
}

/// Both ends of a connection over loopback.
fn connection() -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    Ok((ours, listener.accept()?.0))
}
