//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use ringfold::memory::HugePages;

use crate::pipe::checksum::Algorithm;
use crate::size::{Amount, Size, watermark};
use crate::tour;

const EXAMPLES: &str = "\
Examples:
  ringfold tour                               see what it does, in under 20 seconds
  ringfold doctor                             see what this machine can do
  tar -c src | ringfold pipe | zstd > src.tar.zst
  ringfold pipe -i disk.img -o /mnt/disk.img --checksum xxh3
";

const PIPE_EXAMPLES: &str = "\
Examples:
  producer | ringfold pipe | consumer                      smooth out the bursts of either side
  zfs send pool/data@1 | ringfold pipe -m 1G | ssh host zfs receive backup/data
  tar -c . | ringfold pipe -m 4G -P 80 -o /dev/nst0        write to tape only when 80 % is there
  ringfold pipe -i in.img -o out.img --checksum blake3     copy, and print what was delivered
  ringfold pipe -i big.iso -R 20M -o /mnt/nas/big.iso      at most 20 MiB per second
  producer | ringfold pipe -q --stats json | consumer      one JSON object on standard error
";

const PIPE_AFTER: &str = "\
Exit codes:
    0  everything that was read was delivered
    1  reading or writing failed; the message says how far it got
    2  the command line is wrong
  141  the reader of the output went away early (128 + SIGPIPE)
  130, 143, 129  stopped by SIGINT, SIGTERM, SIGHUP: reading stops, what was read is still
       delivered; a second signal stops at once and says what was not delivered

Sizes take b, k, M, G, T (1024 each). An i, B or /s after the letter changes nothing: 64k, 64kB
and 64KiB are the same, and so are 1M and 1MiB/s.

Memory is taken as it is needed: while the consumer keeps up, the data stays in a small ring that
fits the processor's cache, and -m is only the limit of the large one.";

/// Every field of `Summary`.
const PIPE_JSON: &str = "\
The JSON object (--stats json, --stats-file); times are in seconds, sizes in bytes:
  version            1; grows when a field changes its meaning or goes
  outcome            complete, interrupted, downstream_closed or failed; failed, with zeros, also
                     where the input, the output or the memory could not be had
  exit_code, errors  as the process exits, and the messages that were printed
  bytes_read, bytes_delivered, bytes_undelivered, seconds, bytes_per_second
  reader             calls, in_input_seconds, waited_for_room_seconds, times_full,
                     throttled_seconds (by -r)
  writer             calls, in_output_seconds, waited_for_data_seconds, times_empty,
                     held_by_watermark_seconds (by -P), throttled_seconds (by -R)
  memory             allowed_bytes (-m), capacity_bytes (both rings), near_bytes (the small one),
                     block_bytes, peak_fill_bytes
  bottleneck         input, output, limit_in, limit_out, watermark or neither; null when the
                     transfer failed or was too short to tell
  verdict            the same in words; null when the transfer failed
  checksum           algorithm and hex, or null

A closed standard input or output (<&-, >&-) is an error. It cannot be told from /dev/null opened
for both directions (<>/dev/null, Python's subprocess.DEVNULL), which is refused too; </dev/null,
>/dev/null, -i /dev/null and -o /dev/null work.";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  ringfold doctor                  what this machine can do, and what would make it faster
  ringfold doctor --json           the same for programs
  ringfold doctor && run-my-job    only where everything is OK
";

const DOCTOR_AFTER: &str = "\
Exit codes (the worst line decides):
    0  every line is OK
    1  at least one WARN: it works, and could be better
    2  the command line is wrong
    3  at least one FAIL: something does not work";

const TOUR_EXAMPLES: &str = "\
Examples:
  ringfold tour                               every stop, in about 13 seconds
  ringfold tour --only list                   one of them
  ringfold tour --only spsc --only mpsc       two of them
";

const TOUR_AFTER: &str = "\
Each contestant runs for 0.6 s, so that all stops take about 13 s. The stop at the list takes up to \
1.1 GiB of memory, half of it for its rival; all others take a few MiB.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ringfold completions bash > ~/.local/share/bash-completion/completions/ringfold
  ringfold completions zsh > ~/.zfunc/_ringfold
  ringfold completions fish > ~/.config/fish/completions/ringfold.fish
";

/// Rings on memory that folds onto itself: a buffer between two programs, and more.
#[derive(Debug, Parser)]
#[command(name = "ringfold", version, before_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Pipe(PipeArgs),
    Doctor(DoctorArgs),
    Tour(TourArgs),
    /// Prints a completion script for a shell
    #[command(before_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Buffers a stream between two programs, and says which of them was the bottleneck
#[derive(Args, Debug)]
#[command(before_help = PIPE_EXAMPLES, after_help = PIPE_AFTER, after_long_help = format!("{PIPE_AFTER}\n\n{PIPE_JSON}"))]
pub struct PipeArgs {
    /// Reads FILE instead of standard input ('-' is standard input)
    #[arg(short = 'i', long, value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// Writes FILE instead of standard output ('-' is standard output); refuses to overwrite
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Overwrites the output file if it exists
    #[arg(short = 'f', long, requires = "output")]
    pub force: bool,

    /// Most memory for the large ring, rounded down to a power of two; N% of what this process may use. A small
    /// ring of 1 to 4 MiB comes on top, except with -P, -p, -L or --huge-pages
    /// [default: 256M, or a quarter of what there is]
    #[arg(short = 'm', long, value_name = "SIZE")]
    pub memory: Option<Amount>,

    /// Block size: a device is written one block per call; elsewhere blocks that are ready go together
    /// [default: 64k]
    #[arg(short = 's', long, value_name = "SIZE")]
    pub block: Option<Size>,

    /// Starts writing, and starts again whenever the buffer ran empty, once it is PERCENT full
    #[arg(short = 'P', long, value_name = "PERCENT", default_value_t = 0, value_parser = watermark)]
    pub start: u8,

    /// After the buffer was full, starts reading again once it is down to PERCENT
    #[arg(short = 'p', long, value_name = "PERCENT", default_value_t = 100, value_parser = watermark)]
    pub restart: u8,

    /// Reads at most so many bytes per second
    #[arg(short = 'r', long, value_name = "RATE")]
    pub limit_in: Option<Size>,

    /// Writes at most so many bytes per second
    #[arg(short = 'R', long, value_name = "RATE")]
    pub limit_out: Option<Size>,

    /// Prints a checksum of what was delivered on standard error
    #[arg(long, value_name = "ALGORITHM")]
    pub checksum: Option<Algorithm>,

    /// Huge pages under the buffer
    #[arg(long, value_name = "WHETHER", default_value = "never")]
    pub huge_pages: Huge,

    /// Takes all the memory at once and keeps it off the swap
    #[arg(short = 'L', long)]
    pub lock: bool,

    /// Prints what happened as one JSON object on standard error, instead of the closing words
    #[arg(long, value_name = "FORMAT")]
    pub stats: Option<StatsFormat>,

    /// Writes that JSON object to FILE, which is overwritten, and keeps the closing words
    #[arg(long, value_name = "FILE")]
    pub stats_file: Option<PathBuf>,

    /// No progress and no closing words; errors, and a checksum or JSON that was asked for, stay. Of
    /// a reader that went away, only the exit code tells
    #[arg(short = 'q', long)]
    pub quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatsFormat {
    /// One object
    Json,
}

/// The words for [`HugePages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Huge {
    /// Ordinary pages
    Never,
    /// Where they can be had
    Try,
    /// Or fail
    Require,
}

impl From<Huge> for HugePages {
    fn from(huge: Huge) -> HugePages {
        match huge {
            Huge::Never => HugePages::Never,
            Huge::Try => HugePages::Try,
            Huge::Require => HugePages::Require,
        }
    }
}

/// Pushes a verified stream through every ring there is, and says how fast it was
#[derive(Args, Debug)]
#[command(before_help = TOUR_EXAMPLES, after_help = TOUR_AFTER)]
pub struct TourArgs {
    /// Visits this stop only; may be repeated
    #[arg(long, value_name = "STOP", value_parser = PossibleValuesParser::new(tour::stops()))]
    pub only: Vec<String>,
}

/// Says what this machine can do, and what would make it faster
#[derive(Args, Debug)]
#[command(before_help = DOCTOR_EXAMPLES, after_help = DOCTOR_AFTER)]
pub struct DoctorArgs {
    /// One JSON object on standard output
    #[arg(long)]
    pub json: bool,
}
