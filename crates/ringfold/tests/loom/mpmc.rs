//! The models of `ringfold::mpmc`.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread::{self, yield_now};
use ringfold::{
    error::{TryPopError, TryPushError},
    mpmc::{self, Consumer, Producer},
};

use super::explore::explore;

pub(super) fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    mpmc::with_capacity(capacity).expect("a few bytes can always be had")
}

/// Pushes without ever sleeping, so that a model has only the protocol of the places in it.
fn push_one<T>(producer: &Producer<T>, mut item: T) {
    while let Err(TryPushError::Full(back)) = producer.try_push(item) {
        item = back;
        yield_now();
    }
}

fn pop_one<T>(consumer: &Consumer<T>) -> T {
    loop {
        match consumer.try_pop() {
            Ok(item) => return item,
            Err(_) => yield_now(),
        }
    }
}

#[test]
fn items_cross_in_order_through_one_slot() {
    explore("mpmc: push/pop, capacity 1, two laps", None, 50, || {
        let (producer, consumer) = ring(1);
        let writer = thread::spawn(move || (0..3).for_each(|item| push_one(&producer, item)));
        (0..3).for_each(|item| assert_eq!(pop_one(&consumer), item));
        writer.join().unwrap();
    });
}

#[test]
fn items_cross_in_order_and_the_slots_are_used_again() {
    explore("mpmc: push/pop, capacity 2, more than a lap", None, 200, || {
        let (producer, consumer) = ring(2);
        let writer = thread::spawn(move || (0..3).for_each(|item| push_one(&producer, item)));
        (0..3).for_each(|item| assert_eq!(pop_one(&consumer), item));
        writer.join().unwrap();
    });
}

#[test]
fn two_producers_never_get_the_same_place() {
    explore("mpmc: two producers, capacity 2", None, 20, || {
        let (producer, consumer) = ring(2);
        let other = producer.clone();
        let first = thread::spawn(move || producer.try_push(1).expect("there is room for both"));
        other.try_push(2).expect("there is room for both");
        first.join().unwrap();
        assert_eq!(consumer.try_pop().unwrap() + consumer.try_pop().unwrap(), 3);
    });
}

#[test]
fn two_consumers_never_get_the_same_item() {
    explore("mpmc: two consumers, capacity 2", None, 20, || {
        let (producer, consumer) = ring(2);
        [1, 2].map(|item| producer.try_push(item).expect("there is room for both"));
        let other = consumer.clone();
        let first = thread::spawn(move || consumer.try_pop().expect("there is one for each"));
        assert_eq!(other.try_pop().expect("there is one for each") + first.join().unwrap(), 3);
    });
}

#[test]
fn two_producers_and_two_consumers_share_one_slot() {
    explore("mpmc: try_push/try_pop, 2 x 2, capacity 1", Some(3), 500, || {
        let (producer, consumer) = ring(1);
        let (other_producer, other_consumer) = (producer.clone(), consumer.clone());
        let writer = thread::spawn(move || other_producer.try_push(1).ok().map(|()| 1));
        let reader = thread::spawn(move || other_consumer.try_pop().ok());
        let pushed = producer.try_push(2).ok().map(|()| 2);
        let popped = consumer.try_pop().ok();
        let sum = |items: &[Option<i32>]| items.iter().flatten().sum::<i32>();
        let went_in = sum(&[pushed, writer.join().unwrap()]);
        assert!(went_in > 0, "the ring was empty");
        assert_eq!(sum(&[popped, reader.join().unwrap(), consumer.try_pop().ok()]), went_in);
    });
}

#[test]
fn batches_are_whole_and_in_order() {
    explore("mpmc: try_push_slice against pop_slice, capacity 2", None, 50, || {
        let (producer, consumer) = ring(2);
        let writer = thread::spawn(move || {
            let mut pushed = 0;
            while pushed < 3 {
                pushed += producer.try_push_slice(&[10, 11, 12][pushed..]);
                yield_now();
            }
        });
        let (mut seen, mut target) = (Vec::new(), [0; 2]);
        while seen.len() < 3 {
            let count = consumer.pop_slice(&mut target);
            seen.extend_from_slice(&target[..count]);
            yield_now();
        }
        assert_eq!(seen, [10, 11, 12]);
        writer.join().unwrap();
    });
}

#[test]
fn batches_of_two_producers_do_not_mix() {
    explore("mpmc: two batches, capacity 4", None, 30, || {
        let (producer, consumer) = ring(4);
        let other = producer.clone();
        let first = thread::spawn(move || assert_eq!(producer.try_push_slice(&[10, 11]), 2));
        assert_eq!(other.try_push_slice(&[20, 21]), 2);
        first.join().unwrap();
        let mut seen = [0; 4];
        assert_eq!(consumer.pop_slice(&mut seen), 4);
        assert!(seen == [10, 11, 20, 21] || seen == [20, 21, 10, 11], "{seen:?}");
    });
}

#[test]
fn what_is_overwritten_is_given_back_and_nothing_else() {
    for capacity in [1, 2] {
        explore("mpmc: push_overwrite against pop", Some(4), 100, move || {
            let (producer, consumer) = ring(capacity);
            let writer = thread::spawn(move || {
                (0..4).filter_map(|item| producer.push_overwrite(item).unwrap()).collect::<Vec<_>>()
            });
            let mut seen: Vec<_> = consumer.try_pop().into_iter().collect();
            let evicted = writer.join().unwrap();
            seen.extend(consumer.iter());
            assert!(seen.is_sorted() && evicted.is_sorted(), "{seen:?} {evicted:?}");
            let mut all = [seen, evicted].concat();
            all.sort();
            assert_eq!(all, [0, 1, 2, 3]);
        });
    }
}

#[test]
fn an_overwriting_producer_has_the_place_to_itself() {
    explore("mpmc: push_overwrite against push_overwrite and pop, capacity 1", Some(3), 200, || {
        let (producer, consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let other = producer.clone();
        let writer = thread::spawn(move || other.push_overwrite(1).unwrap());
        let evicted = producer.push_overwrite(2).unwrap();
        let last = consumer.try_pop();
        let mut all: Vec<_> = [evicted, last.ok(), writer.join().unwrap()].into_iter().flatten().collect();
        all.extend(consumer.try_pop());
        all.sort();
        assert_eq!(all, [0, 1, 2]);
    });
}

#[test]
fn what_was_pushed_before_is_found() {
    // Not through the ring: the news that the push is done travels by another way.
    explore("mpmc: no try_pop says empty after a push", None, 5, || {
        use loom::sync::{Arc, atomic::AtomicBool};
        let (producer, consumer) = ring(1);
        let pushed = Arc::new(AtomicBool::new(false));
        let news = pushed.clone();
        let writer = thread::spawn(move || {
            producer.try_push(7).expect("the ring is empty");
            news.store(true, loom::sync::atomic::Ordering::Release);
            producer
        });
        if pushed.load(loom::sync::atomic::Ordering::Acquire) {
            assert_eq!(consumer.try_pop(), Ok(7));
        }
        drop(writer.join());
    });
}

#[test]
fn everything_pushed_is_read_before_closed() {
    explore("mpmc: close by the last of two producers", Some(2), 20, || {
        let (producer, consumer) = ring(2);
        let other = producer.clone();
        let first = thread::spawn(move || producer.try_push(1).expect("there is room"));
        let second = thread::spawn(move || other.try_push(2).expect("there is room"));
        let mut sum = 0;
        loop {
            match consumer.try_pop() {
                Ok(item) => sum += item,
                Err(TryPopError::Empty) => yield_now(),
                Err(TryPopError::Closed) => break,
            }
        }
        assert_eq!(sum, 3);
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// Counts its drops with an atomic that loom does not see: the count is only looked at in the end.
struct Counted(std::sync::Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn every_item_is_dropped_once_whoever_closes_first() {
    explore("mpmc: close by both sides", None, 20, || {
        let drops = std::sync::Arc::new(AtomicUsize::new(0));
        let item = || Counted(drops.clone());
        let (producer, consumer) = ring(2);
        producer.try_push(item()).ok().expect("the ring is empty");
        let second = item();
        let writer = thread::spawn(move || match producer.try_push(second) {
            Ok(()) => {}
            Err(TryPushError::Closed(item) | TryPushError::Full(item)) => drop(item),
        });
        drop(consumer.try_pop());
        drop(consumer);
        writer.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn the_last_handle_sees_what_the_others_did() {
    explore("mpmc: two consumers leave after a pop", None, 20, || {
        let drops = std::sync::Arc::new(AtomicUsize::new(0));
        let item = || Counted(drops.clone());
        let (producer, consumer) = ring(1);
        producer.try_push(item()).ok().expect("the ring is empty");
        let reader = thread::spawn(move || drop(consumer.try_pop()));
        let pushed_again = producer.try_push(item()).is_ok();
        drop(producer);
        reader.join().unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 2, "pushed again: {pushed_again}");
    });
}
