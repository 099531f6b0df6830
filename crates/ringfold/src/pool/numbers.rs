//! A small number for each thread, by which it finds its own cache in every pool.
//!
//! The lowest number that is not taken. A thread gets it when it first uses a pool and gives it back when it ends; whoever gets it next inherits the
//! caches, with what is in them.

use core::cell::Cell;

#[cfg(loom)]
use ringfold_core::sync::Arc;
use ringfold_core::sync::{AtomicU64, Ordering};

/// More threads than so many at a time have no number, and no cache.
pub(super) const MOST: usize = WORDS * 64;
const WORDS: usize = if cfg!(loom) { 1 } else { 4 };

/// Of a thread that has not asked yet.
const UNASKED: u32 = u32::MAX;
/// Of a thread that came too late, or that is just ending.
const NONE: u32 = u32::MAX - 1;

/// Bit set: this number is taken.
type Taken = [AtomicU64; WORDS];

#[cfg(not(loom))]
static TAKEN: Taken = [const { AtomicU64::new(0) }; WORDS];
// loom ends it before the last thread.
#[cfg(loom)]
ringfold_core::sync::lazy_static! {
    static ref TAKEN: Arc<Taken> = Arc::new([(); WORDS].map(|()| AtomicU64::new(0)));
}

#[cfg(not(loom))]
ringfold_core::sync::thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(UNASKED) };
    /// Touched by threads that have a number, so that it is dropped when they end.
    static LEAVING: Leaving = const { Leaving { taken: &TAKEN, number: Cell::new(NONE) } };
}
// loom has no constant ones.
#[cfg(loom)]
ringfold_core::sync::thread_local! {
    static NUMBER: Cell<u32> = Cell::new(UNASKED);
    static LEAVING: Leaving = Leaving { taken: TAKEN.clone(), number: Cell::new(NONE) };
}

/// The calling thread's number; one that no pool has a cache for if it has none.
#[inline(always)]
pub(super) fn number() -> usize {
    let number = NUMBER.try_with(Cell::get).unwrap_or(NONE);
    if number == UNASKED { first_number() } else { number as usize }
}

#[cold]
#[inline(never)]
fn first_number() -> usize {
    // Where the thread is ending already nobody would give the number back.
    let first = |leaving: &Leaving| {
        leaving.number.set(take().unwrap_or(NONE));
        leaving.number.get()
    };
    let number = LEAVING.try_with(first).unwrap_or(NONE);
    NUMBER.with(|own| own.set(number));
    number as usize
}

fn take() -> Option<u32> {
    for (index, word) in (0_u32..).zip(TAKEN.iter()) {
        let mut taken = word.load(Ordering::Relaxed);
        while taken != u64::MAX {
            let bit = taken.trailing_ones();
            // Together with everything that the number's last owner did to its caches.
            // SYNC: number
            match word.compare_exchange(taken, taken | 1 << bit, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(64 * index + bit),
                Err(now) => taken = now,
            }
        }
    }
    None
}

/// What a thread gives back when it ends.
struct Leaving {
    #[cfg(not(loom))]
    taken: &'static Taken,
    #[cfg(loom)]
    taken: Arc<Taken>,
    number: Cell<u32>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        // From here on the thread is a visitor. (loom has taken its locals away already.)
        let _ = NUMBER.try_with(|own| own.set(NONE));
        let number = self.number.get();
        if let Some(word) = self.taken.get(number as usize / 64) {
            word.fetch_and(!(1 << (number % 64)), Ordering::Release); // SYNC: number
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn threads_at_a_time_have_different_numbers_and_later_ones_the_same_again() {
        let numbers = || {
            let barrier = Barrier::new(8);
            let mut numbers: Vec<usize> = std::thread::scope(|scope| {
                let ask = || {
                    let number = number();
                    assert_eq!(number, super::number());
                    barrier.wait();
                    number
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            numbers.sort_unstable();
            numbers.dedup();
            assert_eq!(numbers.len(), 8);
        };
        (0..100).for_each(|_| numbers());
        // 800 threads have come and gone, and other tests' run meanwhile; still there are numbers.
        assert!(number() < MOST);
    }
}
