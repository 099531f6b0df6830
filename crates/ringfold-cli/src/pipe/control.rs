//! What the threads of a transfer tell each other, besides the data.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// A file descriptor that becomes readable when rung, and stays so.
pub struct Bell {
    ear: UnixStream,
    rope: UnixStream,
}

impl Bell {
    /// A bell that nobody has rung.
    pub fn new() -> io::Result<Bell> {
        let (ear, rope) = UnixStream::pair()?;
        ear.set_nonblocking(true)?;
        rope.set_nonblocking(true)?;
        Ok(Bell { ear, rope })
    }

    /// Wakes whoever polls it. Any number of times.
    pub fn ring(&self) {
        // It can only be full of earlier rings, which wake just as well.
        let _ = rustix::io::write(&self.rope, &[1]);
    }

    /// For [`poll`].
    pub fn ear(&self) -> BorrowedFd<'_> {
        self.ear.as_fd()
    }

    /// The end that rings, for the signal handler.
    pub fn rope(&self) -> io::Result<UnixStream> {
        self.rope.try_clone()
    }

    /// Takes note of the rings so far, and makes it unreadable again.
    pub fn hush(&self) -> usize {
        rustix::io::read(&self.ear, &mut [0u8; 64]).unwrap_or(0)
    }
}

/// The state of a transfer that more than one thread looks at.
pub struct Control {
    /// Bytes read so far.
    pub read: AtomicU64,
    /// Bytes delivered so far.
    pub written: AtomicU64,
    /// Most bytes that were on the way at any time.
    pub peak: AtomicU64,
    /// The reader of our output is gone.
    pub vanished: AtomicBool,
    /// The signal that ended the transfer, or 0.
    pub signal: Arc<AtomicUsize>,
    stop: AtomicBool,
    /// Rung with `stop`: ends the reading thread's wait for input.
    pub halt: Bell,
    /// Rung when both data threads are done.
    pub finished: Bell,
    /// Rung by signals.
    pub signalled: Bell,
}

impl Control {
    /// Nothing has happened yet.
    pub fn new() -> io::Result<Control> {
        Ok(Control {
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            vanished: AtomicBool::new(false),
            signal: Arc::new(AtomicUsize::new(0)),
            stop: AtomicBool::new(false),
            halt: Bell::new()?,
            finished: Bell::new()?,
            signalled: Bell::new()?,
        })
    }

    /// No more is to be read.
    pub fn stop_reading(&self) {
        self.stop.store(true, Relaxed);
        self.halt.ring();
    }

    /// Whether no more is to be read.
    pub fn must_stop(&self) -> bool {
        self.stop.load(Relaxed)
    }

    /// Bytes that were read and not delivered.
    pub fn undelivered(&self) -> u64 {
        let written = self.written.load(Relaxed);
        self.read.load(Relaxed).saturating_sub(written)
    }
}

/// Polls, and again when a signal handler interrupted it. `None` waits for ever.
pub fn poll_patiently(fds: &mut [PollFd<'_>], timeout: Option<Timespec>) -> io::Result<usize> {
    loop {
        match poll(fds, timeout.as_ref()) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// An entry for [`poll_patiently`].
pub fn readable(fd: BorrowedFd<'_>) -> PollFd<'_> {
    PollFd::from_borrowed_fd(fd, PollFlags::IN)
}
