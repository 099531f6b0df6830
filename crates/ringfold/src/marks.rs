//! Which claims are committed.
//!
//! One word for each slot. A claim of the slots `from .. end` is committed by one store of `end` into the word of `from`. At
//! sequence `s` a reader finds either that or what an earlier lap left there: an `end` that is not beyond `s`, because a
//! claim that began at least one lap earlier ended, at the latest, one capacity behind its start. So a word need never be
//! cleared, an old one is never mistaken for a new one (no ABA), and any number of slots is committed by a single store.
//!
//! Where readers may begin in the midst of a claim, it is committed in each of its words.

use ringfold_core::{
    slots::prefetch_to_write,
    sync::{AtomicU64, Ordering},
};
use ringfold_memory::{Error, machine};

/// The words, a power of two of them and at least one for each slot.
#[derive(Debug)]
pub(crate) struct Marks(Box<[AtomicU64]>);

/// What the word of a sequence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Not claimed, or claimed and not committed; or in the midst of a claim that was.
    Open,
    /// Items, up to this sequence.
    Items(u64),
    /// A tombstone: a claim that was aborted, up to this sequence.
    Aborted(u64),
}

/// No sequence gets so far in 292 years.
const ABORTED: u64 = 1 << 63;

impl Marks {
    pub(crate) fn new(capacity: usize) -> Result<Self, Error> {
        let count = capacity.checked_next_power_of_two();
        let bytes = count.and_then(|count| count.checked_mul(size_of::<AtomicU64>()));
        let (Some(count), Some(bytes)) = (count, bytes.filter(|&bytes| bytes <= isize::MAX as usize)) else {
            return Err(Error::invalid(
                usize::MAX,
                format!("the marks of {capacity} slots, 8 bytes each, do not fit the address space"),
                "ask for a smaller capacity",
            ));
        };
        machine::check_available(bytes)?;
        let mut words = Vec::new();
        words.try_reserve_exact(count).map_err(|_| Error::heap(bytes))?;
        words.resize_with(count, || AtomicU64::new(0));
        Ok(Self(words.into_boxed_slice()))
    }

    #[inline(always)]
    fn word(&self, sequence: u64) -> &AtomicU64 {
        &self.0[sequence as usize & (self.0.len() - 1)]
    }

    /// Asks the processor to make the word's cache line this core's, to be written soon; no effect otherwise.
    #[inline(always)]
    pub(crate) fn prefetch_to_write(&self, sequence: u64) {
        prefetch_to_write(core::ptr::from_ref(self.word(sequence)).cast());
    }

    /// The claim of `from .. end` holds items now.
    #[inline(always)]
    pub(crate) fn commit(&self, from: u64, end: u64) {
        self.word(from).store(end, Ordering::Release); // SYNC: mark
    }

    /// The claim of `from .. end` holds nothing and never will.
    pub(crate) fn abort(&self, from: u64, end: u64) {
        self.word(from).store(end | ABORTED, Ordering::Release); // SYNC: mark
    }

    /// As [`commit`](Self::commit), for readers that may begin anywhere.
    #[inline(always)]
    pub(crate) fn commit_each(&self, from: u64, end: u64) {
        // Back to front: nobody passes `from` before its word is stored, and then no word of this claim is stored any more. Otherwise the
        // next lap could begin, and a late word would overwrite one of that.
        (from..end).rev().for_each(|sequence| self.word(sequence).store(end, Ordering::Release)); // SYNC: mark
    }

    /// As [`abort`](Self::abort), for readers that may begin anywhere.
    #[inline]
    pub(crate) fn abort_each(&self, from: u64, end: u64) {
        // Back to front, as in `commit_each`.
        (from..end).rev().for_each(|sequence| self.word(sequence).store(end | ABORTED, Ordering::Release)); // SYNC: mark
    }

    /// What the word says, together with everything that was done before it was written.
    #[inline(always)]
    pub(crate) fn read(&self, sequence: u64) -> Mark {
        let word = self.word(sequence).load(Ordering::Acquire); // SYNC: mark
        match word & !ABORTED {
            end if end <= sequence => Mark::Open,
            end if word & ABORTED == 0 => Mark::Items(end),
            end => Mark::Aborted(end),
        }
    }

    /// How far there are items without a gap from `from` on, looking no further than `most` beyond it.
    #[inline(always)]
    pub(crate) fn items_from(&self, from: u64, most: u64) -> u64 {
        let mut at = from;
        while at - from < most {
            let Mark::Items(end) = self.read(at) else { break };
            at = end;
        }
        at
    }

    /// How far claims were committed or aborted without a gap from `from` on. `None` if the ring, of so many slots, has gone round
    /// meanwhile, so that the words speak of a later lap.
    pub(crate) fn ended_from(&self, from: u64, capacity: u64) -> Option<u64> {
        let mut at = from;
        loop {
            match self.read(at) {
                Mark::Open => return Some(at),
                Mark::Items(end) | Mark::Aborted(end) if end - at > capacity => return None,
                Mark::Items(end) | Mark::Aborted(end) => at = end,
            }
        }
    }

    /// The first sequence in `from .. end` at which something was committed or aborted, or else `end`. Only when nobody
    /// commits any more: what is open then stays open.
    #[cold]
    pub(crate) fn skip_open(&self, from: u64, end: u64) -> u64 {
        (from..end).find(|&at| self.read(at) != Mark::Open).unwrap_or(end)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_mark_of_an_earlier_lap_is_never_taken_for_a_new_one() {
        const CAPACITY: u64 = 5;
        let marks = Marks::new(CAPACITY as usize).unwrap();
        let mut at = 0;
        // Claims of every length, on and on: nothing in front of the last one ever looks committed.
        for length in (1..=CAPACITY).cycle().take(1000) {
            for ahead in at..at + CAPACITY {
                assert_eq!(marks.read(ahead), Mark::Open, "at {at}, looking at {ahead}");
            }
            marks.commit(at, at + length);
            assert_eq!(marks.read(at), Mark::Items(at + length));
            at += length;
        }
    }

    #[test]
    fn a_tombstone_is_no_item() {
        let marks = Marks::new(4).unwrap();
        marks.commit(0, 2);
        marks.abort(2, 3);
        marks.commit(3, 4);
        assert_eq!(
            (marks.items_from(0, 100), marks.read(2), marks.items_from(3, 100)),
            (2, Mark::Aborted(3), 4)
        );
        assert_eq!(marks.skip_open(1, 4), 2);
    }

    #[test]
    fn a_claim_that_is_marked_in_each_word_can_be_read_from_anywhere() {
        let marks = Marks::new(4).unwrap();
        marks.commit_each(0, 3);
        marks.abort_each(3, 4);
        assert_eq!([0, 1, 2].map(|at| marks.read(at)), [Mark::Items(3); 3]);
        assert_eq!((marks.ended_from(1, 4), marks.read(3)), (Some(4), Mark::Aborted(4)));
        marks.commit_each(4, 6);
        assert_eq!((marks.ended_from(0, 4), marks.ended_from(2, 4)), (None, Some(6)), "0 was overwritten");
    }

    #[test]
    fn no_memory_is_an_error() {
        assert!(Marks::new(usize::MAX).unwrap_err().is_invalid());
        assert!(Marks::new(isize::MAX as usize).unwrap_err().is_invalid());
    }
}
