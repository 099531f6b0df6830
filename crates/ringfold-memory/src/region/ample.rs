//! How much address space a region of unknown size gets, and how many such regions there may be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, limits, machine};

/// Less than this is not worth having.
const LEAST: u64 = 1 << 30;
/// All such regions of a process together: a quarter of what 47 bits can address.
const BUDGET: u64 = 1 << 45;
/// One region gets at most this part of what is left of the budget: many get less each, and the budget is never used up.
const PART: u64 = 32;

/// What the regions of this process have taken.
struct Taken {
    regions: u64,
    bytes: u64,
    /// What one gets at most: at first twice the memory of the machine, less once the system has refused that.
    most: Option<u64>,
}

static TAKEN: Mutex<Taken> = Mutex::new(Taken { regions: 0, bytes: 0, most: None });

fn taken() -> MutexGuard<'static, Taken> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A part of the address space that this process can spare; given back on drop.
pub(super) struct Share {
    bytes: u64,
}

impl Share {
    /// A share, unless address space or mappings are scarce.
    pub(super) fn take() -> Result<Share, Error> {
        let step = "sparing address space for a region";
        if usize::BITS < 64 {
            let (what, help) = ("32 bits of address space are too few", "say how much to reserve");
            return Err(Error::unsupported(step, 0, what, help));
        }
        let mut taken = taken();
        let most = *taken.most.get_or_insert_with(twice_the_memory);
        limits::check_address_space(step, most as usize)?;
        limits::check_mappings(step, most as usize, taken.regions)?;
        let bytes = most.min((BUDGET - taken.bytes) / PART) & !(LEAST - 1);
        if bytes < LEAST {
            let what = "this process has reserved as much for regions as it can spare";
            return Err(Error::unsupported(step, most as usize, what, "say how much to reserve"));
        }
        taken.regions += 1;
        taken.bytes += bytes;
        Ok(Share { bytes })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes as usize
    }

    /// After the system refused so much: from now on at most half of it. False where that is not worth having.
    pub(super) fn halve(self) -> bool {
        let half = self.bytes / 2;
        taken().most = Some(half.max(LEAST));
        half >= LEAST
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = taken();
        taken.regions -= 1;
        taken.bytes -= self.bytes;
    }
}

/// No list can outgrow that without swapping most of itself out. Memory may be plugged in, so a little machine gets more.
fn twice_the_memory() -> u64 {
    /// Where the system does not tell how much memory it has.
    const UNKNOWN: u64 = 32 << 30;
    let memory = machine::memory().total.unwrap_or(UNKNOWN);
    2 * memory.clamp(4 << 30, BUDGET).next_multiple_of(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_shares_get_smaller_and_come_back() {
        if usize::BITS < 64 || Share::take().is_err() {
            return eprintln!("skipped: address space is scarce here");
        }
        let shares: Vec<Share> = std::iter::from_fn(|| Share::take().ok()).collect();
        assert!(shares.len() > 100, "{}", shares.len());
        assert!(shares.iter().all(|share| share.bytes() as u64 >= LEAST));
        assert!(shares.iter().map(|share| share.bytes).sum::<u64>() <= BUDGET);
        let first = shares[0].bytes;
        drop(shares);
        assert_eq!(Share::take().unwrap().bytes, first);
    }
}
