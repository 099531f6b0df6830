//! The stop at `broadcast`: every event to every reader.

mod scenes;

use std::sync::mpsc::sync_channel;
use std::thread::{self, ScopedJoinHandle};

use ringfold::broadcast;

use super::stream::{Checker, item, positions};
use super::{Run, Stop, Visit, advantage};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;
/// How many threads read.
const READERS: usize = 3;

pub const STOP: Stop = Stop {
    name: "broadcast",
    about: "one thread publishes numbers, and three threads read all of them, each at its own pace.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let runs = vec![ring()?, channels()?];
    let scenes = [scenes::a_slow_reader()?, scenes::a_diamond()?, scenes::a_lossy_reader()?].concat();
    let remark = format!("Number by number, each to all three: {}.{scenes}", advantage(&runs));
    Ok(Visit { unit: "items", runs, remark })
}

fn ring() -> Result<Run, Failure> {
    const WHO: &str = "ringfold::broadcast";
    let mut producer = broadcast::builder::<u64>(CAPACITY).build()?;
    let readers = [(); READERS].map(|()| producer.subscribe());
    thread::scope(|scope| {
        let reading = readers.map(|mut reader| {
            scope.spawn(move || {
                let mut checker = Checker::new(WHO);
                while let Ok(events) = reader.recv() {
                    events.iter().for_each(|&event| checker.check(event));
                }
                checker
            })
        });
        let sent = positions().map_while(|at| producer.publish(|event| *event = item(at)).ok()).count();
        drop(producer);
        finish(WHO, sent as u64, reading)
    })
}

/// std's channels have one receiver each, so there is one for each reader.
fn channels() -> Result<Run, Failure> {
    const WHO: &str = "three std sync_channels";
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..READERS).map(|_| sync_channel(CAPACITY)).unzip();
    thread::scope(|scope| {
        let read = |receiver: std::sync::mpsc::Receiver<u64>| {
            scope.spawn(move || {
                let mut checker = Checker::new(WHO);
                receiver.iter().for_each(|came| checker.check(came));
                checker
            })
        };
        let reading: Vec<_> = receivers.into_iter().map(read).collect();
        let to_all = |at| senders.iter().all(|sender| sender.send(item(at)).is_ok()).then_some(());
        let sent = positions().map_while(to_all).count();
        drop(senders);
        finish(WHO, sent as u64, reading)
    })
}

/// Each reader got everything; how long that took the slowest of them.
fn finish<'s>(
    who: &'static str,
    sent: u64,
    reading: impl IntoIterator<Item = ScopedJoinHandle<'s, Checker>>,
) -> Result<Run, Failure> {
    let checkers: Vec<Checker> =
        reading.into_iter().map(|reader| reader.join().expect("readers do not panic")).collect();
    let mut runs = checkers.into_iter().map(|checker| checker.finish(who, sent));
    let first = runs.next().expect("there are readers")?;
    runs.try_fold(first, |slowest, run| {
        let run = run?;
        Ok(if run.time > slowest.time { run } else { slowest })
    })
}
