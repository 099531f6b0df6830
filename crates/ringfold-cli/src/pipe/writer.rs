//! The thread that writes: straight from the ring to the sink.

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use super::checksum::Checksum;
use super::control::Control;
use super::lanes::Drain;
use super::limit::{Grant, Limit};
use super::plan::Plan;
use super::sink::Sink;

/// What is needed to write.
pub struct Writer<'a> {
    pub sink: &'a Sink,
    pub control: &'a Control,
    pub plan: &'a Plan,
    pub drain: Drain,
    pub limit: Option<Limit>,
    pub checksum: Option<Checksum>,
    /// Nothing is written before the start watermark is reached: at first, and whenever the ring ran empty.
    pub waits_for_start: bool,
}

/// How writing went.
#[derive(Default)]
pub struct WriteReport {
    /// What stopped it before the end of the stream.
    pub error: Option<io::Error>,
    pub checksum: Option<Checksum>,
    pub calls: u64,
    /// Writing, and waiting for the output to take it.
    pub in_output: Duration,
    /// Waiting for data in the ring.
    pub for_data: Duration,
    pub times_empty: u64,
    /// Waiting for the start watermark.
    pub held: Duration,
    /// Held back by the rate limit.
    pub throttled: Duration,
}

impl Writer<'_> {
    /// Writes until the end of the stream or an error, then tells the reader by closing the ring.
    pub fn run(mut self) -> WriteReport {
        let mut report = WriteReport::default();
        report.error = loop {
            match self.step(&mut report) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(error),
            }
        };
        let (times_empty, waited) = self.drain.waits();
        report.times_empty = times_empty;
        report.for_data = waited.saturating_sub(report.held);
        report.checksum = self.checksum;
        report
    }

    /// One write; false at the end of the stream.
    fn step(&mut self, report: &mut WriteReport) -> io::Result<bool> {
        let Plan { block, call, start, .. } = *self.plan;
        if self.waits_for_start {
            let begin = Instant::now();
            self.drain.peek(start);
            report.held += begin.elapsed();
        }
        let (least, most) = if self.sink.is_record_device() { (block, block) } else { (1, call) };
        let allowed = allowed(&mut self.limit, least, most, report);
        let Some(piece) = self.drain.peek(least) else {
            return Ok(false);
        };
        let begin = Instant::now();
        let written = self.sink.write(&piece[..piece.len().min(allowed)]);
        report.in_output += begin.elapsed();
        report.calls += 1;
        let count = written?;
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&piece[..count]);
        }
        // Counted before its room is given back, so that no more than the ring holds ever seems to be on the way.
        let so_far = self.control.written.load(Relaxed) + count as u64;
        self.control.written.store(so_far, Relaxed);
        piece.consume(count);
        self.waits_for_start = start > 1 && self.drain.is_empty();
        if let Some(limit) = &mut self.limit {
            limit.spend(count);
        }
        Ok(true)
    }
}

/// How much may be written now; waits for the rate limit.
fn allowed(limit: &mut Option<Limit>, least: usize, most: usize, report: &mut WriteReport) -> usize {
    let Some(limit) = limit else {
        return most;
    };
    let begin = Instant::now();
    let allowed = loop {
        match limit.ask(least, most, Instant::now()) {
            Grant::Now(bytes) => break bytes,
            Grant::After(wait) => thread::sleep(wait),
        }
    };
    report.throttled += begin.elapsed();
    allowed
}
