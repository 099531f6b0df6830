//! Histories of many threads, checked: every item once, in the order of its producer, and first in, first out as far as the clock
//! can tell.

use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
};

use ringfold::{WaitStrategy, mpmc};

/// The producer and its number there.
type Item = (usize, u64);

/// A call with its item, from before it began to after it ended, in ticks of one clock.
#[derive(Clone, Copy, Debug)]
struct Call {
    item: Item,
    began: u64,
    ended: u64,
}

/// A clock that gives no two threads the same tick.
#[derive(Default)]
struct Clock(AtomicU64);

impl Clock {
    fn tick(&self) -> u64 {
        self.0.fetch_add(1, SeqCst)
    }
}

/// What went in and out, each by the thread that did it.
struct History {
    pushes: Vec<Vec<Call>>,
    pops: Vec<Vec<Call>>,
}

impl History {
    /// What is wrong, if anything.
    fn complain(&self) -> Option<String> {
        self.complain_of_order_in_one_consumer().or_else(|| self.complain_of_pairs())
    }

    fn complain_of_order_in_one_consumer(&self) -> Option<String> {
        for pops in &self.pops {
            let mut last = vec![None; self.pushes.len()];
            for Call { item: (producer, number), .. } in pops {
                if last[*producer] >= Some(*number) {
                    return Some(format!(
                        "item {number} of producer {producer} came after {:?}",
                        last[*producer]
                    ));
                }
                last[*producer] = Some(*number);
            }
        }
        None
    }

    /// Each item goes in and out once; and of two items of which one was in before the push of the other began, the other is not out
    /// before the pop of the first began.
    fn complain_of_pairs(&self) -> Option<String> {
        let sorted = |calls: &[Vec<Call>]| {
            let mut calls = calls.concat();
            calls.sort_by_key(|call| call.item);
            calls
        };
        let (pushes, pops) = (sorted(&self.pushes), sorted(&self.pops));
        if !pushes.iter().map(|push| push.item).eq(pops.iter().map(|pop| pop.item)) {
            return Some(format!("{} items went in and {} out, or others", pushes.len(), pops.len()));
        }
        let mut pairs: Vec<(Call, Call)> = pushes.into_iter().zip(pops).collect();
        if let Some((push, pop)) = pairs.iter().find(|(push, pop)| pop.ended < push.began) {
            return Some(format!("{pop:?} before {push:?}"));
        }
        // Of those that were in before some moment: the one whose pop began last.
        pairs.sort_by_key(|(push, _)| push.ended);
        let latest: Vec<u64> = pairs
            .iter()
            .scan(0, |latest, (_, pop)| {
                *latest = pop.began.max(*latest);
                Some(*latest)
            })
            .collect();
        pairs.iter().find_map(|(push, pop)| {
            let earlier = pairs.partition_point(|(other, _)| other.ended < push.began);
            let overtaken = earlier > 0 && latest[earlier - 1] > pop.ended;
            overtaken.then(|| format!("{:?} overtook an item that was in before", push.item))
        })
    }
}

/// What one run looks like.
#[derive(Clone, Copy)]
struct Run {
    producers: usize,
    consumers: usize,
    each: u64,
    capacity: usize,
    strategy: WaitStrategy,
    /// Whether threads dawdle at random.
    delays: bool,
}

/// A delay now and then, so that threads meet in every way.
fn dawdle(state: &mut u64) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    match *state % 64 {
        0 => thread::yield_now(),
        1..8 => (0..*state % 512).for_each(|_| std::hint::spin_loop()),
        _ => {}
    }
}

fn record(run: Run) -> History {
    let clock = Clock::default();
    let (producer, consumer) = mpmc::builder(run.capacity).wait_strategy(run.strategy).build().unwrap();
    thread::scope(|scope| {
        let clock = &clock;
        let writers: Vec<_> = (0..run.producers)
            .map(|number| {
                let producer = producer.clone();
                scope.spawn(move || {
                    let mut state = 0x9e37_79b9 + number as u64;
                    let push = |i| {
                        let began = clock.tick();
                        producer.push((number, i)).unwrap();
                        Call { item: (number, i), began, ended: clock.tick() }
                    };
                    (0..run.each)
                        .inspect(|_| {
                            if run.delays {
                                dawdle(&mut state)
                            }
                        })
                        .map(push)
                        .collect()
                })
            })
            .collect();
        let readers: Vec<_> = (0..run.consumers)
            .map(|number| {
                let consumer = consumer.clone();
                scope.spawn(move || {
                    let mut state = 0x85eb_ca6b + number as u64;
                    let mut calls = Vec::new();
                    let mut began = clock.tick();
                    while let Ok(item) = consumer.pop() {
                        calls.push(Call { item, began, ended: clock.tick() });
                        if run.delays {
                            dawdle(&mut state);
                        }
                        began = clock.tick();
                    }
                    calls
                })
            })
            .collect();
        drop((producer, consumer));
        History {
            pushes: writers.into_iter().map(|writer| writer.join().unwrap()).collect(),
            pops: readers.into_iter().map(|reader| reader.join().unwrap()).collect(),
        }
    })
}

fn assert_right(run: Run) {
    let history = record(run);
    assert_eq!(history.pushes.iter().map(Vec::len).sum::<usize>(), run.producers * run.each as usize);
    if let Some(complaint) = history.complain() {
        panic!("{} x {}, capacity {}: {complaint}", run.producers, run.consumers, run.capacity);
    }
}

const RUN: Run = Run {
    producers: 2,
    consumers: 2,
    each: 20_000,
    capacity: 16,
    strategy: WaitStrategy::Park,
    delays: false,
};

#[test]
fn histories_are_first_in_first_out() {
    for capacity in [1, 2, 3, 16, 1000] {
        for (producers, consumers) in [(1, 1), (2, 2), (3, 1), (1, 3)] {
            for delays in [false, true] {
                assert_right(Run { producers, consumers, capacity, delays, each: 4_000, ..RUN });
            }
        }
    }
}

#[test]
fn four_times_more_threads_than_cores_get_through() {
    let cores = thread::available_parallelism().map_or(2, usize::from).min(8);
    for (capacity, delays) in [(1, false), (7, true), (256, false), (256, true)] {
        assert_right(Run {
            producers: 2 * cores,
            consumers: 2 * cores,
            each: 4_000,
            capacity,
            delays,
            ..RUN
        });
    }
}

#[test]
fn every_wait_strategy_gets_through() {
    for strategy in [WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        assert_right(Run { strategy, each: 5_000, ..RUN });
        assert_right(Run { strategy, each: 1_000, capacity: 1, ..RUN });
    }
    assert_right(Run { strategy: WaitStrategy::Spin, producers: 1, consumers: 1, each: 5_000, ..RUN });
}

#[test]
fn a_wrong_history_is_noticed() {
    let call = |item, began, ended| Call { item, began, ended };
    let history = |pops: [Vec<Call>; 2]| History {
        pushes: vec![vec![call((0, 0), 0, 1), call((0, 1), 4, 5)], vec![call((1, 0), 2, 3)]],
        pops: pops.into(),
    };
    let right = history([vec![call((0, 0), 6, 7), call((0, 1), 8, 12)], vec![call((1, 0), 9, 10)]]);
    assert_eq!(right.complain(), None);
    for (pops, word) in [
        ([vec![call((0, 1), 6, 7), call((0, 0), 8, 9)], vec![call((1, 0), 10, 11)]], "came after"),
        ([vec![call((0, 0), 6, 7)], vec![call((1, 0), 8, 9)]], "3 items went in and 2 out"),
        ([vec![call((0, 0), 6, 7), call((0, 1), 8, 9)], vec![call((1, 0), 10, 11)]], "overtook"),
        ([vec![call((0, 0), 6, 7), call((0, 1), 2, 3)], vec![call((1, 0), 8, 9)]], "before Call"),
    ] {
        let complaint = history(pops).complain().expect("a wrong history");
        assert!(complaint.contains(word), "{complaint}");
    }
}
