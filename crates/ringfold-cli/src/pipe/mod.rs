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
mod summary;
mod watch;
mod writer;

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use crate::args::{PipeArgs, StatsFormat};
use crate::failure::Failure;
use checksum::Checksum;
use control::Control;
use ending::Ending;
use limit::Limit;
use plan::Plan;
use progress::Progress;
use reader::{ReadReport, Reader};
use sink::Sink;
use source::Source;
use summary::{ChecksumResult, Summary};
use watch::Signals;
use writer::{WriteReport, Writer};

/// Moves everything from the input to the output, and says how it went.
pub fn run(args: &PipeArgs) -> Result<ExitCode, Failure> {
    let mut plan = Plan::new(args)?;
    let stats_file = args.stats_file.as_ref().map(create_stats_file).transpose()?;
    let source = Source::open(args.input.as_deref())?;
    let sink = Sink::open(args.output.as_deref(), args.force, &source)?;
    if sink.is_record_device() {
        // No lane may end within a record.
        plan.near = None;
    }
    let control = Control::new().map_err(no_descriptors)?;
    let transfer = Transfer { args, plan: &plan, source: &source, sink: &sink, control: &control };
    let (read, wrote, took) = transfer.run()?;
    let names = (source.name().to_owned(), sink.name().to_owned());
    let closed = sink.close();
    let ending = Ending::new(&control, &names, &read, &wrote, closed);
    let checksum = args.checksum.zip(wrote.checksum.as_ref());
    let checksum = checksum.map(|(algorithm, checksum)| ChecksumResult::new(algorithm, checksum.hex()));
    let summary = Summary::new(&plan, &control, &ending, &read, &wrote, took, checksum);
    report(args, &ending, &summary, stats_file)?;
    Ok(ExitCode::from(summary.exit_code))
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
        let (feed, drain) = lanes::lanes(plan)?;
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
        let mut progress = Progress::new(args.quiet, plan.capacity as u64, source.remaining());
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

fn report(args: &PipeArgs, ending: &Ending, summary: &Summary, file: Option<File>) -> Result<(), Failure> {
    let mut stderr = anstream::stderr();
    for failure in &ending.failures {
        writeln!(stderr, "{failure}")?;
    }
    let json = serde_json::to_string(summary).map_err(std::io::Error::from)?;
    let to_stderr = args.stats == Some(StatsFormat::Json) && file.is_none();
    if let Some(mut file) = file {
        writeln!(file, "{json}")
            .map_err(|error| Failure::new(format!("cannot write --stats-file: {error}"), ""))?;
    }
    match &summary.checksum {
        _ if to_stderr => writeln!(stderr, "{json}")?,
        _ if !args.quiet && !ending.is_quiet() => writeln!(stderr, "{summary}")?,
        Some(checksum) => writeln!(stderr, "{checksum}")?,
        None => {}
    }
    Ok(())
}

fn create_stats_file(path: &std::path::PathBuf) -> Result<File, Failure> {
    let what = |error| format!("cannot write '{}' for --stats-file: {error}", path.display());
    File::create(path).map_err(|error| Failure::new(what(error), "choose a place where you may write"))
}

fn no_descriptors(error: std::io::Error) -> Failure {
    Failure::new(
        format!("cannot set up the transfer: {error}"),
        "it takes about ten file descriptors: see ulimit -n",
    )
}
