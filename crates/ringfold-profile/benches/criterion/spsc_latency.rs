//! The latency of `spsc` beside crossbeam's `ArrayQueue`, between two threads.
//!
//! Two situations, of which people quote either as "the latency of a queue":
//!
//! * **round trip**: one item is on its way, there over one ring and back over another. What a hand-off costs.
//! * **backlog**: the producer pushes as fast as it can, and each item says when. What passes until it is popped is mostly the
//!   time that it stands behind others, so it tells who is quicker, and how many fit, rather than what a hand-off costs.
//!
//! Criterion gives the mean time per item. Behind it comes a table with p50 and p99 over a million items each, in interleaved rounds. Both queues are used
//! by calls that never wait, in the same loop, and ringfold also by those that do, as it comes; every item is checked on both sides; the clock's own time, a few tens of nanoseconds, is in every figure.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use crossbeam_queue::ArrayQueue;
use hdrhistogram::Histogram;
use ringfold::memory::machine;
use ringfold::spsc;

const CAPACITY: usize = 1024;
const ROUNDS: usize = 10;
const ITEMS_PER_ROUND: u64 = 100_000;

/// Both situations, each for Criterion and then as percentiles.
pub fn bench(criterion: &mut Criterion) {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let situations: [(&str, Contenders); 2] = [
        ("spsc round trip", [round_trips::<Waiting>, round_trips::<Polling>, round_trips::<Crossbeam>]),
        ("spsc backlog", [backlog::<Waiting>, backlog::<Polling>, backlog::<Crossbeam>]),
    ];
    for (name, contenders) in situations {
        let was_chosen = Cell::new(false);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for (contender, run) in NAMES.into_iter().zip(contenders) {
            group.bench_function(contender, |bencher| {
                was_chosen.set(true);
                bencher.iter_custom(|items| run(items).elapsed);
            });
        }
        group.finish();
        if was_chosen.get() && !is_test {
            percentiles(name, contenders);
        }
    }
}

const NAMES: [&str; 3] = [Waiting::NAME, Polling::NAME, Crossbeam::NAME];
/// In the order of [`NAMES`]; the others are compared with the last.
type Contenders = [Run; 3];
/// Sends so many items.
type Run = fn(u64) -> Sample;

/// How long all items took, and each of them, in nanoseconds.
struct Sample {
    elapsed: Duration,
    latency: Histogram<u64>,
}

/// Runs all in turn, changing who is first, and prints what came of it.
fn percentiles(name: &str, contenders: Contenders) {
    const QUANTILES: [f64; 2] = [0.5, 0.99];
    let mut all = contenders.map(|_| histogram());
    let mut ratios = contenders.map(|_| QUANTILES.map(|_| Vec::new()));
    for round in 0..ROUNDS {
        let mut samples = contenders.map(|_| histogram());
        for turn in 0..contenders.len() {
            let who = (round + turn) % contenders.len();
            samples[who] = contenders[who](ITEMS_PER_ROUND).latency;
            all[who].add(&samples[who]).expect("the bounds are the same");
        }
        let theirs = QUANTILES.map(|quantile| samples[contenders.len() - 1].value_at_quantile(quantile));
        for (ratios, sample) in ratios.iter_mut().zip(&samples) {
            for ((ratios, quantile), their) in ratios.iter_mut().zip(QUANTILES).zip(theirs) {
                ratios.push(their as f64 / sample.value_at_quantile(quantile) as f64);
            }
        }
    }
    println!("{name}: {} items each, {ROUNDS} interleaved rounds, capacity {CAPACITY}", all[0].len());
    println!("{:<26} {:>10} {:>10}   times as quick: p50, p99 [least, most]", "", "p50 ns", "p99 ns");
    for ((contender, latency), ratios) in NAMES.iter().zip(&all).zip(ratios) {
        let [p50, p99] = QUANTILES.map(|quantile| latency.value_at_quantile(quantile));
        println!("{contender:<26} {p50:>10} {p99:>10}   {}", ratios.map(spread).join(", "));
    }
    println!();
}

fn spread(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let median = (ratios[(ratios.len() - 1) / 2] + ratios[ratios.len() / 2]) / 2.0;
    format!("{median:.2} [{:.2}, {:.2}]", ratios[0], ratios[ratios.len() - 1])
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("the bounds make sense")
}

/// What travels.
#[derive(Clone, Copy)]
struct Item {
    sequence: u64,
    pushed: Instant,
}

/// One after the other, there and back.
fn round_trips<Q: Queue>(items: u64) -> Sample {
    let ((mut ping_tx, mut ping_rx), (mut pong_tx, mut pong_rx)) = (Q::open(), Q::open());
    let here = move || {
        let mut latency = histogram();
        let start = Instant::now();
        let mut pushed = start;
        for sequence in 0..items {
            Q::push(&mut ping_tx, Item { sequence, pushed });
            let item = Q::pop(&mut pong_rx);
            let now = Instant::now();
            assert_eq!((item.sequence, item.pushed), (sequence, pushed), "another item came back");
            latency.saturating_record((now - pushed).as_nanos() as u64);
            pushed = now;
        }
        Sample { elapsed: start.elapsed(), latency }
    };
    let there = move || {
        for sequence in 0..items {
            let item = Q::pop(&mut ping_rx);
            assert_eq!(item.sequence, sequence, "another item came");
            Q::push(&mut pong_tx, item);
        }
    };
    both(here, there)
}

/// As many as fit on their way.
fn backlog<Q: Queue>(items: u64) -> Sample {
    let (mut tx, mut rx) = Q::open();
    let here = move || {
        let mut latency = histogram();
        let start = Instant::now();
        for sequence in 0..items {
            let item = Q::pop(&mut rx);
            assert_eq!(item.sequence, sequence, "another item came");
            latency.saturating_record(item.pushed.elapsed().as_nanos() as u64);
        }
        Sample { elapsed: start.elapsed(), latency }
    };
    let there = move || {
        (0..items).for_each(|sequence| Q::push(&mut tx, Item { sequence, pushed: Instant::now() }));
    };
    both(here, there)
}

/// Runs each on a thread of its own, on a core of its own where there are two.
fn both(here: impl FnOnce() -> Sample + Send, there: impl FnOnce() + Send) -> Sample {
    let cores = machine::cores().allowed;
    let pin = |index: usize| {
        if let (true, Some(&core)) = (cores.len() > 1, cores.get(index)) {
            // Where threads cannot be pinned, both contenders run as the system likes.
            let _ = machine::pin_current_thread(core);
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            pin(1);
            there();
        });
        let one = scope.spawn(|| {
            pin(0);
            here()
        });
        other.join().expect("every item was the one that had to come");
        one.join().expect("every item was the one that had to come")
    })
}

/// A queue, and how it is used.
trait Queue {
    const NAME: &'static str;
    type Tx: Send;
    type Rx: Send;

    fn open() -> (Self::Tx, Self::Rx);
    fn push(tx: &mut Self::Tx, item: Item);
    fn pop(rx: &mut Self::Rx) -> Item;
}

/// Tries until it works. Gives the core away now and then, lest two threads on one core wait for each other's time slice.
#[inline(always)]
fn insist<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    loop {
        for _ in 0..10_000 {
            if let Some(value) = attempt() {
                return value;
            }
            spin_loop();
        }
        thread::yield_now();
    }
}

struct Waiting;

impl Queue for Waiting {
    const NAME: &'static str = "ringfold push, pop";
    type Tx = spsc::Producer<Item>;
    type Rx = spsc::Consumer<Item>;

    fn open() -> (Self::Tx, Self::Rx) {
        spsc::with_capacity(CAPACITY).expect("there is memory")
    }

    #[inline(always)]
    fn push(tx: &mut Self::Tx, item: Item) {
        assert!(tx.push(item).is_ok(), "the other thread is gone");
    }

    #[inline(always)]
    fn pop(rx: &mut Self::Rx) -> Item {
        rx.pop().expect("the other thread is there")
    }
}

struct Polling;

impl Queue for Polling {
    const NAME: &'static str = "ringfold try_push, try_pop";
    type Tx = spsc::Producer<Item>;
    type Rx = spsc::Consumer<Item>;

    fn open() -> (Self::Tx, Self::Rx) {
        Waiting::open()
    }

    #[inline(always)]
    fn push(tx: &mut Self::Tx, item: Item) {
        insist(|| tx.try_push(item).ok());
    }

    #[inline(always)]
    fn pop(rx: &mut Self::Rx) -> Item {
        insist(|| rx.try_pop().ok())
    }
}

struct Crossbeam;

impl Queue for Crossbeam {
    const NAME: &'static str = "crossbeam ArrayQueue";
    type Tx = Arc<ArrayQueue<Item>>;
    type Rx = Arc<ArrayQueue<Item>>;

    fn open() -> (Self::Tx, Self::Rx) {
        let queue = Arc::new(ArrayQueue::new(CAPACITY));
        (queue.clone(), queue)
    }

    #[inline(always)]
    fn push(tx: &mut Self::Tx, item: Item) {
        insist(|| tx.push(item).ok());
    }

    #[inline(always)]
    fn pop(rx: &mut Self::Rx) -> Item {
        insist(|| rx.pop())
    }
}
