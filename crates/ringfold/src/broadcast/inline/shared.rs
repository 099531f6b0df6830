//! What all sides see.

use core::{cmp::min, fmt};

use ringfold_core::{
    cursor::Cursor,
    padded::CachePadded,
    slots::Slots,
    stats::Stalls,
    sync::{self, AtomicBool, AtomicU64, Ordering},
    wait::{Barrier, Doorbell, WaitStrategy, Waiter},
};

/// The words that do not belong to one reader, grouped by how often they are written.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Shared {
    pub(super) cursor: CachePadded<Cursor>,
    granted: CachePadded<AtomicU64>,
    has_producer: AtomicBool,
    pub(super) stalls: Stalls,
}

/// A place for a gated reader: 0 while nobody is here, so that an untouched ring is all zeros and costs a program file nothing; or the
/// cursor of its reader, plus 1.
#[derive(Debug)]
pub(super) struct Place(AtomicU64);

/// What every handle holds. It does not know the sizes that the ring was declared with, so handles have one type.
pub(super) struct Ring<E> {
    pub(super) shared: &'static Shared,
    pub(super) places: &'static [CachePadded<Place>],
    pub(super) slots: Slots<E>,
    pub(super) capacity: usize,
}

/// The word of a place where nobody is.
const FREE: u64 = 0;
/// Where nobody is, nobody holds anything back.
const NOWHERE: u64 = u64::MAX;

impl Shared {
    ringfold_core::const_unless_loom! {
        pub(super) fn new() -> Self {
            Self {
                cursor: CachePadded::new(Cursor::new(0)),
                granted: CachePadded::new(AtomicU64::new(0)),
                has_producer: AtomicBool::new(false),
                stalls: Stalls::new(),
            }
        }
    }

    /// Takes the right to produce; false if somebody has it. Whoever gets it sees all that was done with it before.
    pub(super) fn take_producer(&self) -> bool {
        let taken = self.has_producer.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed); // SYNC: gone
        taken.is_ok()
    }

    /// Gives the right to produce back.
    pub(super) fn return_producer(&self) {
        self.has_producer.store(false, Ordering::Release); // SYNC: gone
    }

    /// Whether nobody produces; if so, everything that was published is seen.
    pub(super) fn is_closed(&self) -> bool {
        !self.has_producer.load(Ordering::Acquire) // SYNC: gone
    }

    #[inline]
    pub(super) fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }

    /// Allows the producer to write everything before `limit`, as far as the places allow it that it sees from here on. Whoever sees
    /// anything of what is written, by whatever load, and then [looks](Self::is_intact) sees this.
    pub(super) fn grant(&self, limit: u64) {
        self.granted.store(limit, Ordering::Relaxed);
        sync::fence(Ordering::SeqCst); // SYNC: join, SYNC: overwrite
    }

    /// Whether what was just loaded from the slot of `sequence` was written before it could be overwritten.
    pub(super) fn is_intact(&self, sequence: u64, capacity: usize) -> bool {
        sync::fence(Ordering::Acquire); // SYNC: overwrite
        self.granted() <= sequence + capacity as u64
    }
}

impl Place {
    /// As many places as a ring has, with nobody in them.
    #[cfg(not(loom))]
    pub(super) const fn all_free<const R: usize>() -> [CachePadded<Self>; R] {
        [const { CachePadded::new(Self(AtomicU64::new(FREE))) }; R]
    }

    /// As many places as a ring has, with nobody in them.
    #[cfg(loom)]
    pub(super) fn all_free<const R: usize>() -> [CachePadded<Self>; R] {
        core::array::from_fn(|_| CachePadded::new(Self(AtomicU64::new(FREE))))
    }

    /// Takes the place if nobody is here, and holds the producer back at `cursor`. The fence that must follow makes it an Acquire: whoever gets
    /// the place sees what the last one did here, and hands that on to the producer.
    fn take(&self, cursor: u64) -> bool {
        self.0.compare_exchange(FREE, cursor + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Moves on, to where the reader no longer touches what lies before.
    #[inline(always)]
    pub(super) fn release(&self, cursor: u64) {
        self.0.store(cursor.wrapping_add(1), Ordering::Release); // SYNC: place
    }

    /// Nobody is here any more.
    pub(super) fn leave(&self) {
        self.release(NOWHERE); // SYNC: place
    }

    /// Where the reader is, together with everything it did before it went there; `NOWHERE`, if there is none.
    fn sequence(&self) -> u64 {
        self.0.load(Ordering::Acquire).wrapping_sub(1) // SYNC: place
    }

    fn is_free(&self) -> bool {
        self.0.load(Ordering::Relaxed) == FREE
    }
}

impl<E> Ring<E> {
    /// After which number of events, at most, the producer looks whether readers have come, and allows itself more.
    pub(super) fn step(&self) -> u64 {
        (self.capacity as u64 / 8).max(1)
    }

    /// The first sequence whose slot the slowest reader keeps from being written; where there is none, one that `cursor`, the
    /// producer's own, does.
    pub(super) fn gate(&self, cursor: u64) -> u64 {
        let slowest = self.places.iter().map(|place| place.sequence()).fold(NOWHERE, min); // SYNC: place
        min(slowest, cursor) + self.capacity as u64
    }

    /// Takes a place: which, and where its reader starts.
    pub(super) fn join(&self) -> Option<(&'static Place, u64)> {
        // As old as it may be; the events themselves are seen when the cursor is observed.
        let seen = self.shared.cursor.glance();
        let place = self.places.iter().find(|place| place.take(seen))?;
        sync::fence(Ordering::SeqCst); // SYNC: join, SYNC: place
        let start = seen.max(self.oldest());
        place.release(start); // SYNC: place
        Some((place, start))
    }

    /// The first sequence whose event is sure not to have been overwritten yet.
    pub(super) fn oldest(&self) -> u64 {
        self.shared.granted().saturating_sub(self.capacity as u64)
    }

    /// How many gated readers there are.
    pub(super) fn readers(&self) -> usize {
        self.places.iter().filter(|place| !place.is_free()).count()
    }
}

impl<E> fmt::Debug for Ring<E> {
    /// The positions, which is what a handle's own `Debug` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("newest", &self.shared.cursor.glance())
            .field("capacity", &self.capacity)
            .field("readers", &self.readers())
            .finish()
    }
}

/// One that never sleeps, so that nobody has to wake it.
pub(super) fn waiter() -> Waiter {
    Waiter::new(WaitStrategy::Yield, Barrier::new(None))
}

/// Waits until `is_ready` says so.
#[cold]
#[inline(never)]
pub(super) fn wait(waiter: &mut Waiter, stalls: &Stalls, is_ready: impl FnMut() -> bool) {
    waiter.wait(&Doorbell::new(), stalls, None, is_ready);
}
