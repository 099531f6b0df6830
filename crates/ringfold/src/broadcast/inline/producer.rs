//! The side that writes.

use core::{cmp::min, fmt, ptr::NonNull};

use bytemuck::NoUninit;
use ringfold_core::{
    error::{ClaimError, Full},
    wait::Waiter,
};

use super::shared::{self, Ring};
use crate::broadcast::Stats;

/// The writing half of a [`Static`](super::Static). There is one at a time; dropping it closes the ring until another one is taken: the readers
/// still read what is there.
///
/// `Send`. Where no gated reader is there it never waits, and events are overwritten in their turn. A reader that was forgotten
/// (`mem::forget`) keeps its place and never goes on: only [`try_publish`](Self::try_publish) gets by that.
pub struct StaticProducer<E> {
    /// The next sequence to write.
    cursor: u64,
    /// The first sequence that may not be written.
    limit: u64,
    ring: Ring<E>,
    draft: NonNull<[E]>,
    waiter: Waiter,
}

// SAFETY: the draft is this producer's alone (`new`), and travels with it; readers on other threads look at the events that it writes
// (`Sync`), and copy them (`Send`).
unsafe impl<E: Send + Sync> Send for StaticProducer<E> {}

impl<E: NoUninit> StaticProducer<E> {
    /// The only producer of `ring`.
    ///
    /// # Safety
    /// The right to produce was taken, and until this is dropped `draft`, which is as long as the ring and holds events, belongs to it.
    pub(super) unsafe fn new(ring: Ring<E>, draft: NonNull<[E]>) -> Self {
        let cursor = ring.shared.cursor.glance();
        Self { cursor, limit: cursor, ring, draft, waiter: shared::waiter() }
    }

    /// Publishes one event, which `write` writes, and returns its sequence; waits for room for as long as it takes, that is until the
    /// slowest gated reader has released a slot.
    ///
    /// The event holds whatever an earlier one left there, or the blank; write all that matters. If `write` panics, nothing is published.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<[u32; 2], 8> = broadcast::Static::new([0; 2]);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe().unwrap();
    /// std::thread::spawn(move || {
    ///     for i in 0..100 {
    ///         producer.publish(|event| *event = [i, !i]); // waits for the reader
    ///     }
    /// });
    /// let mut expected = 0;
    /// while let Ok(events) = reader.recv() {
    ///     for event in &events {
    ///         assert_eq!(*event, [expected, !expected]);
    ///         expected += 1;
    ///     }
    /// }
    /// assert_eq!(expected, 100);
    /// ```
    #[inline]
    pub fn publish(&mut self, write: impl FnOnce(&mut E)) -> u64 {
        self.wait_for(1);
        self.write(1, |draft| draft.first_mut().map(write))
    }

    /// As [`publish`](Self::publish) if there is room now; never waits, and calls `write` only if there is.
    ///
    /// # Errors
    /// `Full` when the slowest gated reader is a whole ring behind.
    ///
    /// ```
    /// use ringfold::{broadcast, error::Full};
    ///
    /// static RING: broadcast::Static<u8, 1> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe().unwrap();
    /// assert_eq!(producer.try_publish(|event| *event = 1), Ok(0));
    /// assert_eq!(producer.try_publish(|event| *event = 2), Err(Full(())));
    /// drop(reader.poll()); // releases it
    /// assert_eq!(producer.try_publish(|event| *event = 2), Ok(1));
    /// ```
    #[inline]
    pub fn try_publish(&mut self, write: impl FnOnce(&mut E)) -> Result<u64, Full<()>> {
        if !self.has_room(1) {
            self.ring.shared.stalls.count();
            return Err(Full(()));
        }
        Ok(self.write(1, |draft| draft.first_mut().map(write)))
    }

    /// Publishes `n` events at once, which `write` writes as one slice, and returns the sequence of the first; waits until there is room
    /// for all. The readers see all of them or none; if `write` panics, none.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that.
    ///
    /// ```
    /// use ringfold::{broadcast, error::ClaimError};
    ///
    /// static RING: broadcast::Static<u8, 4> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe().unwrap();
    /// assert_eq!(producer.publish_batch(3, |events| events.copy_from_slice(b"abc")), Ok(0));
    /// assert_eq!(&*reader.poll(), b"abc");
    /// let error = producer.publish_batch(5, |_| ()).unwrap_err();
    /// assert_eq!(error, ClaimError::TooLarge { requested: 5, capacity: 4 });
    /// ```
    pub fn publish_batch(&mut self, n: usize, write: impl FnOnce(&mut [E])) -> Result<u64, ClaimError> {
        let capacity = self.ring.capacity;
        if n > capacity {
            return Err(ClaimError::TooLarge { requested: n, capacity });
        }
        self.wait_for(n as u64);
        Ok(self.write(n, write))
    }

    /// Drafts, and publishes what was drafted, for which there is room.
    #[inline]
    fn write<T>(&mut self, count: usize, write: impl FnOnce(&mut [E]) -> T) -> u64 {
        // SAFETY: the draft is this producer's, for as long as it lives, and holds events (`new`).
        let draft = unsafe { &mut self.draft.as_mut()[..count] };
        write(draft);
        for (event, sequence) in draft.iter().zip(self.cursor..) {
            // SAFETY: the slot is before the limit, so no gated reader reads it (invariants 2 and 3), and lossy ones load words;
            // events have no padding (`NoUninit`), and words are aligned (invariant 6).
            unsafe { self.ring.slots.store_words(sequence, event) };
        }
        let first = self.cursor;
        self.cursor += count as u64;
        self.ring.shared.cursor.publish(self.cursor); // SYNC: cursor
        first
    }

    /// Waits until the `wanted` slots behind the cursor may be written.
    #[inline]
    fn wait_for(&mut self, wanted: u64) {
        while !self.has_room(wanted) {
            let Self { ring, waiter, cursor, .. } = self;
            let stalls = &ring.shared.stalls;
            stalls.count();
            shared::wait(waiter, stalls, || ring.gate(*cursor) >= *cursor + wanted); // SYNC: place
        }
    }

    /// Whether the `wanted` slots behind the cursor may be written.
    #[inline]
    fn has_room(&mut self, wanted: u64) -> bool {
        self.cursor + wanted <= self.limit || self.refill(wanted)
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, wanted: u64) -> bool {
        let end = self.ring.gate(self.cursor); // SYNC: place
        if end < self.cursor + wanted {
            return false;
        }
        let shared = self.ring.shared;
        // Never less than before: perhaps somebody has started behind that.
        let limit = min(end, self.cursor + self.ring.step().max(wanted)).max(shared.granted());
        shared.grant(limit); // SYNC: join, SYNC: overwrite
        // Once more, because somebody may have joined who has not seen the grant.
        self.limit = min(limit, self.ring.gate(self.cursor)); // SYNC: place
        self.cursor + wanted <= self.limit
    }
}

impl<E> StaticProducer<E> {
    /// How many events can be published without waiting: exact or, while readers read, too few.
    pub fn free(&self) -> usize {
        self.ring.gate(self.cursor).saturating_sub(self.cursor) as usize // SYNC: place
    }

    /// How many events the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }

    /// The sequence of the next event.
    pub fn sequence(&self) -> u64 {
        self.cursor
    }

    /// What this ring has done so far; of its readers only the gated ones are counted.
    pub fn stats(&self) -> Stats {
        let shared = self.ring.shared;
        Stats {
            failed: 0,
            published: self.cursor,
            readers: self.ring.readers(),
            depth: (self.ring.capacity - self.free()) as u64,
            times_full: shared.stalls.times(),
            producer_stalled: shared.stalls.time(),
        }
    }
}

impl<E> fmt::Debug for StaticProducer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StaticProducer").field(&self.ring).finish()
    }
}

impl<E> Drop for StaticProducer<E> {
    fn drop(&mut self) {
        self.ring.shared.return_producer(); // SYNC: gone
    }
}
