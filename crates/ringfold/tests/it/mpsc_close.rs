//! Leaving, waiting and being told.

use std::{
    thread,
    time::{Duration, Instant},
};

use ringfold::{
    WaitStrategy,
    error::{ClaimError, Closed, PeekError, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError},
    mpsc,
};

use crate::{memory::memory, mpsc_model::ring};

const MOMENT: Duration = Duration::from_millis(20);
const STRATEGIES: [WaitStrategy; 4] =
    [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park];

#[test]
fn the_consumer_reads_everything_before_it_is_told_closed() {
    let (mut producer, mut consumer) = ring(4);
    let mut other = producer.clone();
    producer.try_push_slice(&[1, 2]);
    drop(producer);
    other.push(3).unwrap();
    assert!(!consumer.is_closed(), "there is another producer");
    drop(other);
    assert!(consumer.is_closed());
    assert_eq!(consumer.try_pop(), Ok(1));
    assert_eq!(consumer.pop(), Ok(2));
    assert_eq!(consumer.peek_at_least(2).err(), Some(PeekError::Closed { available: 1 }));
    assert_eq!(consumer.peek_at_least(5).err(), Some(PeekError::TooLarge { requested: 5, capacity: 4 }));
    assert_eq!(consumer.pop_timeout(MOMENT), Ok(3));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert_eq!(consumer.pop(), Err(Closed(())));
    assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Closed));
    assert_eq!(consumer.iter().next(), None);
}

#[test]
fn a_producer_gets_everything_back_from_a_closed_ring() {
    for closed_by_itself in [false, true] {
        let (mut producer, consumer) = ring(4);
        let consumer = match closed_by_itself {
            true => {
                producer.close();
                Some(consumer)
            }
            false => {
                drop(consumer);
                None
            }
        };
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
        assert_eq!(producer.claim(5).err(), Some(ClaimError::TooLarge { requested: 5, capacity: 4 }));
        assert_eq!(producer.claim_up_to(1).err(), Some(Closed(())));
        assert!(producer.clone().is_closed());
        drop(consumer);
    }
}

#[test]
fn a_producer_that_has_closed_is_no_producer_and_nor_are_its_clones() {
    let (mut producer, mut consumer) = ring(4);
    producer.push(1).unwrap();
    producer.close();
    producer.close();
    assert!(consumer.is_closed());
    let clone = producer.clone();
    assert!(consumer.is_closed(), "a ring does not open again");
    assert_eq!((consumer.pop(), consumer.pop()), (Ok(1), Err(Closed(()))));
    drop((producer, clone));
    assert!(consumer.is_closed());
}

#[test]
fn producers_that_wait_are_told_that_the_consumer_left() {
    for strategy in STRATEGIES {
        let (producer, mut consumer) =
            mpsc::builder(4).memory(memory()).wait_strategy(strategy).build().unwrap();
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let mut producer = producer.clone();
                thread::spawn(move || producer.push_iter(0..100).unwrap_err().0.0)
            })
            .collect();
        thread::sleep(MOMENT);
        consumer.pop().unwrap();
        drop(consumer);
        let pushed: usize = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
        assert!(pushed == 4 || pushed == 5, "{strategy:?}: {pushed}");
    }
}

#[test]
fn a_consumer_that_waits_is_told_that_the_producers_left() {
    for strategy in STRATEGIES {
        let (producer, mut consumer) =
            mpsc::builder(4).memory(memory()).wait_strategy(strategy).build().unwrap();
        let writers: Vec<_> = (1..=3)
            .map(|n| {
                let mut producer = producer.clone();
                thread::spawn(move || {
                    thread::sleep(n * MOMENT / 3);
                    producer.push(n).unwrap();
                })
            })
            .collect();
        drop(producer);
        assert_eq!(consumer.iter().sum::<u32>(), 6, "{strategy:?}");
        assert_eq!(consumer.pop(), Err(Closed(())), "{strategy:?}");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
}

#[test]
fn timeouts_are_kept() {
    for strategy in STRATEGIES {
        let (mut producer, mut consumer) =
            mpsc::builder(1).memory(memory()).wait_strategy(strategy).build().unwrap();
        let start = Instant::now();
        assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Timeout));
        producer.push(1).unwrap();
        assert_eq!(producer.push_timeout(2, MOMENT), Err(PushTimeoutError::Timeout(2)));
        assert!(start.elapsed() >= 2 * MOMENT, "{strategy:?} gave up early");
        assert_eq!(consumer.pop_timeout(Duration::MAX), Ok(1), "an endless time is no overflow");
        let stats = consumer.stats();
        assert!(stats.producer_stalled >= MOMENT / 2 && stats.consumer_stalled >= MOMENT / 2, "{stats:?}");
        assert_eq!(
            (stats.times_full, stats.times_empty, stats.pushed, stats.popped),
            (1, 1, 1, 1),
            "{stats:?}"
        );
    }
}

#[test]
fn a_timeout_behind_an_open_claim_is_a_timeout() {
    let (mut producer, mut consumer) = ring(4);
    let mut other = producer.clone();
    let claim = producer.try_claim(1).unwrap();
    other.push(1).unwrap();
    assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Timeout));
    drop(claim);
    assert_eq!(consumer.pop_timeout(MOMENT), Ok(1));
}

#[test]
fn waiting_producers_share_what_comes_free_whatever_they_want() {
    for _ in 0..50 {
        let (mut producer, mut consumer) = ring(8);
        producer.push_slice(&[0_u32; 8]).unwrap();
        let wants = [1, 5, 2, 8, 1, 3];
        let writers = wants.map(|count| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                let mut claim = producer.claim(count).unwrap();
                claim.fill(|_| 1);
                claim.commit();
            })
        });
        drop(producer);
        assert_eq!(consumer.iter().sum::<u32>(), wants.iter().sum::<usize>() as u32);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
}

#[test]
fn whoever_gives_up_waiting_passes_on_what_is_left() {
    for round in 0..30 {
        let (mut producer, mut consumer) = ring(1);
        producer.push(0).unwrap();
        let mut hasty = producer.clone();
        let hurry =
            thread::spawn(move || hasty.push_timeout(1, Duration::from_micros(300 + 20 * round)).is_ok());
        let mut patient = producer.clone();
        let wait = thread::spawn(move || patient.push_timeout(2, Duration::from_secs(20)).unwrap());
        thread::sleep(Duration::from_micros(400));
        assert_eq!(consumer.pop(), Ok(0));
        // One pop more than that only if the hasty one was in time.
        let first = consumer.pop().unwrap();
        if hurry.join().unwrap() {
            assert_eq!(first + consumer.pop().unwrap(), 3);
        } else {
            assert_eq!(first, 2);
        }
        wait.join().unwrap();
    }
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
    let _other = producer.clone();
    let before = cpu_time();
    let spent = |since: Duration| cpu_time() - since;
    consumer.pop_timeout(Duration::from_millis(300)).unwrap_err();
    producer.push(0).unwrap();
    producer.push_timeout(1, Duration::from_millis(300)).unwrap_err();
    assert!(spent(before) < Duration::from_millis(60), "600 ms asleep cost {:?}", spent(before));
}
