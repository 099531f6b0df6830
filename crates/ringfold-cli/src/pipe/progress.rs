//! The progress line on a terminal.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::control::Control;
use crate::size::{human, human_rate};

/// What is shown while bytes flow. Hidden where standard error is no terminal.
pub struct Progress {
    bar: ProgressBar,
    meter: Meter,
    capacity: u64,
    size: Option<u64>,
}

impl Progress {
    /// A line for a transfer of `size` bytes, where that is known, through a ring of `capacity`.
    pub fn new(quiet: bool, capacity: u64, size: Option<u64>) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(size, target);
        let template = if size.is_some() { "[{bar:24}] {percent:>3} %  {msg}" } else { "{spinner}  {msg}" };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        Progress { bar, meter: Meter::new(Instant::now()), capacity, size }
    }

    /// Whether anybody sees it.
    pub fn is_visible(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Draws what has happened so far.
    pub fn tick(&mut self, control: &Control) {
        if !self.is_visible() {
            return;
        }
        let written = control.written.load(Relaxed);
        self.meter.record(Instant::now(), written);
        let mut message = format!(
            "{}  now {}  average {}  buffer {} %",
            human(written),
            human_rate(self.meter.rate_over(Meter::NOW)),
            human_rate(self.meter.average()),
            (control.undelivered() * 100 / self.capacity).min(100),
        );
        if let Some(left) = self.size.map(|size| size.saturating_sub(written)) {
            message += &remaining(left, self.meter.rate_over(Meter::KEPT));
        }
        self.bar.set_message(message);
        self.bar.set_position(written);
        self.bar.tick();
    }

    /// Wipes the line.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn remaining(bytes: u64, rate: f64) -> String {
    let seconds = bytes as f64 / rate;
    if !seconds.is_finite() || seconds > 1e7 {
        return String::new();
    }
    let seconds = seconds.ceil() as u64;
    match seconds / 3600 {
        0 => format!("  ETA {}:{:02}", seconds / 60, seconds % 60),
        hours => format!("  ETA {hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// Rates over the recent past.
struct Meter {
    start: Instant,
    samples: VecDeque<(Instant, u64)>,
}

impl Meter {
    const NOW: Duration = Duration::from_secs(2);
    const KEPT: Duration = Duration::from_secs(30);

    fn new(start: Instant) -> Meter {
        Meter { start, samples: VecDeque::from([(start, 0)]) }
    }

    fn record(&mut self, now: Instant, bytes: u64) {
        self.samples.push_back((now, bytes));
        while self.samples.len() > 2 && now - self.samples[1].0 >= Meter::KEPT {
            self.samples.pop_front();
        }
    }

    /// Bytes per second over the last `window`, or since the start if that is less.
    fn rate_over(&self, window: Duration) -> f64 {
        let Some(&(now, bytes)) = self.samples.back() else { return 0.0 };
        let older = |&&(at, _): &&(Instant, u64)| now - at >= window;
        let (at, before) = self.samples.iter().rev().find(older).unwrap_or(&self.samples[0]);
        rate(bytes - before, now - *at)
    }

    fn average(&self) -> f64 {
        self.samples.back().map_or(0.0, |&(now, bytes)| rate(bytes, now - self.start))
    }
}

fn rate(bytes: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { bytes as f64 / time.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_now_forgets_the_past_and_the_average_does_not() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        for second in 1..=60 {
            let bytes = if second <= 50 { 0 } else { (second - 50) * 100 };
            meter.record(start + Duration::from_secs(second), bytes);
        }
        assert_eq!(meter.rate_over(Meter::NOW), 100.0);
        assert!((meter.average() - 1000.0 / 60.0).abs() < 1e-9);
        assert!((meter.rate_over(Meter::KEPT) - 1000.0 / 30.0).abs() < 1e-9);
        assert!(meter.samples.len() <= 32);
    }

    #[test]
    fn the_time_that_remains_is_left_out_when_nobody_can_know_it() {
        assert_eq!(remaining(100, 0.0), "");
        assert_eq!(remaining(1000, 10.0), "  ETA 1:40");
        assert_eq!(remaining(36_610, 10.0), "  ETA 1:01:01");
    }
}
