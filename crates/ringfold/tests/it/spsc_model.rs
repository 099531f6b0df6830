//! spsc against `VecDeque`, for every element size at which something could go wrong.

use std::collections::VecDeque;

use proptest::prelude::*;
use ringfold::error::{TryPopError, TryPushError};

use crate::{
    elements::{Bytes, Element},
    memory::ring,
};

#[derive(Clone, Debug)]
enum Step {
    Push,
    Pop,
    PushSlice(usize),
    PopSlice(usize),
    PushIter(usize),
    Claim { count: usize, written: usize, commit: bool },
    Peek { consume: usize },
    TakeFromView(usize),
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0usize..12;
    prop_oneof![
        3 => Just(Step::Push),
        3 => Just(Step::Pop),
        1 => few.clone().prop_map(Step::PushSlice),
        1 => few.clone().prop_map(Step::PopSlice),
        1 => few.clone().prop_map(Step::PushIter),
        2 => (few.clone(), few.clone(), any::<bool>())
            .prop_map(|(count, written, commit)| Step::Claim { count, written, commit }),
        1 => few.clone().prop_map(|consume| Step::Peek { consume }),
        1 => few.prop_map(Step::TakeFromView),
        1 => Just(Step::Drain),
    ]
}

/// Walks a ring and a `VecDeque` through the same steps.
fn walk<T: Element>(capacity: usize, steps: &[Step]) {
    let (mut producer, mut consumer) = ring::<T>(capacity);
    let mut model = VecDeque::new();
    let mut numbers = (0u64..).map(T::numbered);
    for step in steps {
        let room = capacity - model.len();
        match *step {
            Step::Push => {
                let item = numbers.next().unwrap();
                match producer.try_push(item) {
                    Ok(()) => model.push_back(item),
                    Err(TryPushError::Full(back)) => assert!(back == item && room == 0),
                    Err(TryPushError::Closed(_)) => panic!("the consumer is there"),
                }
            }
            Step::Pop => assert_eq!(consumer.try_pop(), model.pop_front().ok_or(TryPopError::Empty)),
            Step::PushSlice(n) => {
                let items: Vec<T> = numbers.by_ref().take(n).collect();
                let pushed = producer.try_push_slice(&items);
                assert_eq!(pushed, n.min(room));
                model.extend(&items[..pushed]);
            }
            Step::PopSlice(n) => {
                let mut items = vec![T::numbered(u64::MAX); n];
                let popped = consumer.pop_slice(&mut items);
                assert_eq!(popped, n.min(model.len()));
                assert!(items.into_iter().take(popped).eq(model.drain(..popped)));
            }
            Step::PushIter(n) => {
                let items: Vec<T> = numbers.by_ref().take(n.min(room)).collect();
                assert_eq!(producer.push_iter(items.iter().copied()), Ok(items.len()));
                model.extend(items);
            }
            Step::Claim { count, written, commit } => {
                let Some(mut claim) = producer.try_claim(count) else {
                    assert!(count > room);
                    continue;
                };
                assert!(count <= room && claim.len() == count);
                let items: Vec<T> = numbers.by_ref().take(written.min(count)).collect();
                assert_eq!(claim.write_slice(&items), items.len());
                if commit {
                    assert_eq!(claim.commit(), items.len());
                    model.extend(items);
                }
            }
            Step::Peek { consume } => {
                let view = consumer.peek();
                assert!(view.iter().eq(model.iter()));
                let consumed = view.consume(consume);
                assert_eq!(consumed, consume.min(model.len()));
                model.drain(..consumed);
            }
            Step::TakeFromView(n) => {
                let n = n.min(model.len());
                assert!(consumer.peek().into_iter().take(n).eq(model.drain(..n)));
            }
            Step::Drain => {
                let mut drained = Vec::new();
                assert_eq!(consumer.drain(|item| drained.push(item)), model.len());
                assert!(drained.into_iter().eq(model.drain(..)));
            }
        }
        assert_eq!((consumer.len(), producer.free()), (model.len(), capacity - model.len()));
    }
}

fn check<T: Element>(most: usize) {
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let input = (1..=most, proptest::collection::vec(step(), 1..120));
    let checked = proptest::test_runner::TestRunner::new(config).run(&input, |(capacity, steps)| {
        walk::<T>(capacity, &steps);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{}-byte elements: {error}", size_of::<T>());
    }
}

/// Enough laps over the whole mapping that elements lie across the seam in every possible way.
fn laps<T: Element>(capacity: usize) {
    let (mut producer, mut consumer) = ring::<T>(capacity);
    let mut next = 0u64;
    let items = (3 * 8192 / size_of::<T>().max(1) + 3 * capacity) as u64;
    while next < items {
        let mut claim = producer.try_claim(capacity).expect("it is empty");
        claim.fill(|i| T::numbered(next + i as u64));
        claim.commit();
        let view = consumer.peek();
        assert!(view.iter().copied().eq((next..next + capacity as u64).map(T::numbered)));
        next += view.consume(capacity / 2 + 1) as u64;
        while let Ok(item) = consumer.try_pop() {
            assert_eq!(item, T::numbered(next));
            next += 1;
        }
    }
}

fn size<const N: usize>() {
    check::<Bytes<N>>(16);
    for capacity in [1, 2, 3, 7, 8, 100] {
        laps::<Bytes<N>>(capacity);
    }
}

#[test]
fn zero_sized() {
    size::<0>();
}

#[test]
fn small_sizes() {
    size::<1>();
    size::<2>();
    size::<3>();
    size::<5>();
    size::<7>();
    size::<8>();
}

#[test]
fn middle_sizes() {
    size::<12>();
    size::<24>();
    size::<64>();
}

#[test]
fn sizes_around_a_page() {
    size::<4095>();
    size::<4096>();
    size::<4097>();
}

#[test]
fn words() {
    check::<u64>(1024);
    laps::<u64>(1000);
}
