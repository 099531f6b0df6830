//! The models of `ringfold::broadcast`: publishing, the gate, joining, leaving, and reading what is overwritten.

use loom::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, yield_now},
};
use ringfold::{
    broadcast::{self, Producer, Reader, Start, TryRecvError},
    error::TryPushError,
};

use super::explore::explore;

pub fn ring(capacity: usize) -> Producer<u64> {
    broadcast::builder(capacity).build().expect("a small soft mirror can always be had")
}

fn lossy_ring(capacity: usize) -> Producer<[u64; 2]> {
    broadcast::builder(capacity).lossy().build().expect("a small soft mirror can always be had")
}

/// Publishes without ever sleeping, so that a model has only the protocol of the cursors in it.
fn publish_all(producer: &mut Producer<u64>, events: std::ops::Range<u64>) {
    for event in events {
        while producer.try_publish(|slot| *slot = event).is_err() {
            yield_now();
        }
    }
}

/// Reads so many events, each of which must be the number of its sequence.
fn read(reader: &mut Reader<u64>, count: usize) {
    let mut left = count;
    while left > 0 {
        let batch = reader.poll_up_to(left);
        for (event, sequence) in batch.iter().zip(batch.sequence()..) {
            assert_eq!(*event, sequence);
        }
        left -= batch.len();
        drop(batch);
        if left > 0 {
            yield_now();
        }
    }
}

#[test]
fn events_reach_a_reader_in_order_through_one_slot() {
    explore("broadcast: publish/gate, capacity 1", None, 50, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let writer = thread::spawn(move || publish_all(&mut producer, 0..2));
        read(&mut reader, 2);
        writer.join().unwrap();
    });
}

#[test]
fn the_slowest_of_two_readers_is_the_gate() {
    explore("broadcast: publish/gate, two readers, capacity 1", Some(2), 200, || {
        let mut producer = ring(1);
        let readers = [producer.subscribe(), producer.subscribe()];
        publish_all(&mut producer, 0..1);
        let threads = readers.map(|mut reader| {
            thread::spawn(move || {
                read(&mut reader, 1);
                reader
            })
        });
        // Sleeps until both have released the slot.
        producer.publish(|slot| *slot = 1).unwrap();
        for thread in threads {
            read(&mut thread.join().unwrap(), 1);
        }
    });
}

#[test]
fn a_batch_is_seen_whole_or_not_at_all() {
    explore("broadcast: batch and claim against poll", None, 20, || {
        let mut producer = ring(2);
        let mut reader = producer.subscribe();
        let writer = thread::spawn(move || {
            let fill = |events: &mut [u64]| events.copy_from_slice(&[0, 1]);
            producer.publish_batch(2, fill).unwrap();
            drop(producer.try_claim(1)); // an abort publishes nothing
            publish_all(&mut producer, 2..3);
        });
        let mut seen = 0;
        while seen < 3 {
            let batch = reader.poll();
            assert!(seen > 0 || batch.len() != 1, "half a batch");
            seen += batch.len();
            drop(batch);
            yield_now();
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_stage_sees_what_the_one_before_it_has_released() {
    explore("broadcast: a pipeline of two, capacity 1", None, 15, || {
        // What the first stage does with an event, the one behind it sees.
        let done = Arc::new(AtomicBool::new(false));
        let mut producer = ring(1);
        let mut first = producer.subscribe();
        let mut second = producer.subscription().after([&first]).join().unwrap();
        publish_all(&mut producer, 0..1);
        let is_done = done.clone();
        let stage = thread::spawn(move || {
            let batch = first.poll();
            assert_eq!(*batch, [0]);
            is_done.store(true, Relaxed);
            drop(batch);
            first
        });
        let last = thread::spawn(move || {
            let batch = second.poll();
            let seen = batch.len();
            assert!(batch.iter().all(|&event| event == 0 && done.load(Relaxed)));
            drop(batch);
            (seen, second)
        });
        let (seen, mut second) = last.join().unwrap();
        let mut first = stage.join().unwrap();
        read(&mut second, 1 - seen);
        // The first stage has released it, and so has the second: the slot is used again.
        assert_eq!(producer.try_publish(|slot| *slot = 1), Ok(1));
        assert!(second.poll().is_empty(), "before the first stage has seen it");
        read(&mut first, 1);
        read(&mut second, 1);
    });
}

#[test]
fn everything_published_is_read_before_closed() {
    explore("broadcast: close by the producer", None, 20, || {
        let mut producer = ring(2);
        let mut reader = producer.subscribe();
        let writer = thread::spawn(move || publish_all(&mut producer, 0..2));
        let mut seen = 0;
        loop {
            let is_closed = reader.is_closed();
            let batch = reader.poll();
            seen += batch.len();
            let is_last = batch.is_empty();
            drop(batch);
            if is_closed && is_last {
                break;
            }
            yield_now();
        }
        assert_eq!(seen, 2);
        writer.join().unwrap();
    });
}

#[test]
fn who_leaves_has_read_its_events_before_they_are_overwritten() {
    explore("broadcast: leave under traffic, capacity 1", None, 5, || {
        let mut producer = ring(1);
        let [mut one, mut two] = [producer.subscribe(), producer.subscribe()];
        publish_all(&mut producer, 0..1);
        let leaver = thread::spawn(move || {
            let batch = one.poll();
            assert_eq!(*batch, [0]);
            // Not released: leaving alone lets the producer go on.
            batch.release(0);
            drop(one);
        });
        read(&mut two, 1);
        publish_all(&mut producer, 1..2);
        read(&mut two, 1);
        leaver.join().unwrap();
    });
}

#[test]
fn the_producer_is_told_when_the_last_reader_has_left() {
    explore("broadcast: the last reader leaves", None, 5, || {
        let mut producer = ring(1);
        let reader = producer.subscribe();
        let leaver = thread::spawn(move || drop(reader));
        while producer.try_publish(|_| ()) != Err(TryPushError::Closed(())) {
            yield_now();
        }
        leaver.join().unwrap();
    });
}

fn join_under_traffic(start: Start, name: &str, capacity: usize, events: u64) {
    explore(name, Some(3), 100, move || {
        let mut producer = ring(capacity);
        let subscriber = producer.subscriber();
        let newcomer = thread::spawn(move || {
            let mut reader = subscriber.subscription().from(start).join().unwrap();
            let first = reader.sequence();
            // Everything from there on, although nobody waited for this reader before.
            read(&mut reader, (events - first) as usize);
        });
        publish_all_blocking(&mut producer, events);
        newcomer.join().unwrap();
    });
}

/// As `publish_all`; when the reader has come and gone, what is left is for nobody.
fn publish_all_blocking(producer: &mut Producer<u64>, events: u64) {
    for event in 0..events {
        loop {
            match producer.try_publish(|slot| *slot = event) {
                Ok(_) => break,
                Err(TryPushError::Full(())) => yield_now(),
                Err(TryPushError::Closed(())) => return,
            }
        }
    }
}

#[test]
fn who_joins_now_sees_everything_from_there_on() {
    join_under_traffic(Start::Now, "broadcast: join now, under traffic, capacity 1", 1, 2);
    join_under_traffic(Start::Now, "broadcast: join now, under traffic, capacity 2", 2, 3);
}

#[test]
fn who_joins_with_the_oldest_sees_everything_from_there_on() {
    join_under_traffic(Start::Oldest, "broadcast: join at the oldest, capacity 1", 1, 2);
    join_under_traffic(Start::Oldest, "broadcast: join at the oldest, capacity 2", 2, 4);
}

#[test]
fn copies_are_never_torn_and_what_is_missed_is_counted() {
    explore("broadcast: lossy read against overwrite, capacity 1", Some(2), 100, || {
        lossy_read_against_overwrite(1, 2);
    });
    explore("broadcast: lossy read against overwrite, capacity 2", Some(1), 100, || {
        lossy_read_against_overwrite(2, 4);
    });
}

fn lossy_read_against_overwrite(capacity: usize, events: u64) {
    let mut producer = lossy_ring(capacity);
    let mut reader = producer.subscribe_lossy();
    let writer = thread::spawn(move || {
        for event in 0..events {
            producer.publish(|slot| *slot = [event, !event]).unwrap();
        }
    });
    let mut next = 0;
    loop {
        match reader.try_recv() {
            Ok([event, inverse]) => {
                assert_eq!(event, !inverse, "torn");
                assert_eq!(event, next);
                next += 1;
            }
            Err(TryRecvError::Lagged { missed }) => next += missed,
            Err(TryRecvError::Empty) => yield_now(),
            Err(TryRecvError::Closed) => break,
        }
    }
    assert_eq!(next, events, "seen and missed are all there is");
    writer.join().unwrap();
}

#[test]
fn a_lossy_reader_beside_a_gated_one_reads_the_same_slots() {
    explore("broadcast: lossy and gated, capacity 1", Some(1), 100, || {
        let mut producer = lossy_ring(1);
        let mut lossy = producer.subscribe_lossy();
        let mut gated = producer.subscribe();
        let writer = thread::spawn(move || {
            for event in 0..2 {
                while producer.try_publish(|slot| *slot = [event, !event]).is_err() {
                    yield_now();
                }
            }
        });
        let watcher = thread::spawn(move || {
            if let Ok([event, inverse]) = lossy.try_recv() {
                assert_eq!(event, !inverse, "torn");
            }
        });
        for expected in 0..2 {
            loop {
                let batch = gated.poll();
                if let [event] = *batch {
                    assert_eq!(event, [expected, !expected]);
                    break;
                }
                drop(batch);
                yield_now();
            }
        }
        watcher.join().unwrap();
        writer.join().unwrap();
    });
}
