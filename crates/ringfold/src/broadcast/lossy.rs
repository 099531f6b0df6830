//! The side that reads, and that nobody waits for.

use core::{fmt, marker::PhantomData, time::Duration};

use bytemuck::NoUninit;
use ringfold_core::{
    slots::Slots,
    stats::Stalls,
    sync::Arc,
    wait::{Deadline, Seat, WaitStrategy},
};

use super::{
    RecvError, RecvTimeoutError, Start, TryRecvError,
    pressure::pressure,
    shared::{LAST, Ring, Waiting},
};

/// A reader that never holds the producer back. It gets copies of the events; when it is too slow it loses some, and is told how many.
///
/// No copy is ever torn: it is taken word by word, and given out only if the producer had not been allowed to overwrite it by then. `Send`;
/// dropping it is leaving. Nothing here allocates.
pub struct LossyReader<E> {
    /// The next event to be read.
    cursor: u64,
    /// Events before this one are known to be published.
    end: u64,
    missed: u64,
    slots: Slots<E>,
    ring: Arc<Ring<E>>,
    waiting: Box<Waiting>,
    stalls: Stalls,
    _events: PhantomData<E>,
}

impl<E: NoUninit> LossyReader<E> {
    /// It has joined.
    pub(super) fn new(ring: Arc<Ring<E>>, start: Start, strategy: WaitStrategy) -> Self {
        let waiting = Box::new(ring.waiting(strategy));
        let oldest = ring.oldest();
        let cursor = match start {
            Start::Now => ring.published(),
            Start::Oldest => oldest,
            Start::At(sequence) => sequence.min(LAST),
        };
        let slots = ring.slots.clone();
        Self {
            cursor,
            end: cursor,
            missed: 0,
            slots,
            ring,
            waiting,
            stalls: Stalls::new(),
            _events: PhantomData,
        }
    }

    /// The next event, if there is one now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is none, `Lagged` when it was overwritten, and perhaps others behind it, `Closed` when the producer is gone and
    /// everything was read. After `Lagged` the reader goes on with an event that is likely to stay for a while.
    ///
    /// ```
    /// use ringfold::broadcast::{self, TryRecvError};
    /// let mut producer = broadcast::builder::<u64>(8).build()?;
    /// let mut reader = producer.subscribe_lossy();
    /// producer.publish(|event| *event = 7).unwrap();
    /// assert_eq!(reader.try_recv(), Ok(7));
    /// assert_eq!(reader.try_recv(), Err(TryRecvError::Empty));
    /// drop(producer);
    /// assert_eq!(reader.try_recv(), Err(TryRecvError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<E, TryRecvError> {
        if self.cursor >= self.end {
            self.look()?;
        }
        // SAFETY: the event was published, so its bytes were initialised, which was observed; while this reader is there the producer
        // writes in words (invariant 7).
        let event = unsafe { self.slots.load_words(self.cursor) };
        if !self.ring.producer.is_intact(self.cursor, self.ring.capacity) {
            return Err(self.skip());
        }
        self.cursor += 1;
        // SAFETY: it was not overwritten while it was loaded, so it is the very event that was published (invariant 8).
        Ok(unsafe { event.assume_init() })
    }

    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// `Lagged` when it was overwritten, and perhaps others behind it, `Closed` when the producer is gone and everything was read.
    ///
    /// ```
    /// use ringfold::broadcast::{self, RecvError};
    /// let mut producer = broadcast::builder::<u64>(16).build()?;
    /// let mut reader = producer.subscribe_lossy();
    /// std::thread::spawn(move || {
    ///     for i in 0..10_000 {
    ///         producer.publish(|event| *event = i).expect("somebody reads");
    ///     }
    /// });
    /// let (mut seen, mut lost) = (0, 0);
    /// loop {
    ///     match reader.recv() {
    ///         Ok(event) => { assert_eq!(event, seen + lost); seen += 1 }
    ///         Err(RecvError::Lagged { missed }) => lost += missed,
    ///         Err(RecvError::Closed) => break,
    ///     }
    /// }
    /// assert_eq!(seen + lost, 10_000);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Result<E, RecvError> {
        loop {
            match self.try_recv() {
                Ok(event) => return Ok(event),
                Err(TryRecvError::Lagged { missed }) => return Err(RecvError::Lagged { missed }),
                Err(TryRecvError::Closed) => return Err(RecvError::Closed),
                Err(TryRecvError::Empty) => self.wait(None),
            };
        }
    }

    /// As [`recv`](Self::recv), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time; the others as for [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<E, RecvTimeoutError> {
        let deadline = super::deadline(timeout);
        let mut in_time = true;
        loop {
            match self.try_recv() {
                Ok(event) => return Ok(event),
                Err(TryRecvError::Lagged { missed }) => return Err(RecvTimeoutError::Lagged { missed }),
                Err(TryRecvError::Closed) => return Err(RecvTimeoutError::Closed),
                Err(TryRecvError::Empty) if !in_time => return Err(RecvTimeoutError::Timeout),
                Err(TryRecvError::Empty) => in_time = self.wait(deadline),
            }
        }
    }

    /// Goes on with an event that is there, and says how many were missed.
    #[cold]
    fn skip(&mut self) -> TryRecvError {
        let oldest = self.ring.oldest();
        // A little further than need be, but to nothing that is not published yet.
        let published = self.ring.published();
        let next = (oldest + self.ring.step()).min(published).max(oldest);
        let missed = next.saturating_sub(self.cursor);
        self.cursor += missed;
        // What was known of the end may have been of a later lap.
        self.end = self.cursor;
        self.missed += missed;
        TryRecvError::Lagged { missed }
    }

    /// Looks for more events.
    #[inline]
    fn look(&mut self) -> Result<(), TryRecvError> {
        self.end = self.ring.end_of_event(self.cursor);
        if self.end > self.cursor {
            return Ok(());
        }
        self.find_event()?;
        self.end = self.cursor + 1;
        Ok(())
    }

    /// Steps over claims that were aborted or forgotten, to the next event. Closed only if there is still nothing after the producers
    /// were seen to be gone.
    #[cold]
    fn find_event(&mut self) -> Result<(), TryRecvError> {
        let ring = &self.ring;
        loop {
            let are_gone = ring.attention.producers_are_gone(); // SYNC: gone
            let next = ring.behind_gap(&[], self.cursor);
            if next - self.cursor > ring.capacity as u64
                || !ring.producer.is_intact(self.cursor, ring.capacity)
            {
                return Err(self.skip());
            }
            self.cursor = next;
            if ring.has_event(next) {
                return Ok(());
            }
            if !ring.has_news(next) {
                self.stalls.count();
                let is_over = are_gone && ring.newest() <= next;
                return Err(if is_over { TryRecvError::Closed } else { TryRecvError::Empty });
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn wait(&mut self, deadline: Option<Deadline>) -> bool {
        let Self { ring, waiting, cursor, stalls, .. } = self;
        let seat = Seat::new(&ring.attention.readers, 0, || 0);
        waiting
            .waiter
            .wait(&seat, stalls, deadline, || ring.has_news(*cursor) || ring.attention.producers_seem_gone())
    }
}

impl<E> LossyReader<E> {
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
        self.ring.newest().saturating_sub(self.cursor)
    }

    /// How near this reader is to losing events: 0.0 when it has seen everything, 1.0 when it has lost some.
    pub fn pressure(&self) -> f32 {
        pressure(self.lag(), self.ring.capacity)
    }

    /// Whether the producer is gone, so that nothing will follow what was published.
    pub fn is_closed(&self) -> bool {
        self.ring.attention.producers_are_gone() // SYNC: gone
    }

    pub(super) fn ring(&self) -> &Arc<Ring<E>> {
        &self.ring
    }

    /// How many events the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }
}

impl<E> fmt::Debug for LossyReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LossyReader")
            .field("sequence", &self.cursor)
            .field("missed", &self.missed)
            .field("ring", &self.ring)
            .finish()
    }
}

impl<E> Drop for LossyReader<E> {
    fn drop(&mut self) {
        self.ring.leave_lossy();
    }
}
