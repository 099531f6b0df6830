//! The models of `ringfold::mpsc`.

use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Waker},
    time::Duration,
};

use loom::thread::{self, yield_now};
use ringfold::{
    error::{Closed, TryPopError, TryPushError},
    mpsc::{self, Consumer, Producer},
};

use super::explore::explore;

fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    mpsc::with_capacity(capacity).expect("a small soft mirror can always be had")
}

/// Pushes without ever sleeping, so that a model has only the protocol of claims and marks in it.
fn push_all(producer: &mut Producer<usize>, items: impl IntoIterator<Item = usize>) {
    for item in items {
        while producer.try_push(item).is_err() {
            yield_now();
        }
    }
}

/// Pops `count` items without ever sleeping.
fn pop_some(consumer: &mut Consumer<usize>, count: usize) -> Vec<usize> {
    let mut seen = Vec::new();
    while seen.len() < count {
        match consumer.try_pop() {
            Ok(item) => seen.push(item),
            Err(_) => yield_now(),
        }
    }
    seen
}

fn sorted(mut items: Vec<usize>) -> Vec<usize> {
    items.sort_unstable();
    items
}

#[test]
fn two_producers_claim_no_slot_twice() {
    explore("claim/commit, 2 producers, room for both", Some(3), 500, || {
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let writers = [
            thread::spawn(move || push_all(&mut producer, [0])),
            thread::spawn(move || push_all(&mut other, [1])),
        ];
        assert_eq!(sorted(pop_some(&mut consumer, 2)), [0, 1]);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    });
}

#[test]
fn two_producers_share_one_slot_lap_after_lap() {
    explore("claim/commit, 2 producers, capacity 1, laps", Some(2), 500, || {
        let (mut producer, mut consumer) = ring(1);
        let mut other = producer.clone();
        let writer = thread::spawn(move || producer.push_iter([0, 1]).unwrap());
        let second = thread::spawn(move || other.try_push(10).is_ok());
        let mut seen = pop_some(&mut consumer, 2);
        writer.join().unwrap();
        let three = second.join().unwrap();
        seen.extend(pop_some(&mut consumer, usize::from(three)));
        let from_second = seen.iter().filter(|&&item| item == 10).count();
        assert_eq!(from_second, usize::from(three));
        assert!(seen.iter().filter(|&&item| item < 10).eq(&[0, 1]), "order per producer: {seen:?}");
    });
}

#[test]
fn marks_of_earlier_laps_are_not_mistaken() {
    explore("claim/commit, capacity 2, more than a lap, in claims of both lengths", Some(3), 500, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || {
            for from in [0, 2] {
                let mut claim = loop {
                    match producer.try_claim(2) {
                        Some(claim) => break claim,
                        None => yield_now(),
                    }
                };
                claim.fill(|i| from + i);
                claim.commit();
            }
            push_all(&mut producer, [4]);
        });
        assert_eq!(pop_some(&mut consumer, 5), [0, 1, 2, 3, 4]);
        writer.join().unwrap();
    });
}

#[test]
fn what_was_pushed_before_comes_out_before() {
    explore("total order: a push that follows another's, by news from elsewhere", Some(2), 100, || {
        use loom::sync::{Arc, atomic::AtomicBool};
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let pushed = Arc::new(AtomicBool::new(false));
        let news = pushed.clone();
        let first = thread::spawn(move || {
            producer.try_push(0).expect("there is room for both");
            news.store(true, loom::sync::atomic::Ordering::Release);
        });
        let second = thread::spawn(move || {
            let follows = pushed.load(loom::sync::atomic::Ordering::Acquire);
            other.try_push(1).expect("there is room for both");
            follows
        });
        let seen = pop_some(&mut consumer, 2);
        first.join().unwrap();
        if second.join().unwrap() {
            assert_eq!(seen, [0, 1]);
        }
    });
}

#[test]
fn what_was_pushed_before_is_found() {
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
fn the_only_producer_left_claims_behind_the_one_that_left() {
    explore("claiming alone against another's leaving", None, 5, || {
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let leaver = thread::spawn(move || other.try_push(0).expect("there is room for both"));
        producer.try_push(1).expect("there is room for both");
        leaver.join().unwrap();
        assert_eq!(sorted(pop_some(&mut consumer, 2)), [0, 1]);
    });
}

#[test]
fn a_clone_joins_while_the_consumer_pops() {
    explore("clone against pop", Some(3), 50, || {
        let (mut producer, mut consumer) = ring(1);
        let writer = thread::spawn(move || {
            push_all(&mut producer, [0]);
            let mut other = producer.clone();
            drop(producer);
            push_all(&mut other, [1]);
        });
        assert_eq!(pop_some(&mut consumer, 2), [0, 1]);
        writer.join().unwrap();
    });
}

#[test]
fn an_aborted_claim_is_stepped_over_and_its_slots_come_back() {
    explore("tombstone against another producer's push", Some(3), 200, || {
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let aborter = thread::spawn(move || {
            drop(producer.try_claim(1));
            producer
        });
        let writer = thread::spawn(move || push_all(&mut other, [7]));
        assert_eq!(pop_some(&mut consumer, 1), [7]);
        writer.join().unwrap();
        let producer = aborter.join().unwrap();
        assert_eq!((consumer.len(), producer.free()), (0, 2));
    });
}

#[test]
fn items_before_a_tombstone_move_up_to_those_behind_it() {
    explore("half a claim committed, the other half stepped over", None, 50, || {
        let (mut producer, mut consumer) = ring(3);
        let writer = thread::spawn(move || {
            let mut claim = producer.try_claim(2).expect("the ring is empty");
            claim.fill(|i| i);
            assert_eq!(claim.commit_up_to(1), 1);
            push_all(&mut producer, [7, 8]);
        });
        loop {
            let seen = consumer.peek();
            assert!([0, 7, 8].starts_with(&seen), "{seen:?}");
            if seen.len() == 3 {
                break;
            }
            yield_now();
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_forgotten_claim_is_passed_when_its_producer_has_gone() {
    explore("forgotten claim, then close", Some(3), 50, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || {
            std::mem::forget(producer.try_claim(1));
            push_all(&mut producer, [7]);
        });
        assert_eq!(consumer.pop(), Ok(7));
        assert_eq!(consumer.pop(), Err(Closed(())));
        writer.join().unwrap();
    });
}

#[test]
fn everything_pushed_is_read_before_closed() {
    explore("close by two producers", Some(3), 200, || {
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let writers = [
            thread::spawn(move || push_all(&mut producer, [0])),
            thread::spawn(move || push_all(&mut other, [1])),
        ];
        let mut seen = Vec::new();
        loop {
            match consumer.try_pop() {
                Ok(item) => seen.push(item),
                Err(TryPopError::Empty) => yield_now(),
                Err(TryPopError::Closed) => break,
            }
        }
        assert_eq!(sorted(seen), [0, 1]);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

/// Counts its drops with an atomic that loom does not see: the count is only looked at in the end.
struct Counted(std::sync::Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Two producers push an item each, and the consumer takes `pops` of them and leaves, in every order.
fn close_from_all_sides(name: &str, pops: usize) {
    explore(name, Some(3), 500, move || {
        let drops = std::sync::Arc::new(AtomicUsize::new(0));
        let (mut producer, mut consumer) = ring(2);
        let mut other = producer.clone();
        let push = |item: Counted, producer: &mut Producer<Counted>| match producer.try_push(item) {
            Ok(()) => {}
            Err(TryPushError::Closed(item)) => drop(item),
            Err(TryPushError::Full(_)) => unreachable!("there is room for both"),
        };
        let (first, second) = (Counted(drops.clone()), Counted(drops.clone()));
        let writers = [
            thread::spawn(move || push(first, &mut producer)),
            thread::spawn(move || push(second, &mut other)),
        ];
        for _ in 0..pops {
            // What is found and not taken is dropped by whoever leaves last.
            consumer.len();
            drop(consumer.try_pop());
        }
        drop(consumer);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(drops.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn every_item_is_dropped_once_whoever_leaves_first() {
    close_from_all_sides("close by all sides, nothing read", 0);
    close_from_all_sides("close by all sides, at most one item read", 1);
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

#[test]
fn no_wake_up_is_lost_with_one_producer() {
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
fn no_wake_up_is_lost_with_two_producers() {
    explore(
        "park/wake, capacity 1 and full, two producers sleep, slots come back one by one",
        Some(1),
        500,
        || {
            let (mut producer, mut consumer) = ring(1);
            producer.try_push(0).expect("the ring is empty");
            let mut other = producer.clone();
            let writers = [
                thread::spawn(move || producer.push(1).unwrap()),
                thread::spawn(move || other.push(2).unwrap()),
            ];
            assert_eq!(sorted(pop_some(&mut consumer, 3)), [0, 1, 2]);
            writers.into_iter().for_each(|writer| writer.join().unwrap());
        },
    );
}

#[test]
fn no_wake_up_is_lost_when_room_for_two_comes_at_once() {
    explore(
        "park/wake, capacity 2 and full, two producers sleep, both slots come back together",
        Some(2),
        500,
        || {
            let (mut producer, mut consumer) = ring(2);
            push_all(&mut producer, [0, 1]);
            let mut other = producer.clone();
            let writers = [
                thread::spawn(move || producer.push(2).unwrap()),
                thread::spawn(move || other.push(3).unwrap()),
            ];
            assert_eq!(consumer.peek().consume(2), 2);
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            assert_eq!(sorted(pop_some(&mut consumer, 2)), [2, 3]);
        },
    );
}

#[test]
fn whoever_is_woken_too_late_sleeps_again() {
    explore("park/wake, capacity 1, the room is taken by one that did not sleep", Some(3), 200, || {
        let (mut producer, mut consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let mut other = producer.clone();
        let writer = thread::spawn(move || producer.push(1).unwrap());
        assert_eq!(consumer.try_pop(), Ok(0));
        let quicker = other.try_push(2).is_ok();
        let seen = pop_some(&mut consumer, 1 + usize::from(quicker));
        assert_eq!(sorted(seen), if quicker { vec![1, 2] } else { vec![1] });
        writer.join().unwrap();
    });
}

#[test]
fn whoever_wants_much_passes_on_what_is_too_little() {
    explore("park/wake, capacity 2, one sleeps for two slots and one for one", Some(1), 500, || {
        let (mut producer, mut consumer) = ring(2);
        push_all(&mut producer, [0, 1]);
        let mut other = producer.clone();
        let much = thread::spawn(move || drop(producer.claim(2).unwrap()));
        let little = thread::spawn(move || other.push(2).unwrap());
        assert_eq!(consumer.peek().consume(2), 2);
        // Whoever of them came first, the other gets its turn.
        assert_eq!(pop_some(&mut consumer, 1), [2]);
        much.join().unwrap();
        little.join().unwrap();
    });
}

#[test]
fn whoever_gives_up_keeps_nobody_asleep() {
    explore("park/wake, capacity 1 and full, one of two sleepers gives up", Some(1), 500, || {
        let (mut producer, mut consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let mut other = producer.clone();
        let hasty = thread::spawn(move || producer.push_timeout(1, Duration::ZERO).is_ok());
        let patient = thread::spawn(move || other.push(2).unwrap());
        assert_eq!(consumer.try_pop(), Ok(0));
        let sent = hasty.join().unwrap();
        let seen = pop_some(&mut consumer, 1 + usize::from(sent));
        assert_eq!(sorted(seen), if sent { vec![1, 2] } else { vec![2] });
        patient.join().unwrap();
    });
}

#[test]
fn a_future_that_is_dropped_keeps_nobody_asleep() {
    explore("park/wake, capacity 1 and full, a task sleeps and is cancelled", Some(2), 500, || {
        let (mut producer, mut consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let mut task = producer.clone().into_async();
        let patient = thread::spawn(move || producer.push(2).unwrap());
        let cancelled = thread::spawn(move || {
            let sent = {
                let mut push = pin!(task.push(1));
                push.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
            };
            // The handle lives on: the others must not need its leaving.
            (task, sent)
        });
        assert_eq!(consumer.try_pop(), Ok(0));
        let (task, sent) = cancelled.join().unwrap();
        let seen = pop_some(&mut consumer, 1 + usize::from(sent));
        assert_eq!(sorted(seen), if sent { vec![1, 2] } else { vec![2] });
        patient.join().unwrap();
        drop(task);
    });
}

#[test]
fn two_tasks_are_woken_like_threads() {
    explore("async handles: two producers, capacity 1", Some(1), 500, || {
        let (producer, consumer) = ring(1);
        let mut consumer = consumer.into_async();
        let mut tasks = [producer.clone().into_async(), producer.into_async()].into_iter();
        let mut spawn = |item| {
            let mut task = tasks.next().unwrap();
            thread::spawn(move || loom::future::block_on(async { task.push(item).await.unwrap() }))
        };
        let writers = [spawn(0), spawn(1)];
        loom::future::block_on(async {
            let seen = vec![consumer.pop().await.unwrap(), consumer.pop().await.unwrap()];
            assert_eq!(sorted(seen), [0, 1]);
            assert_eq!(consumer.pop().await, Err(Closed(())));
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_sleeping_consumer_is_woken_by_an_abort_too() {
    explore("park/wake: two tombstones, then an item", Some(3), 50, || {
        let (mut producer, mut consumer) = ring(2);
        let writer = thread::spawn(move || {
            drop(producer.try_claim(1));
            drop(producer.try_claim(1));
            producer.push(7).unwrap();
            producer
        });
        assert_eq!(consumer.pop(), Ok(7));
        drop(writer.join());
    });
}

#[test]
fn closing_wakes_a_sleeping_consumer() {
    explore("park/close: two producers leave", Some(3), 50, || {
        let (producer, mut consumer) = ring::<u8>(1);
        let other = producer.clone();
        let writers = [thread::spawn(move || drop(producer)), thread::spawn(move || drop(other))];
        assert_eq!(consumer.pop(), Err(Closed(())));
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn closing_wakes_all_sleeping_producers() {
    explore("park/close: the consumer leaves two producers", Some(2), 50, || {
        let (mut producer, consumer) = ring(1);
        producer.try_push(0).expect("the ring is empty");
        let mut other = producer.clone();
        let writers = [thread::spawn(move || producer.push(1)), thread::spawn(move || other.push(1))];
        drop(consumer);
        writers.into_iter().for_each(|writer| assert_eq!(writer.join().unwrap(), Err(Closed(1))));
    });
}
