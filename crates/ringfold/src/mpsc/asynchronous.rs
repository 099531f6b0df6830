//! Handles that are awaited instead of blocking their thread.
//!
//! A task sleeps in the same lobby, or at the same doorbell, as a thread, with a waker in place of a thread. What users need is in
//! `mod.rs`.

#[cfg(feature = "futures")]
use core::pin::Pin;
use core::{
    fmt,
    future::poll_fn,
    mem,
    task::{Context, Poll},
};

use ringfold_core::{
    error::{ClaimError, Closed, PeekError, TryPopError, TryPushError},
    stats::Stats,
    wait::Seat,
};

use super::{Claim, Consumer, Producer, claim::Taken};

/// A writing handle, for a task; clone it for each task that writes. See [`Producer::into_async`].
pub struct AsyncProducer<T> {
    producer: Producer<T>,
    /// What a sink has taken on when another producer was quicker; it goes in before anything else.
    unsent: Option<T>,
}

/// The reading handle, for a task. See [`Consumer::into_async`].
#[derive(Debug)]
pub struct AsyncConsumer<T> {
    consumer: Consumer<T>,
}

/// Something that is woken whenever there is some room, and is not counted on to take it: because it may stop polling and nobody
/// would know.
#[cfg(feature = "futures")]
const NOTHING: u64 = 0;

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
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(4)?;
    /// let mut task = producer.clone().into_async();
    /// let reader = std::thread::spawn(move || consumer.iter().sum::<u32>());
    /// block_on(async {
    ///     for i in 1..=100 {
    ///         task.push(i).await.expect("the reader is there");
    ///     }
    /// });
    /// producer.push(1000).unwrap();
    /// drop((producer, task));
    /// assert_eq!(reader.join().unwrap(), 6050);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncProducer<T> {
        AsyncProducer { producer: self, unsent: None }
    }

    /// Takes `n` slots, or arranges for the task to be woken when there is room for `wanted` (`n`, or `NOTHING`).
    fn poll_take(&mut self, n: u64, wanted: u64, context: &mut Context<'_>) -> Poll<Result<u64, Closed>> {
        let link = self.link();
        let (ring, barrier) = (link.ring(), link.barrier);
        let attention = &ring.shared.attention;
        // Kept until the slots are taken: then others get what is left.
        let seat = Seat::resume(&attention.lobby, wanted, || ring.room(), mem::take(&mut self.place));
        for announced in [false, true] {
            if self.is_closed() {
                return Poll::Ready(Err(Closed(())));
            }
            if let Some(from) = self.try_take(n) {
                let taken = Taken::new(self, from, n);
                // Wakes others, whose wakers may panic: the slots must not stay open then.
                drop(seat);
                return Poll::Ready(Ok(taken.entrust()));
            }
            if !announced {
                ring.shared.producers.stalls.count_shared();
                seat.announce_task(context.waker(), barrier);
            }
        }
        self.place = seat.keep();
        Poll::Pending
    }

    /// As [`poll_take`](Self::poll_take), but only looks.
    fn poll_room(&mut self, n: u64, wanted: u64, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let link = self.link();
        let (ring, barrier) = (link.ring(), link.barrier);
        let seat =
            Seat::resume(&ring.shared.attention.lobby, wanted, || ring.room(), mem::take(&mut self.place));
        for announced in [false, true] {
            if self.is_closed() {
                return Poll::Ready(Err(Closed(())));
            }
            if ring.room() >= n {
                return Poll::Ready(Ok(()));
            }
            if !announced {
                ring.shared.producers.stalls.count_shared();
                seat.announce_task(context.waker(), barrier);
            }
        }
        self.place = seat.keep();
        Poll::Pending
    }
}

/// One wait of a task. When it is over, or dropped before that, others are admitted to the room that it was woken for.
struct Asking<'a, T>(&'a mut Producer<T>);

impl<T> Asking<'_, T> {
    async fn take(self, n: usize) -> Result<u64, Closed> {
        poll_fn(|context| self.0.poll_take(n as u64, n as u64, context)).await
    }

    async fn room(self, n: usize) -> Result<(), Closed> {
        poll_fn(|context| self.0.poll_room(n as u64, n as u64, context)).await
    }
}

impl<T> Drop for Asking<'_, T> {
    fn drop(&mut self) {
        let place = mem::take(&mut self.0.place);
        self.0.give_up(place);
    }
}

impl<T> AsyncProducer<T> {
    /// Waits until there is room for an item. Another producer may take it before this one does; [`push`](Self::push) waits and takes.
    ///
    /// Cancel-safe: nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// `Closed` when the consumer is gone.
    pub async fn ready(&mut self) -> Result<(), Closed> {
        Asking(&mut self.producer).room(1).await
    }

    /// Waits until there is room for `count` items. Another producer may take it before this one does; [`claim`](Self::claim) waits and
    /// takes. Cancel-safe.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that, `Closed` when the consumer is gone.
    pub async fn ready_for(&mut self, count: usize) -> Result<(), ClaimError> {
        self.check(count)?;
        Asking(&mut self.producer).room(count).await.map_err(|_| ClaimError::Closed)
    }

    /// Pushes `item`, waiting for room. If the future is dropped before it is done, the item has not been pushed and is dropped with it.
    ///
    /// # Errors
    /// `Closed` gives the item back when the consumer is gone.
    pub async fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        if self.send_first().await.is_err() {
            return Err(Closed(item));
        }
        match Asking(&mut self.producer).take(1).await {
            Ok(from) => {
                self.producer.write(from, item);
                Ok(())
            }
            Err(_) => Err(Closed(item)),
        }
    }

    /// Claims `n` slots, in one slice, waiting for room. Cancel-safe. The consumer sees nothing that comes behind a claim before it is
    /// committed or dropped: do not await anything meanwhile.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not have so many, `Closed` when the consumer is gone.
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
    /// let (producer, mut consumer) = ringfold::mpsc::with_capacity(8)?;
    /// let mut producer = producer.into_async();
    /// block_on(async {
    ///     let mut claim = producer.claim(3).await.unwrap();
    ///     claim.write_slice(b"abc");
    ///     claim.commit();
    /// });
    /// assert_eq!(&*consumer.peek(), b"abc");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub async fn claim(&mut self, n: usize) -> Result<Claim<'_, T>, ClaimError> {
        self.check(n)?;
        self.send_first().await.map_err(|_| ClaimError::Closed)?;
        match Asking(&mut self.producer).take(n).await {
            Ok(from) => Ok(Claim::new(&mut self.producer, from, n)),
            Err(_) => Err(ClaimError::Closed),
        }
    }

    /// Pushes `item` if there is room now; never waits. See [`Producer::try_push`].
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when the consumer is gone.
    pub fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        match self.try_send_first() {
            Ok(()) => self.producer.try_push(item),
            Err(TryPushError::Full(())) => Err(TryPushError::Full(item)),
            Err(TryPushError::Closed(())) => Err(TryPushError::Closed(item)),
        }
    }

    /// Whether pushing is in vain: the consumer is gone, or this handle was closed.
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

    /// Lends the blocking handle, for claims and slices. Inside a task call only those of its verbs that never
    /// wait: `try_push`, `try_push_slice`, `try_claim`, `free`.
    pub fn as_producer(&mut self) -> &mut Producer<T> {
        &mut self.producer
    }

    /// Turns this handle back into one that blocks its thread. Waits for room only if a sink was not flushed.
    pub fn into_blocking(mut self) -> Producer<T> {
        if let Some(item) = self.unsent.take() {
            // A closed ring drops it, as it drops all that nobody reads.
            drop(self.producer.push(item));
        }
        let place = mem::take(&mut self.producer.place);
        self.producer.give_up(place);
        self.producer
    }

    fn check(&self, n: usize) -> Result<(), ClaimError> {
        match self.capacity() {
            capacity if n > capacity => Err(ClaimError::TooLarge { requested: n, capacity }),
            _ => Ok(()),
        }
    }

    /// Sends what a sink has taken on.
    async fn send_first(&mut self) -> Result<(), Closed> {
        if self.unsent.is_none() {
            return Ok(());
        }
        let from = Asking(&mut self.producer).take(1).await?;
        self.write_unsent(from);
        Ok(())
    }

    fn try_send_first(&mut self) -> Result<(), TryPushError<()>> {
        let Some(item) = self.unsent.take() else { return Ok(()) };
        self.producer.try_push(item).map_err(|error| match error {
            TryPushError::Full(item) => {
                self.unsent = Some(item);
                TryPushError::Full(())
            }
            TryPushError::Closed(item) => {
                self.unsent = Some(item);
                TryPushError::Closed(())
            }
        })
    }

    fn write_unsent(&mut self, from: u64) {
        if let Some(item) = self.unsent.take() {
            self.producer.write(from, item);
        }
    }
}

impl<T> Clone for AsyncProducer<T> {
    /// One more producer of the same ring; allocates nothing.
    fn clone(&self) -> Self {
        self.producer.clone().into_async()
    }
}

impl<T> fmt::Debug for AsyncProducer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncProducer").field(&self.producer).finish()
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
    /// let (producer, consumer) = ringfold::mpsc::with_capacity(4)?;
    /// let mut consumer = consumer.into_async();
    /// for part in [1..=50u32, 51..=100] {
    ///     let mut producer = producer.clone();
    ///     std::thread::spawn(move || producer.push_iter(part).unwrap());
    /// }
    /// drop(producer);
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

    fn announce(&mut self, context: &Context<'_>) {
        let link = self.link();
        link.ring().shared.attention.consumer_bell.announce_task(context.waker(), link.barrier);
    }

    fn poll_items(&mut self, count: usize, context: &mut Context<'_>) -> Poll<Result<(), PeekError>> {
        for announced in [false, true] {
            // Gone first, items second: the last items may have come just before their producer left.
            let gone = self.is_closed();
            let wanted = count as u64;
            let available = if gone { self.look_for_last(wanted) } else { self.look_for(wanted) } as usize;
            if available >= count {
                return Poll::Ready(Ok(()));
            }
            if gone {
                return Poll::Ready(Err(PeekError::Closed { available }));
            }
            if !announced {
                self.link().ring().shared.consumer.stalls.count();
                self.announce(context);
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
    /// `Closed` when all producers are gone and everything was read.
    pub async fn pop(&mut self) -> Result<T, Closed> {
        poll_fn(|context| self.poll_pop(context)).await
    }

    /// Waits until there are `count` items, so that a view of as many can be had. Cancel-safe.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not hold that many, `Closed` when all producers are gone and left fewer.
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
    /// let (mut producer, consumer) = ringfold::mpsc::with_capacity(8)?;
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
    ///
    /// # Errors
    /// As [`pop`](Self::pop).
    pub fn poll_pop(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        for announced in [false, true] {
            match self.consumer.try_pop() {
                Ok(item) => return Poll::Ready(Ok(item)),
                Err(TryPopError::Closed) => return Poll::Ready(Err(Closed(()))),
                Err(TryPopError::Empty) if announced => {}
                Err(TryPopError::Empty) => self.consumer.announce(context),
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

    /// Whether all producers are gone, so that nothing will follow what is there.
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

    /// Lends the blocking handle, for views and slices. Inside a task call only those of its verbs that never
    /// wait: `try_pop`, `peek`, `drain`, `pop_slice`, `len`.
    pub fn as_consumer(&mut self) -> &mut Consumer<T> {
        &mut self.consumer
    }

    /// Turns this handle back into one that blocks its thread.
    pub fn into_blocking(self) -> Consumer<T> {
        self.consumer
    }
}

// The handles hold their items in the ring and never pin anything of their own.
impl<T> Unpin for AsyncProducer<T> {}
impl<T> Unpin for AsyncConsumer<T> {}

#[cfg(feature = "futures")]
impl<T> futures_core::Stream for AsyncConsumer<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_pop(context).map(Result::ok)
    }
}

#[cfg(feature = "futures")]
impl<T> AsyncProducer<T> {
    fn poll_send_first(&mut self, context: &mut Context<'_>) -> Poll<Result<(), TryPushError<Option<T>>>> {
        if self.unsent.is_some() {
            match self.producer.poll_take(1, NOTHING, context) {
                Poll::Ready(Ok(from)) => self.write_unsent(from),
                Poll::Ready(Err(_)) => return Poll::Ready(Err(TryPushError::Closed(self.unsent.take()))),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// An item is published as soon as it is sent, unless another producer took the room that `poll_ready` saw: then it stays in the sink
/// until the next `poll_ready` or `poll_flush`. So flush before you drop a sink. An error gives back the item, if there was one: `Full` only to a
/// caller that did not ask `poll_ready` first.
#[cfg(feature = "futures")]
impl<T> futures_sink::Sink<T> for AsyncProducer<T> {
    type Error = TryPushError<Option<T>>;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self.poll_send_first(context) {
            Poll::Ready(Ok(())) => {}
            other => return other,
        }
        self.producer.poll_room(1, NOTHING, context).map_err(|_| TryPushError::Closed(None))
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        if self.unsent.is_some() {
            return Err(TryPushError::Full(Some(item)));
        }
        match self.producer.try_push(item) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(item)) => Err(TryPushError::Closed(Some(item))),
            Err(TryPushError::Full(item)) => {
                self.unsent = Some(item);
                Ok(())
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.poll_send_first(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let sent = self.poll_send_first(context);
        if sent.is_ready() {
            self.producer.close();
        }
        sent
    }
}
