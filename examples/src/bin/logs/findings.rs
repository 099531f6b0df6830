//! What an analysis finds, in words of its own, so that two analyses can be compared.

use std::cmp::Reverse;
use std::fmt;

use crate::entry::Second;

/// What is known of a log.
#[derive(Debug, PartialEq, Eq)]
pub struct Findings {
    pub total: Counts,
    /// Lines that are no requests.
    pub unparsed: u64,
    /// Lines that were skipped.
    pub too_long: u64,
    /// Requests that were older than the whole window by time when they came.
    pub late: u64,
    pub windows: Windows,
    /// The window by time at the end.
    pub last: Option<Window>,
    /// The window by number at the end.
    pub recent: Counts,
    /// The paths that are most often in it, and how often.
    pub top: Vec<(String, u64)>,
}

/// Requests, and those that failed by the server's fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub requests: u64,
    pub errors: u64,
}

impl Counts {
    pub fn add(&mut self, is_error: bool) {
        self.requests += 1;
        self.errors += u64::from(is_error);
    }

    pub fn take(&mut self, other: Self) {
        self.requests -= other.requests;
        self.errors -= other.errors;
    }

    /// Whether a larger part failed.
    fn is_worse_than(&self, other: &Self) -> bool {
        u128::from(self.errors) * u128::from(other.requests)
            > u128::from(other.errors) * u128::from(self.requests)
    }
}

/// The part that failed.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} %", self.errors as f64 * 100.0 / self.requests.max(1) as f64)
    }
}

/// A window by time, and the second with which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub until: Second,
    pub counts: Counts,
}

/// All windows by time that there were: one at the end of each second that had requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    pub count: u64,
    /// Over all of them, so that none need be kept to compare them all.
    pub checksum: u32,
    /// The worst of those that were a whole minute long.
    pub worst: Option<Window>,
}

impl Windows {
    pub fn close(&mut self, window: Window, is_whole: bool) {
        self.count += 1;
        for number in [window.until.0 as u64, window.counts.requests, window.counts.errors] {
            self.checksum = crc32c::crc32c_append(self.checksum, &number.to_le_bytes());
        }
        if is_whole && self.worst.is_none_or(|worst| window.counts.is_worse_than(&worst.counts)) {
            self.worst = Some(window);
        }
    }
}

/// The first `count` of the paths, by how often they were asked for, and by name where that is the same.
pub fn first<'a>(count: usize, paths: impl Iterator<Item = (&'a [u8], u64)>) -> Vec<(String, u64)> {
    let mut paths: Vec<_> = paths.collect();
    paths.sort_unstable_by_key(|&(path, count)| (Reverse(count), path));
    let words = |&(path, count): &(&[u8], u64)| (String::from_utf8_lossy(path).into_owned(), count);
    paths.iter().take(count).map(words).collect()
}

/// `/a 12, /b 3`
pub fn listed(paths: &[(String, u64)]) -> String {
    paths.iter().map(|(path, count)| format!("{path} {count}")).collect::<Vec<_>>().join(", ")
}
