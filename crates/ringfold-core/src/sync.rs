//! The only page that names atomics, threads and locks.
//!
//! Under `--cfg loom` the same names mean loom's checked versions, so that the protocols run
//! unchanged inside a model checker. loom knows neither `const` constructors nor timeouts; that
//! and nothing else differs.

#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

#[cfg(all(feature = "std", not(loom)))]
pub use std::{
    sync::{Arc, Mutex},
    thread::{Builder as ThreadBuilder, JoinHandle, Thread, current, park, yield_now},
    thread_local,
};

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
pub fn is_panicking() -> bool {
    std::thread::panicking()
}
