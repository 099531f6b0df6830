//! The side that reads, and that the producer waits for.

use core::{fmt, time::Duration};

use ringfold_core::{
    error::{Closed, PopTimeoutError},
    slots::Slots,
    sync::Arc,
    wait::{Deadline, Seat, WaitStrategy},
};

use super::{
    Batch, ReaderStats, Subscriber, Upstream,
    pressure::{self, pressure},
    shared::{Place, Ring, Waiting},
    subscription::sealed::Seated,
};

/// A gated reader: it sees every event, and the producer never overwrites one that it has not released.
///
/// `Send`, but not `Clone`: a [`Subscriber`] makes more of them. Dropping it, also by a panic, releases the gate; the producer and the
/// readers that come [after](super::Subscription::after) it go on without it. A reader that is forgotten (`mem::forget`) holds them up for
/// ever. Nothing here allocates.
pub struct Reader<E> {
    /// The first event that is not released.
    cursor: u64,
    /// The first event that is not known to be there.
    end: u64,
    slots: Slots<E>,
    ring: Arc<Ring<E>>,
    place: Arc<Place>,
    /// Those that must have released an event before this one sees it. None: whatever is published is seen.
    upstream: Vec<Arc<Place>>,
    waiting: Box<Waiting>,
}

impl<E> Reader<E> {
    /// It has joined at `start`.
    pub(super) fn new(
        ring: Arc<Ring<E>>,
        place: Arc<Place>,
        upstream: Vec<Arc<Place>>,
        strategy: WaitStrategy,
    ) -> Self {
        let waiting = Box::new(ring.waiting(strategy));
        let cursor = place.cursor().glance();
        Self { cursor, end: cursor, slots: ring.slots.clone(), ring, place, upstream, waiting }
    }

    /// Everything that is there now, as one slice; perhaps nothing. Never waits.
    ///
    /// Dropping the batch releases it.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u32>(4).build()?;
    /// let mut reader = producer.subscribe();
    /// for i in 0..6 {
    ///     producer.publish(|event| *event = i).unwrap();
    ///     if i == 1 {
    ///         assert_eq!(reader.poll().len(), 2);
    ///     }
    /// }
    /// assert_eq!(&*reader.poll(), &[2, 3, 4, 5], "one slice, wrap or no wrap");
    /// assert!(reader.poll().is_empty());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use = "dropping the batch releases it"]
    pub fn poll(&mut self) -> Batch<'_, E> {
        self.poll_up_to(usize::MAX)
    }

    /// As [`poll`](Self::poll), but at most `n` events; what is beyond stays.
    #[inline]
    #[must_use = "dropping the batch releases it"]
    pub fn poll_up_to(&mut self, n: usize) -> Batch<'_, E> {
        if self.known() < n as u64 && self.look() == 0 {
            self.place.stalls().count();
        }
        self.place.found(self.known());
        self.show(n)
    }

    /// Everything that is there, as one slice of at least one event; waits until there is one.
    ///
    /// # Errors
    /// `Closed` when the producer is gone and everything was read.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u64>(64).build()?;
    /// let mut readers = [producer.subscribe(), producer.subscribe()];
    /// std::thread::scope(|scope| {
    ///     for reader in &mut readers {
    ///         scope.spawn(move || {
    ///             let mut sum = 0;
    ///             while let Ok(events) = reader.recv() {
    ///                 sum += events.iter().sum::<u64>();
    ///             }
    ///             assert_eq!(sum, 500_500);
    ///         });
    ///     }
    ///     for i in 1..=1000 {
    ///         producer.publish(|event| *event = i).expect("somebody reads");
    ///     }
    ///     drop(producer);
    /// });
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Result<Batch<'_, E>, Closed> {
        self.recv_up_to(usize::MAX)
    }

    /// As [`recv`](Self::recv), but at most `n` events, or one if `n` is 0; what is beyond stays.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv).
    #[inline]
    pub fn recv_up_to(&mut self, n: usize) -> Result<Batch<'_, E>, Closed> {
        if !self.refill(n, None) {
            return Err(Closed(()));
        }
        Ok(self.show(n.max(1)))
    }

    /// As [`recv`](Self::recv), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when the producer is gone and everything was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{broadcast, error::PopTimeoutError};
    /// let producer = broadcast::builder::<u8>(4).build()?;
    /// let mut reader = producer.subscribe();
    /// let wait = Duration::from_millis(1);
    /// assert_eq!(reader.recv_timeout(wait).err(), Some(PopTimeoutError::Timeout));
    /// drop(producer);
    /// assert_eq!(reader.recv_timeout(wait).err(), Some(PopTimeoutError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Batch<'_, E>, PopTimeoutError> {
        if !self.refill(usize::MAX, super::deadline(timeout)) {
            return Err(match self.is_over() {
                true => PopTimeoutError::Closed,
                false => PopTimeoutError::Timeout,
            });
        }
        Ok(self.show(usize::MAX))
    }

    /// The sequence of the next event that this reader will see.
    pub fn sequence(&self) -> u64 {
        self.cursor
    }

    /// How many events were published that this reader has not released, those too that readers before it hold back. Of several producers those
    /// that are being written count too.
    #[inline]
    pub fn lag(&self) -> u64 {
        self.ring.newest().saturating_sub(self.cursor)
    }

    /// How much of the ring this reader occupies: 0.0 when it has seen everything, 1.0 when the producer has to wait for it. While a batch is held
    /// it is borrowed; ask a [`Subscriber`] from outside then ([`readers`](Subscriber::readers)).
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u8>(10).build()?;
    /// let mut reader = producer.subscribe();
    /// producer.publish_batch(9, |_| ()).unwrap();
    /// assert_eq!(reader.pressure(), 0.9);
    /// assert!(reader.is_under_pressure() && reader.should_throttle());
    /// drop(reader.poll_up_to(1));
    /// assert!(!reader.is_under_pressure());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pressure(&self) -> f32 {
        pressure(self.lag(), self.ring.capacity)
    }

    /// Whether this reader is so far behind that somebody should look: [pressure](Self::pressure) above 0.8.
    pub fn is_under_pressure(&self) -> bool {
        pressure::is_high(self.pressure())
    }

    /// Whether this reader is so far behind that the producer should do less: [pressure](Self::pressure) of at least 0.9.
    pub fn should_throttle(&self) -> bool {
        pressure::is_too_high(self.pressure())
    }

    /// Whether the producer is gone, so that nothing will follow what was published.
    pub fn is_closed(&self) -> bool {
        self.ring.attention.producers_are_gone() // SYNC: gone
    }

    /// How many events the ring holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }

    /// What this reader has done so far.
    pub fn stats(&self) -> ReaderStats {
        ReaderStats::of(&self.ring, &self.place)
    }

    /// Something to subscribe from.
    pub fn subscriber(&self) -> Subscriber<E> {
        Subscriber::new(&self.ring)
    }

    pub(super) fn is_held_back(&self) -> bool {
        self.ring.is_held_back(&self.upstream, self.cursor)
    }

    /// Whether it may be worth another look, after [`is_held_back`](Self::is_held_back) was asked and without a look since: a look may exchange those before it.
    pub(super) fn may_have(&self) -> bool {
        self.ring.may_have(&self.upstream, self.cursor, self.ring.bound(&self.upstream, self.cursor))
    }

    pub(super) fn ring(&self) -> &Arc<Ring<E>> {
        &self.ring
    }

    pub(super) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// The next `count` events, which are there.
    #[inline(always)]
    pub(super) fn events(&self, count: usize) -> &[E] {
        debug_assert!(count as u64 <= self.known());
        // SAFETY: the events are there, and the producer does not overwrite them before they are released (invariants 1 and 2).
        unsafe { self.slots.items(self.cursor, count) }
    }

    /// Gives the next `count` events back.
    #[inline(always)]
    pub(super) fn release(&mut self, count: usize) {
        self.cursor += count as u64;
        self.place.cursor().publish(self.cursor); // SYNC: cursor
        self.ring.wake_others(self.cursor);
    }

    #[inline(always)]
    fn show(&mut self, n: usize) -> Batch<'_, E> {
        let count = usize::try_from(self.known()).map_or(n, |known| known.min(n));
        Batch::new(self, count)
    }

    /// Events that are known to be there, without looking.
    #[inline(always)]
    fn known(&self) -> u64 {
        self.end - self.cursor
    }

    /// Looks for more; events that are there now.
    #[inline(always)]
    pub(super) fn look(&mut self) -> u64 {
        self.end = self.ring.end(&self.upstream, self.end);
        if self.end == self.cursor {
            self.step_over();
        }
        self.known()
    }

    /// Steps over claims that were aborted. Where a reader before this one has left, it comes after those before that one.
    #[cold]
    #[inline(never)]
    fn step_over(&mut self) {
        loop {
            if self.upstream.iter().any(|place| place.has_left()) {
                self.upstream = self.ring.upstream(&self.place);
            }
            self.end = self.ring.end(&self.upstream, self.end);
            if self.end > self.cursor {
                return;
            }
            let to = self.ring.behind_gap(&self.upstream, self.cursor);
            if to == self.cursor {
                return;
            }
            self.end = to;
            self.release((to - self.cursor) as usize);
        }
    }

    /// Looks for more, and waits if there is nothing; holds still for a moment if there is little and that has paid. False when the deadline
    /// has passed or all is over.
    #[inline(always)]
    fn refill(&mut self, n: usize, deadline: Option<Deadline>) -> bool {
        if self.known() < n as u64 {
            let found = self.look();
            let Self { ring, upstream, waiting, cursor, end, .. } = self;
            let look = || ring.end(upstream, *end) - *cursor;
            self.end = *cursor + waiting.slip.slip(found, 1, look);
        }
        if self.known() == 0 {
            self.wait(deadline);
        }
        self.place.found(self.known());
        self.known() > 0
    }

    #[cold]
    #[inline(never)]
    fn wait(&mut self, deadline: Option<Deadline>) {
        self.place.stalls().count();
        let mut in_time = true;
        loop {
            if self.look() > 0 || !in_time || self.is_over() || self.place.is_halted() {
                return;
            }
            // It may be woken, by one before it that leaves for instance, and yet find nothing.
            in_time = self.sleep(deadline) && deadline.is_none_or(|deadline| Deadline::now() < deadline);
        }
    }

    /// Whether nothing will come any more. If it says so, there is nothing left: the last events may have come just before the producer left.
    pub(super) fn is_over(&mut self) -> bool {
        self.is_closed() && self.ring.newest() <= self.cursor
    }

    /// Waits until there may be something; false when the deadline has passed.
    fn sleep(&mut self, deadline: Option<Deadline>) -> bool {
        let Self { ring, upstream, waiting, cursor, place, slots, .. } = self;
        let is_ready = || {
            // The event's line is on its way while the cursor's line is: one trip instead of two.
            slots.prefetch(*cursor);
            // The bound first: who was seen to have released an event makes sure that it is seen.
            ring.may_have(upstream, *cursor, ring.bound(upstream, *cursor)) || place.is_halted()
        };
        // It wants nothing for itself, and owes nothing to others when it is woken.
        let seat = Seat::new(ring.lobby(ring.is_held_back(upstream, *cursor)), 0, || 0);
        waiting.waiter.wait(&seat, place.stalls(), deadline, is_ready)
    }
}

impl<E> Seated<E> for Reader<E> {
    #[expect(private_interfaces, reason = "only the room itself can call it")]
    fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>) {
        (&self.ring, &self.place)
    }
}

impl<E> Upstream<E> for Reader<E> {}

impl<E> fmt::Debug for Reader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("sequence", &self.cursor).field("ring", &self.ring).finish()
    }
}

impl<E> std::panic::UnwindSafe for Reader<E> {}
impl<E> std::panic::RefUnwindSafe for Reader<E> {}

impl<E> Drop for Reader<E> {
    fn drop(&mut self) {
        self.ring.leave(&self.place);
    }
}
