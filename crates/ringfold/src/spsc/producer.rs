//! The side that writes.

#[cfg(feature = "std")]
use core::time::Duration;
use core::{fmt, ops::Range};

use ringfold_core::{
    error::{ClaimError, Closed, TryPushError},
    stats::Stats,
    wait::Deadline,
};

#[cfg(feature = "std")]
use ringfold_core::error::{ClaimTimeoutError, PushTimeoutError};

use super::{
    Claim,
    shared::{CONSUMER, Link, PRODUCER, Ring},
};
#[cfg(feature = "std")]
use crate::Watch;

/// The writing half of a ring. Dropping it closes the ring: the consumer still reads what is there.
///
/// `Send`, but neither `Sync` nor `Clone`: there is exactly one writer. Nothing here allocates.
pub struct Producer<T> {
    /// The next sequence to write. Everything before it is published, between calls.
    cursor: u64,
    /// The first sequence that is not known to be vacant: the consumer's cursor, as last observed,
    /// plus the capacity.
    limit: u64,
    link: Link<T>,
}

/// Items between two publications inside one call: often enough that the other side does not run dry,
/// seldom enough that the cursor's line stays put.
const RUN: usize = 256;

impl<T> Producer<T> {
    /// `filled` is there to be read.
    pub(super) fn new(link: Link<T>, filled: Range<u64>) -> Self {
        let limit = filled.start.wrapping_add(link.ring().capacity as u64);
        Self { cursor: filled.end, limit, link }
    }

    /// Pushes `item` if there is room now; never waits.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when the consumer is gone.
    ///
    /// ```
    /// use ringfold::{error::TryPushError, spsc};
    /// let (mut producer, mut consumer) = spsc::with_capacity(1)?;
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
        if self.cursor == self.limit && self.look_for_room() == 0 {
            self.link.shared().producer.stalls.count();
            return Err(TryPushError::Full(item));
        }
        self.write(item);
        Ok(())
    }

    /// Pushes `item`, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// `Closed` gives the item back when the consumer is gone, also when that happens during the wait.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(2)?;
    /// let reader = std::thread::spawn(move || consumer.iter().sum::<u32>());
    /// for i in 1..=100 {
    ///     producer.push(i).expect("the reader is there");
    /// }
    /// drop(producer);
    /// assert_eq!(reader.join().unwrap(), 5050);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        if self.is_closed() || (self.cursor == self.limit && !self.refill(None)) {
            return Err(Closed(item));
        }
        self.write(item);
        Ok(())
    }

    /// Pushes `item`, waiting for room for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` gives the item back when there was no room in time, `Closed` when the consumer is gone.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PushTimeoutError, spsc};
    /// let (mut producer, _consumer) = spsc::with_capacity(1)?;
    /// producer.push(1).unwrap();
    /// let late = producer.push_timeout(2, Duration::from_millis(1));
    /// assert_eq!(late, Err(PushTimeoutError::Timeout(2)));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        let deadline = super::builder::deadline(timeout);
        if self.is_closed() || (self.cursor == self.limit && !self.refill(deadline)) {
            return Err(match self.is_closed() {
                true => PushTimeoutError::Closed(item),
                false => PushTimeoutError::Timeout(item),
            });
        }
        self.write(item);
        Ok(())
    }

    /// Pushes as many of `items` as there is room for, from the first on, and returns how many those
    /// were: 0 when the ring is full or closed. Never waits.
    ///
    /// ```
    /// let (mut producer, _consumer) = ringfold::spsc::with_capacity(3)?;
    /// assert_eq!(producer.try_push_slice(&[1, 2]), 2);
    /// assert_eq!(producer.try_push_slice(&[3, 4]), 1);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn try_push_slice(&mut self, items: &[T]) -> usize
    where
        T: Copy,
    {
        if self.is_closed() {
            return 0;
        }
        let count = self.room_for(items.len());
        if count == 0 && !items.is_empty() {
            self.link.shared().producer.stalls.count();
        }
        self.copy_in(&items[..count]);
        count
    }

    /// Pushes all of `items`, waiting for room as often as needed. The consumer sees the first ones
    /// before the last have found room.
    ///
    /// # Errors
    /// `Closed(n)` when the consumer is gone; the first `n` items had gone in by then.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let reader = std::thread::spawn(move || consumer.iter().collect::<Vec<u8>>());
    /// producer.push_slice(b"more than four").unwrap();
    /// drop(producer);
    /// assert_eq!(reader.join().unwrap(), b"more than four");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn push_slice(&mut self, items: &[T]) -> Result<(), Closed<usize>>
    where
        T: Copy,
    {
        let mut rest = items;
        while !rest.is_empty() {
            if self.is_closed() || (self.room() == 0 && !self.refill(None)) {
                return Err(Closed(items.len() - rest.len()));
            }
            let (now, later) = rest.split_at(self.room_for(rest.len()));
            self.copy_in(now);
            rest = later;
        }
        Ok(())
    }

    /// Pushes everything `items` yields, waiting for room as often as needed, and returns how many
    /// those were.
    ///
    /// Publication is batched: what was taken from the iterator is seen by the consumer after at most
    /// 256 further items, when the ring is full, or when the call ends, also by a panic of the iterator.
    /// So do not pass an iterator that itself waits for this ring's consumer.
    ///
    /// # Errors
    /// `Closed((n, item))` when the consumer is gone: `n` items had gone in by then, `item` was the next, and
    /// those after it are still in the iterator.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(8)?;
    /// let reader = std::thread::spawn(move || consumer.iter().sum::<u64>());
    /// assert_eq!(producer.push_iter(1..=1000), Ok(1000));
    /// drop(producer);
    /// assert_eq!(reader.join().unwrap(), 500_500);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn push_iter<I: IntoIterator<Item = T>>(&mut self, items: I) -> Result<usize, Closed<(usize, T)>> {
        let mut items = items.into_iter().fuse();
        let mut pushed = 0;
        // The item first and room second: whether the iterator has ended must not depend on the consumer.
        while let Some(item) = items.next() {
            if self.is_closed() || (self.room() == 0 && !self.refill(None)) {
                return Err(Closed((pushed, item)));
            }
            let run = self.room_for(RUN);
            pushed += self.write_run(item, &mut items, run);
        }
        Ok(pushed)
    }

    /// Claims exactly `n` slots, as one slice to be filled in place, if there is room now. Never waits.
    ///
    /// `None` when there is not enough room (never, if `n` exceeds the capacity) or the consumer is gone.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// let mut claim = producer.try_claim(3).expect("it is empty");
    /// claim.fill(|i| i * 10);
    /// claim.commit();
    /// assert_eq!(&*consumer.peek(), &[0, 10, 20]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use = "dropping a claim aborts it"]
    pub fn try_claim(&mut self, n: usize) -> Option<Claim<'_, T>> {
        if self.is_closed() {
            return None;
        }
        if self.room_for(n) < n {
            self.link.shared().producer.stalls.count();
            return None;
        }
        Some(Claim::new(self, n))
    }

    /// Claims exactly `n` slots, as one slice to be filled in place, waiting until there is room for all.
    ///
    /// A consumer that waits for `m` items ([`Consumer::peek_at_least`](super::Consumer::peek_at_least)) while
    /// this waits for `n` slots wait for each other for ever, unless `n + m` is at most the capacity plus one.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that, `Closed` when the consumer is gone.
    ///
    /// ```
    /// use ringfold::{error::ClaimError, spsc};
    /// let (mut producer, _consumer) = spsc::with_capacity::<u8>(4)?;
    /// assert_eq!(producer.claim(4).unwrap().capacity(), 4);
    /// assert_eq!(producer.claim(5).err(), Some(ClaimError::TooLarge { requested: 5, capacity: 4 }));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn claim(&mut self, n: usize) -> Result<Claim<'_, T>, ClaimError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimError::TooLarge { requested: n, capacity });
        }
        if self.is_closed() || !self.wait_for_room(n, None) {
            return Err(ClaimError::Closed);
        }
        Ok(Claim::new(self, n))
    }

    /// As [`claim`](Self::claim), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when there was not enough room in time; the others as for [`claim`](Self::claim).
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::ClaimTimeoutError, spsc};
    /// let (mut producer, _consumer) = spsc::with_capacity(4)?;
    /// producer.push(1).unwrap();
    /// let late = producer.claim_timeout(4, Duration::from_millis(1)).err();
    /// assert_eq!(late, Some(ClaimTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn claim_timeout(&mut self, n: usize, timeout: Duration) -> Result<Claim<'_, T>, ClaimTimeoutError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimTimeoutError::TooLarge { requested: n, capacity });
        }
        if self.is_closed() || !self.wait_for_room(n, super::builder::deadline(timeout)) {
            return Err(match self.is_closed() {
                true => ClaimTimeoutError::Closed,
                false => ClaimTimeoutError::Timeout,
            });
        }
        Ok(Claim::new(self, n))
    }

    /// Claims at most `n` slots, as one slice to be filled in place, waiting until there is at least one
    /// (for `n` of 0 the claim is empty).
    ///
    /// # Errors
    /// `Closed` when the consumer is gone.
    ///
    /// ```
    /// let (mut producer, _consumer) = ringfold::spsc::with_capacity::<u8>(4)?;
    /// assert_eq!(producer.claim_up_to(1000).unwrap().capacity(), 4);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn claim_up_to(&mut self, n: usize) -> Result<Claim<'_, T>, Closed> {
        if self.is_closed() || !self.wait_for_room(n.min(1), None) {
            return Err(Closed(()));
        }
        let n = self.room_for(n);
        Ok(Claim::new(self, n))
    }

    /// How many slots are vacant: exact or, while the consumer reads, too few. Takes `&mut self` because it
    /// remembers what it saw.
    ///
    /// ```
    /// let (mut producer, _consumer) = ringfold::spsc::with_capacity(4)?;
    /// producer.push('x').unwrap();
    /// assert_eq!(producer.free(), 3);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn free(&mut self) -> usize {
        self.look_for_room() as usize
    }

    /// How many items the ring holds: what was asked for.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.link.ring().capacity
    }

    /// Closes the ring without dropping the handle: the consumer reads what is there and is then told
    /// `Closed`. Pushing afterwards gives `Closed` too. Closing twice is closing once.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// producer.push(1).unwrap();
    /// producer.close();
    /// assert!(producer.push(2).is_err());
    /// assert_eq!(consumer.iter().collect::<Vec<_>>(), [1]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn close(&mut self) {
        self.link.leave(PRODUCER);
    }

    /// Whether pushing has become pointless: the consumer is gone, or this half was [closed](Self::close).
    #[inline(always)]
    pub fn is_closed(&self) -> bool {
        self.link.shared().attention.seems_gone(PRODUCER | CONSUMER)
    }

    /// What memory the ring really got: by which way, in which pages, why not as asked. `None` for zero-sized
    /// items, which need none, and for inline rings.
    ///
    /// ```
    /// use ringfold::{memory::{HugePages, Options}, spsc};
    /// let options = Options::new().huge_pages(HugePages::Try);
    /// let (producer, _consumer) = spsc::builder::<u8>(4 << 20).options(options).build()?;
    /// let info = producer.memory().expect("bytes need memory");
    /// if let Some(why) = &info.huge_refused {
    ///     eprintln!("no huge pages: {why}");
    /// }
    /// assert!(info.bytes >= 4 << 20);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.link.ring().memory()
    }

    /// What this ring has done so far. Costs nothing but the call.
    ///
    /// ```
    /// let (mut producer, _consumer) = ringfold::spsc::with_capacity(1)?;
    /// producer.push(1).unwrap();
    /// producer.try_push(2).unwrap_err();
    /// assert_eq!((producer.stats().pushed, producer.stats().times_full), (1, 1));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.link.shared().stats()
    }

    /// A view of this ring's figures for others: metrics, a progress line. It keeps the ring neither open nor in memory.
    #[cfg(feature = "std")]
    pub fn watch(&self) -> Watch {
        self.link.watch()
    }

    pub(super) fn link(&self) -> &Link<T> {
        &self.link
    }

    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Moves `item` in and publishes it. There is room.
    #[inline(always)]
    fn write(&mut self, item: T) {
        debug_assert!(self.room() > 0);
        // SAFETY: the slot is vacant and this producer's (invariants 3 and 5: `cursor < limit`).
        unsafe { self.link.slots.write(self.cursor, item) };
        self.link.slots.hand_over(self.cursor);
        self.publish(1);
    }

    fn copy_in(&mut self, items: &[T])
    where
        T: Copy,
    {
        debug_assert!(items.len() as u64 <= self.room());
        // SAFETY: the slots are vacant and this producer's (invariants 3 and 5).
        unsafe { self.link.slots.copy_in(self.cursor, items) };
        self.publish(items.len());
    }

    /// Moves `first` and then more `items`, up to `run` in all, in, and publishes them together.
    #[inline(always)]
    fn write_run(&mut self, first: T, items: &mut impl Iterator<Item = T>, run: usize) -> usize {
        // SAFETY: the slots are vacant and this producer's (invariants 3 and 5: `run <= room()`).
        let slots = unsafe { &mut *self.link.slots.vacant(self.cursor, run) };
        let mut written = Written { producer: self, count: 0 };
        let Some((slot, slots)) = slots.split_first_mut() else { return 0 };
        slot.write(first);
        written.count = 1;
        for slot in slots {
            let Some(item) = items.next() else { break };
            slot.write(item);
            written.count += 1;
        }
        written.count
    }

    /// Publishes the next `count` items, which are written and in both halves of the mirror.
    #[inline(always)]
    pub(super) fn publish(&mut self, count: usize) {
        // Only zero-sized items, of which a slice can hold 2^63, ever wrap it; every comparison is a difference.
        self.cursor = self.cursor.wrapping_add(count as u64);
        let shared = self.link.shared();
        shared.producer.cursor.publish(self.cursor); // SYNC: cursor
        shared.attention.consumer_bell.ring(self.link.barrier);
    }

    /// Slots that are known to be vacant, without looking.
    #[inline(always)]
    fn room(&self) -> u64 {
        self.limit.wrapping_sub(self.cursor)
    }

    /// Looks where the consumer is; slots that are vacant now.
    #[inline]
    pub(super) fn look_for_room(&mut self) -> u64 {
        let freed = self.link.shared().consumer.cursor.observe(); // SYNC: cursor
        self.limit = freed.wrapping_add(self.capacity() as u64);
        self.room()
    }

    /// How many of `n` slots are vacant, looking only if need be.
    #[inline]
    fn room_for(&mut self, n: usize) -> usize {
        if self.room() < n as u64 {
            self.look_for_room();
        }
        usize::try_from(self.room()).map_or(n, |room| room.min(n))
    }

    /// Waits until there is any room, and a moment longer if that has paid. False when the deadline has passed
    /// or the consumer is gone.
    #[inline(always)]
    fn refill(&mut self, deadline: Option<Deadline>) -> bool {
        // By value, so that the handle itself can stay in registers.
        self.limit = wait_for_room(self.link.ring(), self.cursor, 1, deadline);
        self.room() > 0
    }

    /// Waits until there is room for `n` items, and a moment longer if that has paid. False when the deadline has
    /// passed or the consumer is gone.
    #[inline]
    fn wait_for_room(&mut self, n: usize, deadline: Option<Deadline>) -> bool {
        if self.room() < n as u64 {
            self.limit = wait_for_room(self.link.ring(), self.cursor, n as u64, deadline);
        }
        !self.is_closed() && self.room() >= n as u64
    }
}

/// Waits until there is room for `n` items, and a moment longer if that has paid; gives up when the consumer is
/// gone or the deadline has passed. Returns the limit.
#[cold]
#[inline(never)]
fn wait_for_room(ring: &Ring, cursor: u64, n: u64, deadline: Option<Deadline>) -> u64 {
    let shared = &ring.shared;
    let room = || {
        let freed = shared.consumer.cursor.observe(); // SYNC: cursor
        freed.wrapping_add(ring.capacity as u64).wrapping_sub(cursor)
    };
    // SAFETY: the cell is the producer's alone, which is who calls this; no other reference to it is alive.
    let waiting = unsafe { &mut *ring.producer_waiting.as_ptr() };
    let vacant_now = room();
    let vacant = waiting.slip.slip(vacant_now, n, room);
    if vacant_now < n {
        shared.producer.stalls.count();
    }
    if vacant >= n {
        return cursor.wrapping_add(vacant);
    }
    waiting.waiter.wait(&shared.attention.producer_bell, &shared.producer.stalls, deadline, || {
        room() >= n || shared.attention.seems_gone(CONSUMER)
    });
    cursor.wrapping_add(room())
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.link).finish()
    }
}

#[cfg(feature = "std")]
impl<T> std::panic::UnwindSafe for Producer<T> {}
#[cfg(feature = "std")]
impl<T> std::panic::RefUnwindSafe for Producer<T> {}

impl<T> Drop for Producer<T> {
    #[inline]
    fn drop(&mut self) {
        self.link.close(PRODUCER);
    }
}

/// Publishes what was written when the run is over, however it ends.
struct Written<'a, T> {
    producer: &'a mut Producer<T>,
    count: usize,
}

impl<T> Drop for Written<'_, T> {
    fn drop(&mut self) {
        let producer = &mut *self.producer;
        // SAFETY: the slots are still this producer's, and `write_run` no longer uses its slice.
        unsafe { producer.link.slots.sync(producer.cursor, self.count) };
        producer.publish(self.count);
    }
}
