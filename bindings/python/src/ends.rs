//! The two ends of a ring between threads, of `spsc` or of `mpsc`, as bytes.

use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use ringfold::error::{ClaimError, PeekError};
use ringfold::{mpsc, spsc};
use self_cell::{MutBorrow, self_cell};

use crate::errors::Refusal;

/// The end that writes.
pub enum Sink {
    Spsc(spsc::AsyncProducer<u8>),
    Mpsc(mpsc::AsyncProducer<u8>),
}

/// The end that reads.
pub enum Source {
    Spsc(spsc::AsyncConsumer<u8>),
    Mpsc(mpsc::AsyncConsumer<u8>),
}

type Wait<'a> = Pin<Box<dyn Future<Output = Result<(), ClaimError>> + Send + 'a>>;

self_cell! {
    /// A wait for room, which has a place in the lobby of `mpsc` for as long as it lives, and a producer of its own.
    pub struct Waiting {
        owner: MutBorrow<mpsc::AsyncProducer<u8>>,

        #[not_covariant]
        dependent: Wait,
    }
}

type MaybeClaim<'a> = Option<mpsc::Claim<'a, u8>>;

self_cell! {
    /// A claim of `mpsc`, and a producer of its own that it is of.
    pub struct Claimed {
        owner: MutBorrow<mpsc::AsyncProducer<u8>>,

        #[not_covariant]
        dependent: MaybeClaim,
    }
}

impl Claimed {
    /// Where the slots are: initialised, and nobody else's.
    pub fn place(&mut self) -> (*mut u8, usize) {
        self.with_dependent_mut(|_, claim| match claim {
            Some(claim) => (claim.as_mut_ptr().cast(), claim.len()),
            None => (std::ptr::NonNull::dangling().as_ptr(), 0),
        })
    }

    /// Publishes the first `bytes`, and gives the others back.
    pub fn commit(mut self, bytes: usize) {
        self.with_dependent_mut(|_, claim| {
            if let Some(claim) = claim.take() {
                // SAFETY: at most as many as were claimed (`Window::end`). Every byte of a ring's memory is initialised: it is
                // zero when it comes from the system, and then what was written.
                unsafe { claim.commit_first(bytes) };
            }
        });
    }
}

impl Sink {
    pub fn free(&mut self) -> usize {
        match self {
            Self::Spsc(producer) => producer.as_producer().free(),
            Self::Mpsc(producer) => producer.as_producer().free(),
        }
    }

    pub fn is_closed(&self) -> bool {
        match self {
            Self::Spsc(producer) => producer.is_closed(),
            Self::Mpsc(producer) => producer.is_closed(),
        }
    }

    /// Tells the reader that nothing will follow, without giving up the memory.
    pub fn close(&mut self) {
        match self {
            Self::Spsc(producer) => producer.as_producer().close(),
            Self::Mpsc(producer) => producer.as_producer().close(),
        }
    }

    /// Writes `bytes` in one piece, by `fill`, if there is room now. Whether there was.
    pub fn try_write(
        &mut self,
        bytes: usize,
        fill: impl FnOnce(&mut [MaybeUninit<u8>]),
    ) -> Result<bool, Refusal> {
        let written = match self {
            Self::Spsc(producer) => producer.as_producer().try_claim(bytes).map(|mut claim| {
                fill(&mut claim);
                // SAFETY: so many were claimed, and `fill` has written them all, over bytes that were initialised anyway.
                unsafe { claim.commit_first(bytes) };
            }),
            Self::Mpsc(producer) => producer.as_producer().try_claim(bytes).map(|mut claim| {
                fill(&mut claim);
                // SAFETY: as above.
                unsafe { claim.commit_first(bytes) };
            }),
        };
        match written {
            None if self.is_closed() => Err(Refusal::NoReader),
            written => Ok(written.is_some()),
        }
    }

    /// Whether there is room for `bytes` now; if not, the context is woken when there is. `waiting` lives as long as the wait.
    pub fn poll_room(
        &mut self,
        bytes: usize,
        waiting: &mut Option<Waiting>,
        context: &mut Context<'_>,
    ) -> Result<bool, Refusal> {
        let polled = match self {
            Self::Spsc(producer) => pin!(producer.ready_for(bytes)).poll(context),
            Self::Mpsc(producer) => {
                let wait = waiting.get_or_insert_with(|| {
                    Waiting::new(MutBorrow::new(producer.clone()), |own| {
                        Box::pin(own.borrow_mut().ready_for(bytes))
                    })
                });
                let polled = wait.with_dependent_mut(|_, wait| wait.as_mut().poll(context));
                if polled.is_ready() {
                    *waiting = None;
                }
                polled
            }
        };
        match polled {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(())) => Ok(true),
            Poll::Ready(Err(ClaimError::Closed)) => Err(Refusal::NoReader),
            Poll::Ready(Err(ClaimError::TooLarge { requested, capacity })) => {
                Err(Refusal::TooLarge { wanted: requested, capacity })
            }
        }
    }

    /// A claim that lives by itself, if there is room now; `None` for `spsc`, whose claims need no more than their place.
    pub fn claim_apart(&mut self, bytes: usize) -> Option<Claimed> {
        let Self::Mpsc(producer) = self else { return None };
        let own = MutBorrow::new(producer.clone());
        let claimed = Claimed::new(own, |own| own.borrow_mut().as_producer().try_claim(bytes));
        claimed.with_dependent(|_, claim| claim.is_some()).then_some(claimed)
    }

    /// Where the next `bytes` slots of `spsc` are, if they are vacant: initialised, and this side's until something is written.
    pub fn vacant(&mut self, bytes: usize) -> Option<*mut u8> {
        let Self::Spsc(producer) = self else { return None };
        // Dropped at once: for `spsc` a claim is no more than a slice.
        let mut claim = producer.as_producer().try_claim(bytes)?;
        Some(claim.as_mut_ptr().cast())
    }
}

impl Source {
    pub fn len(&mut self) -> usize {
        match self {
            Self::Spsc(consumer) => consumer.as_consumer().len(),
            Self::Mpsc(consumer) => consumer.as_consumer().len(),
        }
    }

    /// Whether nobody is left to write.
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Spsc(consumer) => consumer.is_closed(),
            Self::Mpsc(consumer) => consumer.is_closed(),
        }
    }

    /// Shows everything that is there; `f` returns something, and how many bytes are consumed.
    pub fn peek<R>(&mut self, f: impl FnOnce(&[u8]) -> (R, usize)) -> R {
        match self {
            Self::Spsc(consumer) => {
                let view = consumer.as_consumer().peek();
                let (result, count) = f(&view);
                view.consume(count);
                result
            }
            Self::Mpsc(consumer) => {
                let view = consumer.as_consumer().peek();
                let (result, count) = f(&view);
                view.consume(count);
                result
            }
        }
    }

    /// Whether there are `bytes` now, or there never will be: then how many there are. If neither, the context is woken.
    pub fn poll_bytes(&mut self, bytes: usize, context: &mut Context<'_>) -> Option<usize> {
        let polled = match self {
            Self::Spsc(consumer) => pin!(consumer.ready_for(bytes)).poll(context),
            Self::Mpsc(consumer) => pin!(consumer.ready_for(bytes)).poll(context),
        };
        match polled {
            Poll::Pending => None,
            Poll::Ready(Ok(())) => Some(self.len()),
            Poll::Ready(Err(PeekError::Closed { available })) => Some(available),
            Poll::Ready(Err(PeekError::TooLarge { .. })) => Some(0),
        }
    }

    /// As [`poll_bytes`](Self::poll_bytes), without a context. Gone first, bytes second: the last may have come just before.
    pub fn look(&mut self, bytes: usize) -> Option<usize> {
        let is_closed = self.is_closed();
        let there = self.len();
        (there >= bytes || is_closed).then_some(there)
    }
}
