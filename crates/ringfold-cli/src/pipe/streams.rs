//! Standard input and output, and what stands in for them when they were closed.

use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};

use crate::failure::Failure;

/// The path that was given, unless it means the standard stream.
pub fn path_of(given: Option<&Path>) -> Option<&Path> {
    given.filter(|path| *path != Path::new("-"))
}

/// Refuses a standard stream that was closed (`>&-`): before `main`, Rust's runtime puts `/dev/null`, opened for
/// reading and writing, in its place, where everything would be lost without a word.
///
/// `</dev/null` and `>/dev/null` are opened for one direction only and pass. `<>/dev/null` cannot be told from it, nor
/// can the null device of a program that opens it for both directions (Python's `subprocess.DEVNULL`).
pub fn refuse_closed(stream: impl AsFd, name: &str, instead: &str) -> Result<(), Failure> {
    if !is_stand_in(stream).unwrap_or(false) {
        return Ok(());
    }
    Err(Failure::new(format!("{name} is closed (or /dev/null, opened for both directions)"), instead))
}

fn is_stand_in(stream: impl AsFd) -> rustix::io::Result<bool> {
    let (ours, null) = (fstat(&stream)?, stat("/dev/null")?);
    let is_device = FileType::from_raw_mode(ours.st_mode) == FileType::CharacterDevice;
    let is_null = is_device && ours.st_rdev == null.st_rdev;
    Ok(is_null && fcntl_getfl(&stream)?.contains(OFlags::RDWR))
}
