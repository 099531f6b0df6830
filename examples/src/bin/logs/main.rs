//! An access log analysed as it grows: lines are parsed where they lie in a `ByteStream`, and the moving windows are rings that
//! overwrite what is too old.

mod analysis;
mod entry;
mod findings;
mod follower;
mod made_up;
mod offline;
mod synth;
mod users;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use ringfold_examples::end;

const EXAMPLES: &str = "\
Examples:
  logs                                      makes up a log, analyses it while it grows, and checks
  logs --dir demo                           the same, and leaves the log in the folder demo
  logs --follow /var/log/nginx/access.log   your own, until Ctrl-C
";

const AFTER: &str = "\
Exit codes:
  0  the findings are those of an offline computation; with --follow, it was ended by Ctrl-C
  1  they are not, or a file could not be read or written; the message says which
  2  the command line is wrong

Lines are those of the common or the combined log format; a status of 500 or more is an error. A \
file that is renamed or truncated meanwhile is followed all the same. Some made-up lines are too \
long on purpose.";

/// Finds error rates and what is most asked for in a web server's log, while that grows
#[derive(Debug, Parser)]
#[command(name = "logs", before_help = EXAMPLES, after_help = AFTER, max_term_width = 100)]
struct Args {
    /// Follows FILE from its beginning until Ctrl-C, instead of a log that is made up
    #[arg(short, long, value_name = "FILE")]
    follow: Option<PathBuf>,

    /// How many of the paths that are most asked for are shown
    #[arg(short, long, value_name = "K", default_value_t = 5)]
    top: usize,

    /// Leaves the made-up log in FOLDER; without it, it is removed at the end
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "follow")]
    dir: Option<PathBuf>,

    /// How much is made up before the analysis begins, in MiB; a quarter of it is appended meanwhile
    #[arg(short, long, value_name = "N", default_value_t = 128, conflicts_with = "follow", value_parser = clap::value_parser!(u64).range(1..=16 << 10))]
    mebibytes: u64,

    /// 4 MiB instead of 128
    #[arg(long, conflicts_with_all = ["mebibytes", "follow"])]
    quick: bool,
}

fn main() -> ExitCode {
    end("logs", run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    match &args.follow {
        Some(path) => users::run(path, args.top),
        None => {
            made_up::run(args.dir.as_deref(), if args.quick { 4 } else { args.mebibytes } << 20, args.top)
        }
    }
}
