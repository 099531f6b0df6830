//! Async halves on a runtime of ten lines, mixed with threads.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use ringfold::error::{Closed, TryPopError};

use crate::memory::ring;

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

#[test]
fn two_tasks() {
    let (producer, consumer) = ring(3);
    let (mut producer, mut consumer) = (producer.into_async(), consumer.into_async());
    let writer = thread::spawn(move || {
        block_on(async {
            for i in 0..20_000 {
                producer.push(i).await.unwrap();
            }
        });
    });
    block_on(async {
        for i in 0..20_000 {
            assert_eq!(consumer.pop().await, Ok(i));
        }
        assert_eq!(consumer.pop().await, Err(Closed(())));
    });
    writer.join().unwrap();
}

#[test]
fn a_task_and_a_thread_either_way_round() {
    let (producer, mut consumer) = ring(3);
    let mut producer = producer.into_async();
    let reader = thread::spawn(move || consumer.iter().sum::<u64>());
    block_on(async {
        for i in 1..=1000 {
            producer.push(i).await.unwrap();
        }
    });
    drop(producer);
    assert_eq!(reader.join().unwrap(), 500_500);

    let (mut producer, consumer) = ring(3);
    let mut consumer = consumer.into_async();
    let writer = thread::spawn(move || producer.push_iter(1..=1000u64).unwrap());
    let mut sum = 0;
    block_on(async {
        while let Ok(i) = consumer.pop().await {
            sum += i;
        }
    });
    assert_eq!((sum, writer.join().unwrap()), (500_500, 1000));
}

#[test]
fn a_cancelled_wait_loses_nothing() {
    let (mut producer, consumer) = ring(1);
    let mut consumer = consumer.into_async();
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut waiting = pin!(consumer.pop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
    }
    producer.push(1).unwrap();
    assert_eq!(block_on(consumer.pop()), Ok(1));

    let mut producer = producer.into_async();
    block_on(producer.push(2)).unwrap();
    {
        let mut waiting = pin!(producer.ready());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(consumer.try_pop(), Ok(2));
    assert_eq!(block_on(producer.ready()), Ok(()));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
}

#[test]
fn a_task_is_told_that_the_other_side_left() {
    let (producer, consumer) = ring(1);
    let (mut producer, mut consumer) = (producer.into_async(), consumer.into_async());
    block_on(producer.push('a')).unwrap();
    let closer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        assert_eq!(consumer.try_pop(), Ok('a'));
        drop(consumer);
    });
    // Either there was room for a moment, or the ring was closed at once.
    let first = block_on(producer.push('b'));
    assert!(matches!(first, Ok(()) | Err(Closed('b'))));
    closer.join().unwrap();
    assert_eq!(block_on(producer.push('c')), Err(Closed('c')));
}

#[test]
fn slices_can_be_awaited() {
    use ringfold::error::{ClaimError, PeekError};
    let (producer, consumer) = ring(8);
    let (mut producer, mut consumer) = (producer.into_async(), consumer.into_async());
    let writer = thread::spawn(move || {
        block_on(async {
            assert_eq!(producer.ready_for(9).await, Err(ClaimError::TooLarge { requested: 9, capacity: 8 }));
            for round in 0..1000u32 {
                producer.ready_for(5).await.unwrap();
                let mut claim = producer.as_producer().try_claim(5).unwrap();
                claim.fill(|i| round * 5 + i as u32);
                claim.commit();
            }
        });
    });
    block_on(async {
        for round in 0..1000u32 {
            consumer.ready_for(5).await.unwrap();
            let view = consumer.as_consumer().peek();
            assert!(view[..5].iter().copied().eq(round * 5..round * 5 + 5));
            view.consume(5);
        }
        assert_eq!(consumer.ready_for(2).await, Err(PeekError::Closed { available: 0 }));
    });
    writer.join().unwrap();
}

#[test]
fn halves_turn_back() {
    let (producer, consumer) = ring(2);
    let mut producer = producer.into_async().into_blocking();
    let mut consumer = consumer.into_async();
    producer.push(1).unwrap();
    assert_eq!(consumer.as_consumer().peek().len(), 1);
    assert_eq!(consumer.into_blocking().pop(), Ok(1));
}

#[cfg(feature = "futures")]
#[test]
fn streams_and_sinks() {
    use futures_core::Stream;
    use futures_sink::Sink;
    use std::{future::poll_fn, pin::Pin};

    let (producer, consumer) = ring(2);
    let (mut producer, mut consumer) = (producer.into_async(), consumer.into_async());
    let writer = thread::spawn(move || {
        block_on(async {
            for i in 0..100 {
                poll_fn(|context| Pin::new(&mut producer).poll_ready(context)).await.unwrap();
                Pin::new(&mut producer).start_send(i).unwrap();
            }
            poll_fn(|context| Pin::new(&mut producer).poll_close(context)).await.unwrap();
        });
        producer
    });
    block_on(async {
        for i in 0..100 {
            assert_eq!(poll_fn(|context| Pin::new(&mut consumer).poll_next(context)).await, Some(i));
        }
        assert_eq!(poll_fn(|context| Pin::new(&mut consumer).poll_next(context)).await, None);
    });
    let mut producer = writer.join().unwrap();
    assert!(producer.is_closed(), "closing a sink closes the ring, although the handle lives on");
    assert!(producer.try_push(7).is_err());
}
