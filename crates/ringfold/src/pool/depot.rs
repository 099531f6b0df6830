//! Which slots of a class are free: one bit for each.
//!
//! Numbered facts, to which the SAFETY notes of the room refer:
//!
//! 1. A set bit is a free slot, and nothing else is. Whoever clears it has the slot to himself until he sets it again. There is no list of
//!    links that could be followed into a slot that is in use again, so there is no ABA: if a word that one has looked at has changed and changed
//!    back, the bits still say what is true now.
//! 2. `taken` counts before bits are cleared and after they are set. Whoever could raise it finds that many bits, at once or a moment later, so
//!    "exhausted" is one look at one word.
//!
//! A second level of bits says in which words there may be something. It is a hint: a search that it misleads looks everywhere.

use ringfold_core::{
    padded::CachePadded,
    sync::{self, AtomicU64, Ordering},
};

use super::arena::{Arena, Part, Space};

/// The free slots of a class.
pub(super) struct Depot {
    taken: CachePadded<AtomicU64>,
    /// Bit set: this slot is free.
    words: Part<AtomicU64>,
    /// Bit set: this word may have something.
    groups: Part<AtomicU64>,
    capacity: u64,
}

/// The bits that the word `index` of `count` bits has.
fn full_word(count: usize, index: usize) -> u64 {
    match count.saturating_sub(64 * index) {
        0 => 0,
        rest @ 1..64 => (1 << rest) - 1,
        _ => u64::MAX,
    }
}

/// Words for so many bits.
const fn words_for(bits: usize) -> usize {
    bits.div_ceil(64)
}

impl Depot {
    /// All free.
    ///
    /// # Safety
    /// It is dropped before the arena's memory is, which is as large as was measured.
    pub(super) unsafe fn cut(arena: &mut Arena, capacity: usize) -> Self {
        let words = words_for(capacity);
        let full = |bits: usize| move |_: &mut Arena, index| AtomicU64::new(full_word(bits, index));
        // SAFETY: handed on from the caller.
        let (words, groups) = unsafe {
            (arena.cut_values(words, full(capacity)), arena.cut_values(words_for(words), full(words)))
        };
        Self { taken: CachePadded::new(AtomicU64::new(0)), words, groups, capacity: capacity as u64 }
    }

    /// Measures what [`cut`](Self::cut) cuts off.
    pub(super) const fn measure(space: Space, capacity: usize) -> Option<Space> {
        let words = words_for(capacity);
        let Some((_, space)) = space.with_values::<AtomicU64>(words) else { return None };
        match space.with_values::<AtomicU64>(words_for(words)) {
            Some((_, space)) => Some(space),
            None => None,
        }
    }

    /// What the bits for so many slots take, in bytes.
    pub(super) const fn bytes_for(capacity: usize) -> usize {
        let words = words_for(capacity);
        size_of::<AtomicU64>() * (words + words_for(words))
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    /// How many slots are not here, at some moment.
    #[inline]
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// How many slots are here, at some moment.
    #[inline]
    pub(super) fn free(&self) -> u64 {
        self.capacity - self.taken()
    }

    /// Whether a slot is here, at some moment.
    pub(super) fn is_here(&self, slot: usize) -> bool {
        self.words[slot / 64].load(Ordering::Relaxed) & 1 << (slot % 64) != 0
    }

    /// Takes up to `wanted` slots, passes their numbers to `each`, and returns how many were taken before; `None` if there is nothing.
    /// Looks first where `start` says, so that those who start apart rarely meet.
    #[inline]
    pub(super) fn take(&self, wanted: u64, start: usize, mut each: impl FnMut(usize)) -> Option<u64> {
        let (before, mut left) = self.reserve(wanted)?;
        while left > 0 {
            left -= self.take_from(self.find(start), left, &mut each);
        }
        Some(before)
    }

    /// The right to clear up to `wanted` bits: how many were taken before, and to how many.
    fn reserve(&self, wanted: u64) -> Option<(u64, u64)> {
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let granted = wanted.min(self.capacity - taken);
            if granted == 0 {
                return None;
            }
            // No order: the bits carry it, and whoever does not see one yet looks again.
            match self.taken.compare_exchange_weak(
                taken,
                taken + granted,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some((taken, granted)),
                Err(now) => taken = now,
            }
        }
    }

    /// A word that seems to have something.
    fn find(&self, start: usize) -> usize {
        let start = start % self.words.len();
        loop {
            if self.words[start].load(Ordering::Relaxed) != 0 {
                return start;
            }
            let groups = self.groups.len();
            for group in (0..groups).map(|offset| (start / 64 + offset) % groups) {
                let hints = self.groups[group].load(Ordering::Relaxed);
                if hints != 0 {
                    return 64 * group + hints.trailing_zeros() as usize;
                }
            }
            // Fact 2: there is something, or others are quicker.
            if let Some(index) = self.words.iter().position(|word| word.load(Ordering::Relaxed) != 0) {
                return index;
            }
            sync::spin_loop();
        }
    }

    /// Takes up to `wanted` slots out of one word; how many it were.
    fn take_from(&self, index: usize, wanted: u64, each: &mut impl FnMut(usize)) -> u64 {
        let word = &self.words[index];
        let mut bits = word.load(Ordering::Relaxed);
        loop {
            let mut left = bits;
            (0..wanted.min(u64::from(bits.count_ones()))).for_each(|_| left &= left - 1);
            // Together with everything that was done to the slots before they came.
            // SYNC: free
            match word.compare_exchange_weak(bits, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    if left == 0 {
                        self.note_empty(index);
                    }
                    let mut taken = bits & !left;
                    let count = taken.count_ones();
                    // From the last to the first: what is put on a pile in this order comes off it in rising order, as prefetchers like it.
                    while taken != 0 {
                        let last = taken.ilog2();
                        each(64 * index + last as usize);
                        taken &= !(1 << last);
                    }
                    return u64::from(count);
                }
                Err(now) => bits = now,
            }
        }
    }

    #[cold]
    fn note_empty(&self, index: usize) {
        let (group, bit) = (&self.groups[index / 64], 1 << (index % 64));
        group.fetch_and(!bit, Ordering::Relaxed);
        if self.words[index].load(Ordering::Relaxed) != 0 {
            group.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Puts slots back; neighbours that follow each other go in together.
    pub(super) fn put(&self, slots: impl IntoIterator<Item = usize>) {
        let (mut index, mut bits, mut count) = (0, 0_u64, 0);
        for slot in slots {
            if slot / 64 != index {
                self.set(index, bits);
                (index, bits) = (slot / 64, 0);
            }
            debug_assert_eq!(bits & 1 << (slot % 64), 0, "a slot comes back once");
            bits |= 1 << (slot % 64);
            count += 1;
        }
        self.set(index, bits);
        if count > 0 {
            self.taken.fetch_sub(count, Ordering::Relaxed);
        }
    }

    fn set(&self, index: usize, bits: u64) {
        if bits == 0 {
            return;
        }
        let before = self.words[index].fetch_or(bits, Ordering::Release); // SYNC: free
        debug_assert_eq!(before & bits, 0, "a slot comes back once");
        if before == 0 {
            self.groups[index / 64].fetch_or(1 << (index % 64), Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pool::arena::Backing;

    /// A depot, dropped before its memory.
    struct Own(Depot, #[allow(dead_code, reason = "held for its Drop")] Backing);

    impl core::ops::Deref for Own {
        type Target = Depot;
        fn deref(&self) -> &Depot {
            &self.0
        }
    }

    fn depot(capacity: usize) -> Own {
        let space = Depot::measure(Space::NONE.with_values::<u64>(1).unwrap().1, capacity).unwrap();
        let backing = Backing::heap(space.layout().unwrap()).unwrap();
        // SAFETY: measured above, and dropped in this order.
        Own(unsafe { Depot::cut(&mut Arena::new(backing.memory()), capacity) }, backing)
    }

    fn take(depot: &Depot, wanted: u64, start: usize) -> Vec<usize> {
        let mut slots = Vec::new();
        depot.take(wanted, start, |slot| slots.push(slot));
        slots
    }

    #[test]
    fn every_slot_is_given_out_once() {
        for capacity in [0, 1, 2, 63, 64, 65, 128, 1000, 4096, 4097, 10_000] {
            let depot = self::depot(capacity);
            let mut seen = BTreeSet::new();
            for wanted in (1..).map(|i| i % 100) {
                let slots = take(&depot, wanted, 7 * wanted as usize);
                if slots.is_empty() && wanted > 0 {
                    break;
                }
                slots.into_iter().for_each(|slot| assert!(seen.insert(slot), "{slot} of {capacity}"));
            }
            assert!(seen.iter().copied().eq(0..capacity));
            assert_eq!((depot.taken(), depot.free()), (capacity as u64, 0));
            depot.put(seen);
            assert_eq!((depot.taken(), depot.free()), (0, capacity as u64));
        }
    }

    #[test]
    fn what_comes_back_in_any_order_is_found_again() {
        let depot = self::depot(5000);
        let mut slots = take(&depot, 5000, 0);
        assert_eq!((slots.len(), take(&depot, 1, 0)), (5000, vec![]));
        slots.reverse();
        slots.swap(0, 2500);
        depot.put(slots.drain(..3000));
        let again = take(&depot, 4000, 77);
        assert_eq!((again.len(), take(&depot, 1, 77)), (3000, vec![]));
    }

    #[test]
    fn a_single_slot_far_away_is_found() {
        let depot = self::depot(100_000);
        let _ = take(&depot, 100_000, 0);
        for slot in [0, 4095, 4096, 99_999, 50_000] {
            depot.put([slot]);
            assert_eq!(take(&depot, 3, 500), [slot]);
        }
    }

    #[test]
    fn threads_that_take_and_put_never_share_a_slot() {
        let own = self::depot(130);
        let depot = &own.0;
        let users: Vec<AtomicU64> = (0..130).map(|_| AtomicU64::new(0)).collect();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let users = &users;
                scope.spawn(move || {
                    for round in 0..20_000 {
                        let slots = take(depot, 1 + round % 40, thread * round as usize);
                        slots.iter().for_each(|slot| {
                            assert_eq!(users[*slot].fetch_add(1, Ordering::Relaxed), 0);
                        });
                        slots.iter().for_each(|slot| {
                            users[*slot].fetch_sub(1, Ordering::Relaxed);
                        });
                        depot.put(slots);
                    }
                });
            }
        });
        assert_eq!(take(depot, 1000, 0).len(), 130);
    }
}
