//! Handles that are awaited instead of blocking their thread.
//!
//! A task sits in the same lobby as a thread, with a waker in place of a thread. What users need is in `mod.rs`.

use core::{
    fmt,
    future::poll_fn,
    task::{Context, Poll},
};

use ringfold_core::{
    error::{Closed, TryPopError, TryPushError},
    stats::Stats,
    wait::Seat,
};

use super::{
    Consumer, Producer,
    shared::{Link, Side},
};

/// A writing handle for tasks. See [`Producer::into_async`].
pub struct AsyncProducer<T> {
    producer: Producer<T>,
}

/// A reading handle for tasks. See [`Consumer::into_async`].
pub struct AsyncConsumer<T> {
    consumer: Consumer<T>,
}

/// A task's seat in the lobby of its side, kept from one poll to the next and given up in the end.
struct Sitting<'a, T> {
    link: &'a Link<T>,
    /// How much room it is owed.
    wanted: u64,
    /// 0 while it has none.
    number: u64,
}

/// Of a future, which is polled or dropped by whoever waits for it.
const ONE: u64 = 1;
/// Of a stream, which may stay without being polled: it is woken when there is anything, and others are woken for it too.
const NOTHING: u64 = 0;

impl<'a, T> Sitting<'a, T> {
    fn new(link: &'a Link<T>, wanted: u64) -> Self {
        Self { link, wanted, number: 0 }
    }

    /// Ready when there is something to try, or nothing to wait for any more. Otherwise the task is woken when it may be worth another look.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let link = self.link;
        let seat = self.sit_down();
        let mut poll = link.poll_ready();
        if poll.is_pending() {
            seat.announce_task(context.waker(), link.barrier);
            poll = link.poll_ready();
        }
        self.number = seat.keep();
        poll
    }

    fn sit_down(&mut self) -> Seat<'a, impl Fn() -> u64 + 'a> {
        let link = self.link;
        let number = core::mem::replace(&mut self.number, 0);
        Seat::resume(&link.crowd().lobby, self.wanted, || link.for_sleepers(), number)
    }
}

impl<T> Drop for Sitting<'_, T> {
    fn drop(&mut self) {
        if self.number != 0 {
            drop(self.sit_down());
        }
    }
}

impl<T> Link<T> {
    fn poll_ready(&self) -> Poll<()> {
        let ring = self.ring();
        let is_ready = match self.side() {
            Side::Producer => ring.has_room() || ring.consumers.seem_gone(),
            Side::Consumer => ring.has_item() || ring.producers.seem_gone(),
        };
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    }

    fn for_sleepers(&self) -> u64 {
        match self.side() {
            Side::Producer => self.ring().room_for_sleepers(),
            Side::Consumer => self.ring().items_for_sleepers(),
        }
    }
}

impl<T> Producer<T> {
    /// Turns this handle into one that is awaited. The others need not be turned.
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
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(4)?;
    /// let producer = producer.into_async();
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
}

impl<T> AsyncProducer<T> {
    /// Pushes `item`, waiting for room. If the future is dropped before it is done, the item has not been pushed and is dropped
    /// with it.
    ///
    /// # Errors
    /// `Closed` gives the item back when all consumers are gone.
    pub async fn push(&self, mut item: T) -> Result<(), Closed<T>> {
        // Kept until the item is in: then others get what is left.
        let mut sitting = Sitting::new(self.producer.link(), ONE);
        loop {
            match self.try_push(item) {
                Ok(()) => return Ok(()),
                Err(TryPushError::Closed(item)) => return Err(Closed(item)),
                Err(TryPushError::Full(back)) => item = back,
            }
            poll_fn(|context| sitting.poll(context)).await;
        }
    }

    /// Pushes `item` if there is room now; never waits. See [`Producer::try_push`].
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when all consumers are gone.
    pub fn try_push(&self, item: T) -> Result<(), TryPushError<T>> {
        self.producer.try_push(item)
    }

    /// Whether all consumers are gone, so that pushing is in vain.
    pub fn is_closed(&self) -> bool {
        self.producer.is_closed()
    }

    /// How many items the ring holds.
    pub fn capacity(&self) -> usize {
        self.producer.capacity()
    }

    /// What this ring has done so far. Waits of tasks are counted and not timed.
    pub fn stats(&self) -> Stats {
        self.producer.stats()
    }

    /// Lends the blocking handle. Inside a task call only those of its verbs that never wait.
    pub fn as_producer(&self) -> &Producer<T> {
        &self.producer
    }

    /// Turns this handle back into one that blocks its thread.
    pub fn into_blocking(self) -> Producer<T> {
        self.producer
    }
}

impl<T> Consumer<T> {
    /// Turns this handle into one that is awaited. The others need not be turned.
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
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(4)?;
    /// let consumer = consumer.into_async();
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

impl<T> AsyncConsumer<T> {
    /// Pops the oldest item, waiting for one. Cancel-safe: a future that is dropped before it is done has popped nothing.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    pub async fn pop(&self) -> Result<T, Closed> {
        // Kept until the item is out: then others get what is left.
        let mut sitting = Sitting::new(self.consumer.link(), ONE);
        let popped = poll_fn(|context| self.poll_pop(&mut sitting, context)).await;
        // While the item has a name: if a waker panics here, it is dropped and not leaked.
        drop(sitting);
        popped
    }

    /// The items as they come, until the ring is closed and read: a `Stream`, with the feature `futures`. Cancel-safe, and while it
    /// is not polled it keeps no wake-up from others.
    pub fn items(&self) -> Items<'_, T> {
        Items { consumer: self, sitting: Sitting::new(self.consumer.link(), NOTHING) }
    }

    fn poll_pop(&self, sitting: &mut Sitting<'_, T>, context: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        loop {
            match self.try_pop() {
                Ok(item) => return Poll::Ready(Ok(item)),
                Err(TryPopError::Closed) => return Poll::Ready(Err(Closed(()))),
                Err(TryPopError::Empty) => {}
            }
            if sitting.poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Pops the oldest item if there is one now; never waits. See [`Consumer::try_pop`].
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be.
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        self.consumer.try_pop()
    }

    /// Whether all producers are gone, so that nothing will follow what is there.
    pub fn is_closed(&self) -> bool {
        self.consumer.is_closed()
    }

    /// How many items the ring holds.
    pub fn capacity(&self) -> usize {
        self.consumer.capacity()
    }

    /// What this ring has done so far. Waits of tasks are counted and not timed.
    pub fn stats(&self) -> Stats {
        self.consumer.stats()
    }

    /// Lends the blocking handle. Inside a task call only those of its verbs that never wait.
    pub fn as_consumer(&self) -> &Consumer<T> {
        &self.consumer
    }

    /// Turns this handle back into one that blocks its thread.
    pub fn into_blocking(self) -> Consumer<T> {
        self.consumer
    }
}

/// Items as they come; see [`AsyncConsumer::items`].
pub struct Items<'a, T> {
    consumer: &'a AsyncConsumer<T>,
    sitting: Sitting<'a, T>,
}

impl<T> Items<'_, T> {
    /// The next item, if it is there; `None` when the ring is closed and read. Otherwise the task is woken when there may be one.
    pub fn poll_next_item(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let poll = self.consumer.poll_pop(&mut self.sitting, context);
        if poll.is_ready() {
            // The seat has served: others get what is left.
            self.sitting = Sitting::new(self.sitting.link, NOTHING);
        }
        poll.map(Result::ok)
    }
}

impl<T> Clone for AsyncProducer<T> {
    /// One more producer of the same ring; allocates nothing.
    fn clone(&self) -> Self {
        Self { producer: self.producer.clone() }
    }
}

impl<T> Clone for AsyncConsumer<T> {
    /// One more consumer of the same ring; allocates nothing.
    fn clone(&self) -> Self {
        Self { consumer: self.consumer.clone() }
    }
}

impl<T> fmt::Debug for AsyncProducer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncProducer").field(self.producer.link()).finish()
    }
}

impl<T> fmt::Debug for AsyncConsumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncConsumer").field(self.consumer.link()).finish()
    }
}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(self.sitting.link).finish()
    }
}

#[cfg(feature = "futures")]
impl<T> futures_core::Stream for Items<'_, T> {
    type Item = T;

    fn poll_next(mut self: core::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_next_item(context)
    }
}
