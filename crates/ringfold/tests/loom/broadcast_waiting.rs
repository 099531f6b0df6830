//! The models of `ringfold::broadcast` in which somebody sleeps: along every edge somebody is woken.

use loom::thread;
use ringfold::error::Closed;

use super::{broadcast::ring, explore::explore};

#[test]
fn no_wake_up_is_lost_between_the_producer_and_a_reader() {
    explore("broadcast: park/wake, capacity 1, both sides wait", Some(3), 200, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let writer = thread::spawn(move || {
            for event in 0..2 {
                producer.publish(|slot| *slot = event).unwrap();
            }
            producer
        });
        for event in 0..2 {
            assert_eq!(*reader.recv().unwrap(), [event]);
        }
        drop(writer.join());
    });
}

#[test]
fn one_event_wakes_two_sleeping_readers() {
    explore("broadcast: park/wake, two readers", Some(2), 100, || {
        let mut producer = ring(1);
        let [mut one, mut two] = [producer.subscribe(), producer.subscribe()];
        let first = thread::spawn(move || one.recv().unwrap()[0]);
        let second = thread::spawn(move || two.recv().unwrap()[0]);
        producer.publish(|slot| *slot = 7).unwrap();
        assert_eq!(first.join().unwrap() + second.join().unwrap(), 14);
    });
}

#[test]
fn a_stage_is_woken_by_the_one_before_it() {
    explore("broadcast: park/wake, a pipeline of two", Some(2), 100, || {
        let mut producer = ring(1);
        let mut first = producer.subscribe();
        let mut second = producer.subscription().after([&first]).join().unwrap();
        let stage = thread::spawn(move || {
            assert_eq!(*first.recv().unwrap(), [7]);
            first
        });
        let last = thread::spawn(move || second.recv().unwrap()[0]);
        producer.publish(|slot| *slot = 7).unwrap();
        assert_eq!(last.join().unwrap(), 7);
        drop(stage.join());
    });
}

#[test]
fn a_stage_is_woken_when_the_one_before_it_leaves() {
    explore("broadcast: park/leave, a pipeline of two", Some(2), 50, || {
        let mut producer = ring(1);
        let first = producer.subscribe();
        let mut second = producer.subscription().after([&first]).join().unwrap();
        let leaver = thread::spawn(move || drop(first));
        let last = thread::spawn(move || second.recv().unwrap()[0]);
        producer.publish(|slot| *slot = 7).unwrap();
        assert_eq!(last.join().unwrap(), 7);
        leaver.join().unwrap();
    });
}

#[test]
fn closing_wakes_sleeping_readers_and_stages() {
    explore("broadcast: park/close: the producer leaves", Some(2), 50, || {
        let producer = ring(1);
        let mut first = producer.subscribe();
        let mut second = producer.subscription().after([&first]).join().unwrap();
        let stage = thread::spawn(move || (first.recv().err(), first));
        let writer = thread::spawn(move || drop(producer));
        assert_eq!(second.recv().err(), Some(Closed(())));
        assert_eq!(stage.join().unwrap().0, Some(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn a_sleeping_producer_is_woken_when_a_reader_leaves() {
    explore("broadcast: park/leave: one of two readers, then the other", Some(2), 50, || {
        let mut producer = ring(1);
        let [one, two] = [producer.subscribe(), producer.subscribe()];
        producer.publish(|_| ()).unwrap();
        let first = thread::spawn(move || drop(one));
        let second = thread::spawn(move || drop(two));
        assert_eq!(producer.publish(|_| ()), Err(Closed(())));
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn the_last_event_is_found_even_if_its_producer_has_left() {
    explore("broadcast: park/publish/close", Some(3), 50, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe();
        let writer = thread::spawn(move || producer.publish(|slot| *slot = 7).unwrap());
        assert_eq!(*reader.recv().unwrap(), [7]);
        assert_eq!(reader.recv().err(), Some(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn a_sleeping_lossy_reader_is_woken() {
    explore("broadcast: park/wake, a lossy reader", Some(3), 50, || {
        let mut producer = ring(1);
        let mut reader = producer.subscribe_lossy();
        let writer = thread::spawn(move || producer.publish(|slot| *slot = 7).unwrap());
        assert_eq!(reader.recv(), Ok(7));
        assert!(reader.recv().is_err());
        writer.join().unwrap();
    });
}
