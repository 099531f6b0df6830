//! Waiting: look, yield, sleep.

use std::time::{Duration, Instant};

use super::{Barrier, Bell, Patience, WaitStrategy};
use crate::{stats::Stalls, sync};

/// The moment at which a wait is given up.
pub type Deadline = Instant;

/// What one side needs in order to wait: its strategy and what it has learnt.
#[derive(Clone, Debug)]
pub struct Waiter {
    strategy: WaitStrategy,
    barrier: Barrier,
    patience: Patience,
}

/// Looks without `spin_loop`, which costs 40 to 140 cycles on current x86-64 and thereby as much
/// latency; after these the peer is not about to come within the nanosecond.
const EAGER_LOOKS: u32 = if cfg!(loom) { 0 } else { 192 };
const LONGEST_NAP: Duration = Duration::from_millis(1);

impl Waiter {
    /// A waiter that has learnt nothing yet.
    pub const fn new(strategy: WaitStrategy, barrier: Barrier) -> Self {
        Self { strategy, barrier, patience: Patience::new() }
    }

    /// A waiter that has learnt elsewhere how long to look.
    pub const fn with_patience(strategy: WaitStrategy, barrier: Barrier, patience: Patience) -> Self {
        Self { strategy, barrier, patience }
    }

    /// What it has learnt.
    pub const fn patience(&self) -> Patience {
        self.patience
    }

    /// Waits until `ready` says so (true) or the deadline has passed (false).
    ///
    /// `ready` is called often and must be cheap. Whoever makes it true must ring `bell` afterwards.
    /// Time is taken, and added to `stalls`, only when the first short spin did not suffice.
    #[inline]
    pub fn wait(
        &mut self,
        bell: &impl Bell,
        stalls: &Stalls,
        deadline: Option<Deadline>,
        mut ready: impl FnMut() -> bool,
    ) -> bool {
        if self.patience.is_exhausted() && self.strategy != WaitStrategy::Spin {
            sync::yield_now();
            if ready() {
                return true;
            }
        } else if (0..EAGER_LOOKS).any(|_| ready()) {
            return true;
        }
        self.wait_long(bell, stalls, deadline, &mut ready)
    }

    #[cold]
    #[inline(never)]
    fn wait_long(
        &mut self,
        bell: &dyn Bell,
        stalls: &Stalls,
        deadline: Option<Deadline>,
        ready: &mut dyn FnMut() -> bool,
    ) -> bool {
        if cfg!(loom) {
            return self.park(bell, deadline, ready);
        }
        let start = Instant::now();
        let came = match self.strategy {
            WaitStrategy::Spin => spin(deadline, ready),
            WaitStrategy::Yield => self.look(ready) || yield_between(deadline, ready),
            WaitStrategy::Backoff => {
                self.look(ready)
                    || self.offer_first(bell, deadline, ready, |_, ready| nap_between(deadline, ready))
            }
            WaitStrategy::Park => {
                self.look(ready)
                    || self.offer_first(bell, deadline, ready, |waiter, ready| {
                        waiter.park(bell, deadline, ready)
                    })
            }
        };
        stalls.record(start.elapsed());
        came
    }

    /// Looks for as long as that has paid before.
    fn look(&mut self, ready: &mut dyn FnMut() -> bool) -> bool {
        for _ in 0..self.patience.looks() {
            if ready() {
                self.patience.paid();
                return true;
            }
            sync::spin_loop();
        }
        self.patience.wasted();
        false
    }

    /// Offers the core to others as often as may pay, and then sleeps. In a crowd that is not often: those who yield keep the core from
    /// those who could get on.
    fn offer_first(
        &mut self,
        bell: &dyn Bell,
        deadline: Option<Deadline>,
        ready: &mut dyn FnMut() -> bool,
        sleep: impl FnOnce(&Self, &mut dyn FnMut() -> bool) -> bool,
    ) -> bool {
        let start = Instant::now();
        let mut offered = Duration::ZERO;
        let yields = if bell.is_contended() { Patience::FEWEST_YIELDS } else { self.patience.yields() };
        for _ in 0..yields {
            sync::yield_now();
            if ready() {
                return true;
            }
            offered = start.elapsed();
            if passed(deadline) {
                self.patience.slept(offered, None);
                return false;
            }
            if offered > Patience::LONGEST_OFFER {
                break;
            }
        }
        let came = sleep(self, ready);
        self.patience.slept(offered, came.then(|| start.elapsed()));
        came
    }

    fn park(&self, bell: &dyn Bell, deadline: Option<Deadline>, ready: &mut dyn FnMut() -> bool) -> bool {
        loop {
            bell.announce_thread(self.barrier);
            if ready() {
                bell.retract();
                return true;
            }
            match deadline.map(|end| end.saturating_duration_since(Instant::now())) {
                None => sync::park(),
                Some(Duration::ZERO) => {
                    bell.retract();
                    return ready();
                }
                Some(left) => sync::park_timeout(left),
            }
            if ready() {
                bell.retract();
                return true;
            }
        }
    }
}

fn passed(deadline: Option<Deadline>) -> bool {
    deadline.is_some_and(|end| Instant::now() >= end)
}

fn spin(deadline: Option<Deadline>, ready: &mut dyn FnMut() -> bool) -> bool {
    loop {
        for _ in 0..64 {
            if ready() {
                return true;
            }
            sync::spin_loop();
        }
        if passed(deadline) {
            return ready();
        }
    }
}

fn yield_between(deadline: Option<Deadline>, ready: &mut dyn FnMut() -> bool) -> bool {
    loop {
        sync::yield_now();
        if ready() {
            return true;
        }
        if passed(deadline) {
            return ready();
        }
    }
}

fn nap_between(deadline: Option<Deadline>, ready: &mut dyn FnMut() -> bool) -> bool {
    let mut nap = Duration::from_micros(10);
    loop {
        let left = deadline.map_or(nap, |end| end.saturating_duration_since(Instant::now()));
        sync::sleep(nap.min(left));
        if ready() {
            return true;
        }
        if passed(deadline) {
            return ready();
        }
        nap = (nap * 2).min(LONGEST_NAP);
    }
}
