//! The side that writes: one of many.

use core::{fmt, time::Duration};

use ringfold_core::{
    error::{ClaimError, ClaimTimeoutError, Closed, PushTimeoutError, TryPushError},
    stats::Stats,
    sync,
    wait::{Deadline, Seat},
};

use super::{
    Claim,
    claim::Taken,
    shared::{Link, Waiting},
};
use crate::Watch;

/// A writing handle of a ring. Clone it for each thread that writes; the ring is closed for the consumer when the last one is dropped.
///
/// `Send`, but not `Sync`: each thread has a handle of its own. Pushing allocates nothing, save that a producer that goes to sleep
/// may let the list of sleepers grow.
pub struct Producer<T> {
    /// The first sequence that this handle does not know to be vacant: the consumer's cursor, as it last observed it, plus the
    /// capacity.
    limit: u64,
    link: Link<T>,
    waiting: Waiting,
    /// Whether this producer has closed and only holds the ring.
    closed: bool,
    /// The place in the lobby of a task that returned `Pending`; 0 while there is none.
    pub(super) place: u64,
}

/// Items that go in under one claim, at the most, where the call has more: nobody is to wait long for what lies behind.
const RUN: usize = 256;
/// How often a claim that was beaten to it holds still for longer, so that the other one gets ahead instead of both
/// passing the line back and forth.
const MOST_DOUBLINGS: u32 = if cfg!(loom) { 0 } else { 3 };

/// So far ahead of what is written the cache lines of slots and marks are fetched to be written: a compare-and-swap waits for all
/// stores before it, and they would wait for their lines one after the other. Triples the throughput; 4 and 16 are worse.
const AHEAD: u64 = 8;

impl<T> Producer<T> {
    pub(super) fn new(link: Link<T>) -> Self {
        Self::with(link, false)
    }

    fn with(link: Link<T>, closed: bool) -> Self {
        let ring = link.ring();
        let limit = ring.shared.consumer.cursor.observe() + ring.capacity as u64; // SYNC: cursor
        let waiting = ring.producer_waiting(link.barrier);
        Self { limit, link, waiting, closed, place: 0 }
    }

    /// Pushes `item` if there is room now; never waits.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when the consumer is gone.
    ///
    /// ```
    /// use ringfold::{error::TryPushError, mpsc};
    /// let (mut producer, mut consumer) = mpsc::with_capacity(1)?;
    /// assert_eq!(producer.try_push('a'), Ok(()));
    /// assert_eq!(producer.try_push('b'), Err(TryPushError::Full('b')));
    /// assert_eq!(consumer.try_pop(), Ok('a'));
    /// drop(consumer);
    /// assert_eq!(producer.try_push('c'), Err(TryPushError::Closed('c')));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        if self.is_closed() {
            return Err(TryPushError::Closed(item));
        }
        match self.try_take(1) {
            Some(from) => self.write(from, item),
            None => {
                self.link.ring().shared.producers.stalls.count_shared();
                return Err(TryPushError::Full(item));
            }
        }
        Ok(())
    }

    /// Pushes `item`, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// `Closed` gives the item back when the consumer is gone.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(2)?;
    /// let threads: Vec<_> = (0..4)
    ///     .map(|i| {
    ///         let mut producer = producer.clone();
    ///         std::thread::spawn(move || producer.push(i))
    ///     })
    ///     .collect();
    /// drop(producer);
    /// assert_eq!(consumer.iter().sum::<i32>(), 6);
    /// # threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        match self.take(1, None) {
            Some(from) => self.write(from, item),
            None => return Err(Closed(item)),
        }
        Ok(())
    }

    /// Pushes `item`, waiting for room for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` gives the item back when there was no room in time, `Closed` when the consumer is gone.
    pub fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        match self.take(1, Deadline::now().checked_add(timeout)) {
            Some(from) => self.write(from, item),
            None if self.is_closed() => return Err(PushTimeoutError::Closed(item)),
            None => return Err(PushTimeoutError::Timeout(item)),
        }
        Ok(())
    }

    /// Copies as many of `items` in as there is room for now, and returns how many those were: 0 also when the consumer is gone. They stay together: no
    /// other producer's item comes in between.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(4)?;
    /// assert_eq!(producer.try_push_slice(&[1, 2, 3]), 3);
    /// assert_eq!(producer.try_push_slice(&[4, 5, 6]), 1);
    /// assert_eq!(&*consumer.peek(), &[1, 2, 3, 4]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn try_push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        if self.is_closed() {
            return 0;
        }
        let (from, count) = self.try_take_up_to(items.len());
        self.copy_in(from, &items[..count]);
        if count == 0 && !items.is_empty() {
            self.link.ring().shared.producers.stalls.count_shared();
        }
        count
    }

    /// Copies all of `items` in, waiting for room for as long as it takes. They go in by runs of 256, or of half the ring where that is
    /// less: a run stays together, and between two of them other producers' items may come.
    ///
    /// # Errors
    /// `Closed` says how many went in before the consumer was gone.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(8)?;
    /// let thread = std::thread::spawn(move || producer.push_slice(&[7; 1000]));
    /// assert_eq!(consumer.iter().sum::<i32>(), 7000);
    /// # thread.join().unwrap().unwrap();
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn push_slice(&mut self, items: &[T]) -> Result<(), Closed<usize>>
    where
        T: Copy,
    {
        let mut pushed = 0;
        while pushed < items.len() {
            let wanted = (items.len() - pushed).min(RUN).min(self.capacity().div_ceil(2));
            let Some(from) = self.take(wanted as u64, None) else { return Err(Closed(pushed)) };
            self.copy_in(from, &items[pushed..pushed + wanted]);
            pushed += wanted;
        }
        Ok(())
    }

    /// Pushes all of `items`, waiting for room for as long as it takes, and returns how many those were.
    ///
    /// The iterator runs while nothing is claimed: it may be slow, panic, or push into the same ring.
    ///
    /// # Errors
    /// `Closed` says how many went in before the consumer was gone, and gives back the item that did not; the rest stays in
    /// the iterator, if you pass `&mut iterator`.
    pub fn push_iter(&mut self, items: impl IntoIterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        let mut pushed = 0;
        for item in items {
            self.push(item).map_err(|Closed(item)| Closed((pushed, item)))?;
            pushed += 1;
        }
        Ok(pushed)
    }

    /// Claims `n` slots, in one slice, if there is room now; `None` if not, or if the consumer is gone.
    ///
    /// Until it is committed or dropped the consumer gets to see nothing that comes behind it, while other producers go on for as long as
    /// there is room.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(8)?;
    /// let mut other = producer.clone();
    /// let mut claim = producer.try_claim(3).unwrap();
    /// other.push(9).unwrap(); // waits for nobody
    /// claim.fill(|i| i);
    /// claim.commit();
    /// assert_eq!(&*consumer.peek(), &[0, 1, 2, 9]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[must_use = "dropping a claim aborts it"]
    pub fn try_claim(&mut self, n: usize) -> Option<Claim<'_, T>> {
        if self.is_closed() || n > self.capacity() {
            return None;
        }
        let from = self.try_take(n as u64)?;
        Some(Claim::new(self, from, n))
    }

    /// Claims `n` slots, in one slice, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not have so many, `Closed` when the consumer is gone.
    pub fn claim(&mut self, n: usize) -> Result<Claim<'_, T>, ClaimError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimError::TooLarge { requested: n, capacity });
        }
        match self.take(n as u64, None) {
            Some(from) => Ok(Claim::new(self, from, n)),
            None => Err(ClaimError::Closed),
        }
    }

    /// As [`claim`](Self::claim), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when there was not enough room in time; the others as for [`claim`](Self::claim).
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::ClaimTimeoutError, mpsc};
    /// let (mut producer, _consumer) = mpsc::with_capacity(4)?;
    /// producer.push(1).unwrap();
    /// let late = producer.claim_timeout(4, Duration::from_millis(1)).err();
    /// assert_eq!(late, Some(ClaimTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn claim_timeout(&mut self, n: usize, timeout: Duration) -> Result<Claim<'_, T>, ClaimTimeoutError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimTimeoutError::TooLarge { requested: n, capacity });
        }
        match self.take(n as u64, Deadline::now().checked_add(timeout)) {
            Some(from) => Ok(Claim::new(self, from, n)),
            None if self.is_closed() => Err(ClaimTimeoutError::Closed),
            None => Err(ClaimTimeoutError::Timeout),
        }
    }

    /// Claims `n` slots or as many as there are now, but at least one, for which it waits.
    ///
    /// # Errors
    /// `Closed` when the consumer is gone.
    pub fn claim_up_to(&mut self, n: usize) -> Result<Claim<'_, T>, Closed> {
        loop {
            if self.is_closed() {
                return Err(Closed(()));
            }
            let (from, count) = self.try_take_up_to(n);
            if count > 0 || n == 0 {
                return Ok(Claim::new(self, from, count));
            }
            if let Some(from) = self.take(1, None) {
                return Ok(Claim::new(self, from, 1));
            }
        }
    }

    /// How many slots are vacant now. Other producers may take them before this one does.
    pub fn free(&self) -> usize {
        self.link.ring().room() as usize
    }

    /// How many items the ring holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.link.ring().capacity
    }

    /// Leaves without giving up the handle: every later push fails, and the ring is closed for the consumer when all producers have left.
    /// Dropping the handle does the same.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(4)?;
    /// let mut other = producer.clone();
    /// producer.push(1).unwrap();
    /// producer.close();
    /// assert!(producer.push(2).is_err());
    /// other.push(3).unwrap();
    /// other.close();
    /// assert_eq!(consumer.iter().collect::<Vec<_>>(), [1, 3]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn close(&mut self) {
        // First, because a waker may panic.
        if !core::mem::replace(&mut self.closed, true) {
            self.link.close_as_producer();
        }
    }

    /// Whether pushing is in vain: the consumer is gone, or this handle was [closed](Self::close).
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed || self.link.ring().shared.attention.consumer_is_gone()
    }

    /// What this ring has done so far. `pushed` and `popped` count slots, those of aborted claims too.
    pub fn stats(&self) -> Stats {
        self.link.ring().stats()
    }

    /// A view of this ring's figures for others: metrics, a progress line. It keeps the ring neither open nor in memory.
    pub fn watch(&self) -> Watch {
        self.link.watch()
    }

    /// What memory the ring really got; `None` for zero-sized items, which need none.
    pub fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.link.ring().memory()
    }

    pub(super) fn link(&self) -> &Link<T> {
        &self.link
    }

    /// Moves `item` into the slot that was taken, and publishes it.
    #[inline(always)]
    pub(super) fn write(&mut self, from: u64, item: T) {
        let ahead = from + AHEAD;
        if ahead < self.limit {
            self.link.slots.prefetch_to_write(ahead);
            self.link.ring().marks.prefetch_to_write(ahead);
        }
        // SAFETY: the slot was taken (`try_take`), so it is vacant and this producer's (invariant 3).
        unsafe { self.link.slots.write(from, item) };
        self.publish(from, from + 1);
    }

    fn copy_in(&mut self, from: u64, items: &[T])
    where
        T: Copy,
    {
        if items.is_empty() {
            return;
        }
        // SAFETY: the slots were taken (`try_take`), so they are vacant and this producer's (invariant 3).
        unsafe { self.link.slots.copy_in(from, items) };
        self.publish(from, from + items.len() as u64);
    }

    /// Publishes the slots `from .. end`, which were claimed together, hold items, and are in both halves of the mirror.
    #[inline(always)]
    pub(super) fn publish(&self, from: u64, end: u64) {
        let ring = self.link.ring();
        ring.marks.commit(from, end); // SYNC: mark
        ring.shared.attention.consumer_bell.ring(self.link.barrier);
    }

    /// Publishes that the slots `from .. end`, which were claimed, hold nothing.
    #[cold]
    pub(super) fn abort(&self, from: u64, end: u64) {
        let ring = self.link.ring();
        ring.marks.abort(from, end); // SYNC: mark
        ring.shared.attention.consumer_bell.ring(self.link.barrier);
    }

    /// Takes `n` slots if they are vacant now; the first one's sequence.
    #[inline(always)]
    pub(super) fn try_take(&mut self, n: u64) -> Option<u64> {
        let shared = &self.link.ring().shared;
        if !shared.attention.is_alone() {
            return self.contend(n);
        }
        let from = shared.producers.glance();
        if from + n > self.limit && from + n > self.look_for_limit() {
            return None;
        }
        shared.producers.claim_alone(from, n);
        Some(from)
    }

    #[inline(always)]
    fn contend(&mut self, n: u64) -> Option<u64> {
        let claims = &self.link.ring().shared.producers;
        let mut from = claims.glance();
        let mut beaten = 0;
        loop {
            if from + n > self.limit && from + n > self.look_for_limit() {
                return None;
            }
            match claims.claim(from, n) {
                Ok(_) => return Some(from),
                Err(now) => from = now,
            }
            (0..1_u32 << beaten).for_each(|_| sync::spin_loop());
            beaten = MOST_DOUBLINGS.min(beaten + 1);
            from = from.max(claims.glance());
        }
    }

    /// Takes `n` slots or as many as are vacant now: the first one's sequence, and how many.
    fn try_take_up_to(&mut self, n: usize) -> (u64, usize) {
        loop {
            let room = self.look_for_limit().saturating_sub(self.link.ring().shared.producers.glance());
            let count = room.min(n as u64);
            if count == 0 {
                return (0, 0);
            }
            if let Some(from) = self.try_take(count) {
                return (from, count as usize);
            }
        }
    }

    /// Takes `n` slots, at most as many as the ring has, waiting for them. `None` when the consumer is gone or the deadline has
    /// passed.
    #[inline(always)]
    fn take(&mut self, n: u64, deadline: Option<Deadline>) -> Option<u64> {
        if self.is_closed() {
            return None;
        }
        match self.try_take(n) {
            None => self.wait_and_take(n, deadline),
            taken => taken,
        }
    }

    #[cold]
    #[inline(never)]
    fn wait_and_take(&mut self, n: u64, deadline: Option<Deadline>) -> Option<u64> {
        let ring = self.link.ring();
        let (attention, stalls) = (&ring.shared.attention, &ring.shared.producers.stalls);
        stalls.count_shared();
        self.waiting.slip.slip(ring.room(), n, || ring.room());
        // Kept until the slots are taken: then others get what is left.
        let seat = Seat::new(&attention.lobby, n, || ring.room());
        loop {
            if let Some(from) = self.try_take(n) {
                let taken = Taken::new(self, from, n);
                // Wakes others, whose wakers may panic: the slots must not stay open then.
                drop(seat);
                return Some(taken.entrust());
            }
            let ready = || ring.room() >= n || attention.consumer_is_gone();
            let in_time = self.waiting.waiter.wait(&seat, stalls, deadline, ready);
            if attention.consumer_is_gone() || !in_time {
                return None;
            }
        }
    }

    /// Takes a task out of the lobby; if it was admitted, others are admitted to what is there.
    #[inline]
    pub(super) fn give_up(&self, place: u64) {
        if place != 0 {
            let ring = self.link.ring();
            drop(Seat::resume(&ring.shared.attention.lobby, 0, || ring.room(), place));
        }
    }

    /// Looks where the consumer is.
    #[inline]
    fn look_for_limit(&mut self) -> u64 {
        let ring = self.link.ring();
        self.limit = ring.shared.consumer.cursor.observe() + ring.capacity as u64; // SYNC: cursor
        self.limit
    }
}

impl<T> Clone for Producer<T> {
    /// One more producer of the same ring; allocates nothing. The clone of one that was [closed](Producer::close) is closed too.
    fn clone(&self) -> Self {
        Self::with(self.link.join(self.closed), self.closed)
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.link).finish()
    }
}

impl<T> std::panic::UnwindSafe for Producer<T> {}
impl<T> std::panic::RefUnwindSafe for Producer<T> {}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        let place = core::mem::take(&mut self.place);
        let left = Left(self);
        left.0.give_up(place);
    }
}

/// Leaves at the end of a drop, however that ends.
struct Left<'a, T>(&'a Producer<T>);

impl<T> Drop for Left<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.link.leave_as_producer(self.0.closed);
    }
}
