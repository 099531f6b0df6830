//! What the rooms for one thread share: the clock, the packets, and what a rival must offer.
//!
//! A sample opens its own ring, brings every page of it into memory, and checks what comes out of it byte by byte; only then
//! does the clock run. It is read once per batch, and a batch is many operations, so that reading it costs nothing; the figure is
//! the median of the batches, so that one in which somebody else had the core does not count. What a batch needs beforehand
//! and how it is checked afterwards is outside of the timed part.

pub mod bursts;
pub mod fifo;
pub mod packet;
pub mod rival;
pub mod seam;
pub mod size;

use std::cell::Cell;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::contender::{Case, Contender, Failure, Metric, Plan, Sample};
use crate::machine;
use crate::signal::Wait;
use crate::stats;
use rival::Rival;

/// Operations that can be timed.
pub trait Work {
    /// The most operations that one batch can do; the next batch has to be prepared again.
    fn most(&self) -> u64 {
        u64::MAX
    }

    /// Brings everything in place for a batch. Not timed.
    fn prepare(&mut self) {}

    /// Does so many operations. This is what is timed.
    fn batch(&mut self, operations: u64);

    /// Whether everything the batch did was right. Not timed.
    fn is_right(&mut self) -> bool;
}

/// A rival at this work. `open` runs on the thread that is measured, and is not timed; it is told how many samples of this
/// contender there were before.
pub fn contender<R: Rival, W: Work>(
    how: &str,
    open: impl Fn(usize) -> Result<W, Failure> + Copy + Send + 'static,
) -> Contender {
    let turns = Cell::new(0);
    let notes: Vec<&str> = [how, R::NOTE].into_iter().filter(|note| !note.is_empty()).collect();
    Contender {
        name: R::NAME,
        role: R::ROLE,
        note: notes.join("; "),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| {
            let turn = turns.replace(turns.get() + 1);
            sample(plan, move || open(turn))
        }),
    }
}

/// A case in which nanoseconds per operation are measured; an operation is about `bytes` bytes.
pub fn case(
    room: &'static str,
    topology: &'static str,
    regime: String,
    bytes: usize,
    capacity: usize,
    contenders: Vec<Contender>,
) -> Case {
    Case {
        room,
        topology,
        regime,
        capacity,
        item_bytes: bytes,
        sides: (1, 0),
        threads_per_core: 1.0,
        // Opening half a gigabyte takes longer than a sample.
        rounds: (bytes >= 100_000_000).then_some(3),
        metric: Metric::Operation,
        contenders,
    }
}

/// Large memory is not mapped and filled within a sample's time: so much longer may opening and closing it take.
const OPENING: Duration = Duration::from_secs(30);

/// Runs one sample on a thread of its own.
fn sample<W: Work>(
    plan: &Plan,
    open: impl FnOnce() -> Result<W, Failure> + Send + 'static,
) -> Result<Sample, Failure> {
    let (report, inbox) = mpsc::channel();
    let (duration, core) = (plan.duration, plan.cores.map(|(first, _)| first));
    thread::spawn(move || {
        machine::pin(core);
        // The memory goes before the report does: the next contender must not wait for it.
        let result = open().and_then(|mut work| timed(&mut work, duration));
        let _ = report.send(result);
    });
    match inbox.recv_timeout(plan.deadline + OPENING) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Failure::Hung),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Failure::Panicked),
    }
}

/// Batches of equal size until the timed parts add up to `duration`.
fn timed<W: Work>(work: &mut W, duration: Duration) -> Result<Sample, Failure> {
    let operations = batch_size(work, duration)?;
    let mut sample = Sample {
        items: 0,
        elapsed: Duration::ZERO,
        cpu: Duration::ZERO,
        bytes: None,
        round_trip: None,
        operation: None,
        latency: None,
    };
    let mut batches = Vec::new();
    let started = Instant::now();
    // Where most of the time goes into preparing, a sample ends early, but never without a batch.
    while sample.items == 0 || (sample.elapsed < duration && started.elapsed() < 4 * duration) {
        let (elapsed, cpu) = one_batch(work, operations)?;
        sample.items += operations;
        sample.elapsed += elapsed;
        sample.cpu += cpu;
        batches.push(elapsed.as_nanos() as f64 / operations as f64);
    }
    sample.operation = stats::median(&batches);
    Ok(sample)
}

/// Batches in a sample, where operations are short enough.
const BATCHES: u32 = 64;

/// How many operations take such a part of a sample; finding out warms everything up.
fn batch_size<W: Work>(work: &mut W, duration: Duration) -> Result<u64, Failure> {
    let most = work.most();
    let mut operations = 1;
    loop {
        let (elapsed, _) = one_batch(work, operations)?;
        if operations == most || elapsed >= duration / BATCHES {
            return Ok(operations);
        }
        operations = (operations * 2).min(most);
    }
}

fn one_batch<W: Work>(work: &mut W, operations: u64) -> Result<(Duration, Duration), Failure> {
    work.prepare();
    let cpu = ThreadTime::now();
    let started = Instant::now();
    work.batch(operations);
    let (elapsed, cpu) = (started.elapsed(), cpu.elapsed());
    if work.is_right() { Ok((elapsed, cpu)) } else { Err(Failure::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sleeps {
        wrong: bool,
        prepared: bool,
    }

    impl Work for Sleeps {
        fn most(&self) -> u64 {
            3
        }

        fn prepare(&mut self) {
            self.prepared = true;
            thread::sleep(Duration::from_millis(2));
        }

        fn batch(&mut self, operations: u64) {
            assert!(operations <= 3 && std::mem::take(&mut self.prepared));
            thread::sleep(Duration::from_micros(100) * operations as u32);
        }

        fn is_right(&mut self) -> bool {
            !self.wrong
        }
    }

    const PLAN: Plan =
        Plan { duration: Duration::from_millis(10), deadline: Duration::from_millis(50), cores: None };

    #[test]
    fn only_batches_are_timed() {
        let sample = sample(&PLAN, || Ok(Sleeps { wrong: false, prepared: false })).unwrap();
        let each = sample.elapsed / sample.items as u32;
        assert!(each >= Duration::from_micros(100) && each < Duration::from_micros(700), "{each:?}");
    }

    #[test]
    fn what_is_wrong_or_panics_has_no_figure() {
        let wrong = sample(&PLAN, || Ok(Sleeps { wrong: true, prepared: false }));
        assert_eq!(wrong.unwrap_err(), Failure::Wrong);
        let panics = || -> Result<Sleeps, Failure> { panic!("this panic belongs to the test") };
        assert_eq!(sample(&PLAN, panics).unwrap_err(), Failure::Panicked);
    }
}
