//! How a transfer ended, in words and as an exit code.

use std::io;
use std::sync::atomic::Ordering::Relaxed;

use super::control::Control;
use super::reader::{ReadEnd, ReadReport};
use super::summary::Outcome;
use super::writer::WriteReport;
use crate::failure::{Failure, exit};

/// How it ended, and everything that went wrong.
pub struct Ending {
    pub outcome: Outcome,
    pub failures: Vec<Failure>,
}

impl Ending {
    /// Judges both sides. `names` are those of the source and the sink.
    pub fn new(
        control: &Control,
        (source, sink): &(String, String),
        read: &ReadReport,
        wrote: &WriteReport,
        closed: io::Result<()>,
    ) -> Ending {
        let mut failures = Vec::new();
        let mut outcome = Outcome::Complete;
        if let signal @ 1.. = control.signal.load(Relaxed) {
            outcome = Outcome::Interrupted;
            failures.push(interrupted(signal, control));
        }
        if let ReadEnd::Failed(error) = &read.end {
            outcome = Outcome::Failed;
            failures.push(cannot_read(source, error, control));
        }
        match &wrote.error {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                outcome = Outcome::Failed;
                failures.push(cannot_write(sink, error, control));
            }
            // Whoever leaves after the end has missed nothing.
            None if !matches!(read.end, ReadEnd::Stopped) || !control.vanished.load(Relaxed) => {}
            _ => {
                outcome = Outcome::DownstreamClosed;
                failures.push(downstream_closed(sink, control));
            }
        }
        if let Err(error) = closed {
            outcome = Outcome::Failed;
            failures.push(cannot_close(sink, &error));
        }
        Ending { outcome, failures }
    }

    /// Of the worst that happened, which is the last.
    pub fn exit_code(&self) -> u8 {
        self.failures.last().map_or(0, Failure::code)
    }

    /// A reader that has seen enough is no reason for many words.
    pub fn is_quiet(&self) -> bool {
        self.outcome == Outcome::DownstreamClosed
    }
}

/// A second signal while what was read could not be delivered.
pub fn given_up(control: &Control) -> Failure {
    let signal = control.signal.load(Relaxed);
    let what = format!("stopped by a second {}: {}", name(signal), progress(control));
    Failure::new(what, "").with_code(exit::SIGNAL + signal as u8)
}

fn interrupted(signal: usize, control: &Control) -> Failure {
    let what = format!("stopped by {}: {}", name(signal), progress(control));
    Failure::new(what, "").with_code(exit::SIGNAL + signal as u8)
}

fn downstream_closed(sink: &str, control: &Control) -> Failure {
    let delivered = control.written.load(Relaxed);
    let lost = match control.undelivered() {
        0 => "the rest of the input was not read".to_owned(),
        missing => format!("{missing} more had been read and are lost"),
    };
    Failure::new(format!("the reader of {sink} went away after {delivered} bytes; {lost}"), "")
        .with_code(exit::PIPE)
}

fn cannot_read(source: &str, error: &io::Error, control: &Control) -> Failure {
    let hint = match error.raw_os_error() {
        Some(5) => "the device reports damage; ddrescue reads around it",
        _ => "what was read before that was passed on, so the output is incomplete",
    };
    Failure::new(format!("cannot read {source} any further: {error}; {}", progress(control)), hint)
}

fn cannot_write(sink: &str, error: &io::Error, control: &Control) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull => "free some space there, or write elsewhere; the output is incomplete",
        io::ErrorKind::QuotaExceeded => "your quota is used up; the output is incomplete",
        io::ErrorKind::FileTooLarge => "see ulimit -f and the file system's limit; the output is incomplete",
        _ => "the output is incomplete",
    };
    Failure::new(format!("cannot write {sink}: {error}; {}", progress(control)), hint)
}

fn cannot_close(sink: &str, error: &io::Error) -> Failure {
    Failure::new(
        format!("closing {sink} failed: {error}"),
        "the file system lost something that it had accepted before; the output is incomplete",
    )
}

fn progress(control: &Control) -> String {
    let delivered = format!("{} bytes were delivered", control.written.load(Relaxed));
    match control.undelivered() {
        0 => format!("{delivered}, nothing that was read is missing"),
        missing => format!("{delivered}, {missing} more were read and not delivered"),
    }
}

fn name(signal: usize) -> &'static str {
    match i32::try_from(signal) {
        Ok(signal_hook::consts::SIGINT) => "SIGINT",
        Ok(signal_hook::consts::SIGTERM) => "SIGTERM",
        Ok(signal_hook::consts::SIGHUP) => "SIGHUP",
        _ => "a signal",
    }
}
