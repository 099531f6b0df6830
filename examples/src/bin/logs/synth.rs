//! An access log that is made up: mostly requests, some of which fail, in bursts; and now and then a line that is none.

use std::io::Write;

use fastrand::Rng;

use crate::entry::Second;
use crate::findings::Counts;
use crate::follower::CAPACITY;

/// What was written, as the writer knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub bytes: u64,
    pub total: Counts,
    pub unparsed: u64,
    pub too_long: u64,
}

/// The lines of a log, one after the other; the same on every machine.
pub struct Synth {
    random: Rng,
    second: Second,
    /// The current second, in words.
    stamp: String,
    /// Requests that are still to come in it.
    left: u32,
    /// When so much is written, a line comes that is longer than any reader will take; and so on.
    too_long_every: u64,
    pub written: Written,
}

impl Synth {
    pub fn new(too_long_every: u64) -> Self {
        let second = Second(1_767_594_600);
        Self {
            random: Rng::with_seed(404),
            second,
            stamp: second.to_string(),
            left: 100,
            too_long_every,
            written: Written::default(),
        }
    }

    /// Appends whole lines to `text`, until it is at least `bytes` long.
    pub fn fill(&mut self, text: &mut Vec<u8>, bytes: usize) {
        while text.len() < bytes {
            let before = text.len();
            self.line(text);
            self.written.bytes += (text.len() - before) as u64;
        }
    }

    fn line(&mut self, text: &mut Vec<u8>) {
        if self.written.bytes >= (self.written.too_long + 1) * self.too_long_every {
            self.written.too_long += 1;
            text.extend(std::iter::repeat_n(b'z', CAPACITY + self.random.usize(..CAPACITY)));
            text.push(b'\n');
        } else if self.random.u32(..2000) == 0 {
            self.written.unparsed += 1;
            text.extend(
                *self
                    .random
                    .choice(&[&b"\n"[..], b"-- restarted --\n", b"192.0.2.1 - - [05/Jan\n"])
                    .unwrap_or(&&b"\n"[..]),
            );
        } else {
            self.request(text);
        }
    }

    fn request(&mut self, text: &mut Vec<u8>) {
        self.tick();
        let random = &mut self.random;
        // Half a minute in every five is a bad one.
        let failing = if (120..150).contains(&(self.second.0 % 300)) { 0.15 } else { 0.005 };
        let status = match random.f64() {
            chance if chance < failing => 503,
            chance if chance > 0.95 => 404,
            _ => 200,
        };
        self.written.total.add(status >= 500);
        let item = (random.f64().powi(3) * 5000.0) as u32; // the lower, the more often
        let query = if random.bool() { "" } else { "?page=2" };
        let _ = writeln!(
            text,
            "192.0.2.{} - - [{}] \"GET /item/{item}{query} HTTP/1.1\" {status} {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
            random.u8(1..255),
            self.stamp,
            random.u32(200..90_000),
        ); // writing to a vector does not fail
    }

    fn tick(&mut self) {
        if self.left == 0 {
            self.second.0 += 1;
            self.stamp = self.second.to_string();
            self.left = self.random.u32(100..300);
        }
        self.left -= 1;
    }
}
