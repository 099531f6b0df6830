//! A recording filtered as it streams in: every window is one slice out of a `Ring<f32>`, and the result is compared with
//! that of filtering the whole recording at once.

mod filter;
mod offline;
mod stream;
mod synth;
mod wav;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use ringfold_examples::{Folder, Report, end, print};

use filter::Filter;
use stream::Streamed;
use wav::Recording;

const EXAMPLES: &str = "\
Examples:
  audio                                       a minute of sweep and noise, filtered and checked
  audio --input song.wav --dir filtered       filters song.wav into filtered/filtered.wav
  audio --method fir --cutoff 300             the same filter without a Fourier transform
";

const AFTER: &str = "\
Exit codes:
  0  the streamed result is that of the offline computation
  1  it is not, or a file could not be read or written; the message says which
  2  the command line is wrong";

/// Filters a WAV file as a stream, and compares the result with that of filtering all of it at once
#[derive(Debug, Parser)]
#[command(name = "audio", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// Reads FILE (16, 24 or 32 bits, or floats) instead of a recording that is made up
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Leaves the files, the result being filtered.wav, in FOLDER; without it they are removed at the end
    #[arg(short, long, value_name = "FOLDER")]
    dir: Option<PathBuf>,

    /// How each window is filtered
    #[arg(short, long, value_name = "METHOD", default_value = "fft")]
    method: Method,

    /// What is higher than so many hertz is taken away
    #[arg(short, long, value_name = "HERTZ", default_value_t = 1000.0)]
    cutoff: f64,

    /// A second of made-up recording instead of a minute
    #[arg(long, conflicts_with = "input")]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// By Fourier transform (overlap-save)
    Fft,
    /// By a sum of products for every sample
    Fir,
}

fn main() -> ExitCode {
    end("audio", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let folder = Folder::open(args.dir.as_deref())?;
    let input = match &args.input {
        Some(input) => input.clone(),
        None => {
            synth::write(folder.create("recording.wav")?, if args.quick { 1 } else { 60 })?;
            folder.path("recording.wav")
        }
    };
    let recording = Recording::open(&input)?;
    let taps = filter::low_pass(args.cutoff, recording.rate())?;
    let filter = match args.method {
        Method::Fft => Filter::overlap_save(&taps)?,
        Method::Fir => Filter::direct(&taps),
    };
    let words = format!("{}, {}-tap low-pass at {} Hz", recording, taps.len(), args.cutoff);
    let begin = Instant::now();
    let streamed = stream::filter(recording, filter, folder.create("filtered.wav")?)?;
    let speed = streamed.seconds / begin.elapsed().as_secs_f64();
    check(&input, &folder.path("filtered.wav"), &taps, report(words, &streamed, speed))
}

fn report(words: String, streamed: &Streamed, speed: f64) -> Report {
    let Streamed { windows, across, window, .. } = streamed;
    let of_each = format!("{windows}, each one slice of {window} samples, {across} of them across the seam");
    Report::new(format!("audio: {words}"))
        .line("speed", format!("{speed:.0} seconds of audio per second, files included"))
        .line("windows", of_each)
}

/// Compares the file that was written with what filtering the whole input at once gives, and says so.
fn check(input: &Path, output: &Path, taps: &[f32], report: Report) -> Result<()> {
    let offline::Comparison { samples, difference, allowed } = offline::compare(input, output, taps)?;
    let words = format!(
        "{samples} samples against the offline result: largest difference {difference:.1e}, allowed {allowed:.1e}"
    );
    print(report.line("check", words))?;
    ensure!(
        difference <= allowed,
        "NOT verified: the streamed result is {difference:.1e} off, more than {allowed:.1e}"
    );
    print("verified")
}
