//! The models of `ringfold::spsc`.

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread::{self, yield_now};
use ringfold::{
    error::{Closed, TryPopError, TryPushError},
    spsc::{self, Consumer, Producer, Static},
};

use super::explore::explore;

fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    spsc::with_capacity(capacity).expect("a small soft mirror can always be had")
}

/// Pushes without ever sleeping, so that a model has only the protocol of the cursors in it.
fn push_all(producer: &mut Producer<usize>, items: std::ops::Range<usize>) {
    for item in items {
        while producer.try_push(item).is_err() {
            yield_now();
        }
    }
}

fn pop_one(consumer: &mut Consumer<usize>) -> usize {
    loop {
        match consumer.try_pop() {
            Ok(item) => return item,
            Err(_) => yield_now(),
        }
    }
}

#[test]
fn items_cross_in_order_through_one_slot() {
    explore("commit/consume, capacity 1", None, 50, || {
        let (mut producer, mut consumer) = ring(1);
        let writer = thread::spawn(move || push_all(&mut producer, 0..2));
        assert_eq!([pop_one(&mut consumer), pop_one(&mut consumer)], [0, 1]);
        writer.join().unwrap();
    });
}

#[test]
fn items_cross_in_order_and_the_slots_are_used_again() {
    explore("commit/consume, capacity 2, more than a lap", Some(3), 500, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || push_all(&mut producer, 0..3));
        for expected in 0..3 {
            assert_eq!(pop_one(&mut consumer), expected);
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_claim_is_seen_whole_or_not_at_all() {
    explore("claim/commit against peek/consume", None, 50, || {
        let (mut producer, mut consumer) = ring(3);
        let writer = thread::spawn(move || {
            let mut claim = producer.try_claim(2).expect("the ring is empty");
            claim.fill(|i| i);
            claim.commit();
            drop(producer.try_claim(1)); // an abort publishes nothing
            push_all(&mut producer, 2..4);
        });
        let mut seen = Vec::new();
        while seen.len() < 4 {
            let view = consumer.peek();
            assert!(view.len() != 1 || !seen.is_empty(), "half a claim");
            seen.extend_from_slice(&view);
            let count = view.len();
            view.consume(count);
            yield_now();
        }
        assert_eq!(seen, [0, 1, 2, 3]);
        writer.join().unwrap();
    });
}

#[test]
fn batched_publication_loses_nothing() {
    explore("lazy publication: push_iter against drain", Some(3), 200, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || producer.push_iter(0..3usize));
        let mut seen = Vec::new();
        while seen.len() < 3 {
            if consumer.drain(|item| seen.push(item)) == 0 {
                yield_now();
            }
        }
        assert_eq!(seen, [0, 1, 2]);
        assert_eq!(writer.join().unwrap(), Ok(3));
    });
}

#[test]
fn an_item_that_comes_during_a_drain_is_whole() {
    explore("push against drain, which looks twice", None, 20, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || push_all(&mut producer, 0..2));
        let mut seen = Vec::new();
        while seen.len() < 2 {
            if consumer.drain(|item| seen.push(item)) == 0 {
                yield_now();
            }
        }
        assert_eq!(seen, [0, 1]);
        writer.join().unwrap();
    });
}

#[test]
fn an_inline_ring_goes_on_where_its_last_handles_stopped() {
    explore("split, leave and split again", None, 20, || {
        let ring: &'static Static<usize, 1> = Box::leak(Box::new(Static::new()));
        let (mut producer, consumer) = ring.split().expect("nobody else has split it");
        producer.try_push(7).expect("the ring is empty");
        let first = thread::spawn(move || drop(producer));
        drop(consumer);
        let (mut producer, mut consumer) = loop {
            match ring.split() {
                Some(handles) => break handles,
                None => yield_now(),
            }
        };
        assert_eq!(producer.stats().pushed, 1, "sequences never go back");
        assert_eq!(consumer.stats().popped, 1, "what was left was dropped");
        assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
        producer.try_push(8).expect("the ring is empty");
        assert_eq!(consumer.try_pop(), Ok(8));
        first.join().unwrap();
    });
}

#[test]
fn what_was_pushed_before_is_found() {
    // Not through the ring: the news that the push is done travels by another way.
    explore("no try_pop says empty after a push", None, 5, || {
        use loom::sync::{Arc, atomic::AtomicBool};
        let (mut producer, mut consumer) = ring(1);
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
    explore("close by the producer", None, 20, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || push_all(&mut producer, 0..2));
        let mut seen = Vec::new();
        loop {
            match consumer.try_pop() {
                Ok(item) => seen.push(item),
                Err(TryPopError::Empty) => yield_now(),
                Err(TryPopError::Closed) => break,
            }
        }
        assert_eq!(seen, [0, 1]);
        writer.join().unwrap();
    });
}

#[test]
fn a_consumer_that_leaves_has_moved_its_items_out_before() {
    explore("forgotten iterator, then close", None, 20, || {
        let (mut producer, mut consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let writer = thread::spawn(move || {
            while let Err(TryPushError::Full(_)) = producer.try_push(1) {
                yield_now();
            }
        });
        let mut items = consumer.peek().into_iter();
        assert_eq!(items.next(), Some(0));
        std::mem::forget(items);
        drop(consumer);
        writer.join().unwrap();
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
    explore("close by both sides", None, 20, || {
        let drops = std::sync::Arc::new(AtomicUsize::new(0));
        let item = || Counted(drops.clone());
        let (mut producer, mut consumer) = ring(2);
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
fn no_wake_up_is_lost_on_either_side() {
    explore("park/wake, capacity 1, both sides wait", Some(3), 500, || {
        let (mut producer, mut consumer) = ring(1);
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
fn closing_wakes_a_sleeping_consumer() {
    explore("park/close: the producer leaves", None, 20, || {
        let (producer, mut consumer) = ring::<u8>(1);
        let writer = thread::spawn(move || drop(producer));
        assert_eq!(consumer.pop(), Err(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn closing_wakes_a_sleeping_producer() {
    explore("park/close: the consumer leaves", None, 20, || {
        let (mut producer, consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let reader = thread::spawn(move || drop(consumer));
        assert_eq!(producer.push(1), Err(Closed(1)));
        reader.join().unwrap();
    });
}

#[test]
fn the_last_item_is_found_even_if_its_producer_has_left() {
    explore("park/push/close", Some(3), 50, || {
        let (mut producer, mut consumer) = ring(1);
        let writer = thread::spawn(move || producer.push(7).unwrap());
        assert_eq!(consumer.pop(), Ok(7));
        assert_eq!(consumer.pop(), Err(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn a_task_is_woken_like_a_thread() {
    explore("async halves: wake through a waker", Some(2), 50, || {
        let (producer, consumer) = ring(1);
        let (mut producer, mut consumer) = (producer.into_async(), consumer.into_async());
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
