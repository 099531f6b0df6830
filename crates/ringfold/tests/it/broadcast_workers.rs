//! Groups of workers: each event goes to one of them, and those behind see all in order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
};

use ringfold::broadcast::{self, GroupError, Start};

use super::{broadcast_threads::ring, memory::memory};

const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

#[test]
fn each_event_goes_to_one_worker_and_in_order_to_those_behind() {
    for (capacity, workers) in [(1, 2), (7, 3), (256, 4)] {
        let mut producer = ring::<u64>(capacity);
        let taken = Arc::new((0..EVENTS / 10).map(|_| AtomicU64::new(0)).collect::<Vec<_>>());
        let group = producer.subscription().workers(workers).unwrap();
        let behind = producer.subscription().after([&group[0]]).join().unwrap();
        let threads: Vec<_> = group
            .into_iter()
            .map(|mut worker| {
                let taken = taken.clone();
                thread::spawn(move || {
                    while let Ok(work) = worker.recv_up_to(5) {
                        for (event, sequence) in work.iter().zip(work.sequence()..) {
                            assert_eq!(*event, sequence);
                            assert_eq!(taken[*event as usize].fetch_add(1, SeqCst), 0, "twice");
                        }
                    }
                })
            })
            .collect();
        let seen = taken.clone();
        let behind = thread::spawn(move || {
            let (mut behind, mut next) = (behind, 0);
            while let Ok(batch) = behind.recv() {
                for &event in &batch {
                    assert_eq!(event, next);
                    assert_eq!(seen[event as usize].load(SeqCst), 1, "a worker has handled it");
                    next += 1;
                }
            }
            next
        });
        for i in 0..EVENTS / 10 {
            producer.publish(|event| *event = i).unwrap();
        }
        drop(producer);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(behind.join().unwrap(), EVENTS / 10);
    }
}

#[test]
fn workers_of_several_producers_step_over_what_was_aborted() {
    let producer = broadcast::builder::<u64>(16).memory(memory()).build_multi().unwrap();
    let workers = producer.subscription().workers(2).unwrap();
    let sum = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            let sum = sum.clone();
            thread::spawn(move || {
                while let Ok(work) = worker.recv() {
                    sum.fetch_add(work.iter().sum(), SeqCst);
                }
            })
        })
        .collect();
    thread::scope(|scope| {
        for _ in 0..2 {
            let mut producer = producer.clone();
            scope.spawn(move || {
                for i in 1..=1000 {
                    drop(producer.claim(3).unwrap());
                    producer.publish(|event| *event = i).unwrap();
                }
            });
        }
    });
    drop(producer);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(sum.load(SeqCst), 2 * 500_500);
}

#[test]
fn work_that_is_forgotten_and_workers_that_leave_hold_nobody_up() {
    let mut producer = ring::<u64>(4);
    let mut workers = producer.subscription().workers(2).unwrap();
    producer.publish_batch(4, |_| ()).unwrap();
    std::mem::forget(workers[0].poll());
    assert_eq!(producer.free(), 0);
    assert_eq!(workers[0].poll().len(), 1, "half of what is left");
    assert_eq!(producer.free(), 3, "what was forgotten is done when more is taken");
    drop(workers.pop());
    drop(workers.pop());
    assert!(producer.publish(|_| ()).is_err(), "the group has left");
    assert!(matches!(producer.subscription().workers(0), Err(GroupError::Empty)));
    let mut late = producer.subscription().from(Start::At(6)).workers(1).unwrap();
    for i in 4..9 {
        producer.publish(|event| *event = i).unwrap();
        late[0].poll().iter().for_each(|event| assert!(*event >= 6));
    }
}

#[test]
fn events_of_one_key_go_to_one_worker_in_order() {
    let mut producer = ring::<u64>(32);
    let workers = producer.subscription().workers_by_key(3, |event: &u64| event / 7).unwrap();
    let threads: Vec<_> = (0..)
        .zip(workers)
        .map(|(number, mut worker)| {
            thread::spawn(move || {
                let (mut last, mut count) = (None, 0);
                while let Ok(handled) = worker.recv(|event, sequence| {
                    assert_eq!((*event, event / 7 % 3), (sequence, number));
                    assert!(last.replace(*event) < Some(*event));
                }) {
                    count += handled as u64;
                }
                count
            })
        })
        .collect();
    for i in 0..EVENTS / 4 {
        producer.publish(|event| *event = i).unwrap();
    }
    drop(producer);
    assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>(), EVENTS / 4);
}
