//! The side that reads.

#[cfg(feature = "std")]
use core::time::Duration;
use core::{fmt, iter::FusedIterator};

use ringfold_core::{
    error::{Closed, PeekError, TryPopError},
    slots::Slots,
    stats::Stats,
    wait::Deadline,
};

#[cfg(feature = "std")]
use ringfold_core::{
    error::{PeekTimeoutError, PopTimeoutError},
    wait::Doorbell,
};

use super::{
    View,
    shared::{CONSUMER, Link, PRODUCER, Ring},
};
#[cfg(feature = "std")]
use crate::Watch;
use crate::shown::Shown;

/// The reading half of a ring. Dropping it closes the ring: the producer is told, and what was not read
/// is dropped with the second handle. So to stop a producer early, drop the consumer.
///
/// `Send`, but neither `Sync` nor `Clone`: there is exactly one reader. Nothing here allocates.
pub struct Consumer<T> {
    /// The next sequence to read. Between calls everything before it is released, unless an iterator
    /// over a view was forgotten; then the next release makes up for it (invariant 4).
    cursor: u64,
    /// The first sequence that is not known to be there: the producer's cursor, as last observed.
    end: u64,
    /// What a view has shown behind the seam. `end` stays before it until it is made whole, so that the fast path need
    /// not ask.
    shown: Shown,
    link: Link<T>,
}

/// Items between two releases inside one call.
const RUN: u64 = 1024;

impl<T> Consumer<T> {
    pub(super) fn new(link: Link<T>, start: u64) -> Self {
        Self { cursor: start, end: start, shown: Shown::nothing(), link }
    }

    /// Pops the oldest item if there is one now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be.
    ///
    /// ```
    /// use ringfold::{error::TryPopError, spsc};
    /// let (mut producer, mut consumer) = spsc::with_capacity(8)?;
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    /// producer.push(7).unwrap();
    /// drop(producer);
    /// assert_eq!(consumer.try_pop(), Ok(7));
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline(always)]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        if self.cursor == self.end && self.look_for_items() == 0 {
            return Err(self.why_empty());
        }
        Ok(self.take())
    }

    /// Pops the oldest item, waiting for one for as long as it takes.
    ///
    /// # Errors
    /// `Closed` when the producer is gone and everything was read.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(8)?;
    /// std::thread::spawn(move || producer.push("hello"));
    /// assert_eq!(consumer.pop(), Ok("hello"));
    /// assert!(consumer.pop().is_err(), "the producer is gone");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline(always)]
    pub fn pop(&mut self) -> Result<T, Closed> {
        if self.cursor == self.end && !self.refill(None) {
            return Err(Closed(()));
        }
        Ok(self.take())
    }

    /// Pops the oldest item, waiting for one for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when the producer is gone and everything was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PopTimeoutError, spsc};
    /// let (_producer, mut consumer) = spsc::with_capacity::<u8>(8)?;
    /// assert_eq!(consumer.pop_timeout(Duration::from_millis(1)), Err(PopTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        let deadline = super::builder::deadline(timeout);
        if self.cursor == self.end && !self.refill(deadline) {
            return Err(match self.is_closed() && self.look_for_items() == 0 {
                true => PopTimeoutError::Closed,
                false => PopTimeoutError::Timeout,
            });
        }
        Ok(self.take())
    }

    /// Copies the oldest items into `target`, as many as there are now and as fit, and returns how many
    /// those were: 0 when there is nothing. Never waits; to wait, [`peek_at_least`](Self::peek_at_least).
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(8)?;
    /// producer.push_slice(&[1, 2, 3]).unwrap();
    /// let mut two = [0; 2];
    /// assert_eq!(consumer.pop_slice(&mut two), 2);
    /// assert_eq!(two, [1, 2]);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        if self.known() < target.len() as u64 {
            self.look_for_many(target.len());
        }
        let count = target.len().min(self.known() as usize);
        // SAFETY: the items are there (invariants 2 and 5); nothing is released before the copy is done.
        target[..count].copy_from_slice(unsafe { self.link.slots.items(self.cursor, count) });
        if count == 0 && !target.is_empty() {
            self.link.shared().consumer.stalls.count();
        }
        self.cursor = self.cursor.wrapping_add(count as u64);
        self.release();
        count
    }

    /// Everything that is there now, as one slice; perhaps an empty one. Never waits.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(4)?;
    /// for i in 0..6 {
    ///     producer.push(i).unwrap();
    ///     if i < 2 {
    ///         consumer.try_pop().unwrap();
    ///     }
    /// }
    /// assert_eq!(&*consumer.peek(), &[2, 3, 4, 5], "one slice, wrap or no wrap");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use = "a view changes nothing before `consume`"]
    pub fn peek(&mut self) -> View<'_, T> {
        let count = self.look_for_items() as usize;
        if count == 0 {
            self.link.shared().consumer.stalls.count();
        }
        self.show(count)
    }

    /// At least `count` items, as one slice, which is all that this half knows of; waits until there are so many.
    /// (It looks for more only if it has to; [`peek`](Self::peek) always does.) For 0 it never waits and never fails, so `while let Ok(..) = peek_at_least(0)` never ends.
    ///
    /// A producer that waits for `n` slots ([`Producer::claim`](super::Producer::claim)) while this waits for
    /// `count` items wait for each other for ever, unless `n + count` is at most the capacity plus one.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not hold that many, `Closed` when the producer is gone and left
    /// fewer; those stay to be read by [`peek`](Self::peek).
    ///
    /// ```
    /// use ringfold::{error::PeekError, spsc};
    /// let (mut producer, mut consumer) = spsc::with_capacity(8)?;
    /// producer.push_slice(b"abc").unwrap();
    /// drop(producer);
    /// assert_eq!(&*consumer.peek_at_least(3).unwrap(), b"abc");
    /// assert_eq!(consumer.peek_at_least(4).unwrap_err(), PeekError::Closed { available: 3 });
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn peek_at_least(&mut self, count: usize) -> Result<View<'_, T>, PeekError> {
        let capacity = self.capacity();
        if count > capacity {
            return Err(PeekError::TooLarge { requested: count, capacity });
        }
        if !self.wait_for_many(count, None) {
            return Err(PeekError::Closed { available: self.known() as usize });
        }
        let count = self.known() as usize;
        Ok(self.show(count))
    }

    /// As [`peek_at_least`](Self::peek_at_least), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when there were fewer items until the time was over; the others as for
    /// [`peek_at_least`](Self::peek_at_least).
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PeekTimeoutError, spsc};
    /// let (mut producer, mut consumer) = spsc::with_capacity(8)?;
    /// producer.push_slice(b"abc").unwrap();
    /// let wait = Duration::from_millis(1);
    /// assert_eq!(&*consumer.peek_at_least_timeout(3, wait).unwrap(), b"abc");
    /// let late = consumer.peek_at_least_timeout(4, wait).err();
    /// assert_eq!(late, Some(PeekTimeoutError::Timeout { available: 3 }));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn peek_at_least_timeout(
        &mut self,
        count: usize,
        timeout: Duration,
    ) -> Result<View<'_, T>, PeekTimeoutError> {
        let capacity = self.capacity();
        if count > capacity {
            return Err(PeekTimeoutError::TooLarge { requested: count, capacity });
        }
        if !self.wait_for_many(count, super::builder::deadline(timeout)) {
            let is_closed = self.is_closed();
            // What came just before it closed counts.
            let available = self.look_for_items() as usize;
            if available < count {
                return Err(match is_closed {
                    true => PeekTimeoutError::Closed { available },
                    false => PeekTimeoutError::Timeout { available },
                });
            }
        }
        let count = self.known() as usize;
        Ok(self.show(count))
    }

    /// Moves everything that is there now out, handing each item to `f`, and returns how many those were.
    /// Never waits.
    ///
    /// Slots are given back in batches of at most 1024 items, and when the call ends, also by a panic of
    /// `f`; the item on which `f` panicked is gone, those after it stay.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(8)?;
    /// producer.push_slice(&[1, 2, 3]).unwrap();
    /// let mut sum = 0;
    /// assert_eq!(consumer.drain(|i| sum += i), 3);
    /// assert_eq!(sum, 6);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn drain(&mut self, mut f: impl FnMut(T)) -> usize {
        let total = self.look_for_many(usize::MAX);
        let mut left = total;
        if total == 0 {
            self.link.shared().consumer.stalls.count();
        }
        while left > 0 {
            let run = left.min(RUN);
            self.drain_run(run as usize, &mut f);
            left -= run;
        }
        total as usize
    }

    /// Pops items for as long as there are any, waiting for each; ends when the ring is closed and read.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(2)?;
    /// std::thread::spawn(move || producer.push_iter('a'..='e').unwrap());
    /// assert_eq!(consumer.iter().collect::<String>(), "abcde");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter { consumer: self }
    }

    /// How many items can be read: exact or, while the producer writes, too few. Takes `&mut self` because it
    /// remembers what it saw.
    pub fn len(&mut self) -> usize {
        self.look_for_items() as usize
    }

    /// Whether there is nothing to read now.
    pub fn is_empty(&mut self) -> bool {
        self.look_for_items() == 0
    }

    /// How many items the ring holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.link.ring().capacity
    }

    /// Whether the producer is gone, so that nothing will follow what is there.
    pub fn is_closed(&self) -> bool {
        self.link.shared().attention.is_gone(PRODUCER) // SYNC: gone
    }

    /// What this ring has done so far. Costs nothing but the call.
    pub fn stats(&self) -> Stats {
        self.link.shared().stats()
    }

    /// A view of this ring's figures for others: metrics, a progress line. It keeps the ring neither open nor in memory.
    #[cfg(feature = "std")]
    pub fn watch(&self) -> Watch {
        self.link.watch()
    }

    /// What memory the ring really got; see [`Producer::memory`](super::Producer::memory).
    #[cfg(feature = "std")]
    pub fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.link.ring().memory()
    }

    pub(super) fn link(&self) -> &Link<T> {
        &self.link
    }

    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// A view of the next `count` items, which are there.
    #[inline(always)]
    fn show(&mut self, count: usize) -> View<'_, T> {
        let before = self.shown.note(&self.link.slots, self.cursor, count);
        if before < count {
            self.end = self.cursor.wrapping_add(before as u64);
        }
        View::new(self, count)
    }

    /// The next `count` items are there, also where `end` was kept before them.
    #[inline(always)]
    pub(super) fn know(&mut self, count: usize) {
        if self.known() < count as u64 {
            self.end = self.cursor.wrapping_add(count as u64);
        }
    }

    /// Before looking for more: makes whole what a view has shown, and gives back what a forgotten iterator has
    /// moved out.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        self.shown.make_whole(&self.link.slots, self.cursor);
        if self.link.shared().consumer.cursor.glance() != self.cursor {
            self.release();
        }
    }

    /// Moves the next item out, without giving its slot back yet. There is one.
    #[inline(always)]
    pub(super) fn take_unreleased(&mut self) -> T {
        // SAFETY: the item is there (invariants 2 and 5) and, with the cursor moved, never read again.
        let item = unsafe { self.link.slots.read(self.cursor) };
        self.cursor = self.cursor.wrapping_add(1);
        item
    }

    #[inline(always)]
    fn take(&mut self) -> T {
        let item = self.take_unreleased();
        self.release();
        item
    }

    /// Gives back every slot whose item was moved out.
    #[inline(always)]
    pub(super) fn release(&mut self) {
        let shared = self.link.shared();
        shared.consumer.cursor.publish(self.cursor); // SYNC: cursor
        shared.attention.producer_bell.ring(self.link.barrier);
    }

    /// Drops the next `count` items, which are there, and gives their slots back.
    #[inline]
    pub(super) fn discard(&mut self, count: usize) {
        let from = self.cursor;
        self.know(count);
        // Past them before the first destructor runs, so that a panic cannot lead to a second drop.
        self.cursor = self.cursor.wrapping_add(count as u64);
        let released = Released(self);
        // SAFETY: the items are there (invariants 2 and 5), and the cursor is past them.
        unsafe { released.0.link.slots.drop_items(from, count) };
    }

    #[inline(always)]
    fn drain_run(&mut self, count: usize, f: &mut impl FnMut(T)) {
        // SAFETY: the items are there (invariants 2 and 5).
        let items = unsafe { self.link.slots.items(self.cursor, count) };
        let mut taken = Taken { consumer: self, count: 0 };
        for item in items {
            // SAFETY: the item is read here and, being counted as taken, never again.
            let item = unsafe { core::ptr::read(item) };
            taken.count += 1;
            f(item);
        }
    }

    /// Items that are known to be there, without looking.
    #[inline(always)]
    pub(crate) fn known(&self) -> u64 {
        self.end.wrapping_sub(self.cursor)
    }

    /// Looks where the producer is; items that are there now.
    #[inline]
    pub(super) fn look_for_items(&mut self) -> u64 {
        self.settle();
        self.end = self.link.shared().producer.cursor.observe(); // SYNC: cursor
        self.known()
    }

    /// Why there was nothing to read. Closed only if there is still nothing after the producer was seen
    /// to be gone: its last items may have come in between.
    #[cold]
    #[inline(never)]
    pub(super) fn why_empty(&mut self) -> TryPopError {
        self.link.shared().consumer.stalls.count();
        match self.is_closed() && self.look_for_items() == 0 {
            true => TryPopError::Closed,
            false => TryPopError::Empty,
        }
    }

    /// Waits until there are `count` items, and a moment longer if that has paid. False when the deadline has passed
    /// or the producer is gone.
    #[inline]
    fn wait_for_many(&mut self, count: usize, deadline: Option<Deadline>) -> bool {
        // After a view across the seam `end` stands at the seam, in the midst of what was published together.
        let all_known = self.shown.is_nothing() && self.known() >= count as u64;
        if !all_known && self.look_for_items() < count as u64 {
            let slots = self.link.slots.clone();
            self.end = wait_for_items(self.link.ring(), &slots, self.cursor, count as u64, deadline);
        }
        self.known() >= count as u64
    }

    /// Waits until there is an item, and a moment longer if that has paid. False when the deadline has passed
    /// or the ring is closed and read.
    #[inline(always)]
    fn refill(&mut self, deadline: Option<Deadline>) -> bool {
        self.settle();
        // By value, so that the handle itself can stay in registers.
        let slots = self.link.slots.clone();
        self.end = wait_for_items(self.link.ring(), &slots, self.cursor, 1, deadline);
        self.known() > 0
    }

    /// Looks for more than is known, and holds still for a moment if that has paid and there was something.
    #[inline]
    fn look_for_many(&mut self, wanted: usize) -> u64 {
        if self.look_for_items() > 0 && self.known() < wanted as u64 {
            self.end = slip(self.link.ring(), self.cursor, self.known());
        }
        self.known()
    }
}

/// What `lanes` and `select` need: looking at several rings, and sleeping at all of them.
#[cfg(feature = "std")]
impl<T> Consumer<T> {
    /// Pops the next item, if one is known; does not look for more.
    #[inline(always)]
    pub(crate) fn pop_known(&mut self) -> Option<T> {
        if self.cursor == self.end { None } else { Some(self.take()) }
    }

    /// Looks for more, and then knows of at most so many; returns of how many.
    #[inline]
    pub(crate) fn look_for_up_to(&mut self, most: u64) -> u64 {
        let there = self.look_for_items().min(most);
        self.end = self.cursor.wrapping_add(there);
        there
    }

    /// Items that are there now, without remembering it. No order: whoever wants to read them looks.
    #[inline]
    pub(crate) fn backlog(&self) -> u64 {
        self.link.shared().producer.cursor.glance().wrapping_sub(self.cursor)
    }

    /// Whether the producer is gone. No order: whoever waits only wants to stop.
    #[inline]
    pub(crate) fn seems_closed(&self) -> bool {
        self.link.shared().attention.seems_gone(PRODUCER)
    }

    /// Where this side sleeps.
    pub(crate) fn bell(&self) -> &Doorbell {
        &self.link.shared().attention.consumer_bell
    }
}

/// Waits until there are `count` items, and a moment longer if that has paid; gives up when the producer is
/// gone or the deadline has passed. Returns where the items end.
#[cold]
#[inline(never)]
fn wait_for_items<T>(
    ring: &Ring,
    slots: &Slots<T>,
    cursor: u64,
    count: u64,
    deadline: Option<Deadline>,
) -> u64 {
    let shared = &ring.shared;
    let there = || shared.producer.cursor.observe().wrapping_sub(cursor); // SYNC: cursor
    // SAFETY: the cell is the consumer's alone, which is who calls this; no other reference to it is alive.
    let waiting = unsafe { &mut *ring.consumer_waiting.as_ptr() };
    let there_now = there();
    let found = waiting.slip.slip(there_now, count, there);
    if there_now < count {
        shared.consumer.stalls.count();
    }
    if found >= count {
        return cursor.wrapping_add(found);
    }
    waiting.waiter.wait(&shared.attention.consumer_bell, &shared.consumer.stalls, deadline, || {
        // The item's line is on its way while the cursor's line is: one trip instead of two.
        slots.prefetch(cursor);
        there() >= count || shared.attention.seems_gone(PRODUCER)
    });
    // The producer's last items may have come just before it left: gone first, cursor second.
    let _gone = shared.attention.is_gone(PRODUCER); // SYNC: gone
    cursor.wrapping_add(there())
}

/// `found` items were there: holds still for a moment, if that has paid of late. Returns where the items end.
#[cold]
#[inline(never)]
fn slip(ring: &Ring, cursor: u64, found: u64) -> u64 {
    // SAFETY: the cell is the consumer's alone, which is who calls this; no other reference to it is alive.
    let waiting = unsafe { &mut *ring.consumer_waiting.as_ptr() };
    // SYNC: cursor
    let look = || ring.shared.producer.cursor.observe().wrapping_sub(cursor);
    cursor.wrapping_add(waiting.slip.slip(found, 1, look))
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.link).finish()
    }
}

#[cfg(feature = "std")]
impl<T> std::panic::UnwindSafe for Consumer<T> {}
#[cfg(feature = "std")]
impl<T> std::panic::RefUnwindSafe for Consumer<T> {}

impl<T> Drop for Consumer<T> {
    #[inline]
    fn drop(&mut self) {
        self.shown.make_whole(&self.link.slots, self.cursor);
        // Not `release`: closing wakes the producer anyway, and a waker that panics must not keep this from it.
        self.link.shared().consumer.cursor.publish(self.cursor); // SYNC: cursor
        self.link.close(CONSUMER);
    }
}

/// Gives the slots back when the items are dropped, however that ends.
struct Released<'a, T>(&'a mut Consumer<T>);

impl<T> Drop for Released<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Gives back the slots of the items that were taken when the run is over, however it ends.
struct Taken<'a, T> {
    consumer: &'a mut Consumer<T>,
    count: usize,
}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.consumer.cursor = self.consumer.cursor.wrapping_add(self.count as u64);
        self.consumer.release();
    }
}

/// Pops items, waiting for each; see [`Consumer::iter`].
pub struct Iter<'a, T> {
    consumer: &'a mut Consumer<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.consumer.pop().ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("consumer", &self.consumer).finish()
    }
}
