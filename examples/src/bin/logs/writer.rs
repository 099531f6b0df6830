//! A program that goes on writing its log while it is read, and has it rotated in both of the ways that there are.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use indicatif::ProgressBar;
use ringfold_examples::Folder;

use crate::synth::Synth;

/// The log's name; what was rotated away has a number behind it.
const NAME: &str = "access.log";

/// How far the reader is, for a writer that must not truncate what was not read. (A real one truncates all the same, and
/// what was not read is lost.)
#[derive(Default)]
pub struct Reader {
    pub bytes: AtomicU64,
    pub truncations: AtomicU64,
    pub is_gone: AtomicBool,
}

impl Reader {
    fn wait_until(&self, reached: impl Fn() -> bool) -> Result<()> {
        while !reached() {
            if self.is_gone.load(Relaxed) {
                bail!("the reader is gone, so nothing more is written");
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// Writes the log.
pub struct Writer<'a> {
    folder: &'a Folder,
    file: File,
    random: Rng,
    pub synth: Synth,
}

impl<'a> Writer<'a> {
    pub fn new(folder: &'a Folder, synth: Synth) -> Result<Self> {
        Ok(Self { folder, file: folder.create(NAME)?, random: Rng::with_seed(7), synth })
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path(NAME)
    }

    /// The files that are the whole log, the oldest first, when everything was written.
    pub fn files(&self) -> [PathBuf; 3] {
        ["access.log.1", "access.log.2", NAME].map(|name| self.folder.path(name))
    }

    /// Writes so many bytes at once, before anybody reads.
    pub fn prepare(&mut self, bytes: u64, bar: &ProgressBar) -> Result<()> {
        let end = self.synth.written.bytes + bytes;
        let mut text = Vec::new();
        while self.synth.written.bytes < end {
            text.clear();
            self.synth.fill(&mut text, 1 << 20);
            self.append(&text)?;
            bar.inc(text.len() as u64);
        }
        Ok(())
    }

    /// Writes so many bytes piece by piece. A third of the way on the log is renamed and a new one begun; after another third
    /// it is copied and truncated.
    pub fn go_on(&mut self, bytes: u64, reader: &Reader) -> Result<()> {
        self.pieces(bytes / 3, reader)?;
        let [renamed, copied, path] = self.files();
        fs::rename(&path, renamed).with_context(|| format!("cannot rename {}", path.display()))?;
        self.file = self.folder.create(NAME)?;
        self.pieces(bytes / 3, reader)?;
        reader.wait_until(|| reader.bytes.load(Relaxed) == self.synth.written.bytes)?;
        fs::copy(&path, copied).with_context(|| format!("cannot copy {}", path.display()))?;
        self.truncate().with_context(|| format!("cannot truncate {}", path.display()))?;
        reader.wait_until(|| reader.truncations.load(Relaxed) == 1)?;
        self.pieces(bytes / 3, reader)
    }

    /// Whole lines in pieces that care for no line's end.
    fn pieces(&mut self, bytes: u64, reader: &Reader) -> Result<()> {
        let mut text = Vec::new();
        self.synth.fill(&mut text, bytes as usize);
        let mut rest = &text[..];
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(self.random.usize(1..256 << 10).min(rest.len()));
            self.append(piece)?;
            rest = behind;
            reader.wait_until(|| true)?;
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn append(&mut self, text: &[u8]) -> Result<()> {
        self.file.write_all(text).with_context(|| format!("cannot write {}", self.path().display()))
    }

    fn truncate(&mut self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file = OpenOptions::new().append(true).open(self.path())?;
        Ok(())
    }
}
