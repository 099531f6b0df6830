//! Waiting where there is no operating system: spinning.

use super::{Barrier, Doorbell, WaitStrategy};
use crate::{stats::Stalls, sync};

/// A point in time; without a clock there is none.
#[derive(Clone, Copy, Debug)]
pub enum Deadline {}

/// What one side needs in order to wait.
#[derive(Debug)]
pub struct Waiter(());

impl Waiter {
    /// A waiter; without `std` every strategy spins.
    pub const fn new(_: WaitStrategy, _: Barrier) -> Self {
        Self(())
    }

    /// Waits until `ready` says so.
    pub fn wait(
        &mut self,
        _: &Doorbell,
        _: &Stalls,
        _: Option<Deadline>,
        mut ready: impl FnMut() -> bool,
    ) -> bool {
        while !ready() {
            sync::spin_loop();
        }
        true
    }
}
