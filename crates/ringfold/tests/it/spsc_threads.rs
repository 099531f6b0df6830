//! Two threads, real time, every item checked; oversubscribed.

use std::thread;

use ringfold::{WaitStrategy, spsc};

use crate::memory::{memory, ring};

/// What item `n` looks like: a checksum in an odd number of bytes.
fn item(n: u64) -> [u64; 3] {
    [n, n.wrapping_mul(0x9e37_79b9_7f4a_7c15), !n]
}

fn transfer(capacity: usize, strategy: WaitStrategy, items: u64) {
    let (mut producer, mut consumer) =
        spsc::builder(capacity).memory(memory()).wait_strategy(strategy).build().unwrap();
    let writer = thread::spawn(move || {
        let mut n = 0;
        while n < items {
            match n % 5 {
                0 => producer.push(item(n)).unwrap(),
                1 => producer.push_slice(&[item(n)]).unwrap(),
                2 => assert_eq!(producer.push_iter([item(n)]), Ok(1)),
                3 => {
                    let mut claim = producer.claim(1).unwrap();
                    claim.fill(|_| item(n));
                    claim.commit();
                }
                _ => {
                    while producer.try_push(item(n)).is_err() {
                        thread::yield_now();
                    }
                }
            }
            n += 1;
        }
    });
    let mut n = 0;
    let mut check = |found: [u64; 3]| {
        assert_eq!(found, item(n));
        n += 1;
        n
    };
    let mut seen = 0;
    while seen < items {
        match seen % 4 {
            0 => seen = check(consumer.pop().unwrap()),
            1 => {
                let view = consumer.peek_at_least(1).unwrap();
                for &found in view.iter() {
                    seen = check(found);
                }
                let all = view.len();
                view.consume(all);
            }
            2 => {
                consumer.drain(|found| seen = check(found));
                thread::yield_now();
            }
            _ => {
                let mut some = [[0; 3]; 3];
                let count = consumer.pop_slice(&mut some);
                some[..count].iter().for_each(|&found| seen = check(found));
                thread::yield_now();
            }
        }
    }
    assert!(consumer.pop().is_err());
    writer.join().unwrap();
}

#[test]
fn every_item_crosses_whatever_the_capacity_and_the_strategy() {
    for strategy in [WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        for capacity in [1, 2, 3, 64, 1000] {
            transfer(capacity, strategy, 20_000);
        }
    }
    transfer(64, WaitStrategy::Spin, 20_000);
}

#[test]
fn four_times_more_threads_than_cores() {
    let pairs = 2 * thread::available_parallelism().map_or(2, usize::from);
    let threads: Vec<_> =
        (0..pairs).map(|i| thread::spawn(move || transfer(1 + i * 7, WaitStrategy::Park, 20_000))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn handles_move_between_threads_while_they_are_used() {
    let (mut producer, mut consumer) = ring(4);
    for round in 0..50u32 {
        let writer = thread::spawn(move || {
            producer.push_iter(round * 10..round * 10 + 10).unwrap();
            producer
        });
        let reader = thread::spawn(move || {
            for expected in round * 10..round * 10 + 10 {
                assert_eq!(consumer.pop(), Ok(expected));
            }
            consumer
        });
        (producer, consumer) = (writer.join().unwrap(), reader.join().unwrap());
    }
}
