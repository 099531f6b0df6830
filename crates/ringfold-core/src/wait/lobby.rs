//! Where several sleep until there is room for them.
//!
//! A [`Doorbell`](super::Doorbell) has one sleeper. Here are many, each of whom wants so much room; whoever makes room
//! [admits](Lobby::admit) the first of them that it suffices for. Nobody is woken in vain, save that somebody
//! who did not sleep can be quicker; then the woken one goes back to sleep.
//!
//! No wake-up is lost on the way. Whoever was woken and takes less than there is, or does not take it at all (a deadline, a
//! dropped future), owes the others what is left: [`Seat`] pays that when it is dropped or taken again. A task that can stop polling
//! without anybody noticing must not be owed anything: it wants 0, is woken by whatever room there is, and others are woken for it too.

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
    sleeper: Sleeper,
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
                panicked = Some(panic);
            }
        }
        if let Some(panic) = panicked {
            resume_unwind(panic);
        }
    }

    /// Wakes everybody, because there is nothing to wait for any more.
    pub fn dismiss(&self, barrier: Barrier) {
        self.ring(barrier, || u64::MAX);
    }

    fn take_first(&self, room: u64, newcomers: u64) -> Option<Entry> {
        let mut waiting = self.lock();
        let fits = |entry: &Entry| entry.wanted <= room && entry.number < newcomers;
        let first = waiting.sleepers.iter().position(fits)?;
        let entry = waiting.sleepers.remove(first);
        self.asleep.store(!waiting.sleepers.is_empty(), Ordering::Relaxed);
        entry
    }

    /// Puts a sleeper in, or exchanges it where it still is, and returns its number.
    fn enter(&self, number: u64, wanted: u64, sleeper: Sleeper, barrier: Barrier) -> u64 {
        let mut waiting = self.lock();
        let mut replaced = None;
        let number = match waiting.sleepers.iter_mut().find(|entry| entry.number == number) {
            Some(entry) => {
                replaced = Some(core::mem::replace(&mut entry.sleeper, sleeper));
                entry.wanted = wanted;
                number
            }
            None => {
                let number = waiting.next_number;
                waiting.next_number += 1;
                waiting.sleepers.push_back(Entry { number, wanted, sleeper });
                number
            }
        };
        self.asleep.store(true, Ordering::Relaxed);
        drop(waiting);
        drop(replaced);
        barrier.heavy();
        number
    }

    /// Takes a sleeper out. False if somebody has admitted it.
    fn leave(&self, number: u64) -> bool {
        let mut waiting = self.lock();
        let entry = match waiting.sleepers.iter().position(|entry| entry.number == number) {
            Some(at) => waiting.sleepers.remove(at),
            None => None,
        };
        self.asleep.store(!waiting.sleepers.is_empty(), Ordering::Relaxed);
        drop(waiting);
        entry.is_some()
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

    fn announce(&self, sleeper: Sleeper, barrier: Barrier) {
        let before = self.number.get();
        let number = self.lobby.enter(before, self.wanted, sleeper, barrier);
        self.number.set(number);
        if before != 0 && number != before {
            // It was admitted, but too late: somebody else may want what is left.
            self.lobby.admit((self.room)());
        }
    }
}

impl<R: Fn() -> u64> Bell for Seat<'_, R> {
    fn announce_thread(&self, barrier: Barrier) {
        self.announce(Sleeper::Thread(sync::current()), barrier);
    }

    /// Nothing: the seat is given up when the room is taken (drop).
    fn retract(&self) {}
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
