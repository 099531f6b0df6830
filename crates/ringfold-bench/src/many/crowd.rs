//! Runs one sample on many threads under a deadline. Whatever the contender does, this returns.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use hdrhistogram::Histogram;

use super::check::{Check, number_in, sum_sent, word};
use super::rival::Rival;
use crate::contender::{Failure, Plan, Sample};
use crate::machine;
use crate::signal::{self, Ended, Signal, Wait};
use crate::spsc::item::thousands;

/// Words between two looks at the clock's signal, and in a batch.
const RUN: u64 = 64;
/// How long a thread gets to notice that its sample was aborted.
const GRACE: Duration = Duration::from_millis(500);

/// Ten seconds in nanoseconds, longer than any sample.
const SLOWEST: u64 = 10_000_000_000;
/// Digits that the percentiles are exact to.
const DIGITS: u8 = 3;

/// How words are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// One per call.
    Items,
    /// 64 per call, where the contender has such a call.
    Batches,
    /// One per call, with a sleep before each, so that the receivers sleep too.
    Seldom(Duration),
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
        let slots = thousands(self.capacity);
        match self.sending {
            Sending::Items => format!("{producers} to {consumers}, {slots} slots"),
            Sending::Batches => format!("{producers} to {consumers}, {slots} slots, batches of 64"),
            Sending::Seldom(pause) => {
                format!("{producers} to {consumers}, each sleeps {} µs between words", pause.as_micros())
            }
        }
    }
}

impl Crowd {
    /// Where the producers run, and where the consumers: all on the first core if asked for, apart if wake-ups are timed (across cores they take
    /// several times as long, and the system would choose now this, now that), and otherwise where the system puts them.
    fn cores(&self, plan: &Plan) -> (Option<usize>, Option<usize>) {
        match (plan.cores, self.sending) {
            (Some((first, _)), _) if self.on_one_core => (Some(first), Some(first)),
            (Some((first, second)), Sending::Seldom(_)) => (Some(first), Some(second)),
            _ => (None, None),
        }
    }
}

/// What one thread does.
type Work = Box<dyn FnOnce(&Signal) -> Result<Report, Ended> + Send>;

/// What one thread says at its end.
pub struct Report {
    /// Of a producer: how many words it has sent, and their sum.
    pub sent: Option<(u64, u64)>,
    /// Of a consumer: how many words it has seen, their sum, and whether one was wrong.
    pub seen: Option<(u64, u64, u64)>,
    /// Of a consumer of words that come seldom: how long they took.
    latency: Option<Histogram<u64>>,
    started: Instant,
    ended: Instant,
    /// CPU time it took.
    pub cpu: Duration,
}

/// One sample: rising words from each producer until time is up, every one of them checked.
pub fn sample<R: Rival>(plan: &Plan, wait: Wait, crowd: Crowd) -> Result<Sample, Failure> {
    let Crowd { producers, consumers, .. } = crowd;
    let (txs, rxs) =
        R::open(crowd.capacity, producers, consumers).map_err(|why| Failure::Setup(why.to_string()))?;
    let signal = Arc::new(Signal::new(wait));
    let gate = Arc::new(Barrier::new(producers + consumers));
    let epoch = Instant::now();
    let (sends_on, receives_on) = crowd.cores(plan);
    let (reports, inbox) = mpsc::channel();
    let start = |core: Option<usize>, work: Work| {
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
        let work: Work = Box::new(move |signal| match crowd.sending {
            Sending::Seldom(pause) => produce_seldom::<R>(number, tx, pause, epoch, signal),
            sending => produce::<R>(number, tx, sending, signal),
        });
        start(sends_on, work);
    }
    for rx in rxs {
        start(receives_on, Box::new(move |signal| consume::<R>(rx, crowd, epoch, signal)));
    }
    drop(reports);
    verdict(watch(plan, &signal, &inbox, (producers, consumers), |_| (), |_| None)?)
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
    // At least once, however late the system lets this thread begin.
    loop {
        batch.iter_mut().zip(next..).for_each(|(slot, sequence)| *slot = word(number, sequence));
        match sending {
            Sending::Batches => R::send_batch(&mut tx, &batch, signal)?,
            Sending::Items | Sending::Seldom(_) => R::send_run(&mut tx, &batch, signal)?,
        }
        next += RUN;
        if signal.winding_down() {
            break;
        }
    }
    Ok(Report::of_producer(next, sum_sent(number, next), started))
}

/// Each word is the time at which it was sent.
fn produce_seldom<R: Rival>(
    number: usize,
    mut tx: R::Tx,
    pause: Duration,
    epoch: Instant,
    signal: &Signal,
) -> Result<Report, Ended> {
    let started = Instant::now();
    let (mut sent, mut sum) = (0, 0_u64);
    while !signal.winding_down() {
        thread::sleep(pause);
        let word = word(number, nanoseconds(epoch));
        R::send(&mut tx, word, signal)?;
        sent += 1;
        sum = sum.wrapping_add(word);
    }
    Ok(Report::of_producer(sent, sum, started))
}

fn consume<R: Rival>(mut rx: R::Rx, crowd: Crowd, epoch: Instant, signal: &Signal) -> Result<Report, Ended> {
    let started = Instant::now();
    let is_seldom = matches!(crowd.sending, Sending::Seldom(_));
    let mut check = Check::new(crowd.producers, crowd.consumers == 1 && !is_seldom);
    let mut latency = Histogram::<u64>::new_with_max(SLOWEST, DIGITS).expect("valid bounds");
    let ended = loop {
        let received = match crowd.sending {
            Sending::Items => R::recv(&mut rx, |word| check.see(word), signal),
            Sending::Batches => R::recv_batch(&mut rx, |word| check.see(word), signal),
            Sending::Seldom(_) => R::recv(
                &mut rx,
                |word| {
                    check.see(word);
                    latency.saturating_record(nanoseconds(epoch).saturating_sub(number_in(word)));
                },
                signal,
            ),
        };
        match received {
            Ok(()) => {}
            Err(Ended::Done) => break Instant::now(),
            Err(Ended::Aborted) => return Err(Ended::Aborted),
        }
    };
    let seen = Some((check.seen, check.sum, check.wrong));
    Ok(Report {
        sent: None,
        seen,
        latency: Some(latency).filter(|_| is_seldom),
        started,
        ended,
        cpu: Duration::ZERO,
    })
}

fn nanoseconds(epoch: Instant) -> u64 {
    epoch.elapsed().as_nanos() as u64
}

impl Report {
    /// Of a producer that ends now.
    pub fn of_producer(count: u64, sum: u64, started: Instant) -> Report {
        let ended = Instant::now();
        Report { sent: Some((count, sum)), seen: None, latency: None, started, ended, cpu: Duration::ZERO }
    }

    /// Of a consumer that ends now.
    pub fn of_consumer(seen: u64, wrong: u64, started: Instant) -> Report {
        let seen = Some((seen, 0, wrong));
        Report { sent: None, seen, latency: None, started, ended: Instant::now(), cpu: Duration::ZERO }
    }
}

/// The watchdog: winds the sample down when its time is up, tells the consumers when all is sent, aborts at the deadline. Returns what so
/// many producers and consumers have said; `all_sent` is told how many words there were before the consumers are, and what is `refused` ends
/// the sample at once.
pub fn watch(
    plan: &Plan,
    signal: &Signal,
    inbox: &mpsc::Receiver<Result<Report, Ended>>,
    (producers, consumers): (usize, usize),
    all_sent: impl Fn(u64),
    refused: impl Fn(&Report) -> Option<Failure>,
) -> Result<Vec<Report>, Failure> {
    let begin = Instant::now();
    let (wind_down, deadline) = (begin + plan.duration, begin + plan.deadline);
    let mut done: Vec<Report> = Vec::new();
    while done.len() < producers + consumers {
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
            Ok(Ok(report)) => {
                if let Some(failure) = refused(&report) {
                    signal.enter(signal::ABORTED);
                    return Err(failure);
                }
                done.push(report);
            }
            // Nobody aborts before the deadline unless a handle says that the other side is gone, which means a panic.
            Ok(Err(_)) => {
                signal.enter(signal::ABORTED);
                return Err(if Instant::now() < deadline { Failure::Panicked } else { Failure::Deadline });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Panicked),
        }
        let sent: Vec<u64> = done.iter().filter_map(|report| Some(report.sent?.0)).collect();
        if sent.len() == producers {
            all_sent(sent.iter().sum());
            signal.enter(signal::DONE);
        }
    }
    Ok(done)
}

fn verdict(reports: Vec<Report>) -> Result<Sample, Failure> {
    let (mut sent, mut sum_of_sent) = (0, 0_u64);
    for (count, sum) in reports.iter().filter_map(|report| report.sent) {
        sent += count;
        sum_of_sent = sum_of_sent.wrapping_add(sum);
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
    Ok(sample_of(reports, received))
}

/// What these have measured together while `items` went through.
pub fn sample_of(reports: Vec<Report>, items: u64) -> Sample {
    let started = reports.iter().map(|report| report.started).min();
    let ended = reports.iter().map(|report| report.ended).max();
    let elapsed = ended.zip(started).map_or(Duration::ZERO, |(ended, started)| ended - started);
    let cpu = reports.iter().map(|report| report.cpu).sum();
    let latency = reports.into_iter().filter_map(|report| report.latency).reduce(|all, one| all + one);
    Sample { items, elapsed, cpu, bytes: None, round_trip: None, operation: None, latency }
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
    /// At which call something goes wrong; there are at least three runs.
    const FAULTY: u64 = 2 * RUN;
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
                    LOSES if queue.1 == FAULTY => return Some(()),
                    STOPS if queue.1 >= FAULTY => return None,
                    INVENTS if queue.1 == FAULTY => queue.0.push_back(7),
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
    fn words_that_come_seldom_are_timed() {
        let pause = Duration::from_micros(100);
        let crowd = Crowd { producers: 2, sending: Sending::Seldom(pause), ..Crowd::default() };
        let sample = sample::<Faulty<NONE>>(&PLAN, Wait::Yield, crowd).unwrap();
        assert_eq!(sample.latency.unwrap().len(), sample.items);
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
