//! Broadcast between threads: every reader sees every event, whole and in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
};

use ringfold::{
    WaitStrategy,
    broadcast::{self, Producer, Reader, RecvError, Start},
};

use super::{
    elements::{Bytes, Element},
    memory::memory,
};

pub fn ring<E: Copy + Default>(capacity: usize) -> Producer<E> {
    broadcast::builder(capacity).memory(memory()).build().expect("memory for a test ring")
}

const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

fn read_all(mut reader: Reader<u64>, first: u64) -> u64 {
    let mut next = first;
    while let Ok(batch) = reader.recv() {
        assert!(batch.len() <= 1 << 16);
        for &event in &batch {
            assert_eq!(event, next);
            next += 1;
        }
    }
    next
}

#[test]
fn every_reader_sees_every_event_in_order() {
    for (capacity, readers) in [(1, 1), (1, 3), (2, 2), (7, 4), (1024, 8)] {
        let mut producer = ring::<u64>(capacity);
        let threads: Vec<_> = (0..readers)
            .map(|_| producer.subscribe())
            .map(|reader| thread::spawn(move || read_all(reader, 0)))
            .collect();
        let events = if capacity < 8 { EVENTS / 10 } else { EVENTS };
        for i in 0..events {
            assert_eq!(producer.publish(|event| *event = i), Ok(i));
        }
        drop(producer);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), events, "capacity {capacity}, {readers} readers");
        }
    }
}

#[test]
fn every_strategy_gets_there() {
    for strategy in [WaitStrategy::Spin, WaitStrategy::Yield, WaitStrategy::Backoff, WaitStrategy::Park] {
        let mut producer =
            broadcast::builder::<u64>(16).memory(memory()).wait_strategy(strategy).build().unwrap();
        let reader = producer.subscribe();
        let thread = thread::spawn(move || read_all(reader, 0));
        for i in 0..200 {
            producer.publish(|event| *event = i).unwrap();
        }
        drop(producer);
        assert_eq!(thread.join().unwrap(), 200, "{strategy:?}");
    }
}

#[test]
fn batches_and_claims_of_every_length_come_whole() {
    let mut producer = ring::<u64>(100);
    let readers = [(); 3].map(|()| producer.subscribe());
    let threads = readers.map(|reader| thread::spawn(move || read_all(reader, 0)));
    let mut next = 0;
    for round in 0..EVENTS / 50 {
        let n = (round * 7 % 101) as usize;
        let write = |events: &mut [u64]| events.iter_mut().zip(next..).for_each(|(event, i)| *event = i);
        if round % 2 == 0 {
            assert_eq!(producer.publish_batch(n, write), Ok(next));
            next += n as u64;
        } else {
            let mut claim = producer.claim(n).unwrap();
            write(&mut claim);
            match round % 3 {
                0 => claim.abort(),
                1 => {
                    claim.commit_first(n / 2);
                    next += n as u64 / 2;
                }
                _ => {
                    claim.commit();
                    next += n as u64;
                }
            }
        }
    }
    drop(producer);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), next);
    }
}

/// A pipeline, a diamond and a fan-out at once, each stage checked against those before it by what it has counted.
#[test]
fn no_stage_sees_an_event_before_those_that_it_comes_after() {
    let mut producer = ring::<u64>(64);
    let counts: Arc<[AtomicU64; 4]> = Arc::default();
    let first = producer.subscribe();
    let left = producer.subscription().after([&first]).join().unwrap();
    let right = producer.subscription().after([&first]).join().unwrap();
    let last = producer.subscription().after([&left, &right]).join().unwrap();
    let stages = [(first, vec![]), (left, vec![0]), (right, vec![0]), (last, vec![1, 2])];
    let threads = stages.into_iter().enumerate().map(|(me, (mut reader, before))| {
        let counts = counts.clone();
        thread::spawn(move || {
            let mut next = 0;
            while let Ok(batch) = reader.recv_up_to(1 + me * 5) {
                for &event in &batch {
                    assert_eq!(event, next);
                    for &stage in &before {
                        assert!(counts[stage].load(SeqCst) > event, "stage {me} is ahead of {stage}");
                    }
                    next += 1;
                    counts[me].store(next, SeqCst);
                }
            }
            next
        })
    });
    let threads: Vec<_> = threads.collect();
    for i in 0..EVENTS {
        producer.publish(|event| *event = i).unwrap();
    }
    drop(producer);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), EVENTS);
    }
}

#[test]
fn readers_come_and_go_while_events_flow() {
    let mut producer = ring::<u64>(256);
    let is_over = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let (subscriber, is_over) = (producer.subscriber(), is_over.clone());
            thread::spawn(move || {
                let mut joined = 0;
                while !is_over.load(SeqCst) {
                    let start = if number % 2 == 0 { Start::Oldest } else { Start::Now };
                    let mut reader = subscriber.subscription().from(start).join().unwrap();
                    let mut next = reader.sequence();
                    for _ in 0..3 {
                        let Ok(batch) = reader.recv() else { break };
                        for &event in &batch {
                            assert_eq!(event, next);
                            next += 1;
                        }
                    }
                    joined += 1;
                }
                joined
            })
        })
        .collect();
    let steady = producer.subscribe();
    let steady = thread::spawn(move || read_all(steady, 0));
    for i in 0..EVENTS {
        producer.publish(|event| *event = i).expect("the steady one is there");
    }
    is_over.store(true, SeqCst);
    drop(producer);
    assert_eq!(steady.join().unwrap(), EVENTS);
    for thread in threads {
        assert!(thread.join().unwrap() > 0);
    }
}

/// What is seen and what is missed are all there is, and no event is torn.
fn lossy_readers_lose_exactly_what_they_say<const N: usize>()
where
    [u8; N]: bytemuck::NoUninit,
{
    const CAPACITY: usize = 16;
    let blank = || Bytes::<N>::numbered(0).0;
    let mut producer = broadcast::builder::<[u8; N]>(CAPACITY)
        .memory(memory())
        .lossy()
        .build_with(blank)
        .expect("memory for a test ring");
    let gated = producer.subscribe();
    let lossy = [(); 3].map(|()| producer.subscriber().subscribe_lossy().unwrap());
    let threads = lossy.map(|mut reader| {
        thread::spawn(move || {
            let (mut seen, mut lost) = (0, 0);
            loop {
                match reader.recv() {
                    Ok(event) => {
                        assert_eq!(event, Bytes::<N>::numbered(seen + lost).0, "torn or out of order");
                        seen += 1;
                    }
                    Err(RecvError::Lagged { missed }) => {
                        assert!(missed > 0);
                        lost += missed;
                    }
                    Err(RecvError::Closed) => break,
                }
            }
            assert_eq!(lost, reader.missed());
            seen + lost
        })
    });
    let gated = thread::spawn(move || {
        let (mut gated, mut next) = (gated, 0);
        while let Ok(batch) = gated.recv() {
            for event in &batch {
                assert_eq!(*event, Bytes::<N>::numbered(next).0);
                next += 1;
            }
        }
        next
    });
    for i in 0..EVENTS / 10 {
        if i % 100 < 90 {
            producer.publish(|event| *event = Bytes::<N>::numbered(i).0).unwrap();
        } else if i % 100 == 90 {
            let write = |events: &mut [[u8; N]]| {
                events.iter_mut().zip(i..).for_each(|(event, i)| *event = Bytes::<N>::numbered(i).0);
            };
            producer.publish_batch(10, write).unwrap();
        }
    }
    drop(producer);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), EVENTS / 10);
    }
    assert_eq!(gated.join().unwrap(), EVENTS / 10);
}

#[test]
fn lossy_readers_lose_exactly_what_they_say_for_every_size() {
    lossy_readers_lose_exactly_what_they_say::<1>();
    lossy_readers_lose_exactly_what_they_say::<3>();
    lossy_readers_lose_exactly_what_they_say::<8>();
    lossy_readers_lose_exactly_what_they_say::<24>();
    lossy_readers_lose_exactly_what_they_say::<64>();
    lossy_readers_lose_exactly_what_they_say::<100>();
    lossy_readers_lose_exactly_what_they_say::<1024>();
}
