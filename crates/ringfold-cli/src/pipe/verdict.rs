//! Who was the bottleneck, from the times that each side waited.

use std::time::Duration;

use serde::Serialize;

/// What held the transfer up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bottleneck {
    Input,
    Output,
    LimitIn,
    LimitOut,
    /// The start watermark `-P`.
    Watermark,
    Neither,
}

/// The times that decide on the [`Bottleneck`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    pub whole: Duration,
    pub for_room: Duration,
    pub for_data: Duration,
    /// Held by the start watermark.
    pub held: Duration,
    pub throttled_in: Duration,
    pub throttled_out: Duration,
}

impl Waits {
    /// In less time than this, the waits say more about the start of two threads than about either side.
    const TELLING: Duration = Duration::from_millis(100);

    /// What held it up for at least half of the time; `None` when the transfer was too short to tell. What the
    /// command line asked for is known however short it was.
    pub fn bottleneck(&self) -> Option<Bottleneck> {
        let most = |time: Duration| time * 2 >= self.whole && !time.is_zero();
        match () {
            _ if most(self.throttled_out) && self.throttled_out >= self.throttled_in => {
                Some(Bottleneck::LimitOut)
            }
            _ if most(self.throttled_in) => Some(Bottleneck::LimitIn),
            _ if most(self.held) => Some(Bottleneck::Watermark),
            _ if self.whole < Waits::TELLING => None,
            _ if most(self.for_room) && self.for_room >= self.for_data => Some(Bottleneck::Output),
            _ if most(self.for_data) => Some(Bottleneck::Input),
            _ => Some(Bottleneck::Neither),
        }
    }

    /// The bottleneck in words.
    pub fn verdict(&self) -> String {
        let room = format!("reading waited {} for room", self.share(self.for_room));
        let data = format!("writing waited {} for data", self.share(self.for_data));
        let held = |by: &str, what, time| format!("{by} held {what} for {}", self.share(time));
        let words = match self.bottleneck() {
            None => format!("too short to tell: {room}, {data}"),
            Some(Bottleneck::Output) => format!("the output was the bottleneck: {room}, {data}"),
            Some(Bottleneck::Input) => format!("the input was the bottleneck: {data}, {room}"),
            Some(Bottleneck::LimitIn) => {
                held("the limit -r was the bottleneck: it", "reading", self.throttled_in)
            }
            Some(Bottleneck::LimitOut) => {
                held("the limit -R was the bottleneck: it", "writing", self.throttled_out)
            }
            Some(Bottleneck::Watermark) => return held("-P", "writing", self.held),
            Some(Bottleneck::Neither) if self.is_balanced() => {
                format!("neither side was a bottleneck: {room}, {data}")
            }
            Some(Bottleneck::Neither) => format!("mostly neither side was a bottleneck: {room}, {data}"),
        };
        match self.held.is_zero() {
            true => words,
            false => format!("{words}; {}", held("-P", "writing", self.held)),
        }
    }

    /// Nobody waited for as much as a tenth of the time.
    fn is_balanced(&self) -> bool {
        self.for_room.max(self.for_data) * 10 < self.whole
    }

    fn share(&self, time: Duration) -> String {
        let percent = 100.0 * time.as_secs_f64() / self.whole.as_secs_f64().max(1e-9);
        format!("{} ({:.0} %)", seconds(time.as_secs_f64()), percent.min(100.0))
    }
}

/// Seconds for people.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.0995 => format!("{:.1} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.2} s"),
        s => format!("{}:{:02} min", s as u64 / 60, s as u64 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(for_room: u64, for_data: u64, throttled_in: u64, throttled_out: u64) -> Waits {
        let ms = Duration::from_millis;
        Waits {
            whole: ms(1000),
            for_room: ms(for_room),
            for_data: ms(for_data),
            held: Duration::ZERO,
            throttled_in: ms(throttled_in),
            throttled_out: ms(throttled_out),
        }
    }

    #[test]
    fn the_side_that_was_waited_for_is_the_bottleneck() {
        for (waits, expected) in [
            (waits(830, 10, 0, 0), Some(Bottleneck::Output)),
            (waits(10, 830, 0, 0), Some(Bottleneck::Input)),
            (waits(90, 90, 0, 0), Some(Bottleneck::Neither)),
            (waits(0, 130, 0, 0), Some(Bottleneck::Neither)),
            (waits(0, 900, 800, 0), Some(Bottleneck::LimitIn)),
            (waits(900, 0, 0, 800), Some(Bottleneck::LimitOut)),
            (Waits::default(), None),
        ] {
            assert_eq!(waits.bottleneck(), expected, "{waits:?}");
        }
    }

    #[test]
    fn the_verdict_names_the_times() {
        let verdict = waits(830, 10, 0, 0).verdict();
        assert_eq!(
            verdict,
            "the output was the bottleneck: reading waited 0.83 s (83 %) for room, writing waited 10.0 ms (1 %) for data"
        );
        assert!(waits(0, 130, 0, 0).verdict().starts_with("mostly neither"));
        assert!(waits(0, 13, 0, 0).verdict().starts_with("neither"));
    }

    #[test]
    fn little_time_tells_little() {
        let ms = Duration::from_millis;
        let short = Waits { whole: ms(28), for_data: ms(20), ..Waits::default() };
        assert_eq!(short.bottleneck(), None);
        assert!(short.verdict().starts_with("too short to tell: "), "{}", short.verdict());
    }

    #[test]
    fn a_watermark_that_held_the_writing_is_named() {
        let us = Duration::from_micros;
        let held = Waits { whole: us(39_400), held: us(39_000), ..Waits::default() };
        assert_eq!(held.bottleneck(), Some(Bottleneck::Watermark));
        assert_eq!(held.verdict(), "-P held writing for 39.0 ms (99 %)");
        let short = Waits { held: us(10_000), ..Waits { whole: us(40_000), ..held } };
        assert!(short.verdict().ends_with("; -P held writing for 10.0 ms (25 %)"), "{}", short.verdict());
        let some = Waits { held: Duration::from_millis(200), ..waits(700, 0, 0, 0) };
        assert!(some.verdict().ends_with("; -P held writing for 0.20 s (20 %)"), "{}", some.verdict());
    }
}
