//! How long to wait for a writer that has fallen a little behind, before more memory is taken for it.

use std::thread;
use std::time::{Duration, Instant};

/// A budget for waits for room in the near lane.
///
/// A wait in time keeps the stream in the cache. But it also holds up whoever writes our input, and a buffer
/// is there so that they are not held up. So all waits together are short, until the writer catches up; a
/// file that comes from memory holds nobody up, and there each wait may take its time.
#[derive(Debug)]
pub struct Patience {
    left: Duration,
    per_wait: bool,
    times: u64,
    waited: Duration,
}

impl Patience {
    /// For all waits until the writer has caught up: a sleeping writer wakes within a tenth of one,
    /// and on a busy machine has to wait for its turn.
    const STREAM: Duration = Duration::from_millis(5);
    /// For each wait, where nobody is held up: a writer that takes longer has stalled.
    const FILE: Duration = Duration::from_millis(20);
    /// At first the core is offered between looks: often it is the writer who needs it.
    const EAGER: Duration = Duration::from_micros(200);
    /// Later. Nothing is lost by a late look: there is data for the writer.
    const NAP: Duration = Duration::from_micros(50);

    pub fn new() -> Patience {
        Patience { left: Patience::STREAM, per_wait: false, times: 0, waited: Duration::ZERO }
    }

    /// Whether the input waits for us, and not we for it.
    pub fn input_can_wait(&mut self, it_can: bool) {
        self.per_wait = it_can;
    }

    /// The writer has caught up.
    pub fn renew(&mut self) {
        self.left = Patience::STREAM;
    }

    /// Sleeps while `is_full` says so and the budget lasts. Returns whether it is still full.
    pub fn wait_while(&mut self, mut is_full: impl FnMut() -> bool) -> bool {
        if !is_full() {
            return false;
        }
        let begin = Instant::now();
        let budget = if self.per_wait { Patience::FILE } else { self.left };
        let mut still_full = true;
        while still_full && begin.elapsed() < budget {
            match begin.elapsed() < Patience::EAGER {
                true => thread::yield_now(),
                false => thread::sleep(Patience::NAP),
            }
            still_full = is_full();
        }
        let took = begin.elapsed();
        self.left = self.left.saturating_sub(took);
        self.times += 1;
        self.waited += took;
        still_full
    }

    /// How often, and how long, it was waited.
    pub fn waits(&self) -> (u64, Duration) {
        (self.times, self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_held_up_for_a_moment_in_all() {
        let mut patience = Patience::new();
        let begin = Instant::now();
        for _ in 0..1000 {
            assert!(patience.wait_while(|| true));
        }
        assert!(begin.elapsed() >= Patience::STREAM);
        let (times, waited) = patience.waits();
        assert_eq!(times, 1000);
        // Each of the thousand waits after the first few finds the budget spent.
        assert!(patience.left.is_zero() && waited >= Patience::STREAM);
        patience.renew();
        assert_eq!(patience.left, Patience::STREAM);
    }

    #[test]
    fn room_ends_the_wait() {
        let mut patience = Patience::new();
        let mut looks = 0;
        assert!(!patience.wait_while(|| {
            looks += 1;
            looks < 3
        }));
        assert_eq!(patience.waits().0, 1);
        assert!(!patience.wait_while(|| false));
        assert_eq!(patience.waits().0, 1);
    }
}
