//! Tasks on a runtime of ten lines, mixed with threads.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use ringfold::{
    error::{Closed, TryPopError},
    mpmc,
};

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

fn flag() -> (Arc<Flag>, Waker) {
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    (flag.clone(), Waker::from(flag))
}

#[test]
fn tasks_and_threads_on_both_sides() {
    let (producer, consumer) = mpmc::with_capacity(3).unwrap();
    let (tasks_producer, tasks_consumer) = (producer.clone().into_async(), consumer.clone().into_async());
    let writers = [
        thread::spawn(move || (1..=2000).for_each(|i| producer.push(i).unwrap())),
        thread::spawn(move || {
            block_on(async {
                for i in 1..=2000 {
                    tasks_producer.push(i).await.unwrap();
                }
            });
        }),
    ];
    let readers = [
        thread::spawn(move || consumer.iter().sum::<u64>()),
        thread::spawn(move || {
            block_on(async {
                let mut sum = 0;
                while let Ok(i) = tasks_consumer.pop().await {
                    sum += i;
                }
                sum
            })
        }),
    ];
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>(), 2 * 2_001_000);
}

#[test]
fn a_cancelled_wait_loses_nothing_and_passes_its_wake_up_on() {
    let (producer, consumer) = mpmc::with_capacity(1).unwrap();
    let consumer = consumer.into_async();
    let (mut first, mut second) = (Box::pin(consumer.pop()), Box::pin(consumer.pop()));
    let ((first_flag, first_waker), (second_flag, second_waker)) = (flag(), flag());
    assert!(first.as_mut().poll(&mut Context::from_waker(&first_waker)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&second_waker)).is_pending());
    producer.try_push(7).unwrap();
    assert!(first_flag.0.load(SeqCst) && !second_flag.0.load(SeqCst), "one item wakes one");
    drop(first);
    assert!(second_flag.0.load(SeqCst), "who leaves owes the others the item");
    assert_eq!(second.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(7)));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
}

#[test]
fn a_cancelled_push_has_not_pushed_and_passes_its_wake_up_on() {
    let (producer, consumer) = mpmc::with_capacity(1).unwrap();
    producer.try_push(0).unwrap();
    let producer = producer.into_async();
    let (mut first, mut second) = (Box::pin(producer.push(1)), Box::pin(producer.push(2)));
    let (second_flag, second_waker) = flag();
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&second_waker)).is_pending());
    assert_eq!(consumer.try_pop(), Ok(0));
    drop(first);
    assert!(second_flag.0.load(SeqCst));
    assert_eq!(second.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())));
    assert_eq!(consumer.try_pop(), Ok(2));
}

#[test]
fn a_task_that_is_polled_again_sits_where_it_sat() {
    let (producer, consumer) = mpmc::with_capacity(1).unwrap();
    let consumer = consumer.into_async();
    let (mut first, mut second) = (Box::pin(consumer.pop()), Box::pin(consumer.pop()));
    let ((old_flag, old_waker), (new_flag, new_waker), (second_flag, second_waker)) =
        (flag(), flag(), flag());
    assert!(first.as_mut().poll(&mut Context::from_waker(&old_waker)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&second_waker)).is_pending());
    assert!(first.as_mut().poll(&mut Context::from_waker(&new_waker)).is_pending());
    producer.try_push(7).unwrap();
    let woken = [old_flag, new_flag, second_flag].map(|flag| flag.0.load(SeqCst));
    assert_eq!(woken, [false, true, false], "the first one is first still, by its newest waker");
}

#[test]
fn a_task_is_told_that_the_other_side_left() {
    let (producer, consumer) = mpmc::with_capacity(1).unwrap();
    let (producer, consumer) = (producer.into_async(), consumer.into_async());
    let other = consumer.clone();
    block_on(producer.push('a')).unwrap();
    let closer = thread::spawn(move || drop((consumer, other)));
    assert_eq!(block_on(producer.push('b')), Err(Closed('b')));
    closer.join().unwrap();
    assert!(producer.is_closed());
}

#[test]
fn items_come_one_after_the_other() {
    let (producer, consumer) = mpmc::with_capacity(2).unwrap();
    let writer = thread::spawn(move || producer.push_iter(0..1000));
    let consumer = consumer.into_async();
    let mut items = consumer.items();
    for i in 0..1000 {
        assert_eq!(block_on(std::future::poll_fn(|context| items.poll_next_item(context))), Some(i));
    }
    assert_eq!(block_on(std::future::poll_fn(|context| items.poll_next_item(context))), None);
    assert_eq!(writer.join().unwrap(), Ok(1000));
}

#[test]
fn handles_turn_back() {
    let (producer, consumer) = mpmc::with_capacity(2).unwrap();
    let (producer, consumer) = (producer.into_async(), consumer.into_async());
    producer.as_producer().push(1).unwrap();
    producer.into_blocking().push(2).unwrap();
    assert_eq!((consumer.as_consumer().pop(), consumer.capacity(), consumer.stats().popped), (Ok(1), 2, 1));
    assert_eq!(consumer.into_blocking().pop(), Ok(2));
}

#[cfg(feature = "futures")]
#[test]
fn items_are_a_stream() {
    use futures_core::Stream;
    let (producer, consumer) = mpmc::with_capacity(2).unwrap();
    let writer = thread::spawn(move || producer.push_iter(0..100));
    let consumer = consumer.into_async();
    let mut items = pin!(consumer.items());
    for i in 0..100 {
        assert_eq!(block_on(std::future::poll_fn(|context| items.as_mut().poll_next(context))), Some(i));
    }
    assert_eq!(writer.join().unwrap(), Ok(100));
}

#[test]
fn a_stream_that_nobody_polls_keeps_no_item_from_a_thread() {
    let (producer, consumer) = mpmc::with_capacity(4).unwrap();
    let task = consumer.clone().into_async();
    let mut items = task.items();
    let (flag, waker) = flag();
    assert!(items.poll_next_item(&mut Context::from_waker(&waker)).is_pending());
    let reader = thread::spawn(move || consumer.pop());
    // Until it sleeps, as far as one can tell.
    thread::sleep(std::time::Duration::from_millis(50));
    producer.push(7).unwrap();
    assert_eq!(reader.join().unwrap(), Ok(7), "though the stream came first");
    assert!(flag.0.load(SeqCst), "and was woken too");
}
