//! How long a side should look before it sleeps, learnt from how it went before.

use core::time::Duration;

/// A budget of looks, doubled when looking paid and halved when it did not, and one of yields.
///
/// With more threads than cores looking never pays, because the peer cannot run meanwhile: the budget
/// then sinks to almost nothing within a few waits, and rises again as soon as a short look succeeds.
/// Yielding pays there instead, as long as waits are brief. Whoever sleeps at once never finds out, so what
/// counts for yields is how long the waits are in which they did not suffice.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    looks: u32,
    yields: u32,
}

impl Patience {
    const FEWEST: u32 = 1;
    /// About as long as it takes to wake a sleeper, so that the worst case costs twice the best.
    const MOST: u32 = 4096;
    /// On one core the first one already lets the peer work.
    pub const FEWEST_YIELDS: u32 = 4;
    /// As for looks, where nobody else wants the core.
    const MOST_YIELDS: u32 = 256;
    /// Yielding ends after so long, however often: others may only yield as well, and would keep each other awake.
    pub const LONGEST_OFFER: Duration = Duration::from_micros(250);

    /// Starts in the middle.
    pub const fn new() -> Self {
        Self { looks: 1024, yields: 32 }
    }

    /// So many looks as were learnt elsewhere, within the bounds.
    pub fn of(looks: u32) -> Self {
        Self { looks: looks.clamp(Self::FEWEST, Self::MOST), ..Self::new() }
    }

    /// How many times to look now.
    pub const fn looks(&self) -> u32 {
        self.looks
    }

    /// How many times to offer the core to others then.
    pub const fn yields(&self) -> u32 {
        self.yields
    }

    /// Looking has not paid for long: better let the peer run at once.
    pub const fn is_exhausted(&self) -> bool {
        self.looks == Self::FEWEST
    }

    /// Looking paid: the peer came while this side looked.
    pub fn paid(&mut self) {
        self.looks = (self.looks * 2).min(Self::MOST);
    }

    /// Looking did not pay: the wait outlasted the budget.
    pub fn wasted(&mut self) {
        self.looks = (self.looks / 2).max(Self::FEWEST);
    }

    /// Yielding did not suffice: it took so long, and the wait in all (`None`: nothing came). Twice as often next time, if as many yields as
    /// there may be, which last longer where others want the core, would have lasted as long.
    pub fn slept(&mut self, offered: Duration, wait: Option<Duration>) {
        let longest = offered * Self::MOST_YIELDS / self.yields;
        let wait = wait.unwrap_or(Duration::MAX);
        self.yields = match wait < longest.min(Self::LONGEST_OFFER) {
            true => (self.yields * 2).min(Self::MOST_YIELDS),
            false => (self.yields / 2).max(Self::FEWEST_YIELDS),
        };
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_stays_within_its_bounds_and_recovers() {
        let mut patience = Patience::new();
        (0..100).for_each(|_| patience.wasted());
        assert_eq!(patience.looks(), Patience::FEWEST);
        (0..100).for_each(|_| patience.paid());
        assert_eq!(patience.looks(), Patience::MOST);
    }

    #[test]
    fn who_slept_briefly_yields_longer_and_who_slept_long_does_not() {
        let mut patience = Patience::new();
        let mut slept = |each, wait| {
            (0..100).for_each(|_| patience.slept(each * patience.yields(), Some(wait)));
            patience.yields()
        };
        let (alone, shared) = (Duration::from_nanos(400), Duration::from_micros(5));
        assert_eq!(slept(alone, Duration::from_millis(1)), Patience::FEWEST_YIELDS);
        assert_eq!(slept(alone, Duration::from_micros(50)), Patience::MOST_YIELDS);
        assert_eq!(slept(alone, Duration::from_micros(150)), Patience::FEWEST_YIELDS);
        assert_eq!(slept(shared, Duration::from_micros(150)), Patience::MOST_YIELDS);
        assert_eq!(
            slept(shared, Duration::from_millis(1)),
            Patience::FEWEST_YIELDS,
            "however long a yield is"
        );
        (0..100).for_each(|_| patience.slept(shared, Some(Duration::ZERO)));
        (0..100).for_each(|_| patience.slept(shared, None));
        assert_eq!(patience.yields(), Patience::FEWEST_YIELDS, "nothing came");
    }
}
