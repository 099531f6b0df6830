//! Durations, counted without loss of the rare long ones, and shown as percentiles.

use std::fmt;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

/// The percentiles that are shown, apart from the highest.
const SHOWN: [f64; 4] = [50.0, 90.0, 99.0, 99.9];
/// A minute: what takes longer is counted as that.
const MOST: u64 = 60_000_000_000;

/// Durations in nanoseconds, to three digits.
pub struct Latency(Histogram<u64>);

impl Latency {
    pub fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, MOST, 3).context("no histogram for latencies")?))
    }

    pub fn record(&mut self, nanoseconds: u64) {
        self.0.saturating_record(nanoseconds);
    }

    /// With what another one counted.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.0.add(&other.0).context("histograms that differ in shape")
    }

    /// What stands above the columns.
    pub fn heading() -> String {
        SHOWN
            .map(|percentile| format!("p{percentile}"))
            .iter()
            .map(|name| format!("{name:>10}"))
            .collect::<String>()
            + "       max"
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            SHOWN.iter().map(|&percentile| self.0.value_at_percentile(percentile)).chain([self.0.max()]);
        shown.map(readable).try_for_each(|duration| write!(f, "{duration:>10}"))
    }
}

fn readable(nanoseconds: u64) -> String {
    match nanoseconds as f64 {
        n if n < 1e3 => format!("{n} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n if n < 1e9 => format!("{:.1} ms", n / 1e6),
        n => format!("{:.1} s", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_stand_below_their_names() {
        let (mut latency, mut more) = (Latency::new().unwrap(), Latency::new().unwrap());
        (1..=900).for_each(|n| latency.record(n));
        (901..=1000).for_each(|n| more.record(n * 1000));
        latency.add(&more).unwrap();
        assert_eq!(Latency::heading(), "       p50       p90       p99     p99.9       max");
        assert_eq!(latency.to_string(), "    500 ns    900 ns  990.2 µs    1.0 ms    1.0 ms");
    }

    #[test]
    fn what_takes_for_ever_is_not_lost() {
        let mut latency = Latency::new().unwrap();
        latency.record(u64::MAX);
        assert!(latency.to_string().ends_with("60.0 s"), "{latency}");
    }
}
