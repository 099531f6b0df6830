//! What only some systems have; the others do without.

use std::os::fd::BorrowedFd;

/// Linux: the major number of /dev/null, /dev/zero, /dev/full, which take writes of any size.
pub const MEMORY_DEVICES: u32 = 1;

/// The most that Linux gives an ordinary user; fewer, larger reads and writes.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;

/// Makes a pipe larger, where that is allowed; a pipe that stays small is only slower.
#[cfg(target_os = "linux")]
pub fn enlarge_pipe(pipe: BorrowedFd<'_>) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
}

/// Pipes grow by themselves, or not at all.
#[cfg(not(target_os = "linux"))]
pub fn enlarge_pipe(_pipe: BorrowedFd<'_>) {}
