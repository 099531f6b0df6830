//! Three stages on three threads: blocks of 256 bytes go into one ring, come out, become blocks of a kilobyte in a second ring, and go
//! out from there. Every block is written where it is read: no stage copies one.

mod block;
mod stages;

use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use indicatif::{HumanBytes, HumanCount};
use ringfold::broadcast::{self, ReaderStats, Stats};
use ringfold_examples::{Report, end, print, progress};

use block::{Raw, Refined};
use stages::{Out, Plan};

const EXAMPLES: &str = "\
Examples:
  pipeline                      2 million blocks through three stages, with a checksum at the end
  pipeline --out refined.bin    the blocks that come out stay in a file
  pipeline --fault              a bit flips between the stages: what is said then
";

const AFTER: &str = "\
The same blocks are then made and refined once more, on one thread and without a ring; both must come to the same checksum.

Exit codes:
  0  what came out is what one thread makes of it
  1  it is not, or cannot be written; the message says why
  2  the command line is wrong";

/// Blocks that each ring holds.
const CAPACITY: usize = 1024;

/// Takes blocks of 256 bytes through three stages, in which they grow to a kilobyte, and checks what comes out
#[derive(Debug, Parser)]
#[command(name = "pipeline", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// How many blocks there are
    #[arg(short, long, value_name = "N", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    blocks: u64,

    /// Other blocks; the same ones for the same number
    #[arg(short, long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Where the blocks go that come out; otherwise they are only summed up
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Flips a bit of one block between the second stage and the third, to see what is said
    #[arg(long)]
    fault: bool,

    /// 50000 blocks
    #[arg(long, conflicts_with = "blocks")]
    quick: bool,
}

/// What was seen of the stages.
struct Seen {
    out: Out,
    time: Duration,
    raw: (Stats, ReaderStats),
    refined: (Stats, ReaderStats),
}

fn main() -> ExitCode {
    end("pipeline", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let blocks = if args.quick { 50_000 } else { args.blocks };
    let plan = Plan { blocks, seed: args.seed, spoilt: args.fault.then_some(blocks / 2) };
    let out = args.out.as_deref().map(stages::create).transpose()?;
    let seen = in_stages(plan, out)?;
    let begin = Instant::now();
    let expected = stages::on_one_thread(plan);
    print(report(&plan, &seen, begin.elapsed()))?;
    ensure!(seen.out == expected, "what came out is {}; on one thread it is {expected}", seen.out);
    print("verified")
}

/// Runs the three stages, each on its own thread, to their end.
fn in_stages(plan: Plan, file: Option<std::fs::File>) -> Result<Seen> {
    let raw_in = broadcast::builder::<Raw>(CAPACITY).build().context("no memory for the first ring")?;
    let refined_in =
        broadcast::builder::<Refined>(CAPACITY).build().context("no memory for the second ring")?;
    let (raw_out, refined_out) = (raw_in.subscribe(), refined_in.subscribe());
    let bar = progress::bar(plan.blocks, "refining");
    let begin = Instant::now();
    let (raw, refined, out) = thread::scope(|scope| {
        let making = scope.spawn(move || stages::make(raw_in, plan));
        let refining = scope.spawn(move || stages::refine(raw_out, refined_in, plan));
        let out = stages::write(refined_out, file, &bar);
        (making.join(), refining.join(), out)
    });
    let time = begin.elapsed();
    bar.finish_and_clear();
    let (out, refined_read) = out?;
    let raw = raw.map_err(|_| anyhow!("the first stage panicked"))?;
    let (raw_read, refined) = refined.map_err(|_| anyhow!("the second stage panicked"))?;
    Ok(Seen { out, time, raw: (raw, raw_read), refined: (refined, refined_read) })
}

fn report(plan: &Plan, seen: &Seen, one_thread: Duration) -> Report {
    let per_second = |count: u64| (count as f64 / seen.time.as_secs_f64()) as u64;
    let [small, large] = [size_of::<Raw>(), size_of::<Refined>()].map(|bytes| HumanBytes(bytes as u64));
    let bytes = plan.blocks * (size_of::<Raw>() + size_of::<Refined>()) as u64;
    let stage = |(ring, reader): &(Stats, ReaderStats)| {
        format!(
            "full {} times, empty {} times; at most {} of {CAPACITY} blocks found at once",
            HumanCount(ring.times_full),
            HumanCount(reader.times_empty),
            HumanCount(reader.high_water)
        )
    };
    Report::new(format!(
        "pipeline: {} blocks of {small}, which become {large} each, through two rings of {CAPACITY}",
        HumanCount(plan.blocks)
    ))
    .line(
        "speed",
        format!(
            "{} blocks/s, {}/s through both rings",
            HumanCount(per_second(plan.blocks)),
            HumanBytes(per_second(bytes))
        ),
    )
    .line("first ring", stage(&seen.raw))
    .line("second ring", stage(&seen.refined))
    .line(
        "one thread",
        format!("{one_thread:.1?} for the same without rings, {:.1?} in three stages", seen.time),
    )
    .line("check", format!("{}", seen.out))
}
