//! The models of `ringfold::mpsc::lanes`.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use loom::thread;
use ringfold::{
    error::{Closed, PopTimeoutError, TryPopError},
    mpsc::lanes::{self, Consumer, Producer},
};

use super::explore::explore;

/// Lanes for one item each.
fn made<T, const N: usize>() -> ([Producer<T>; N], Consumer<T>) {
    let (producers, consumer) = lanes::with_capacity(N, 1).expect("a small soft mirror can always be had");
    (producers.try_into().ok().expect("as many as asked for"), consumer)
}

/// Sleeps for a moment, after which all lanes but the current one are armed and idle.
fn lull<T>(consumer: &mut Consumer<T>) {
    assert_eq!(consumer.pop_timeout(Duration::ZERO).err(), Some(PopTimeoutError::Timeout));
}

fn both(a: usize, b: usize) -> [usize; 2] {
    [a.min(b), a.max(b)]
}

#[test]
fn an_item_wakes_the_sleeper() {
    explore("arm/sleep against publish, one lane", None, 50, || {
        let ([mut producer], mut consumer) = made();
        let writer = thread::spawn(move || {
            producer.try_push(7).expect("the lane is empty");
            producer
        });
        assert_eq!(consumer.pop(), Ok(7));
        drop(writer.join());
    });
}

#[test]
fn two_lanes_wake_the_sleeper() {
    explore("arm/sleep against publish, two lanes", Some(2), 500, || {
        let ([mut one, mut other], mut consumer) = made();
        let writers = [
            thread::spawn(move || {
                one.try_push(1).expect("the lane is empty");
                one
            }),
            thread::spawn(move || {
                other.try_push(2).expect("the lane is empty");
                other
            }),
        ];
        assert_eq!(both(consumer.pop().unwrap(), consumer.pop().unwrap()), [1, 2]);
        writers.into_iter().for_each(|writer| drop(writer.join()));
    });
}

#[test]
fn an_idle_lane_is_heard_again_and_again() {
    explore("publish into an idle lane, which goes idle again", Some(3), 200, || {
        let ([one, mut other], mut consumer) = made();
        lull(&mut consumer);
        let writer = thread::spawn(move || {
            other.push(1).unwrap();
            other.push(2).unwrap();
            other
        });
        assert_eq!(consumer.pop(), Ok(1));
        assert_eq!(consumer.pop(), Ok(2));
        drop((writer.join(), one));
    });
}

#[test]
fn what_was_pushed_into_an_idle_lane_is_found() {
    // The news that the push is done travels by another way.
    explore("no try_pop says empty after a push", None, 5, || {
        use loom::sync::{Arc, atomic::AtomicBool};
        let ([one, mut other], mut consumer) = made();
        lull(&mut consumer);
        let pushed = Arc::new(AtomicBool::new(false));
        let news = pushed.clone();
        let writer = thread::spawn(move || {
            other.try_push(7).expect("the lane is empty");
            news.store(true, loom::sync::atomic::Ordering::Release);
            other
        });
        if pushed.load(loom::sync::atomic::Ordering::Acquire) {
            assert_eq!(consumer.try_pop(), Ok(7));
        }
        drop((writer.join(), one));
    });
}

#[test]
fn an_item_that_comes_while_its_lane_goes_idle_is_found() {
    explore("going idle against publish", None, 50, || {
        let ([one, mut other], mut consumer) = made();
        let writer = thread::spawn(move || {
            other.try_push(7).expect("the lane is empty");
            other
        });
        let early = consumer.pop_timeout(Duration::ZERO);
        let other = writer.join();
        match early {
            Ok(item) => assert_eq!(item, 7),
            Err(_) => assert_eq!(consumer.try_pop(), Ok(7)),
        }
        drop((one, other));
    });
}

#[test]
fn a_lane_that_goes_idle_between_turns_is_heard() {
    explore("going idle between turns against publish", Some(3), 50, || {
        let ([one, mut other], mut consumer) = made();
        let writer = thread::spawn(move || {
            other.try_push(7).expect("the lane is empty");
            other
        });
        let early = (0..3).find_map(|_| consumer.try_pop().ok());
        assert_eq!(early.map_or_else(|| consumer.pop(), Ok), Ok(7));
        drop((writer.join(), one));
    });
}

#[test]
fn the_last_to_leave_wakes_the_sleeper() {
    explore("leave against sleep", None, 50, || {
        let ([producer], mut consumer) = made::<usize, 1>();
        let leaver = thread::spawn(move || drop(producer));
        assert_eq!(consumer.pop(), Err(Closed(())));
        leaver.join().unwrap();
    });
}

#[test]
fn what_was_pushed_before_leaving_is_read_before_closed() {
    explore("push and leave against pop", Some(2), 200, || {
        let ([mut one, other], mut consumer) = made();
        let leavers = [
            thread::spawn(move || one.try_push(7).expect("the lane is empty")),
            thread::spawn(move || drop(other)),
        ];
        assert_eq!(consumer.pop(), Ok(7));
        assert_eq!(consumer.pop(), Err(Closed(())));
        leavers.into_iter().for_each(|leaver| leaver.join().unwrap());
    });
}

#[test]
fn whoever_joined_before_the_last_one_left_is_found() {
    explore("join and leave against close, never asleep", Some(3), 100, || {
        let ([first], mut consumer) = made();
        let joiner = thread::spawn(move || {
            let mut second = first.join().expect("a small soft mirror can always be had");
            drop(first);
            second.try_push(7).expect("the lane is empty");
        });
        loop {
            match consumer.try_pop() {
                Ok(item) => break assert_eq!(item, 7),
                Err(error) => assert_eq!(error, TryPopError::Empty, "the second one is still there"),
            }
            thread::yield_now();
        }
        joiner.join().unwrap();
        assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    });
}

#[test]
fn whoever_joins_wakes_the_sleeper() {
    explore("join, push and leave against sleep", Some(2), 100, || {
        let ([first], mut consumer) = made();
        let joiner = thread::spawn(move || {
            let mut second = first.join().expect("a small soft mirror can always be had");
            second.try_push(7).expect("the lane is empty");
        });
        assert_eq!(consumer.pop(), Ok(7));
        assert_eq!(consumer.pop(), Err(Closed(())));
        joiner.join().unwrap();
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
fn joining_while_the_consumer_leaves_loses_nothing() {
    explore("join against the consumer's leaving", None, 8, || {
        let drops = std::sync::Arc::new(AtomicUsize::new(0));
        let ([first], consumer) = made();
        let (item, leaver) = (Counted(drops.clone()), thread::spawn(move || drop(consumer)));
        let mut second = first.join().expect("a small soft mirror can always be had");
        drop(second.push(item));
        leaver.join().unwrap();
        assert!(second.is_closed() && first.is_closed());
        drop(second);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_task_is_woken_like_a_thread() {
    explore("an async consumer of two lanes", Some(2), 100, || {
        let ([mut one, other], consumer) = made();
        let mut consumer = consumer.into_async();
        let writer = thread::spawn(move || {
            one.push(1).unwrap();
            one.push(2).unwrap();
            drop(other);
        });
        loom::future::block_on(async {
            assert_eq!(consumer.pop().await, Ok(1));
            assert_eq!(consumer.pop().await, Ok(2));
            assert_eq!(consumer.pop().await, Err(Closed(())));
        });
        writer.join().unwrap();
    });
}
