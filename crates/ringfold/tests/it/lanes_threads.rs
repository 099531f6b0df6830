//! Lanes under load: every item once, in the order of its producer, while producers come and go.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use ringfold::{
    WaitStrategy,
    mpsc::lanes::{self, Consumer, Producer},
};

use crate::{lanes_turns::made, memory::memory};

/// The lane it came from and its place there.
type Item = (u64, u64);

/// Pushes so many items, with all verbs in turn.
fn push_all(producer: &mut Producer<Item>, count: u64) {
    let lane = producer.lane();
    let mut next = 0;
    while next < count {
        let run = (next % 7 + 1).min(count - next);
        let items: Vec<Item> = (next..next + run).map(|i| (lane, i)).collect();
        match next % 4 {
            0 => items.iter().for_each(|item| producer.push(*item).unwrap()),
            1 => producer.push_slice(&items).unwrap(),
            2 => assert_eq!(producer.push_iter(items), Ok(run as usize)),
            _ => {
                let mut claim = producer.claim(run as usize).unwrap();
                claim.fill(|i| (lane, next + i as u64));
                claim.commit();
            }
        }
        next += run;
    }
}

/// Checks that items come in the order of each lane, and counts them.
#[derive(Default)]
struct Ledger(HashMap<u64, u64>);

impl Ledger {
    fn note(&mut self, (lane, i): Item) {
        let next = self.0.entry(lane).or_default();
        assert_eq!(i, *next, "lane {lane}");
        *next += 1;
    }

    fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Reads until the ring is closed, with all verbs in turn.
fn read_all(consumer: &mut Consumer<Item>) -> Ledger {
    let mut ledger = Ledger::default();
    let mut target = [(0, 0); 5];
    for round in 0.. {
        match round % 5 {
            0 => drop(consumer.drain(|item| ledger.note(item))),
            1 => {
                let count = consumer.pop_slice(&mut target);
                target[..count].iter().for_each(|item| ledger.note(*item));
            }
            2 => {
                let view = consumer.peek();
                let count = view.len() / 2;
                view[..count].iter().for_each(|item| ledger.note(*item));
                view.consume(count);
            }
            3 => {
                if let Ok(view) = consumer.next_view() {
                    view.into_iter().take(3).for_each(|item| ledger.note(item));
                }
            }
            _ => match consumer.pop() {
                Ok(item) => ledger.note(item),
                Err(_) => return ledger,
            },
        }
    }
    unreachable!("rounds never end")
}

#[test]
fn every_item_comes_once_and_in_the_order_of_its_producer() {
    for (n, count, capacity) in [(1, 40_000, 7), (2, 40_000, 1), (8, 20_000, 16), (16, 10_000, 100)] {
        let (producers, mut consumer) = made(n, capacity.max(7));
        let writers: Vec<_> = producers
            .into_iter()
            .map(|mut producer| thread::spawn(move || push_all(&mut producer, count)))
            .collect();
        let ledger = read_all(&mut consumer);
        assert_eq!(ledger.total(), n as u64 * count);
        assert_eq!((ledger.0.len(), consumer.lanes()), (n, 0));
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
}

#[test]
fn every_wait_strategy_gets_through() {
    for strategy in [WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let builder = lanes::builder(4, 8).memory(memory()).wait_strategy(strategy);
        let (producers, mut consumer) = builder.build().unwrap();
        for mut producer in producers {
            thread::spawn(move || push_all(&mut producer, 2_000));
        }
        assert_eq!(read_all(&mut consumer).total(), 4 * 2_000);
    }
}

#[test]
fn a_hundred_lanes_that_wake_a_sleeper_now_and_then() {
    let (producers, mut consumer) = made(100, 8);
    let writers: Vec<_> = producers
        .into_iter()
        .map(|mut producer| {
            thread::spawn(move || {
                let lane = producer.lane();
                for i in 0..20 {
                    thread::sleep(Duration::from_micros((lane * 37 + i * 101) % 700));
                    producer.push((lane, i)).unwrap();
                }
            })
        })
        .collect();
    let mut ledger = Ledger::default();
    consumer.iter().for_each(|item| ledger.note(item));
    assert_eq!(ledger.total(), 2_000);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

/// A producer that pushes, lets others join, and leaves; the tree of its heirs has `generations`.
fn found(mut producer: Producer<Item>, generations: u32) {
    push_all(&mut producer, 300);
    if generations > 0 {
        for _ in 0..2 {
            let heir = producer.join().unwrap();
            thread::spawn(move || found(heir, generations - 1));
        }
    }
}

#[test]
fn producers_join_and_leave_under_load() {
    let (producers, mut consumer) = made(3, 16);
    for producer in producers {
        thread::spawn(move || found(producer, 5));
    }
    let ledger = read_all(&mut consumer);
    assert_eq!((ledger.0.len(), ledger.total()), (3 * 63, 3 * 63 * 300));
    assert_eq!(consumer.lanes(), 0);
}

#[test]
fn a_stopped_producer_keeps_nobody_from_anything() {
    let (mut producers, mut consumer) = made(2, 4);
    let mut busy = producers.pop().unwrap();
    let mut stopped = producers.pop().unwrap();
    let mut claim = stopped.claim(4).unwrap();
    claim.push((0, 0)).unwrap();
    let writer = thread::spawn(move || push_all(&mut busy, 10_000));
    for i in 0..10_000 {
        assert_eq!(consumer.pop(), Ok((1, i)));
    }
    writer.join().unwrap();
    claim.commit();
    assert_eq!(consumer.pop(), Ok((0, 0)));
}

#[test]
fn a_producer_that_panics_leaves_what_it_pushed() {
    let (producers, mut consumer) = made(3, 64);
    let writers: Vec<_> = producers
        .into_iter()
        .map(|mut producer| {
            thread::spawn(move || {
                let panics = catch_unwind(AssertUnwindSafe(|| {
                    let lane = producer.lane();
                    producer.push((lane, 0)).unwrap();
                    let mut claim = producer.claim(3).unwrap();
                    claim.fill(|i| if i == 1 { panic!("in the midst of a claim") } else { (lane, 9) });
                }));
                assert!(panics.is_err());
            })
        })
        .collect();
    assert_eq!(read_all(&mut consumer).total(), 3);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_consumer_that_leaves_under_load_stops_everybody_and_loses_nothing() {
    for round in 0..20 {
        let (producers, mut consumer) = made(6, 8);
        let (made, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> = producers
            .into_iter()
            .map(|mut producer| {
                let (made, dropped) = (made.clone(), dropped.clone());
                thread::spawn(move || {
                    let mut joined = None;
                    loop {
                        made.fetch_add(1, SeqCst);
                        if producer.push(Counted(dropped.clone())).is_err() {
                            return joined;
                        }
                        joined.get_or_insert_with(|| producer.join().unwrap());
                    }
                })
            })
            .collect();
        (0..round * 40).for_each(|_| drop(consumer.pop().ok().unwrap()));
        drop(consumer);
        let joined: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        assert!(joined.iter().flatten().all(Producer::is_closed));
        drop(joined);
        assert_eq!(made.load(SeqCst), dropped.load(SeqCst));
    }
}

#[test]
fn a_sleeping_consumer_is_woken_by_items_joiners_and_the_last_to_leave() {
    let pause = || thread::sleep(Duration::from_millis(20));
    let (mut producers, mut consumer) = made(3, 4);
    let writer = thread::spawn(move || {
        pause();
        producers[2].push((2, 0)).unwrap();
        pause();
        let mut joined = producers[1].join().unwrap();
        drop(producers);
        pause();
        joined.push((3, 0)).unwrap();
        pause();
        drop(joined);
    });
    let ledger: Vec<Item> = consumer.iter().collect();
    assert_eq!(ledger, [(2, 0), (3, 0)]);
    writer.join().unwrap();
}
