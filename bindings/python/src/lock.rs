//! A lock for what is only ever touched by threads that are attached to the interpreter.
//!
//! Where the interpreter has a lock of its own, that one already keeps them apart, and all that is left to know is whether a
//! thread that has detached since is still at it (a large copy): a flag that needs no atomic instruction. It matters: an atomic
//! exchange behind a copy waits until every byte of it has reached the cache, a third of the time of `write` and `read` of 4 KiB.
//! On interpreters without a lock, and with the feature `locks` (which is how that half is tested), it is a mutex.

#[cfg(not(any(Py_GIL_DISABLED, feature = "locks")))]
pub use attached::{Guard, Lock};
#[cfg(any(Py_GIL_DISABLED, feature = "locks"))]
pub use free::{Guard, Lock};

#[cfg(any(Py_GIL_DISABLED, feature = "locks"))]
mod free {
    use std::sync::{Mutex, MutexGuard};

    use pyo3::Python;
    use pyo3::sync::MutexExt;

    pub struct Lock<T>(Mutex<T>);

    pub type Guard<'a, T> = MutexGuard<'a, T>;

    impl<T> Lock<T> {
        pub fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        /// Waits detached. What a panic under it would leave is used as it is.
        #[inline]
        pub fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
            self.0.lock_py_attached(py).unwrap_or_else(|poisoned| poisoned.into_inner())
        }
    }
}

#[cfg(not(any(Py_GIL_DISABLED, feature = "locks")))]
mod attached {
    use std::cell::{RefCell, RefMut};
    use std::time::Duration;

    use pyo3::Python;

    pub struct Lock<T>(RefCell<T>);

    /// Cannot be sent, so it ends in the thread that it began in; and not within `Python::detach`, which takes nothing that
    /// cannot be sent: attached, that is. What is behind it can be changed detached, by a `&mut` to it.
    pub type Guard<'a, T> = RefMut<'a, T>;

    // SAFETY: the cell is touched with a token only (`lock`), and its guard ends attached (`Guard`). The module refuses to be
    // loaded where a token does not mean that all others wait (`lib.rs`). What is inside goes from thread to thread.
    unsafe impl<T: Send> Sync for Lock<T> {}

    impl<T> Lock<T> {
        pub fn new(value: T) -> Self {
            Self(RefCell::new(value))
        }

        #[inline]
        pub fn lock<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
            match self.0.try_borrow_mut() {
                Ok(guard) => guard,
                Err(_) => self.wait(py),
            }
        }

        /// A detached thread is at it: as a rule for the time of a copy of some hundred KiB.
        #[cold]
        #[inline(never)]
        fn wait<'a>(&'a self, py: Python<'a>) -> Guard<'a, T> {
            for looks in 0.. {
                py.detach(|| match looks {
                    0..50 => std::thread::yield_now(),
                    _ => std::thread::sleep(Duration::from_micros(100)),
                });
                if let Ok(guard) = self.0.try_borrow_mut() {
                    return guard;
                }
            }
            unreachable!("the loop has no end")
        }
    }
}
