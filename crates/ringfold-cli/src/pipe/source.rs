//! Where the bytes come from.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::event::Timespec;
use rustix::fs::{FileType, Stat, fstat, tell};

use super::control::{Control, poll_patiently, readable};
use super::streams::{path_of, refuse_closed};
use crate::failure::Failure;

/// An open input.
pub struct Source {
    fd: OwnedFd,
    name: String,
    stat: Stat,
    kind: FileType,
}

/// What a wait for input came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// The time is up.
    NotYet,
    /// No more is to be read.
    Stopped,
}

impl Source {
    /// Opens `path`, or takes standard input.
    pub fn open(path: Option<&Path>) -> Result<Source, Failure> {
        let path = path_of(path);
        let name = path.map_or("standard input".to_owned(), |path| format!("'{}'", path.display()));
        let opened = match path {
            Some(path) => File::open(path).map(OwnedFd::from),
            None => io::stdin().as_fd().try_clone_to_owned(),
        };
        let fd = opened.map_err(|error| cannot_open(&name, &error))?;
        if path.is_none() {
            refuse_closed(
                &fd,
                &name,
                "give it something to read: | ringfold pipe, <FILE or -i FILE; -i /dev/null is empty",
            )?;
        }
        let stat = fstat(&fd).map_err(|error| cannot_open(&name, &error.into()))?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::Directory {
            let shown = path.map_or(".".to_owned(), |path| path.display().to_string());
            return Err(Failure::new(
                format!("{name} is a directory, not a stream of bytes"),
                format!("send what is in it: tar -c {shown} | ringfold pipe"),
            ));
        }
        Ok(Source { fd, name, stat, kind })
    }

    /// For people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes are to come, where that is known.
    pub fn remaining(&self) -> Option<u64> {
        if self.kind != FileType::RegularFile {
            return None;
        }
        let at = tell(&self.fd).unwrap_or(0);
        // A size of zero is what /proc gives for files that are not empty.
        u64::try_from(self.stat.st_size).ok().filter(|size| *size > 0).map(|size| size.saturating_sub(at))
    }

    /// The same file as the one that `other` describes, so that reading would meet one's own writing.
    pub fn is_same_file(&self, other: &Stat) -> bool {
        let shared = matches!(self.kind, FileType::RegularFile | FileType::BlockDevice);
        shared && self.stat.st_dev == other.st_dev && self.stat.st_ino == other.st_ino
    }

    /// A file on a disk: it is not late, and nobody is held up by our not reading it.
    pub fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }

    /// Waits until there is something to read, or the end. Files are always ready.
    pub fn wait(&self, control: &Control) -> io::Result<Readiness> {
        if control.must_stop() {
            return Ok(Readiness::Stopped);
        }
        if matches!(self.kind, FileType::RegularFile | FileType::BlockDevice) {
            return Ok(Readiness::Ready);
        }
        let mut fds = [readable(self.fd.as_fd()), readable(control.halt.ear())];
        poll_patiently(&mut fds, None)?;
        Ok(if fds[1].revents().is_empty() { Readiness::Ready } else { Readiness::Stopped })
    }

    /// Sleeps, unless no more is to be read.
    pub fn sleep(control: &Control, time: Timespec) -> io::Result<Readiness> {
        let woken = poll_patiently(&mut [readable(control.halt.ear())], Some(time))?;
        Ok(if woken == 0 { Readiness::NotYet } else { Readiness::Stopped })
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn cannot_open(name: &str, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path; without -i, standard input is read",
        io::ErrorKind::PermissionDenied => "you may not read it: see ls -l, or run as a user who may",
        _ => "check the path given with -i",
    };
    Failure::new(format!("cannot read {name}: {error}"), hint)
}
