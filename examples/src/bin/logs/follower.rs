//! A file that grows, read line by line as `tail -F` would: each line is looked at where it lies in a `ByteStream`.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use memchr::memchr;
use ringfold::{ByteStream, Ring};
use ringfold_examples::Seam;
use same_file::Handle;

/// What a reader of the file can hold; a line and its end must fit.
pub const CAPACITY: usize = 256 << 10;

/// A file, and how far it was read.
///
/// When another file takes its place (it was rotated), it is first read to its end. When it became shorter (it was truncated), reading
/// starts over. What was in it then and was not read is lost, as is a truncation after which the file outgrew what was
/// read before anybody looked.
pub struct Follower {
    path: PathBuf,
    file: Handle,
    /// How far `file` was read.
    position: u64,
    /// What took its place.
    successor: Option<Handle>,
    is_missing: bool,
    stream: ByteStream,
    seam: Seam,
    /// So much of the stream has no line's end.
    searched: usize,
    /// The rest of this line is thrown away.
    skips: bool,
    pub counts: Counts,
    /// What the user should know, until somebody takes it.
    pub notes: Vec<Note>,
}

/// What was seen of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub bytes: u64,
    /// With those that were too long.
    pub lines: u64,
    pub too_long: u64,
    /// Lines across the seam: a plain ring would have had those in two pieces.
    pub across: u64,
    pub rotations: u64,
    pub truncations: u64,
}

/// Something unusual about the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Note {
    TooLong { line: u64 },
    Rotated,
    Truncated { lost: usize },
    Missing,
}

impl Follower {
    /// Starts at the beginning of a file.
    ///
    /// # Errors
    /// When it cannot be opened, or is no file with a beginning.
    pub fn open(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot follow {}", path.display());
        // Asked before, because opening a pipe would wait for somebody to write to it.
        ensure!(fs::metadata(path).with_context(cannot)?.is_file(), "{}: it is not a regular file", cannot());
        let file = File::open(path).with_context(cannot)?;
        let ring = Ring::with_capacity(CAPACITY).context("no memory for the stream")?;
        Ok(Self {
            path: path.to_owned(),
            file: Handle::from_file(file).with_context(cannot)?,
            position: 0,
            successor: None,
            is_missing: false,
            seam: Seam::of(&ring),
            stream: ByteStream::from(ring),
            searched: 0,
            skips: false,
            counts: Counts::default(),
            notes: Vec::new(),
        })
    }

    /// Reads on, once, and hands every line that ended to `see`. Returns whether there was anything new; never waits.
    pub fn step(&mut self, mut see: impl FnMut(&[u8])) -> Result<bool> {
        let read = match self.stream.read_from(self.file.as_file()) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(self.cannot_read(error)),
        };
        if read == 0 {
            return self.look_around(see);
        }
        self.position += read as u64;
        self.counts.bytes += read as u64;
        self.lines(&mut see);
        Ok(true)
    }

    /// Hands over what follows the last line's end, if anything does.
    pub fn finish(&mut self, mut see: impl FnMut(&[u8])) {
        if !self.stream.is_empty() && !self.skips {
            self.counts.lines += 1;
            see(self.stream.readable());
        }
        self.forget();
    }

    fn lines(&mut self, see: &mut impl FnMut(&[u8])) {
        let readable = self.stream.readable();
        let mut begins = 0;
        while let Some(length) = memchr(b'\n', &readable[begins + self.searched..]) {
            let ends = begins + self.searched + length;
            let line = &readable[begins..ends];
            if !self.skips {
                self.counts.lines += 1;
                self.counts.across += u64::from(self.seam.is_inside(line));
                see(line);
            }
            (self.skips, self.searched) = (false, 0);
            begins = ends + 1;
        }
        self.stream.consume(begins);
        self.searched = self.stream.len();
        if self.stream.is_full() || self.skips {
            self.skip();
        }
    }

    /// The stream holds the midst of a line that it can never hold as a whole.
    fn skip(&mut self) {
        if !self.skips {
            self.skips = true;
            self.counts.lines += 1;
            self.counts.too_long += 1;
            self.notes.push(Note::TooLong { line: self.counts.lines });
        }
        self.stream.clear();
        self.searched = 0;
    }

    /// At the end of the file: is it still the file, and as long as it was?
    fn look_around(&mut self, see: impl FnMut(&[u8])) -> Result<bool> {
        if let Some(successor) = self.successor.take() {
            self.finish(see);
            (self.file, self.position) = (successor, 0);
            self.counts.rotations += 1;
            self.notes.push(Note::Rotated);
            return Ok(true);
        }
        if self.file.as_file().metadata()?.len() < self.position {
            self.file.as_file().rewind().map_err(|error| self.cannot_read(error))?;
            self.position = 0;
            self.counts.truncations += 1;
            self.notes.push(Note::Truncated { lost: self.stream.len() });
            self.forget();
            return Ok(true);
        }
        match Handle::from_path(&self.path) {
            Ok(now) => {
                self.is_missing = false;
                // Something may have been appended to the old file between the last read and now, so it is read once more.
                self.successor = Some(now).filter(|now| *now != self.file);
            }
            Err(_) if self.is_missing => {}
            Err(_) => {
                self.is_missing = true;
                self.notes.push(Note::Missing);
            }
        }
        Ok(self.successor.is_some())
    }

    fn forget(&mut self) {
        self.stream.clear();
        (self.searched, self.skips) = (0, false);
    }

    fn cannot_read(&self, error: io::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(format!("cannot read on in {}", self.path.display()))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { line } => {
                write!(
                    f,
                    "line {line} is skipped: with its end it is longer than {CAPACITY} bytes, all that the stream holds"
                )
            }
            Self::Rotated => {
                write!(f, "another file has taken its place, and is followed from its beginning")
            }
            Self::Truncated { lost: 0 } => {
                write!(f, "the file was truncated, and is followed from its beginning")
            }
            Self::Truncated { lost } => {
                write!(f, "the file was truncated in the midst of a line, of which {lost} bytes are dropped")
            }
            Self::Missing => write!(f, "the file is gone; waiting for another in its place"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A file, its follower, and the lines that came.
    struct Scene {
        folder: tempfile::TempDir,
        file: File,
        follower: Follower,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log");
            let file = File::create_new(&path).unwrap();
            Self { follower: Follower::open(&path).unwrap(), folder, file }
        }

        /// Writes, and says what lines that brings.
        fn write(&mut self, bytes: &[u8]) -> Vec<String> {
            self.file.write_all(bytes).unwrap();
            self.lines()
        }

        fn lines(&mut self) -> Vec<String> {
            let mut lines = Vec::new();
            let mut see = |line: &[u8]| lines.push(String::from_utf8(line.to_vec()).unwrap());
            while self.follower.step(&mut see).unwrap() {}
            lines
        }
    }

    #[test]
    fn a_line_comes_when_its_end_does() {
        let mut scene = Scene::new();
        assert_eq!(scene.write(b"fo"), [""; 0]);
        assert_eq!(scene.write(b"ld"), [""; 0]);
        assert_eq!(scene.write(b"\n\nri"), ["fold", ""]);
        assert_eq!(scene.write(b"ng\n"), ["ring"]);
        assert_eq!(scene.follower.counts.lines, 3);
    }

    #[test]
    fn the_longest_line_fits_and_a_longer_one_is_skipped() {
        let mut scene = Scene::new();
        let longest = "x".repeat(CAPACITY - 1);
        assert_eq!(scene.write(format!("{longest}\nshort\n").as_bytes()), [longest.as_str(), "short"]);
        assert_eq!(scene.follower.counts.too_long, 0);
        for more in [0, 1, CAPACITY - 1, CAPACITY, 3 * CAPACITY] {
            scene.follower.notes.clear();
            let line = scene.follower.counts.lines + 1;
            assert_eq!(scene.write(format!("{longest}x{}\nshort\n", "y".repeat(more)).as_bytes()), ["short"]);
            assert_eq!(scene.follower.notes, [Note::TooLong { line }]);
        }
        assert_eq!((scene.follower.counts.lines, scene.follower.counts.too_long), (12, 5));
    }

    #[test]
    fn a_rotated_file_is_read_to_its_end_and_its_successor_from_its_beginning() {
        let mut scene = Scene::new();
        assert_eq!(scene.write(b"one\n"), ["one"]);
        scene.file.write_all(b"two\nthree").unwrap();
        let path = scene.folder.path().join("log");
        fs::rename(&path, scene.folder.path().join("log.1")).unwrap();
        assert_eq!(scene.lines(), ["two"]);
        assert_eq!(scene.lines(), [""; 0]);
        assert_eq!(scene.follower.notes, [Note::Missing], "and said once");
        scene.file = File::create_new(path).unwrap();
        assert_eq!(scene.write(b"four\n"), ["three", "four"]);
        assert_eq!(scene.follower.notes, [Note::Missing, Note::Rotated]);
    }

    #[test]
    fn a_truncated_file_is_read_from_its_beginning() {
        let mut scene = Scene::new();
        assert_eq!(scene.write(b"one\ntwo\nthr"), ["one", "two"]);
        scene.file.set_len(0).unwrap();
        scene.file.rewind().unwrap();
        assert_eq!(scene.write(b"four\n"), ["four"]);
        assert_eq!(scene.follower.notes, [Note::Truncated { lost: 3 }]);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = |path: &Path| format!("{:#}", Follower::open(path).err().unwrap());
        assert!(error(&folder.path().join("none")).contains("cannot follow"));
        assert!(error(folder.path()).contains("not a regular file"));
    }
}
