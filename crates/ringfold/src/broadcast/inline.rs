//! A broadcast ring inside a `static`: no heap, no mapping, no operating system, no locks.
//!
//! The room's promises hold here too; what differs is that the words of all sides lie in one value, and that there is a fixed number of
//! *places* for gated readers instead of a roster under a lock. A place is one word: free, or the cursor of the reader that has taken it.
//!
//! ```text
//!      somebody joins                             the producer wants more
//!      ──────────────                             ───────────────────────
//!   1. place: free → the cursor, as seen       1. granted = the slowest place + N, or an eighth of the ring
//!   2. full fence                              2. full fence
//!   3. start >= granted - N; place = start     3. looks at all places again; uses no more than the slowest of them + N
//! ```
//!
//! Each writes one word and then reads the other's, with a full fence between, so at least one of them sees the other: either the newcomer
//! starts behind everything that may be overwritten, or the producer sees its place. That one holds back at least what the
//! newcomer will read, because `start` is never before the cursor that was written down first. What was granted and not used harms nobody:
//! it never goes beyond `producer.cursor + N`, and never back.
//!
//! # The state, and who writes it
//!
//! | word | written by | read by | meaning |
//! |---|---|---|---|
//! | `cursor` | producer | readers | events before it are published |
//! | `granted` | producer | who joins, lossy readers | slots before it may be written without another look |
//! | `has_producer` | who takes or drops the producer | readers | something may follow |
//! | `places[i]` | whoever has taken it | producer | events before it are released (plus 1); 0: it can be taken |
//!
//! # Invariants
//!
//! 1. There is at most one producer (`has_producer`), and for each place at most one reader (it is taken by an exchange).
//! 2. The producer writes slots in `cursor .. limit` only, and its draft. `limit <= start + N` of every reader, also of those that are joining.
//! 3. A gated reader reads events in `place .. end` only, where `end` is a value of `cursor` that it has observed. With 2, no slot is written
//!    while it is read.
//! 4. Every cell and every event of the draft holds an event from the beginning on: the blank.
//! 5. Slots are written word by word and atomically, from the draft, and events have no padding (`NoUninit`); a lossy copy of event `s` is
//!    given out only if, after its last word was loaded, `granted <= s + N`.
//! 6. The cells begin on a cache line, so that every word of them is aligned, whatever the alignment of an event.
//!
//! # Orderings, derived from the promise
//!
//! Whoever reads an event sees what happened before it was published: `cursor` is published and observed. Whoever overwrites one must not do so
//! while it is read: the same, the other way round, for `places[i]`, also when the place was taken by another one since, so the full fence
//! behind taking it is an Acquire of what the last one did. A lossy reader that has loaded a word of a later lap must find the grant that
//! allowed it: the full fence behind the grant is a Release fence too, and there is an Acquire fence between the words and the look at the
//! grant. A producer goes on where the last one stopped: dropping one is a Release, taking the next an Acquire, and so is being told that
//! there is none.

use core::{
    fmt,
    mem::{MaybeUninit, size_of},
    ptr::NonNull,
};

use bytemuck::NoUninit;
use ringfold_core::{padded::CachePadded, slots::Slots, sync::OwnedCell};

mod lossy;
mod producer;
mod reader;
mod shared;

pub use lossy::StaticLossyReader;
pub use producer::StaticProducer;
pub use reader::{StaticBatch, StaticReader};
use shared::{Place, Ring, Shared};

/// A ring of exactly `N` events for one producer and many readers, stored inline; meant for a `static`. At most `R` gated readers at a time
/// (8, if nothing is said), and any number of lossy ones.
///
/// It takes three times the memory of its events: the cells, their mirror, kept equal by copying, so that batches are one slice here too, and
/// a draft in which events are written before they are copied to where a lossy reader may look. `N` must be a power of two, which is
/// checked when the program is compiled, as is the size: more than 1 MiB would overflow the stacks on which such a value may be made.
/// Where the blank is all zeros, so is the whole ring, and the program file does not grow by it.
///
/// Nothing here allocates, and nothing sleeps: the waiting verbs spin and, with `std`, yield. In an interrupt handler call only those that do not wait.
///
/// ```
/// use ringfold::broadcast;
///
/// static RING: broadcast::Static<u64, 64> = broadcast::Static::new(0);
///
/// let mut producer = RING.producer().expect("nobody else has it");
/// let mut storage = RING.subscribe().expect("there are 8 places");
/// let mut network = RING.subscribe().expect("there are 8 places");
/// let mut screen = RING.subscribe_lossy();
/// producer.publish(|event| *event = 7); // waits for the slowest of the first two
/// assert_eq!(&*storage.poll(), &[7]);
/// assert_eq!(&*network.poll(), &[7]);
/// assert_eq!(screen.try_recv(), Ok(7));
/// ```
///
/// ```compile_fail,E0080
/// static RING: ringfold::broadcast::Static<u32, 3> = ringfold::broadcast::Static::new(0); // 3 is no power of two
/// ```
///
/// ```compile_fail,E0080
/// static RING: ringfold::broadcast::Static<u64, 65536> = ringfold::broadcast::Static::new(0); // 1.5 MiB
/// ```
///
/// ```compile_fail,E0277
/// static RING: ringfold::broadcast::Static<(u8, u64), 4> = ringfold::broadcast::Static::new((0, 0)); // has padding
/// ```
#[repr(C)]
pub struct Static<E, const N: usize, const R: usize = 8> {
    shared: Shared,
    places: [CachePadded<Place>; R],
    cells: CachePadded<OwnedCell<[[MaybeUninit<E>; N]; 2]>>,
    draft: OwnedCell<[E; N]>,
    /// loom's view of the cells, which all handles must share.
    #[cfg(loom)]
    checked: std::sync::OnceLock<Slots<E>>,
}

// SAFETY: the words are atomics. The cells are reached only through the handles, as the invariants 2 to 5 say, and the draft through the only
// producer; events travel to other threads (`Send`) and are looked at by several (`Sync`).
unsafe impl<E: Send + Sync, const N: usize, const R: usize> Sync for Static<E, N, R> {}

impl<E: NoUninit, const N: usize, const R: usize> Static<E, N, R> {
    const CHECKED: () = {
        assert!(
            N.is_power_of_two(),
            "the capacity of an inline ring must be a power of two: 1, 2, 4, 8, ..."
        );
        assert!(
            size_of::<[[E; N]; 3]>() <= 1 << 20,
            "an inline broadcast ring takes three times its events, here more than 1 MiB: choose a smaller N or, with `std`, `broadcast::builder`"
        );
        assert!(R <= 512, "an inline broadcast ring has at most 512 places for gated readers");
    };

    ringfold_core::const_unless_loom! {
        /// A ring in which nothing was published. Events are `blank` before they are written.
        pub fn new(blank: E) -> Self {
            const { Self::CHECKED };
            Self {
                shared: Shared::new(),
                places: Place::all_free(),
                cells: CachePadded::new(OwnedCell::new([[MaybeUninit::new(blank); N]; 2])),
                draft: OwnedCell::new([blank; N]),
                #[cfg(loom)]
                checked: std::sync::OnceLock::new(),
            }
        }
    }

    /// Takes the producer, which goes on where the last one stopped. `None` while it is out; dropping it gives it back, forgetting it
    /// (`mem::forget`) never.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<u8, 4> = broadcast::Static::new(0);
    ///
    /// let mut producer = RING.producer().unwrap();
    /// assert!(RING.producer().is_none(), "it is out");
    /// assert_eq!(producer.publish(|event| *event = 1), 0);
    /// drop(producer);
    /// assert_eq!(RING.producer().unwrap().publish(|event| *event = 2), 1);
    /// ```
    pub fn producer(&'static self) -> Option<StaticProducer<E>> {
        if !self.shared.take_producer() {
            return None;
        }
        let draft: *mut [E] = self.draft.as_ptr();
        let Some(draft) = NonNull::new(draft) else { unreachable!("a static has an address") };
        // SAFETY: there is no other producer (invariant 1); the draft is this ring's, `'static`, and holds events (invariant 4).
        Some(unsafe { StaticProducer::new(self.ring(), draft) })
    }

    /// Takes a place for a reader of everything that is published from now on, which the producer waits for when it has to. `None` while all
    /// `R` places are taken. Never waits.
    ///
    /// ```
    /// use ringfold::broadcast;
    ///
    /// static RING: broadcast::Static<u8, 4, 1> = broadcast::Static::new(0);
    ///
    /// let reader = RING.subscribe().expect("there is one place");
    /// assert!(RING.subscribe().is_none());
    /// drop(reader);
    /// assert!(RING.subscribe().is_some());
    /// ```
    pub fn subscribe(&'static self) -> Option<StaticReader<E>> {
        StaticReader::join(self.ring())
    }

    /// A reader of copies of everything that is published from now on, which never holds the producer back, and is told how many events it has
    /// missed. There can be any number of them.
    pub fn subscribe_lossy(&'static self) -> StaticLossyReader<E> {
        StaticLossyReader::new(self.ring())
    }

    fn ring(&'static self) -> Ring<E> {
        Ring { shared: &self.shared, places: &self.places, slots: self.slots(), capacity: N }
    }

    #[cfg(loom)]
    fn slots(&'static self) -> Slots<E> {
        self.checked.get_or_init(|| self.make_slots()).clone()
    }

    #[cfg(not(loom))]
    fn slots(&'static self) -> Slots<E> {
        self.make_slots()
    }

    fn make_slots(&'static self) -> Slots<E> {
        if size_of::<E>() == 0 {
            return Slots::zero_sized(N);
        }
        let Some(base) = NonNull::new(self.cells.as_ptr().cast()) else {
            unreachable!("a static has an address")
        };
        // SAFETY: the cell is 2 * N events, `'static`, and may be written behind a shared reference (`OwnedCell`); N is a power of two
        // (`CHECKED`).
        unsafe { Slots::over_items(base, N) }
    }
}

impl<E, const N: usize, const R: usize> fmt::Debug for Static<E, N, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static").field("capacity", &N).field("places", &R).finish_non_exhaustive()
    }
}
