//! How a side waits for the other, and how it is woken.
//!
//! A side that finds nothing to do looks a few more times and then goes to sleep, unless it was told
//! otherwise. The hard part is that going to sleep and being woken race:
//!
//! ```text
//!   the side that waits                       the side that works
//!   ───────────────────                       ───────────────────
//!   1. asleep = true                          1. cursor = new
//!   2. heavy barrier                          2. light barrier
//!   3. cursor still old?  then sleep          3. asleep?  then wake it
//! ```
//!
//! Each side writes one word and then reads the other's. If both reads could miss both writes, a
//! sleeper would be left behind for ever, so a store must not pass the load after it, on either side.
//! That takes a full fence on both, which on the working side would cost more than all the rest of a
//! push. Where the operating system can interrupt every thread of the process for a barrier (Linux
//! `membarrier`, Windows `FlushProcessWriteBuffers`), the sleeper pays for both: the light barrier is
//! then nothing but an order to the compiler ([`Barrier`]).
//!
//! The asymmetric barrier is prior art in liburcu and folly; the sleep and wake protocol is that of
//! Dekker's mutual exclusion.

mod barrier;
#[cfg(any(feature = "std", loom))]
mod doorbell;
#[cfg(not(any(feature = "std", loom)))]
#[path = "doorbell_silent.rs"]
mod doorbell;
#[cfg(any(feature = "std", loom))]
mod experience;
#[cfg(any(feature = "std", loom))]
mod lobby;
mod patience;
mod slip;
#[cfg(any(feature = "std", loom))]
mod waiter;
#[cfg(not(any(feature = "std", loom)))]
#[path = "waiter_spinning.rs"]
mod waiter;

pub use barrier::Barrier;
pub use doorbell::Doorbell;
#[cfg(any(feature = "std", loom))]
use doorbell::Sleeper;
#[cfg(any(feature = "std", loom))]
pub use experience::Experience;
#[cfg(any(feature = "std", loom))]
pub use lobby::{Lobby, Seat};
pub use patience::Patience;
pub use slip::Slip;
pub use waiter::{Deadline, Waiter};

/// Where a thread can sleep until somebody rings.
#[cfg(any(feature = "std", loom))]
pub trait Bell {
    /// Announces that this thread will sleep. The caller looks once more before it really does.
    fn announce_thread(&self, barrier: Barrier);

    /// Takes the announcement back: the sleeper found something to do by itself.
    fn retract(&self);

    /// Whether others here wait for the same, so that somebody gets on as well if this one sleeps.
    fn is_contended(&self) -> bool {
        false
    }
}

/// How a side waits when it finds nothing to do. The default is [`Park`](Self::Park).
///
/// Without the `std` feature there is nobody to yield to and nowhere to sleep: all of them spin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WaitStrategy {
    /// Looks again and again. Lowest latency; burns a core, and never gives it up to a peer that
    /// needs it, so use it only where each thread has a core of its own.
    Spin,
    /// Spins for a moment, then offers the core to others between looks. Burns what nobody else wants.
    Yield,
    /// Spins, yields, then sleeps for longer and longer between looks, up to a millisecond. Needs
    /// nothing of the peer; wakes late.
    Backoff,
    /// Spins and yields for as long as that has paid of late, then sleeps until the
    /// peer wakes it. Burns nothing while idle, and costs a peer that has nobody to wake one load and a branch.
    #[default]
    Park,
}
