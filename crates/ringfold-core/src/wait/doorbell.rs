//! Where one side sleeps and the other wakes it.

use core::task::Waker;

use super::{Barrier, Bell};
use crate::sync::{self, AtomicBool, Mutex, Ordering, Thread};

/// The doorbell of one sleeper: a thread or a task.
///
/// Ringing while nobody sleeps is one load. `asleep` alone carries no data: the sleeper itself is behind
/// the lock, and the order between the cursor and `asleep` comes from the [`Barrier`] on both sides.
#[derive(Debug)]
pub struct Doorbell {
    asleep: AtomicBool,
    sleeper: Mutex<Option<Sleeper>>,
}

/// Who is to be woken.
#[derive(Debug)]
pub(super) enum Sleeper {
    Thread(Thread),
    Task(Waker),
}

impl Sleeper {
    pub(super) fn wake(self) {
        match self {
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

impl Doorbell {
    crate::const_unless_loom! {
        /// A doorbell at which nobody sleeps.
        pub fn new() -> Self {
            Self { asleep: AtomicBool::new(false), sleeper: Mutex::new(None) }
        }
    }

    /// Wakes the sleeper, if there is one, for something that was published before this call.
    #[inline(always)]
    pub fn ring(&self, barrier: Barrier) {
        barrier.light();
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        self.asleep.store(false, Ordering::Relaxed);
        let sleeper = self.lock().take();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    /// Announces that the task behind `waker` will sleep. The caller must look once more, and return
    /// `Pending` only if there is still nothing to do.
    pub fn announce_task(&self, waker: &Waker, barrier: Barrier) {
        self.announce(Sleeper::Task(waker.clone()), barrier);
    }

    /// As [`announce_task`](Self::announce_task) without the barrier, for who sleeps at several doorbells: the heavy
    /// half is owed once, behind the last of them and before looking again.
    pub fn enlist_task(&self, waker: &Waker) {
        self.enlist(Sleeper::Task(waker.clone()));
    }

    /// As [`enlist_task`](Self::enlist_task), for this thread.
    pub fn enlist_thread(&self) {
        self.enlist(Sleeper::Thread(sync::current()));
    }

    fn announce(&self, sleeper: Sleeper, barrier: Barrier) {
        self.enlist(sleeper);
        barrier.heavy();
    }

    fn enlist(&self, sleeper: Sleeper) {
        let replaced = self.lock().replace(sleeper);
        self.asleep.store(true, Ordering::Relaxed);
        // A waker may run foreign code when dropped: not under the lock, and last because that may panic.
        drop(replaced);
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Option<Sleeper>> + '_ {
        // Nothing panics under the lock, so it cannot be poisoned; if it were, its value is still whole.
        self.sleeper.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Bell for Doorbell {
    fn announce_thread(&self, barrier: Barrier) {
        self.announce(Sleeper::Thread(sync::current()), barrier);
    }

    fn retract(&self) {
        self.asleep.store(false, Ordering::Relaxed);
        let sleeper = self.lock().take();
        drop(sleeper);
    }
}

impl Default for Doorbell {
    fn default() -> Self {
        Self::new()
    }
}
