//! Where one side sleeps and the other wakes it.

use core::task::Waker;

use super::Barrier;
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

#[derive(Debug)]
enum Sleeper {
    Thread(Thread),
    Task(Waker),
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
        match sleeper {
            Some(Sleeper::Thread(thread)) => thread.unpark(),
            Some(Sleeper::Task(waker)) => waker.wake(),
            None => {}
        }
    }

    /// Announces that this thread will sleep. The caller looks once more before it really does.
    pub(super) fn announce_thread(&self, barrier: Barrier) {
        self.announce(Sleeper::Thread(sync::current()), barrier);
    }

    /// Announces that the task behind `waker` will sleep. The caller must look once more, and return
    /// `Pending` only if there is still nothing to do.
    pub fn announce_task(&self, waker: &Waker, barrier: Barrier) {
        self.announce(Sleeper::Task(waker.clone()), barrier);
    }

    fn announce(&self, sleeper: Sleeper, barrier: Barrier) {
        let replaced = self.lock().replace(sleeper);
        // A waker may run foreign code when dropped: not under the lock.
        drop(replaced);
        self.asleep.store(true, Ordering::Relaxed);
        barrier.heavy();
    }

    /// Takes the announcement back: the sleeper found something to do by itself.
    pub fn retract(&self) {
        self.asleep.store(false, Ordering::Relaxed);
        let sleeper = self.lock().take();
        drop(sleeper);
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Option<Sleeper>> + '_ {
        // Nothing panics under the lock, so it cannot be poisoned; if it were, its value is still whole.
        self.sleeper.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Default for Doorbell {
    fn default() -> Self {
        Self::new()
    }
}
