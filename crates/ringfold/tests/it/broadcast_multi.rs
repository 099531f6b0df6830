//! Several producers: one order for all, nothing torn, nobody in the way.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use ringfold::{
    broadcast::{self, JoinError, MultiProducer, Reader, RecvError, Start, TryRecvError},
    error::{ClaimError, PopTimeoutError, PushTimeoutError, TryPushError},
};

use super::memory::memory;

/// Who wrote it, and its number.
type Event = [u64; 2];

fn ring<E: Copy + Default>(capacity: usize) -> MultiProducer<E> {
    broadcast::builder(capacity).memory(memory()).build_multi().expect("memory for a test ring")
}

const EVENTS: u64 = if cfg!(debug_assertions) { 5_000 } else { 50_000 };
const PRODUCERS: u64 = 3;

/// Publishes `EVENTS` events in pieces of several sizes, and aborts some on the way.
fn publish_all(mut producer: MultiProducer<Event>, me: u64) {
    let capacity = producer.capacity();
    let (mut next, mut round) = (0, me as usize);
    while next < EVENTS {
        round += 1;
        let n = (1 + round % 7).min(capacity).min((EVENTS - next) as usize);
        match round % 5 {
            0 => drop(producer.claim(n).unwrap()),
            1 => {
                let panic = catch_unwind(AssertUnwindSafe(|| {
                    producer.publish(|_| resume_unwind(Box::new("on purpose")))
                }));
                assert!(panic.is_err());
            }
            2 => {
                let mut claim = producer.claim(n).unwrap();
                claim[0] = [me, next];
                claim.commit_first(1);
                next += 1;
            }
            3 => {
                producer.publish(|event| *event = [me, next]).unwrap();
                next += 1;
            }
            _ => {
                let write = |events: &mut [Event]| {
                    events.iter_mut().zip(next..).for_each(|(event, number)| *event = [me, number]);
                };
                producer.publish_batch(n, write).unwrap();
                next += n as u64;
            }
        }
    }
}

/// Every event of every producer, in that producer's order; all readers see the same order, of which this is a digest.
fn read_all(mut reader: Reader<Event>) -> u64 {
    let (mut next, mut digest, mut at) = ([0; PRODUCERS as usize], 0_u64, 0);
    while let Ok(batch) = reader.recv() {
        assert!(batch.sequence() >= at, "sequences go on");
        at = batch.sequence() + batch.len() as u64;
        for &[producer, number] in &batch {
            assert_eq!(number, next[producer as usize], "of producer {producer}");
            next[producer as usize] += 1;
            digest = digest.rotate_left(5) ^ (producer << 32 | number);
        }
    }
    assert_eq!(next, [EVENTS; PRODUCERS as usize]);
    digest
}

fn run(capacity: usize, readers: usize, threads: u64) {
    let producer = ring::<Event>(capacity);
    let mut stages: Vec<_> = (0..readers).map(|_| producer.subscribe()).collect();
    let last = producer.subscription().after(&stages).join().unwrap();
    stages.push(last);
    let readers: Vec<_> = stages.into_iter().map(|reader| thread::spawn(|| read_all(reader))).collect();
    let writers: Vec<_> = (0..threads)
        .map(|me| (producer.clone(), me))
        .map(|(producer, me)| thread::spawn(move || publish_all(producer, me)))
        .collect();
    drop(producer);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let digests: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "one order for all: {digests:?}");
}

#[test]
fn every_reader_sees_every_event_of_every_producer() {
    for (capacity, readers) in [(1, 1), (2, 2), (7, 1), (64, 3), (1000, 2)] {
        run(capacity, readers, PRODUCERS);
    }
}

#[test]
fn nobody_reads_and_nothing_is_overwritten_while_it_is_written() {
    let producer = ring::<[u64; 16]>(2);
    let writers: Vec<_> = (0..4)
        .map(|me| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                for round in 0..EVENTS {
                    producer
                        .publish(|event| {
                            event.fill(me << 32 | round);
                            assert!(event.iter().all(|word| *word == (me << 32 | round)));
                        })
                        .unwrap();
                }
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(producer.stats().published, 4 * EVENTS);
}

#[test]
fn lossy_readers_lose_exactly_what_they_say() {
    let producer = broadcast::builder::<Event>(16).memory(memory()).lossy().build_multi().unwrap();
    let readers = [(); 2].map(|()| {
        let mut reader = producer.subscriber().subscribe_lossy().unwrap();
        thread::spawn(move || {
            let (mut all, mut next) = (0, [0; PRODUCERS as usize]);
            loop {
                match reader.recv() {
                    Ok([producer, check]) => {
                        let number = check >> 8;
                        assert_eq!(check & 0xff, producer, "torn");
                        assert!(number >= next[producer as usize]);
                        next[producer as usize] = number + 1;
                        all += 1;
                    }
                    Err(RecvError::Lagged { missed }) => all += missed,
                    Err(RecvError::Closed) => return all,
                }
            }
        })
    });
    thread::scope(|scope| {
        for me in 0..PRODUCERS {
            let mut producer = producer.clone();
            scope.spawn(move || {
                (0..EVENTS).for_each(|number| {
                    _ = producer.publish(|event| *event = [me, number << 8 | me]).unwrap();
                });
            });
        }
    });
    drop(producer);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), PRODUCERS * EVENTS);
    }
}

#[test]
fn readers_join_anywhere_while_several_publish() {
    let producer = ring::<Event>(64);
    let (subscriber, steady) = (producer.subscriber(), producer.subscribe());
    let steady = thread::spawn(|| read_all(steady));
    let start = Arc::new(Barrier::new(PRODUCERS as usize + 1));
    let writers: Vec<_> = (0..PRODUCERS)
        .map(|me| {
            let (producer, start) = (producer.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                publish_all(producer, me);
            })
        })
        .collect();
    drop(producer);
    start.wait();
    for round in 0..100_u64 {
        let from = match round % 3 {
            0 => Start::Now,
            1 => Start::Oldest,
            _ => Start::At(subscriber.stats().published + 10),
        };
        let mut reader = match (subscriber.subscription().from(from).join(), from) {
            (Ok(reader), _) => reader,
            // More than a lap was published since the place was asked for.
            (Err(JoinError::TooOld { oldest }), Start::At(asked)) if asked < oldest => continue,
            (Err(other), _) => panic!("{from:?}: {other}"),
        };
        let first = reader.sequence();
        let Ok(batch) = reader.recv() else { break };
        assert!(batch.sequence() >= first);
        let mut next = [None; PRODUCERS as usize];
        for &[producer, number] in &batch {
            let before = next[producer as usize].replace(number);
            assert!(before.is_none_or(|before| before + 1 == number));
        }
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    steady.join().unwrap();
}

#[test]
fn a_claim_that_was_aborted_is_stepped_over() {
    let mut producer = broadcast::builder::<u8>(4).memory(memory()).lossy().build_multi().unwrap();
    let mut gated = producer.subscribe();
    let mut stage = producer.subscription().after([&gated]).join().unwrap();
    let mut lossy = producer.subscriber().subscribe_lossy().unwrap();
    drop(producer.claim(2).unwrap());
    assert_eq!((gated.poll().len(), lossy.try_recv()), (0, Err(TryRecvError::Empty)));
    assert_eq!(producer.publish(|event| *event = 7), Ok(2));
    drop(producer.try_claim(1).unwrap());
    assert_eq!(*gated.poll(), [7]);
    assert_eq!((&*stage.poll(), lossy.try_recv()), (&[7][..], Ok(7)));
    assert_eq!((gated.poll().len(), stage.poll().len()), (0, 0));
    assert_eq!(
        producer.try_claim(4).map(|claim| claim.len()),
        Some(4),
        "the room of what was aborted is back"
    );
}

#[test]
fn a_claim_that_is_forgotten_is_a_gap_until_all_producers_are_gone() {
    let mut producer = ring::<u8>(4);
    let mut reader = producer.subscribe();
    let mut stage = producer.subscription().after([&reader]).join().unwrap();
    std::mem::forget(producer.claim(1).unwrap());
    let mut other = producer.clone();
    other.publish(|event| *event = 7).unwrap();
    assert_eq!(reader.recv_timeout(Duration::from_millis(5)).err(), Some(PopTimeoutError::Timeout));
    drop(producer);
    assert!(reader.poll().is_empty());
    drop(other);
    assert_eq!(*reader.recv().unwrap(), [7]);
    assert!(reader.recv().is_err(), "closed");
    assert_eq!(*stage.recv().unwrap(), [7]);
    assert!(stage.recv().is_err(), "closed");
}

#[test]
fn full_closed_and_too_large_are_said() {
    let mut producer = ring::<u8>(2);
    let mut other = producer.clone();
    assert_eq!(producer.claim(3).err(), Some(ClaimError::TooLarge { requested: 3, capacity: 2 }));
    let reader = producer.subscribe();
    assert_eq!((producer.publish(|_| ()), other.publish(|_| ())), (Ok(0), Ok(1)));
    assert_eq!(producer.try_publish(|_| ()), Err(TryPushError::Full(())));
    let late = other.publish_timeout(Duration::from_millis(2), |_| ());
    assert_eq!(late, Err(PushTimeoutError::Timeout(())));
    assert_eq!((producer.free(), producer.stats().readers, producer.stats().depth), (0, 1, 2));
    drop(reader);
    assert!(producer.publish(|_| ()).is_err() && other.publish(|_| ()).is_err());
    assert!(matches!(producer.subscriber().subscribe_lossy(), Err(JoinError::NotLossy)));
    let mut reader = producer.subscribe();
    assert_eq!(other.publish(|event| *event = 1), Ok(2));
    drop((producer, other));
    assert_eq!(*reader.recv().unwrap(), [1]);
    assert!(reader.recv().is_err());
}

#[test]
fn producers_that_wait_are_woken_by_the_reader_and_by_each_other() {
    let producer = ring::<u64>(1);
    let mut reader = producer.subscribe();
    let writers: Vec<_> = (0..4)
        .map(|me| {
            let mut producer = producer.clone();
            thread::spawn(move || (0..200).for_each(|_| _ = producer.publish(|event| *event = me).unwrap()))
        })
        .collect();
    let mut counts = [0; 4];
    while counts.iter().sum::<u64>() < 800 {
        reader.recv().unwrap().iter().for_each(|&me| counts[me as usize] += 1);
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(counts, [200; 4]);
}
