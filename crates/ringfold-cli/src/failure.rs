//! What went wrong and what to do about it: the only way in which a command fails.

use std::fmt;
use std::io;

use crate::style::{BAD, DIM};

/// Exit codes, the same for every command; the help lists them.
pub mod exit {
    /// The transfer failed, or the doctor has warnings.
    pub const FAILED: u8 = 1;
    /// The command line is wrong (clap's own code).
    pub const USAGE: u8 = 2;
    /// The doctor found something that does not work.
    pub const UNFIT: u8 = 3;
    /// A signal ended it: 128 and its number.
    pub const SIGNAL: u8 = 128;
    /// The reader of our output went away: 128 and SIGPIPE's number, as if the signal had been delivered.
    pub const PIPE: u8 = SIGNAL + 13;
}

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    what: String,
    hint: String,
    code: u8,
}

impl Failure {
    /// `what` was wrong; `hint` says what would be right.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { what: what.into(), hint: hint.into(), code: exit::FAILED }
    }

    /// The same, with an exit code of its own.
    pub fn with_code(self, code: u8) -> Failure {
        Failure { code, ..self }
    }

    /// What the process exits with.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// What was wrong, without the hint.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BAD}ringfold:{BAD:#} {}", self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\n  {DIM}hint:{DIM:#} {}", self.hint)?;
        }
        Ok(())
    }
}

/// A report that nobody reads any more ends quietly, as if by SIGPIPE.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let failure = Failure::new(format!("cannot print the report: {error}"), "");
        match error.kind() {
            io::ErrorKind::BrokenPipe => failure.with_code(exit::PIPE),
            _ => failure,
        }
    }
}

impl From<ringfold::memory::Error> for Failure {
    fn from(error: ringfold::memory::Error) -> Failure {
        Failure::new(
            format!("no memory for the ring: {error}"),
            "'ringfold doctor' shows this machine's limits",
        )
    }
}
