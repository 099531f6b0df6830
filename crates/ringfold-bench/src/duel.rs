//! Runs one sample on two threads under a deadline. Whatever the contender does, this returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use hdrhistogram::Histogram;

use crate::contender::{Failure, Plan, Sample};
use crate::machine;
use crate::signal::{self, Ended, Signal, Wait};

/// How long a side gets to notice that its sample was aborted.
const GRACE: Duration = Duration::from_millis(500);

/// What one side has to say at its end.
#[derive(Default)]
pub struct Tally {
    /// Items sent or received.
    pub items: u64,
    /// Bytes received, where items differ in size.
    pub bytes: Option<u64>,
    /// Non-zero if anything received was not what had to come.
    pub wrong: u64,
    /// See [`Sample::round_trip`].
    pub round_trip: Option<f64>,
    /// See [`Sample::latency`].
    pub latency: Option<Histogram<u64>>,
}

impl Tally {
    /// A side that only counted.
    pub fn of(items: u64) -> Tally {
        Tally { items, ..Tally::default() }
    }
}

struct SideReport {
    tally: Tally,
    started: Instant,
    ended: Instant,
    cpu: Duration,
}

enum Message {
    Started,
    First(Result<SideReport, Failure>),
    Second(Result<SideReport, Failure>),
}

/// Creates the two handles on the first thread, gives one to each thread, lets both run for `plan.duration` and
/// compares what went in with what came out.
///
/// `first` ends when the signal winds down; by dropping its handle, or by the signal's `DONE` right after it, `second` learns of the end.
pub fn duel<Tx, Rx>(
    plan: &Plan,
    wait: Wait,
    setup: impl FnOnce(&Signal) -> Result<(Tx, Rx), Failure> + Send + 'static,
    first: impl FnOnce(Tx, &Signal) -> Result<Tally, Ended> + Send + 'static,
    second: impl FnOnce(Rx, &Signal) -> Result<Tally, Ended> + Send + 'static,
) -> Result<Sample, Failure>
where
    Tx: 'static,
    Rx: Send + 'static,
{
    let signal = Arc::new(Signal::new(wait));
    let gate = Arc::new(AtomicUsize::new(0));
    let (handles, handle) = mpsc::channel::<Rx>();
    let (reports, inbox) = mpsc::channel();
    let cores = plan.cores;

    {
        let (signal, gate, reports) = (signal.clone(), gate.clone(), reports.clone());
        thread::spawn(move || {
            machine::pin(cores.map(|(first, _)| first));
            let result = setup(&signal).and_then(|(tx, rx)| {
                if handles.send(rx).is_err() {
                    return Err(Failure::Panicked);
                }
                run_side(&gate, &signal, &reports, |signal| {
                    let tally = first(tx, signal);
                    signal.enter(signal::DONE);
                    tally
                })
            });
            let _ = reports.send(Message::First(result));
        });
    }
    {
        let signal = signal.clone();
        thread::spawn(move || {
            machine::pin(cores.map(|(_, second)| second));
            let result = match handle.recv() {
                Ok(rx) => run_side(&gate, &signal, &reports, |signal| second(rx, signal)),
                // The first thread says why there is no handle.
                Err(_) => Err(Failure::Deadline),
            };
            let _ = reports.send(Message::Second(result));
        });
    }
    watch(plan, &signal, &inbox)
}

/// One side: waits for the other at the gate, then runs under the clock.
fn run_side(
    gate: &AtomicUsize,
    signal: &Signal,
    reports: &mpsc::Sender<Message>,
    side: impl FnOnce(&Signal) -> Result<Tally, Ended>,
) -> Result<SideReport, Failure> {
    gate.fetch_add(1, Ordering::AcqRel);
    while gate.load(Ordering::Acquire) < 2 {
        if signal.aborted() {
            return Err(Failure::Deadline);
        }
        thread::yield_now();
    }
    let _ = reports.send(Message::Started);
    let cpu = ThreadTime::now();
    let started = Instant::now();
    let tally = side(signal).map_err(|_| Failure::Deadline)?;
    Ok(SideReport { tally, started, ended: Instant::now(), cpu: cpu.elapsed() })
}

/// The watchdog: winds the sample down when its time is up, aborts it at the deadline, gives up after the grace.
fn watch(plan: &Plan, signal: &Signal, inbox: &mpsc::Receiver<Message>) -> Result<Sample, Failure> {
    let deadline = Instant::now() + plan.deadline;
    let mut wind_down: Option<Instant> = None;
    let (mut first, mut second) = (None, None);
    let mut give_up = deadline + GRACE;

    while first.is_none() || second.is_none() {
        let now = Instant::now();
        if now >= give_up {
            return Err(Failure::Hung);
        }
        if now >= deadline {
            signal.enter(signal::ABORTED);
        } else if wind_down.is_some_and(|at| now >= at) {
            signal.enter(signal::WINDING_DOWN);
            wind_down = None;
        }
        let wake = if now >= deadline { give_up } else { wind_down.unwrap_or(deadline).min(deadline) };
        match inbox.recv_timeout(wake.saturating_duration_since(now)) {
            Ok(Message::Started) => {
                wind_down.get_or_insert(Instant::now() + plan.duration);
            }
            Ok(Message::First(report)) => first = Some(report),
            Ok(Message::Second(report)) => second = Some(report),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if [&first, &second].iter().any(|report| matches!(report, Some(Err(_)))) && give_up > deadline {
            // One side has failed; the other one must not wait for it.
            signal.enter(signal::ABORTED);
            give_up = give_up.min(Instant::now() + GRACE);
        }
    }
    verdict(first, second)
}

fn verdict(
    first: Option<Result<SideReport, Failure>>,
    second: Option<Result<SideReport, Failure>>,
) -> Result<Sample, Failure> {
    // A side that never reported has panicked. The first side's reason, if any, is the cause of the second one's.
    let first = first.unwrap_or(Err(Failure::Panicked));
    let second = second.unwrap_or(Err(Failure::Panicked));
    let (first, second) = match (first, second) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(Failure::Deadline), Err(why)) | (Err(why), _) | (Ok(_), Err(why)) => return Err(why),
    };
    if first.tally.wrong | second.tally.wrong != 0 {
        return Err(Failure::Wrong);
    }
    if first.tally.items != second.tally.items {
        return Err(Failure::Lost { sent: first.tally.items, received: second.tally.items });
    }
    let started = first.started.min(second.started);
    let ended = first.ended.max(second.ended);
    Ok(Sample {
        items: second.tally.items,
        elapsed: ended - started,
        cpu: first.cpu + second.cpu,
        bytes: second.tally.bytes,
        round_trip: first.tally.round_trip,
        operation: None,
        latency: second.tally.latency,
    })
}

/// Runs a floor that needs one thread only, under the same plan.
pub fn solo(plan: &Plan, run: impl Fn(Duration) -> Tally + Send + 'static) -> Result<Sample, Failure> {
    let (report, inbox) = mpsc::channel();
    let (duration, core) = (plan.duration, plan.cores.map(|(first, _)| first));
    thread::spawn(move || {
        machine::pin(core);
        let cpu = ThreadTime::now();
        let started = Instant::now();
        let tally = run(duration);
        let _ = report.send((tally, started.elapsed(), cpu.elapsed()));
    });
    let (tally, elapsed, cpu) = inbox.recv_timeout(plan.deadline).map_err(|_| Failure::Hung)?;
    if tally.wrong != 0 {
        return Err(Failure::Wrong);
    }
    Ok(Sample {
        items: tally.items,
        elapsed,
        cpu,
        bytes: tally.bytes,
        round_trip: None,
        operation: None,
        latency: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// Time enough also for a machine that is busy with something else.
    const PLAN: Plan =
        Plan { duration: Duration::from_millis(10), deadline: Duration::from_secs(20), cores: None };
    const SHORT: Plan = Plan { deadline: Duration::from_millis(150), ..PLAN };

    /// Sends nothing real: the first side claims to have sent `sent`, the second to have received `received`.
    fn claims(sent: u64, received: u64, wrong: u64) -> Result<Sample, Failure> {
        duel(
            &PLAN,
            Wait::Pause,
            |_| Ok(((), ())),
            move |(), signal| {
                while !signal.winding_down() {
                    thread::yield_now();
                }
                Ok(Tally::of(sent))
            },
            move |(), signal| match signal.retry(|| None::<()>) {
                Err(Ended::Done) => Ok(Tally { wrong, ..Tally::of(received) }),
                _ => Err(Ended::Aborted),
            },
        )
    }

    #[test]
    fn an_honest_pair_gets_its_figures() {
        let sample = claims(7, 7, 0).unwrap();
        assert_eq!(sample.items, 7);
        assert!(sample.elapsed >= PLAN.duration && sample.elapsed < PLAN.deadline);
    }

    #[test]
    fn lost_and_wrong_items_are_failures() {
        assert_eq!(claims(7, 6, 0).unwrap_err(), Failure::Lost { sent: 7, received: 6 });
        assert_eq!(claims(7, 8, 0).unwrap_err(), Failure::Lost { sent: 7, received: 8 });
        assert_eq!(claims(7, 7, 1).unwrap_err(), Failure::Wrong);
    }

    #[test]
    fn a_side_that_never_gets_anywhere_hits_the_deadline() {
        let never = |(), signal: &Signal| signal.retry(|| None::<Tally>);
        let failure = duel(&SHORT, Wait::Yield, |_| Ok(((), ())), never, never).unwrap_err();
        assert_eq!(failure, Failure::Deadline);
    }

    #[test]
    fn a_side_that_listens_to_nobody_is_left_behind() {
        static RELEASE: AtomicBool = AtomicBool::new(false);
        let deaf = |(), _: &Signal| {
            while !RELEASE.load(Ordering::Acquire) {
                thread::sleep(Duration::from_millis(1));
            }
            Ok(Tally::of(0))
        };
        let failure =
            duel(&SHORT, Wait::Pause, |_| Ok(((), ())), |(), _| Ok(Tally::of(0)), deaf).unwrap_err();
        assert_eq!(failure, Failure::Hung);
        RELEASE.store(true, Ordering::Release);
    }

    #[test]
    fn a_setup_that_hangs_or_fails_is_reported_too() {
        let never = |signal: &Signal| match signal.retry(|| None::<((), ())>) {
            Ok(handles) => Ok(handles),
            Err(_) => Err(Failure::Deadline),
        };
        let side = |(), _: &Signal| Ok(Tally::of(0));
        assert_eq!(duel(&SHORT, Wait::Yield, never, side, side).unwrap_err(), Failure::Deadline);
        let refuses = |_: &Signal| Err::<((), ()), _>(Failure::Setup("no memory".into()));
        let failure = duel(&PLAN, Wait::Yield, refuses, side, side).unwrap_err();
        assert_eq!(failure, Failure::Setup("no memory".into()));
    }

    #[test]
    fn a_panic_is_not_a_result() {
        let panics = |(), _: &Signal| -> Result<Tally, Ended> { panic!("this panic belongs to the test") };
        let waits = |(), signal: &Signal| signal.retry(|| None::<Tally>);
        assert_eq!(duel(&PLAN, Wait::Yield, |_| Ok(((), ())), panics, waits).unwrap_err(), Failure::Panicked);
        assert_eq!(duel(&PLAN, Wait::Yield, |_| Ok(((), ())), waits, panics).unwrap_err(), Failure::Panicked);
    }
}
