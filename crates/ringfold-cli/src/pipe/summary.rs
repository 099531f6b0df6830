//! The closing words: what happened, and who was the bottleneck.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::Serialize;

use super::checksum::Algorithm;
use super::control::Control;
use super::ending::Ending;
use super::plan::Plan;
use super::reader::ReadReport;
use super::writer::WriteReport;
use crate::size::{human, human_rate};
use crate::style::{BOLD, DIM};

/// Everything there is to say about a transfer. Times are in seconds, sizes in bytes.
#[derive(Debug, Serialize)]
pub struct Summary {
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
    pub bottleneck: Bottleneck,
    pub verdict: String,
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
            throttled_in: read.throttled,
            throttled_out: wrote.throttled,
        };
        let delivered = control.written.load(Relaxed);
        Summary {
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
            memory: MemoryUse::new(plan, control),
            bottleneck: waits.bottleneck(),
            verdict: waits.verdict(),
            checksum,
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
    fn new(plan: &Plan, control: &Control) -> MemoryUse {
        MemoryUse {
            allowed_bytes: plan.memory,
            capacity_bytes: plan.capacity as u64,
            block_bytes: plan.block as u64,
            peak_fill_bytes: control.peak.load(Relaxed),
        }
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
    pub capacity_bytes: u64,
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

/// Which side the other one had to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bottleneck {
    Input,
    Output,
    LimitIn,
    LimitOut,
    Neither,
}

/// The times that decide on the [`Bottleneck`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    pub whole: Duration,
    pub for_room: Duration,
    pub for_data: Duration,
    pub throttled_in: Duration,
    pub throttled_out: Duration,
}

impl Waits {
    /// A side counts as the bottleneck when the other has waited for it for a tenth of the time.
    pub fn bottleneck(&self) -> Bottleneck {
        let much = |time: Duration, part: u32| time * part >= self.whole && !time.is_zero();
        match () {
            _ if much(self.throttled_out, 2) && self.throttled_out >= self.throttled_in => {
                Bottleneck::LimitOut
            }
            _ if much(self.throttled_in, 2) => Bottleneck::LimitIn,
            _ if much(self.for_room, 10) && self.for_room >= self.for_data => Bottleneck::Output,
            _ if much(self.for_data, 10) => Bottleneck::Input,
            _ => Bottleneck::Neither,
        }
    }

    /// The bottleneck in words.
    pub fn verdict(&self) -> String {
        let room = format!("reading waited {} for room", self.share(self.for_room));
        let data = format!("writing waited {} for data", self.share(self.for_data));
        match self.bottleneck() {
            Bottleneck::Output => format!("the output was the bottleneck: {room}, {data}"),
            Bottleneck::Input => format!("the input was the bottleneck: {data}, {room}"),
            Bottleneck::LimitIn => {
                format!(
                    "the limit -r was the bottleneck: it held reading for {}",
                    self.share(self.throttled_in)
                )
            }
            Bottleneck::LimitOut => {
                format!(
                    "the limit -R was the bottleneck: it held writing for {}",
                    self.share(self.throttled_out)
                )
            }
            Bottleneck::Neither => format!("neither side was a bottleneck: {room}, {data}"),
        }
    }

    fn share(&self, time: Duration) -> String {
        let percent = 100.0 * time.as_secs_f64() / self.whole.as_secs_f64().max(1e-9);
        format!("{} ({:.0} %)", seconds(time.as_secs_f64()), percent.min(100.0))
    }
}

/// Seconds for people.
fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.0995 => format!("{:.1} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.2} s"),
        s => format!("{}:{:02} min", s as u64 / 60, s as u64 % 60),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (delivered, took) = (human(self.bytes_delivered), seconds(self.seconds));
        write!(f, "{BOLD}{delivered}{BOLD:#} in {took}, {}", human_rate(self.bytes_per_second))?;
        if self.bytes_undelivered > 0 {
            write!(f, "; {} bytes were read and not delivered", self.bytes_undelivered)?;
        }
        write!(f, "\n  {DIM}verdict{DIM:#}  {}", self.verdict)?;
        let MemoryUse { capacity_bytes, peak_fill_bytes, .. } = self.memory;
        let (peak, capacity) = (human(peak_fill_bytes), human(capacity_bytes));
        write!(f, "\n  {DIM}buffer{DIM:#}   at most {peak} of {capacity} full")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(for_room: u64, for_data: u64, throttled_in: u64, throttled_out: u64) -> Waits {
        let ms = Duration::from_millis;
        Waits {
            whole: ms(1000),
            for_room: ms(for_room),
            for_data: ms(for_data),
            throttled_in: ms(throttled_in),
            throttled_out: ms(throttled_out),
        }
    }

    #[test]
    fn the_side_that_was_waited_for_is_the_bottleneck() {
        assert_eq!(waits(830, 10, 0, 0).bottleneck(), Bottleneck::Output);
        assert_eq!(waits(10, 830, 0, 0).bottleneck(), Bottleneck::Input);
        assert_eq!(waits(90, 90, 0, 0).bottleneck(), Bottleneck::Neither);
        assert_eq!(waits(0, 900, 800, 0).bottleneck(), Bottleneck::LimitIn);
        assert_eq!(waits(900, 0, 0, 800).bottleneck(), Bottleneck::LimitOut);
        assert_eq!(Waits::default().bottleneck(), Bottleneck::Neither);
    }

    #[test]
    fn the_verdict_names_the_times() {
        let verdict = waits(830, 10, 0, 0).verdict();
        assert_eq!(
            verdict,
            "the output was the bottleneck: reading waited 0.83 s (83 %) for room, writing waited 10.0 ms (1 %) for data"
        );
    }
}
