//! Leaving, waiting and being told; and every item dropped exactly once.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use ringfold::{
    WaitStrategy,
    error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError},
    mpmc,
};

use crate::tracked::{Census, Tracked};

const MOMENT: Duration = Duration::from_millis(20);

#[test]
fn the_consumers_read_everything_before_they_are_told_closed() {
    let (producer, consumer) = mpmc::with_capacity(4).unwrap();
    let other = producer.clone();
    producer.push(1).unwrap();
    drop(producer);
    assert!(!consumer.is_closed());
    other.push_slice(&[2, 3, 4]).unwrap();
    drop(other);
    let second = consumer.clone();
    assert!(consumer.is_closed());
    assert_eq!(consumer.try_pop(), Ok(1));
    assert_eq!(second.pop(), Ok(2));
    assert_eq!(consumer.pop_timeout(MOMENT), Ok(3));
    assert_eq!(second.iter().next(), Some(4));
    for consumer in [consumer, second] {
        assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
        assert_eq!(consumer.pop(), Err(Closed(())));
        assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Closed));
        assert_eq!((consumer.drain(drop), consumer.pop_slice(&mut [0])), (0, 0));
    }
}

#[test]
fn the_producers_get_everything_back_from_a_closed_ring() {
    let (producer, consumer) = mpmc::with_capacity(4).unwrap();
    let other = consumer.clone();
    drop(consumer);
    producer.push('a').unwrap();
    drop(other);
    assert!(producer.is_closed());
    assert_eq!(producer.try_push('b'), Err(TryPushError::Closed('b')));
    assert_eq!(producer.push('b'), Err(Closed('b')));
    assert_eq!(producer.push_timeout('b', MOMENT), Err(PushTimeoutError::Closed('b')));
    assert_eq!(producer.push_overwrite('b'), Err(Closed('b')));
    assert_eq!(producer.try_push_slice(&['b']), 0);
    assert_eq!(producer.push_slice(&['b', 'c']), Err(Closed(0)));
    assert_eq!(producer.push_iter(['b', 'c']), Err(Closed((0, 'b'))));
}

#[test]
fn a_timeout_gives_the_item_back_and_takes_about_as_long_as_asked() {
    for strategy in [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let (producer, consumer) = mpmc::builder(1).wait_strategy(strategy).build().unwrap();
        let start = Instant::now();
        assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Timeout));
        assert_eq!(producer.push_timeout('a', Duration::ZERO), Ok(()));
        assert_eq!(producer.push_timeout('b', MOMENT), Err(PushTimeoutError::Timeout('b')));
        assert!(start.elapsed() >= 2 * MOMENT, "{strategy:?}");
        assert_eq!(consumer.pop_timeout(Duration::ZERO), Ok('a'));
        assert_eq!(consumer.pop_timeout(Duration::ZERO), Err(PopTimeoutError::Timeout));
        let stats = producer.stats();
        // The first, short spin is not timed.
        let timed = MOMENT / 2;
        assert!(
            stats.producer_stalled >= timed && stats.consumer_stalled >= timed,
            "{strategy:?}: {stats:?}"
        );
        assert!(stats.times_full >= 1 && stats.times_empty >= 2, "{strategy:?}: {stats:?}");
    }
}

#[test]
fn all_sleepers_are_told_that_the_other_side_left() {
    let (producer, consumer) = mpmc::with_capacity::<u32>(1).unwrap();
    let readers: Vec<_> = (0..5)
        .map(|_| {
            let consumer = consumer.clone();
            thread::spawn(move || consumer.pop())
        })
        .collect();
    thread::sleep(MOMENT);
    drop(producer);
    readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), Err(Closed(()))));

    let (producer, consumer) = mpmc::with_capacity(1).unwrap();
    producer.push(0).unwrap();
    let writers: Vec<_> = (1..6)
        .map(|item| {
            let producer = producer.clone();
            thread::spawn(move || producer.push(item))
        })
        .collect();
    thread::sleep(MOMENT);
    drop(consumer);
    let back: u32 = writers.into_iter().map(|writer| writer.join().unwrap().unwrap_err().0).sum();
    assert_eq!(back, 15);
}

/// The processor time of this thread, in ticks of the clock that `/proc` uses; none elsewhere.
fn ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    Some(fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?)
}

#[test]
fn sleepers_burn_nothing() {
    let (producer, consumer) = mpmc::with_capacity::<u8>(1).unwrap();
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let consumer = consumer.clone();
            thread::spawn(move || {
                assert_eq!(consumer.pop(), Err(Closed(())));
                ticks()
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    drop(producer);
    for ticks in readers.into_iter().filter_map(|reader| reader.join().unwrap()) {
        // 10 ms each, of 300.
        assert!(ticks <= 3, "{ticks} ticks");
    }
}

#[test]
fn a_shared_handle_may_wait_in_many_threads_at_once() {
    let (producer, consumer) = mpmc::with_capacity(2).unwrap();
    let producer = Arc::new(producer);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(|| consumer.iter().sum::<u64>())).collect();
        for _ in 0..4 {
            let producer = producer.clone();
            scope.spawn(move || (1..=1000).for_each(|i| producer.push(i).unwrap()));
        }
        drop(producer);
        assert_eq!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>(), 4 * 500_500);
    });
}

#[test]
fn every_item_is_dropped_once_at_any_fill_whoever_closes_first() {
    for capacity in [1, 2, 3, 8] {
        for before in 0..2 * capacity {
            for left in 0..=capacity {
                for producer_first in [true, false] {
                    let census = Census::new(2 * capacity + capacity + 1);
                    let (producer, consumer) = mpmc::with_capacity(capacity).unwrap();
                    for _ in 0..before {
                        producer.push(census.item()).ok().unwrap();
                        drop(consumer.pop().unwrap());
                    }
                    (0..left).for_each(|_| producer.push(census.item()).ok().unwrap());
                    assert_eq!(census.living(), left);
                    if producer_first {
                        drop(producer);
                        drop(consumer);
                    } else {
                        drop(consumer);
                        assert_eq!(census.living(), left, "dropped with the last handle");
                        assert!(producer.push(census.item()).is_err());
                        drop(producer);
                    }
                    census.assert_all_dropped_once();
                }
            }
        }
    }
}

#[test]
fn what_is_overwritten_is_dropped_once() {
    let census = Census::new(20);
    let (producer, consumer) = mpmc::with_capacity(3).unwrap();
    for number in 0..20_usize {
        let evicted = producer.push_overwrite(census.item()).ok().unwrap();
        assert_eq!(evicted.map(|item| item.number), number.checked_sub(3));
    }
    assert_eq!(census.living(), 3);
    drop((producer, consumer));
    census.assert_all_dropped_once();
}

#[test]
fn an_item_that_panics_when_dropped_takes_no_other_with_it() {
    let census = Census::new(5);
    let (producer, consumer) = mpmc::with_capacity::<Tracked>(5).unwrap();
    for i in 0..5 {
        producer.push(if i == 1 { census.panicking_item() } else { census.item() }).ok().unwrap();
    }
    drop(producer);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(consumer))).is_err());
    census.assert_all_dropped_once();
}

#[test]
fn a_closure_that_panics_keeps_what_it_did_not_see() {
    let (producer, consumer) = mpmc::with_capacity(8).unwrap();
    producer.push_slice(&[0, 1, 2, 3]).unwrap();
    let mut seen = Vec::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        consumer.drain(|item| {
            assert!(item < 2, "enough");
            seen.push(item);
        })
    }));
    assert!(panicked.is_err());
    assert_eq!((seen, consumer.len(), consumer.try_pop()), (vec![0, 1], 1, Ok(3)));
}

/// Counts its wake-ups, and panics if it was told to.
struct Alarm {
    rung: AtomicUsize,
    panics: bool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, SeqCst);
        assert!(!self.panics, "a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_asleep() {
    for closing in [false, true] {
        let (producer, consumer) = mpmc::with_capacity::<u8>(4).unwrap();
        let consumer = consumer.into_async();
        let alarms =
            [true, false, true, false].map(|panics| Arc::new(Alarm { rung: AtomicUsize::new(0), panics }));
        let mut pops: Vec<_> = alarms.iter().map(|_| Box::pin(consumer.pop())).collect();
        for (pop, alarm) in pops.iter_mut().zip(&alarms) {
            let waker = Waker::from(alarm.clone());
            assert!(pop.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        let call = AssertUnwindSafe(|| match closing {
            true => drop(producer),
            false => drop(producer.try_push_slice(&[1, 2, 3, 4])),
        });
        assert!(catch_unwind(call).is_err());
        assert_eq!(alarms.map(|alarm| alarm.rung.load(SeqCst)), [1; 4], "closing: {closing}");
        let mut context = Context::from_waker(Waker::noop());
        for pop in &mut pops {
            assert!(pop.as_mut().poll(&mut context).is_ready());
        }
    }
}
