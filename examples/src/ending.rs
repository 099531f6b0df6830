use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Error, Result};

/// Prints what went wrong, if anything did, and gives the code to exit with: 0, or 1 for a failure or a result that was not
/// verified. clap has taken 2 for a wrong command line.
pub fn end(scenario: &str, result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_unread(&error) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody can be told when standard error is gone.
            let _ = writeln!(io::stderr(), "{scenario}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever stopped reading a report knows that.
fn is_unread(error: &Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
