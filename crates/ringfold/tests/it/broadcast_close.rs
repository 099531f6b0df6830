//! What happens when somebody leaves, panics, forgets or asks for too much: no hang, no loss, a clear error.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use ringfold::{
    broadcast::{self, DrainError, TryRecvError},
    error::{ClaimError, Closed, PopTimeoutError, PushTimeoutError, TryPushError},
};

use super::{broadcast_threads::ring, memory::memory};

const MOMENT: Duration = Duration::from_millis(5);

#[test]
fn nobody_owes_anything_when_a_lossy_reader_leaves_last() {
    let at_once = Duration::ZERO;
    let mut producer = broadcast::builder::<u8>(16).memory(memory()).lossy().build().unwrap();
    let mut lossy = producer.subscribe_lossy();
    producer.publish_batch(3, |_| ()).unwrap();
    assert_eq!((producer.drain(at_once), lossy.try_recv()), (Ok(()), Ok(0)));
    let mut gated = producer.subscribe();
    producer.publish_batch(3, |_| ()).unwrap();
    assert_eq!(producer.drain(at_once), Err(DrainError::Timeout { left: 3 }));
    drop(gated.poll());
    drop(gated);
    producer.publish_batch(9, |_| ()).unwrap();
    assert_eq!(producer.drain(at_once), Ok(()), "one that may be overtaken is not waited for");
    drop(lossy);
    assert_eq!(producer.drain(at_once), Ok(()), "nor after it left");
    drop(producer.subscribe());
    assert_eq!(producer.drain(at_once), Ok(()), "joined behind all of it");
}

#[test]
fn readers_see_everything_before_closed() {
    let mut producer = ring::<u32>(8);
    let mut reader = producer.subscribe();
    let mut behind = producer.subscription().after([&reader]).join().unwrap();
    producer.publish_batch(3, |events| events.copy_from_slice(&[1, 2, 3])).unwrap();
    drop(producer);
    assert!(reader.is_closed());
    assert_eq!(behind.recv_timeout(MOMENT).err(), Some(PopTimeoutError::Timeout), "held back, not closed");
    assert_eq!(&*reader.recv().unwrap(), &[1, 2, 3]);
    assert_eq!(reader.recv().err(), Some(Closed(())));
    assert_eq!(&*behind.recv().unwrap(), &[1, 2, 3]);
    assert_eq!(behind.recv().err(), Some(Closed(())));
}

#[test]
fn a_ring_without_readers_is_open_until_the_first_has_come_and_the_last_has_gone() {
    let mut producer = ring::<u32>(2);
    for i in 0..10 {
        producer.publish(|event| *event = i).unwrap();
    }
    let (one, two) = (producer.subscribe(), producer.subscribe());
    drop(one);
    assert!(!producer.is_closed());
    drop(two);
    assert!(producer.is_closed());
    assert_eq!(producer.publish(|_| ()), Err(Closed(())));
    assert_eq!(producer.try_publish(|_| ()), Err(TryPushError::Closed(())));
    assert_eq!(producer.publish_timeout(MOMENT, |_| ()), Err(PushTimeoutError::Closed(())));
    assert_eq!(producer.publish_batch(1, |_| ()), Err(ClaimError::Closed));
    assert!(producer.try_claim(1).is_none());
    let mut late = producer.subscribe();
    assert_eq!(producer.publish(|event| *event = 77), Ok(10));
    assert_eq!(&*late.poll(), &[77]);
}

#[test]
fn a_reader_that_leaves_releases_the_gate() {
    let mut producer = ring::<u32>(2);
    let (slow, mut quick) = (producer.subscribe(), producer.subscribe());
    producer.publish_batch(2, |_| ()).unwrap();
    drop(quick.poll());
    assert_eq!(producer.try_publish(|_| ()), Err(TryPushError::Full(())));
    let waiting = thread::spawn(move || (producer.publish(|event| *event = 5), producer));
    thread::sleep(MOMENT);
    drop(slow);
    let (published, _producer) = waiting.join().unwrap();
    assert_eq!(published, Ok(2));
    assert_eq!(&*quick.recv().unwrap(), &[5]);
}

#[test]
fn a_producer_that_waits_is_told_when_the_last_reader_goes() {
    let mut producer = ring::<u32>(1);
    let reader = producer.subscribe();
    producer.publish(|_| ()).unwrap();
    let waiting = thread::spawn(move || producer.publish(|_| ()));
    thread::sleep(MOMENT);
    drop(reader);
    assert_eq!(waiting.join().unwrap(), Err(Closed(())));
}

#[test]
fn a_reader_that_panics_releases_the_gate() {
    let mut producer = ring::<u32>(4);
    let mut reader = producer.subscribe();
    let mut other = producer.subscribe();
    producer.publish_batch(4, |_| ()).unwrap();
    let panicked = thread::spawn(move || {
        let _batch = reader.recv().unwrap();
        panic!("while it holds a batch");
    });
    assert!(panicked.join().is_err());
    assert_eq!(other.poll().len(), 4);
    assert_eq!(producer.publish(|_| ()), Ok(4));
    assert_eq!(producer.stats().readers, 1);
}

#[test]
fn a_batch_that_is_dropped_by_a_panic_can_be_looked_at_again() {
    let mut producer = ring::<u32>(4);
    let mut reader = producer.subscribe();
    producer.publish_batch(2, |events| events.copy_from_slice(&[1, 2])).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let batch = reader.poll();
        assert_ne!(batch[0], 1, "on purpose");
    }));
    assert!(panic.is_err());
    assert_eq!(&*reader.poll(), &[1, 2]);
    producer.publish(|event| *event = 3).unwrap();
    std::mem::forget(reader.poll());
    assert_eq!(&*reader.poll(), &[3]);
}

#[test]
fn a_producer_that_panics_in_a_closure_publishes_nothing() {
    for lossy in [false, true] {
        let mut producer = ring::<[u64; 3]>(4);
        let mut reader = producer.subscribe();
        let _lossy = lossy.then(|| producer.subscribe_lossy());
        let single = catch_unwind(AssertUnwindSafe(|| {
            _ = producer.publish(|event| {
                event[0] = 9;
                panic!("half an event");
            });
        }));
        let batch = catch_unwind(AssertUnwindSafe(|| {
            _ = producer.publish_batch(4, |events| {
                events[3] = [9; 3];
                panic!("half a batch");
            });
        }));
        assert!(single.is_err() && batch.is_err());
        assert!(reader.poll().is_empty());
        assert_eq!(producer.publish(|event| *event = [1, 2, 3]), Ok(0));
        assert_eq!(&*reader.poll(), &[[1, 2, 3]]);
    }
}

#[test]
fn a_producer_that_panics_closes() {
    let mut producer = ring::<u8>(4);
    let mut reader = producer.subscribe();
    let panicked = thread::spawn(move || {
        producer.publish(|event| *event = 1).unwrap();
        producer.publish(|_| panic!("on purpose")).unwrap();
    });
    assert!(panicked.join().is_err());
    assert_eq!(&*reader.recv().unwrap(), &[1]);
    assert_eq!(reader.recv().err(), Some(Closed(())));
}

#[test]
fn a_claim_that_is_forgotten_is_aborted() {
    // 24 bytes, so that claims lie across the seam now and then.
    let mut producer = ring::<[u64; 3]>(5);
    let mut reader = producer.subscribe();
    for i in 0..1000 {
        let mut claim = producer.claim(1 + i % 5).unwrap();
        claim.fill([u64::MAX; 3]);
        std::mem::forget(claim);
        for k in 0..3 {
            let number = (3 * i + k) as u64;
            producer.publish(|event| *event = [number; 3]).unwrap();
        }
        let expected = [0, 1, 2].map(|k| [(3 * i + k) as u64; 3]);
        assert_eq!(&*reader.poll(), &expected);
    }
}

#[test]
fn more_than_the_ring_has_is_an_error() {
    let mut producer = ring::<u32>(4);
    let _reader = producer.subscribe();
    let error = ClaimError::TooLarge { requested: 5, capacity: 4 };
    assert_eq!(producer.publish_batch(5, |_| unreachable!()), Err(error));
    assert_eq!(producer.claim(5).err(), Some(error));
    assert!(producer.try_claim(5).is_none());
    assert_eq!(producer.publish_batch(4, |_| ()), Ok(0));
    assert_eq!(producer.publish_batch(0, |events| assert!(events.is_empty())), Ok(4));
    assert!(broadcast::builder::<u32>(0).build().unwrap_err().is_invalid());
}

#[test]
fn a_full_ring_says_so_in_time() {
    let mut producer = ring::<u32>(3);
    let mut reader = producer.subscribe();
    for _ in 0..3 {
        producer.try_publish(|_| ()).unwrap();
    }
    assert_eq!(producer.free(), 0);
    assert_eq!(producer.publish_timeout(MOMENT, |_| unreachable!()), Err(PushTimeoutError::Timeout(())));
    assert_eq!(reader.poll().release(2), 2);
    assert_eq!(producer.free(), 2);
    assert!(producer.try_claim(3).is_none());
    assert_eq!(producer.try_claim(2).unwrap().commit(), 3);
    assert_eq!(producer.stats().times_full, 2);
}

#[test]
fn lossy_readers_hold_nobody_back() {
    let mut producer = ring::<u64>(8);
    let mut lossy = producer.subscribe_lossy();
    for i in 0..1000 {
        producer.try_publish(|event| *event = i).unwrap();
    }
    let Err(TryRecvError::Lagged { missed }) = lossy.try_recv() else { panic!("it was too slow") };
    assert!(missed >= 992, "only 8 fit, but {missed} were missed");
    for i in missed..1000 {
        assert_eq!(lossy.try_recv(), Ok(i));
    }
    assert_eq!((lossy.missed(), lossy.lag(), lossy.try_recv()), (missed, 0, Err(TryRecvError::Empty)));
}

#[test]
fn figures_are_true() {
    let mut producer = ring::<u64>(10);
    let (mut quick, slow) = (producer.subscribe(), producer.subscribe());
    producer.publish_batch(9, |_| ()).unwrap();
    assert_eq!(quick.poll().release(4), 4);
    assert_eq!((quick.lag(), slow.lag()), (5, 9));
    assert_eq!((quick.pressure(), slow.pressure()), (0.5, 0.9));
    assert!(slow.is_under_pressure() && slow.should_throttle() && !quick.is_under_pressure());
    let stats = producer.stats();
    assert_eq!((stats.published, stats.readers, stats.depth, stats.times_full), (9, 2, 9, 0));
    assert!(producer.try_claim(2).is_none());
    assert_eq!(producer.stats().times_full, 1);
    let [first, second] = producer.readers()[..] else { panic!("two readers") };
    assert_eq!((first.sequence, first.lag, first.high_water), (4, 5, 9));
    assert_eq!((second.sequence, second.lag, second.high_water, second.pressure), (0, 9, 0, 0.9));
    drop(quick.poll());
    assert!(quick.poll().is_empty());
    assert_eq!(quick.stats().times_empty, 1);
}

#[test]
fn a_destructor_that_drains_while_its_thread_unwinds_gets_each_event_once() {
    struct Drains(broadcast::Reader<u32>, std::sync::Arc<std::sync::atomic::AtomicU32>);
    impl Drop for Drains {
        fn drop(&mut self) {
            for _ in 0..3 {
                let batch = self.0.poll();
                self.1.fetch_add(batch.len() as u32, std::sync::atomic::Ordering::SeqCst);
            }
        }
    }
    let mut producer = ring::<u32>(4);
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let drains = Drains(producer.subscribe(), seen.clone());
    producer.publish(|event| *event = 1).unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _drains = drains;
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panic.is_err());
    assert_eq!(seen.load(std::sync::atomic::Ordering::SeqCst), 1);
}
