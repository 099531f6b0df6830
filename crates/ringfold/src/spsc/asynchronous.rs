//! Halves that are awaited instead of blocking their thread.
//!
//! A half sleeps at the same doorbell as a thread, with a waker in place of a thread. What users need is in `mod.rs`.

#[cfg(feature = "futures")]
use core::pin::Pin;
use core::{
    future::poll_fn,
    task::{Context, Poll},
};

use ringfold_core::{
    error::{ClaimError, Closed, PeekError, TryPopError, TryPushError},
    stats::Stats,
};

use super::{Consumer, Producer};

/// The writing half, for a task. See [`Producer::into_async`].
#[derive(Debug)]
pub struct AsyncProducer<T> {
    producer: Producer<T>,
}

/// The reading half, for a task. See [`Consumer::into_async`].
#[derive(Debug)]
pub struct AsyncConsumer<T> {
    consumer: Consumer<T>,
}

impl<T> Producer<T> {
    /// Turns this half into one that is awaited. The other half need not be turned.
    ///
    /// ```
    /// # fn block_on<F: Future>(f: F) -> F::Output {
    /// #     use std::{sync::Arc, task::*, thread};
    /// #     struct Unpark(thread::Thread);
    /// #     impl Wake for Unpark { fn wake(self: Arc<Self>) { self.0.unpark() } }
    /// #     let waker = Waker::from(Arc::new(Unpark(thread::current())));
    /// #     let mut f = std::pin::pin!(f);
    /// #     loop {
    /// #         match f.as_mut().poll(&mut Context::from_waker(&waker)) {
    /// #             Poll::Ready(output) => return output,
    /// #             Poll::Pending => thread::park(),
    /// #         }
    /// #     }
    /// # }
    /// // block_on: any runtime's, for instance futures::executor::block_on
    /// let (producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut producer = producer.into_async();
    /// let reader = std::thread::spawn(move || consumer.iter().sum::<u32>());
    /// block_on(async {
    ///     for i in 1..=100 {
    ///         producer.push(i).await.expect("the reader is there");
    ///     }
    /// });
    /// drop(producer);
    /// assert_eq!(reader.join().unwrap(), 5050);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncProducer<T> {
        AsyncProducer { producer: self }
    }

    fn poll_room(&mut self, count: usize, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        for announced in [false, true] {
            if self.is_closed() {
                return Poll::Ready(Err(Closed(())));
            }
            if self.look_for_room() >= count as u64 {
                return Poll::Ready(Ok(()));
            }
            if !announced {
                let link = self.link();
                link.shared().producer.stalls.count();
                link.shared().attention.producer_bell.announce_task(context.waker(), link.barrier);
            }
        }
        Poll::Pending
    }
}

impl<T> AsyncProducer<T> {
    /// Waits until there is room for an item, so that the next [`try_push`](Self::try_push) succeeds.
    ///
    /// Cancel-safe: nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// `Closed` when the consumer is gone.
    pub async fn ready(&mut self) -> Result<(), Closed> {
        poll_fn(|context| self.producer.poll_room(1, context)).await
    }

    /// Waits until there is room for `count` items, so that a claim of as many succeeds. Cancel-safe.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that, `Closed` when the consumer is gone.
    pub async fn ready_for(&mut self, count: usize) -> Result<(), ClaimError> {
        let capacity = self.capacity();
        if count > capacity {
            return Err(ClaimError::TooLarge { requested: count, capacity });
        }
        let ready = poll_fn(|context| self.producer.poll_room(count, context)).await;
        ready.map_err(|_| ClaimError::Closed)
    }

    /// Pushes `item`, waiting for room. If the future is dropped before it is done, the item has not been
    /// pushed and is dropped with it; where that will not do, await [`ready`](Self::ready) and then
    /// [`try_push`](Self::try_push).
    ///
    /// # Errors
    /// `Closed` gives the item back when the consumer is gone.
    pub async fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        match self.ready().await {
            Ok(()) => self.producer.try_push(item).map_err(|error| Closed(error.into_inner())),
            Err(_) => Err(Closed(item)),
        }
    }

    /// Pushes `item` if there is room now; never waits. See [`Producer::try_push`].
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when the consumer is gone.
    pub fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.producer.try_push(item)
    }

    /// Whether the consumer is gone, so that pushing has become pointless.
    pub fn is_closed(&self) -> bool {
        self.producer.is_closed()
    }

    /// How many items the ring holds.
    pub fn capacity(&self) -> usize {
        self.producer.capacity()
    }

    /// What this ring has done so far.
    pub fn stats(&self) -> Stats {
        self.producer.stats()
    }

    /// Lends the blocking half, for claims and slices. Inside a task call only those of its verbs that never
    /// wait: `try_push`, `try_push_slice`, `try_claim`, `free`.
    pub fn as_producer(&mut self) -> &mut Producer<T> {
        &mut self.producer
    }

    /// Turns this half back into one that blocks its thread.
    pub fn into_blocking(self) -> Producer<T> {
        self.producer
    }
}

impl<T> Consumer<T> {
    /// Turns this half into one that is awaited. The other half need not be turned.
    ///
    /// ```
    /// # fn block_on<F: Future>(f: F) -> F::Output {
    /// #     use std::{sync::Arc, task::*, thread};
    /// #     struct Unpark(thread::Thread);
    /// #     impl Wake for Unpark { fn wake(self: Arc<Self>) { self.0.unpark() } }
    /// #     let waker = Waker::from(Arc::new(Unpark(thread::current())));
    /// #     let mut f = std::pin::pin!(f);
    /// #     loop {
    /// #         match f.as_mut().poll(&mut Context::from_waker(&waker)) {
    /// #             Poll::Ready(output) => return output,
    /// #             Poll::Pending => thread::park(),
    /// #         }
    /// #     }
    /// # }
    /// // block_on: any runtime's, for instance futures::executor::block_on
    /// let (mut producer, consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut consumer = consumer.into_async();
    /// std::thread::spawn(move || producer.push_iter(1..=100u32).unwrap());
    /// let mut sum = 0;
    /// block_on(async {
    ///     while let Ok(i) = consumer.pop().await {
    ///         sum += i;
    ///     }
    /// });
    /// assert_eq!(sum, 5050);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncConsumer<T> {
        AsyncConsumer { consumer: self }
    }
}

impl<T> Consumer<T> {
    fn poll_items(&mut self, count: usize, context: &mut Context<'_>) -> Poll<Result<(), PeekError>> {
        for announced in [false, true] {
            // Gone first, items second: the producer's last items may have come just before it left.
            let gone = self.is_closed();
            let available = self.len();
            if available >= count {
                return Poll::Ready(Ok(()));
            }
            if gone {
                return Poll::Ready(Err(PeekError::Closed { available }));
            }
            if !announced {
                let link = self.link();
                link.shared().consumer.stalls.count();
                link.shared().attention.consumer_bell.announce_task(context.waker(), link.barrier);
            }
        }
        Poll::Pending
    }
}

impl<T> AsyncConsumer<T> {
    /// Pops the oldest item, waiting for one. Cancel-safe: a future that is dropped before it is done has
    /// popped nothing.
    ///
    /// # Errors
    /// `Closed` when the producer is gone and everything was read.
    pub async fn pop(&mut self) -> Result<T, Closed> {
        poll_fn(|context| self.poll_pop(context)).await
    }

    /// Waits until there are `count` items, so that a view of as many can be had. Cancel-safe.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not hold that many, `Closed` when the producer is gone and left fewer.
    ///
    /// ```
    /// # fn block_on<F: Future>(f: F) -> F::Output {
    /// #     let mut f = std::pin::pin!(f);
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = f.as_mut().poll(&mut context) { return output }
    /// #     }
    /// # }
    /// // block_on: any runtime's, for instance futures::executor::block_on
    /// let (mut producer, consumer) = ringfold::spsc::with_capacity(8)?;
    /// let mut consumer = consumer.into_async();
    /// std::thread::spawn(move || producer.push_slice(b"abc"));
    /// block_on(async {
    ///     consumer.ready_for(3).await.unwrap();
    ///     assert_eq!(&*consumer.as_consumer().peek(), b"abc");
    /// });
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub async fn ready_for(&mut self, count: usize) -> Result<(), PeekError> {
        let capacity = self.consumer.capacity();
        if count > capacity {
            return Err(PeekError::TooLarge { requested: count, capacity });
        }
        poll_fn(|context| self.consumer.poll_items(count, context)).await
    }

    /// Pops the oldest item, or arranges for the task to be woken when there is one.
    pub fn poll_pop(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        for announced in [false, true] {
            match self.consumer.try_pop() {
                Ok(item) => return Poll::Ready(Ok(item)),
                Err(TryPopError::Closed) => return Poll::Ready(Err(Closed(()))),
                Err(TryPopError::Empty) if announced => {}
                Err(TryPopError::Empty) => {
                    let link = self.consumer.link();
                    link.shared().attention.consumer_bell.announce_task(context.waker(), link.barrier);
                }
            }
        }
        Poll::Pending
    }

    /// Pops the oldest item if there is one now; never waits. See [`Consumer::try_pop`].
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be.
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.consumer.try_pop()
    }

    /// Whether the producer is gone, so that nothing will follow what is there.
    pub fn is_closed(&self) -> bool {
        self.consumer.is_closed()
    }

    /// How many items the ring holds.
    pub fn capacity(&self) -> usize {
        self.consumer.capacity()
    }

    /// What this ring has done so far.
    pub fn stats(&self) -> Stats {
        self.consumer.stats()
    }

    /// Lends the blocking half, for views and slices. Inside a task call only those of its verbs that never
    /// wait: `try_pop`, `peek`, `drain`, `pop_slice`, `len`.
    pub fn as_consumer(&mut self) -> &mut Consumer<T> {
        &mut self.consumer
    }

    /// Turns this half back into one that blocks its thread.
    pub fn into_blocking(self) -> Consumer<T> {
        self.consumer
    }
}

// The halves hold their items in the ring and never pin anything of their own.
impl<T> Unpin for AsyncProducer<T> {}
impl<T> Unpin for AsyncConsumer<T> {}

#[cfg(feature = "futures")]
impl<T> futures_core::Stream for AsyncConsumer<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_pop(context).map(Result::ok)
    }
}

/// Sends need room, so `poll_ready` waits for it; flushing has nothing to do, because every push is
/// published at once. An error gives back the item, if there was one: `Full` only to a caller that did
/// not ask `poll_ready` first.
#[cfg(feature = "futures")]
impl<T> futures_sink::Sink<T> for AsyncProducer<T> {
    type Error = TryPushError<Option<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.producer.poll_room(1, context).map_err(|_| TryPushError::Closed(None))
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        self.producer.try_push(item).map_err(|error| match error {
            TryPushError::Full(item) => TryPushError::Full(Some(item)),
            TryPushError::Closed(item) => TryPushError::Closed(Some(item)),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.producer.close();
        Poll::Ready(Ok(()))
    }
}
