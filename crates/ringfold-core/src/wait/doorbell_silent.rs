//! Where nobody can sleep nobody need be woken.

use super::Barrier;

/// The doorbell of a sleeper; without `std` nobody sleeps.
#[derive(Debug, Default)]
pub struct Doorbell(());

impl Doorbell {
    /// A doorbell at which nobody sleeps.
    pub const fn new() -> Self {
        Self(())
    }

    /// Does nothing.
    #[inline(always)]
    pub fn ring(&self, _: Barrier) {}
}
