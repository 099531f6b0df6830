//! Slots claimed and not yet committed.

use core::{
    fmt,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use super::{Mode, Producer, Single};

/// Events that were claimed, in one slice, to be written in place. Dropping it aborts: nothing is published, and the producer goes on as if
/// it had never been.
///
/// It derefs to `&mut [E]`. The events hold whatever an earlier publication left there, or the blank that the ring was
/// [built](super::Builder::build_with) with; write all that matters.
///
/// ```
/// let mut producer = ringfold::broadcast::builder::<u32>(8).build()?;
/// let mut reader = producer.subscribe();
/// let mut claim = producer.claim(3).unwrap();
/// claim.copy_from_slice(&[1, 2, 3]);
/// claim.commit();
/// drop(producer.claim(2)); // an abort: the readers see nothing of it
/// assert_eq!(&*reader.poll(), &[1, 2, 3]);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
///
/// Comes from [`Producer::claim`] and [`Producer::try_claim`]. A claim that is forgotten (`mem::forget`) is a claim that is dropped; of
/// several producers it is a gap that readers cannot pass before all of them are gone.
#[must_use = "dropping a claim aborts it"]
pub struct Claim<'a, E: Copy, M: Mode = Single> {
    open: Open<'a, E, M>,
    /// What the producer had been granted: given back to it in the end, so that it notices if a claim was forgotten.
    limit: u64,
}

impl<'a, E: Copy, M: Mode> Claim<'a, E, M> {
    /// There is room for `count` events.
    pub(super) fn new(producer: &'a mut Producer<E, M>, count: usize) -> Self {
        let limit = producer.lend(count);
        Self { open: Open::new(producer, count), limit }
    }

    /// Publishes all events, and returns the sequence of the first.
    pub fn commit(self) -> u64 {
        let all = self.len();
        self.commit_first(all)
    }

    /// Publishes the first `count` events, or all where there are fewer; the others go back to the ring. Returns the sequence of the first.
    ///
    /// ```
    /// use std::io::Read;
    /// let mut producer = ringfold::broadcast::builder::<u8>(64).build()?;
    /// let mut reader = producer.subscribe();
    /// let mut source: &[u8] = b"hello";
    /// let mut claim = producer.claim(64).unwrap();
    /// let count = source.read(&mut claim).unwrap();
    /// claim.commit_first(count);
    /// assert_eq!(&*reader.poll(), b"hello");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn commit_first(self, count: usize) -> u64 {
        let count = count.min(self.len());
        self.open.producer.take_back(self.limit);
        self.into_open().commit(count)
    }

    /// Gives the slots back; the same as dropping it.
    pub fn abort(self) {}

    fn into_open(self) -> Open<'a, E, M> {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used again.
        unsafe { core::ptr::read(&this.open) }
    }
}

impl<E: Copy, M: Mode> Deref for Claim<'_, E, M> {
    type Target = [E];

    #[inline]
    fn deref(&self) -> &[E] {
        // SAFETY: the events are this claim's (`Open`), and `&self` lets nobody write them meanwhile.
        unsafe { self.open.events.as_ref() }
    }
}

impl<E: Copy, M: Mode> DerefMut for Claim<'_, E, M> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [E] {
        self.open.events()
    }
}

impl<E: Copy, M: Mode> Drop for Claim<'_, E, M> {
    fn drop(&mut self) {
        self.open.producer.take_back(self.limit);
    }
}

impl<E: Copy, M: Mode> fmt::Debug for Claim<'_, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("len", &self.len()).finish()
    }
}

/// Events that are being written, behind the producer's cursor. Whatever ends it, the slots are made whole in both halves; only
/// [`commit`](Self::commit) publishes.
pub(super) struct Open<'a, E: Copy, M: Mode> {
    producer: &'a mut Producer<E, M>,
    events: NonNull<[E]>,
}

// SAFETY: it is an exclusive borrow of a producer, which is `Send` where `E` is `Send + Sync`, and events that belong to it.
unsafe impl<E: Copy + Send + Sync, M: Mode> Send for Open<'_, E, M> {}
// SAFETY: shared, it gives out `&E` and nothing else.
unsafe impl<E: Copy + Send + Sync, M: Mode> Sync for Open<'_, E, M> {}

impl<'a, E: Copy, M: Mode> Open<'a, E, M> {
    /// There is room for `count` events.
    #[inline(always)]
    pub(super) fn new(producer: &'a mut Producer<E, M>, count: usize) -> Self {
        let events = producer.vacant(count);
        Self { producer, events }
    }

    #[inline(always)]
    pub(super) fn events(&mut self) -> &mut [E] {
        // SAFETY: they are initialised and the producer's alone (`Producer::vacant`), which is borrowed, and `&mut self` makes this
        // the only slice over them.
        unsafe { self.events.as_mut() }
    }

    /// Publishes the first `count` events, and returns the sequence of the first.
    #[inline(always)]
    pub(super) fn commit(self, count: usize) -> u64 {
        let this = core::mem::ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used again.
        let (producer, mut events) = unsafe { (core::ptr::read(&this.producer), this.events) };
        // SAFETY: as in `events`; this is the last use of them.
        let written = unsafe { events.as_mut() };
        producer.publish_written(written, count)
    }
}

impl<E: Copy, M: Mode> Drop for Open<'_, E, M> {
    #[inline(always)]
    fn drop(&mut self) {
        self.producer.abandon(self.events.len());
    }
}
