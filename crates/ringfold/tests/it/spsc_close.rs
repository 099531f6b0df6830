//! Leaving, waiting and being told.

use std::{
    thread,
    time::{Duration, Instant},
};

use ringfold::{
    WaitStrategy,
    error::{ClaimError, Closed, PeekError, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError},
    spsc,
};

use crate::memory::{memory, ring};

const MOMENT: Duration = Duration::from_millis(20);

#[test]
fn the_consumer_reads_everything_before_it_is_told_closed() {
    let (mut producer, mut consumer) = ring(4);
    producer.try_push_slice(&[1, 2, 3]);
    drop(producer);
    assert!(consumer.is_closed());
    assert_eq!(consumer.try_pop(), Ok(1));
    assert_eq!(consumer.pop(), Ok(2));
    assert_eq!(consumer.peek_at_least(2).err(), Some(PeekError::Closed { available: 1 }));
    assert_eq!(consumer.pop_timeout(MOMENT), Ok(3));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert_eq!(consumer.pop(), Err(Closed(())));
    assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Closed));
    assert_eq!(consumer.iter().next(), None);
}

#[test]
fn the_producer_gets_everything_back_from_a_closed_ring() {
    let (mut producer, consumer) = ring(4);
    drop(consumer);
    assert!(producer.is_closed());
    assert_eq!(producer.try_push('a'), Err(TryPushError::Closed('a')));
    assert_eq!(producer.push('a'), Err(Closed('a')));
    assert_eq!(producer.push_timeout('a', MOMENT), Err(PushTimeoutError::Closed('a')));
    assert_eq!(producer.try_push_slice(&['a', 'b']), 0);
    assert_eq!(producer.push_slice(&['a', 'b']), Err(Closed(0)));
    assert_eq!(producer.push_iter(['a', 'b']), Err(Closed((0, 'a'))));
    assert_eq!(producer.push_iter([]), Ok(0));
    assert!(producer.try_claim(1).is_none());
    assert_eq!(producer.claim(1).err(), Some(ClaimError::Closed));
    assert_eq!(producer.claim_up_to(1).err(), Some(Closed(())));
}

#[test]
fn a_producer_that_waits_is_told_that_the_consumer_left() {
    for strategy in [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let (mut producer, mut consumer) =
            spsc::builder(4).memory(memory()).wait_strategy(strategy).build().unwrap();
        let reader = thread::spawn(move || {
            thread::sleep(MOMENT);
            consumer.pop().unwrap();
        });
        let pushed = producer.push_slice(&[0; 100]).unwrap_err().0;
        assert!(pushed == 4 || pushed == 5, "{strategy:?}: {pushed}");
        reader.join().unwrap();
    }
}

#[test]
fn a_consumer_that_waits_is_told_that_the_producer_left() {
    for strategy in [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let (mut producer, mut consumer) =
            spsc::builder(4).memory(memory()).wait_strategy(strategy).build().unwrap();
        let writer = thread::spawn(move || {
            thread::sleep(MOMENT);
            producer.push(1).unwrap();
        });
        assert_eq!(consumer.pop(), Ok(1), "{strategy:?}");
        assert_eq!(consumer.pop(), Err(Closed(())), "{strategy:?}");
        writer.join().unwrap();
    }
}

#[test]
fn timeouts_are_kept() {
    for strategy in [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let (mut producer, mut consumer) =
            spsc::builder(1).memory(memory()).wait_strategy(strategy).build().unwrap();
        let start = Instant::now();
        assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Timeout));
        producer.push(1).unwrap();
        assert_eq!(producer.push_timeout(2, MOMENT), Err(PushTimeoutError::Timeout(2)));
        assert!(start.elapsed() >= 2 * MOMENT, "{strategy:?} gave up early");
        assert_eq!(consumer.pop_timeout(Duration::MAX), Ok(1), "an endless time is no overflow");
        let stats = consumer.stats();
        assert!(stats.producer_stalled >= MOMENT / 2 && stats.consumer_stalled >= MOMENT / 2, "{stats:?}");
    }
}

#[test]
fn an_iterator_loses_no_item_to_a_full_ring_that_closes() {
    let (mut producer, consumer) = ring(2);
    let mut items = 0..10;
    let closer = thread::spawn(move || {
        thread::sleep(MOMENT);
        drop(consumer);
    });
    assert_eq!(producer.push_iter(&mut items), Err(Closed((2, 2))));
    assert_eq!(items, 3..10, "the item in hand came back, the others were not touched");
    closer.join().unwrap();
}

/// The processor time of this thread so far.
#[cfg(target_os = "linux")]
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn a_parked_side_burns_no_processor_time() {
    let (mut producer, mut consumer) = ring(1);
    let before = cpu_time();
    let spent = |since: Duration| cpu_time() - since;
    consumer.pop_timeout(Duration::from_millis(300)).unwrap_err();
    producer.push(0).unwrap();
    producer.push_timeout(1, Duration::from_millis(300)).unwrap_err();
    assert!(spent(before) < Duration::from_millis(60), "600 ms asleep cost {:?}", spent(before));
}
