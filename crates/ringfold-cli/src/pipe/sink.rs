//! Where the bytes go.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{FileType, fstat, major};
use rustix::io::Errno;
use rustix::termios::isatty;

use super::control::poll_patiently;
use super::source::Source;
use super::streams::{path_of, refuse_closed};
use crate::failure::Failure;

/// Linux: the major number of /dev/null, /dev/zero, /dev/full, which take writes of any size.
const MEMORY_DEVICES: u32 = 1;

/// An open output.
pub struct Sink {
    fd: OwnedFd,
    name: String,
    is_record_device: bool,
}

impl Sink {
    /// Opens `path`, or takes standard output. Nothing is overwritten without `force`, and never `source`.
    pub fn open(path: Option<&Path>, force: bool, source: &Source) -> Result<Sink, Failure> {
        let path = path_of(path);
        let name = path.map_or("standard output".to_owned(), |path| format!("'{}'", path.display()));
        let opened = match path {
            Some(path) => create(path, force).map(OwnedFd::from),
            None => io::stdout().as_fd().try_clone_to_owned(),
        };
        let fd = opened.map_err(|error| cannot_open(&name, &error))?;
        if path.is_none() {
            refuse_closed(
                &fd,
                &name,
                "give it a place: ringfold pipe |, >FILE or -o FILE; -o /dev/null discards",
            )?;
        }
        let stat = fstat(&fd).map_err(|error| cannot_open(&name, &error.into()))?;
        if source.is_same_file(&stat) {
            return Err(Failure::new(
                format!("{name} is the input itself; writing it would destroy what is still to be read"),
                "write to another file, and rename it afterwards",
            ));
        }
        let kind = FileType::from_raw_mode(stat.st_mode);
        if path.is_some() && kind == FileType::RegularFile {
            rustix::fs::ftruncate(&fd, 0).map_err(|error| cannot_open(&name, &error.into()))?;
        }
        let is_device = kind == FileType::CharacterDevice && major(stat.st_rdev) != MEMORY_DEVICES;
        let is_record_device = is_device && !isatty(&fd);
        Ok(Sink { fd, name, is_record_device })
    }

    /// For people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A device such as a tape, to which each write is a record of its own.
    pub fn is_record_device(&self) -> bool {
        self.is_record_device
    }

    /// Writes the first bytes, at least one, and says how many. Waits where the other end is slow.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::io::write(&self.fd, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => return Ok(count),
                Err(Errno::INTR) => {}
                // Somebody who shares this pipe or terminal has made it non-blocking.
                Err(Errno::AGAIN) => {
                    poll_patiently(&mut [PollFd::new(&self.fd, PollFlags::OUT)], None)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Closes it. Network file systems report here that earlier writes were lost.
    pub fn close(self) -> io::Result<()> {
        let fd = self.fd.into_raw_fd();
        // SAFETY: `into_raw_fd` has just made this function the only owner of an open descriptor, and it is
        // not used after this line.
        Ok(unsafe { rustix::io::try_close(fd) }?)
    }
}

impl AsFd for Sink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Opens for writing without truncating: it might be the input.
fn create(path: &Path, force: bool) -> io::Result<File> {
    let is_file_or_absent = std::fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    let mut options = OpenOptions::new();
    options.write(true);
    match (is_file_or_absent, force) {
        (true, true) => options.create(true).truncate(false),
        (true, false) => options.create_new(true),
        (false, _) => &mut options,
    };
    options.open(path)
}

fn cannot_open(name: &str, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::AlreadyExists => "add -f to overwrite it, or choose another name",
        io::ErrorKind::NotFound => "its directory does not exist: make it first with mkdir -p",
        io::ErrorKind::PermissionDenied => "you may not write there: see ls -l, or choose another place",
        io::ErrorKind::IsADirectory => "name a file in that directory",
        _ => "check the path given with -o",
    };
    Failure::new(format!("cannot write {name}: {error}"), hint)
}
