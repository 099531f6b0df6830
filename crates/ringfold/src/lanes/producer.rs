//! The side that writes: one of many, each with a lane to itself.

use core::{fmt, time::Duration};
use std::sync::Arc;

use ringfold_core::{
    error::{ClaimError, Closed, PushTimeoutError, TryPushError},
    stats::Stats,
};
use ringfold_memory::{Error, Info};

use super::{AsyncProducer, Claim, shared::Hub};
use crate::{Watch, spsc};

/// The writing half of one lane. Dropping it leaves: the consumer still reads what is there, and then gives the lane back.
///
/// `Send`, but neither `Sync` nor `Clone`: each lane has exactly one writer; [`join`](Self::join) makes another lane. Pushing
/// allocates nothing. All verbs are those of [`spsc::Producer`](crate::spsc::Producer), because that is what it is.
pub struct Producer<T> {
    ring: spsc::Producer<T>,
    lane: u64,
    hub: Arc<Hub<T>>,
}

impl<T> Producer<T> {
    pub(super) fn join_at(hub: &Arc<Hub<T>>, closed: bool) -> Result<Self, Error> {
        let (ring, lane) = hub.join(closed)?;
        Ok(Self { ring, lane, hub: hub.clone() })
    }

    /// Adds a lane while others work, and returns its producer. Where this one is closed, or the consumer is gone, the new lane is
    /// closed like this one.
    ///
    /// Allocates the lane.
    ///
    /// # Errors
    /// When the memory for the lane cannot be had.
    ///
    /// ```
    /// let (producers, mut consumer) = ringfold::mpsc::lanes(1, 16)?;
    /// let mut another = producers[0].join()?;
    /// drop(producers);
    /// another.push(7).unwrap();
    /// assert_eq!(consumer.pop(), Ok(7));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn join(&self) -> Result<Self, Error> {
        Self::join_at(&self.hub, self.is_closed())
    }

    /// The number of this lane. Lanes are numbered in the order in which they join, and no number is used again.
    pub fn lane(&self) -> u64 {
        self.lane
    }

    /// Pushes `item` if there is room in this lane now; never waits.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when the consumer is gone.
    ///
    /// ```
    /// use ringfold::{error::TryPushError, mpsc};
    /// let (mut producers, consumer) = mpsc::lanes(2, 1)?;
    /// assert_eq!(producers[0].try_push('a'), Ok(()));
    /// assert_eq!(producers[0].try_push('b'), Err(TryPushError::Full('b')));
    /// assert_eq!(producers[1].try_push('c'), Ok(()), "this lane has room of its own");
    /// drop(consumer);
    /// assert_eq!(producers[1].try_push('d'), Err(TryPushError::Closed('d')));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.ring.try_push(item)
    }

    /// Pushes `item`, waiting for room in this lane for as long as it takes.
    ///
    /// # Errors
    /// `Closed` gives the item back when the consumer is gone, also when that happens during the wait.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        self.ring.push(item)
    }

    /// Pushes `item`, waiting for room in this lane for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` gives the item back when there was no room in time, `Closed` when the consumer is gone.
    pub fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.ring.push_timeout(item, timeout)
    }

    /// Pushes as many of `items` as there is room for, from the first on, and returns how many those were: 0 when the lane is full
    /// or closed. Never waits.
    pub fn try_push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        self.ring.try_push_slice(items)
    }

    /// Pushes all of `items`, waiting for room as often as needed. The consumer sees the first ones before the last have found room.
    ///
    /// # Errors
    /// `Closed(n)` when the consumer is gone; the first `n` items had gone in by then.
    pub fn push_slice(&mut self, items: &[T]) -> Result<(), Closed<usize>>
    where
        T: Copy,
    {
        self.ring.push_slice(items)
    }

    /// Pushes everything `items` yields, waiting for room as often as needed, and returns how many those were. Publication is batched
    /// as in [`spsc`](crate::spsc::Producer::push_iter).
    ///
    /// # Errors
    /// `Closed((n, item))` when the consumer is gone: `n` items had gone in by then, `item` was the next, and those after it are
    /// still in the iterator.
    pub fn push_iter<I: IntoIterator<Item = T>>(&mut self, items: I) -> Result<usize, Closed<(usize, T)>> {
        self.ring.push_iter(items)
    }

    /// Claims exactly `n` slots, as one slice to be filled in place, if there is room now. Never waits.
    ///
    /// `None` when there is not enough room (never, if `n` exceeds the capacity) or the consumer is gone.
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(2, 4)?;
    /// let mut claim = producers[0].try_claim(3).expect("it is empty");
    /// claim.fill(|i| i * 10);
    /// claim.commit();
    /// assert_eq!(&*consumer.peek(), &[0, 10, 20]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use = "dropping a claim aborts it"]
    pub fn try_claim(&mut self, n: usize) -> Option<Claim<'_, T>> {
        self.ring.try_claim(n)
    }

    /// Claims exactly `n` slots, as one slice to be filled in place, waiting until there is room for all.
    ///
    /// # Errors
    /// `TooLarge` when the lane has fewer slots than that, `Closed` when the consumer is gone.
    pub fn claim(&mut self, n: usize) -> Result<Claim<'_, T>, ClaimError> {
        self.ring.claim(n)
    }

    /// Claims at most `n` slots, as one slice to be filled in place, waiting until there is at least one (for `n` of 0 the claim is
    /// empty).
    ///
    /// # Errors
    /// `Closed` when the consumer is gone.
    pub fn claim_up_to(&mut self, n: usize) -> Result<Claim<'_, T>, Closed> {
        self.ring.claim_up_to(n)
    }

    /// How many slots of this lane are vacant: exact or, while the consumer reads, too few.
    pub fn free(&mut self) -> usize {
        self.ring.free()
    }

    /// How many items this lane holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.ring.capacity()
    }

    /// Leaves without dropping the handle: the consumer reads what is there. Pushing afterwards gives `Closed`. Closing twice is
    /// closing once.
    pub fn close(&mut self) {
        self.ring.close();
    }

    /// Whether pushing has become pointless: the consumer is gone, or this lane was [closed](Self::close).
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    /// What this lane has done so far. Costs nothing but the call.
    pub fn stats(&self) -> Stats {
        self.ring.stats()
    }

    /// A view of this lane's figures for others: metrics, a progress line. It keeps it neither open nor in memory.
    pub fn watch(&self) -> Watch {
        self.ring.watch()
    }

    /// What memory this lane really got; see [`spsc::Producer::memory`](crate::spsc::Producer::memory).
    pub fn memory(&self) -> Option<&Info> {
        self.ring.memory()
    }

    /// Turns this half into one that is awaited, which is the same as that of [`spsc`](crate::spsc). The other half need not be turned.
    pub fn into_async(self) -> AsyncProducer<T> {
        self.ring.into_async()
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("lane", &self.lane).field("ring", &self.ring).finish()
    }
}

impl<T> std::panic::UnwindSafe for Producer<T> {}
impl<T> std::panic::RefUnwindSafe for Producer<T> {}
