//! An asymmetric memory barrier: the side that sleeps pays for both, so that the side that runs pays nothing.
//!
//! A sleeper announces itself, calls the barrier, and looks once more whether there is something to do. The running
//! side publishes and then looks whether somebody sleeps, with no fence in between: the barrier makes every running
//! thread of the process pass a full one at some point between the sleeper's two steps.

/// The barrier, or `None` where the system has none; then both sides need a full fence.
///
/// The function that comes back makes every thread of this process that is running pass a full memory barrier before
/// it returns, and is one itself. It takes microseconds and never waits for a thread that does not run. Linux 4.14
/// and later (`membarrier`, registered on the first call) and Windows (`FlushProcessWriteBuffers`).
///
/// Should a sandbox that came later take the system call away, the process is aborted with a message: going on would lose wake-ups.
///
/// ```
/// match ringfold_memory::barrier::process_wide() {
///     Some(barrier) => barrier(),
///     None => println!("both sides fence"),
/// }
/// ```
#[must_use]
pub fn process_wide() -> Option<fn()> {
    platform::process_wide()
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(any(miri, loom))))]
mod platform {
    use std::sync::OnceLock;

    const QUERY: libc::c_int = 0;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    pub(super) fn process_wide() -> Option<fn()> {
        static REGISTERED: OnceLock<bool> = OnceLock::new();
        REGISTERED.get_or_init(register).then_some(barrier)
    }

    fn register() -> bool {
        let supported = membarrier(QUERY);
        supported >= 0
            && supported & libc::c_long::from(PRIVATE_EXPEDITED) != 0
            && membarrier(REGISTER_PRIVATE_EXPEDITED) == 0
            && membarrier(PRIVATE_EXPEDITED) == 0
    }

    fn barrier() {
        if membarrier(PRIVATE_EXPEDITED) != 0 {
            lost();
        }
    }

    #[cold]
    fn lost() -> ! {
        let error = std::io::Error::last_os_error();
        eprintln!(
            "ringfold: the membarrier system call worked before and now fails ({error}); a seccomp filter must allow it. Aborting."
        );
        std::process::abort()
    }

    fn membarrier(command: libc::c_int) -> libc::c_long {
        // SAFETY: membarrier takes three numbers and touches no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
    }
}

#[cfg(all(windows, not(any(miri, loom))))]
mod platform {
    use windows_sys::Win32::System::Threading::FlushProcessWriteBuffers;

    pub(super) fn process_wide() -> Option<fn()> {
        Some(barrier)
    }

    fn barrier() {
        // SAFETY: takes nothing and touches no memory of ours.
        unsafe { FlushProcessWriteBuffers() }
    }
}

#[cfg(any(miri, loom, not(any(target_os = "linux", target_os = "android", windows))))]
mod platform {
    pub(super) fn process_wide() -> Option<fn()> {
        None
    }
}
