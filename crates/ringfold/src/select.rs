//! Waiting for several rings at once.
//!
//! ```
//! use ringfold::{mpsc, select, spsc};
//!
//! let (mut bytes_in, mut bytes) = spsc::with_capacity::<u8>(64)?;
//! let (mut words_in, mut words) = mpsc::with_capacity::<&str>(64)?;
//! std::thread::spawn(move || bytes_in.push_slice(&[1, 2, 3]));
//! std::thread::spawn(move || words_in.push_iter(["a", "b"]));
//!
//! let (mut sum, mut text) = (0, String::new());
//! while let Ok(ready) = select::wait_any(&mut [&mut bytes, &mut words]) {
//!     match ready {
//!         0 => sum += bytes.try_pop().expect("it is ready"),
//!         _ => text += words.try_pop().expect("it is ready"),
//!     }
//! }
//! assert_eq!((sum, text.as_str()), (6, "ab"));
//! # Ok::<(), ringfold::memory::Error>(())
//! ```
//!
//! A ring is *ready* when it has something to be read. Nothing is taken: the caller does that, with whichever verb it likes.
//! One that is closed and read is never ready, so it can stay in the set; the set is closed when all of its rings are.
//!
//! An [`mpmc::Consumer`](crate::mpmc::Consumer) cannot be in a set: another consumer may take the item between being told of it and
//! popping. Give each thread a ring of its own, or wait for such a ring in a task.
//!
//! # In async code
//!
//! Turn the consumers into those for tasks (`into_async`) and use the runtime's `select!`: `pop` is cancel-safe in every room, so the branch
//! that is not taken loses nothing.
//!
//! # How it waits
//!
//! As a single consumer does by default: it looks for as long as that has paid on this thread of late, and then sleeps. To sleep
//! it leaves its thread at every ring's doorbell, passes one heavy barrier, looks at all rings once more, and parks; whichever producer comes
//! first wakes it, and it takes itself away from all doorbells, also when it leaves by a panic. So producers pay what they pay for any sleeping consumer, and
//! nothing while nobody sleeps. How long a call takes grows with the number of rings: for many producers of one type use
//! [`mpsc`] or its lanes instead.
//!
//! # Fairness
//!
//! Where several rings are ready, calls start to look at places that are spread evenly over the set (multiples of the golden
//! ratio), so each ready ring is chosen about equally often, whatever a thread calls in between.

use core::{cell::Cell, cell::RefCell, time::Duration};

use ringfold_core::{
    error::{Closed, PopTimeoutError, TryPopError},
    stats::Stalls,
    wait::{Barrier, Bell, Deadline, WaitStrategy, Waiter},
};
use ringfold_memory::barrier;

use crate::{mpsc, spsc};

/// A consumer that can be waited for together with others: those of `spsc`, `mpsc` and `mpsc::lanes`, of items of any type.
///
/// Sealed: only ringfold's own consumers are such sources.
pub trait Select: sealed::Source {}

mod sealed {
    use ringfold_core::error::TryPopError;

    pub trait Source {
        /// Whether there is something to be read now; if not, why.
        fn look(&mut self) -> Result<(), TryPopError>;

        /// Leaves this thread at the doorbell. The heavy half of the barrier is owed before the next look.
        fn enlist(&self);

        /// Takes it away again.
        fn retract(&self);
    }
}

/// The place in `sources` of one that has something to be read, if there is one now; never waits.
///
/// # Errors
/// `Empty` when there is nothing to read now, `Closed` when there will never be: all are closed and read, or `sources` is empty.
///
/// ```
/// use ringfold::{error::TryPopError, select, spsc};
/// let (mut producer, mut one) = spsc::with_capacity(4)?;
/// let (_keep, mut other) = spsc::with_capacity::<String>(4)?;
/// assert_eq!(select::try_any(&mut [&mut one, &mut other]), Err(TryPopError::Empty));
/// producer.push(1).unwrap();
/// assert_eq!(select::try_any(&mut [&mut one, &mut other]), Ok(0));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn try_any(sources: &mut [&mut dyn Select]) -> Result<usize, TryPopError> {
    look(sources, first_place(sources.len()))
}

/// The place in `sources` of one that has something to be read, waiting for one for as long as it takes.
///
/// # Errors
/// `Closed` when all are closed and read, or `sources` is empty.
pub fn wait_any(sources: &mut [&mut dyn Select]) -> Result<usize, Closed> {
    wait(sources, None).map_err(|_| Closed(()))
}

/// The place in `sources` of one that has something to be read, waiting for one for at most `timeout`.
///
/// # Errors
/// `Timeout` when nothing came in time, `Closed` when all are closed and read, or `sources` is empty.
///
/// ```
/// use std::time::Duration;
/// use ringfold::{error::PopTimeoutError, mpsc, select};
/// let (_producers, mut lanes) = mpsc::lanes::<u8>(3, 4)?;
/// let (_producer, mut ring) = mpsc::with_capacity::<String>(4)?;
/// let late = select::wait_any_timeout(&mut [&mut lanes, &mut ring], Duration::from_millis(1));
/// assert_eq!(late, Err(PopTimeoutError::Timeout));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn wait_any_timeout(
    sources: &mut [&mut dyn Select],
    timeout: Duration,
) -> Result<usize, PopTimeoutError> {
    // A timeout beyond what the clock can say is none.
    wait(sources, Deadline::now().checked_add(timeout)).map_err(|why| match why {
        TryPopError::Closed => PopTimeoutError::Closed,
        TryPopError::Empty => PopTimeoutError::Timeout,
    })
}

fn wait(sources: &mut [&mut dyn Select], deadline: Option<Deadline>) -> Result<usize, TryPopError> {
    let first = first_place(sources.len());
    let mut found = look(sources, first);
    if found != Err(TryPopError::Empty) {
        return found;
    }
    let mut waiter = recall();
    let watch = Watch { sources: RefCell::new(sources), is_announced: Cell::new(false) };
    waiter.wait(&watch, &Stalls::new(), deadline, || {
        found = look(&mut watch.sources.borrow_mut(), first);
        found != Err(TryPopError::Empty)
    });
    WAITER.set(Some(waiter));
    found
}

/// Looks at all sources, from place `first` on and then around.
fn look(sources: &mut [&mut dyn Select], first: usize) -> Result<usize, TryPopError> {
    let mut why = TryPopError::Closed;
    let (before, from_first) = sources.split_at_mut(first);
    let places = (first..).zip(from_first).chain((0..).zip(before));
    for (place, source) in places {
        match source.look() {
            Ok(()) => return Ok(place),
            Err(TryPopError::Empty) => why = TryPopError::Empty,
            Err(TryPopError::Closed) => {}
        }
    }
    Err(why)
}

/// All doorbells at once. Leaves no announcement behind, however the wait ends.
struct Watch<'a, 'b> {
    sources: RefCell<&'a mut [&'b mut dyn Select]>,
    is_announced: Cell<bool>,
}

impl Bell for Watch<'_, '_> {
    fn announce_thread(&self, barrier: Barrier) {
        self.is_announced.set(true);
        // Also where a waker that was left at a doorbell panics in its drop: lanes believe that it was passed.
        let _owed = Owed(barrier);
        self.sources.borrow().iter().for_each(|source| source.enlist());
    }

    fn retract(&self) {
        self.is_announced.set(false);
        self.sources.borrow().iter().for_each(|source| source.retract());
    }
}

impl Drop for Watch<'_, '_> {
    fn drop(&mut self) {
        if self.is_announced.get() {
            self.retract();
        }
    }
}

/// The heavy half of a barrier, at the end of an announcement.
struct Owed(Barrier);

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.heavy();
    }
}

thread_local! {
    /// What this thread has learnt about waiting.
    static WAITER: Cell<Option<Waiter>> = const { Cell::new(None) };
    /// Counts calls, in steps of the golden ratio of 2^64.
    static TURN: Cell<u64> = const { Cell::new(0) };
}

fn recall() -> Waiter {
    let new = || Waiter::new(WaitStrategy::Park, Barrier::new(barrier::process_wide()));
    WAITER.take().unwrap_or_else(new)
}

/// Where to look first: evenly spread, also over every second or every third call.
fn first_place(len: usize) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    if cfg!(loom) {
        // A model must go the same way each time.
        return 0;
    }
    let turn = TURN.get().wrapping_add(GOLDEN);
    TURN.set(turn);
    ((u128::from(turn) * len as u128) >> 64) as usize
}

impl<T> Select for spsc::Consumer<T> {}
impl<T> sealed::Source for spsc::Consumer<T> {
    fn look(&mut self) -> Result<(), TryPopError> {
        // Gone first, items second: the last ones may come in between.
        let is_closed = self.is_closed();
        match self.known() > 0 || !self.is_empty() {
            true => Ok(()),
            false if is_closed => Err(TryPopError::Closed),
            false => Err(TryPopError::Empty),
        }
    }

    fn enlist(&self) {
        self.bell().enlist_thread();
    }

    fn retract(&self) {
        self.bell().retract();
    }
}

impl<T> Select for mpsc::Consumer<T> {}
impl<T> sealed::Source for mpsc::Consumer<T> {
    fn look(&mut self) -> Result<(), TryPopError> {
        mpsc::Consumer::look(self)
    }

    fn enlist(&self) {
        self.bell().enlist_thread();
    }

    fn retract(&self) {
        self.bell().retract();
    }
}

impl<T> Select for mpsc::lanes::Consumer<T> {}
impl<T> sealed::Source for mpsc::lanes::Consumer<T> {
    fn look(&mut self) -> Result<(), TryPopError> {
        mpsc::lanes::Consumer::look(self)
    }

    fn enlist(&self) {
        self.enlist_thread();
    }

    fn retract(&self) {
        mpsc::lanes::Consumer::retract(self);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Panics when it is looked at while it is announced.
    #[derive(Default)]
    struct Trap(Cell<bool>);

    impl Select for Trap {}
    impl sealed::Source for Trap {
        fn look(&mut self) -> Result<(), TryPopError> {
            assert!(!self.0.get(), "looked at while announced");
            Err(TryPopError::Empty)
        }

        fn enlist(&self) {
            self.0.set(true);
        }

        fn retract(&self) {
            self.0.set(false);
        }
    }

    #[test]
    fn a_panic_leaves_no_announcement_behind() {
        let (mut one, mut other) = (Trap::default(), Trap::default());
        let waited = catch_unwind(AssertUnwindSafe(|| wait_any(&mut [&mut one, &mut other])));
        assert!(waited.is_err());
        assert_eq!((one.0.get(), other.0.get()), (false, false));
    }
}
