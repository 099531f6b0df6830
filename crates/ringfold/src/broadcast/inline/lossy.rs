//! The side that reads, and that nobody waits for.

use core::fmt;

use bytemuck::NoUninit;
use ringfold_core::{stats::Stalls, wait::Waiter};

use super::shared::{self, Ring};
use crate::broadcast::{RecvError, TryRecvError, pressure::pressure};

/// A reader of a [`Static`](super::Static) that never holds the producer back. It gets copies of the events; when it is too slow it loses
/// some, and is told how many. No copy is ever torn. `Send`.
pub struct StaticLossyReader<E> {
    /// The next event to be read.
    cursor: u64,
    missed: u64,
    ring: Ring<E>,
    waiter: Waiter,
    stalls: Stalls,
}

impl<E: NoUninit> StaticLossyReader<E> {
    pub(super) fn new(ring: Ring<E>) -> Self {
        let cursor = ring.shared.cursor.glance();
        Self { cursor, missed: 0, ring, waiter: shared::waiter(), stalls: Stalls::new() }
    }

    /// The next event, if there is one now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is none, `Lagged` when it was overwritten, and perhaps others behind it, `Closed` when there is no producer and
    /// everything was read. After `Lagged` the reader goes on with an event that is likely to stay for a while.
    ///
    /// ```
    /// use ringfold::broadcast::{self, TryRecvError};
    ///
    /// static RING: broadcast::Static<u64, 4> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe_lossy();
    /// for i in 0..10 {
    ///     producer.publish(|event| *event = i); // never waits for it
    /// }
    /// let Err(TryRecvError::Lagged { missed }) = reader.try_recv() else { panic!("it was too slow") };
    /// assert_eq!(reader.try_recv(), Ok(missed)); // the first that is left
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<E, TryRecvError> {
        let shared = self.ring.shared;
        // SYNC: cursor
        if shared.cursor.observe() <= self.cursor {
            self.find_event()?;
        }
        // SAFETY: the cell holds an event, whose bytes are all initialised (invariants 4 and 5), and is written in words only.
        let event = unsafe { self.ring.slots.load_words(self.cursor) };
        if !shared.is_intact(self.cursor, self.ring.capacity) {
            return Err(self.skip());
        }
        self.cursor += 1;
        // SAFETY: it was not overwritten while it was loaded, so it is the very event that was published (invariant 5).
        Ok(unsafe { event.assume_init() })
    }

    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// `Lagged` when it was overwritten, and perhaps others behind it, `Closed` when there is no producer and everything was read.
    pub fn recv(&mut self) -> Result<E, RecvError> {
        loop {
            match self.try_recv() {
                Ok(event) => return Ok(event),
                Err(TryRecvError::Lagged { missed }) => return Err(RecvError::Lagged { missed }),
                Err(TryRecvError::Closed) => return Err(RecvError::Closed),
                Err(TryRecvError::Empty) => {}
            }
            let Self { ring, cursor, waiter, stalls, .. } = self;
            let is_ready = || ring.shared.cursor.glance() > *cursor || ring.shared.is_closed();
            shared::wait(waiter, stalls, is_ready);
        }
    }

    /// Closed only if there is still nothing after the producer was seen to be gone.
    #[cold]
    fn find_event(&mut self) -> Result<(), TryRecvError> {
        let is_closed = self.is_closed(); // SYNC: gone
        // SYNC: cursor
        if self.ring.shared.cursor.observe() > self.cursor {
            return Ok(());
        }
        self.stalls.count();
        Err(if is_closed { TryRecvError::Closed } else { TryRecvError::Empty })
    }

    /// Goes on with an event that is there, and says how many were missed.
    #[cold]
    fn skip(&mut self) -> TryRecvError {
        let oldest = self.ring.oldest();
        // A little further than need be, but to nothing that is not published yet.
        let published = self.ring.shared.cursor.glance();
        let next = (oldest + self.ring.step()).min(published).max(oldest);
        let missed = next.saturating_sub(self.cursor);
        self.cursor += missed;
        self.missed += missed;
        TryRecvError::Lagged { missed }
    }
}

impl<E> StaticLossyReader<E> {
    /// The sequence of the next event that this reader will see, if it is quick enough.
    pub fn sequence(&self) -> u64 {
        self.cursor
    }

    /// How many events this reader was told to have missed, in all.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// How many events were published that this reader has neither read nor missed yet.
    pub fn lag(&self) -> u64 {
        self.ring.shared.cursor.glance().saturating_sub(self.cursor)
    }

    /// How near this reader is to losing events: 0.0 when it has seen everything, 1.0 when it has lost some.
    pub fn pressure(&self) -> f32 {
        pressure(self.lag(), self.ring.capacity)
    }

    /// Whether there is no producer now, so that nothing will follow what was published before another one is taken.
    pub fn is_closed(&self) -> bool {
        self.ring.shared.is_closed() // SYNC: gone
    }

    /// How many events the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }
}

impl<E> fmt::Debug for StaticLossyReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticLossyReader")
            .field("sequence", &self.cursor)
            .field("missed", &self.missed)
            .field("ring", &self.ring)
            .finish()
    }
}
