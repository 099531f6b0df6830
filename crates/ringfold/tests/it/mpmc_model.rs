//! One thread, every verb, against a `VecDeque`; and what a ring says of itself.

use std::collections::VecDeque;

use proptest::prelude::*;
use ringfold::{
    error::{Closed, TryPopError, TryPushError},
    mpmc,
};

use crate::elements::{Bytes, Element};

#[derive(Clone, Debug)]
enum Step {
    Push,
    PushOverwrite,
    PushSlice(usize),
    Pop,
    PopSlice(usize),
    Drain,
    CloneAndLeave,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Push),
        2 => Just(Step::PushOverwrite),
        2 => (0..9_usize).prop_map(Step::PushSlice),
        4 => Just(Step::Pop),
        2 => (0..9_usize).prop_map(Step::PopSlice),
        1 => Just(Step::Drain),
        1 => Just(Step::CloneAndLeave),
    ]
}

fn behaves_like_a_deque<E: Element>(capacity: usize, steps: &[Step]) {
    let (mut producer, mut consumer) = mpmc::with_capacity::<E>(capacity).unwrap();
    let mut model = VecDeque::new();
    let mut numbers = 0..;
    let mut popped = 0;
    let mut next = || E::numbered(numbers.next().unwrap());
    for step in steps {
        match *step {
            Step::Push => {
                let item = next();
                let expected = if model.len() < capacity { Ok(()) } else { Err(TryPushError::Full(item)) };
                assert_eq!(producer.try_push(item), expected);
                if expected.is_ok() {
                    model.push_back(item);
                }
            }
            Step::PushOverwrite => {
                let item = next();
                let oldest = if model.len() < capacity { None } else { model.pop_front() };
                popped += oldest.iter().len();
                model.push_back(item);
                assert_eq!(producer.push_overwrite(item), Ok(oldest));
            }
            Step::PushSlice(count) => {
                let items: Vec<E> = (0..count).map(|_| next()).collect();
                let fitting = count.min(capacity - model.len());
                assert_eq!(producer.try_push_slice(&items), fitting);
                model.extend(&items[..fitting]);
            }
            Step::Pop => {
                popped += usize::from(!model.is_empty());
                assert_eq!(consumer.try_pop(), model.pop_front().ok_or(TryPopError::Empty));
            }
            Step::PopSlice(count) => {
                let mut target = vec![E::numbered(u64::MAX); count];
                let there = consumer.pop_slice(&mut target);
                assert_eq!(there, count.min(model.len()));
                popped += there;
                assert!(model.drain(..there).eq(target[..there].iter().copied()));
            }
            Step::Drain => {
                let mut seen = Vec::new();
                popped += consumer.drain(|item| seen.push(item));
                assert!(model.drain(..).eq(seen));
            }
            Step::CloneAndLeave => {
                producer = producer.clone();
                consumer = consumer.clone();
            }
        }
        assert_eq!((producer.len(), consumer.len()), (model.len(), model.len()));
        assert_eq!((producer.free(), consumer.is_empty()), (capacity - model.len(), model.is_empty()));
        let stats = producer.stats();
        assert_eq!((stats.popped, stats.depth()), (popped as u64, model.len() as u64));
    }
    drop(producer);
    assert!(consumer.iter().eq(model));
    assert_eq!(consumer.pop(), Err(Closed(())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_verb_does_what_a_deque_does(
        capacity in 1..20_usize,
        steps in proptest::collection::vec(step(), 0..200),
    ) {
        behaves_like_a_deque::<Bytes<0>>(capacity, &steps);
        behaves_like_a_deque::<Bytes<1>>(capacity, &steps);
        behaves_like_a_deque::<Bytes<3>>(capacity, &steps);
        behaves_like_a_deque::<u64>(capacity, &steps);
        behaves_like_a_deque::<Bytes<12>>(capacity, &steps);
        behaves_like_a_deque::<Bytes<64>>(capacity, &steps);
        behaves_like_a_deque::<Bytes<4097>>(capacity, &steps);
    }
}

#[test]
fn rings_that_fetch_ahead_do_the_same() {
    let lap = [Step::PushSlice(7), Step::Push, Step::PopSlice(8), Step::Pop, Step::PushOverwrite];
    let steps: Vec<Step> = lap.iter().cycle().take(5000).cloned().collect();
    behaves_like_a_deque::<u64>(1000, &steps);
    behaves_like_a_deque::<Bytes<0>>(512, &steps);
}

#[test]
fn the_capacity_is_exactly_what_was_asked_for() {
    for capacity in [1, 2, 3, 5, 63, 64, 65, 1000, 4096, 4097] {
        let (producer, consumer) = mpmc::with_capacity::<u16>(capacity).unwrap();
        assert_eq!((producer.capacity(), consumer.capacity()), (capacity, capacity));
        (0..capacity).for_each(|_| producer.try_push(7).unwrap());
        assert_eq!(producer.try_push(7), Err(TryPushError::Full(7)));
        assert_eq!((producer.len(), producer.free()), (capacity, 0));
    }
}

#[test]
fn impossible_capacities_are_refused_in_words() {
    for (error, word) in [
        (mpmc::with_capacity::<u8>(0).unwrap_err(), "at least 1"),
        (mpmc::with_capacity::<()>(0).unwrap_err(), "at least 1"),
        (mpmc::with_capacity::<u64>(usize::MAX).unwrap_err(), "address space"),
        (mpmc::with_capacity::<()>(usize::MAX / 8).unwrap_err(), "address space"),
    ] {
        assert!(error.is_invalid(), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
    let error = mpmc::with_capacity::<u8>(1 << 50).unwrap_err();
    assert!(error.is_out_of_memory() || error.is_limit(), "{error}");
}

#[test]
fn an_item_may_be_aligned_to_more_than_a_page() {
    #[derive(Debug)]
    #[repr(align(8192))]
    struct Aligned(u8);
    let (producer, consumer) = mpmc::with_capacity(3).unwrap();
    for i in 0..10 {
        producer.push(Aligned(i)).unwrap();
        assert_eq!(consumer.pop().unwrap().0, i);
    }
}

#[test]
fn handles_can_be_shared_and_say_what_they_are() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug>(_: &T) {}
    // Items that can be sent, but not shared.
    let (producer, consumer) = mpmc::with_capacity::<std::cell::Cell<u8>>(5).unwrap();
    shared(&producer);
    shared(&consumer);
    producer.push(std::cell::Cell::new(1)).unwrap();
    let shown = format!("{producer:?} {:?}", consumer.clone().into_async());
    assert!(
        shown.contains("pushed: 1") && shown.contains("capacity: 5") && shown.contains("consumers: 2"),
        "{shown}"
    );
}
