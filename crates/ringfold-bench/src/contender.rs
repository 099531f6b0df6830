//! What every room hands to the runner: cases, and in each case the contenders that compete in it.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::signal::Wait;

/// One cell of the benchmark: a topology in one regime, and who competes in it.
pub struct Case {
    /// The room it belongs to, such as `spsc`.
    pub room: &'static str,
    /// How the data moves, such as `item`.
    pub topology: &'static str,
    /// The regime in words: item size, capacity, pace.
    pub regime: String,
    /// Slots of the ring, as asked for.
    pub capacity: usize,
    /// Bytes of one item.
    pub item_bytes: usize,
    /// Threads that put in, and threads that take out; one and none where a single thread does both.
    pub sides: (usize, usize),
    /// Threads per core: 1.0 unless the sides share one.
    pub threads_per_core: f64,
    /// At most so many rounds and one warm-up: for cases whose samples take seconds.
    pub rounds: Option<usize>,
    /// What is measured.
    pub metric: Metric,
    /// Who competes.
    pub contenders: Vec<Contender>,
}

/// What a case measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Items per second; more is better.
    ItemsPerSecond,
    /// Bytes per second; more is better.
    BytesPerSecond,
    /// Nanoseconds of one round trip, median of batches; less is better.
    RoundTrip,
    /// Nanoseconds from intended sending to receipt, as percentiles; less is better, ranked by the median.
    Latency,
    /// Nanoseconds of one operation on one thread, median of batches; less is better.
    Operation,
    /// Nanoseconds of the longest operation on one thread; less is better.
    Pause,
    /// Bytes of memory taken for each byte put in; less is better.
    Memory,
}

impl Metric {
    /// Is a larger figure the better one?
    pub fn more_is_better(self) -> bool {
        matches!(self, Metric::ItemsPerSecond | Metric::BytesPerSecond)
    }
}

/// Who somebody is in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// ringfold as it comes out of the box: the one whose ratio is the headline.
    Ours,
    /// ringfold with other settings.
    OursTuned,
    /// Somebody else's ring or channel.
    Rival,
    /// Somebody else's, but not under the same terms: listed, never the best rival.
    Aside,
    /// Not a ring at all: what the machine can do at best.
    Floor,
}

impl Role {
    /// ringfold, in any mode?
    pub fn is_ours(self) -> bool {
        matches!(self, Role::Ours | Role::OursTuned)
    }
}

/// Somebody who can run one sample of a case.
pub struct Contender {
    /// As the report names it.
    pub name: &'static str,
    /// Ours, a rival, or a floor.
    pub role: Role,
    /// What of its API is used, and what a reader should know.
    pub note: String,
    /// The ways of waiting to choose from; the warm-up keeps the fastest.
    pub ways: Vec<Wait>,
    /// Runs one sample.
    pub run: Run,
}

/// Runs one sample under this plan, waiting in this way.
pub type Run = Box<dyn Fn(&Plan, Wait) -> Result<Sample, Failure>>;

/// How long and where a sample runs.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Time until the producer is told to stop.
    pub duration: Duration,
    /// Time after which the sample has failed.
    pub deadline: Duration,
    /// Cores of the first and of the second thread, where pinning works.
    pub cores: Option<(usize, usize)>,
}

impl Plan {
    /// The same plan with both threads on the first core.
    pub fn on_one_core(self) -> Plan {
        Plan { cores: self.cores.map(|(first, _)| (first, first)), ..self }
    }
}

/// What one sample measured.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Items (or round trips) that arrived, every one of them checked.
    pub items: u64,
    /// From the first side's start to the last side's end.
    pub elapsed: Duration,
    /// CPU time of both sides together.
    pub cpu: Duration,
    /// Bytes that arrived, where items differ in size; bytes of memory taken, where those are measured.
    pub bytes: Option<u64>,
    /// Nanoseconds of one round trip, median over batches.
    pub round_trip: Option<f64>,
    /// Nanoseconds of one operation, median over batches; of the longest, where that is measured.
    pub operation: Option<f64>,
    /// Nanoseconds from intended sending to receipt.
    pub latency: Option<Histogram<u64>>,
}

impl Sample {
    /// The one figure this sample contributes to its case.
    pub fn figure(&self, metric: Metric, item_bytes: usize) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        match metric {
            Metric::ItemsPerSecond => self.items as f64 / seconds,
            Metric::BytesPerSecond => self.bytes.unwrap_or(self.items * item_bytes as u64) as f64 / seconds,
            Metric::RoundTrip => self.round_trip.unwrap_or(f64::NAN),
            Metric::Operation | Metric::Pause => self.operation.unwrap_or(f64::NAN),
            Metric::Memory => self.bytes.map_or(f64::NAN, |bytes| bytes as f64 / item_bytes as f64),
            Metric::Latency => {
                self.latency.as_ref().map_or(f64::NAN, |latency| latency.value_at_quantile(0.5) as f64)
            }
        }
    }
}

/// Why a sample has no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The contender could not be created.
    Setup(String),
    /// Something arrived that was not sent, or not in this order.
    Wrong,
    /// Fewer or more items arrived than were sent.
    Lost {
        /// Items sent.
        sent: u64,
        /// Items received.
        received: u64,
    },
    /// The time limit ended; both sides could be stopped.
    Deadline,
    /// The time limit ended and a side did not stop: its thread is left behind.
    Hung,
    /// A side panicked.
    Panicked,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Setup(why) => write!(f, "could not be created: {why}"),
            Failure::Wrong => write!(f, "WRONG DATA: an item arrived changed or out of order"),
            Failure::Lost { sent, received } => {
                write!(f, "WRONG DATA: {sent} items sent, {received} received")
            }
            Failure::Deadline => write!(f, "hit the time limit (collapsed or stuck)"),
            Failure::Hung => write!(f, "hung beyond the time limit; its thread was left behind"),
            Failure::Panicked => write!(f, "panicked"),
        }
    }
}

impl std::error::Error for Failure {}
