//! From the rooms' snapshots to figures with names and labels.

use std::ptr;
use std::time::Duration;

use ringfold::memory::{Info, Method};
use ringfold::pool::{ClassStats, Health, Pool};
use ringfold::{Stats, Watch, broadcast};

use crate::{catalogue as of, metric::Metric};

/// A figure: what it is, of which ring or pool, and how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What it is.
    pub metric: &'static Metric,
    /// Of what: names and values, the same for each figure of a kind.
    pub labels: Vec<(&'static str, String)>,
    /// How much.
    pub value: Value,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// What is counted one by one.
    Whole(u64),
    /// Seconds, ratios.
    Real(f64),
}

impl Sample {
    /// Whether it is one of `metric`.
    #[must_use]
    pub fn is_of(&self, metric: &'static Metric) -> bool {
        ptr::eq(self.metric, metric)
    }
}

impl Value {
    /// The same as a floating-point number, which counts beyond 2 to the power of 53 no longer fit exactly.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Whole(value as u64)
    }
}

impl From<Duration> for Value {
    fn from(value: Duration) -> Self {
        Self::Real(value.as_secs_f64())
    }
}

impl From<f32> for Value {
    fn from(value: f32) -> Self {
        // It has no more digits that mean anything.
        Self::Real((f64::from(value) * 1e6).round() / 1e6)
    }
}

/// Figures of one ring or pool, which all have the same first labels.
pub(crate) struct Sheet<'a> {
    samples: &'a mut Vec<Sample>,
    labels: Vec<(&'static str, String)>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn of_ring(samples: &'a mut Vec<Sample>, name: &str, room: &str) -> Self {
        Self { samples, labels: vec![("ring", name.to_owned()), ("room", room.to_owned())] }
    }

    pub(crate) fn of_pool(samples: &'a mut Vec<Sample>, name: &str) -> Self {
        Self { samples, labels: vec![("pool", name.to_owned())] }
    }

    /// A sheet within this one, with one more label.
    fn with(&mut self, label: &'static str, value: impl ToString) -> Sheet<'_> {
        let mut labels = self.labels.clone();
        labels.push((label, value.to_string()));
        Sheet { samples: self.samples, labels }
    }

    pub(crate) fn add(&mut self, metric: &'static Metric, value: impl Into<Value>) {
        self.samples.push(Sample { metric, labels: self.labels.clone(), value: value.into() });
    }

    fn add_stalls(&mut self, side: &str, times: u64, time: Duration) {
        let mut sheet = self.with("side", side);
        sheet.add(&of::STALLS, times);
        sheet.add(&of::STALL_TIME, time);
    }

    fn add_memory(&mut self, info: &Info) {
        self.add(&of::MEMORY, info.bytes);
        let mut sheet = self.with("backend", backend(info.method));
        let mut sheet =
            sheet.with("page_bytes", if info.huge_bytes > 0 { info.alignment } else { info.page_bytes });
        sheet.with("version", env!("CARGO_PKG_VERSION")).add(&of::RING_INFO, 1_u64);
    }
}

/// A ring that can be watched; `None` when it is gone.
pub(crate) fn add_ring(samples: &mut Vec<Sample>, name: &str, watch: &Watch) -> Option<()> {
    let (stats, capacity) = (watch.stats()?, watch.capacity()?);
    let Stats { pushed, popped, times_full, times_empty, producer_stalled, consumer_stalled } = stats;
    let mut sheet = Sheet::of_ring(samples, name, watch.room());
    sheet.add(&of::CAPACITY, capacity);
    sheet.add(&of::OCCUPANCY, stats.depth());
    sheet.add(&of::WRITTEN, pushed);
    sheet.add(&of::READ, popped);
    sheet.add_stalls("producer", times_full, producer_stalled);
    sheet.add_stalls("consumer", times_empty, consumer_stalled);
    if let Some(info) = watch.memory() {
        sheet.add_memory(&info);
    }
    Some(())
}

pub(crate) fn add_broadcast<E>(samples: &mut Vec<Sample>, name: &str, ring: &broadcast::Subscriber<E>) {
    let broadcast::Stats { published, readers, depth, failed, times_full, producer_stalled } = ring.stats();
    let mut sheet = Sheet::of_ring(samples, name, "broadcast");
    sheet.add(&of::CAPACITY, ring.capacity());
    sheet.add(&of::OCCUPANCY, depth);
    sheet.add(&of::WRITTEN, published);
    sheet.add(&of::CONSUMERS, readers);
    sheet.add(&of::FAILED, failed);
    sheet.add_stalls("producer", times_full, producer_stalled);
    for reader in ring.readers() {
        let mut sheet = sheet.with("consumer", reader.number);
        sheet.add(&of::LAG, reader.lag);
        sheet.add(&of::HIGH_WATER, reader.high_water);
        sheet.add(&of::CONSUMER_STALLS, reader.times_empty);
        sheet.add(&of::CONSUMER_STALL_TIME, reader.stalled);
    }
}

pub(crate) fn add_pool(samples: &mut Vec<Sample>, name: &str, pool: &Pool) {
    let stats = pool.stats();
    let mut sheet = Sheet::of_pool(samples, name);
    for class in &stats.classes {
        add_class(&mut sheet.with("class", class.class), class);
    }
    sheet.add(&of::POOL_MEMORY, pool.memory().total());
    sheet.add(&of::POOL_HEAP_EVENTS, stats.heap.in_use);
    sheet.add(&of::POOL_HEAP, stats.heap.bytes);
    sheet.add(&of::POOL_HEAP_ALLOCATED, stats.heap.allocated);
}

fn add_class(sheet: &mut Sheet<'_>, class: &ClassStats) {
    sheet.add(&of::POOL_CAPACITY, class.capacity);
    sheet.add(&of::POOL_IN_USE, class.in_use);
    sheet.add(&of::POOL_HIGH_WATER, class.high_water);
    sheet.add(&of::POOL_PRESSURE, class.pressure());
    sheet.add(&of::POOL_HEALTH, level(class.health()));
    sheet.add(&of::POOL_LEAKED, class.leaked);
    sheet.add(&of::POOL_RETIRED, class.retired);
    sheet.add(&of::POOL_ALLOCATED, class.allocated);
    sheet.add(&of::POOL_EXHAUSTED, class.exhausted);
    sheet.add(&of::POOL_FALLBACKS, class.fallbacks);
}

fn level(health: Health) -> u64 {
    match health {
        Health::Healthy => 0,
        Health::Strained => 1,
        Health::Critical => 2,
        Health::Exhausted => 3,
    }
}

/// One word, for a label.
fn backend(method: Method) -> &'static str {
    match method {
        Method::Memfd => "memfd",
        Method::HugeTlb => "hugetlb",
        Method::AnonymousRemap => "remap",
        Method::MachRemap => "mach_remap",
        Method::Placeholders => "placeholders",
        Method::Heap => "heap",
        _ => "other",
    }
}
