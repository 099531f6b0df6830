//! Frames with a length before them, put together out of a TCP connection: each is one slice of a `ByteStream`, wherever it
//! lies and in however many pieces it came.

mod client;
mod frame;
mod server;
mod tally;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, anyhow};
use clap::{Parser, ValueEnum};
use indicatif::{HumanBytes, HumanCount};
use ringfold_examples::{Report, end, print, progress};

use client::{Plan, Sent};
use server::{CAPACITY, Received, Spared};

const EXAMPLES: &str = "\
Examples:
  network                       4 GiB of frames over loopback, each checked
  network --mebibytes 100 --seed 7
  network --fault length        what the server says to a length that cannot be
";

const AFTER: &str = "\
Exit codes:
  0  every frame came, whole and in order
  1  one did not, or was refused; the message says which and why
  2  the command line is wrong";

/// Sends frames of all sizes in random pieces to a server that puts them together, and checks every one
#[derive(Debug, Parser)]
#[command(name = "network", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// How much is sent, in MiB
    #[arg(short, long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    mebibytes: u64,

    /// Other frames and other pieces; the same ones for the same number
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Spoils a frame half-way, to see what the server says
    #[arg(long, value_name = "WHAT")]
    fault: Option<Fault>,

    /// 16 MiB instead of 4 GiB
    #[arg(long, conflicts_with = "mebibytes")]
    quick: bool,
}

/// What can be wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// It claims to be longer than anything the server can hold
    Length,
    /// A bit of its payload is flipped
    Checksum,
    /// The connection ends in the midst of it
    Ending,
}

fn main() -> ExitCode {
    end("network", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let mebibytes = if args.quick { 16 } else { args.mebibytes };
    let plan = Plan { bytes: mebibytes << 20, seed: args.seed, fault: args.fault };
    let (ours, theirs) = connection().context("cannot connect to this very machine")?;
    let bar = progress::bar(plan.bytes, "receiving");
    let (received, sent) = thread::scope(|scope| {
        let client = scope.spawn(move || client::run(theirs, plan));
        let received = server::run(ours, &bar);
        (received, client.join().unwrap_or_else(|_| Err(anyhow!("the client panicked"))))
    });
    bar.finish_and_clear();
    match (received, sent) {
        (Ok(received), Ok(sent)) => {
            print(report(&received, &sent))?;
            print("verified")
        }
        (Ok(_), Err(error)) => Err(error),
        (Err(refusal), Ok(_)) => Err(refusal.context("the server answered, and failed all the same")),
        (Err(refusal), Err(error)) => {
            print(format!("client: {error:#}"))?;
            Err(refusal)
        }
    }
}

/// Both ends of a connection over loopback, the server's first.
fn connection() -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0, client))
}

fn report(received: &Received, sent: &Sent) -> Report {
    let Received { tally, time, reads, spared } = received;
    let Spared { frames, put_together, moved_up } = spared;
    let per_second = |count: u64| (count as f64 / time.as_secs_f64()) as u64;
    let (longest, capacity) = (HumanBytes(client::LONGEST as u64), HumanBytes(CAPACITY as u64));
    Report::new(format!(
        "network: {} in {} frames of 1 B to {longest}, sent in {} random pieces through a stream of {capacity}",
        HumanBytes(tally.payload),
        HumanCount(tally.frames),
        HumanCount(sent.pieces),
    ))
    .line(
        "speed",
        format!("{}/s, {} frames/s", HumanBytes(per_second(tally.payload)), HumanCount(per_second(tally.frames))),
    )
    .line("reads", format!("{} system calls, each into all the room there was", HumanCount(*reads)))
    .line(
        "copies",
        format!(
            "none after the read; a plain ring puts {} frames ({}) together at its seam, a flat buffer that is emptied after each read moves {} to its front",
            HumanCount(*frames),
            HumanBytes(*put_together),
            HumanBytes(*moved_up)
        ),
    )
    .line("check", format!("every frame by its checksum, and both sides counted {tally}"))
}
