//! The models of `ringfold::broadcast::Static`: the gate, joining against a grant, places that are taken again, reading what is overwritten, and
//! producers one after the other.

use loom::thread::{self, yield_now};
use ringfold::broadcast::{Static, StaticProducer, StaticReader, TryRecvError};

use super::explore::explore;

/// Runs `model` on a ring that lives as long as the model.
fn with_ring<E: bytemuck::NoUninit, const N: usize, const R: usize>(
    blank: E,
    model: impl FnOnce(&'static Static<E, N, R>),
) {
    let ring = Box::into_raw(Box::new(Static::<E, N, R>::new(blank)));
    // SAFETY: it is freed below, after the model, which has joined its threads and dropped its handles.
    model(unsafe { &*ring });
    // SAFETY: it came out of a box, and nobody uses it any more.
    drop(unsafe { Box::from_raw(ring) });
}

fn publish_all(producer: &mut StaticProducer<u64>, events: std::ops::Range<u64>) {
    for event in events {
        while producer.try_publish(|slot| *slot = event).is_err() {
            yield_now();
        }
    }
}

/// Reads so many events, each of which must be the number of its sequence.
fn read(reader: &mut StaticReader<u64>, mut left: usize) {
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
fn the_slowest_reader_is_the_gate() {
    explore("broadcast::Static: publish/gate, capacity 1", None, 100, || {
        with_ring(0, |ring: &'static Static<u64, 1, 1>| {
            let mut producer = ring.producer().unwrap();
            let mut reader = ring.subscribe().unwrap();
            let writer = thread::spawn(move || publish_all(&mut producer, 0..2));
            read(&mut reader, 2);
            writer.join().unwrap();
        });
    });
}

#[test]
fn a_batch_is_seen_whole_or_not_at_all() {
    explore("broadcast::Static: batch against poll, capacity 2", None, 5, || {
        with_ring(0, |ring: &'static Static<u64, 2, 1>| {
            let mut producer = ring.producer().unwrap();
            let mut reader = ring.subscribe().unwrap();
            let writer = thread::spawn(move || {
                producer.publish_batch(2, |events| events.copy_from_slice(&[0, 1])).unwrap();
            });
            let batch = reader.poll();
            assert!(batch.is_empty() || *batch == [0, 1], "half a batch");
            drop(batch);
            writer.join().unwrap();
        });
    });
}

fn join_under_traffic<const N: usize>(events: u64) {
    with_ring(0, |ring: &'static Static<u64, N, 1>| {
        let mut producer = ring.producer().unwrap();
        let newcomer = thread::spawn(move || {
            let mut reader = ring.subscribe().unwrap();
            // Everything from there on, although nobody waited for this reader before.
            let first = reader.sequence();
            read(&mut reader, (events - first) as usize);
        });
        publish_all(&mut producer, 0..events);
        newcomer.join().unwrap();
    });
}

#[test]
fn who_joins_sees_everything_from_there_on() {
    explore("broadcast::Static: join against grant, capacity 1", Some(3), 500, || join_under_traffic::<1>(2));
    explore("broadcast::Static: join against grant, capacity 2", Some(3), 1000, || {
        join_under_traffic::<2>(3)
    });
}

#[test]
fn who_leaves_has_read_its_events_before_they_are_overwritten() {
    explore("broadcast::Static: leave under traffic, capacity 1", None, 5, || {
        with_ring(0, |ring: &'static Static<u64, 1, 1>| {
            let mut producer = ring.producer().unwrap();
            let mut reader = ring.subscribe().unwrap();
            publish_all(&mut producer, 0..1);
            let leaver = thread::spawn(move || {
                let batch = reader.poll();
                assert_eq!(*batch, [0]);
                // Not released: leaving alone lets the producer go on.
                batch.release(0);
                drop(reader);
            });
            publish_all(&mut producer, 1..2);
            leaver.join().unwrap();
        });
    });
}

#[test]
fn a_place_that_is_taken_again_hands_on_what_was_read_there() {
    explore("broadcast::Static: a place is taken again, capacity 1", Some(3), 500, || {
        with_ring(0, |ring: &'static Static<u64, 1, 1>| {
            let mut producer = ring.producer().unwrap();
            let mut first = ring.subscribe().unwrap();
            publish_all(&mut producer, 0..1);
            let leaver = thread::spawn(move || {
                let batch = first.poll();
                assert_eq!(*batch, [0]);
                batch.release(0);
                drop(first);
            });
            let newcomer = thread::spawn(move || {
                let second = ring.subscribe();
                second.map(|reader| reader.sequence())
            });
            while producer.try_publish(|slot| *slot = 1).is_err() {
                yield_now();
            }
            leaver.join().unwrap();
            newcomer.join().unwrap();
        });
    });
}

#[test]
fn copies_are_never_torn_and_what_is_missed_is_counted() {
    explore("broadcast::Static: lossy read against overwrite, capacity 1", Some(3), 500, || {
        lossy_read_against_overwrite::<1>(2);
    });
    explore("broadcast::Static: lossy read against overwrite, capacity 2", Some(2), 500, || {
        lossy_read_against_overwrite::<2>(3);
    });
}

fn lossy_read_against_overwrite<const N: usize>(events: u64) {
    with_ring([0, !0], |ring: &'static Static<[u64; 2], N, 1>| {
        let mut producer = ring.producer().unwrap();
        let mut reader = ring.subscribe_lossy();
        let writer = thread::spawn(move || {
            for event in 0..events {
                producer.try_publish(|slot| *slot = [event, !event]).unwrap();
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
    });
}

#[test]
fn a_producer_goes_on_where_the_last_one_stopped() {
    explore("broadcast::Static: one producer after the other", Some(3), 5, || {
        with_ring(0, |ring: &'static Static<u64, 2, 1>| {
            let mut first = ring.producer().unwrap();
            let mut reader = ring.subscribe().unwrap();
            let writer = thread::spawn(move || publish_all(&mut first, 0..1));
            let mut second = loop {
                match ring.producer() {
                    Some(producer) => break producer,
                    None => yield_now(),
                }
            };
            assert_eq!(second.try_publish(|slot| *slot = 1), Ok(1));
            read(&mut reader, 2);
            writer.join().unwrap();
        });
    });
}
