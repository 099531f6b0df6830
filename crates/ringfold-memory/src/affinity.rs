//! Which cores a thread runs on: one, or those that share a cache, of those that it may use anyway.
//!
//! Two threads that hand data to each other are fastest on cores that share a cache; a set of cores leaves the scheduler the freedom to go round
//! a core that is busy. Nothing here widens what a thread may use: an administrator's or a container's mask is respected. Such a mask can be
//! written anew at any time, so pinning is a hint and never a promise.
//!
//! ```
//! use ringfold_memory::affinity::Pin;
//!
//! # if cfg!(any(miri, not(target_os = "linux"))) { return Ok(()); }
//! std::thread::spawn(|| -> std::io::Result<()> {
//!     let core = ringfold_memory::machine::current_core().unwrap_or(0);
//!     let cores = Pin::SharingCacheWith(core).apply()?;
//!     println!("this thread stays on the cores {cores:?}");
//!     Ok(())
//! }).join().unwrap()?;
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io;

use crate::machine;

/// Where a thread is to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pin {
    /// On that core.
    Core(usize),
    /// On any core that shares the last level of cache with that one, which is among them.
    SharingCacheWith(usize),
    /// On any of these cores.
    Set(Vec<usize>),
}

impl Pin {
    /// The cores that are meant and that the calling thread may use now, in order; none if it may use none of them.
    #[must_use]
    pub fn cores(&self) -> Vec<usize> {
        let mut meant = match self {
            Self::Core(core) => vec![*core],
            Self::SharingCacheWith(core) => cores_sharing_cache(*core),
            Self::Set(cores) => cores.clone(),
        };
        let allowed = machine::cores().allowed;
        meant.retain(|core| allowed.contains(core));
        meant.sort_unstable();
        meant.dedup();
        meant
    }

    /// Binds the calling thread to those cores, and says which they are. Threads that it starts later inherit that.
    ///
    /// # Errors
    /// `InvalidInput` if the thread may use none of them: it names those that it may. `Unsupported` where the system has no such call (macOS).
    pub fn apply(&self) -> io::Result<Vec<usize>> {
        let cores = self.cores();
        let allowed = machine::cores().allowed;
        if allowed.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this system does not bind threads to cores",
            ));
        }
        if cores.is_empty() {
            let message = format!("{self:?} names no core that this thread may use; it may use {allowed:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        machine::set_affinity(&cores)?;
        Ok(cores)
    }
}

/// The cores that share the last level of cache with `core`, itself included, whether this thread may use them or not; only itself where the system
/// does not say.
#[must_use]
pub fn cores_sharing_cache(core: usize) -> Vec<usize> {
    let mut cores = machine::cache_mates(core);
    if !cores.contains(&core) {
        cores = vec![core];
    }
    cores
}

#[cfg(all(test, target_os = "linux", not(any(miri, loom))))]
mod tests {
    use super::*;

    fn on_a_thread<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
        std::thread::spawn(f).join().unwrap()
    }

    #[test]
    fn a_thread_stays_on_its_core() {
        for core in machine::cores().allowed {
            on_a_thread(move || {
                assert_eq!(Pin::Core(core).apply().unwrap(), [core]);
                assert_eq!((machine::cores().allowed, machine::current_core()), (vec![core], Some(core)));
            });
        }
    }

    #[test]
    fn a_pin_never_widens_what_is_allowed() {
        let all = machine::cores().allowed;
        let first = all[0];
        on_a_thread(move || {
            Pin::Core(first).apply().unwrap();
            assert_eq!(Pin::Set(all.clone()).apply().unwrap(), [first]);
            assert_eq!(Pin::SharingCacheWith(first).apply().unwrap(), [first]);
            if let Some(other) = all.get(1) {
                let error = Pin::Core(*other).apply().unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
                assert!(error.to_string().contains(&format!("it may use [{first}]")), "{error}");
            }
        });
    }

    #[test]
    fn cores_that_do_not_exist_are_refused() {
        assert!(Pin::Core(100_000).apply().is_err());
        assert!(Pin::Set(vec![]).apply().is_err());
        assert_eq!(cores_sharing_cache(100_000), [100_000]);
        let first = machine::cores().allowed[0];
        assert!(cores_sharing_cache(first).contains(&first));
    }
}
