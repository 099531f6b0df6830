//! The file of `--stats-file`: never the input or the output, and only touched once both are known.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat, fstat, ftruncate, stat};

use super::streams::path_of;
use crate::args::PipeArgs;
use crate::failure::Failure;

/// A file that will hold the statistics. What was in it stays until they are written.
pub struct StatsFile {
    file: File,
    path: PathBuf,
}

impl StatsFile {
    /// Refuses a path that is the input or the output, before either is opened.
    pub fn check(args: &PipeArgs) -> Result<(), Failure> {
        let Some(path) = &args.stats_file else {
            return Ok(());
        };
        let (input, output) = (path_of(args.input.as_deref()), path_of(args.output.as_deref()));
        if is_same(path, input, io::stdin()) {
            return Err(refusal(path, "input"));
        }
        if is_same(path, output, io::stdout()) {
            return Err(refusal(path, "output"));
        }
        Ok(())
    }

    /// Opens it, and empties nothing.
    pub fn open(path: &Path) -> Result<StatsFile, Failure> {
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| cannot_write(path, &error))?;
        Ok(StatsFile { file, path: path.to_owned() })
    }

    /// A link to a file that was not yet there when the paths were compared.
    pub fn refuse_if_same(&self, other: impl AsFd, role: &str) -> Result<(), Failure> {
        match (fstat(&self.file), fstat(other)) {
            (Ok(ours), Ok(theirs)) if is_same_file(&ours, &theirs) => Err(refusal(&self.path, role)),
            _ => Ok(()),
        }
    }

    /// Replaces what was in it.
    pub fn write(mut self, json: &str) -> Result<(), Failure> {
        let emptied = match self.file.metadata() {
            Ok(metadata) if metadata.is_file() => ftruncate(&self.file, 0).map_err(io::Error::from),
            _ => Ok(()),
        };
        let written = emptied.and_then(|()| writeln!(self.file, "{json}"));
        written.map_err(|error| cannot_write(&self.path, &error))
    }
}

/// Whether `path` is the file that `other` names, or that is open as `stream` if there is no name.
fn is_same(path: &Path, other: Option<&Path>, stream: impl AsFd) -> bool {
    let theirs = match other {
        Some(other) => stat(other),
        None => fstat(stream),
    };
    match (stat(path), theirs, other) {
        (Ok(ours), Ok(theirs), _) => is_same_file(&ours, &theirs),
        // Neither is there yet.
        (Err(_), Err(_), Some(other)) => place(path).is_some_and(|ours| place(other) == Some(ours)),
        _ => false,
    }
}

/// Terminals and /dev/null may well be both.
fn is_same_file(one: &Stat, other: &Stat) -> bool {
    let is_character_device = FileType::from_raw_mode(one.st_mode) == FileType::CharacterDevice;
    !is_character_device && one.st_dev == other.st_dev && one.st_ino == other.st_ino
}

/// Where a file that is not there would be.
fn place(path: &Path) -> Option<PathBuf> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(directory.canonicalize().ok()?.join(path.file_name()?))
}

fn refusal(path: &Path, role: &str) -> Failure {
    Failure::new(
        format!("'{}' is the {role} itself; --stats-file would destroy it", path.display()),
        "give the statistics a file of their own",
    )
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("cannot write '{}' for --stats-file: {error}", path.display()),
        "choose a place where you may write",
    )
}
