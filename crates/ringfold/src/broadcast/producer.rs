//! The side that writes.

use core::{fmt, marker::PhantomData, ptr::NonNull, time::Duration};

use bytemuck::NoUninit;
use ringfold_core::{
    error::{ClaimError, Closed, PushTimeoutError, TryPushError},
    slots::Slots,
    sync::Arc,
    wait::Deadline,
};

use super::{
    Claim, LossyReader, Reader, ReaderStats, Stats, Subscriber, Subscription,
    claim::Open,
    claims::Claims,
    roster::Gate,
    shared::{LAST, Ring, Waiting},
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
    slots: Slots<E>,
    ring: Arc<Ring<E>>,
    desk: Box<Desk<E>>,
    _mode: PhantomData<fn() -> M>,
}

/// One of several producers of a ring, which can be cloned; see [`Builder::build_multi`](super::Builder::build_multi).
///
/// Each event is published when its own producer has written it, and readers see events in the order of their sequences: so they wait
/// for an event that is being written, but no producer waits for another one. A claim that is dropped, by a panic too, is aborted, and
/// readers step over it. One that is *forgotten* (`mem::forget`) is a gap that they cannot pass before all producers are gone.
///
/// ```
/// let producer = ringfold::broadcast::builder::<u64>(64).build_multi()?;
/// let mut readers = [producer.subscribe(), producer.subscribe()];
/// std::thread::scope(|scope| {
///     for i in 0..4 {
///         let mut producer = producer.clone();
///         scope.spawn(move || (0..100).for_each(|_| _ = producer.publish(|event| *event = i).unwrap()));
///     }
///     drop(producer);
///     for reader in &mut readers {
///         scope.spawn(|| {
///             let mut sum = 0;
///             while let Ok(events) = reader.recv() {
///                 sum += events.iter().sum::<u64>();
///             }
///             assert_eq!(sum, 100 * (0 + 1 + 2 + 3));
///         });
///     }
/// });
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub type MultiProducer<E> = Producer<E, Multi>;

/// Whether there is one producer, or may be several.
pub trait Mode: sealed::Sealed {}

/// There is one producer.
#[derive(Debug)]
pub enum Single {}

/// There may be several producers.
#[derive(Debug)]
pub enum Multi {}

impl Mode for Single {}
impl Mode for Multi {}

mod sealed {
    pub trait Sealed {
        const IS_MULTI: bool;
    }

    impl Sealed for super::Single {
        const IS_MULTI: bool = false;
    }

    impl Sealed for super::Multi {
        const IS_MULTI: bool = true;
    }
}

/// What the producer rarely needs.
struct Desk<E> {
    gate: Gate,
    waiting: Waiting,
    /// What an event is before it is written.
    blank: E,
    /// Where events are written first while there are lossy readers.
    draft: Vec<E>,
    /// Slots of a claim that is out, or was forgotten.
    lent: usize,
}

/// Whether to wait for room.
#[derive(Clone, Copy)]
enum Wait {
    Never,
    Until(Option<Deadline>),
}

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
            lent: 0,
        };
        if lossy {
            ring.allow_lossy();
        }
        let slots = ring.slots.clone();
        Self { cursor: 0, limit: 0, lossy, slots, ring, desk: Box::new(desk), _mode: PhantomData }
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
    /// `None` when there is not enough room (never, if `n` exceeds the capacity) or all readers have left.
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
        let mut open = Open::new(self, 1);
        if let [event] = open.events() {
            write(event);
        }
        open.commit(1)
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
        self.limit = refill(&self.ring, &mut self.desk, &self.slots, self.cursor, wanted, wait);
        self.limit - self.cursor >= wanted && !self.is_closed()
    }

    #[inline(always)]
    fn claim_slots(&mut self, wanted: u64, wait: Wait) -> bool {
        let claims = claims(&self.ring);
        let alone = self.ring.attention.is_alone();
        let mut from = claims.glance();
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
                Err(now) => from = now,
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
        self.cursor = end;
        if M::IS_MULTI {
            let claims = claims(&self.ring);
            claims.marks.commit_each(first, end); // SYNC: mark
            claims.marks.abort_each(end, first + written.len() as u64); // SYNC: mark
            self.ring.wake_writers(claims);
        } else {
            self.ring.producer.cursor.publish(end); // SYNC: cursor
        }
        self.ring.wake_readers();
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
    /// Events must have no padding, as [`bytemuck::NoUninit`] says, which can be derived: bytes that were never written cannot be copied.
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
        self.desk.settle(&self.slots, self.cursor);
        self.lossy = true;
        self.ring.allow_lossy();
        Subscription::new(&self.ring).join_lossy().unwrap_or_else(|_| unreachable!("it was just allowed"))
    }
}

impl<E: Copy> Desk<E> {
    /// What a forgotten claim may have written is made whole, before it is written again through another address.
    fn settle(&mut self, slots: &Slots<E>, cursor: u64) {
        let lent = core::mem::take(&mut self.lent);
        if lent > 0 {
            // SAFETY: the slots behind the cursor were granted for the claim, and still are; its slice is gone, because it borrowed
            // the producer.
            unsafe { slots.sync(cursor, lent) };
        }
    }
}

/// What the producers of a ring for several of them share.
#[inline(always)]
fn claims<E>(ring: &Ring<E>) -> &Claims {
    ring.claims.as_ref().unwrap_or_else(|| unreachable!("a ring for several producers has them"))
}

/// As [`refill`], where others claim too: where the next claim begins, `from` or later, and what may be claimed, at least `wanted` slots
/// just now; `None`, if there are not as many.
#[cold]
#[inline(never)]
fn refill_for_all<E: Copy>(
    ring: &Ring<E>,
    claims: &Claims,
    desk: &mut Desk<E>,
    from: u64,
    wanted: u64,
    wait: Wait,
) -> Option<(u64, u64)> {
    let Desk { gate, waiting, .. } = desk;
    let (mut claimed, mut goes_on) = (from, true);
    loop {
        claimed = claimed.max(claims.glance());
        let limit = claims.limit();
        if limit >= claimed + wanted {
            return Some((claimed, limit));
        }
        if claimed + wanted > LAST {
            return None;
        }
        if gate.look(ring, claimed) >= wanted {
            gate.grant_to_all(ring, claims, claimed, wanted);
            continue;
        }
        match wait {
            Wait::Until(deadline) if goes_on => {
                goes_on =
                    gate.wait_among_others(ring, claims, &mut waiting.waiter, claimed, wanted, deadline);
            }
            Wait::Until(_) => return None,
            Wait::Never => {
                ring.producer.stalls.count();
                return None;
            }
        }
    }
}

/// Looks for `wanted` vacant slots, waits for them if need be, and returns the first sequence that is not granted; `cursor`, if there are not as
/// many.
#[cold]
#[inline(never)]
fn refill<E: Copy>(
    ring: &Ring<E>,
    desk: &mut Desk<E>,
    slots: &Slots<E>,
    cursor: u64,
    wanted: u64,
    wait: Wait,
) -> u64 {
    desk.settle(slots, cursor);
    let Desk { gate, waiting, .. } = desk;
    if cursor + wanted > LAST {
        return cursor;
    }
    loop {
        if gate.known_room(cursor) < wanted && gate.look(ring, cursor) < wanted {
            match wait {
                Wait::Never => ring.producer.stalls.count(),
                Wait::Until(deadline) => _ = gate.wait(ring, waiting, cursor, wanted, deadline),
            }
            if gate.known_room(cursor) < wanted {
                return cursor;
            }
        }
        let limit = gate.grant(ring, cursor, wanted);
        if limit - cursor >= wanted {
            return limit;
        }
        // Somebody has joined who reads what was vacant.
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
