//! The closing words, and the same as JSON: what happened.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::Serialize;

use super::checksum::Algorithm;
use super::control::Control;
use super::ending::Ending;
use super::plan::Plan;
use super::reader::ReadReport;
use super::verdict::{Bottleneck, Waits, seconds};
use super::writer::WriteReport;
use crate::failure::Failure;
use crate::size::{human, human_rate};
use crate::style::{BOLD, DIM};

const VERSION: u32 = 1;

/// Everything there is to say about a transfer. Times are in seconds, sizes in bytes. The long help lists the
/// fields; [`VERSION`] grows when one changes its meaning or goes.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub version: u32,
    pub outcome: Outcome,
    pub exit_code: u8,
    /// The errors, as printed.
    pub errors: Vec<String>,
    pub bytes_read: u64,
    pub bytes_delivered: u64,
    pub bytes_undelivered: u64,
    pub seconds: f64,
    pub bytes_per_second: f64,
    pub reader: ReaderTimes,
    pub writer: WriterTimes,
    pub memory: MemoryUse,
    /// `None` when the transfer failed, or was too short to tell.
    pub bottleneck: Option<Bottleneck>,
    /// `None` when the transfer failed.
    pub verdict: Option<String>,
    pub checksum: Option<ChecksumResult>,
}

impl Summary {
    /// Puts together what each part knows.
    pub fn new(
        plan: &Plan,
        control: &Control,
        ending: &Ending,
        read: &ReadReport,
        wrote: &WriteReport,
        took: Duration,
        checksum: Option<ChecksumResult>,
    ) -> Summary {
        let waits = Waits {
            whole: took,
            for_room: read.for_room,
            for_data: wrote.for_data,
            held: wrote.held,
            throttled_in: read.throttled,
            throttled_out: wrote.throttled,
        };
        let delivered = control.written.load(Relaxed);
        // A side that failed has waited for nobody.
        let ran = matches!(ending.outcome, Outcome::Complete | Outcome::Interrupted);
        Summary {
            version: VERSION,
            outcome: ending.outcome,
            exit_code: ending.exit_code(),
            errors: ending.failures.iter().map(|failure| failure.what().to_owned()).collect(),
            bytes_read: control.read.load(Relaxed),
            bytes_delivered: delivered,
            bytes_undelivered: control.undelivered(),
            seconds: took.as_secs_f64(),
            bytes_per_second: delivered as f64 / took.as_secs_f64().max(1e-9),
            reader: ReaderTimes::new(read),
            writer: WriterTimes::new(wrote),
            memory: MemoryUse::new(plan, control.peak.load(Relaxed)),
            bottleneck: ran.then(|| waits.bottleneck()).flatten(),
            verdict: ran.then(|| waits.verdict()),
            checksum,
        }
    }

    /// Of a transfer that could not begin.
    pub fn not_begun(plan: &Plan, failure: &Failure) -> Summary {
        Summary {
            version: VERSION,
            outcome: Outcome::Failed,
            exit_code: failure.code(),
            errors: vec![failure.what().to_owned()],
            bytes_read: 0,
            bytes_delivered: 0,
            bytes_undelivered: 0,
            seconds: 0.0,
            bytes_per_second: 0.0,
            reader: ReaderTimes::new(&ReadReport::default()),
            writer: WriterTimes::new(&WriteReport::default()),
            memory: MemoryUse::new(plan, 0),
            bottleneck: None,
            verdict: None,
            checksum: None,
        }
    }
}

impl ReaderTimes {
    fn new(read: &ReadReport) -> ReaderTimes {
        ReaderTimes {
            calls: read.calls,
            in_input_seconds: read.in_input.as_secs_f64(),
            waited_for_room_seconds: read.for_room.as_secs_f64(),
            times_full: read.times_full,
            throttled_seconds: read.throttled.as_secs_f64(),
        }
    }
}

impl WriterTimes {
    fn new(wrote: &WriteReport) -> WriterTimes {
        WriterTimes {
            calls: wrote.calls,
            in_output_seconds: wrote.in_output.as_secs_f64(),
            waited_for_data_seconds: wrote.for_data.as_secs_f64(),
            times_empty: wrote.times_empty,
            held_by_watermark_seconds: wrote.held.as_secs_f64(),
            throttled_seconds: wrote.throttled.as_secs_f64(),
        }
    }
}

impl MemoryUse {
    fn new(plan: &Plan, peak_fill_bytes: u64) -> MemoryUse {
        MemoryUse {
            allowed_bytes: plan.memory,
            capacity_bytes: plan.both_rings(),
            near_bytes: plan.near.unwrap_or(0) as u64,
            block_bytes: plan.block as u64,
            peak_fill_bytes,
        }
    }

    /// What `-m` came to, where that is less than what it said.
    fn rounded(&self) -> Option<String> {
        let ring = self.capacity_bytes - self.near_bytes;
        let (ring, allowed) = (human(ring), (ring < self.allowed_bytes).then(|| human(self.allowed_bytes))?);
        Some(format!(" (-m is {ring}, rounded down from {allowed})"))
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Complete,
    DownstreamClosed,
    Interrupted,
    Failed,
}

/// Where the reading thread spent its time.
#[derive(Debug, Serialize)]
pub struct ReaderTimes {
    pub calls: u64,
    pub in_input_seconds: f64,
    pub waited_for_room_seconds: f64,
    pub times_full: u64,
    pub throttled_seconds: f64,
}

/// Where the writing thread spent its time.
#[derive(Debug, Serialize)]
pub struct WriterTimes {
    pub calls: u64,
    pub in_output_seconds: f64,
    pub waited_for_data_seconds: f64,
    pub times_empty: u64,
    pub held_by_watermark_seconds: f64,
    pub throttled_seconds: f64,
}

/// What was allowed, taken and needed.
#[derive(Debug, Serialize)]
pub struct MemoryUse {
    pub allowed_bytes: u64,
    /// Of both rings together.
    pub capacity_bytes: u64,
    /// Of these, the small ring that fits the cache; 0 where there is none.
    pub near_bytes: u64,
    pub block_bytes: u64,
    pub peak_fill_bytes: u64,
}

/// A checksum of the delivered bytes.
#[derive(Debug, Serialize)]
pub struct ChecksumResult {
    pub algorithm: &'static str,
    pub hex: String,
}

impl ChecksumResult {
    pub fn new(algorithm: Algorithm, hex: String) -> ChecksumResult {
        ChecksumResult { algorithm: algorithm.name(), hex }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (delivered, took) = (human(self.bytes_delivered), seconds(self.seconds));
        write!(f, "{BOLD}{delivered}{BOLD:#} in {took}, {}", human_rate(self.bytes_per_second))?;
        if self.bytes_undelivered > 0 {
            write!(f, "; {} bytes were read and not delivered", self.bytes_undelivered)?;
        }
        if let Some(verdict) = &self.verdict {
            write!(f, "\n  {DIM}verdict{DIM:#}  {verdict}")?;
        }
        let MemoryUse { capacity_bytes, peak_fill_bytes, .. } = self.memory;
        let (peak, capacity) = (human(peak_fill_bytes), human(capacity_bytes));
        write!(f, "\n  {DIM}buffer{DIM:#}   at most {peak} of {capacity} full")?;
        f.write_str(&self.memory.rounded().unwrap_or_default())?;
        if let Some(checksum) = &self.checksum {
            write!(f, "\n  {checksum}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ChecksumResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DIM}{:<7}{DIM:#}  {}", self.algorithm, self.hex)
    }
}
