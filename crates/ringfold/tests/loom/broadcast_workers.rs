//! The models of groups of workers in `ringfold::broadcast`.

use loom::thread;
use ringfold::broadcast::Worker;

use super::{broadcast::ring, explore::explore};

#[test]
fn two_workers_that_are_done_at_the_same_time_release_both() {
    explore("broadcast: two workers, release in order", None, 100, || {
        let mut producer = ring(2);
        let mut workers = producer.subscription().workers(2).unwrap();
        let mut behind = producer.subscription().after([&workers[0]]).join().unwrap();
        producer.publish_batch(2, |events| events.copy_from_slice(&[1, 2])).unwrap();
        let mut one = workers.remove(0);
        let thread = thread::spawn(move || {
            let sum: u64 = one.poll().iter().sum();
            (sum, one)
        });
        let mut sum: u64 = workers[0].poll().iter().sum();
        let (others, mut one) = thread.join().unwrap();
        sum += others;
        // One of them may have come before the other had taken its share.
        sum += one.poll().iter().sum::<u64>();
        assert_eq!(sum, 3, "each event went to one of them");
        assert_eq!(*behind.poll(), [1, 2], "both are released");
    });
}

#[test]
fn what_workers_have_read_is_not_overwritten_before_they_are_done() {
    explore("broadcast: two workers against the producer, capacity 1", None, 50, || {
        let mut producer = ring(1);
        let mut workers = producer.subscription().workers(2).unwrap();
        producer.try_publish(|slot| *slot = 1).unwrap();
        let mut one = workers.remove(0);
        let thread = thread::spawn(move || {
            let sum: u64 = one.poll().iter().sum();
            (sum, one)
        });
        let mut expected = 1 + 2 * u64::from(producer.try_publish(|slot| *slot = 2).is_ok());
        let mut sum: u64 = workers[0].poll().iter().sum();
        expected += 4 * u64::from(producer.try_publish(|slot| *slot = 4).is_ok());
        sum += workers[0].poll().iter().sum::<u64>();
        let (others, mut one) = thread.join().unwrap();
        sum += others;
        sum += one.poll().iter().sum::<u64>();
        assert_eq!(sum, expected);
    });
}

#[test]
fn whoever_finds_both_done_releases_what_the_other_has_read() {
    explore("broadcast: two workers against the producer, capacity 2", Some(2), 50, || {
        let mut producer = ring(2);
        let workers = producer.subscription().workers(2).unwrap();
        producer.publish_batch(2, |events| events.copy_from_slice(&[1, 2])).unwrap();
        let threads: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                thread::spawn(move || {
                    let sum: u64 = worker.poll().iter().sum();
                    (sum, worker)
                })
            })
            .collect();
        // Overwrites both, if both are done.
        let mut expected = 3;
        if let Some(mut claim) = producer.try_claim(2) {
            claim.copy_from_slice(&[4, 8]);
            claim.commit();
            expected += 12;
        }
        let mut ended: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let mut sum = 0;
        for (seen, worker) in &mut ended {
            sum += *seen;
            sum += worker.poll().iter().sum::<u64>();
        }
        sum += ended[0].1.poll().iter().sum::<u64>();
        assert_eq!(sum, expected, "each event went to one of them");
    });
}

/// A worker that may sleep, behind a reader that releases two events, and what the other worker does in between.
fn behind_a_reader(name: &str, at_least: usize, between: impl Fn(&mut Worker<u64>) + Sync + Send + 'static) {
    explore(name, Some(3), at_least, move || {
        let mut producer = ring(2);
        let mut before = producer.subscribe();
        let mut workers = producer.subscription().after([&before]).workers(2).unwrap();
        producer.publish_batch(2, |events| events.copy_from_slice(&[1, 2])).unwrap();
        let mut sleeper = workers.remove(0);
        let thread = thread::spawn(move || {
            assert_eq!(sleeper.recv_up_to(1).unwrap().len(), 1);
            sleeper
        });
        drop(before.poll_up_to(1));
        between(&mut workers[0]);
        drop(before.poll_up_to(1));
        drop(thread.join());
    });
}

#[test]
fn a_sleeping_worker_hears_the_reader_before_it() {
    behind_a_reader("broadcast: park/wake, a worker behind a reader", 50, |_| {});
}

#[test]
fn a_worker_that_was_woken_for_what_another_has_taken_is_woken_again() {
    let name = "broadcast: park/wake, a worker behind a reader, and one that is quicker";
    behind_a_reader(name, 500, |quicker| drop(quicker.poll()));
}

#[test]
fn a_sleeping_worker_is_woken() {
    explore("broadcast: park/wake, a worker", Some(2), 50, || {
        let mut producer = ring(1);
        let mut workers = producer.subscription().workers(1).unwrap();
        let mut behind = producer.subscription().after([&workers[0]]).join().unwrap();
        let mut worker = workers.remove(0);
        let thread = thread::spawn(move || {
            assert_eq!(*worker.recv().unwrap(), [7]);
            worker
        });
        producer.publish(|slot| *slot = 7).unwrap();
        assert_eq!(*behind.recv().unwrap(), [7]);
        drop(thread.join());
    });
}
