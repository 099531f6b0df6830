//! The side that writes: any number of threads.

use core::{fmt, time::Duration};

use ringfold_core::{
    error::{Closed, PushTimeoutError, TryPushError},
    stats::Stats,
    sync,
    wait::{Deadline, Experience, Seat},
};

use super::{
    cells::{Cells, Found},
    shared::{Beaten, Link},
};
use crate::Watch;

/// A writing handle of a ring. Share it between threads, or clone it for each; the ring is closed for the consumers when the last
/// producer is dropped.
///
/// `Send`, `Sync` and `Clone`. A clone for each thread waits a little better than a shared handle, because it learns for itself. Pushing
/// allocates nothing, save that somebody who goes to sleep may let the list of sleepers grow.
pub struct Producer<T> {
    link: Link<T>,
    experience: Experience,
}

/// Items that go in under one claim at the most, so that a call that stalls delays few.
const RUN: u64 = 256;
/// Looks at a slot with which somebody is about to be done, before the core is offered to others.
const LOOKS: u32 = if cfg!(loom) { 0 } else { 64 };

impl<T> Producer<T> {
    pub(super) fn new(link: Link<T>) -> Self {
        Self { link, experience: Experience::new() }
    }

    /// Pushes `item` if there is room now; never waits.
    ///
    /// # Errors
    /// `Full` gives the item back when there is no room, `Closed` when all consumers are gone. As long as a consumer is in the midst of
    /// emptying the slot that comes next, the ring is full, even if others behind it are vacant.
    ///
    /// ```
    /// use ringfold::{error::TryPushError, mpmc};
    /// let (producer, consumer) = mpmc::with_capacity(1)?;
    /// assert_eq!(producer.try_push('a'), Ok(()));
    /// assert_eq!(producer.try_push('b'), Err(TryPushError::Full('b')));
    /// assert_eq!(consumer.try_pop(), Ok('a'));
    /// drop(consumer);
    /// assert_eq!(producer.try_push('c'), Err(TryPushError::Closed('c')));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_push(&self, item: T) -> Result<(), TryPushError<T>> {
        if self.is_closed() {
            return Err(TryPushError::Closed(item));
        }
        self.offer(item).map_err(|item| {
            self.link.crowd().stalls.count_shared();
            TryPushError::Full(item)
        })
    }

    /// Pushes `item`, waiting for room for as long as it takes.
    ///
    /// # Errors
    /// `Closed` gives the item back when all consumers are gone.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(2)?;
    /// let sum = std::thread::scope(|scope| {
    ///     for i in 0..4 {
    ///         let producer = &producer;
    ///         scope.spawn(move || producer.push(i).unwrap());
    ///     }
    ///     (0..4).map(|_| consumer.pop().unwrap()).sum::<i32>()
    /// });
    /// assert_eq!(sum, 6);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn push(&self, item: T) -> Result<(), Closed<T>> {
        if self.is_closed() {
            return Err(Closed(item));
        }
        match self.offer(item) {
            Ok(()) => Ok(()),
            Err(item) => self.wait_and_offer(item, None).map_err(Closed),
        }
    }

    /// Pushes `item`, waiting for room for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` gives the item back when there was no room in time, `Closed` when all consumers are gone.
    pub fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        if self.is_closed() {
            return Err(PushTimeoutError::Closed(item));
        }
        let pushed = match self.offer(item) {
            Ok(()) => Ok(()),
            Err(item) => self.wait_and_offer(item, Deadline::now().checked_add(timeout)),
        };
        pushed.map_err(|item| match self.is_closed() {
            true => PushTimeoutError::Closed(item),
            false => PushTimeoutError::Timeout(item),
        })
    }

    /// Pushes `item`, and if the ring is full puts it in place of the oldest one, which comes back; then exactly one goes out for the one that
    /// comes in. Waits for nobody, save for somebody who is in the midst of pushing or popping that very item.
    ///
    /// # Errors
    /// `Closed` gives the item back when all consumers are gone.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(2)?;
    /// assert_eq!(producer.push_overwrite(1), Ok(None));
    /// assert_eq!(producer.push_overwrite(2), Ok(None));
    /// assert_eq!(producer.push_overwrite(3), Ok(Some(1)));
    /// assert_eq!((consumer.try_pop(), consumer.try_pop()), (Ok(2), Ok(3)));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn push_overwrite(&self, mut item: T) -> Result<Option<T>, Closed<T>> {
        for looks in 0_u64.. {
            if self.is_closed() {
                break;
            }
            match self.offer(item) {
                Ok(()) => return Ok(None),
                Err(back) => item = back,
            }
            match self.displace(item) {
                Ok(oldest) => return Ok(Some(oldest)),
                Err(back) => item = back,
            }
            match looks < u64::from(LOOKS) {
                true => sync::spin_loop(),
                false => sync::yield_now(),
            }
        }
        Err(Closed(item))
    }

    /// Copies as many of `items` in as there is room for now, and returns how many those were: at most 256, and 0 also when all consumers are gone.
    /// They follow each other: no other producer's item comes in between.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(4)?;
    /// assert_eq!(producer.try_push_slice(&[1, 2, 3]), 3);
    /// assert_eq!(producer.try_push_slice(&[4, 5, 6]), 1);
    /// assert_eq!(consumer.try_pop(), Ok(1));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn try_push_slice(&self, items: &[T]) -> usize
    where
        T: Copy,
    {
        if self.is_closed() || items.is_empty() {
            return 0;
        }
        let pushed = self.offer_slice(items);
        if pushed == 0 {
            self.link.crowd().stalls.count_shared();
        }
        pushed
    }

    /// Copies all of `items` in, waiting for room for as long as it takes. Other producers' items may come in between.
    ///
    /// # Errors
    /// `Closed` says how many went in before all consumers were gone.
    ///
    /// ```
    /// let (producer, consumer) = ringfold::mpmc::with_capacity(8)?;
    /// let thread = std::thread::spawn(move || producer.push_slice(&[7; 1000]));
    /// assert_eq!(consumer.iter().sum::<i32>(), 7000);
    /// # thread.join().unwrap().unwrap();
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn push_slice(&self, items: &[T]) -> Result<(), Closed<usize>>
    where
        T: Copy,
    {
        let mut pushed = 0;
        while let Some(first) = items.get(pushed) {
            if self.is_closed() {
                return Err(Closed(pushed));
            }
            pushed += match self.offer_slice(&items[pushed..]) {
                0 => self.wait_and_offer(*first, None).map(|()| 1).map_err(|_| Closed(pushed))?,
                count => count,
            };
        }
        Ok(())
    }

    /// Pushes all of `items`, waiting for room for as long as it takes, and returns how many those were.
    ///
    /// # Errors
    /// `Closed` says how many went in before all consumers were gone, and gives back the item that did not; the rest stays in
    /// the iterator, if you pass `&mut iterator`.
    pub fn push_iter(&self, items: impl IntoIterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        let mut pushed = 0;
        for item in items {
            self.push(item).map_err(|Closed(item)| Closed((pushed, item)))?;
            pushed += 1;
        }
        Ok(pushed)
    }

    /// How many slots are vacant now; at some moment during the call, if others are at work.
    pub fn free(&self) -> usize {
        self.capacity() - self.len()
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

    /// Whether all consumers are gone, so that pushing is in vain.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.link.ring().consumers.seem_gone()
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

    /// Claims the next place and fills it, if its slot is vacant.
    #[inline(always)]
    fn offer(&self, item: T) -> Result<(), T> {
        let ring = self.link.ring();
        let mut beaten = Beaten::never();
        loop {
            let place = ring.claimed.glance();
            match ring.cells.look_for_room(place) {
                Found::Ready if ring.claimed.advance(place, ring.cells.after(place, 1)) => {
                    ring.cells.prefetch_ahead(place);
                    // SAFETY: the slot was found ready, and then the place was claimed.
                    unsafe { ring.cells.fill(place, item) };
                    ring.wake_consumers(self.link.barrier);
                    return Ok(());
                }
                Found::NotYet => return Err(item),
                Found::Ready | Found::Past => beaten.hold_still(),
            }
        }
    }

    /// As [`offer`](Self::offer), for as many places as there are vacant slots in a row.
    fn offer_slice(&self, items: &[T]) -> usize
    where
        T: Copy,
    {
        let ring = self.link.ring();
        let most = (items.len() as u64).min(RUN);
        let mut beaten = Beaten::never();
        loop {
            let mut place = ring.claimed.glance();
            let count = ring.cells.count_ready(place, most, Cells::look_for_room);
            if count == 0 && ring.cells.look_for_room(place) == Found::NotYet {
                return 0;
            }
            if count == 0 || !ring.claimed.advance(place, ring.cells.after(place, count)) {
                beaten.hold_still();
                continue;
            }
            for item in &items[..count as usize] {
                // SAFETY: the slots were found ready, and then the places claimed, all of them.
                unsafe { ring.cells.fill(place, *item) };
                place = ring.cells.after(place, 1);
            }
            ring.wake_consumers(self.link.barrier);
            return count as usize;
        }
    }

    /// If the ring is full: takes the oldest item and puts `item` into the same slot, at the other end of the order.
    ///
    /// The slot that comes next for the producers is the oldest item's. As long as that item is there nobody can claim the
    /// place; and whoever has taken the item has the slot, and so the place, to himself.
    fn displace(&self, item: T) -> Result<T, T> {
        let ring = self.link.ring();
        let place = ring.claimed.glance();
        let Some(oldest) = ring.cells.lap_before(place) else { return Err(item) };
        let is_full = ring.cells.look_for_item(oldest) == Found::Ready;
        if !is_full || !ring.taken.advance(oldest, ring.cells.after(oldest, 1)) {
            return Err(item);
        }
        ring.claimed.advance_alone(ring.cells.after(place, 1));
        // SAFETY: the item was found ready, and then its place was taken; nobody else can claim `place`, as said above.
        let oldest = unsafe { ring.cells.exchange(place, item) };
        ring.wake_consumers(self.link.barrier);
        Ok(oldest)
    }

    /// Gives the item back when all consumers are gone or the deadline has passed.
    #[cold]
    #[inline(never)]
    fn wait_and_offer(&self, mut item: T, deadline: Option<Deadline>) -> Result<(), T> {
        let (ring, crowd, barrier) = (self.link.ring(), self.link.crowd(), self.link.barrier);
        crowd.stalls.count_shared();
        let (mut waiter, mut slip) = self.experience.recall(crowd.strategy, barrier, ring.cells.slip());
        ring.cells.hold_still(&mut slip, ring.claimed.glance(), Cells::look_for_room);
        // Kept until the item is in: then others get what is left.
        let seat = Seat::new(&crowd.lobby, 1, || ring.room_for_sleepers());
        let pushed = loop {
            match self.offer(item) {
                Ok(()) => break Ok(()),
                Err(back) => item = back,
            }
            let ready = || ring.has_room() || ring.consumers.seem_gone();
            let in_time = waiter.wait(&seat, &crowd.stalls, deadline, ready);
            if ring.consumers.seem_gone() || !in_time {
                break Err(item);
            }
        };
        self.experience.remember(&waiter, &slip);
        // While the item has a name: if a waker panics here, it is dropped and not leaked.
        drop(seat);
        pushed
    }
}

impl<T> Clone for Producer<T> {
    /// One more producer of the same ring; allocates nothing.
    fn clone(&self) -> Self {
        Self::new(self.link.clone())
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.link).finish()
    }
}

impl<T> std::panic::UnwindSafe for Producer<T> {}
impl<T> std::panic::RefUnwindSafe for Producer<T> {}
