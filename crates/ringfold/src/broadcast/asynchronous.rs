//! Readers that are awaited instead of blocking their thread.
//!
//! A task sits in the same lobby as a thread, with a waker in place of a thread.

use core::{
    fmt,
    future::poll_fn,
    task::{Context, Poll},
};

use ringfold_core::{error::Closed, sync::Arc, wait::Seat};

use super::{
    Batch, LossyReader, Reader, ReaderStats, RecvError, Subscriber, TryRecvError, Upstream,
    shared::{Place, Ring},
    subscription::sealed::Seated,
};

/// A gated reader for tasks. See [`Reader::into_async`].
pub struct AsyncReader<E> {
    reader: Reader<E>,
}

/// A lossy reader for tasks. See [`LossyReader::into_async`].
pub struct AsyncLossyReader<E> {
    reader: LossyReader<E>,
}

/// A task's seat in a lobby, kept from one poll to the next and given up in the end.
struct Sitting<E> {
    ring: Arc<Ring<E>>,
    /// It waits for a reader before it, and not for a producer.
    is_held_back: bool,
    /// 0 while it has none.
    number: u64,
}

impl<E> Sitting<E> {
    fn new(ring: &Arc<Ring<E>>) -> Self {
        Self { ring: ring.clone(), is_held_back: false, number: 0 }
    }

    /// The task will be woken when it may be worth another look; look once more before returning `Pending`.
    fn announce(&mut self, is_held_back: bool, context: &Context<'_>) {
        if is_held_back != self.is_held_back {
            self.leave();
            self.is_held_back = is_held_back;
        }
        let number = core::mem::replace(&mut self.number, 0);
        let seat = self.seat(number);
        seat.announce_task(context.waker(), self.ring.barrier);
        self.number = seat.keep();
    }

    fn leave(&mut self) {
        let number = core::mem::replace(&mut self.number, 0);
        if number != 0 {
            drop(self.seat(number));
        }
    }

    /// It wants nothing for itself, and owes nothing to others when it is woken.
    fn seat(&self, number: u64) -> Seat<'_, impl Fn() -> u64> {
        Seat::resume(self.ring.lobby(self.is_held_back), 0, || 0, number)
    }
}

impl<E> Drop for Sitting<E> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<E> Reader<E> {
    /// Turns this reader into one that is awaited. Others need not be turned: threads and tasks read the same ring, also one behind the other.
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
    /// let mut producer = ringfold::broadcast::builder::<u64>(16).build()?;
    /// let mut reader = producer.subscribe().into_async();
    /// std::thread::spawn(move || (0..100).for_each(|i| _ = producer.publish(|event| *event = i)));
    /// let mut sum = 0;
    /// block_on(async {
    ///     while let Ok(events) = reader.recv().await {
    ///         sum += events.iter().sum::<u64>();
    ///     }
    /// });
    /// assert_eq!(sum, 4950);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncReader<E> {
        AsyncReader { reader: self }
    }
}

impl<E> AsyncReader<E> {
    /// Everything that is there, as one slice of at least one event; waits until there is one. Cancel-safe: a future that is dropped before it is
    /// done has released nothing.
    ///
    /// # Errors
    /// `Closed` when the producers are gone and everything was read.
    pub async fn recv(&mut self) -> Result<Batch<'_, E>, Closed> {
        self.recv_up_to(usize::MAX).await
    }

    /// As [`recv`](Self::recv), but at most `n` events, or one if `n` is 0; what is beyond stays.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv).
    pub async fn recv_up_to(&mut self, n: usize) -> Result<Batch<'_, E>, Closed> {
        let mut sitting = Sitting::new(self.reader.ring());
        let found = poll_fn(|context| self.poll_found(&mut sitting, context)).await;
        drop(sitting);
        match found {
            true => Ok(self.reader.poll_up_to(n.max(1))),
            false => Err(Closed(())),
        }
    }

    /// Ready when there is something (true), or never will be (false).
    fn poll_found(&mut self, sitting: &mut Sitting<E>, context: &Context<'_>) -> Poll<bool> {
        loop {
            if self.reader.look() > 0 {
                return Poll::Ready(true);
            }
            if self.reader.is_over() {
                return Poll::Ready(false);
            }
            sitting.announce(self.reader.is_held_back(), context);
            if !self.reader.may_have() {
                return Poll::Pending;
            }
        }
    }

    /// Everything that is there now; never waits. See [`Reader::poll`].
    #[must_use = "dropping the batch releases it"]
    pub fn poll(&mut self) -> Batch<'_, E> {
        self.reader.poll()
    }

    /// What this reader has done so far. Waits of tasks are neither counted nor timed.
    pub fn stats(&self) -> ReaderStats {
        self.reader.stats()
    }

    /// Something to subscribe from.
    pub fn subscriber(&self) -> Subscriber<E> {
        self.reader.subscriber()
    }

    /// Lends the blocking handle. Inside a task call only those of its verbs that never wait.
    pub fn as_reader(&self) -> &Reader<E> {
        &self.reader
    }

    /// Turns this handle back into one that blocks its thread.
    pub fn into_blocking(self) -> Reader<E> {
        self.reader
    }
}

impl<E> Seated<E> for AsyncReader<E> {
    #[expect(private_interfaces, reason = "only the room itself can call it")]
    fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>) {
        self.reader.seat()
    }
}

impl<E> Upstream<E> for AsyncReader<E> {}

impl<E: bytemuck::NoUninit> LossyReader<E> {
    /// Turns this reader into one that is awaited.
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
    /// use ringfold::broadcast::{self, RecvError};
    /// let mut producer = broadcast::builder::<u64>(16).build()?;
    /// let mut reader = producer.subscribe_lossy().into_async();
    /// std::thread::spawn(move || (0..100).for_each(|i| _ = producer.publish(|event| *event = i)));
    /// let (mut seen, mut lost) = (0, 0);
    /// block_on(async {
    ///     loop {
    ///         match reader.recv().await {
    ///             Ok(_) => seen += 1,
    ///             Err(RecvError::Lagged { missed }) => lost += missed,
    ///             Err(RecvError::Closed) => break,
    ///         }
    ///     }
    /// });
    /// assert_eq!(seen + lost, 100);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncLossyReader<E> {
        AsyncLossyReader { reader: self }
    }
}

impl<E: bytemuck::NoUninit> AsyncLossyReader<E> {
    /// The next event; waits until there is one. Cancel-safe.
    ///
    /// # Errors
    /// As [`LossyReader::recv`].
    pub async fn recv(&mut self) -> Result<E, RecvError> {
        let mut sitting = Sitting::new(self.reader.ring());
        poll_fn(|context| {
            for is_announced in [false, true] {
                match self.reader.try_recv() {
                    Ok(event) => return Poll::Ready(Ok(event)),
                    Err(TryRecvError::Lagged { missed }) => {
                        return Poll::Ready(Err(RecvError::Lagged { missed }));
                    }
                    Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError::Closed)),
                    Err(TryRecvError::Empty) if is_announced => {}
                    Err(TryRecvError::Empty) => sitting.announce(false, context),
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The next event, if there is one now; never waits. See [`LossyReader::try_recv`].
    ///
    /// # Errors
    /// As [`LossyReader::try_recv`].
    pub fn try_recv(&mut self) -> Result<E, TryRecvError> {
        self.reader.try_recv()
    }

    /// Lends the blocking handle. Inside a task call only those of its verbs that never wait.
    pub fn as_reader(&self) -> &LossyReader<E> {
        &self.reader
    }

    /// Turns this handle back into one that blocks its thread.
    pub fn into_blocking(self) -> LossyReader<E> {
        self.reader
    }
}

impl<E> fmt::Debug for AsyncReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncReader").field(&self.reader).finish()
    }
}

impl<E> fmt::Debug for AsyncLossyReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncLossyReader").field(&self.reader).finish()
    }
}
