//! What a view has shown behind the seam.
//!
//! In the slice of a view an item behind the seam has another address than when it is reached by itself. Through a shared
//! reference it may have been changed there (a `Cell`, a lock), so it is made whole in both halves before it is read
//! again. A hardware mirror has nothing to do for that; for the compiler, and on a soft mirror, it matters.

use core::ops::Range;

use ringfold_core::slots::Slots;

/// The items that a view has shown behind the seam, from the first of them on; perhaps none.
pub(crate) struct Shown(Range<u64>);

impl Shown {
    pub(crate) const fn nothing() -> Self {
        Self(0..0)
    }

    #[inline(always)]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.start == self.0.end
    }

    /// `count` items from `cursor` on are about to be shown. Returns how many of them lie before the seam; the others must not be read
    /// by themselves before [`make_whole`](Self::make_whole).
    #[inline(always)]
    pub(crate) fn note<T>(&mut self, slots: &Slots<T>, cursor: u64, count: usize) -> usize {
        let before = slots.before_seam(cursor, count);
        if before < count {
            self.0 = cursor.wrapping_add(before as u64)..cursor.wrapping_add(count as u64);
        }
        before
    }

    /// Makes whole in both halves what was shown and `cursor` has not passed.
    #[inline(always)]
    pub(crate) fn make_whole<T>(&mut self, slots: &Slots<T>, cursor: u64) {
        if !self.is_nothing() {
            // By value, so that the handle itself can stay in registers.
            make_whole(&slots.clone(), cursor, self.0.clone());
            self.0 = 0..0;
        }
    }
}

#[cold]
#[inline(never)]
fn make_whole<T>(slots: &Slots<T>, cursor: u64, shown: Range<u64>) {
    let Range { start, end } = shown;
    // Some of them may have been consumed since.
    let consumed = cursor.wrapping_sub(start);
    let from = if consumed <= end.wrapping_sub(start) { cursor } else { start };
    let count = end.wrapping_sub(from) as usize;
    if count > 0 {
        // SAFETY: the items are there, shown and not consumed, so they are this consumer's; the view that showed
        // them, from before the seam, is gone, because it borrowed the consumer.
        unsafe { slots.sync_behind_seam(from, count) };
    }
}
