//! How long a side should look before it sleeps, learnt from how it went before.

/// A budget of looks, doubled when looking paid and halved when it did not.
///
/// With more threads than cores looking never pays, because the peer cannot run meanwhile: the budget
/// then sinks to almost nothing within a few waits, and rises again as soon as a short look succeeds.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    looks: u32,
}

impl Patience {
    const FEWEST: u32 = 1;
    /// About as long as it takes to wake a sleeper, so that the worst case costs twice the best.
    const MOST: u32 = 4096;

    /// Starts in the middle.
    pub const fn new() -> Self {
        Self { looks: 1024 }
    }

    /// So many looks as were learnt elsewhere, within the bounds.
    pub fn of(looks: u32) -> Self {
        Self { looks: looks.clamp(Self::FEWEST, Self::MOST) }
    }

    /// How many times to look now.
    pub const fn looks(&self) -> u32 {
        self.looks
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
}
