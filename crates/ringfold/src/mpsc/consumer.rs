//! The side that reads.

use core::{fmt, iter::FusedIterator, time::Duration};

use ringfold_core::{
    error::{Closed, PeekError, PeekTimeoutError, PopTimeoutError, TryPopError},
    slots::Slots,
    stats::Stats,
    wait::{Deadline, Doorbell},
};

use super::{
    View,
    shared::{Link, Ring},
};
use crate::{Watch, marks::Mark, shown::Shown};

/// The reading half of a ring. Dropping it closes the ring: the producers are told, and what was not read is dropped with the
/// last handle. So to stop the producers early, drop the consumer.
///
/// `Send`, but neither `Sync` nor `Clone`: there is exactly one reader. Nothing here allocates.
pub struct Consumer<T> {
    /// The next sequence to read. Between calls everything before it is released, unless an iterator over a view was forgotten;
    /// then the next release makes up for it.
    cursor: u64,
    /// What can be popped without looking ends here: at `found`, or at the seam if a view has shown what lies behind it.
    end: u64,
    /// How far the marks have been read: there are items from `cursor` to here, without a gap.
    found: u64,
    /// What a view has shown behind the seam.
    shown: Shown,
    link: Link<T>,
}

/// Items between two releases inside one call, and marks read ahead by a call that wants one item.
const RUN: u64 = 256;

impl<T> Consumer<T> {
    pub(super) fn new(link: Link<T>, start: u64) -> Self {
        Self { cursor: start, end: start, found: start, shown: Shown::nothing(), link }
    }

    /// Pops the oldest item if there is one now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be.
    ///
    /// ```
    /// use ringfold::{error::TryPopError, mpsc};
    /// let (mut producer, mut consumer) = mpsc::with_capacity(8)?;
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    /// producer.push(7).unwrap();
    /// drop(producer);
    /// assert_eq!(consumer.try_pop(), Ok(7));
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        if self.cursor == self.end && self.look_for(1) == 0 {
            self.look_again()?;
        }
        Ok(self.take())
    }

    /// Pops the oldest item, waiting for one for as long as it takes.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    #[inline]
    pub fn pop(&mut self) -> Result<T, Closed> {
        if self.cursor == self.end && !self.refill(1, None) {
            return Err(Closed(()));
        }
        Ok(self.take())
    }

    /// Pops the oldest item, waiting for one for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when all producers are gone and everything was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PopTimeoutError, mpsc};
    /// let (_producer, mut consumer) = mpsc::with_capacity::<u8>(8)?;
    /// assert_eq!(consumer.pop_timeout(Duration::from_millis(1)), Err(PopTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        let deadline = Deadline::now().checked_add(timeout);
        if self.cursor == self.end && !self.refill(1, deadline) {
            self.last_look().map_err(|error| match error {
                TryPopError::Closed => PopTimeoutError::Closed,
                TryPopError::Empty => PopTimeoutError::Timeout,
            })?;
        }
        Ok(self.take())
    }

    /// Copies the oldest items into `target`, as many as there are now and as fit, and returns how many those were: 0 when there
    /// is nothing. Never waits; to wait, [`peek_at_least`](Self::peek_at_least).
    pub fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        let count = target.len().min(self.look_for_some(target.len() as u64) as usize);
        // SAFETY: the items are there (`look_for_some`); nothing is released before the copy is done.
        target[..count].copy_from_slice(unsafe { self.link.slots.items(self.cursor, count) });
        self.cursor += count as u64;
        self.release();
        count
    }

    /// Everything that is there now, as one slice; perhaps an empty one. Never waits.
    ///
    /// It ends where a claim is still open, even if what other producers have put behind that is committed.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(4)?;
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
        let count = self.look_for_some(u64::MAX) as usize;
        self.show(count)
    }

    /// At least `count` items, as one slice, which is all that is there; waits until there are so many. For 0 it never waits and
    /// never fails.
    ///
    /// A producer that waits for `n` slots while this waits for `count` items wait for each other for ever, unless `n + count` is
    /// at most the capacity plus one.
    ///
    /// # Errors
    /// `TooLarge` when the ring does not hold that many, `Closed` when all producers are gone and left fewer; those stay to be
    /// read by [`peek`](Self::peek).
    ///
    /// ```
    /// use ringfold::{error::PeekError, mpsc};
    /// let (mut producer, mut consumer) = mpsc::with_capacity(8)?;
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
        if self.look_for(u64::MAX) < count as u64 && !self.refill(count as u64, None) {
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
    /// use ringfold::{error::PeekTimeoutError, mpsc};
    /// let (mut producer, mut consumer) = mpsc::with_capacity(8)?;
    /// producer.push_slice(b"abc").unwrap();
    /// let wait = Duration::from_millis(1);
    /// assert_eq!(&*consumer.peek_at_least_timeout(3, wait).unwrap(), b"abc");
    /// let late = consumer.peek_at_least_timeout(4, wait).err();
    /// assert_eq!(late, Some(PeekTimeoutError::Timeout { available: 3 }));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn peek_at_least_timeout(
        &mut self,
        count: usize,
        timeout: Duration,
    ) -> Result<View<'_, T>, PeekTimeoutError> {
        let capacity = self.capacity();
        if count > capacity {
            return Err(PeekTimeoutError::TooLarge { requested: count, capacity });
        }
        let deadline = Deadline::now().checked_add(timeout);
        if self.look_for(u64::MAX) < count as u64 && !self.refill(count as u64, deadline) {
            // The last producer may have left since; then what it had claimed and never committed counts as nothing.
            let is_closed = self.is_closed();
            let available = match is_closed {
                true => self.look_for_last(u64::MAX) as usize,
                false => self.known() as usize,
            };
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

    /// Moves everything that is there now out, handing each item to `f`, and returns how many those were. Never waits.
    ///
    /// Slots are given back in batches of at most 256 items, and when the call ends, also by a panic of `f`; the item on which `f`
    /// panicked is gone, those after it stay.
    ///
    /// ```
    /// let (mut producer, mut consumer) = ringfold::mpsc::with_capacity(8)?;
    /// producer.push_slice(&[1, 2, 3]).unwrap();
    /// let mut sum = 0;
    /// assert_eq!(consumer.drain(|i| sum += i), 3);
    /// assert_eq!(sum, 6);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn drain(&mut self, mut f: impl FnMut(T)) -> usize {
        let total = self.look_for_some(u64::MAX);
        let mut left = total;
        while left > 0 {
            let run = left.min(RUN);
            self.drain_run(run as usize, &mut f);
            left -= run;
        }
        total as usize
    }

    /// Pops items for as long as there are any, waiting for each; ends when the ring is closed and read.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter { consumer: self }
    }

    /// How many items can be read: exact or, while producers write, too few. Takes `&mut self` because it remembers what
    /// it saw.
    pub fn len(&mut self) -> usize {
        match self.look_for(u64::MAX) {
            0 if self.is_closed() => self.look_for_last(u64::MAX) as usize,
            known => known as usize,
        }
    }

    /// Whether there is nothing to read now.
    pub fn is_empty(&mut self) -> bool {
        self.look_for(1) == 0 && (!self.is_closed() || self.look_for_last(1) == 0)
    }

    /// How many items the ring holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.link.ring().capacity
    }

    /// Whether all producers are gone, so that nothing will follow what is there.
    pub fn is_closed(&self) -> bool {
        self.link.ring().shared.attention.producers_are_gone() // SYNC: producers
    }

    /// What this ring has done so far. `pushed` and `popped` count slots, those of aborted claims too.
    pub fn stats(&self) -> Stats {
        self.link.ring().stats()
    }

    /// A view of this ring's figures for others: metrics, a progress line. It keeps the ring neither open nor in memory.
    pub fn watch(&self) -> Watch {
        self.link.watch()
    }

    /// What memory the ring really got; see [`Producer::memory`](super::Producer::memory).
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
            self.end = self.cursor + before as u64;
        }
        View::new(self, count)
    }

    /// The next `count` items are there, also where `end` was kept before them.
    #[inline(always)]
    pub(super) fn know(&mut self, count: usize) {
        self.end = self.end.max(self.cursor + count as u64);
    }

    /// Before looking for more: makes whole what a view has shown, and gives back what a forgotten iterator has moved out.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        self.shown.make_whole(&self.link.slots, self.cursor);
        if self.link.ring().shared.consumer.cursor.glance() != self.cursor {
            self.release();
        }
    }

    /// Moves the next item out, without giving its slot back yet. There is one.
    #[inline(always)]
    pub(super) fn take_unreleased(&mut self) -> T {
        // SAFETY: the item is there (invariant 2) and, with the cursor moved, never read again.
        let item = unsafe { self.link.slots.read(self.cursor) };
        self.cursor += 1;
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
        let ring = self.link.ring();
        ring.shared.consumer.cursor.publish(self.cursor); // SYNC: cursor
        ring.shared.attention.lobby.ring(self.link.barrier, || ring.room());
    }

    /// Drops the next `count` items, which are there, and gives their slots back.
    #[inline]
    pub(super) fn discard(&mut self, count: usize) {
        let from = self.cursor;
        self.know(count);
        // Past them before the first destructor runs, so that a panic cannot lead to a second drop.
        self.cursor += count as u64;
        let released = Released(self);
        // SAFETY: the items are there (invariant 2), and the cursor is past them.
        unsafe { released.0.link.slots.drop_items(from, count) };
    }

    #[inline(always)]
    fn drain_run(&mut self, count: usize, f: &mut impl FnMut(T)) {
        // SAFETY: the items are there (invariant 2).
        let items = unsafe { self.link.slots.items(self.cursor, count) };
        let mut taken = Taken { consumer: self, count: 0 };
        for item in items {
            // SAFETY: the item is read here and, being counted as taken, never again.
            let item = unsafe { core::ptr::read(item) };
            taken.count += 1;
            f(item);
        }
    }

    /// Items that are known to be there.
    #[inline(always)]
    fn known(&self) -> u64 {
        self.found - self.cursor
    }

    /// Reads marks until `wanted` items are known or the next claim is open, and returns how many are.
    ///
    /// Tombstones are stepped over; where items lie before one, those move up to what lies behind it, so that all are one slice.
    #[inline]
    pub(super) fn look_for(&mut self, wanted: u64) -> u64 {
        self.settle();
        let most = wanted.max(RUN);
        loop {
            self.found = self.link.ring().marks.items_from(self.found, most);
            self.end = self.found;
            if self.known() >= wanted {
                return self.known();
            }
            match self.link.ring().marks.read(self.found) {
                Mark::Aborted(end) => self.step_over(end),
                Mark::Items(_) => {}
                Mark::Open => return self.known(),
            }
        }
    }

    /// Nothing will ever be in the slots from `found` to `end`: moves the items before them up, and gives as many slots back.
    #[cold]
    fn step_over(&mut self, end: u64) {
        let by = end - self.found;
        // SAFETY: the slots from the cursor to `end` are the consumer's: items first (invariant 2), then those of a claim that has
        // ended; that is less than a lap. Nothing refers to them (`settle`).
        unsafe { self.link.slots.shift(self.cursor, self.known() as usize, by as usize) };
        self.cursor += by;
        self.found = end;
        self.end = end;
        self.release();
    }

    /// As [`look_for`](Self::look_for) for a call that takes what there is, and counts as a stall if that is nothing.
    #[inline(always)]
    fn look_for_some(&mut self, wanted: u64) -> u64 {
        match self.look_for(wanted) {
            0 if wanted > 0 && self.look_again().is_ok() => self.look_for(wanted),
            known => known,
        }
    }

    /// As [`last_look`](Self::last_look), and counts as a stall if there is nothing.
    #[cold]
    #[inline(never)]
    pub(super) fn look_again(&mut self) -> Result<(), TryPopError> {
        self.last_look().inspect_err(|_| self.link.ring().shared.consumer.stalls.count())
    }

    /// After nothing was found: that may be the end, or there is something behind a claim that was forgotten (ok). The end only if there is
    /// still nothing after the producers were seen to be gone: their last items may have come in between.
    fn last_look(&mut self) -> Result<(), TryPopError> {
        if !self.is_closed() {
            Err(TryPopError::Empty)
        } else if self.look_for_last(1) > 0 {
            Ok(())
        } else {
            Err(TryPopError::Closed)
        }
    }

    /// As [`look_for`](Self::look_for), once all producers are gone: steps over claims that were forgotten, too.
    #[cold]
    pub(super) fn look_for_last(&mut self, wanted: u64) -> u64 {
        loop {
            let known = self.look_for(wanted);
            let ring = self.link.ring();
            let claimed = ring.shared.producers.glance();
            if known >= wanted || self.found == claimed {
                return known;
            }
            self.step_over(ring.marks.skip_open(self.found, claimed));
        }
    }

    /// Waits until there are `count` items, and a moment longer if that has paid. False when the deadline has passed or all producers are gone
    /// and left fewer.
    #[inline(always)]
    fn refill(&mut self, count: u64, deadline: Option<Deadline>) -> bool {
        self.settle();
        loop {
            // By value, so that the handle itself can stay in registers.
            let slots = self.link.slots.clone();
            let looked = wait_for_items(self.link.ring(), &slots, self.cursor, self.found, count, deadline);
            (self.found, self.end) = (looked.found, looked.found);
            if self.known() >= count {
                return true;
            }
            if looked.timed_out {
                return self.look_for(count) >= count;
            }
            if self.is_closed() {
                return self.look_for_last(count) >= count;
            }
            // A tombstone; or less than `count`.
            if self.look_for(count) >= count {
                return true;
            }
        }
    }
}

/// What `select` needs: looking at several rings, and sleeping at all of them.
impl<T> Consumer<T> {
    /// Whether there is an item now; if not, why.
    pub(crate) fn look(&mut self) -> Result<(), TryPopError> {
        if self.look_for(1) > 0 { Ok(()) } else { self.last_look() }
    }

    /// Where this side sleeps.
    pub(crate) fn bell(&self) -> &Doorbell {
        &self.link.ring().shared.attention.consumer_bell
    }
}

/// How far there are items, and whether the time was over.
struct Looked {
    found: u64,
    timed_out: bool,
}

/// Reads the marks from `found` on; if there are no `count` items from `cursor` on, waits until something changes: the next claim is
/// committed or aborted, all producers are gone, or the deadline has passed.
#[cold]
#[inline(never)]
fn wait_for_items<T>(
    ring: &Ring,
    slots: &Slots<T>,
    cursor: u64,
    mut found: u64,
    count: u64,
    deadline: Option<Deadline>,
) -> Looked {
    let shared = &ring.shared;
    // SAFETY: the cell is the consumer's alone, which is who calls this; no other reference to it is alive.
    let waiting = unsafe { &mut *ring.consumer_waiting.as_ptr() };
    let mut look = || {
        found = ring.marks.items_from(found, ring.capacity as u64);
        found - cursor
    };
    let there_now = look();
    let there = waiting.slip.slip(there_now, count, look);
    if there_now < count {
        shared.consumer.stalls.count();
    }
    if there >= count {
        return Looked { found, timed_out: false };
    }
    let in_time =
        waiting.waiter.wait(&shared.attention.consumer_bell, &shared.consumer.stalls, deadline, || {
            // The item's line is on its way while the mark's is: one trip instead of two.
            slots.prefetch(found);
            ring.marks.read(found) != Mark::Open || shared.attention.producers_seem_gone()
        });
    found = ring.marks.items_from(found, ring.capacity as u64);
    Looked { found, timed_out: !in_time }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.link).finish()
    }
}

impl<T> std::panic::UnwindSafe for Consumer<T> {}
impl<T> std::panic::RefUnwindSafe for Consumer<T> {}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.shown.make_whole(&self.link.slots, self.cursor);
        // Not `release`: leaving wakes the producers anyway, and a waker that panics must not keep this from it.
        self.link.ring().shared.consumer.cursor.publish(self.cursor); // SYNC: cursor
        self.link.leave_as_consumer(self.found);
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
        self.consumer.cursor += self.count as u64;
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
