//! The thread that reads: from the source straight into the ring.

use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::io::Errno;

use super::control::Control;
use super::lanes::{Feed, Gone};
use super::limit::{Grant, Limit};
use super::source::{Readiness, Source};

/// What is needed to read.
pub struct Reader<'a> {
    pub source: &'a Source,
    pub control: &'a Control,
    pub feed: Feed,
    pub limit: Option<Limit>,
    /// At most so many bytes in one call.
    pub call: usize,
}

/// Why reading ended.
#[derive(Debug, Default)]
pub enum ReadEnd {
    /// Everything was read.
    EndOfInput,
    /// A signal, or the other side's end.
    #[default]
    Stopped,
    Failed(io::Error),
}

/// How reading went.
#[derive(Debug, Default)]
pub struct ReadReport {
    pub end: ReadEnd,
    pub calls: u64,
    /// Waiting for input to arrive, and reading it.
    pub in_input: Duration,
    /// Waiting for room in the ring.
    pub for_room: Duration,
    pub times_full: u64,
    /// Held back by the rate limit.
    pub throttled: Duration,
}

/// Bytes per second. No disk is faster, so a file that comes faster will not suddenly be late.
const MEMORY_SPEED: f64 = (1u64 << 30) as f64;

/// What one step came to.
enum Step {
    Read,
    End(ReadEnd),
}

impl Reader<'_> {
    /// Reads until the end, a signal or an error, then closes the ring.
    pub fn run(mut self) -> ReadReport {
        let mut report = ReadReport::default();
        report.end = loop {
            match self.step(&mut report) {
                Ok(Step::Read) => {}
                Ok(Step::End(end)) => break end,
                Err(error) => break ReadEnd::Failed(error),
            }
        };
        (report.times_full, report.for_room) = self.feed.waits();
        report
    }

    fn step(&mut self, report: &mut ReadReport) -> io::Result<Step> {
        let begin = Instant::now();
        if self.source.wait(self.control)? == Readiness::Stopped {
            report.in_input += begin.elapsed();
            return Ok(Step::End(ReadEnd::Stopped));
        }
        report.in_input += begin.elapsed();
        let Some(most) = self.allowed(report)? else {
            return Ok(Step::End(ReadEnd::Stopped));
        };
        report.calls += 1;
        let source = self.source;
        let mut took = Duration::ZERO;
        let filled = self.feed.fill(most, |room| {
            let begin = Instant::now();
            let result = rustix::io::read(source.as_fd(), room);
            took = begin.elapsed();
            Ok(result.map(|(bytes, _)| bytes)?)
        });
        report.in_input += took;
        match filled {
            Ok(Ok(0)) => Ok(Step::End(ReadEnd::EndOfInput)),
            Ok(Ok(count)) => {
                let came_from_memory = count as f64 > took.as_secs_f64() * MEMORY_SPEED;
                self.feed.patience.input_can_wait(source.is_file() && came_from_memory);
                self.count(count);
                Ok(Step::Read)
            }
            Ok(Err(error)) if may_go_on(&error) => Ok(Step::Read),
            Ok(Err(error)) => Err(error),
            Err(Gone) => Ok(Step::End(ReadEnd::Stopped)),
        }
    }

    /// How much may be read now; waits for the rate limit. `None`: no more is to be read.
    fn allowed(&mut self, report: &mut ReadReport) -> io::Result<Option<usize>> {
        let Some(limit) = &mut self.limit else {
            return Ok(Some(self.call));
        };
        let begin = Instant::now();
        let allowed = loop {
            match limit.ask(1, self.call, Instant::now()) {
                Grant::Now(bytes) => break Some(bytes),
                Grant::After(wait) => {
                    let time = Timespec::try_from(wait).unwrap_or_default();
                    if Source::sleep(self.control, time)? == Readiness::Stopped {
                        break None;
                    }
                }
            }
        };
        report.throttled += begin.elapsed();
        Ok(allowed)
    }

    fn count(&mut self, count: usize) {
        if let Some(limit) = &mut self.limit {
            limit.spend(count);
        }
        let Control { read, written, peak, .. } = self.control;
        let so_far = read.load(Relaxed) + count as u64;
        read.store(so_far, Relaxed);
        let on_the_way = so_far.saturating_sub(written.load(Relaxed));
        if on_the_way > peak.load(Relaxed) {
            peak.store(on_the_way, Relaxed);
        }
    }
}

/// Interrupted by a handler, or emptied by another process that shares a non-blocking input.
fn may_go_on(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    code == Some(Errno::INTR.raw_os_error()) || code == Some(Errno::AGAIN.raw_os_error())
}
