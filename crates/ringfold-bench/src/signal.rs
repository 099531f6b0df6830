//! How the harness talks to the two sides of a running sample, and how a side waits for the other one.

use std::sync::atomic::{AtomicU8, Ordering};

use crossbeam_utils::CachePadded;

/// The producer sends.
pub const RUNNING: u8 = 0;
/// Time is up: the producer stops after the run it is in.
pub const WINDING_DOWN: u8 = 1;
/// The producer has sent its last item: empty now means finished.
pub const DONE: u8 = 2;
/// The deadline is over, or the other side failed: stop at once.
pub const ABORTED: u8 = 3;

/// What a side does while the ring is full or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Try again after a `spin_loop` hint.
    Pause,
    /// Try again at once.
    Busy,
    /// Give the core away, then try again.
    Yield,
    /// Call the operation that blocks.
    Block,
    /// Whatever the contender's own strategy is.
    Own,
}

impl Wait {
    /// As the report names it.
    pub fn label(self) -> &'static str {
        match self {
            Wait::Pause => "try + spin_loop",
            Wait::Busy => "try + busy spin",
            Wait::Yield => "try + yield",
            Wait::Block => "blocking call",
            Wait::Own => "own waiting",
        }
    }
}

/// Why a side stopped waiting without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was sent has been received.
    Done,
    /// The harness gave up on this sample.
    Aborted,
}

/// One sample's phase, seen by both sides and by the watchdog, and the way its sides wait.
pub struct Signal {
    phase: CachePadded<AtomicU8>,
    wait: Wait,
}

impl Signal {
    /// A signal of a sample that has not begun yet.
    pub fn new(wait: Wait) -> Signal {
        Signal { phase: CachePadded::new(AtomicU8::new(RUNNING)), wait }
    }

    /// Should the contender call its blocking operations?
    #[inline(always)]
    pub fn blocks(&self) -> bool {
        self.wait == Wait::Block
    }

    /// How the sides wait, for the C++ rivals, whose loops are not ours.
    #[cfg(feature = "cpp")]
    pub fn wait(&self) -> Wait {
        self.wait
    }

    /// Where the phase lives, for the C++ rivals.
    #[cfg(feature = "cpp")]
    pub fn phase_address(&self) -> *const u8 {
        self.phase.as_ptr()
    }

    /// True once the producer is to stop.
    #[inline(always)]
    pub fn winding_down(&self) -> bool {
        self.phase.load(Ordering::Relaxed) >= WINDING_DOWN
    }

    /// True once both sides are to drop everything.
    pub fn aborted(&self) -> bool {
        self.phase.load(Ordering::Acquire) == ABORTED
    }

    /// Where the sample is; whoever sees `DONE` sees what came before it.
    #[inline(always)]
    pub fn phase(&self) -> u8 {
        self.phase.load(Ordering::Acquire)
    }

    /// Moves on; a phase is never taken back.
    pub fn enter(&self, phase: u8) {
        self.phase.fetch_max(phase, Ordering::AcqRel);
    }

    /// Tries until it works, waiting in between; `Done` only if it failed once more after the producer's end.
    #[inline(always)]
    pub fn retry<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> Result<R, Ended> {
        loop {
            if let Some(result) = attempt() {
                return Ok(result);
            }
            match self.phase.load(Ordering::Acquire) {
                ABORTED => return Err(Ended::Aborted),
                DONE => return attempt().ok_or(Ended::Done),
                _ => self.rest(),
            }
        }
    }

    /// Tries until it works, also after the producers' end: for who hands on what others have sent.
    #[inline(always)]
    pub fn insist<R>(&self, mut attempt: impl FnMut() -> Option<R>) -> Result<R, Ended> {
        loop {
            if let Some(result) = attempt() {
                return Ok(result);
            }
            if self.aborted() {
                return Err(Ended::Aborted);
            }
            self.rest();
        }
    }

    /// One moment of waiting.
    #[inline(always)]
    pub fn rest(&self) {
        match self.wait {
            Wait::Busy => {}
            Wait::Yield => std::thread::yield_now(),
            Wait::Pause | Wait::Block | Wait::Own => std::hint::spin_loop(),
        }
    }
}
