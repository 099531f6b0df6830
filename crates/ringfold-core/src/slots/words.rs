//! Cells that may be read while they are overwritten: word by word, each word atomically.
//!
//! What a reader gets that way may be torn: a piece of one item, a piece of the next. It is no data race, because on both sides every
//! access is atomic; whoever reads finds out by other means whether it was overwritten meanwhile, and only then takes the bytes for an
//! item. Words are written and read through the first half alone, so that a word has one address; what lies in the second half
//! is for those who read the cells as [items](Slots::items), in order with the writer.
//!
//! Orderings: none here. See `ringfold::broadcast`.

use core::mem::{MaybeUninit, size_of};
#[cfg(not(loom))]
use core::{mem::align_of, ptr};

use super::Slots;
#[cfg(not(loom))]
use crate::{
    mirror,
    sync::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering},
};

/// Bytes of the words that a cell of `size` bytes is made of: the largest that divides it. The address of a cell is a multiple of it,
/// because the mirror's base and period and the size are.
#[cfg(not(loom))]
const fn width(size: usize) -> usize {
    match size {
        size if size % 8 == 0 => 8,
        size if size % 4 == 0 => 4,
        size if size % 2 == 0 => 2,
        _ => 1,
    }
}

#[cfg(not(loom))]
impl<T> Slots<T> {
    /// How much of the cell at `offset` lies in the first half: all of it, where the size divides the period.
    #[inline(always)]
    fn part_before_seam(&self, offset: usize) -> usize {
        if const { size_of::<T>().is_power_of_two() } {
            return size_of::<T>();
        }
        size_of::<T>().min(self.period - offset)
    }

    /// Copies `item` into the cell, word by word, and into both halves.
    ///
    /// # Safety
    /// * No byte of a `T` is uninitialised (padding);
    /// * until the sequence is published nobody else writes the cell, and nobody reads it but by [`load_words`](Self::load_words).
    #[inline(always)]
    pub unsafe fn store_words(&self, sequence: u64, item: &T) {
        let (offset, bytes) = (self.offset(sequence), size_of::<T>());
        let before_seam = self.part_before_seam(offset);
        let from = ptr::from_ref(item).cast::<u8>();
        // SAFETY: facts 1 and 2: both parts lie in the first half; the caller has the cell to itself, as far as writing goes.
        unsafe {
            self.store_part(offset, from, before_seam);
            if before_seam < bytes {
                self.store_part(0, from.add(before_seam), bytes - before_seam);
            }
        }
    }

    /// # Safety
    /// As [`store_words`](Self::store_words), for `bytes` bytes from `offset` on, which lie in the first half; `from` has as many.
    #[inline(always)]
    unsafe fn store_part(&self, offset: usize, from: *const u8, bytes: usize) {
        let width = const { width(size_of::<T>()) };
        for at in (0..bytes).step_by(width) {
            // SAFETY: in bounds, and a multiple of the width, by which the first half and both parts of a cell can be divided. All that
            // others do with these bytes meanwhile is to load them atomically, in words of this very width.
            unsafe {
                let (to, from) = (self.base.as_ptr().add(offset + at), from.add(at));
                match width {
                    8 => AtomicU64::from_ptr(to.cast())
                        .store(from.cast::<u64>().read_unaligned(), Ordering::Relaxed),
                    4 => AtomicU32::from_ptr(to.cast())
                        .store(from.cast::<u32>().read_unaligned(), Ordering::Relaxed),
                    2 => AtomicU16::from_ptr(to.cast())
                        .store(from.cast::<u16>().read_unaligned(), Ordering::Relaxed),
                    _ => AtomicU8::from_ptr(to).store(from.read(), Ordering::Relaxed),
                }
            }
        }
        // SAFETY: facts 1 and 2. On a soft mirror this reads what was just written, which only this thread writes, and writes to the
        // second half, which nobody reads who is not ordered behind the publication.
        unsafe { mirror::sync(self.base, self.period, self.alias, offset, bytes) };
    }

    /// Copies what is in the cell out, word by word; torn, if it is overwritten meanwhile.
    ///
    /// # Safety
    /// Every byte of the cell was initialised, and whoever writes it while this may run does so by [`store_words`](Self::store_words).
    #[inline(always)]
    pub unsafe fn load_words(&self, sequence: u64) -> MaybeUninit<T> {
        let mut item = MaybeUninit::<T>::uninit();
        let (offset, bytes) = (self.offset(sequence), size_of::<T>());
        let before_seam = self.part_before_seam(offset);
        let to = item.as_mut_ptr().cast::<u8>();
        // SAFETY: facts 1 and 2: both parts lie in the first half.
        unsafe {
            self.load_part(offset, to, before_seam);
            if before_seam < bytes {
                self.load_part(0, to.add(before_seam), bytes - before_seam);
            }
        }
        item
    }

    /// # Safety
    /// As [`load_words`](Self::load_words), for `bytes` bytes from `offset` on, which lie in the first half; `to` has room for them.
    #[inline(always)]
    unsafe fn load_part(&self, offset: usize, to: *mut u8, bytes: usize) {
        let width = const { width(size_of::<T>()) };
        for at in (0..bytes).step_by(width) {
            // SAFETY: as in `store_part`.
            unsafe {
                let (from, to) = (self.base.as_ptr().add(offset + at), to.add(at));
                match width {
                    8 => to
                        .cast::<u64>()
                        .write_unaligned(AtomicU64::from_ptr(from.cast()).load(Ordering::Relaxed)),
                    4 => to
                        .cast::<u32>()
                        .write_unaligned(AtomicU32::from_ptr(from.cast()).load(Ordering::Relaxed)),
                    2 => to
                        .cast::<u16>()
                        .write_unaligned(AtomicU16::from_ptr(from.cast()).load(Ordering::Relaxed)),
                    _ => to.write(AtomicU8::from_ptr(from).load(Ordering::Relaxed)),
                }
            }
        }
    }
}

#[cfg(not(loom))]
const _: () = assert!(align_of::<AtomicU64>() <= 8, "a word is not aligned beyond its width");

/// loom's words lie beside the memory, which on top of them holds the item for those who read it in order.
#[cfg(loom)]
impl<T> Slots<T> {
    /// See above.
    ///
    /// # Safety
    /// See above.
    pub unsafe fn store_words(&self, sequence: u64, item: &T) {
        let words = size_of::<T>().div_ceil(8);
        for i in 0..words {
            let mut word = [0; 8];
            let bytes = (size_of::<T>() - 8 * i).min(8);
            // SAFETY: these are bytes of the item, all of them initialised (the caller).
            unsafe {
                let from = core::ptr::from_ref(item).cast::<u8>().add(8 * i);
                from.copy_to_nonoverlapping(word.as_mut_ptr(), bytes);
            }
            let word = u64::from_ne_bytes(word);
            self.shadow.word(sequence, i, words).store(word, crate::sync::Ordering::Relaxed);
        }
        // SAFETY: handed on from the caller; in a model nobody reads the memory itself but as items.
        unsafe { self.write(sequence, core::ptr::from_ref(item).read()) };
    }

    /// See above.
    ///
    /// # Safety
    /// See above.
    pub unsafe fn load_words(&self, sequence: u64) -> MaybeUninit<T> {
        let words = size_of::<T>().div_ceil(8);
        let mut item = MaybeUninit::<T>::uninit();
        for i in 0..words {
            let word = self.shadow.word(sequence, i, words).load(crate::sync::Ordering::Relaxed);
            let bytes = (size_of::<T>() - 8 * i).min(8);
            // SAFETY: these are bytes of `item`.
            unsafe {
                let to = item.as_mut_ptr().cast::<u8>().add(8 * i);
                to.copy_from_nonoverlapping(word.to_ne_bytes().as_ptr(), bytes);
            }
        }
        item
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use core::{mem::size_of, ptr::NonNull};

    use super::*;
    use crate::mirror::Alias;

    #[repr(C, align(64))]
    struct Memory([u8; 128]);

    fn comes_back_whole<const N: usize>() {
        let mut memory = Memory([0; 128]);
        let base = NonNull::new(memory.0.as_mut_ptr()).unwrap();
        // SAFETY: 2 * 64 bytes, aligned, only this thread's.
        let slots = unsafe { Slots::<[u8; N]>::over_bytes(base, 64, Alias::Copied, 1) };
        for sequence in 0..200 {
            let item: [u8; N] = core::array::from_fn(|i| (sequence as usize * 7 + i) as u8);
            // SAFETY: bytes have no padding, and nobody else is here.
            unsafe {
                slots.store_words(sequence, &item);
                assert_eq!(slots.load_words(sequence).assume_init(), item, "size {}", size_of::<[u8; N]>());
                assert_eq!(slots.items(sequence, 1)[0], item, "both halves agree");
            }
        }
    }

    #[test]
    fn what_is_stored_in_words_is_loaded_and_read_wherever_it_lies() {
        comes_back_whole::<1>();
        comes_back_whole::<2>();
        comes_back_whole::<3>();
        comes_back_whole::<4>();
        comes_back_whole::<8>();
        comes_back_whole::<12>();
        comes_back_whole::<24>();
        comes_back_whole::<40>();
        comes_back_whole::<63>();
        comes_back_whole::<64>();
    }
}
