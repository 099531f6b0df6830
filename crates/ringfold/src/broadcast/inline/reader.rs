//! The side that reads, and that the producer waits for.

use core::{fmt, marker::PhantomData, ops::Deref};

use ringfold_core::{error::Closed, stats::Stalls, wait::Waiter};

use super::shared::{self, Place, Ring};
use crate::broadcast::pressure::{self, pressure};

/// A gated reader of a [`Static`](super::Static): it sees every event, and the producer never overwrites one that it has not released.
///
/// `Send`. Dropping it, also by a panic, gives its place back, and the producer goes on without it. One that is forgotten
/// (`mem::forget`) holds the producer up for ever.
pub struct StaticReader<E> {
    /// The first event that is not released.
    cursor: u64,
    /// The first event that is not known to be there.
    end: u64,
    ring: Ring<E>,
    place: &'static Place,
    waiter: Waiter,
    stalls: Stalls,
    _events: PhantomData<*const E>,
}

// SAFETY: what the reader holds besides the marker may travel; readers on several threads look at the same events (`Sync`), which came from
// another thread (`Send`).
unsafe impl<E: Send + Sync> Send for StaticReader<E> {}
// SAFETY: sharing it allows to load words, and to look at the events of a batch (`E: Sync`).
unsafe impl<E: Send + Sync> Sync for StaticReader<E> {}

impl<E> StaticReader<E> {
    /// Takes a place, if there is one.
    pub(super) fn join(ring: Ring<E>) -> Option<Self> {
        let (place, start) = ring.join()?;
        Some(Self {
            cursor: start,
            end: start,
            ring,
            place,
            waiter: shared::waiter(),
            stalls: Stalls::new(),
            _events: PhantomData,
        })
    }

    /// Everything that is there now, as one slice; perhaps nothing. Never waits. Dropping the batch releases it.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<u32, 4> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe().unwrap();
    /// for i in 0..6 {
    ///     producer.publish(|event| *event = i);
    ///     if i == 1 {
    ///         assert_eq!(reader.poll().len(), 2);
    ///     }
    /// }
    /// assert_eq!(&*reader.poll(), &[2, 3, 4, 5], "one slice, wrap or no wrap");
    /// assert!(reader.poll().is_empty());
    /// ```
    #[inline]
    #[must_use = "dropping the batch releases it"]
    pub fn poll(&mut self) -> StaticBatch<'_, E> {
        self.poll_up_to(usize::MAX)
    }

    /// As [`poll`](Self::poll), but at most `n` events; what is beyond stays.
    #[inline]
    #[must_use = "dropping the batch releases it"]
    pub fn poll_up_to(&mut self, n: usize) -> StaticBatch<'_, E> {
        if self.known() < n {
            self.look();
        }
        let len = self.known().min(n);
        StaticBatch { reader: self, len }
    }

    /// Everything that is there, as one slice of at least one event; waits until there is one.
    ///
    /// # Errors
    /// `Closed` when there is no producer, none that was taken before either, and everything was read. It is no end for ever: another
    /// producer may be taken.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<u64, 16> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap(); // first, or the reader finds the ring closed
    /// let mut reader = RING.subscribe().unwrap();
    /// let thread = std::thread::spawn(move || {
    ///     let mut sum = 0;
    ///     while let Ok(events) = reader.recv() {
    ///         sum += events.iter().sum::<u64>();
    ///     }
    ///     sum
    /// });
    /// for i in 1..=1000 {
    ///     producer.publish(|event| *event = i);
    /// }
    /// drop(producer);
    /// assert_eq!(thread.join().unwrap(), 500_500);
    /// ```
    pub fn recv(&mut self) -> Result<StaticBatch<'_, E>, Closed> {
        self.recv_up_to(usize::MAX)
    }

    /// As [`recv`](Self::recv), but at most `n` events, or one if `n` is 0; what is beyond stays.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv).
    pub fn recv_up_to(&mut self, n: usize) -> Result<StaticBatch<'_, E>, Closed> {
        if self.known() < n {
            self.look();
        }
        while self.known() == 0 {
            let is_closed = self.is_closed(); // SYNC: gone
            self.look();
            if self.known() > 0 {
                break;
            }
            if is_closed {
                return Err(Closed(()));
            }
            let Self { ring, cursor, waiter, stalls, .. } = self;
            stalls.count();
            let is_ready = || ring.shared.cursor.glance() > *cursor || ring.shared.is_closed();
            shared::wait(waiter, stalls, is_ready);
        }
        let len = self.known().min(n.max(1));
        Ok(StaticBatch { reader: self, len })
    }

    /// The sequence of the next event that this reader will see.
    pub fn sequence(&self) -> u64 {
        self.cursor
    }

    /// How many events were published that this reader has not released.
    pub fn lag(&self) -> u64 {
        self.ring.shared.cursor.glance().saturating_sub(self.cursor)
    }

    /// How much of the ring this reader occupies: 0.0 when it has seen everything, 1.0 when the producer has to wait for it.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<u8, 16> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// let mut reader = RING.subscribe().unwrap();
    /// producer.publish_batch(15, |_| ()).unwrap();
    /// assert_eq!(reader.pressure(), 0.9375);
    /// assert!(reader.is_under_pressure() && reader.should_throttle());
    /// drop(reader.poll_up_to(3));
    /// assert!(!reader.is_under_pressure());
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

    /// Whether there is no producer now, so that nothing will follow what was published before another one is taken.
    pub fn is_closed(&self) -> bool {
        self.ring.shared.is_closed() // SYNC: gone
    }

    /// How many events the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }

    /// How many events are known to be there, without looking.
    #[inline(always)]
    fn known(&self) -> usize {
        (self.end - self.cursor) as usize
    }

    /// Looks for more. Where the ring had been granted further than it was seen to be published, that may be less than is known.
    #[inline(always)]
    fn look(&mut self) {
        self.end = self.ring.shared.cursor.observe().max(self.end); // SYNC: cursor
    }
}

impl<E> fmt::Debug for StaticReader<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticReader").field("sequence", &self.cursor).field("ring", &self.ring).finish()
    }
}

impl<E> Drop for StaticReader<E> {
    fn drop(&mut self) {
        self.place.leave(); // SYNC: place
    }
}

/// What a [`StaticReader`] can read now, as one slice. Dropping it releases all of it; [`release`](Self::release) only a part.
///
/// When it is dropped by a panic, or forgotten (`mem::forget`), it releases nothing: the next batch begins with the same events.
pub struct StaticBatch<'a, E> {
    reader: &'a mut StaticReader<E>,
    len: usize,
}

impl<E> StaticBatch<'_, E> {
    /// The sequence of the first event.
    pub fn sequence(&self) -> u64 {
        self.reader.cursor
    }

    /// Releases the first `count` events, or all where there are fewer, and returns how many those were. The others stay: the next batch begins
    /// with them.
    pub fn release(mut self, count: usize) -> usize {
        self.len = self.len.min(count);
        self.len
    }
}

impl<E> Deref for StaticBatch<'_, E> {
    type Target = [E];

    #[inline(always)]
    fn deref(&self) -> &[E] {
        debug_assert!(self.len <= self.reader.known());
        // SAFETY: the events were published, which was observed, and are not overwritten before they are released (invariants 2 and 3).
        unsafe { self.reader.ring.slots.items(self.reader.cursor, self.len) }
    }
}

impl<'b, E> IntoIterator for &'b StaticBatch<'_, E> {
    type Item = &'b E;
    type IntoIter = core::slice::Iter<'b, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E> Drop for StaticBatch<'_, E> {
    #[inline]
    fn drop(&mut self) {
        if self.len > 0 && !is_panicking() {
            let Self { reader, len } = self;
            reader.cursor += *len as u64;
            reader.place.release(reader.cursor); // SYNC: place
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for StaticBatch<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Whether this thread unwinds, as far as that can be known.
#[inline]
fn is_panicking() -> bool {
    #[cfg(feature = "std")]
    return ringfold_core::sync::is_panicking();
    #[cfg(not(feature = "std"))]
    false
}
