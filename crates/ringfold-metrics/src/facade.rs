//! For the `metrics` facade: figures go to whatever recorder the program has installed.

use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use metrics::{Key, KeyName, Label, Level, Metadata, with_recorder};

use crate::catalogue::METRICS;
use crate::metric::{Kind, Unit};
use crate::registry::Registry;
use crate::sample::{Sample, Value};

/// Tells the installed recorder the unit and the meaning of every metric.
pub fn describe() {
    with_recorder(|recorder| {
        for metric in METRICS {
            let (key, help) = (KeyName::from(metric.name()), metric.help.into());
            match (metric.kind, metric.unit) {
                (Kind::Counter, unit) if unit != Unit::Seconds => {
                    recorder.describe_counter(key, word(unit), help)
                }
                (_, unit) => recorder.describe_gauge(key, word(unit), help),
            }
        }
    });
}

/// Hands all figures, as they are now, to the installed recorder, under the names of Prometheus. Does nothing if there is none.
///
/// Counters are set to what they are (`absolute`). Those in seconds become gauges, because the facade counts in whole numbers only. The facade knows no
/// end: what has disappeared from the registry stays with the recorder as it was last, unless that forgets what is idle.
///
/// ```
/// # use ringfold_metrics::{Registry, facade};
/// let registry = Registry::new();
/// facade::describe();
/// facade::record(&registry); // now and then
/// ```
pub fn record(registry: &Registry) {
    with_recorder(|recorder| registry.samples().into_iter().for_each(|sample| record_one(recorder, sample)));
}

/// Starts a thread that [describes](describe) all metrics and then [records](record) them every so often, until what is returned is dropped; and once more
/// then.
///
/// # Errors
/// When there is no thread to be had.
pub fn every(interval: Duration, registry: &Registry) -> io::Result<Sampler> {
    let ((stop, stopped), registry) = (channel(), registry.clone());
    let work = move || sample(interval, &registry, &stopped);
    let thread = thread::Builder::new().name("ringfold-sampler".into()).spawn(work)?;
    Ok(Sampler { stop: Some(stop), thread: Some(thread) })
}

/// A thread that records figures; see [`every`]. It stops when this is dropped.
#[must_use = "a sampler stops when it is dropped"]
pub struct Sampler {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

fn sample(interval: Duration, registry: &Registry, stopped: &Receiver<()>) {
    describe();
    while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        record(registry);
    }
    record(registry);
}

fn record_one(recorder: &dyn metrics::Recorder, sample: Sample) {
    const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    let labels = sample.labels.into_iter().map(|(label, value)| Label::new(label, value));
    let key = Key::from_parts(sample.metric.name(), labels.collect::<Vec<_>>());
    match (sample.metric.kind, sample.value) {
        (Kind::Counter, Value::Whole(value)) => recorder.register_counter(&key, &METADATA).absolute(value),
        (_, value) => recorder.register_gauge(&key, &METADATA).set(value.as_f64()),
    }
}

fn word(unit: Unit) -> Option<metrics::Unit> {
    match unit {
        Unit::None => None,
        Unit::Items | Unit::Slots | Unit::Events => Some(metrics::Unit::Count),
        Unit::Bytes => Some(metrics::Unit::Bytes),
        Unit::Seconds => Some(metrics::Unit::Seconds),
        Unit::Ratio => None,
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").finish_non_exhaustive()
    }
}
