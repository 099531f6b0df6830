//! Runs one sample on many threads under a deadline. Whatever the contender does, this returns.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::check::{Check, sum_sent, word};
use super::rival::Rival;
use crate::contender::{Failure, Plan, Sample};
use crate::machine;
use crate::signal::{self, Ended, Signal, Wait};
use crate::spsc::item::thousands;

/// Words between two looks at the clock's signal, and in a batch.
const RUN: u64 = 64;
/// How long a thread gets to notice that its sample was aborted.
const GRACE: Duration = Duration::from_millis(500);

/// How words are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// One per call.
    Items,
    /// 64 per call, where the contender has such a call.
    Batches,
}

/// How many take part, and how.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// Sending threads.
    pub producers: usize,
    /// Receiving threads.
    pub consumers: usize,
    /// Slots.
    pub capacity: usize,
    /// How words are handed over.
    pub sending: Sending,
    /// All threads share the first core; otherwise the system spreads them.
    pub on_one_core: bool,
}

impl Default for Crowd {
    fn default() -> Crowd {
        Crowd { producers: 1, consumers: 1, capacity: 1024, sending: Sending::Items, on_one_core: false }
    }
}

impl Crowd {
    /// In words.
    pub fn regime(&self) -> String {
        let Crowd { producers, consumers, .. } = self;
        let batches = if self.sending == Sending::Batches { ", batches of 64" } else { "" };
        format!("{producers} to {consumers}, {} slots{batches}", thousands(self.capacity))
    }
}

/// What one thread does.
type Work = Box<dyn FnOnce(&Signal) -> Result<Report, Ended> + Send>;

/// What one thread says at its end.
struct Report {
    /// Of a producer: its number and how many words it has sent.
    sent: Option<(usize, u64)>,
    /// Of a consumer: how many words it has seen, their sum, and whether one was wrong.
    seen: Option<(u64, u64, u64)>,
    started: Instant,
    ended: Instant,
    cpu: Duration,
}

/// One sample: rising words from each producer until time is up, every one of them checked.
pub fn sample<R: Rival>(plan: &Plan, wait: Wait, crowd: Crowd) -> Result<Sample, Failure> {
    let Crowd { producers, consumers, .. } = crowd;
    let (txs, rxs) =
        R::open(crowd.capacity, producers, consumers).map_err(|why| Failure::Setup(why.to_string()))?;
    let signal = Arc::new(Signal::new(wait));
    let gate = Arc::new(Barrier::new(producers + consumers));
    let core = plan.cores.filter(|_| crowd.on_one_core).map(|(first, _)| first);
    let (reports, inbox) = mpsc::channel();
    let start = |work: Work| {
        let (signal, gate, reports) = (signal.clone(), gate.clone(), reports.clone());
        thread::spawn(move || {
            machine::pin(core);
            gate.wait();
            let cpu = ThreadTime::now();
            let report = work(&signal).map(|report| Report { cpu: cpu.elapsed(), ..report });
            let _ = reports.send(report);
        });
    };
    for (number, tx) in txs.into_iter().enumerate() {
        start(Box::new(move |signal| produce::<R>(number, tx, crowd.sending, signal)));
    }
    for rx in rxs {
        start(Box::new(move |signal| consume::<R>(rx, crowd, signal)));
    }
    drop(reports);
    watch(plan, &signal, &inbox, crowd)
}

fn produce<R: Rival>(
    number: usize,
    mut tx: R::Tx,
    sending: Sending,
    signal: &Signal,
) -> Result<Report, Ended> {
    let started = Instant::now();
    let mut next = 0;
    let mut batch = [0; RUN as usize];
    while !signal.winding_down() {
        if sending == Sending::Batches {
            batch.iter_mut().zip(next..).for_each(|(slot, sequence)| *slot = word(number, sequence));
            R::send_batch(&mut tx, &batch, signal)?;
        } else {
            for sequence in next..next + RUN {
                R::send(&mut tx, word(number, sequence), signal)?;
            }
        }
        next += RUN;
    }
    Ok(Report { sent: Some((number, next)), seen: None, started, ended: Instant::now(), cpu: Duration::ZERO })
}

fn consume<R: Rival>(mut rx: R::Rx, crowd: Crowd, signal: &Signal) -> Result<Report, Ended> {
    let started = Instant::now();
    let mut check = Check::new(crowd.producers, crowd.consumers == 1);
    let ended = loop {
        let received = match crowd.sending {
            Sending::Items => R::recv(&mut rx, |word| check.see(word), signal),
            Sending::Batches => R::recv_batch(&mut rx, |word| check.see(word), signal),
        };
        match received {
            Ok(()) => {}
            Err(Ended::Done) => break Instant::now(),
            Err(Ended::Aborted) => return Err(Ended::Aborted),
        }
    };
    let seen = Some((check.seen, check.sum, check.wrong));
    Ok(Report { sent: None, seen, started, ended, cpu: Duration::ZERO })
}

/// The watchdog: winds the sample down when its time is up, tells the consumers when all is sent, aborts at the deadline.
fn watch(
    plan: &Plan,
    signal: &Signal,
    inbox: &mpsc::Receiver<Result<Report, Ended>>,
    crowd: Crowd,
) -> Result<Sample, Failure> {
    let begin = Instant::now();
    let (wind_down, deadline) = (begin + plan.duration, begin + plan.deadline);
    let mut done: Vec<Report> = Vec::new();
    while done.len() < crowd.producers + crowd.consumers {
        let now = Instant::now();
        let wake = match now {
            now if now < wind_down => wind_down,
            now if now < deadline => {
                signal.enter(signal::WINDING_DOWN);
                deadline
            }
            now if now < deadline + GRACE => {
                signal.enter(signal::ABORTED);
                deadline + GRACE
            }
            _ => return Err(Failure::Hung),
        };
        match inbox.recv_timeout(wake.saturating_duration_since(now)) {
            Ok(Ok(report)) => done.push(report),
            // Nobody aborts before the deadline unless a handle says that the other side is gone, which means a panic.
            Ok(Err(_)) if Instant::now() < deadline => return abort(signal, Failure::Panicked),
            Ok(Err(_)) => return abort(signal, Failure::Deadline),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Panicked),
        }
        if done.iter().filter(|report| report.sent.is_some()).count() == crowd.producers {
            signal.enter(signal::DONE);
        }
    }
    verdict(&done)
}

fn abort(signal: &Signal, why: Failure) -> Result<Sample, Failure> {
    signal.enter(signal::ABORTED);
    Err(why)
}

fn verdict(reports: &[Report]) -> Result<Sample, Failure> {
    let (mut sent, mut sum_of_sent) = (0, 0_u64);
    for (number, count) in reports.iter().filter_map(|report| report.sent) {
        sent += count;
        sum_of_sent = sum_of_sent.wrapping_add(sum_sent(number, count));
    }
    let (mut received, mut sum, mut wrong) = (0, 0_u64, 0);
    for (count, sum_seen, wrong_seen) in reports.iter().filter_map(|report| report.seen) {
        received += count;
        sum = sum.wrapping_add(sum_seen);
        wrong |= wrong_seen;
    }
    if sent != received {
        return Err(Failure::Lost { sent, received });
    }
    if wrong != 0 || sum != sum_of_sent {
        return Err(Failure::Wrong);
    }
    let started = reports.iter().map(|report| report.started).min();
    let ended = reports.iter().map(|report| report.ended).max();
    let elapsed = ended.zip(started).map_or(Duration::ZERO, |(ended, started)| ended - started);
    let cpu = reports.iter().map(|report| report.cpu).sum();
    Ok(Sample {
        items: received,
        elapsed,
        cpu,
        bytes: None,
        round_trip: None,
        operation: None,
        latency: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::many::rival::Blocks;
    use crate::spsc::rival::OpenError;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    const PLAN: Plan =
        Plan { duration: Duration::from_millis(10), deadline: Duration::from_millis(300), cores: None };

    /// A queue with a fault: `FAULT` says which.
    struct Faulty<const FAULT: u8>;
    const NONE: u8 = 0;
    const LOSES: u8 = 1;
    const STOPS: u8 = 2;
    const INVENTS: u8 = 3;

    type Queue = Arc<Mutex<(VecDeque<u64>, u64)>>;

    impl<const FAULT: u8> Rival for Faulty<FAULT> {
        const NAME: &'static str = "faulty";
        const BLOCKS: Blocks = Blocks::Never;
        type Tx = Queue;
        type Rx = Queue;

        fn open(_: usize, producers: usize, consumers: usize) -> Result<(Vec<Queue>, Vec<Queue>), OpenError> {
            let queue = Queue::default();
            Ok((vec![queue.clone(); producers], vec![queue; consumers]))
        }

        fn send(tx: &mut Queue, word: u64, signal: &Signal) -> Result<(), Ended> {
            signal.retry(|| {
                let mut queue = tx.lock().unwrap();
                queue.1 += 1;
                match FAULT {
                    LOSES if queue.1 == 300 => return Some(()),
                    STOPS if queue.1 >= 300 => return None,
                    INVENTS if queue.1 == 300 => queue.0.push_back(7),
                    _ => {}
                }
                (queue.0.len() < 64).then(|| queue.0.push_back(word))
            })
        }

        fn recv(rx: &mut Queue, mut each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
            each(signal.retry(|| rx.lock().unwrap().0.pop_front())?);
            Ok(())
        }
    }

    fn run<const FAULT: u8>(consumers: usize) -> Result<Sample, Failure> {
        let crowd = Crowd { producers: 3, consumers, ..Crowd::default() };
        sample::<Faulty<FAULT>>(&PLAN, Wait::Yield, crowd)
    }

    #[test]
    fn a_sound_queue_passes() {
        assert!(run::<NONE>(1).unwrap().items >= RUN);
        assert!(run::<NONE>(3).unwrap().items >= RUN);
    }

    #[test]
    fn a_queue_that_loses_invents_or_stops_is_found_out() {
        for consumers in [1, 3] {
            assert!(matches!(run::<LOSES>(consumers).unwrap_err(), Failure::Lost { .. }));
            assert!(run::<INVENTS>(consumers).is_err());
            assert_eq!(run::<STOPS>(consumers).unwrap_err(), Failure::Deadline);
        }
    }
}
