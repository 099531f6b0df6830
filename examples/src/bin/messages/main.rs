//! Actors that exchange messages of mixed sizes without copies in between: many clients to one server through one `mpsc` ring of
//! bytes, and back through an `spsc` ring for each.

mod client;
mod latency;
mod message;
mod reconcile;
mod report;
mod script;
mod server;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::{Parser, ValueEnum};
use ringfold::{mpsc, spsc};
use ringfold_examples::{end, print, progress};

use client::{Client, Seen, WINDOW};
use message::{HEADER, LONGEST};
use script::Script;
use server::{Served, Server};

const EXAMPLES: &str = "\
Examples:
  messages                      4 clients, each with 5000 messages a second, for 10 seconds
  messages --saturated          each message as soon as can be
  messages --clients 8 --rate 1000 --messages 3000
  messages --fault lost         what the server says when a message is missing
";

const AFTER: &str = "\
A message is due at its time, whether or not its client gets round to sending it then: so a client that is held up \
makes the latencies longer instead of going uncounted. 'Answered' is when the client has read the answer.

Exit codes:
  0  every message came, whole and in order, and so did every answer
  1  one did not; the message says which and why
  2  the command line is wrong";

/// Bytes of the ring that all clients share.
const CAPACITY: usize = 256 << 10;

/// Sends messages from many threads to one and back, checks each, and prints how long they took
#[derive(Debug, Parser)]
#[command(name = "messages", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// How many clients there are
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    clients: u32,

    /// How many messages each client claims room for; one claim in 16 is aborted on purpose
    #[arg(short, long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    messages: u64,

    /// Messages a second of each client
    #[arg(short, long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: u32,

    /// Each client sends as soon as can be, with at most 64 messages that are not answered yet
    #[arg(long, conflicts_with = "rate")]
    saturated: bool,

    /// Other messages; the same ones for the same number
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Spoils a message of the first client half-way, to see what is said
    #[arg(long, value_name = "WHAT")]
    fault: Option<Fault>,

    /// 1000 messages of each client
    #[arg(long, conflicts_with = "messages")]
    quick: bool,
}

/// What can be wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// A bit of its payload is flipped
    Checksum,
    /// It is not sent, and counted all the same
    Lost,
    /// A bit of its answer is flipped
    Answer,
}

fn main() -> ExitCode {
    end("messages", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let script = Script {
        clients: args.clients,
        messages: if args.quick { 1000 } else { args.messages },
        interval: (!args.saturated).then(|| Duration::from_secs(1) / args.rate),
        seed: args.seed,
        fault: args.fault,
        begin: Instant::now(),
    };
    let (served, seen) = act(script)?;
    let time = script.begin.elapsed();
    print(report::report(&script, time, &served, &seen)?)?;
    reconcile::check(&script, &served, &seen)?;
    print("verified")
}

/// Runs all actors to their end.
fn act(script: Script) -> Result<(Served, Vec<Seen>)> {
    let (server, clients) = cast(script)?;
    let bar = progress::bar(script.messages * u64::from(script.clients), "answering");
    let (served, seen) = thread::scope(|scope| {
        let clients: Vec<_> = clients.into_iter().map(|client| scope.spawn(move || client.run())).collect();
        let served = server.run(&bar);
        let seen =
            clients.into_iter().map(|client| client.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))));
        (served, seen.collect::<Vec<_>>())
    });
    bar.finish_and_clear();
    outcome(served, seen)
}

/// What all did, or what went wrong: with the server, or else with the first client; that of the other clients is printed.
fn outcome(served: Result<Served>, seen: Vec<Result<Seen>>) -> Result<(Served, Vec<Seen>)> {
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for (number, seen) in seen.into_iter().enumerate() {
        match seen {
            Ok(seen) => done.push(seen),
            Err(error) => refused.push(error.context(format!("client {number}"))),
        }
    }
    for error in &refused {
        print(format!("{error:#}"))?;
    }
    let served = served.context("server")?;
    match refused.into_iter().next() {
        Some(error) => Err(error),
        None => Ok((served, done)),
    }
}

/// The server and the clients, with the rings between them.
fn cast(script: Script) -> Result<(Server, Vec<Client>)> {
    let (requests, consumer) = mpsc::with_capacity(CAPACITY).context("no memory for the requests")?;
    let (mut answers, mut clients) = (Vec::new(), Vec::new());
    for number in 0..script.clients {
        let room = WINDOW * (HEADER + LONGEST / 4);
        let (producer, consumer) = spsc::with_capacity(room).context("no memory for the answers")?;
        answers.push(producer);
        clients.push(Client::new(number, script, requests.clone(), consumer)?);
    }
    Ok((Server::new(script, consumer, answers)?, clients))
}
