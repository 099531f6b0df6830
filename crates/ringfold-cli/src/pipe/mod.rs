//! `ringfold pipe`: the buffer between two programs.
//!
//! ```text
//!   source ──read──► [ claim │ ring │ view ] ──write──► sink        no other copy
//!            reader thread         main thread
//!                 ▲                     │
//!                 └──── halt ◄── watcher thread: signals, hang-up of the sink, progress
//! ```

pub mod checksum;
mod control;
mod ending;
mod lanes;
mod limit;
mod patience;
mod plan;
mod progress;
mod reader;
mod sink;
mod source;
mod stats_file;
mod streams;
mod summary;
mod verdict;
mod watch;
mod writer;

use std::io::Write;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use crate::args::{PipeArgs, StatsFormat};
use crate::failure::{Failure, exit};
use checksum::Checksum;
use control::Control;
use ending::Ending;
use limit::Limit;
use plan::Plan;
use progress::Progress;
use reader::{ReadReport, Reader};
use sink::Sink;
use source::Source;
use stats_file::StatsFile;
use summary::{ChecksumResult, Summary};
use watch::Signals;
use writer::{WriteReport, Writer};

/// Moves everything from the input to the output, and says how it went.
pub fn run(args: &PipeArgs) -> Result<ExitCode, Failure> {
    let mut plan = Plan::new(args)?;
    StatsFile::check(args)?;
    match transfer(args, &mut plan) {
        Ok((ending, summary, stats_file)) => {
            report(args, &ending, &summary, stats_file)?;
            Ok(ExitCode::from(summary.exit_code))
        }
        Err(failure) => report_failure(args, &plan, failure),
    }
}

/// Opens both ends and moves everything.
fn transfer(args: &PipeArgs, plan: &mut Plan) -> Result<(Ending, Summary, Option<StatsFile>), Failure> {
    let source = Source::open(args.input.as_deref())?;
    let stats_file = args.stats_file.as_deref().map(StatsFile::open).transpose()?;
    let sink = Sink::open(args.output.as_deref(), args.force, &source)?;
    if let Some(file) = &stats_file {
        file.refuse_if_same(&sink, "output")?;
    }
    if sink.is_record_device() {
        // No lane may end within a record.
        plan.near = None;
    }
    let control = Control::new().map_err(no_descriptors)?;
    let transfer = Transfer { args, plan, source: &source, sink: &sink, control: &control };
    let (read, wrote, took) = transfer.run()?;
    let names = (source.name().to_owned(), sink.name().to_owned());
    let closed = sink.close();
    let ending = Ending::new(&control, &names, &read, &wrote, closed);
    let checksum = args.checksum.zip(wrote.checksum.as_ref());
    let checksum = checksum.map(|(algorithm, checksum)| ChecksumResult::new(algorithm, checksum.hex()));
    let summary = Summary::new(plan, &control, &ending, &read, &wrote, took, checksum);
    Ok((ending, summary, stats_file))
}

/// Everything that takes part in one transfer.
struct Transfer<'a> {
    args: &'a PipeArgs,
    plan: &'a Plan,
    source: &'a Source,
    sink: &'a Sink,
    control: &'a Control,
}

impl Transfer<'_> {
    fn run(&self) -> Result<(ReadReport, WriteReport, Duration), Failure> {
        let Transfer { args, plan, source, sink, control } = *self;
        let (feed, drain) = lanes::lanes(plan).map_err(|error| no_memory(&error))?;
        let signals = Signals::catch(control).map_err(no_descriptors)?;
        let start = Instant::now();
        let limit = |rate: Option<crate::size::Size>| rate.map(|rate| Limit::new(rate.0, start));
        let reader = Reader { source, control, feed, limit: limit(args.limit_in), call: plan.call };
        let checksum = args.checksum.map(Checksum::new);
        let writer = Writer {
            sink,
            control,
            plan,
            drain,
            limit: limit(args.limit_out),
            checksum,
            waits_for_start: plan.start > 1,
        };
        let mut progress = Progress::new(args.quiet, plan.both_rings(), source.remaining());
        let give_up = || {
            let failure = ending::given_up(control);
            let _ = writeln!(anstream::stderr(), "\n{failure}");
            std::process::exit(failure.code().into());
        };
        let reports = thread::scope(|scope| {
            let reading = scope.spawn(|| reader.run());
            let watching = scope.spawn(|| watch::watch(control, sink, &mut progress, give_up));
            let wrote = writer.run();
            let took = start.elapsed();
            control.stop_reading();
            let read = reading.join().expect("the reading thread does not panic");
            control.finished.ring();
            let watched = watching.join().expect("the watching thread does not panic");
            watched.map(|()| (read, wrote, took))
        });
        progress.clear();
        drop(signals);
        reports.map_err(|error| Failure::new(format!("cannot watch the output: {error}"), ""))
    }
}

fn report(
    args: &PipeArgs,
    ending: &Ending,
    summary: &Summary,
    file: Option<StatsFile>,
) -> Result<(), Failure> {
    let mut stderr = anstream::stderr();
    // With -q, whoever ends `ringfold pipe | head` hears nothing of it but the exit code.
    for failure in ending.failures.iter().filter(|failure| !args.quiet || failure.code() != exit::PIPE) {
        writeln!(stderr, "{failure}")?;
    }
    let json = serde_json::to_string(summary).map_err(std::io::Error::from)?;
    let to_stderr = args.stats == Some(StatsFormat::Json) && file.is_none();
    if let Some(file) = file {
        file.write(&json)?;
    }
    match &summary.checksum {
        _ if to_stderr => writeln!(stderr, "{json}")?,
        _ if !args.quiet && !ending.is_quiet() => writeln!(stderr, "{summary}")?,
        Some(checksum) => writeln!(stderr, "{checksum}")?,
        None => {}
    }
    Ok(())
}

/// A transfer that could not begin has statistics too, for a program that waits for them.
fn report_failure(args: &PipeArgs, plan: &Plan, failure: Failure) -> Result<ExitCode, Failure> {
    let json = serde_json::to_string(&Summary::not_begun(plan, &failure)).map_err(std::io::Error::from)?;
    if let Some(path) = &args.stats_file {
        let file = StatsFile::check(args).and_then(|()| StatsFile::open(path));
        // Where this fails, `failure` may well say why; it is the one to hear of in any case.
        let _ = file.and_then(|file| file.write(&json));
    } else if args.stats == Some(StatsFormat::Json) {
        // In the order of every other failure: the words, then the object.
        writeln!(anstream::stderr(), "{failure}\n{json}")?;
        return Ok(ExitCode::from(failure.code()));
    }
    Err(failure)
}

/// The library's words, with the options of this command in place of its own.
fn no_memory(error: &ringfold::memory::Error) -> Failure {
    const OPTIONS: [(&str, &str); 4] = [
        ("ask for a smaller capacity", "lower -m"),
        ("leave the lock out", "leave out -L"),
        ("use HugePages::Try", "use --huge-pages try"),
        ("choose Memory::Auto or Memory::Soft, or allow the call in the sandbox", "allow it in the sandbox"),
    ];
    let words = format!("no memory for the ring: {error}");
    let words = OPTIONS.iter().fold(words, |words, (theirs, ours)| words.replace(theirs, ours));
    Failure::new(words, "'ringfold doctor' shows this machine's limits")
}

fn no_descriptors(error: std::io::Error) -> Failure {
    Failure::new(
        format!("cannot set up the transfer: {error}"),
        "it takes about ten file descriptors: see ulimit -n",
    )
}
