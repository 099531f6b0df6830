//! Runs one sample of a graph under the deadline of [`watch`]: rising events from each producer until time is up, every one of
//! them checked by every reader.

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Instant;

use cpu_time::ThreadTime;

use super::check::Check;
use super::course::Course;
use super::rival::{Order, Rival};
use super::shape::Shape;
use crate::contender::{Failure, Plan, Sample};
use crate::machine;
use crate::many::check::word;
use crate::many::crowd::{Report, sample_of, watch};
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::Payload;

/// Events between two looks at the clock's signal, and in a batch.
pub const RUN: u64 = 64;

/// How events are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// One per call.
    Each,
    /// [`RUN`] per call, where there is such a call.
    Batches,
}

type Work = Box<dyn FnOnce(&Course) -> Result<Report, Ended> + Send>;

/// One sample.
pub fn sample<E: Payload, R: Rival<E>, C: Check<E>>(
    plan: &Plan,
    wait: Wait,
    (shape, capacity): (Shape, usize),
    sending: Sending,
) -> Result<Sample, Failure> {
    // Two threads have a core each; where more than that are on two cores, the system places them.
    let (first, second) = plan.cores.filter(|_| shape.threads() == 2).unzip();
    let order = Order { shape, capacity, wait, core: second };
    let (txs, rxs) = R::open(order).map_err(|why| Failure::Setup(why.to_string()))?;
    let sides = (txs.len(), rxs.len());
    let course = Arc::new(Course::new(Signal::new(wait)));
    let gate = Arc::new(Barrier::new(shape.threads()));
    let (reports, inbox) = mpsc::channel();
    let start = |core: Option<usize>, work: Work| {
        let (course, gate, reports) = (course.clone(), gate.clone(), reports.clone());
        thread::spawn(move || {
            machine::pin(core);
            gate.wait();
            let cpu = ThreadTime::now();
            let mut report = work(&course);
            if let Ok(report) = &mut report {
                report.cpu = cpu.elapsed();
            }
            let _ = reports.send(report);
        });
    };
    for (number, tx) in txs.into_iter().enumerate() {
        start(first, Box::new(move |course| produce::<E, R>(number, tx, sending, &course.signal)));
    }
    for rx in rxs {
        start(second, Box::new(move |course| consume::<E, R, C>(rx, course)));
    }
    drop(reports);
    let wrong = |report: &Report| report.seen.filter(|&(_, _, wrong)| wrong != 0).map(|_| Failure::Wrong);
    verdict(watch(plan, &course.signal, &inbox, sides, |count| course.all_published(count), wrong)?)
}

fn produce<E: Payload, R: Rival<E>>(
    number: usize,
    mut tx: R::Tx,
    sending: Sending,
    signal: &Signal,
) -> Result<Report, Ended> {
    let started = Instant::now();
    let mut next = word(number, 0);
    // At least once, however late the system lets this thread begin.
    loop {
        match sending {
            Sending::Each => R::send_each(&mut tx, next..next + RUN, signal)?,
            Sending::Batches => R::send_batch(&mut tx, next..next + RUN, signal)?,
        }
        next += RUN;
        if signal.winding_down() {
            break;
        }
    }
    Ok(Report::of_producer(next - word(number, 0), 0, started))
}

fn consume<E: Payload, R: Rival<E>, C: Check<E>>(rx: R::Rx, course: &Course) -> Result<Report, Ended> {
    let started = Instant::now();
    let mut check = C::default();
    R::read(rx, &mut check, course)?;
    Ok(Report::of_consumer(check.seen(), check.wrong(), started))
}

/// Every reader must have seen everything.
fn verdict(reports: Vec<Report>) -> Result<Sample, Failure> {
    let sent = reports.iter().filter_map(|report| report.sent).map(|(count, _)| count).sum();
    let others = reports.iter().filter_map(|report| report.seen).find(|&(seen, ..)| seen != sent);
    match others {
        Some((received, ..)) => Err(Failure::Lost { sent, received }),
        None => Ok(sample_of(reports, sent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broadcast::check::Mixed;
    use crate::broadcast::rival::{Channel, Handles};
    use crate::broadcast::wired::Wired;
    use crate::spsc::payload::{self, Item};
    use crate::spsc::rival::Ways;
    use std::collections::VecDeque;
    use std::sync::Mutex;
    use std::time::Duration;

    const PLAN: Plan =
        Plan { duration: Duration::from_millis(10), deadline: Duration::from_millis(300), cores: None };
    const NONE: u8 = 0;
    const LOSES: u8 = 1;
    const STOPS: u8 = 2;
    const SWAPS: u8 = 3;
    /// At which event of a queue something goes wrong; there is at least one run.
    const AT: u64 = RUN - 1;

    /// Queues with a fault: `FAULT` says which.
    struct Faulty<const FAULT: u8>;
    type Queue = Arc<Mutex<(VecDeque<Item<1>>, u64)>>;

    impl<const FAULT: u8> Channel<Item<1>> for Faulty<FAULT> {
        const NAME: &'static str = "faulty";
        const WAYS: Ways = Ways::Polls;
        const NOTE: &'static str = "";
        type Tx = Vec<Queue>;
        type Rx = Queue;

        fn open(_: usize, senders: usize, receivers: usize) -> Handles<Vec<Queue>, Queue> {
            let queues: Vec<Queue> = (0..receivers).map(|_| Queue::default()).collect();
            Ok((vec![queues.clone(); senders], queues))
        }

        fn send(tx: &mut Vec<Queue>, event: Item<1>, signal: &Signal) -> Result<(), Ended> {
            for queue in tx {
                signal.insist(|| {
                    let (events, count) = &mut *queue.lock().unwrap();
                    if events.len() > 200 {
                        return None;
                    }
                    match FAULT {
                        STOPS if *count >= AT => return None,
                        LOSES if *count == AT / 2 => {}
                        SWAPS if *count == AT => events.push_front(event),
                        _ => events.push_back(event),
                    }
                    *count += 1;
                    Some(())
                })?;
            }
            Ok(())
        }

        fn try_recv(rx: &mut Queue) -> Option<Item<1>> {
            rx.lock().unwrap().0.pop_front()
        }
    }

    const SHAPES: [Shape; 4] = [Shape::OneToOne, Shape::OneToThree, Shape::Pipeline, Shape::Diamond];

    fn run<const FAULT: u8>(shape: Shape) -> Result<Sample, Failure> {
        let check = sample::<Item<1>, Wired<Faulty<FAULT>>, payload::Check>;
        check(&PLAN, Wait::Yield, (shape, 64), Sending::Each)
    }

    #[test]
    fn a_sound_channel_passes_in_every_shape() {
        for shape in SHAPES {
            assert!(run::<NONE>(shape).unwrap().items >= RUN, "{shape:?}");
        }
        let check = sample::<Item<1>, Wired<Faulty<NONE>>, Mixed>;
        let sample = check(&PLAN, Wait::Yield, (Shape::ThreeToOne, 64), Sending::Each);
        assert!(sample.unwrap().items >= 3 * RUN);
    }

    #[test]
    fn one_that_loses_an_event_or_stops_is_found_out_in_every_shape() {
        for shape in SHAPES {
            assert_eq!(run::<LOSES>(shape).unwrap_err(), Failure::Wrong, "{shape:?}");
            assert_eq!(run::<STOPS>(shape).unwrap_err(), Failure::Deadline, "{shape:?}");
        }
    }

    #[test]
    fn one_that_changes_the_order_is_found_out() {
        // At the front of an empty queue nothing is swapped: try until it was not empty.
        let failure = (0..50).find_map(|_| run::<SWAPS>(Shape::OneToOne).err());
        assert_eq!(failure.expect("never swapped"), Failure::Wrong);
    }
}
