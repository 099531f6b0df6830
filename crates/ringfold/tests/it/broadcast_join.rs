//! Who joins where, and behind whom: starts, newcomers, and those who come after one that leaves.

use std::{thread, time::Duration};

use ringfold::{
    broadcast::{self, JoinError, RecvError, RecvTimeoutError, Start, TryRecvError},
    error::PopTimeoutError,
};

use super::broadcast_threads::ring;

const MOMENT: Duration = Duration::from_millis(5);

#[test]
fn who_waits_behind_a_reader_that_begins_further_on_is_woken_by_the_producer() {
    let mut producer = ring::<u64>(4);
    let early = producer.subscription().from(Start::At(1000)).join().unwrap();
    let mut behind = producer.subscription().after([&early]).join().unwrap();
    let mut workers = producer.subscription().after([&early]).workers(1).unwrap();
    let reader = thread::spawn(move || (0..20).map(|_| behind.recv_up_to(1).unwrap()[0]).sum::<u64>());
    let mut worker = workers.remove(0);
    let worker = thread::spawn(move || (0..20).map(|_| worker.recv_up_to(1).unwrap()[0]).sum::<u64>());
    for number in 0..20 {
        thread::sleep(MOMENT); // until they sleep, as far as one can tell
        producer.publish_timeout(Duration::from_secs(60), |event| *event = number).unwrap();
    }
    assert_eq!((reader.join().unwrap(), worker.join().unwrap()), (190, 190));
    drop(early);
}

#[test]
fn whoever_joins_starts_where_it_asked_to() {
    let mut producer = ring::<u64>(16);
    for i in 0..100 {
        producer.publish(|event| *event = i).unwrap();
    }
    let subscriber = producer.subscriber();
    let mut oldest = subscriber.subscription().from(Start::Oldest).join().unwrap();
    assert!(oldest.lag() >= 14, "seven eighths of 16, but {}", oldest.lag());
    let first = oldest.sequence();
    assert_eq!(&*oldest.poll(), (first..100).collect::<Vec<_>>());
    let Err(JoinError::TooOld { oldest }) = subscriber.subscription().from(Start::At(50)).join() else {
        panic!("50 was overwritten");
    };
    assert_eq!(oldest, first);
    let mut at = subscriber.subscription().from(Start::At(95)).join().unwrap();
    assert_eq!(&*at.poll_up_to(3), &[95, 96, 97]);
    let mut future = subscriber.subscription().from(Start::At(102)).join().unwrap();
    for i in 100..104 {
        assert!(future.poll().is_empty() == (i <= 102));
        producer.publish(|event| *event = i).unwrap();
        drop(at.poll());
    }
    assert_eq!(&*future.poll(), &[103]);
}

#[test]
fn a_newcomer_behind_the_producers_back_is_respected() {
    let mut producer = ring::<u64>(8);
    // The producer knows of no reader and has been granted a part of the ring.
    producer.publish(|event| *event = 0).unwrap();
    let mut reader = producer.subscription().from(Start::Oldest).join().unwrap();
    let mut published = 1;
    while producer.try_publish(|event| *event = published).is_ok() {
        published += 1;
    }
    assert_eq!(published, 8);
    assert_eq!(&*reader.poll(), &[0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn stages_go_on_without_those_that_leave() {
    let mut producer = ring::<u32>(4);
    let (first, second) = (producer.subscribe(), producer.subscribe());
    let mut last = producer.subscription().after([&first, &second]).join().unwrap();
    producer.publish(|event| *event = 1).unwrap();
    let waiting = thread::spawn(move || {
        let event = last.recv().unwrap()[0];
        (event, last)
    });
    thread::sleep(MOMENT);
    drop(first);
    thread::sleep(MOMENT);
    drop(second);
    let (event, mut last) = waiting.join().unwrap();
    assert_eq!(event, 1);
    // Now it comes right after the producer, and is woken by it.
    let waiting = thread::spawn(move || last.recv().unwrap()[0]);
    thread::sleep(MOMENT);
    producer.publish(|event| *event = 2).unwrap();
    assert_eq!(waiting.join().unwrap(), 2);
}

#[test]
fn readers_of_other_rings_cannot_be_come_after() {
    let (here, there) = (ring::<u8>(2), ring::<u8>(2));
    let other = there.subscribe();
    assert_eq!(here.subscription().after([&other]).join().err(), Some(JoinError::OtherRing));
}

#[test]
fn lossy_readers_need_a_ring_that_allows_them() {
    let mut producer = ring::<u64>(4);
    let subscriber = producer.subscriber();
    assert_eq!(subscriber.subscribe_lossy().err(), Some(JoinError::NotLossy));
    producer.publish(|event| *event = 1).unwrap();
    let mut first = producer.subscribe_lossy();
    let mut oldest = subscriber.subscription().from(Start::Oldest).join_lossy().unwrap();
    let gated = producer.subscribe();
    let behind = producer.subscription().after([&gated]).join_lossy();
    assert_eq!(behind.err(), Some(JoinError::AfterOthers));
    producer.publish(|event| *event = 2).unwrap();
    assert_eq!((first.recv(), oldest.recv(), oldest.recv()), (Ok(2), Ok(1), Ok(2)));
    assert_eq!(first.recv_timeout(MOMENT), Err(RecvTimeoutError::Timeout));
    drop(producer);
    assert_eq!(first.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(first.recv_timeout(MOMENT), Err(RecvTimeoutError::Closed));
    assert_eq!(oldest.recv(), Err(RecvError::Closed));
}

#[test]
fn who_came_after_one_that_left_comes_after_those_before_it() {
    let mut producer = ring::<u32>(8);
    let mut first = producer.subscribe();
    let second = producer.subscription().after([&first]).join().unwrap();
    let mut third = producer.subscription().after([&second]).join().unwrap();
    producer.publish(|event| *event = 1).unwrap();
    drop(second);
    assert!(third.poll().is_empty(), "the first has not released it");
    drop(first.poll());
    assert_eq!(*third.poll(), [1]);
    let late = producer.subscription().after([&first]);
    drop(first);
    assert_eq!(late.join().err(), Some(JoinError::UpstreamLeft));
}

#[test]
fn who_starts_with_an_event_to_come_holds_the_producer_no_longer_than_others() {
    let mut producer = ring::<u64>(4);
    let mut reader = producer.subscription().from(Start::At(6)).join().unwrap();
    for i in 0..4 {
        producer.publish(|event| *event = i).unwrap();
    }
    assert_eq!((reader.sequence(), reader.poll().len()), (6, 0));
    for i in 4..8 {
        assert_eq!(producer.publish(|event| *event = i), Ok(i), "what it does not want is released");
    }
    assert_eq!(*reader.poll(), [6, 7]);
}

#[test]
fn a_diamond_goes_on_whoever_leaves_and_in_whatever_order() {
    for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0], [1, 0, 2]] {
        let mut producer = ring::<u32>(4);
        let first = producer.subscribe();
        let left = producer.subscription().after([&first, &first]).join().unwrap();
        let right = producer.subscription().after([&first]).join().unwrap();
        let mut last = producer.subscription().after([&left, &right]).join().unwrap();
        let mut readers = [Some(first), Some(left), Some(right)];
        for leaver in order {
            drop(readers[leaver].take());
        }
        producer.publish(|event| *event = 7).unwrap();
        assert_eq!(*last.recv_timeout(Duration::from_secs(60)).unwrap(), [7], "{order:?}");
        assert_eq!(last.recv_timeout(Duration::from_millis(1)).err(), Some(PopTimeoutError::Timeout));
    }
}

#[test]
fn absurd_starts_and_sizes_are_harmless() {
    let mut producer = ring::<u32>(4);
    drop(producer.subscribe_lossy());
    let mut lossy = producer.subscription().from(Start::At(u64::MAX)).join_lossy().unwrap();
    for _ in 0..20 {
        producer.publish(|event| *event = 1).unwrap();
    }
    assert_eq!(lossy.try_recv(), Err(TryRecvError::Empty));
    let too_many = producer.subscription().workers(usize::MAX);
    assert!(matches!(too_many, Err(broadcast::GroupError::Memory(_))));
    assert!(producer.subscription().workers_by_key(usize::MAX, |event: &u32| (*event).into()).is_err());
    assert_eq!(producer.readers().len(), 0, "no phantom at the gate");
    assert!(broadcast::builder::<()>(usize::MAX).build().is_err());
}
