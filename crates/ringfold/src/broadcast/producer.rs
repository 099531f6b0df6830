//! The side that writes.

use core::{fmt, marker::PhantomData, ptr::NonNull, time::Duration};

use bytemuck::NoUninit;
use ringfold_core::{
    error::{ClaimError, ClaimTimeoutError, Closed, PushTimeoutError, TryPushError},
    slots::Slots,
    sync::Arc,
};

use super::{
    Claim, DrainError, LossyReader, Reader, ReaderStats, Stats, Subscriber, Subscription,
    claim::Open,
    desk::{Desk, Wait, claims, refill, refill_for_all},
    mode::{Mode, MultiProducer, Single},
    roster::Gate,
    shared::Ring,
};

/// The writing half of a ring. Dropping it, or the last of several, closes the ring: the readers still read what is there.
///
/// `Send`. As [`builder`](super::builder)`..build()` makes it, there is exactly one; [`MultiProducer`] is the one that can be cloned, with the same
/// verbs. Nothing here allocates, save claims and batches while there are [lossy readers](Self::subscribe_lossy), each time that one
/// is larger than all before it.
pub struct Producer<E, M: Mode = Single> {
    /// The next sequence to write; of several producers, the first of its claim.
    cursor: u64,
    /// The first sequence that this producer has not been granted.
    limit: u64,
    /// Whether somebody may read slots while they are overwritten.
    lossy: bool,
    /// Not that, and the hardware keeps both halves the same: then an event is there when it is written.
    is_plain: bool,
    slots: Slots<E>,
    ring: Arc<Ring<E>>,
    desk: Box<Desk<E>>,
    _mode: PhantomData<fn() -> M>,
}

/// So far ahead of what is written several producers fetch the cache lines of slots and marks: a compare-and-swap waits for all stores before it,
/// and they would wait for their lines one after the other.
const AHEAD: u64 = 8;

/// Events of at most so many bytes are drafted on the stack.
const IN_REGISTERS: usize = 64;

impl<E: Copy, M: Mode> Producer<E, M> {
    /// The cells in which an event stays when its slot is used again. For other sizes the cells of one lap lie elsewhere than those of
    /// the next, so that an event has to be made before it is lent.
    const STAYS: bool = stays::<E>();

    /// One of a ring's producers, which counts it.
    pub(super) fn new(ring: Arc<Ring<E>>, blank: E, lossy: bool) -> Self {
        let desk = Desk {
            gate: Gate::new(ring.capacity),
            waiting: ring.waiting(ring.producer_wait),
            blank,
            draft: vec![blank],
            slots: ring.slots.clone(),
            lent: 0,
        };
        if lossy {
            ring.allow_lossy();
        }
        let slots = ring.slots.clone();
        let is_plain = !lossy && slots.is_mirrored_by_hardware();
        Self { cursor: 0, limit: 0, lossy, is_plain, slots, ring, desk: Box::new(desk), _mode: PhantomData }
    }

    /// Publishes one event, which `write` writes in place, and returns its sequence; waits for room for as long as it takes, that is until
    /// the slowest gated reader has released a slot.
    ///
    /// The event holds whatever an earlier publication left there, or the blank; write all that matters. If `write` panics, nothing is
    /// published.
    ///
    /// # Errors
    /// `Closed` when there were readers and all of them have left, also when that happens during the wait. Before the first has joined events
    /// are published to nobody, and overwritten in their turn.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<[u32; 2]>(8).build()?;
    /// let mut reader = producer.subscribe();
    /// assert_eq!(producer.publish(|event| *event = [1, 2]), Ok(0));
    /// assert_eq!(producer.publish(|event| event[0] = 3), Ok(1));
    /// assert_eq!(reader.poll()[0], [1, 2]);
    /// drop(reader);
    /// assert!(producer.publish(|_| ()).is_err());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn publish(&mut self, write: impl FnOnce(&mut E)) -> Result<u64, Closed> {
        if self.is_closed() || !self.take(1, Wait::Until(None)) {
            return Err(Closed(()));
        }
        Ok(self.write(write))
    }

    /// As [`publish`](Self::publish) if there is room now; never waits, and calls `write` only if there is.
    ///
    /// # Errors
    /// `Full` when the slowest gated reader is a whole ring behind, `Closed` when all readers have left.
    ///
    /// ```
    /// use ringfold::{broadcast, error::TryPushError};
    /// let mut producer = broadcast::builder::<char>(1).build()?;
    /// let mut reader = producer.subscribe();
    /// assert_eq!(producer.try_publish(|event| *event = 'a'), Ok(0));
    /// assert_eq!(producer.try_publish(|event| *event = 'b'), Err(TryPushError::Full(())));
    /// drop(reader.poll()); // releases it
    /// assert_eq!(producer.try_publish(|event| *event = 'b'), Ok(1));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_publish(&mut self, write: impl FnOnce(&mut E)) -> Result<u64, TryPushError<()>> {
        if self.is_closed() {
            return Err(TryPushError::Closed(()));
        }
        if !self.take(1, Wait::Never) {
            return Err(TryPushError::Full(()));
        }
        Ok(self.write(write))
    }

    /// As [`publish`](Self::publish), waiting for room for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when there was no room in time, `Closed` when all readers have left.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{broadcast, error::PushTimeoutError};
    /// let mut producer = broadcast::builder::<u8>(1).build()?;
    /// let _reader = producer.subscribe();
    /// producer.publish(|event| *event = 1).unwrap();
    /// let late = producer.publish_timeout(Duration::from_millis(1), |event| *event = 2);
    /// assert_eq!(late, Err(PushTimeoutError::Timeout(())));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn publish_timeout(
        &mut self,
        timeout: Duration,
        write: impl FnOnce(&mut E),
    ) -> Result<u64, PushTimeoutError<()>> {
        let wait = Wait::Until(super::deadline(timeout));
        if self.is_closed() || !self.take(1, wait) {
            return Err(match self.is_closed() {
                true => PushTimeoutError::Closed(()),
                false => PushTimeoutError::Timeout(()),
            });
        }
        Ok(self.write(write))
    }

    /// Publishes `n` events at once, which `write` writes in place as one slice, and returns the sequence of the first; waits until there is
    /// room for all. The readers see all of them or none; if `write` panics, none.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that, `Closed` when all readers have left.
    ///
    /// ```
    /// use ringfold::{broadcast, error::ClaimError};
    /// let mut producer = broadcast::builder::<u64>(8).build()?;
    /// let mut reader = producer.subscribe();
    /// let first = producer.publish_batch(3, |events| {
    ///     for (i, event) in events.iter_mut().enumerate() {
    ///         *event = 10 * i as u64;
    ///     }
    /// });
    /// assert_eq!(first, Ok(0));
    /// assert_eq!(&*reader.poll(), &[0, 10, 20]);
    /// let error = producer.publish_batch(9, |_| ()).unwrap_err();
    /// assert_eq!(error, ClaimError::TooLarge { requested: 9, capacity: 8 });
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn publish_batch(&mut self, n: usize, write: impl FnOnce(&mut [E])) -> Result<u64, ClaimError> {
        self.wait_for_room(n)?;
        let mut open = Open::new(self, n);
        write(open.events());
        Ok(open.commit(n))
    }

    /// Claims `n` events, as one slice to be written in place, if there is room now. Never waits.
    ///
    /// `None` when there is not enough room (there never is, if `n` exceeds the capacity) or all readers have left.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u8>(4).build()?;
    /// let mut reader = producer.subscribe();
    /// let mut claim = producer.try_claim(2).expect("it is empty");
    /// claim.copy_from_slice(b"hi");
    /// claim.commit();
    /// assert!(producer.try_claim(3).is_none());
    /// assert_eq!(&*reader.poll(), b"hi");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[must_use = "dropping a claim aborts it"]
    pub fn try_claim(&mut self, n: usize) -> Option<Claim<'_, E, M>> {
        if n > self.capacity() || self.is_closed() || !self.take(n as u64, Wait::Never) {
            return None;
        }
        Some(Claim::new(self, n))
    }

    /// Claims `n` events, as one slice to be written in place, waiting until there is room for all.
    ///
    /// # Errors
    /// `TooLarge` when the ring has fewer slots than that, `Closed` when all readers have left.
    ///
    /// ```
    /// use ringfold::{broadcast, error::ClaimError};
    /// let mut producer = broadcast::builder::<u8>(4).build()?;
    /// assert_eq!(producer.claim(4).unwrap().len(), 4);
    /// assert_eq!(producer.claim(5).err(), Some(ClaimError::TooLarge { requested: 5, capacity: 4 }));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn claim(&mut self, n: usize) -> Result<Claim<'_, E, M>, ClaimError> {
        self.wait_for_room(n)?;
        Ok(Claim::new(self, n))
    }

    /// As [`claim`](Self::claim), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when there was not enough room in time; the others as for [`claim`](Self::claim).
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{broadcast, error::ClaimTimeoutError};
    /// let mut producer = broadcast::builder::<u8>(4).build()?;
    /// let _reader = producer.subscribe();
    /// producer.publish(|event| *event = 1).unwrap();
    /// let late = producer.claim_timeout(4, Duration::from_millis(1)).err();
    /// assert_eq!(late, Some(ClaimTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn claim_timeout(
        &mut self,
        n: usize,
        timeout: Duration,
    ) -> Result<Claim<'_, E, M>, ClaimTimeoutError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimTimeoutError::TooLarge { requested: n, capacity });
        }
        if self.is_closed() || !self.take(n as u64, Wait::Until(super::deadline(timeout))) {
            return Err(match self.is_closed() {
                true => ClaimTimeoutError::Closed,
                false => ClaimTimeoutError::Timeout,
            });
        }
        Ok(Claim::new(self, n))
    }

    /// A reader of everything that is published from now on, which this producer waits for when it has to. See
    /// [`subscription`](Self::subscription) for readers that start elsewhere or come after others.
    pub fn subscribe(&self) -> Reader<E> {
        Subscription::new(&self.ring).join_now()
    }

    /// Starts to make a reader: where it starts, which readers it comes after, how it waits.
    pub fn subscription(&self) -> Subscription<E> {
        Subscription::new(&self.ring)
    }

    /// Something that can be cloned and given away, to subscribe from other threads while events are published.
    pub fn subscriber(&self) -> Subscriber<E> {
        Subscriber::new(&self.ring)
    }

    /// Waits until all gated readers have released everything that was published, for at most `timeout`. To end in good order:
    /// drain, then drop the producer, then join the threads.
    ///
    /// # Errors
    /// `Timeout` when the slowest reader was not done in time; `Closed` when all readers have left and the last of them was not done. Both say how
    /// many events it had still to release. Readers that left while others stayed do not count: join their threads to know what they did.
    /// Lossy readers are not waited for, also if one leaves last; what other producers publish meanwhile is.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::broadcast::{self, DrainError};
    /// let mut producer = broadcast::builder::<u8>(8).build()?;
    /// let mut reader = producer.subscribe();
    /// producer.publish_batch(3, |_| ()).unwrap();
    /// assert_eq!(producer.drain(Duration::from_millis(1)), Err(DrainError::Timeout { left: 3 }));
    /// drop(reader.poll());
    /// assert_eq!(producer.drain(Duration::from_millis(1)), Ok(()));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn drain(&mut self, timeout: Duration) -> Result<(), DrainError> {
        let (capacity, deadline) = (self.capacity() as u64, super::deadline(timeout));
        let (ring, Desk { gate, waiting, .. }) = (&*self.ring, &mut *self.desk);
        let mut goes_on = true;
        loop {
            let front = ring.newest();
            let left = capacity - gate.renewed_room(ring, front).min(capacity);
            match (left, ring.attention.is_abandoned()) {
                (0, false) => return Ok(()),
                (_, true) => {
                    return match front.saturating_sub(ring.roster.last_left_at()) {
                        0 => Ok(()),
                        left => Err(DrainError::Closed { left }),
                    };
                }
                (_, false) if !goes_on => return Err(DrainError::Timeout { left }),
                (_, false) => {}
            }
            goes_on = match &ring.claims {
                None => gate.wait(ring, waiting, front, capacity, deadline),
                Some(claims) => {
                    gate.wait_among_others(ring, claims, &mut waiting.waiter, front, capacity, deadline)
                }
            };
        }
    }

    /// How many events can be published without waiting: exact or, while readers read, too few. Takes `&mut self` because it remembers what it saw.
    pub fn free(&mut self) -> usize {
        self.desk.gate.look(&self.ring, self.ring.newest()) as usize
    }

    /// How many events the ring holds: what was asked for.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }

    /// Whether publishing has become pointless: there were readers and all of them have left. If another one joins, it has a point again.
    #[inline(always)]
    pub fn is_closed(&self) -> bool {
        self.ring.attention.is_abandoned()
    }

    /// What memory the ring really got: by which way, in which pages, why not as asked. `None` for zero-sized events, which need none.
    pub fn memory(&self) -> Option<&ringfold_memory::Info> {
        self.ring.mirror.as_ref().map(ringfold_memory::Mirror::info)
    }

    /// What this ring has done so far.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.ring)
    }

    /// What each gated reader has done so far, in the order in which they joined. Allocates.
    pub fn readers(&self) -> Vec<ReaderStats> {
        ReaderStats::of_all(&self.ring)
    }

    #[inline(always)]
    fn write(&mut self, write: impl FnOnce(&mut E)) -> u64 {
        let ahead = self.cursor + AHEAD;
        if M::IS_MULTI && ahead < self.limit {
            self.slots.prefetch_to_write(ahead);
            claims(&self.ring).marks.prefetch_to_write(ahead);
        }
        if self.is_plain && !M::IS_MULTI {
            return self.write_plain(write);
        }
        if self.lossy && !M::IS_MULTI && size_of::<E>() <= IN_REGISTERS {
            let mut event = [self.desk.blank];
            write(&mut event[0]);
            return self.publish_written(&mut event, 1);
        }
        let mut open = Open::new(self, 1);
        if let [event] = open.events() {
            write(event);
        }
        open.commit(1)
    }

    /// As [`write`](Self::write), where nothing but the event itself is to be written.
    #[inline(always)]
    fn write_plain(&mut self, write: impl FnOnce(&mut E)) -> u64 {
        let first = self.cursor;
        // Also if `write` panics: the cell may be written through its other address then.
        let changed = self.slots.changed();
        // SAFETY: the slot is granted to the producer, and no reader reads it (invariants 3 and 4).
        let cell = unsafe { &mut (&mut *self.slots.vacant(first, 1))[0] };
        if !Self::STAYS {
            cell.write(self.desk.blank);
        }
        // SAFETY: it holds an event: just written, or there since the ring was built (invariant 6).
        write(unsafe { cell.assume_init_mut() });
        drop(changed);
        self.publish_up_to(first + 1);
        first
    }

    /// Of the only producer.
    #[inline(always)]
    fn publish_up_to(&mut self, end: u64) {
        self.cursor = end;
        self.ring.producer.cursor.publish(end); // SYNC: cursor
        self.ring.wake_readers();
    }

    fn wait_for_room(&mut self, n: usize) -> Result<(), ClaimError> {
        let capacity = self.capacity();
        if n > capacity {
            return Err(ClaimError::TooLarge { requested: n, capacity });
        }
        if self.is_closed() || !self.take(n as u64, Wait::Until(None)) {
            return Err(ClaimError::Closed);
        }
        Ok(())
    }

    /// Whether the `wanted` slots from the cursor on are this producer's now, after looking and waiting for them if need be.
    #[inline(always)]
    fn take(&mut self, wanted: u64, wait: Wait) -> bool {
        if M::IS_MULTI {
            return self.claim_slots(wanted, wait);
        }
        if self.limit - self.cursor >= wanted {
            return true;
        }
        // Not `self`, so that the handle itself can stay in registers.
        self.limit = refill(&self.ring, &mut self.desk, self.cursor, wanted, wait);
        self.limit - self.cursor >= wanted && !self.is_closed()
    }

    #[inline(always)]
    fn claim_slots(&mut self, wanted: u64, wait: Wait) -> bool {
        let claims = claims(&self.ring);
        let alone = self.ring.attention.is_alone();
        let (mut from, mut beaten) = (claims.glance(), 0);
        loop {
            if from + wanted > self.limit {
                match refill_for_all(&self.ring, claims, &mut self.desk, from, wanted, wait) {
                    Some(room) => (from, self.limit) = room,
                    None => return false,
                }
            }
            match claims.claim(from, wanted, alone) {
                Ok(from) => {
                    self.cursor = from;
                    return true;
                }
                Err(now) => from = claims.after_defeat(now, &mut beaten),
            }
        }
    }

    /// The next `count` events, which are granted: initialised, and the producer's alone.
    #[inline(always)]
    pub(super) fn vacant(&mut self, count: usize) -> NonNull<[E]> {
        if self.lossy {
            return self.draft(count);
        }
        // SAFETY: these slots are granted to the producer, and no reader reads them (invariants 3 and 4).
        let cells = unsafe { self.slots.vacant(self.cursor, count) };
        if !Self::STAYS {
            // SAFETY: as above.
            unsafe { &mut *cells }.iter_mut().for_each(|cell| _ = cell.write(self.desk.blank));
        }
        // SAFETY: not null. The cells hold events: just written, or there since the ring was built (invariant 6).
        unsafe { NonNull::new_unchecked(cells as *mut [E]) }
    }

    /// Events of the producer's own, to be copied into the slots.
    #[inline(always)]
    fn draft(&mut self, count: usize) -> NonNull<[E]> {
        let Desk { draft, blank, .. } = &mut *self.desk;
        if draft.len() < count {
            draft.resize(count, *blank);
        }
        NonNull::from(&mut draft[..count])
    }

    /// Publishes the first `count` of the events that were written behind the cursor.
    #[inline(always)]
    pub(super) fn publish_written(&mut self, written: &mut [E], count: usize) -> u64 {
        if self.lossy {
            if M::IS_MULTI {
                self.ring.producer.before_overwriting(); // SYNC: overwrite
            }
            for (event, sequence) in written[..count].iter().zip(self.cursor..) {
                // SAFETY: the slot is granted, and no gated reader reads it (invariants 3 and 4); that events have no padding was
                // checked when the first lossy reader was asked for (invariant 7).
                unsafe { self.slots.store_words(sequence, event) };
            }
        } else {
            // SAFETY: the slots are granted, and the slice is not used from here on.
            unsafe { self.slots.sync(self.cursor, written.len()) };
        }
        let (first, end) = (self.cursor, self.cursor + count as u64);
        if M::IS_MULTI {
            self.cursor = end;
            let claims = claims(&self.ring);
            // Back to front, as the marks themselves.
            claims.marks.abort_each(end, first + written.len() as u64); // SYNC: mark
            claims.marks.commit_each(first, end); // SYNC: mark
            self.ring.wake_writers(claims);
            self.ring.wake_readers();
        } else {
            self.publish_up_to(end);
        }
        first
    }

    /// The next `count` slots were lent, and nothing is published.
    #[inline(always)]
    pub(super) fn abandon(&mut self, count: usize) {
        if !self.lossy {
            // SAFETY: the slots are granted, and the slice over them is not used any more.
            unsafe { self.slots.sync(self.cursor, count) };
        }
        if M::IS_MULTI {
            let claims = claims(&self.ring);
            claims.marks.abort_each(self.cursor, self.cursor + count as u64); // SYNC: mark
            self.ring.wake_writers(claims);
            self.ring.wake_readers();
        }
    }

    /// Lends `count` slots to a claim that may be forgotten: until it is back, nothing is granted. Returns what was.
    pub(super) fn lend(&mut self, count: usize) -> u64 {
        if M::IS_MULTI {
            return self.limit;
        }
        // A claim of nothing is there without a look for room, also after one that was forgotten.
        self.desk.settle(self.cursor);
        // What was written to the draft has not touched the slots.
        self.desk.lent = if self.lossy { 0 } else { count };
        core::mem::replace(&mut self.limit, self.cursor)
    }

    pub(super) fn take_back(&mut self, limit: u64) {
        self.desk.lent = 0;
        self.limit = limit;
    }
}

impl<E: Copy> Producer<E> {
    /// A reader of copies of everything that is published from now on, which never holds this producer back, and is told how many events it
    /// has missed.
    ///
    /// From here on events are written in a way that may be read meanwhile: first to a place of the producer's own, and then word by
    /// word into the slot. For small events that costs nothing, for large ones as much as copying them.
    /// [`Builder::lossy`](super::Builder::lossy) does so from the beginning.
    ///
    /// Events must have no padding, as [`bytemuck::NoUninit`] says: bytes that were never written cannot be copied. With
    /// `bytemuck = { version = "1", features = ["derive"] }` it is derived: `#[derive(Clone, Copy, NoUninit)] #[repr(C)]`.
    ///
    /// ```compile_fail,E0277
    /// #[derive(Clone, Copy, Default)]
    /// struct Padded { small: u8, large: u64 }
    /// let mut producer = ringfold::broadcast::builder::<Padded>(4).build()?;
    /// let reader = producer.subscribe_lossy();
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    ///
    /// ```
    /// use ringfold::broadcast::{self, TryRecvError};
    /// let mut producer = broadcast::builder::<u64>(4).build()?;
    /// let mut reader = producer.subscribe_lossy();
    /// for i in 0..10 {
    ///     producer.publish(|event| *event = i).unwrap(); // never waits for it
    /// }
    /// let Err(TryRecvError::Lagged { missed }) = reader.try_recv() else { panic!("it was too slow") };
    /// assert_eq!(reader.try_recv(), Ok(missed)); // the first that is left
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn subscribe_lossy(&mut self) -> LossyReader<E>
    where
        E: NoUninit,
    {
        // Not for a slot that a forgotten claim has left: it is made whole while nobody reads it.
        self.desk.settle(self.cursor);
        (self.lossy, self.is_plain) = (true, false);
        self.ring.allow_lossy();
        Subscription::new(&self.ring).join_lossy().unwrap_or_else(|_| unreachable!("it was just allowed"))
    }
}

/// Whether events of this type stay in their cells when their slots are used again: see [`Producer::STAYS`].
pub(super) const fn stays<E>() -> bool {
    size_of::<E>().is_power_of_two()
}

impl<E: Copy> Clone for MultiProducer<E> {
    /// One more producer of the same ring. Allocates a little.
    fn clone(&self) -> Self {
        self.ring.attention.add_producer();
        Self::new(self.ring.clone(), self.desk.blank, self.lossy)
    }
}

impl<E, M: Mode> fmt::Debug for Producer<E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&self.ring).finish()
    }
}

impl<E, M: Mode> std::panic::UnwindSafe for Producer<E, M> {}
impl<E, M: Mode> std::panic::RefUnwindSafe for Producer<E, M> {}

impl<E, M: Mode> Drop for Producer<E, M> {
    fn drop(&mut self) {
        self.ring.leave_as_producer();
    }
}
