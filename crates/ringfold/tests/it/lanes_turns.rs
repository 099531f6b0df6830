//! Lanes on one thread: whose turn it is, joining, leaving, closing.

use std::{collections::HashSet, time::Duration};

use ringfold::{
    error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError},
    mpsc::lanes::{self, Consumer, Producer},
};

use crate::memory::memory;

pub fn made<T>(n: usize, capacity: usize) -> (Vec<Producer<T>>, Consumer<T>) {
    lanes::builder(n, capacity).memory(memory()).build().expect("memory for test lanes")
}

/// Makes the consumer sleep for a moment, so that all lanes are armed and idle.
pub fn lull<T>(consumer: &mut Consumer<T>) {
    assert_eq!(consumer.pop_timeout(Duration::ZERO).err(), Some(PopTimeoutError::Timeout));
}

#[test]
fn an_item_in_any_lane_is_found_at_once_whatever_the_lanes_did_before() {
    for n in [1, 2, 63, 64, 100, 200] {
        let (mut producers, mut consumer) = made(n, 2);
        for sleeps in [false, true] {
            for (i, producer) in producers.iter_mut().enumerate() {
                if sleeps {
                    lull(&mut consumer);
                }
                producer.push(i).unwrap();
                assert_eq!(consumer.try_pop(), Ok(i), "{n} lanes");
                assert_eq!(consumer.lane(), producer.lane());
                assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
            }
        }
        lull(&mut consumer);
        producers.iter_mut().for_each(|producer| producer.push(7).unwrap());
        assert_eq!((consumer.len(), consumer.drain(|_| ())), (n, n));
        assert_eq!(consumer.lanes(), n);
    }
}

#[test]
fn lanes_that_stay_quiet_for_long_are_found_again() {
    let (mut producers, mut consumer) = made(100, 4);
    for round in 0..3 {
        for i in 0..6000 {
            producers[round].push(i).unwrap();
            assert_eq!(consumer.try_pop(), Ok(i));
        }
        for producer in producers.iter_mut().rev() {
            producer.push(1).unwrap();
            assert_eq!(consumer.try_pop(), Ok(1));
        }
    }
}

#[test]
fn a_lane_that_ends_in_the_midst_of_a_round_hides_no_other() {
    const LANES: usize = 5;
    for (turn, leaves, speaks) in (0..LANES.pow(3)).map(|i| (i / 25, i / 5 % 5, i % 5)) {
        let (producers, mut consumer) = made(LANES, 2);
        let mut producers: Vec<_> = producers.into_iter().map(Some).collect();
        let mut push = |at: usize| producers[at].as_mut().unwrap().push(at).unwrap();
        push(turn);
        assert_eq!(consumer.try_pop(), Ok(turn));
        push(speaks);
        producers[leaves] = None;
        assert_eq!(consumer.try_pop(), Ok(speaks), "turn {turn}, lane {leaves} leaves");
        assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
        assert_eq!(consumer.lanes(), LANES - 1);
    }
}

/// Reads with `read` while lane 0 is always full; true when the one item of every other lane has come.
fn all_heard(mut read: impl FnMut(&mut Consumer<u8>, &mut dyn FnMut(u8)), most_reads: usize) -> bool {
    let (mut producers, mut consumer) = made::<u8>(5, 100_000);
    let (busy, quiet) = producers.split_first_mut().unwrap();
    for (i, producer) in (1u8..).zip(quiet) {
        producer.push(i).unwrap();
    }
    let mut heard = HashSet::new();
    for _ in 0..most_reads {
        while busy.try_push(0).is_ok() {}
        read(&mut consumer, &mut |item| heard.extend([item]));
        if heard.len() == 5 {
            return true;
        }
    }
    false
}

#[test]
fn a_busy_lane_starves_nobody() {
    assert!(all_heard(|consumer, f| f(consumer.pop().unwrap()), 16_385 * 4));
    assert!(all_heard(
        |consumer, f| {
            let mut target = [0; 64];
            let count = consumer.pop_slice(&mut target);
            target[..count].iter().for_each(|item| f(*item));
        },
        16_385 * 4 / 64
    ));
    assert!(all_heard(
        |consumer, f| {
            consumer.drain(f);
        },
        1
    ));
    assert!(all_heard(
        |consumer, f| {
            let view = consumer.next_view().unwrap();
            view.iter().for_each(|item| f(*item));
            view.consume(1);
        },
        5
    ));
}

#[test]
fn looking_again_without_consuming_goes_round_and_shows_more() {
    let (mut producers, mut consumer) = made(2, 8);
    producers[0].push_slice(b"ab").unwrap();
    producers[1].push_slice(b"xy").unwrap();
    let mut seen = [consumer.peek().lane(), consumer.peek().lane()];
    seen.sort_unstable();
    assert_eq!(seen, [0, 1]);
    producers[0].push_slice(b"c").unwrap();
    producers[1].push_slice(b"z").unwrap();
    for _ in 0..2 {
        let view = consumer.peek();
        assert_eq!(&*view, if view.lane() == 0 { b"abc" } else { b"xyz" });
        assert_eq!(view.consume(9), 3);
    }
    assert!(consumer.peek().is_empty());
}

#[test]
fn popping_goes_on_where_it_was_peeked() {
    let (mut producers, mut consumer) = made(3, 8);
    producers.iter_mut().for_each(|producer| assert_eq!(producer.push_iter(0..3), Ok(3)));
    let lane = consumer.peek().lane();
    for i in 0..3 {
        assert_eq!((consumer.pop(), consumer.lane()), (Ok(i), lane));
    }
    let mut items = consumer.peek().into_iter();
    assert_eq!((items.next(), items.next()), (Some(0), Some(1)));
    drop(items);
    assert_eq!(consumer.pop(), Ok(2));
}

#[test]
fn lanes_are_taken_out_when_they_are_read_out() {
    let (mut producers, mut consumer) = made(4, 4);
    lull(&mut consumer);
    producers[0].push(1).unwrap();
    producers.truncate(1);
    assert_eq!(consumer.lanes(), 4, "not looked at yet");
    assert_eq!(consumer.try_pop(), Ok(1));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    assert_eq!(consumer.lanes(), 1);
    producers[0].push(2).unwrap();
    drop(producers);
    assert!(consumer.is_closed());
    assert_eq!(consumer.pop(), Ok(2));
    assert_eq!(consumer.pop(), Err(Closed(())));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert_eq!(consumer.pop_timeout(Duration::from_secs(9)), Err(PopTimeoutError::Closed));
    assert_eq!(consumer.lanes(), 0);
    assert_eq!(consumer.stats().pushed, 2, "what left is still counted");
}

#[test]
fn draining_alone_notices_who_left() {
    let (mut producers, mut consumer) = made(3, 4);
    producers.iter_mut().for_each(|producer| producer.push(1).unwrap());
    drop(producers);
    assert_eq!(consumer.drain(|_| ()), 3);
    assert_eq!(consumer.lanes(), 0);
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
}

#[test]
fn a_closed_ring_opens_again_when_somebody_joins() {
    let (producers, mut consumer) = made(0, 3);
    assert!(producers.is_empty() && consumer.is_closed());
    for round in 0..3 {
        assert_eq!(consumer.pop(), Err(Closed(())));
        let mut first = consumer.join().unwrap();
        let mut second = first.join().unwrap();
        assert!(!consumer.is_closed());
        assert_eq!((first.lane(), second.lane()), (2 * round, 2 * round + 1));
        first.close();
        assert_eq!(first.push(1), Err(Closed(1)));
        drop(first);
        assert!(!consumer.is_closed(), "the second one is still at the door");
        second.push(2).unwrap();
        assert_eq!(consumer.pop(), Ok(2));
        drop(second);
    }
}

#[test]
fn whoever_joins_without_a_consumer_is_closed_from_the_start() {
    let (mut producers, consumer) = made(1, 3);
    let mut at_the_door = producers[0].join().unwrap();
    drop(consumer);
    assert_eq!(at_the_door.push(1), Err(Closed(1)));
    let mut late = producers[0].join().unwrap();
    assert!(late.is_closed());
    assert_eq!(late.try_push(1), Err(TryPushError::Closed(1)));
    assert_eq!(producers[0].push_timeout(1, Duration::from_secs(9)), Err(PushTimeoutError::Closed(1)));
}

#[test]
fn whoever_joins_by_a_closed_handle_is_closed() {
    let (mut producers, mut consumer) = made::<u8>(1, 4);
    producers[0].push(1).unwrap();
    producers[0].close();
    assert_eq!((consumer.pop(), consumer.pop()), (Ok(1), Err(Closed(()))));
    let mut late = producers[0].join().unwrap();
    assert!(late.is_closed());
    assert_eq!(late.push(2), Err(Closed(2)));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
}

#[test]
fn each_lane_has_its_own_room() {
    let (mut producers, mut consumer) = made(2, 2);
    assert_eq!(producers[0].try_push_slice(&[1, 2, 3]), 2);
    assert_eq!(producers[0].try_push(3), Err(TryPushError::Full(3)));
    let late = producers[0].push_timeout(3, Duration::from_millis(1));
    assert_eq!(late, Err(PushTimeoutError::Timeout(3)));
    assert_eq!((producers[0].free(), producers[1].free(), producers[1].capacity()), (0, 2, 2));
    assert_eq!(producers[1].claim(3).err().map(|error| error.to_string().contains("has 2")), Some(true));
    assert_eq!(producers[1].claim_up_to(3).unwrap().capacity(), 2);
    assert_eq!(producers[0].stats().times_full, 2);
    assert_eq!((consumer.capacity(), consumer.len(), consumer.is_empty()), (2, 2, false));
    let of_lanes: Vec<_> = consumer.lane_stats().map(|(lane, stats)| (lane, stats.pushed)).collect();
    assert_eq!(of_lanes, [(0, 2), (1, 0)]);
    assert_eq!(consumer.stats().pushed, 2);
}

#[test]
fn bad_requests_are_refused_with_a_reason() {
    for n in [0, 1] {
        let error = lanes::with_capacity::<u8>(n, 0).unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("capacity"), "{error}");
    }
    let error = lanes::with_capacity::<u64>(2, usize::MAX).unwrap_err();
    assert!(error.is_invalid(), "{error}");
}
