//! The side that reads: any number of threads.

use core::{fmt, iter::FusedIterator, time::Duration};

use ringfold_core::{
    error::{Closed, PopTimeoutError, TryPopError},
    stats::Stats,
    wait::{Deadline, Experience, Seat},
};

use super::{
    cells::{Cells, Found},
    shared::{Beaten, Link},
};
use crate::Watch;

/// A reading handle of a ring. Share it between threads, or clone it for each; each item goes to one of them. Dropping the last one closes the
/// ring: the producers are told, and what was not read is dropped with the last handle of either side.
///
/// `Send`, `Sync` and `Clone`. A clone for each thread waits a little better than a shared handle, because it learns for itself. Popping
/// allocates nothing, save that somebody who goes to sleep may let the list of sleepers grow.
pub struct Consumer<T> {
    link: Link<T>,
    experience: Experience,
}

/// Items that are taken at once at the most, so that a call that stalls delays few.
const RUN: u64 = 256;

impl<T> Consumer<T> {
    pub(super) fn new(link: Link<T>) -> Self {
        Self { link, experience: Experience::new() }
    }

    /// Pops the oldest item if there is one now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be. As long as a producer is in the midst of pushing the
    /// item that comes next, the ring is empty, even if others behind it are there.
    ///
    /// ```
    /// use ringfold::{error::TryPopError, mpmc};
    /// let (producer, consumer) = mpmc::with_capacity(8)?;
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    /// producer.push(7).unwrap();
    /// drop(producer);
    /// assert_eq!(consumer.try_pop(), Ok(7));
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_pop(&self) -> Result<T, TryPopError> {
        match self.take() {
            Some(item) => Ok(item),
            None => {
                self.link.crowd().stalls.count_shared();
                self.take_last()
            }
        }
    }

    /// Pops the oldest item, waiting for one for as long as it takes.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    #[inline]
    pub fn pop(&self) -> Result<T, Closed> {
        match self.take() {
            Some(item) => Ok(item),
            None => self.wait_and_take(None).map_err(|_| Closed(())),
        }
    }

    /// Pops the oldest item, waiting for one for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when all producers are gone and everything was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PopTimeoutError, mpmc};
    /// let (_producer, consumer) = mpmc::with_capacity::<u8>(8)?;
    /// assert_eq!(consumer.pop_timeout(Duration::from_millis(1)), Err(PopTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError> {
        if let Some(item) = self.take() {
            return Ok(item);
        }
        self.wait_and_take(Deadline::now().checked_add(timeout)).map_err(|error| match error {
            TryPopError::Closed => PopTimeoutError::Closed,
            TryPopError::Empty => PopTimeoutError::Timeout,
        })
    }

    /// Copies the oldest items into `target`, as many as there are now and as fit, at most 256, and returns how many those were: 0 when
    /// there is nothing. Never waits. They were pushed one behind the other.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(8)?;
    /// producer.push_slice(&[1, 2, 3]).unwrap();
    /// let mut items = [0; 2];
    /// assert_eq!((consumer.pop_slice(&mut items), items), (2, [1, 2]));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_slice(&self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        if target.is_empty() {
            return 0;
        }
        let popped = self.take_slice(target);
        if popped == 0 {
            self.link.crowd().stalls.count_shared();
        }
        popped
    }

    /// Pops as many items as are there when it is called, or fewer where others pop too, handing each to `f`, and returns how many those
    /// were. Never waits. Each item's slot is given back before `f` runs; if `f` panics, the items after that one stay.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(8)?;
    /// producer.push_slice(&[1, 2, 3]).unwrap();
    /// let mut sum = 0;
    /// assert_eq!(consumer.drain(|i| sum += i), 3);
    /// assert_eq!(sum, 6);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn drain(&self, mut f: impl FnMut(T)) -> usize {
        let most = self.len();
        for popped in 0..most {
            let Some(item) = self.take() else { return popped };
            f(item);
        }
        most
    }

    /// Pops items for as long as there are any, waiting for each; ends when the ring is closed and read.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { consumer: self }
    }

    /// How many items are in the ring now; at some moment during the call, if others are at work. Items that are just being
    /// pushed or popped count.
    pub fn len(&self) -> usize {
        self.link.ring().len() as usize
    }

    /// Whether there is nothing in the ring now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items the ring holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.link.ring().cells.capacity() as usize
    }

    /// Whether all producers are gone, so that nothing will follow what is there.
    pub fn is_closed(&self) -> bool {
        self.link.ring().producers.are_gone() // SYNC: present
    }

    /// What this ring has done so far. An item that was overwritten counts as popped.
    pub fn stats(&self) -> Stats {
        self.link.ring().stats()
    }

    /// A view of this ring's figures for others: metrics, a progress line. It keeps the ring neither open nor in memory.
    pub fn watch(&self) -> Watch
    where
        T: Send + 'static,
    {
        self.link.watch()
    }

    pub(super) fn link(&self) -> &Link<T> {
        &self.link
    }

    /// Takes the next place and empties its slot, if the item is there.
    #[inline(always)]
    pub(super) fn take(&self) -> Option<T> {
        let ring = self.link.ring();
        let mut beaten = Beaten::never();
        loop {
            let place = ring.taken.glance();
            match ring.cells.look_for_item(place) {
                Found::Ready if ring.taken.advance(place, ring.cells.after(place, 1)) => {
                    ring.cells.prefetch_ahead(place);
                    // SAFETY: the item was found ready, and then its place was taken.
                    let item = unsafe { ring.cells.vacate(place) };
                    ring.wake_producers(self.link.barrier);
                    return Some(item);
                }
                Found::NotYet => return None,
                Found::Ready | Found::Past => beaten.hold_still(),
            }
        }
    }

    /// As [`take`](Self::take), for as many places as have their items in a row.
    fn take_slice(&self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        let ring = self.link.ring();
        let most = (target.len() as u64).min(RUN);
        let mut beaten = Beaten::never();
        loop {
            let mut place = ring.taken.glance();
            let count = ring.cells.count_ready(place, most, Cells::look_for_item);
            if count == 0 && ring.cells.look_for_item(place) == Found::NotYet {
                return 0;
            }
            if count == 0 || !ring.taken.advance(place, ring.cells.after(place, count)) {
                beaten.hold_still();
                continue;
            }
            for item in &mut target[..count as usize] {
                // SAFETY: the items were found ready, and then their places taken, all of them.
                *item = unsafe { ring.cells.vacate(place) };
                place = ring.cells.after(place, 1);
            }
            ring.wake_producers(self.link.barrier);
            return count as usize;
        }
    }

    /// There was nothing: why, or after all the last item. Closed only if there is still nothing after the producers were seen to be gone: their
    /// last items may have come in between.
    #[cold]
    pub(super) fn take_last(&self) -> Result<T, TryPopError> {
        match self.is_closed() {
            true => self.take().ok_or(TryPopError::Closed),
            false => Err(TryPopError::Empty),
        }
    }

    /// Empty when the deadline has passed.
    #[cold]
    #[inline(never)]
    fn wait_and_take(&self, deadline: Option<Deadline>) -> Result<T, TryPopError> {
        let (ring, crowd, barrier) = (self.link.ring(), self.link.crowd(), self.link.barrier);
        crowd.stalls.count_shared();
        let (mut waiter, mut slip) = self.experience.recall(crowd.strategy, barrier, ring.cells.slip());
        ring.cells.hold_still(&mut slip, ring.taken.glance(), Cells::look_for_item);
        // Kept until the item is out: then others get what is left.
        let seat = Seat::new(&crowd.lobby, 1, || ring.items_for_sleepers());
        let popped = loop {
            if let Some(item) = self.take() {
                break Ok(item);
            }
            let ready = || ring.has_item() || ring.producers.seem_gone();
            let in_time = waiter.wait(&seat, &crowd.stalls, deadline, ready);
            if !in_time || ring.producers.seem_gone() {
                break self.take_last();
            }
        };
        self.experience.remember(&waiter, &slip);
        // While the item has a name: if a waker panics here, it is dropped and not leaked.
        drop(seat);
        popped
    }
}

impl<T> Clone for Consumer<T> {
    /// One more consumer of the same ring; allocates nothing.
    fn clone(&self) -> Self {
        Self::new(self.link.clone())
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.link).finish()
    }
}

impl<T> std::panic::UnwindSafe for Consumer<T> {}
impl<T> std::panic::RefUnwindSafe for Consumer<T> {}

/// Pops items, waiting for each; see [`Consumer::iter`].
pub struct Iter<'a, T> {
    consumer: &'a Consumer<T>,
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
