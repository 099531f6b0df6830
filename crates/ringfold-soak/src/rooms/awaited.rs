//! Halves that are awaited, by a thread that is a runtime for one future.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use ringfold::error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
use ringfold::{mpsc, spsc};

use crate::flow::{Claimed, End, Look, Pops, Pushes, Taken};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end, or until then; dropping it in the midst of waiting is part of what is tested.
pub fn block_on_until<F: Future>(future: F, end: Option<Instant>) -> Option<F::Output> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        match end.map(|end| end.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) => return None,
            Some(left) => thread::park_timeout(left),
            None => thread::park(),
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    block_on_until(future, None).expect("it has no end but its own")
}

/// A half that is awaited.
pub struct Awaited<H>(pub H);

impl<T: Send> Pushes<T> for Awaited<spsc::AsyncProducer<T>> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.0.try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        block_on(self.0.push(item))
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        let ready = block_on_until(self.0.ready(), Some(Instant::now() + timeout));
        tried(ready.is_some(), item, |item| self.0.try_push(item))
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        each(items, |item| block_on(self.0.push(item)))
    }
    fn claim(&mut self, n: usize, waits: bool, fill: &mut dyn FnMut() -> T, end: End) -> Option<Claimed> {
        Pushes::claim(self.0.as_producer(), n, waits, fill, end)
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        Pushes::push_slice(self.0.as_producer(), items, waits)
    }
    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<T: Send + 'static> Pushes<T> for Awaited<mpsc::AsyncProducer<T>> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.0.try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        block_on(self.0.push(item))
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        let ready = block_on_until(self.0.ready(), Some(Instant::now() + timeout));
        tried(ready.is_some(), item, |item| self.0.try_push(item))
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        each(items, |item| block_on(self.0.push(item)))
    }
    fn claim(&mut self, n: usize, waits: bool, fill: &mut dyn FnMut() -> T, end: End) -> Option<Claimed> {
        Pushes::claim(self.0.as_producer(), n, waits, fill, end)
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        Pushes::push_slice(self.0.as_producer(), items, waits)
    }
    fn another(&self) -> Option<Box<dyn Pushes<T>>> {
        Some(Box::new(Awaited(self.0.clone())))
    }
    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

fn tried<T>(
    is_ready: bool,
    item: T,
    push: impl FnOnce(T) -> Result<(), TryPushError<T>>,
) -> Result<(), PushTimeoutError<T>> {
    if !is_ready {
        return Err(PushTimeoutError::Timeout(item));
    }
    push(item).map_err(|error| match error {
        TryPushError::Full(item) => PushTimeoutError::Timeout(item),
        TryPushError::Closed(item) => PushTimeoutError::Closed(item),
    })
}

fn each<T>(
    items: &mut dyn Iterator<Item = T>,
    mut push: impl FnMut(T) -> Result<(), Closed<T>>,
) -> Result<usize, Closed<(usize, T)>> {
    let mut pushed = 0;
    for item in items {
        push(item).map_err(|Closed(item)| Closed((pushed, item)))?;
        pushed += 1;
    }
    Ok(pushed)
}

impl<T: Send> Pops<T> for Awaited<spsc::AsyncConsumer<T>> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.0.try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        block_on(self.0.pop())
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        popped(block_on_until(self.0.pop(), Some(Instant::now() + timeout)))
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.0.as_consumer().drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.0.as_consumer().pop_slice(target)
    }
    fn view(
        &mut self,
        look: Look,
        see: &mut dyn FnMut(&[T]),
        taken: Taken,
        take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        if let Look::Several(count, timeout) = look {
            // Whatever it says, what is there is looked at.
            _ = block_on_until(self.0.ready_for(count), Some(Instant::now() + timeout));
        }
        self.0.as_consumer().view(look, see, taken, take)
    }
    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl<T: Send> Pops<T> for Awaited<mpsc::AsyncConsumer<T>> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.0.try_pop()
    }
    fn pop(&mut self) -> Result<T, Closed> {
        block_on(self.0.pop())
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        popped(block_on_until(self.0.pop(), Some(Instant::now() + timeout)))
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.0.as_consumer().drain(take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.0.as_consumer().pop_slice(target)
    }
    fn view(
        &mut self,
        look: Look,
        see: &mut dyn FnMut(&[T]),
        taken: Taken,
        take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        if let Look::Several(count, timeout) = look {
            _ = block_on_until(self.0.ready_for(count), Some(Instant::now() + timeout));
        }
        self.0.as_consumer().view(look, see, taken, take)
    }
    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

fn popped<T>(popped: Option<Result<T, Closed>>) -> Result<T, PopTimeoutError> {
    popped.ok_or(PopTimeoutError::Timeout)?.map_err(|_| PopTimeoutError::Closed)
}
