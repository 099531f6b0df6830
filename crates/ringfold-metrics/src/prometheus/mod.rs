//! For Prometheus: text, and an endpoint that serves it.

mod exchange;
mod request;
mod server;

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit as Word;

pub use server::{Server, serve};

use crate::catalogue::METRICS;
use crate::metric::{Kind, Metric, Unit};
use crate::registry::Registry;
use crate::sample::{Sample, Value};

/// The media type of [`Registry::prometheus_text`]: OpenMetrics 1.0, which every Prometheus since version 2.5 reads.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is registered, as a collector for a `prometheus_client` registry, which may hold metrics of your own too.
///
/// ```
/// use prometheus_client::metrics::counter::Counter;
/// use ringfold_metrics::{Registry, prometheus::{Rings, Server}};
///
/// let (orders, rings) = (Counter::<u64>::default(), Registry::new());
/// let mut all = prometheus_client::registry::Registry::default();
/// all.register("orders", "Orders that came in", orders.clone());
/// all.register_collector(Box::new(Rings::of(&rings)));
/// let server = Server::bind("127.0.0.1:0", all)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rings {
    registry: Registry,
}

impl Rings {
    /// The collector of what is in `registry` when it is asked.
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        Self { registry: registry.clone() }
    }
}

impl Registry {
    /// All figures as text for Prometheus, in the format of [`CONTENT_TYPE`].
    #[must_use]
    pub fn prometheus_text(&self) -> String {
        let mut all = prometheus_client::registry::Registry::default();
        all.register_collector(Box::new(Rings::of(self)));
        let mut written = String::new();
        let done = text::encode(&mut written, &all);
        debug_assert!(done.is_ok(), "a string takes everything");
        written
    }
}

impl Collector for Rings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let samples = self.registry.samples();
        for metric in METRICS {
            let mut of_metric = samples.iter().filter(|sample| sample.is_of(metric)).peekable();
            if of_metric.peek().is_none() {
                continue;
            }
            let (name, unit) = (metric.stem(), word(metric.unit));
            let mut family = encoder.encode_descriptor(&name, metric.help, unit.as_ref(), kind(metric))?;
            of_metric.try_for_each(|sample| write(&mut family, sample))?;
        }
        Ok(())
    }
}

fn write(family: &mut MetricEncoder<'_>, sample: &Sample) -> Result<(), fmt::Error> {
    type Nothing = [(&'static str, &'static str); 0];
    let labels: Vec<_> = sample.labels.iter().map(|(label, value)| (*label, value.as_str())).collect();
    if sample.metric.kind == Kind::Info {
        return family.encode_info(&labels);
    }
    let mut one = family.encode_family(&labels)?;
    match (sample.metric.kind, sample.value) {
        (Kind::Counter, Value::Whole(value)) => one.encode_counter::<Nothing, _, u64>(&value, None),
        (Kind::Counter, Value::Real(value)) => one.encode_counter::<Nothing, _, u64>(&value, None),
        (_, Value::Whole(value)) => one.encode_gauge(&value),
        (_, Value::Real(value)) => one.encode_gauge(&value),
    }
}

fn kind(metric: &Metric) -> MetricType {
    match metric.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Info => MetricType::Info,
    }
}

fn word(unit: Unit) -> Option<Word> {
    match unit {
        Unit::None => None,
        Unit::Bytes => Some(Word::Bytes),
        Unit::Seconds => Some(Word::Seconds),
        other => Some(Word::Other(other.word().to_owned())),
    }
}
