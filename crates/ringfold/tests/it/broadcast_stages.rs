//! Stages on threads, tasks, and the end of it all.

use std::{
    panic::resume_unwind,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use ringfold::broadcast::{self, At, DrainError, OnPanic, StageOptions, Start};

use super::{broadcast_threads::ring, memory::memory};

const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

/// A panic that prints nothing.
fn panic_quietly() -> ! {
    resume_unwind(Box::new("on purpose"))
}

fn panics_at(event: u64, times: u32) -> impl FnMut(&u64, At) + Send {
    move |&seen, at| {
        assert_eq!(seen, at.sequence);
        if seen == event && at.attempt < times {
            panic_quietly();
        }
    }
}

#[test]
fn a_handler_that_panics_ends_its_stage_and_nobody_waits_for_it() {
    let mut producer = ring::<u64>(4);
    let failing = producer.subscription().spawn(panics_at(7, 1)).unwrap();
    let steady = producer.subscription().after([&failing]).spawn(panics_at(u64::MAX, 0)).unwrap();
    for i in 0..EVENTS {
        producer.publish(|event| *event = i).expect("one of them is there");
    }
    assert_eq!(producer.stats().failed, 1, "the producer can know");
    let failed = failing.join().unwrap_err();
    assert_eq!((failed.sequence, failed.report.handled, failed.message()), (7, 7, Some("on purpose")));
    drop(producer);
    assert_eq!(steady.join().unwrap().handled, EVENTS);
}

#[test]
fn the_last_stage_that_ends_closes_the_ring_for_the_producer() {
    let mut producer = ring::<u64>(4);
    let failing = producer.subscription().spawn(|_, _| panic_quietly()).unwrap();
    while producer.publish(|event| *event = 0).is_ok() {}
    assert!(failing.join().is_err());
}

#[test]
fn what_a_policy_says_is_done() {
    for (policy, times, skipped, panics) in [
        (OnPanic::Skip, 1, 1, 1),
        (OnPanic::RetryThenHalt(3), 3, 0, 3),
        (OnPanic::RetryThenSkip(2), 2, 0, 2),
        (OnPanic::RetryThenSkip(2), 9, 1, 3),
    ] {
        let mut producer = ring::<u64>(16);
        let options = StageOptions::new().name("policy").on_panic(policy).max_batch(3);
        let stage = producer.subscription().spawn_with(options, panics_at(5, times)).unwrap();
        for i in 0..20 {
            producer.publish(|event| *event = i).unwrap();
        }
        drop(producer);
        let report = stage.join().unwrap();
        assert_eq!(
            (report.handled, report.skipped, report.panics),
            (20 - skipped, skipped, panics),
            "{policy:?}"
        );
    }
    let mut producer = ring::<u64>(16);
    let options = StageOptions::new().on_panic(OnPanic::RetryThenHalt(1));
    let stage = producer.subscription().spawn_with(options, panics_at(0, 9)).unwrap();
    producer.publish(|event| *event = 0).unwrap();
    assert_eq!(stage.join().unwrap_err().report.panics, 2);
}

#[test]
fn a_stage_is_halted_while_it_sleeps_and_while_it_works() {
    let mut producer = ring::<u64>(8);
    let [asleep, behind] = [(); 2].map(|()| producer.subscription().spawn(|_, _| ()).unwrap());
    let stage = producer.subscription().after([&behind]).spawn(|_, _| ()).unwrap();
    thread::sleep(Duration::from_millis(5));
    stage.halt();
    asleep.halt();
    assert_eq!((stage.join().unwrap().handled, asleep.join().unwrap().handled), (0, 0));
    producer.publish(|event| *event = 1).unwrap();
    assert_eq!(producer.drain(Duration::from_secs(20)), Ok(()));
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let busy = producer.subscription().spawn(move |_, _| may_go_on.recv().unwrap_or(())).unwrap();
    producer.publish_batch(8, |_| ()).unwrap();
    go_on.send(()).unwrap();
    busy.halt();
    drop(go_on);
    let options = StageOptions::new().on_panic(OnPanic::RetryThenHalt(u32::MAX));
    let stubborn =
        producer.subscription().from(Start::Oldest).spawn_with(options, |_, _| panic_quietly()).unwrap();
    stubborn.halt();
    assert_eq!(stubborn.join().unwrap().handled, 0);
    assert!(producer.subscription().spawn_with(StageOptions::new().name("a\0b"), |_, _| ()).is_err());
    assert!(busy.join().unwrap().handled < 8, "the rest is left alone");
    drop(producer);
    assert_eq!(behind.join().unwrap().handled, 9);
}

#[test]
fn draining_waits_for_the_slowest_and_no_longer_than_it_may() {
    let mut producer = ring::<u64>(8);
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let slow = producer.subscription().spawn(move |_, _| may_go_on.recv().unwrap()).unwrap();
    producer.publish_batch(8, |_| ()).unwrap();
    assert_eq!(producer.drain(Duration::from_millis(1)), Err(DrainError::Timeout { left: 8 }));
    (0..8).for_each(|_| go_on.send(()).unwrap());
    assert_eq!(producer.drain(Duration::from_secs(60)), Ok(()));
    assert_eq!(slow.report().handled, 8);
    let multi = broadcast::builder::<u64>(4).memory(memory()).build_multi().unwrap();
    let (mut producer, reader) = (multi.clone(), multi.subscribe());
    producer.publish(|event| *event = 1).unwrap();
    assert_eq!(producer.drain(Duration::from_millis(1)), Err(DrainError::Timeout { left: 1 }));
    let leaver = thread::spawn(move || {
        thread::sleep(Duration::from_millis(2));
        drop(reader);
    });
    assert_eq!(producer.drain(Duration::from_secs(60)), Err(DrainError::Closed { left: 1 }));
    leaver.join().unwrap();
    let mut reader = multi.subscribe();
    producer.publish(|event| *event = 2).unwrap();
    assert_eq!(reader.recv().unwrap().len(), 1);
    drop(reader);
    assert_eq!(producer.drain(Duration::ZERO), Ok(()), "it was done when it left");
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn tasks_and_threads_read_the_same_ring_one_behind_the_other() {
    let mut producer = ring::<u64>(16);
    let first = producer.subscribe();
    let mut task = producer.subscription().after([&first]).join().unwrap().into_async();
    let last = producer.subscription().after([&task]).join().unwrap();
    let read = |mut reader: broadcast::Reader<u64>, leaves_at: u64| {
        thread::spawn(move || {
            let mut next = 0;
            while let Ok(batch) = reader.recv() {
                batch.iter().for_each(|event| {
                    assert_eq!(*event, next);
                    next += 1;
                });
                if next >= leaves_at {
                    break;
                }
            }
            next
        })
    };
    // In the midst of it the task has to sit in another lobby: the one before it has left.
    let (first, last) = (read(first, EVENTS / 20), read(last, u64::MAX));
    let task = thread::spawn(move || {
        block_on(async move {
            let mut next = 0;
            while let Ok(batch) = task.recv_up_to(3).await {
                batch.iter().for_each(|event| {
                    assert_eq!(*event, next);
                    next += 1;
                });
            }
            next
        })
    });
    for i in 0..EVENTS / 10 {
        producer.publish(|event| *event = i).unwrap();
    }
    drop(producer);
    assert!(first.join().unwrap() >= EVENTS / 20);
    assert_eq!((task.join().unwrap(), last.join().unwrap()), (EVENTS / 10, EVENTS / 10));
}

#[test]
fn a_future_that_is_dropped_has_released_nothing() {
    let mut producer = ring::<u64>(4);
    let mut reader = producer.subscribe().into_async();
    {
        let mut future = std::pin::pin!(reader.recv());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        producer.publish(|event| *event = 7).unwrap();
    }
    assert_eq!(*block_on(reader.recv()).unwrap(), [7]);
}
