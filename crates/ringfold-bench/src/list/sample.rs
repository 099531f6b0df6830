//! One sample, in a process of its own.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use ringfold::memory::machine as facts;
use serde::{Deserialize, Serialize};

use super::Aspect;
use super::rivals::{self, Grows};
use crate::child;
use crate::contender::{Failure, Plan, Sample};
use crate::machine;

const VARIABLE: &str = "RINGFOLD_BENCH_LIST_SAMPLE";
/// Items read at random in one sample.
const READS: usize = 10_000_000;
/// Pushes between two readings of the clock where the longest is looked for: reading it takes as long as a hundred of them.
const STRIDE: usize = 256;

/// What the child is to do.
#[derive(Serialize, Deserialize)]
struct Order {
    name: String,
    topology: String,
    items: usize,
    core: Option<usize>,
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    operations: u64,
    elapsed: Duration,
    cpu: Duration,
    bytes: Option<u64>,
    nanos: f64,
    pub(super) right: bool,
}

/// Runs a sample in a child.
pub(super) fn in_a_process(plan: &Plan, name: &str, aspect: Aspect, items: usize) -> Result<Sample, Failure> {
    let core = plan.cores.map(|(first, _)| first);
    let order = Order { name: name.into(), topology: aspect.topology().into(), items, core };
    let order = serde_json::to_string(&order).map_err(|why| Failure::Setup(why.to_string()))?;
    let answer: Answer = child::ask(VARIABLE, &order)?;
    let sample = Sample {
        items: answer.operations,
        elapsed: answer.elapsed,
        cpu: answer.cpu,
        bytes: answer.bytes,
        round_trip: None,
        operation: Some(answer.nanos),
        latency: None,
    };
    if answer.right { Ok(sample) } else { Err(Failure::Wrong) }
}

/// In a child: measures and answers. `None` in the program itself.
pub fn answer() -> Option<ExitCode> {
    let order: Order = serde_json::from_str(&env::var(VARIABLE).ok()?).ok()?;
    machine::pin(order.core);
    let entrant = rivals::all().into_iter().find(|entrant| entrant.name == order.name)?;
    let aspect = Aspect::ALL.into_iter().find(|aspect| aspect.topology() == order.topology)?;
    println!("{}", serde_json::to_string(&(entrant.measure)(aspect, order.items)).ok()?);
    Some(ExitCode::SUCCESS)
}

/// One sample.
pub(super) fn measure<L: Grows>(aspect: Aspect, items: usize) -> Answer {
    let before = resident();
    let mut list = L::open();
    match aspect {
        Aspect::Push => {
            let answer = timed(items, || push(&mut list, items)).0;
            Answer { right: list.sum() == sum_up_to(items), ..answer }
        }
        Aspect::Again => {
            push(&mut list, items);
            drop(list);
            measure::<L>(Aspect::Push, items)
        }
        Aspect::Pause => {
            let (answer, longest) = timed(items, || longest_push(&mut list, items));
            Answer { nanos: longest, right: list.sum() == sum_up_to(items), ..answer }
        }
        Aspect::Memory => {
            let answer = timed(items, || push(&mut list, items)).0;
            let bytes = Some(resident().saturating_sub(before));
            Answer { bytes, right: list.sum() == sum_up_to(items), ..answer }
        }
        Aspect::Iterate => {
            push(&mut list, items);
            let (answer, sum) = timed(items, || black_box(&list).sum());
            Answer { right: sum == sum_up_to(items), ..answer }
        }
        Aspect::Random => {
            push(&mut list, items);
            let reads = READS.min(4 * items);
            let (answer, sum) = timed(reads, || at_random(black_box(&list), items, reads));
            let right = indices(items, reads).fold(0, |sum: u64, index| sum.wrapping_add(index as u64));
            Answer { right: sum == right, ..answer }
        }
    }
}

fn resident() -> u64 {
    facts::process_memory().resident.unwrap_or(0)
}

fn sum_up_to(items: usize) -> u64 {
    (items as u64).wrapping_mul(items as u64 - 1) / 2
}

#[inline(never)]
fn push<L: Grows>(list: &mut L, items: usize) {
    for item in 0..items as u64 {
        list.push(item);
    }
}

/// Nanoseconds of the longest push, to within the time that the other pushes of its stride take. Processor time, so that
/// what another program got of this core in between is not taken for a push.
#[inline(never)]
fn longest_push<L: Grows>(list: &mut L, items: usize) -> f64 {
    let mut longest = Duration::ZERO;
    let begin = ThreadTime::now();
    let mut before = begin.elapsed();
    for stride in 0..items / STRIDE {
        for item in 0..STRIDE {
            list.push((stride * STRIDE + item) as u64);
        }
        let now = begin.elapsed();
        longest = longest.max(now - before);
        before = now;
    }
    (items / STRIDE * STRIDE..items).for_each(|item| list.push(item as u64));
    longest.as_nanos() as f64
}

#[inline(never)]
fn at_random<L: Grows>(list: &L, items: usize, reads: usize) -> u64 {
    indices(items, reads).fold(0, |sum: u64, index| sum.wrapping_add(list.at(index)))
}

/// The same random indices each time (xorshift, scaled by multiplication).
#[inline(always)]
fn indices(items: usize, reads: usize) -> impl Iterator<Item = usize> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..reads).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((u128::from(state) * items as u128) >> 64) as usize
    })
}

/// Times something that does so many operations; the figure is the time of one.
fn timed<R>(operations: usize, work: impl FnOnce() -> R) -> (Answer, R) {
    let cpu = ThreadTime::now();
    let started = Instant::now();
    let result = black_box(work());
    let (elapsed, cpu) = (started.elapsed(), cpu.elapsed());
    let nanos = elapsed.as_nanos() as f64 / operations as f64;
    (Answer { operations: operations as u64, elapsed, cpu, bytes: None, nanos, right: false }, result)
}

#[cfg(test)]
mod tests {
    use super::super::entrants;
    use super::*;

    #[test]
    fn everybody_is_measured_and_right() {
        for aspect in Aspect::ALL {
            for entrant in entrants(aspect, 50_001) {
                let answer = (entrant.measure)(aspect, 50_001);
                assert!(answer.right && answer.nanos > 0.0, "{} at {aspect:?}: {answer:?}", entrant.name);
            }
        }
    }

    #[test]
    fn a_list_that_loses_items_is_found_out() {
        struct Forgetful(Vec<u64>);
        impl Grows for Forgetful {
            fn open() -> Self {
                Forgetful(Vec::new())
            }
            fn push(&mut self, item: u64) {
                self.0.push(if item == 77 { 0 } else { item });
            }
            fn sum(&self) -> u64 {
                self.0.iter().sum()
            }
            fn at(&self, index: usize) -> u64 {
                self.0[index]
            }
        }
        for aspect in Aspect::ALL {
            assert!(!measure::<Forgetful>(aspect, 1000).right, "{aspect:?}");
        }
    }

    #[test]
    fn indices_are_within_the_list_and_all_over_it() {
        let seen: Vec<usize> = indices(10, 1000).collect();
        assert!((0..10).all(|index| seen.contains(&index)) && seen.iter().all(|&index| index < 10));
    }
}
