//! The reading half that is awaited. The writing half is that of `spsc`.

use core::{
    fmt,
    future::poll_fn,
    task::{Context, Poll},
};

use ringfold_core::{
    error::{Closed, TryPopError},
    stats::Stats,
};

use super::Consumer;

/// A [`Consumer`] whose waiting verbs are awaited. It belongs to no runtime.
pub struct AsyncConsumer<T> {
    consumer: Consumer<T>,
}

impl<T> Consumer<T> {
    /// Turns this half into one that is awaited. The producers need not be turned.
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
    /// let (producers, consumer) = ringfold::mpsc::lanes(2, 4)?;
    /// for mut producer in producers {
    ///     std::thread::spawn(move || producer.push_iter(1..=100u32).unwrap());
    /// }
    /// let mut consumer = consumer.into_async();
    /// let mut sum = 0;
    /// block_on(async {
    ///     while let Ok(i) = consumer.pop().await {
    ///         sum += i;
    ///     }
    /// });
    /// assert_eq!(sum, 2 * 5050);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_async(self) -> AsyncConsumer<T> {
        AsyncConsumer { consumer: self }
    }

    fn poll_look(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        for announced in [false, true] {
            match self.look() {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(TryPopError::Closed) => return Poll::Ready(Err(Closed(()))),
                Err(TryPopError::Empty) if announced => {}
                Err(TryPopError::Empty) => self.announce_task(context.waker()),
            }
        }
        Poll::Pending
    }
}

impl<T> AsyncConsumer<T> {
    /// Pops the next item of the lane whose turn it is, waiting for one. Cancel-safe: a future that is dropped before it is done
    /// has popped nothing.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    pub async fn pop(&mut self) -> Result<T, Closed> {
        poll_fn(|context| self.poll_pop(context)).await
    }

    /// Waits until there is something in any lane, so that the next `try_pop` succeeds and the next `peek` is not empty. Cancel-safe.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    pub async fn ready(&mut self) -> Result<(), Closed> {
        poll_fn(|context| self.consumer.poll_look(context)).await
    }

    /// Pops the next item, or arranges for the task to be woken when there is one.
    pub fn poll_pop(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        self.consumer.poll_look(context).map(|looked| {
            looked?;
            self.consumer.try_pop().map_err(|_| Closed(()))
        })
    }

    /// Pops the next item if there is one now; never waits. See [`Consumer::try_pop`].
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be.
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.consumer.try_pop()
    }

    /// Whether all producers are gone, so that nothing will follow what is there, unless somebody is
    /// [joined](Consumer::join).
    pub fn is_closed(&self) -> bool {
        self.consumer.is_closed()
    }

    /// How many items each lane holds.
    pub fn capacity(&self) -> usize {
        self.consumer.capacity()
    }

    /// What all lanes did together so far.
    pub fn stats(&self) -> Stats {
        self.consumer.stats()
    }

    /// Lends the blocking half, for views and slices. Inside a task call only those of its verbs that never wait: `try_pop`, `peek`,
    /// `drain`, `pop_slice`, `len`.
    pub fn as_consumer(&mut self) -> &mut Consumer<T> {
        &mut self.consumer
    }

    /// Turns this half back into one that blocks its thread.
    pub fn into_blocking(self) -> Consumer<T> {
        self.consumer
    }
}

// It holds its items in the lanes and never pins anything of its own.
impl<T> Unpin for AsyncConsumer<T> {}

impl<T> fmt::Debug for AsyncConsumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncConsumer").field(&self.consumer).finish()
    }
}

#[cfg(feature = "futures")]
impl<T> futures_core::Stream for AsyncConsumer<T> {
    type Item = T;

    fn poll_next(mut self: core::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_pop(context).map(Result::ok)
    }
}
