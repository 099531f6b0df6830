//! The `ringfold` command: a buffer between two programs, a look at this machine, and a tour.

mod args;
mod doctor;
mod failure;
mod pipe;
mod size;
mod style;
mod tips;
mod tour;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| tips::with_tip(error).exit());
    let result = match cli.command {
        Command::Pipe(args) => pipe::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Tour(args) => tour::run(&args.only),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ringfold", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|failure| {
        // Whoever stopped reading a report knows that; and nobody can be told when standard error is gone.
        if failure.code() != failure::exit::PIPE {
            let _ = writeln!(anstream::stderr(), "{failure}");
        }
        ExitCode::from(failure.code())
    })
}
