//! What only some systems have; the others do without.

use std::os::fd::BorrowedFd;

/// Linux: the major number of /dev/null, /dev/zero, /dev/full, which take writes of any size.
pub const MEMORY_DEVICES: u32 = 1;

/// Makes a pipe as large as an ordinary user may have it, where it has a size to be set. One that stays small
/// is only slower.
pub fn enlarge_pipe(pipe: BorrowedFd<'_>) {
    #[cfg(has_pipe_size)]
    {
        const PIPE_BYTES: usize = 1 << 20;
        let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
    }
    #[cfg(not(has_pipe_size))]
    let _ = pipe;
}
