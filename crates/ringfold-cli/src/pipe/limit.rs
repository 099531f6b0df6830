//! A rate limit: how many bytes may pass now, or how long to wait.

use std::time::{Duration, Instant};

/// A token bucket that fills at `rate` bytes per second and holds a twentieth of a second's worth.
///
/// It starts empty, so the average over any time from the start never exceeds the rate.
#[derive(Debug)]
pub struct Limit {
    rate: f64,
    most: f64,
    tokens: f64,
    filled: Instant,
}

/// What a [`Limit`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// So many bytes may pass now; tell [`Limit::spend`] how many did.
    Now(usize),
    /// Not yet.
    After(Duration),
}

/// How much a bucket holds, as a part of a second's worth: the granularity of the flow.
const BURST_SECONDS: f64 = 0.05;

impl Limit {
    /// A limit of `bytes_per_second`, counted from `now`.
    pub fn new(bytes_per_second: u64, now: Instant) -> Limit {
        let rate = bytes_per_second.max(1) as f64;
        Limit { rate, most: (rate * BURST_SECONDS).max(1.0), tokens: 0.0, filled: now }
    }

    /// Asks for up to `want` bytes, and for no fewer than `least`. Waits for a sensible amount rather than
    /// dribble single bytes.
    pub fn ask(&mut self, least: usize, want: usize, now: Instant) -> Grant {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.most.max(least as f64));
        self.filled = now;
        let sensible = (want as f64).min((self.most / 2.0).max(1.0)).max(least as f64);
        // Rounding may leave a full bucket a hair below a whole byte; a nanobyte closes that.
        if self.tokens + 1e-9 >= sensible {
            return Grant::Now(want.min((self.tokens + 1e-9) as usize));
        }
        let wait = (sensible - self.tokens) / self.rate;
        Grant::After(Duration::from_secs_f64(wait).max(Duration::from_micros(1)))
    }

    /// `bytes` have passed.
    pub fn spend(&mut self, bytes: usize) {
        self.tokens -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves `total` bytes in pieces of `piece` by a clock that only the limit's own waits advance.
    fn seconds_for(rate: u64, total: usize, piece: usize) -> f64 {
        let start = Instant::now();
        let mut now = start;
        let mut limit = Limit::new(rate, now);
        let mut left = total;
        while left > 0 {
            match limit.ask(1, piece.min(left), now) {
                Grant::Now(bytes) => {
                    assert!(bytes > 0 && bytes <= piece.min(left));
                    limit.spend(bytes);
                    left -= bytes;
                    let so_far = (total - left) as f64;
                    let allowed = rate as f64 * (now - start).as_secs_f64() + 1.0;
                    assert!(so_far <= allowed, "{so_far} bytes where {allowed} were allowed");
                }
                Grant::After(wait) => now += wait,
            }
        }
        (now - start).as_secs_f64()
    }

    #[test]
    fn the_average_is_the_rate_whatever_the_piece() {
        for (rate, total, piece) in [
            (1 << 20, 10 << 20, 64 << 10),
            (1 << 20, 10 << 20, 1),
            (1 << 20, 10 << 20, 16 << 20),
            (1 << 30, 10 << 30, 1 << 20),
            (100, 1000, 4096),
            (1, 5, 10),
        ] {
            let ideal = total as f64 / rate as f64;
            let took = seconds_for(rate, total, piece);
            assert!((took / ideal - 1.0).abs() < 0.01, "{rate} {total} {piece}: {took} for {ideal}");
        }
    }

    #[test]
    fn a_pause_earns_no_more_than_the_burst() {
        let start = Instant::now();
        let mut limit = Limit::new(1000, start);
        let later = start + Duration::from_secs(3600);
        assert_eq!(limit.ask(1, usize::MAX, later), Grant::Now(50));
    }

    #[test]
    fn a_record_is_never_cut() {
        let start = Instant::now();
        let mut limit = Limit::new(1000, start);
        assert_eq!(limit.ask(4000, 4000, start), Grant::After(Duration::from_secs(4)));
        assert_eq!(limit.ask(4000, 4000, start + Duration::from_secs(4)), Grant::Now(4000));
    }

    #[test]
    fn the_wait_is_exact() {
        let start = Instant::now();
        let mut limit = Limit::new(1000, start);
        assert_eq!(limit.ask(1, 10, start), Grant::After(Duration::from_millis(10)));
        assert_eq!(limit.ask(1, 10, start + Duration::from_millis(10)), Grant::Now(10));
    }
}
