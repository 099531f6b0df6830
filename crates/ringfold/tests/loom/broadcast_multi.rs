//! The models of `ringfold::broadcast` with several producers.

use loom::thread;
use ringfold::broadcast::{self, LossyReader, MultiProducer, Reader, Start, TryRecvError};

use super::explore::explore;

fn ring(capacity: usize) -> MultiProducer<u64> {
    broadcast::builder(capacity).build_multi().expect("a small soft mirror can always be had")
}

/// What is there, and released.
fn take(reader: &mut Reader<u64>) -> Vec<u64> {
    reader.poll().to_vec()
}

fn sum(events: Vec<u64>, more: Vec<u64>) -> u64 {
    events.iter().chain(&more).sum()
}

#[test]
fn two_producers_publish_side_by_side() {
    explore("broadcast: two producers, availability, capacity 2", Some(3), 100, || {
        let mut producer = ring(2);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let writer = thread::spawn(move || other.try_publish(|slot| *slot = 1).unwrap());
        producer.try_publish(|slot| *slot = 2).unwrap();
        let events = take(&mut reader);
        writer.join().unwrap();
        assert_eq!(sum(events, take(&mut reader)), 3, "each of them once");
    });
}

#[test]
fn the_reader_is_the_gate_of_every_producer() {
    explore("broadcast: two producers, gate, capacity 1", Some(3), 100, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        producer.try_publish(|slot| *slot = 1).unwrap();
        let writer = thread::spawn(move || other.try_publish(|slot| *slot = 2).is_ok());
        let events = take(&mut reader);
        let mine = producer.try_publish(|slot| *slot = 4).is_ok();
        let others = writer.join().unwrap();
        assert!(mine || others, "what was released is room for one of them");
        let all = sum(events, take(&mut reader));
        assert_eq!(all, 1 + 2 * u64::from(others) + 4 * u64::from(mine));
    });
}

#[test]
fn nothing_is_overwritten_while_it_is_written() {
    explore("broadcast: two producers and no reader, capacity 1", Some(3), 100, || {
        let mut producer = ring(1);
        let mut other = producer.clone();
        let writer = thread::spawn(move || other.try_publish(|slot| *slot = 1).is_ok());
        let mine = producer.try_publish(|slot| *slot = 2).is_ok();
        assert!(writer.join().unwrap() || mine);
    });
}

#[test]
fn a_claim_of_two_is_passed_when_both_of_its_words_are_stored() {
    explore("broadcast: a batch of two against the next lap, capacity 2", Some(3), 100, || {
        let mut producer = ring(2);
        let mut other = producer.clone();
        let writer = thread::spawn(move || other.try_claim(2).is_some_and(|claim| claim.commit() < 2));
        let mine = [1, 2].map(|event| producer.try_publish(|slot| *slot = event).is_ok());
        let others = writer.join().unwrap();
        assert!(others || mine[0]);
        assert_eq!(producer.free(), 2, "no mark of the next lap was overwritten");
    });
}

#[test]
fn who_is_left_alone_goes_on_behind_the_others() {
    explore("broadcast: one of two producers leaves", Some(2), 50, || {
        let mut producer = ring(3);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let writer = thread::spawn(move || other.try_publish(|slot| *slot = 1).unwrap());
        producer.try_publish(|slot| *slot = 2).unwrap();
        producer.try_publish(|slot| *slot = 4).unwrap();
        writer.join().unwrap();
        assert_eq!(sum(take(&mut reader), vec![]), 7, "each of them once");
    });
}

#[test]
fn a_stage_goes_from_mark_to_mark_behind_the_one_before_it() {
    explore("broadcast: two producers and a pipeline of two, capacity 2", Some(3), 100, || {
        let mut producer = ring(2);
        let mut first = producer.subscribe();
        let mut second = producer.subscription().after([&first]).join().unwrap();
        let mut other = producer.clone();
        producer.try_publish(|slot| *slot = 1).unwrap();
        let stage = thread::spawn(move || (take(&mut first).len(), first));
        let writer = thread::spawn(move || _ = other.try_publish(|slot| *slot = 2));
        let seen = take(&mut second);
        let (released, _first) = stage.join().unwrap();
        assert!(seen.len() <= released);
        writer.join().unwrap();
    });
}

#[test]
fn what_is_aborted_is_stepped_over() {
    explore("broadcast: a claim is aborted between two producers", Some(2), 100, || {
        let mut producer = ring(3);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let aborter = thread::spawn(move || drop(other.try_claim(1).unwrap()));
        producer.try_publish(|slot| *slot = 1).unwrap();
        let events = take(&mut reader);
        producer.try_publish(|slot| *slot = 2).unwrap();
        aborter.join().unwrap();
        let more = take(&mut reader);
        assert_eq!(sum(events, more) + sum(take(&mut reader), vec![]), 3);
    });
}

#[test]
fn the_slots_of_an_aborted_claim_are_written_by_another() {
    explore("broadcast: a claim is aborted, and the next lap begins, capacity 1", Some(3), 20, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let aborter = thread::spawn(move || drop(other.try_claim(1)));
        let nothing = take(&mut reader);
        let is_published = producer.try_publish(|slot| *slot = 1).is_ok();
        aborter.join().unwrap();
        assert_eq!(sum(nothing, take(&mut reader)), u64::from(is_published));
    });
}

#[test]
fn who_joins_sees_everything_from_there_on() {
    for (start, name) in [(Start::Now, "now"), (Start::Oldest, "at the oldest")] {
        explore(&format!("broadcast: join {name}, two producers, capacity 1"), Some(3), 100, move || {
            let idle = ring(1);
            let subscriber = idle.subscriber();
            let mut producer = idle.clone();
            let writer = thread::spawn(move || {
                (0..3).map_while(|event| producer.try_publish(|slot| *slot = event).ok()).count() as u64
            });
            let mut reader = subscriber.subscription().from(start).join().unwrap();
            let first = reader.sequence();
            let mut events = take(&mut reader);
            let published = writer.join().unwrap();
            events.extend(take(&mut reader));
            assert!(events.iter().copied().eq(first..published), "{events:?}, from {first} to {published}");
        });
    }
}

#[test]
fn a_copy_is_not_torn_by_who_writes_what_another_was_granted() {
    explore("broadcast: lossy read, one writes what the other was granted", Some(2), 100, || {
        let mut producer =
            broadcast::builder::<[u64; 2]>(1).lossy().build_multi().expect("a small soft mirror");
        let mut reader = producer.subscriber().subscribe_lossy().unwrap();
        producer.try_publish(|slot| *slot = [0, !0]).unwrap();
        let writers = [producer.clone(), producer].map(|mut producer| {
            thread::spawn(move || {
                let _ = producer.try_publish(|slot| *slot = [1, !1]);
                producer // leaves later, outside the model
            })
        });
        if let Ok([event, inverse]) = reader.try_recv() {
            assert_eq!(inverse, !event, "torn");
        }
        drop(writers.map(|writer| writer.join().unwrap()));
    });
}

#[test]
fn copies_of_what_several_publish_are_never_torn() {
    explore("broadcast: lossy read, two producers, capacity 1", Some(2), 100, || {
        let idle = broadcast::builder::<[u64; 2]>(1).lossy().build_multi().expect("a small soft mirror");
        let mut reader = idle.subscriber().subscribe_lossy().unwrap();
        let mut producer = idle.clone();
        let writer = thread::spawn(move || {
            for event in 0..2 {
                producer.try_publish(|slot| *slot = [event, !event]).unwrap();
            }
        });
        let mut next = 0;
        let mut read = |reader: &mut LossyReader<[u64; 2]>| {
            let result = reader.try_recv();
            match result {
                Ok([event, inverse]) => {
                    assert_eq!((event, inverse), (next, !next), "torn");
                    next += 1;
                }
                Err(TryRecvError::Lagged { missed }) => next += missed,
                Err(_) => {}
            }
            (result.err(), next)
        };
        read(&mut reader);
        read(&mut reader);
        writer.join().unwrap();
        drop(idle);
        while read(&mut reader).0 != Some(TryRecvError::Closed) {}
        assert_eq!(read(&mut reader).1, 2, "seen and missed are all there is");
    });
}

#[test]
fn a_sleeping_producer_is_woken_by_a_reader() {
    explore("broadcast: park/wake, two producers and a reader, capacity 1", Some(3), 100, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        producer.publish(|slot| *slot = 1).unwrap();
        let writer = thread::spawn(move || _ = other.publish(|slot| *slot = 2).unwrap());
        for event in 1..=2 {
            assert_eq!(*reader.recv().unwrap(), [event]);
        }
        writer.join().unwrap();
    });
}

#[test]
fn two_sleeping_producers_are_woken_one_after_the_other() {
    explore("broadcast: park/wake, two sleeping producers, capacity 1", Some(1), 100, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let one = thread::spawn(move || _ = producer.publish(|slot| *slot = 1).unwrap());
        let two = thread::spawn(move || _ = other.publish(|slot| *slot = 2).unwrap());
        let mut sum = 0;
        for _ in 0..2 {
            sum += reader.recv().unwrap()[0];
        }
        assert_eq!(sum, 3);
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn a_sleeping_producer_is_woken_by_another_that_publishes() {
    explore("broadcast: park/wake between two producers, capacity 1", Some(3), 50, || {
        let mut producer = ring(1);
        let mut other = producer.clone();
        let thread = thread::spawn(move || _ = other.publish(|slot| *slot = 1).unwrap());
        producer.publish(|slot| *slot = 2).unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn a_forgotten_claim_is_stepped_over_when_all_are_gone() {
    explore("broadcast: a forgotten claim, two producers", Some(2), 50, || {
        let mut producer = ring(2);
        let mut reader = producer.subscribe();
        let mut other = producer.clone();
        let thread = thread::spawn(move || {
            std::mem::forget(other.claim(1));
        });
        producer.publish(|slot| *slot = 7).unwrap();
        drop(producer);
        assert_eq!(*reader.recv().unwrap(), [7]);
        assert!(reader.recv().is_err());
        thread.join().unwrap();
    });
}
