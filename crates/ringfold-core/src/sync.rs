//! The only page that names atomics, threads and locks.
//!
//! Under `--cfg loom` the same names mean loom's checked versions, so that the protocols run
//! unchanged inside a model checker. loom knows neither `const` constructors nor timeouts; that
//! and nothing else differs.
//!
//! Under `--cfg ringfold_tsan` what ThreadSanitizer cannot see is said once more in words that it can: std as it
//! is shipped carries no instrumentation, so what orders two owners of a lock would stay hidden from it.

#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

#[cfg(all(feature = "std", not(loom)))]
pub use std::{
    sync::Arc,
    thread::{Builder as ThreadBuilder, JoinHandle, Thread, current, park, yield_now},
    thread_local,
};

#[cfg(all(feature = "std", not(any(loom, ringfold_tsan))))]
pub use std::sync::Mutex;
#[cfg(all(feature = "std", ringfold_tsan, not(loom)))]
pub use visible_mutex::Mutex;

#[cfg(loom)]
pub use loom::{
    cell::UnsafeCell as CheckedCell,
    lazy_static,
    sync::{Arc, Mutex},
    thread::{Thread, current, park, yield_now},
    thread_local,
};

/// Declares a function `const`, save under loom, whose atomics cannot be made at compile time.
#[macro_export]
macro_rules! const_unless_loom {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$attribute])*
        $visibility const fn $($rest)*
        #[cfg(loom)]
        $(#[$attribute])*
        $visibility fn $($rest)*
    };
}

/// Memory inside another value that may be written behind a shared reference, by whoever makes sure that
/// nobody else uses it meanwhile.
#[derive(Debug)]
#[repr(transparent)]
pub struct OwnedCell<T>(core::cell::UnsafeCell<T>);

impl<T> OwnedCell<T> {
    /// A cell that holds `value`.
    pub const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Where the content is. Following the pointer is up to the caller.
    #[inline(always)]
    pub const fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}

/// Raises `word` to `to`, if it is not there yet or beyond.
#[inline(always)]
pub fn raise(word: &AtomicU64, to: u64, ordering: Ordering) {
    if cfg!(ringfold_tsan) {
        // The sanitizer takes no notice of `fetch_max`.
        let _ = word.fetch_update(ordering, Ordering::Relaxed, |at| Some(at.max(to)));
    } else {
        word.fetch_max(to, ordering);
    }
}

/// Tells the processor that this thread is spinning.
#[inline(always)]
pub fn spin_loop() {
    #[cfg(not(loom))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
}

/// Keeps the compiler, but not the processor, from moving memory accesses across this point.
///
/// loom has no such thing: there it is a full fence, which is what the other side's process-wide
/// barrier turns it into (see [`Barrier`](crate::wait::Barrier)).
#[inline(always)]
pub fn compiler_fence() {
    #[cfg(not(loom))]
    core::sync::atomic::compiler_fence(Ordering::SeqCst); // SYNC: sleep (the half that costs nothing)
    #[cfg(loom)]
    fence(Ordering::SeqCst); // SYNC: sleep (the half that costs nothing)
}

/// Sleeps until unparked or, where the clock is known, until `timeout` is over. May return early.
#[cfg(any(feature = "std", loom))]
pub fn park_timeout(timeout: core::time::Duration) {
    #[cfg(not(loom))]
    std::thread::park_timeout(timeout);
    #[cfg(loom)]
    {
        let _ = timeout;
        park();
    }
}

/// Sleeps for `duration`.
#[cfg(any(feature = "std", loom))]
pub fn sleep(duration: core::time::Duration) {
    #[cfg(not(loom))]
    std::thread::sleep(duration);
    #[cfg(loom)]
    {
        let _ = duration;
        yield_now();
    }
}

/// Whether this thread unwinds already, so that one more panic would abort.
#[cfg(any(feature = "std", loom))]
#[inline]
pub fn is_panicking() -> bool {
    std::thread::panicking()
}

/// std's lock, and a word that every owner reads when it begins and writes when it ends.
#[cfg(all(feature = "std", ringfold_tsan, not(loom)))]
mod visible_mutex {
    use std::ops::{Deref, DerefMut};
    use std::sync::{LockResult, MutexGuard, PoisonError};

    use super::{AtomicU64, Ordering};

    #[derive(Debug, Default)]
    pub struct Mutex<T> {
        edge: AtomicU64,
        inner: std::sync::Mutex<T>,
    }

    #[derive(Debug)]
    pub struct Guard<'a, T> {
        edge: &'a AtomicU64,
        inner: MutexGuard<'a, T>,
    }

    impl<T> Mutex<T> {
        pub const fn new(value: T) -> Self {
            Self { edge: AtomicU64::new(0), inner: std::sync::Mutex::new(value) }
        }

        pub fn lock(&self) -> LockResult<Guard<'_, T>> {
            let guard = |inner| {
                self.edge.load(Ordering::Acquire); // SYNC: visible lock
                Guard { edge: &self.edge, inner }
            };
            match self.inner.lock() {
                Ok(inner) => Ok(guard(inner)),
                Err(poisoned) => Err(PoisonError::new(guard(poisoned.into_inner()))),
            }
        }
    }

    impl<T> Drop for Guard<'_, T> {
        fn drop(&mut self) {
            self.edge.store(0, Ordering::Release); // SYNC: visible lock
        }
    }

    impl<T> Deref for Guard<'_, T> {
        type Target = T;
        fn deref(&self) -> &T {
            &self.inner
        }
    }

    impl<T> DerefMut for Guard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.inner
        }
    }
}
