//! A producer that is stopped in the midst of a claim is in nobody's way until the ring is full.

use std::{sync::mpsc::channel, thread, time::Duration};

use ringfold::error::{PopTimeoutError, TryPopError, TryPushError};

use crate::mpsc_model::ring;

const CAPACITY: usize = 64;

#[test]
fn a_stalled_producer_blocks_nobody_until_the_ring_is_full() {
    let (mut producer, mut consumer) = ring(CAPACITY);
    let mut others = [producer.clone(), producer.clone(), producer.clone()];
    producer.push((0, 0)).unwrap();
    let (stalled, is_stalled) = channel();
    let (go_on, may_go_on) = channel();
    let sleeper = thread::spawn(move || {
        let mut claim = producer.claim(1).unwrap();
        stalled.send(()).unwrap();
        may_go_on.recv().unwrap();
        claim.push((0, 1)).unwrap();
        claim.commit();
    });
    is_stalled.recv().unwrap();
    // Everybody else fills the ring without waiting for anybody: `try_push` never waits.
    let writers: Vec<_> = (1..).zip(others.iter_mut()).collect();
    let pushed: usize = thread::scope(|scope| {
        let threads: Vec<_> = writers
            .into_iter()
            .map(|(name, other)| {
                scope.spawn(move || {
                    let mut count = 0;
                    while other.try_push((name, count)).is_ok() {
                        count += 1;
                        thread::yield_now();
                    }
                    count
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(pushed, CAPACITY - 2, "all slots but the first one and the one that is claimed");
    assert_eq!(others[0].try_push((9, 9)), Err(TryPushError::Full((9, 9))));
    // The consumer gets what lies before the gap, and then waits; the room that this makes can be pushed into.
    assert_eq!(consumer.try_pop(), Ok((0, 0)));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    assert_eq!(consumer.pop_timeout(Duration::from_millis(20)), Err(PopTimeoutError::Timeout));
    others[0].push((9, 9)).unwrap();
    go_on.send(()).unwrap();
    assert_eq!(consumer.pop(), Ok((0, 1)));
    sleeper.join().unwrap();
    assert_eq!(consumer.len(), pushed + 1);
    let last = consumer.peek().last().copied();
    assert_eq!(last, Some((9, 9)), "and in order");
}

#[test]
fn a_claim_in_the_midst_of_the_ring_lets_others_wait_for_room_and_get_it() {
    let (mut producer, mut consumer) = ring(4);
    let mut stalled = producer.clone();
    producer.push_slice(&[1, 2]).unwrap();
    let claim = stalled.try_claim(1).unwrap();
    producer.push(3).unwrap();
    let mut waiting = producer.clone();
    let waiter = thread::spawn(move || waiting.push(4));
    assert_eq!(consumer.pop(), Ok(1));
    waiter.join().unwrap().unwrap();
    drop(claim);
    assert_eq!(&*consumer.peek_at_least(3).unwrap(), &[2, 3, 4]);
}
