//! The slots, each with a stamp that says who may touch it.
//!
//! A *place* is a position in the order of all items: the lap in its high bits, the slot in its low ones. Capacities need not be
//! powers of two, so places skip numbers at the end of a lap, but they only ever grow: at a thousand million items a
//! second it takes a century and a half until one would not fit, and there is no ABA.
//!
//! ```text
//!   stamp == 2 * place        the slot is vacant, for the producer that claims this place
//!   stamp == 2 * place + 1    the item of this place is in it, for the consumer that takes this place
//! ```
//!
//! A slot goes through `2p`, `2p + 1`, `2(p + lap)`, `2(p + lap) + 1` and so on. Twice the place, and not the place itself as with
//! Vyukov, because in a ring of one slot the next place is also the next lap: "filled" must not read like "vacant again".
//!
//! Numbered facts, to which the SAFETY notes refer:
//!
//! 1. A stamp only grows, and only whoever claimed or took the place that it allows writes it.
//! 2. Between finding `2p` and writing `2p + 1` the slot is the one producer's that claimed `p`; between finding `2p + 1` and writing
//!    `2(p + lap)` it is the one consumer's that took `p`. Finding is an Acquire, writing a Release.

use core::{cmp::Ordering::*, mem::MaybeUninit};

#[cfg(loom)]
use ringfold_core::sync::CheckedCell;
use ringfold_core::{
    slots::prefetch_to_write,
    sync::{AtomicU64, Ordering, OwnedCell},
    wait::Slip,
};
use ringfold_memory::Error;

/// The slots of a ring, exactly as many as its capacity.
pub(super) struct Cells<T> {
    cells: Box<[Cell<T>]>,
    /// The places of a lap: the capacity, rounded up to a power of two.
    lap: u64,
    /// How far ahead cache lines are fetched.
    ahead: u64,
}

#[repr(C)]
struct Cell<T> {
    stamp: AtomicU64,
    item: OwnedCell<MaybeUninit<T>>,
    /// What loom checks: an access that nothing orders after the previous owner's fails the model.
    #[cfg(loom)]
    shadow: CheckedCell<()>,
}

/// So many cache lines ahead of where a side is they are fetched to be written: a compare-and-swap waits for all stores before
/// it, and they would wait for their lines one after the other. Worth a third or a half; 2 and 4 are worse.
const AHEAD_LINES: usize = 8;
/// Rings that have fewer slots than so many times that distance do without: they would fetch what the other side has in hand.
const TOO_NEAR: u64 = 8;
const LINE: usize = 64;
/// Slots between two at which somebody looks who holds still.
const STRIDE: u64 = 16;

/// What the stamp of a slot says about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is this place's turn.
    Ready,
    /// What comes before is not done: an item of the lap before is not yet moved out, or that of this place not yet in.
    NotYet,
    /// The place has had its turn: whoever asks has an old cursor.
    Past,
}

impl<T> Cells<T> {
    pub(super) fn new(capacity: usize) -> Result<Self, Error> {
        let bytes = capacity.saturating_mul(size_of::<Cell<T>>());
        if capacity == 0 {
            return Err(Error::invalid(
                0,
                "a ring of capacity 0 could never hold an item",
                "ask for a capacity of at least 1",
            ));
        }
        if bytes > isize::MAX as usize {
            return Err(Error::invalid(
                bytes,
                format!("{capacity} slots of {} bytes do not fit the address space", size_of::<Cell<T>>()),
                "ask for a smaller capacity",
            ));
        }
        let mut cells = Vec::new();
        cells.try_reserve_exact(capacity).map_err(|_| Error::heap(bytes))?;
        cells.extend((0..capacity as u64).map(Cell::vacant));
        let ahead = AHEAD_LINES * LINE / size_of::<Cell<T>>();
        let is_far = ahead as u64 * TOO_NEAR <= capacity as u64;
        Ok(Self {
            cells: cells.into_boxed_slice(),
            lap: capacity.next_power_of_two() as u64,
            ahead: if is_far { ahead as u64 } else { 0 },
        })
    }

    #[inline(always)]
    pub(super) fn capacity(&self) -> u64 {
        self.cells.len() as u64
    }

    /// The place `n` after `place`; `n` is at most the capacity.
    #[inline(always)]
    pub(super) fn after(&self, place: u64, n: u64) -> u64 {
        let slot = place & (self.lap - 1);
        match (slot + n).checked_sub(self.capacity()) {
            None => place + n,
            Some(slot_of_next_lap) => place - slot + self.lap + slot_of_next_lap,
        }
    }

    /// The place of the same slot one lap before; none in the first lap.
    pub(super) fn lap_before(&self, place: u64) -> Option<u64> {
        place.checked_sub(self.lap)
    }

    /// How many places there are before this one.
    pub(super) fn sequence(&self, place: u64) -> u64 {
        (place / self.lap) * self.capacity() + place % self.lap
    }

    #[inline(always)]
    fn cell(&self, place: u64) -> &Cell<T> {
        &self.cells[(place & (self.lap - 1)) as usize]
    }

    /// Whether the slot is vacant for `place`; if so, together with everything that was done before it was.
    #[inline(always)]
    pub(super) fn look_for_room(&self, place: u64) -> Found {
        self.cell(place).compare(2 * place)
    }

    /// Whether the item of `place` is there; if so, together with everything that was done before it was.
    #[inline(always)]
    pub(super) fn look_for_item(&self, place: u64) -> Found {
        self.cell(place).compare(2 * place + 1)
    }

    /// How many places from `from` on are ready according to `look`, without a gap and at most `most`.
    #[inline]
    pub(super) fn count_ready(&self, from: u64, most: u64, look: impl Fn(&Self, u64) -> Found) -> u64 {
        let mut place = from;
        for count in 0..most.min(self.capacity()) {
            if look(self, place) != Found::Ready {
                return count;
            }
            place = self.after(place, 1);
        }
        most.min(self.capacity())
    }

    /// Asks the processor for a cache line that will be written soon by whoever is at `place` now; no effect otherwise.
    #[inline(always)]
    pub(super) fn prefetch_ahead(&self, place: u64) {
        if self.ahead > 0 {
            prefetch_to_write(core::ptr::from_ref(self.cell(self.after(place, self.ahead))).cast());
        }
    }

    /// How a side of this ring slips.
    pub(super) fn slip(&self) -> Slip {
        Slip::new(self.cells.len(), size_of::<Cell<T>>())
    }

    /// Slips as long as the other side gets on, from `place` on. Looks only at slots some way ahead, once each, and not at the other side's
    /// front, which would slow it down.
    pub(super) fn hold_still(&self, slip: &mut Slip, place: u64, look: fn(&Self, u64) -> Found) {
        let (mut ready, mut ahead) = (0, place);
        slip.slip(0, 1, || {
            while ready < self.capacity() && look(self, ahead) != Found::NotYet {
                let stride = STRIDE.min(self.capacity() - ready);
                ready += stride;
                ahead = self.after(ahead, stride);
            }
            ready
        });
    }

    /// Moves `item` into the slot and says that it is there.
    ///
    /// # Safety
    /// The caller has claimed `place`, and found its slot ready ([`look_for_room`](Self::look_for_room)).
    #[inline(always)]
    pub(super) unsafe fn fill(&self, place: u64, item: T) {
        let cell = self.cell(place);
        #[cfg(loom)]
        cell.shadow.with_mut(|_| ());
        // SAFETY: fact 2: the slot is this producer's, and vacant.
        unsafe { (*cell.item.as_ptr()).write(item) };
        cell.stamp.store(2 * place + 1, Ordering::Release); // SYNC: filled
    }

    /// Moves the item out of the slot and says that it is vacant.
    ///
    /// # Safety
    /// The caller has taken `place`, and found its item ready ([`look_for_item`](Self::look_for_item)).
    #[inline(always)]
    pub(super) unsafe fn vacate(&self, place: u64) -> T {
        let cell = self.cell(place);
        #[cfg(loom)]
        cell.shadow.with_mut(|_| ());
        // SAFETY: fact 2: the slot is this consumer's, and holds an item, which nobody reads again.
        let item = unsafe { (*cell.item.as_ptr()).assume_init_read() };
        cell.stamp.store(2 * (place + self.lap), Ordering::Release); // SYNC: vacated
        item
    }

    /// Moves `item` into the slot in exchange for that of the lap before, and says that it is there.
    ///
    /// # Safety
    /// The caller has taken the place one lap before `place` as in [`vacate`](Self::vacate), and has claimed `place`.
    pub(super) unsafe fn exchange(&self, place: u64, item: T) -> T {
        let cell = self.cell(place);
        #[cfg(loom)]
        cell.shadow.with_mut(|_| ());
        // SAFETY: fact 2: the slot is the caller's, as a consumer, and holds an item, which nobody reads again. It is not made
        // vacant in between, so that no other producer may touch it.
        let before =
            unsafe { core::mem::replace(&mut *cell.item.as_ptr(), MaybeUninit::new(item)).assume_init() };
        cell.stamp.store(2 * place + 1, Ordering::Release); // SYNC: filled
        before
    }

    /// Drops the items of all places in `from .. end`, even where one of them panics.
    ///
    /// # Safety
    /// Nobody else uses the ring any more, these places were filled and not taken, and what was done to them is seen.
    pub(super) unsafe fn drop_items(&self, from: u64, end: u64) {
        if !core::mem::needs_drop::<T>() {
            return;
        }
        let mut unread = Unread { cells: self, next: from, end };
        unread.drop_all();
    }
}

impl<T> Cell<T> {
    fn vacant(slot: u64) -> Self {
        Self {
            stamp: AtomicU64::new(2 * slot),
            item: OwnedCell::new(MaybeUninit::uninit()),
            #[cfg(loom)]
            shadow: CheckedCell::new(()),
        }
    }

    #[inline(always)]
    fn compare(&self, wanted: u64) -> Found {
        // SYNC: filled, vacated
        match self.stamp.load(Ordering::Acquire).cmp(&wanted) {
            Equal => Found::Ready,
            Less => Found::NotYet,
            Greater => Found::Past,
        }
    }
}

/// Items that nobody has read, to be dropped.
struct Unread<'a, T> {
    cells: &'a Cells<T>,
    next: u64,
    end: u64,
}

impl<T> Unread<'_, T> {
    fn drop_all(&mut self) {
        while self.next != self.end {
            let cell = self.cells.cell(self.next);
            self.next = self.cells.after(self.next, 1);
            // SAFETY: the caller of `drop_items` vouches for the item, and it is behind `next` now.
            unsafe { (*cell.item.as_ptr()).assume_init_drop() };
        }
    }
}

impl<T> Drop for Unread<'_, T> {
    /// Also where an item has panicked.
    fn drop(&mut self) {
        self.drop_all();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn places_count_every_slot_of_every_lap_once() {
        for capacity in [1, 2, 3, 5, 7, 8, 100] {
            let cells = Cells::<u8>::new(capacity as usize).unwrap();
            let mut place = 0;
            for sequence in 0..10 * capacity {
                assert_eq!(cells.sequence(place), sequence);
                assert_eq!(place % cells.lap, sequence % capacity, "capacity {capacity}");
                for n in 0..=capacity {
                    assert_eq!(
                        cells.sequence(cells.after(place, n)),
                        sequence + n,
                        "capacity {capacity}, {n} on"
                    );
                }
                assert_eq!(cells.after(place, capacity), place + cells.lap);
                place = cells.after(place, 1);
            }
        }
    }

    #[test]
    fn a_slot_is_vacant_filled_and_vacant_again_also_if_it_is_the_only_one() {
        for capacity in [1, 2, 3] {
            let cells = Cells::new(capacity).unwrap();
            for place in (0..20).scan(0, |place, _| Some(core::mem::replace(place, cells.after(*place, 1)))) {
                assert_eq!(
                    (cells.look_for_room(place), cells.look_for_item(place)),
                    (Found::Ready, Found::NotYet)
                );
                // SAFETY: one thread, and the slot was found ready.
                unsafe { cells.fill(place, place) };
                assert_eq!(
                    (cells.look_for_room(place), cells.look_for_item(place)),
                    (Found::Past, Found::Ready)
                );
                assert_eq!(cells.look_for_room(place + cells.lap), Found::NotYet);
                // SAFETY: one thread, and the item was found ready.
                assert_eq!(unsafe { cells.vacate(place) }, place);
                assert_eq!(
                    (cells.look_for_room(place), cells.look_for_item(place)),
                    (Found::Past, Found::Past)
                );
            }
        }
    }

    #[test]
    fn a_count_ends_at_the_first_gap_and_after_a_lap() {
        let cells = Cells::new(5).unwrap();
        assert_eq!(cells.count_ready(0, 100, Cells::look_for_room), 5);
        // SAFETY: one thread, and all slots are vacant.
        [0, 1, 3].into_iter().for_each(|place| unsafe { cells.fill(place, 'x') });
        assert_eq!(cells.count_ready(0, 100, Cells::look_for_item), 2);
        assert_eq!(cells.count_ready(0, 1, Cells::look_for_item), 1);
        assert_eq!(cells.count_ready(4, 100, Cells::look_for_room), 1);
    }

    #[test]
    fn absurd_capacities_are_errors() {
        assert!(Cells::<u8>::new(0).err().unwrap().is_invalid());
        assert!(Cells::<u8>::new(usize::MAX).err().unwrap().is_invalid());
        assert!(Cells::<()>::new(usize::MAX / 4).err().unwrap().is_invalid());
    }
}
