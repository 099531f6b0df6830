//! How long to wait for a writer that has fallen a little behind, before more memory is taken for it.

use std::thread;
use std::time::{Duration, Instant};

/// A budget for waits for room in the near lane.
///
/// A wait in time keeps the stream in the cache. But a wait may also do harm, and harm is charged:
///
/// * It holds up whoever writes our input, and a buffer is there so that they are not held up. A file that
///   comes from memory is held up by nobody.
/// * In the end both sides may wait for each other. That happens where threads wake late, because the machine
///   is busy, and both together then wait for longer than the time that has passed.
///
/// Whoever has spent the budget takes more memory instead. It grows back with time.
#[derive(Debug)]
pub struct Patience {
    budget: Duration,
    /// When the budget was last looked at, and how long the writer had then waited for data.
    since: Instant,
    writer_waited: Duration,
    input_can_wait: bool,
    times: u64,
    waited: Duration,
}

/// What a look at the near lane tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub room: usize,
    /// How long the writer has waited for data so far.
    pub writer_waited: Duration,
}

impl Patience {
    /// The most there is to spend.
    const MOST: Duration = Duration::from_millis(5);
    /// One part in so many of the time that passes comes back.
    const COMES_BACK: u32 = 10;
    /// Shorter waits are free: it takes as long to hand over a core. Meanwhile it is offered to the writer.
    const FREE: Duration = Duration::from_micros(100);
    /// A writer that takes longer for half a lane has stalled.
    const LONGEST: Duration = Duration::from_millis(20);
    const NAP: Duration = Duration::from_micros(50);

    pub fn new(now: Instant) -> Patience {
        Patience {
            budget: Patience::MOST,
            since: now,
            writer_waited: Duration::ZERO,
            input_can_wait: false,
            times: 0,
            waited: Duration::ZERO,
        }
    }

    /// Whether the input waits for us, and not we for it.
    pub fn input_can_wait(&mut self, it_can: bool) {
        self.input_can_wait = it_can;
    }

    /// Waits until there is `enough` room, or for as long as the budget lasts. Returns the room there is.
    pub fn wait_for_room(&mut self, enough: usize, mut look: impl FnMut() -> Look) -> usize {
        let begin = Instant::now();
        let longest = match self.input_can_wait && !self.budget.is_zero() {
            true => Patience::LONGEST,
            false => self.budget,
        };
        let mut seen = look();
        while seen.room < enough {
            match begin.elapsed() {
                took if took >= longest => break,
                took if took < Patience::FREE => thread::yield_now(),
                _ => thread::sleep(Patience::NAP),
            }
            seen = look();
        }
        let now = Instant::now();
        self.account(now, now - begin, seen.writer_waited);
        seen.room
    }

    /// Whether the budget has grown back far enough to try again.
    pub fn is_restored(&mut self, now: Instant, writer_waited: Duration) -> bool {
        self.account(now, Duration::ZERO, writer_waited);
        self.budget >= Patience::MOST / 2
    }

    /// How often, and how long, it was waited.
    pub fn waits(&self) -> (u64, Duration) {
        (self.times, self.waited)
    }

    /// Earns for the time that has passed and pays for the wait of `took` at its end.
    fn account(&mut self, now: Instant, took: Duration, writer_waited: Duration) {
        let passed = now.saturating_duration_since(self.since);
        let both = took + writer_waited.saturating_sub(self.writer_waited);
        let overlap = both.saturating_sub(passed).min(took);
        let held_up = if self.input_can_wait { Duration::ZERO } else { took };
        let harm = overlap.max(held_up).saturating_sub(Patience::FREE);
        self.budget = (self.budget + passed / Patience::COMES_BACK).min(Patience::MOST).saturating_sub(harm);
        (self.since, self.writer_waited) = (now, writer_waited);
        if !took.is_zero() {
            self.times += 1;
            self.waited += took;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn look(room: usize) -> Look {
        Look { room, writer_waited: Duration::ZERO }
    }

    #[test]
    fn room_ends_the_wait() {
        let mut patience = Patience::new(Instant::now());
        patience.input_can_wait(true); // longer than a busy machine takes for two looks
        let mut room = 0;
        let growing = || look(std::mem::replace(&mut room, 5));
        assert_eq!(patience.wait_for_room(5, growing), 5);
        assert_eq!(patience.waits().0, 1);
    }

    #[test]
    fn a_stalled_writer_spends_the_budget() {
        let mut patience = Patience::new(Instant::now());
        let begin = Instant::now();
        assert_eq!(patience.wait_for_room(5, || look(0)), 0);
        assert!(begin.elapsed() >= Patience::MOST);
        assert!(patience.budget < MS, "{patience:?}");
        let now = patience.since;
        assert!(!patience.is_restored(now + 10 * MS, Duration::ZERO));
        assert!(patience.is_restored(now + 50 * MS, Duration::ZERO));
    }

    #[test]
    fn a_short_wait_is_free() {
        let now = Instant::now();
        let mut patience = Patience::new(now);
        patience.account(now + MS, Patience::FREE, MS);
        assert_eq!(patience.budget, Patience::MOST);
    }

    #[test]
    fn holding_up_a_stream_is_harm_and_holding_up_a_file_is_not() {
        let now = Instant::now();
        let mut patience = Patience::new(now);
        patience.account(now + 2 * MS, 2 * MS + Patience::FREE, Duration::ZERO);
        assert_eq!(patience.budget, 3 * MS);
        patience.input_can_wait(true);
        patience.account(now + 12 * MS, 10 * MS, Duration::ZERO);
        assert_eq!(patience.budget, 4 * MS, "only earned");
    }

    #[test]
    fn waiting_for_each_other_is_harm() {
        let now = Instant::now();
        let mut patience = Patience::new(now);
        patience.input_can_wait(true);
        patience.account(now + 10 * MS, 4 * MS, 6 * MS);
        assert_eq!(patience.budget, Patience::MOST, "one after the other");
        patience.account(now + 20 * MS, 6 * MS, 6 * MS + 7 * MS);
        assert_eq!(patience.budget, 2 * MS + Patience::FREE, "3 ms together");
        patience.account(now + 21 * MS, 100 * MS, 100 * MS);
        assert_eq!(patience.budget, Duration::ZERO);
    }
}
