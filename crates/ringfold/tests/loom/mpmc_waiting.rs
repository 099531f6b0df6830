//! The models of `ringfold::mpmc` in which somebody sleeps.

use loom::thread;
use ringfold::error::Closed;

use super::{explore::explore, mpmc::ring};

#[test]
fn no_wake_up_is_lost_on_either_side() {
    explore("mpmc: park/wake, capacity 1, both sides wait", Some(4), 200, || {
        let (producer, consumer) = ring(1);
        let writer = thread::spawn(move || {
            producer.push(0).unwrap();
            producer.push(1).unwrap();
            producer
        });
        assert_eq!(consumer.pop(), Ok(0));
        assert_eq!(consumer.pop(), Ok(1));
        drop(writer.join());
    });
}

#[test]
fn two_sleeping_consumers_get_an_item_each() {
    explore("mpmc: park/wake, two consumers, two items", Some(2), 100, || {
        let (producer, consumer) = ring(2);
        let other = consumer.clone();
        let first = thread::spawn(move || consumer.pop().unwrap());
        let second = thread::spawn(move || other.pop().unwrap());
        producer.push(1).unwrap();
        producer.push(2).unwrap();
        assert_eq!(first.join().unwrap() + second.join().unwrap(), 3);
    });
}

#[test]
fn one_batch_wakes_two_sleeping_consumers() {
    explore("mpmc: park/wake, two consumers, one batch", Some(2), 100, || {
        let (producer, consumer) = ring(2);
        let other = consumer.clone();
        let first = thread::spawn(move || consumer.pop().unwrap());
        let second = thread::spawn(move || other.pop().unwrap());
        assert_eq!(producer.try_push_slice(&[1, 2]), 2);
        assert_eq!(first.join().unwrap() + second.join().unwrap(), 3);
    });
}

#[test]
fn two_sleeping_producers_get_a_slot_each() {
    explore("mpmc: park/wake, two producers, capacity 1", Some(1), 100, || {
        let (producer, consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let other = producer.clone();
        let first = thread::spawn(move || producer.push(1).unwrap());
        let second = thread::spawn(move || other.push(2).unwrap());
        assert_eq!((0..3).map(|_| consumer.pop().unwrap()).sum::<i32>(), 3);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn two_that_push_at_once_wake_two_that_sleep() {
    explore("mpmc: park/wake, two producers, two consumers", Some(1), 100, || {
        let (producer, consumer) = ring(2);
        let (other_producer, other_consumer) = (producer.clone(), consumer.clone());
        let first = thread::spawn(move || consumer.pop().unwrap());
        let second = thread::spawn(move || other_consumer.pop().unwrap());
        let third = thread::spawn(move || producer.push(1).unwrap());
        other_producer.push(2).unwrap();
        assert_eq!(first.join().unwrap() + second.join().unwrap(), 3);
        third.join().unwrap();
    });
}

#[test]
fn closing_wakes_all_sleeping_consumers() {
    explore("mpmc: park/close: the producer leaves", Some(3), 20, || {
        let (producer, consumer) = ring::<u8>(1);
        let other = consumer.clone();
        let reader = thread::spawn(move || assert_eq!(other.pop(), Err(Closed(()))));
        let writer = thread::spawn(move || drop(producer));
        assert_eq!(consumer.pop(), Err(Closed(())));
        reader.join().unwrap();
        writer.join().unwrap();
    });
}

#[test]
fn closing_wakes_all_sleeping_producers() {
    explore("mpmc: park/close: the consumer leaves", Some(3), 20, || {
        let (producer, consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let other = producer.clone();
        let writer = thread::spawn(move || assert_eq!(other.push(1), Err(Closed(1))));
        let reader = thread::spawn(move || drop(consumer));
        assert_eq!(producer.push(2), Err(Closed(2)));
        writer.join().unwrap();
        reader.join().unwrap();
    });
}

#[test]
fn the_last_item_is_found_even_if_its_producer_has_left() {
    explore("mpmc: park/push/close", Some(3), 50, || {
        let (producer, consumer) = ring(1);
        let writer = thread::spawn(move || producer.push(7).unwrap());
        assert_eq!(consumer.pop(), Ok(7));
        assert_eq!(consumer.pop(), Err(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn a_task_is_woken_like_a_thread() {
    explore("mpmc: async handles: wake through a waker", Some(2), 50, || {
        let (producer, consumer) = ring(1);
        let (producer, consumer) = (producer.into_async(), consumer.into_async());
        let writer = thread::spawn(move || {
            loom::future::block_on(async {
                producer.push(0).await.unwrap();
                producer.push(1).await.unwrap();
            });
        });
        loom::future::block_on(async {
            assert_eq!(consumer.pop().await, Ok(0));
            assert_eq!(consumer.pop().await, Ok(1));
            assert_eq!(consumer.pop().await, Err(Closed(())));
        });
        writer.join().unwrap();
    });
}

#[test]
fn a_future_that_is_dropped_passes_its_wake_up_on() {
    explore("mpmc: a cancelled pop, another consumer sleeps", Some(2), 50, || {
        use std::{future::Future, task};
        let (producer, consumer) = ring(1);
        let tasks = consumer.clone().into_async();
        let mut pop = Box::pin(tasks.pop());
        let mut context = task::Context::from_waker(task::Waker::noop());
        assert!(pop.as_mut().poll(&mut context).is_pending());
        let reader = thread::spawn(move || consumer.pop());
        let writer = thread::spawn(move || (producer.push(7), producer));
        // The wake-up may have been this future's. It is never polled again.
        drop(pop);
        assert_eq!(reader.join().unwrap(), Ok(7));
        drop(writer.join());
    });
}

#[test]
fn an_overwritten_item_is_never_lost_on_a_sleeper() {
    explore("mpmc: push_overwrite wakes a sleeping consumer, capacity 1", Some(3), 100, || {
        let (producer, consumer) = ring(1);
        let reader = thread::spawn(move || (consumer.pop(), consumer));
        let evicted = [0, 1].map(|item| producer.push_overwrite(item).unwrap());
        let (popped, consumer) = reader.join().unwrap();
        let mut all: Vec<_> = evicted.into_iter().flatten().chain(popped).chain(consumer.try_pop()).collect();
        all.sort();
        assert_eq!(all, [0, 1]);
    });
}
