//! Where several sleep until there is room for them.
//!
//! A [`Doorbell`](super::Doorbell) has one sleeper. Here are many, each of whom wants so much room; whoever makes room
//! [admits](Lobby::admit) the first of them that it suffices for. Nobody is woken in vain, save that somebody
//! who did not sleep can be quicker; then the woken one goes back to sleep.
//!
//! No wake-up is lost on the way. Whoever was woken and takes less than there is, or does not take it at all (a deadline, a
//! dropped future), owes the others what is left: [`Seat`] pays that when it is dropped or taken again. A task that can stop polling
//! without anybody noticing must not be owed anything: it wants 0, is woken when there is any room, and others are woken for it too.
//!
//! Whoever wants much is passed over by those who want little, but only so often: then nobody who came later is admitted
//! before there is enough for it.

use core::{cell::Cell, task::Waker};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use super::{Barrier, Bell, Sleeper};
use crate::sync::{self, AtomicBool, Mutex, Ordering};

/// The sleepers, first come first served as far as there is room for them.
#[derive(Debug)]
pub struct Lobby {
    /// Whether there is anybody; changed under the lock only. Like a doorbell's it carries no data.
    asleep: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    next_number: u64,
    sleepers: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    wanted: u64,
    /// How many who came later were admitted before it.
    passed_over: u32,
    sleeper: Sleeper,
}

/// So many are admitted before somebody who came first and wants more.
const PATIENCE: u32 = if cfg!(loom) { 1 } else { 64 };

impl Entry {
    fn fits(&self, room: u64) -> bool {
        self.wanted.max(1) <= room
    }

    /// Whether those who came later wait for it.
    fn is_in_the_way(&self) -> bool {
        self.passed_over >= PATIENCE
    }
}

impl Lobby {
    crate::const_unless_loom! {
        /// An empty one.
        pub fn new() -> Self {
            let waiting = Waiting { next_number: 1, sleepers: VecDeque::new() };
            Self { asleep: AtomicBool::new(false), waiting: Mutex::new(waiting) }
        }
    }

    /// Admits as many as there is `room` for, which was published before this call. One load if nobody sleeps.
    #[inline(always)]
    pub fn ring(&self, barrier: Barrier, room: impl FnOnce() -> u64) {
        barrier.light();
        if self.asleep.load(Ordering::Relaxed) {
            self.admit(room());
        }
    }

    /// Wakes the first sleepers that `room` suffices for; all of them even where a waker panics.
    #[cold]
    #[inline(never)]
    pub fn admit(&self, mut room: u64) {
        // Whoever enters from here on sees the room when it looks once more.
        let newcomers = self.lock().next_number;
        let mut panicked = None;
        // One at a time: a waker may run foreign code, which must not happen under the lock, and nothing is allocated.
        while let Some(entry) = self.take_first(room, newcomers) {
            room -= entry.wanted;
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| entry.sleeper.wake())) {
                // Only one can go on, and to drop the others might panic.
                core::mem::forget(panicked.replace(panic));
            }
        }
        if let Some(panic) = panicked.filter(|_| !sync::is_panicking()) {
            resume_unwind(panic);
        }
    }

    /// Wakes everybody, because there is nothing to wait for any more.
    pub fn dismiss(&self, barrier: Barrier) {
        self.ring(barrier, || u64::MAX);
    }

    fn take_first(&self, room: u64, newcomers: u64) -> Option<Entry> {
        let mut waiting = self.lock();
        let ends = |entry: &Entry| entry.fits(room) || entry.is_in_the_way();
        let first = waiting.sleepers.iter().position(ends)?;
        if !waiting.sleepers[first].fits(room) || waiting.sleepers[first].number >= newcomers {
            return None;
        }
        waiting.sleepers.iter_mut().take(first).for_each(|entry| entry.passed_over += 1);
        let entry = waiting.sleepers.remove(first);
        self.asleep.store(!waiting.sleepers.is_empty(), Ordering::Relaxed);
        entry
    }

    /// Puts a sleeper in and returns its number.
    ///
    /// Nothing is locked between this and the sleep: whatever else the thread waited for there could use up its wake-up.
    fn enter(&self, wanted: u64, sleeper: Sleeper, barrier: Barrier) -> u64 {
        let mut waiting = self.lock();
        let number = waiting.next_number;
        waiting.next_number += 1;
        waiting.sleepers.push_back(Entry { number, wanted, passed_over: 0, sleeper });
        self.asleep.store(true, Ordering::Relaxed);
        drop(waiting);
        barrier.heavy();
        number
    }

    /// Exchanges a sleeper that is still in, or gives the new one back.
    ///
    /// Without a barrier: since the one behind [`enter`](Self::enter) nobody can have published anything and not seen that somebody sleeps.
    fn exchange(&self, number: u64, wanted: u64, sleeper: Sleeper) -> Result<(), Sleeper> {
        let mut waiting = self.lock();
        let Some(entry) = waiting.sleepers.iter_mut().find(|entry| entry.number == number) else {
            return Err(sleeper);
        };
        entry.wanted = wanted;
        let replaced = core::mem::replace(&mut entry.sleeper, sleeper);
        drop(waiting);
        drop(replaced);
        Ok(())
    }

    /// Takes a sleeper out. False if it owes something to the others: it was admitted, or they have waited for it.
    fn leave(&self, number: u64) -> bool {
        let mut waiting = self.lock();
        let entry = match waiting.sleepers.iter().position(|entry| entry.number == number) {
            Some(at) => waiting.sleepers.remove(at),
            None => None,
        };
        self.asleep.store(!waiting.sleepers.is_empty(), Ordering::Relaxed);
        drop(waiting);
        entry.is_some_and(|entry| !entry.is_in_the_way())
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Waiting> + '_ {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Default for Lobby {
    fn default() -> Self {
        Self::new()
    }
}

/// One waiter's place in a [`Lobby`], whether or not it sleeps just now.
///
/// Keep it until the room is taken: when it is dropped, others are admitted to what is left.
#[derive(Debug)]
pub struct Seat<'a, R: Fn() -> u64> {
    lobby: &'a Lobby,
    wanted: u64,
    /// How much room there is now.
    room: R,
    /// In the lobby under this number, unless admitted since; 0 while it never was.
    number: Cell<u64>,
}

impl<'a, R: Fn() -> u64> Seat<'a, R> {
    /// A seat for somebody who wants so much room.
    #[inline]
    pub fn new(lobby: &'a Lobby, wanted: u64, room: R) -> Self {
        Self { lobby, wanted, room, number: Cell::new(0) }
    }

    /// A seat for a task that sits under `number` since an earlier poll (0: not yet).
    pub fn resume(lobby: &'a Lobby, wanted: u64, room: R, number: u64) -> Self {
        Self { lobby, wanted, room, number: Cell::new(number) }
    }

    /// Announces that the task behind `waker` will sleep; look once more before returning `Pending`.
    pub fn announce_task(&self, waker: &Waker, barrier: Barrier) {
        self.announce(Sleeper::Task(waker.clone()), barrier);
    }

    /// Keeps the place in the lobby beyond this seat, for a task that returns `Pending`: the number to [resume](Self::resume) with.
    pub fn keep(self) -> u64 {
        // Nothing in it needs to be dropped: a reference and two words, and a closure that borrows.
        self.number.replace(0)
    }

    fn announce(&self, mut sleeper: Sleeper, barrier: Barrier) {
        let before = self.number.get();
        if before != 0 {
            sleeper = match self.lobby.exchange(before, self.wanted, sleeper) {
                Ok(()) => return,
                Err(sleeper) => sleeper,
            };
            // It was admitted, but too late: somebody else may want what is left.
            self.number.set(0);
            self.lobby.admit((self.room)());
        }
        self.number.set(self.lobby.enter(self.wanted, sleeper, barrier));
    }
}

impl<R: Fn() -> u64> Bell for Seat<'_, R> {
    fn announce_thread(&self, barrier: Barrier) {
        self.announce(Sleeper::Thread(sync::current()), barrier);
    }

    /// Nothing: the seat is given up when the room is taken (drop).
    fn retract(&self) {}

    fn is_contended(&self) -> bool {
        self.wanted > 0
    }
}

impl<R: Fn() -> u64> Drop for Seat<'_, R> {
    #[inline]
    fn drop(&mut self) {
        let number = self.number.get();
        if number != 0 && !self.lobby.leave(number) {
            self.lobby.admit((self.room)());
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering::SeqCst},
        },
        task::Wake,
    };

    use super::*;

    const BARRIER: Barrier = Barrier::new(None);

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, SeqCst);
        }
    }

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a payload that panics when it is dropped");
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            std::panic::panic_any(Bomb);
        }
    }

    fn enter(lobby: &Lobby, wanted: u64, waker: &Arc<Woken>) -> u64 {
        lobby.enter(wanted, Sleeper::Task(Waker::from(waker.clone())), BARRIER)
    }

    #[test]
    fn who_wants_nothing_still_needs_room_and_does_not_wake_itself() {
        let (lobby, woken) = (Lobby::new(), Arc::new(Woken::default()));
        let mut place = 0;
        for room in [0, 0, 1, 0, 0] {
            let seat = Seat::resume(&lobby, 0, || room, place);
            seat.announce_task(&Waker::from(woken.clone()), BARRIER);
            place = seat.keep();
            lobby.admit(room);
        }
        assert_eq!(woken.0.load(SeqCst), 1, "once there was room");
    }

    #[test]
    fn who_wants_much_is_passed_over_only_so_often() {
        let (lobby, [large, small]) = (Lobby::new(), [(); 2].map(|()| Arc::new(Woken::default())));
        enter(&lobby, 10, &large);
        for _ in 0..2 * PATIENCE {
            enter(&lobby, 1, &small);
            lobby.admit(1);
        }
        assert_eq!((large.0.load(SeqCst), small.0.load(SeqCst)), (0, PATIENCE));
        lobby.admit(12);
        assert_eq!((large.0.load(SeqCst), small.0.load(SeqCst)), (1, PATIENCE + 2));
    }

    #[test]
    fn who_was_in_the_way_and_leaves_lets_the_others_in() {
        let (lobby, [large, small]) = (Lobby::new(), [(); 2].map(|()| Arc::new(Woken::default())));
        let place = enter(&lobby, 10, &large);
        for _ in 0..=PATIENCE {
            enter(&lobby, 1, &small);
            lobby.admit(1);
        }
        assert_eq!(small.0.load(SeqCst), PATIENCE);
        drop(Seat::resume(&lobby, 10, || 1, place));
        assert_eq!((large.0.load(SeqCst), small.0.load(SeqCst)), (0, PATIENCE + 1));
    }

    #[test]
    fn wakers_that_panic_keep_nobody_from_being_woken() {
        let (lobby, woken) = (Lobby::new(), Arc::new(Woken::default()));
        for _ in 0..3 {
            lobby.enter(1, Sleeper::Task(Waker::from(Arc::new(Panics))), BARRIER);
        }
        enter(&lobby, 1, &woken);
        let panic = catch_unwind(AssertUnwindSafe(|| lobby.admit(4))).unwrap_err();
        core::mem::forget(panic);
        assert_eq!(woken.0.load(SeqCst), 1);
    }
}
