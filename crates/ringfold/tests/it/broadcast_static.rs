//! Rings in a `static`: between threads, through readers that come and go, and by misuse that must stay harmless.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
};

use ringfold::{
    broadcast::{RecvError, Static, StaticReader, TryRecvError},
    error::{ClaimError, Closed, Full},
};

const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

fn read_all(mut reader: StaticReader<u64>) -> u64 {
    let mut next = reader.sequence();
    while let Ok(batch) = reader.recv() {
        assert_eq!(batch.sequence(), next);
        for &event in &batch {
            assert_eq!(event, next);
            next += 1;
        }
    }
    next
}

fn every_reader_sees_every_event<const N: usize, const R: usize>(ring: &'static Static<u64, N, R>) {
    let mut producer = ring.producer().unwrap();
    let threads: Vec<_> = (0..R)
        .map(|_| ring.subscribe().unwrap())
        .map(|reader| thread::spawn(move || read_all(reader)))
        .collect();
    assert!(ring.subscribe().is_none());
    for i in 0..EVENTS / 4 {
        assert_eq!(producer.publish(|event| *event = i), i);
    }
    drop(producer);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), EVENTS / 4, "capacity {N}, {R} readers");
    }
    assert!(ring.subscribe().is_some(), "the places are free again");
}

#[test]
fn events_reach_every_reader_in_order() {
    static SINGLE: Static<u64, 1, 2> = Static::new(0);
    static PAIR: Static<u64, 2, 1> = Static::new(0);
    static LARGE: Static<u64, 1024, 8> = Static::new(0);
    every_reader_sees_every_event(&SINGLE);
    every_reader_sees_every_event(&PAIR);
    every_reader_sees_every_event(&LARGE);
}

#[test]
fn readers_that_come_and_go_see_everything_while_they_are_there() {
    static RING: Static<u64, 8, 3> = Static::new(0);
    let mut producer = RING.producer().unwrap();
    let threads: Vec<_> = (0..6)
        .map(|number| {
            thread::spawn(move || {
                let mut joined = 0;
                let mut is_over = false;
                while !is_over {
                    let Some(mut reader) = RING.subscribe() else {
                        thread::yield_now();
                        is_over = RING.subscribe_lossy().is_closed();
                        continue;
                    };
                    joined += 1;
                    let mut next = reader.sequence();
                    for _ in 0..=(joined + number) % 7 {
                        let Ok(batch) = reader.recv_up_to(5) else {
                            is_over = true;
                            break;
                        };
                        for &event in &batch {
                            assert_eq!(event, next, "reader {number}, joined {joined} times");
                            next += 1;
                        }
                    }
                }
                joined
            })
        })
        .collect();
    for i in 0..EVENTS {
        producer.publish(|event| *event = i);
    }
    drop(producer);
    assert!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>() >= 6);
}

/// Longer than a word, and of odd alignment: 21 bytes of which each says which event it is of.
type Odd = [u8; 21];

fn odd(sequence: u64) -> Odd {
    core::array::from_fn(|i| (sequence as u8).wrapping_add(i as u8))
}

#[test]
fn a_slow_lossy_reader_sees_whole_events_and_counts_the_others() {
    static RING: Static<Odd, 4> = Static::new([0; 21]);
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let mut producer = RING.producer().unwrap();
    let readers: Vec<_> = (0..3)
        .map(|_| RING.subscribe_lossy())
        .map(|mut reader| {
            thread::spawn(move || {
                let mut next = 0;
                loop {
                    match reader.recv() {
                        Ok(event) => {
                            assert_eq!(event, odd(next), "torn");
                            next += 1;
                            SEEN.fetch_add(1, SeqCst);
                        }
                        Err(RecvError::Lagged { missed }) => next += missed,
                        Err(RecvError::Closed) => break,
                    }
                }
                assert_eq!(reader.sequence(), next);
                next
            })
        })
        .collect();
    for i in 0..EVENTS {
        producer.publish(|event| *event = odd(i));
        if i % 64 == 0 {
            thread::yield_now();
        }
    }
    drop(producer);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), EVENTS, "seen and missed are all there is");
    }
    assert!(SEEN.load(SeqCst) > 0);
}

#[test]
fn batches_of_every_length_come_whole_across_the_seam() {
    static RING: Static<u64, 16, 1> = Static::new(0);
    let mut producer = RING.producer().unwrap();
    let mut reader = RING.subscribe().unwrap();
    let mut lossy = RING.subscribe_lossy();
    let mut next = 0;
    for round in 0..1000 {
        let n = round * 7 % 17;
        let fill = |events: &mut [u64]| {
            assert_eq!(events.len(), n);
            events.iter_mut().zip(next..).for_each(|(event, i)| *event = i);
        };
        assert_eq!(producer.publish_batch(n, fill), Ok(next));
        assert!(reader.poll().iter().copied().eq(next..next + n as u64), "one slice, whole");
        (next..next + n as u64).for_each(|i| assert_eq!(lossy.try_recv(), Ok(i)));
        next += n as u64;
    }
    let too_large = ClaimError::TooLarge { requested: 17, capacity: 16 };
    assert_eq!(producer.publish_batch(17, |_| ()), Err(too_large));
}

#[test]
fn what_panics_publishes_nothing_and_releases_nothing() {
    static RING: Static<u64, 2, 1> = Static::new(0);
    let mut producer = RING.producer().unwrap();
    let mut reader = RING.subscribe().unwrap();
    let write = |event: &mut u64| {
        *event = 9;
        panic!("in the middle");
    };
    assert!(catch_unwind(AssertUnwindSafe(|| producer.publish(write))).is_err());
    assert!(reader.poll().is_empty());
    assert_eq!(producer.try_publish(|event| *event = 1), Ok(0));
    let read = || {
        let _batch = reader.poll();
        panic!("while it is read");
    };
    assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
    assert_eq!(*reader.poll(), [1], "it is seen again");
}

#[test]
fn a_reader_that_is_gone_or_forgotten() {
    static RING: Static<u64, 2, 2> = Static::new(0);
    let mut producer = RING.producer().unwrap();
    let mut reader = RING.subscribe().unwrap();
    producer.publish(|event| *event = 1);
    std::mem::forget(reader.poll());
    assert_eq!(reader.lag(), 1, "a forgotten batch is not released");
    drop(reader);
    (0..5).for_each(|i| _ = producer.try_publish(|event| *event = i).unwrap());
    std::mem::forget(RING.subscribe());
    assert_eq!(producer.free(), 2);
    assert!(producer.try_publish(|_| ()).is_ok() && producer.try_publish(|_| ()).is_ok());
    assert_eq!(producer.try_publish(|_| ()), Err(Full(())), "it keeps its place, and does not go on");
    assert!(RING.subscribe().is_some() && producer.stats().readers == 1);
}

#[test]
fn a_ring_without_a_producer_is_closed_until_there_is_one() {
    static RING: Static<u64, 4> = Static::new(0);
    let (mut reader, mut lossy) = (RING.subscribe().unwrap(), RING.subscribe_lossy());
    assert_eq!(reader.recv().err(), Some(Closed(())));
    assert_eq!(lossy.try_recv(), Err(TryRecvError::Closed));
    for round in 0..3 {
        let mut producer = RING.producer().unwrap();
        assert!(RING.producer().is_none());
        assert_eq!(lossy.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(producer.publish(|event| *event = round), round);
        drop(producer);
        assert_eq!(reader.recv().map(|batch| batch.to_vec()), Ok(vec![round]), "before it is told");
        assert_eq!(lossy.try_recv(), Ok(round));
        assert_eq!(reader.recv().err(), Some(Closed(())));
    }
}

#[test]
fn odd_shapes() {
    static UNITS: Static<(), 4, 1> = Static::new(());
    let (mut producer, mut reader) = (UNITS.producer().unwrap(), UNITS.subscribe().unwrap());
    let mut lossy = UNITS.subscribe_lossy();
    (0..4).for_each(|_| _ = producer.publish(|_| ()));
    assert_eq!((reader.poll().len(), lossy.try_recv()), (4, Ok(())));

    static NO_PLACES: Static<u8, 2, 0> = Static::new(0);
    assert!(NO_PLACES.subscribe().is_none());
    let mut lossy = NO_PLACES.subscribe_lossy();
    let mut producer = NO_PLACES.producer().unwrap();
    (0..9).for_each(|i| _ = producer.publish(|event| *event = i));
    let Err(TryRecvError::Lagged { missed }) = lossy.try_recv() else { panic!("it holds nobody back") };
    assert_eq!(lossy.try_recv(), Ok(missed as u8));

    // Words of eight bytes at an address that the event's own alignment does not promise.
    static BYTES: (u8, Static<[u8; 8], 2>) = (1, Static::new([0; 8]));
    let (mut producer, mut lossy) = (BYTES.1.producer().unwrap(), BYTES.1.subscribe_lossy());
    producer.publish(|event| *event = *b"seedseed");
    assert_eq!(lossy.try_recv(), Ok(*b"seedseed"));
}

#[test]
fn pressure_and_figures_are_true() {
    static RING: Static<u8, 16, 2> = Static::new(0);
    let mut producer = RING.producer().unwrap();
    let mut slow = RING.subscribe().unwrap();
    let mut quick = RING.subscribe().unwrap();
    (0..16).for_each(|_| _ = producer.try_publish(|_| ()).unwrap());
    assert_eq!(quick.poll().len(), 16);
    assert_eq!((slow.pressure(), quick.pressure()), (1.0, 0.0));
    assert_eq!(producer.try_publish(|_| ()), Err(Full(())));
    let stats = producer.stats();
    assert_eq!((stats.published, stats.readers, stats.depth, stats.times_full), (16, 2, 16, 1));
    drop(slow.poll_up_to(4));
    assert_eq!((producer.free(), slow.lag(), slow.is_under_pressure()), (4, 12, false));
}
