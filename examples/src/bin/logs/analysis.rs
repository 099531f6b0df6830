//! Two moving windows over the log, each a ring that forgets what is too old: the last minute, second by second, and the last
//! requests, one by one.

use std::collections::HashMap;

use anyhow::{Context, Result};
use ringfold::Ring;

use crate::entry::{Entry, Second, parse};
use crate::findings::{Counts, Findings, Window, Windows, first};

/// How many seconds the first window holds.
pub const SECONDS: usize = 60;
/// How many requests the second window holds.
pub const REQUESTS: usize = 10_000;

/// What is known after the lines so far.
pub struct Analysis {
    minute: Minute,
    recent: Recent,
    total: Counts,
    unparsed: u64,
    late: u64,
}

impl Analysis {
    pub fn new() -> Result<Self> {
        let minute = Ring::with_capacity(SECONDS).context("no memory for the last minute")?;
        let requests = Ring::with_capacity(REQUESTS).context("no memory for the last requests")?;
        Ok(Self {
            minute: Minute { seconds: minute, sum: Counts::default(), closed: Windows::default() },
            recent: Recent { requests, errors: 0, paths: Paths::default() },
            total: Counts::default(),
            unparsed: 0,
            late: 0,
        })
    }

    /// The next line.
    pub fn see(&mut self, line: &[u8]) {
        let Some(entry) = parse(line) else {
            self.unparsed += 1;
            return;
        };
        self.total.add(entry.is_error());
        self.recent.see(&entry);
        self.late += u64::from(!self.minute.see(&entry));
    }

    /// How many requests there were so far.
    pub fn requests(&self) -> u64 {
        self.total.requests
    }

    /// Everything that is known, with the `top` paths of the last requests.
    pub fn findings(&self, top: usize, too_long: u64) -> Findings {
        let mut windows = self.minute.closed;
        let last = self.minute.window();
        if let Some(last) = last {
            windows.close(last, self.minute.seconds.is_full());
        }
        Findings {
            total: self.total,
            unparsed: self.unparsed,
            too_long,
            late: self.late,
            windows,
            last,
            recent: self.recent.counts(),
            top: self.recent.paths.top(top),
        }
    }
}

/// The last [`SECONDS`] seconds of the log, each with what happened in it; also those in which nothing did.
struct Minute {
    seconds: Ring<(Second, Counts)>,
    /// Of all of them.
    sum: Counts,
    /// As the window was at the end of each second that had requests.
    closed: Windows,
}

impl Minute {
    /// Counts a request; `false` when it is older than the window.
    fn see(&mut self, entry: &Entry<'_>) -> bool {
        let newest = self.seconds.as_slice().last().map(|(second, _)| *second);
        if newest.is_none_or(|newest| newest < entry.second) {
            if let Some(window) = self.window() {
                self.closed.close(window, self.seconds.is_full());
            }
            self.move_to(entry.second, newest);
        }
        let oldest = self.seconds[0].0;
        let place = usize::try_from(entry.second.0 - oldest.0).ok();
        let Some((_, counts)) = place.and_then(|place| self.seconds.get_mut(place)) else {
            return false;
        };
        counts.add(entry.is_error());
        self.sum.add(entry.is_error());
        true
    }

    /// Moves the window on, second by second, so that it ends with `second`.
    fn move_to(&mut self, second: Second, newest: Option<Second>) {
        let whole_window = second.0 - SECONDS as i64 + 1;
        let from = newest.map_or(second.0, |newest| whole_window.max(newest.0 + 1));
        for second in from..=second.0 {
            if let Some((_, gone)) = self.seconds.push_overwrite((Second(second), Counts::default())) {
                self.sum.take(gone);
            }
        }
    }

    fn window(&self) -> Option<Window> {
        let (until, _) = self.seconds.as_slice().last()?;
        Some(Window { until: *until, counts: self.sum })
    }
}

/// The last [`REQUESTS`] requests.
struct Recent {
    requests: Ring<Request>,
    errors: u64,
    paths: Paths,
}

#[derive(Clone, Copy)]
struct Request {
    path: usize,
    is_error: bool,
}

impl Recent {
    fn see(&mut self, entry: &Entry<'_>) {
        let request = Request { path: self.paths.enter(entry.path), is_error: entry.is_error() };
        self.errors += u64::from(request.is_error);
        if let Some(gone) = self.requests.push_overwrite(request) {
            self.paths.leave(gone.path);
            self.errors -= u64::from(gone.is_error);
        }
    }

    fn counts(&self) -> Counts {
        Counts { requests: self.requests.len() as u64, errors: self.errors }
    }
}

/// How often each path is in the window. One that is in it no more takes no memory either.
#[derive(Default)]
struct Paths {
    places: HashMap<Box<[u8]>, usize>,
    counted: Vec<(Box<[u8]>, u64)>,
    vacant: Vec<usize>,
}

impl Paths {
    /// Counts a path, and returns the number by which to take it back.
    fn enter(&mut self, path: &[u8]) -> usize {
        if let Some(&place) = self.places.get(path) {
            self.counted[place].1 += 1;
            return place;
        }
        let place = self.vacant.pop().unwrap_or(self.counted.len());
        let counted = (Box::from(path), 1);
        match self.counted.get_mut(place) {
            Some(vacant) => *vacant = counted,
            None => self.counted.push(counted),
        }
        self.places.insert(Box::from(path), place);
        place
    }

    fn leave(&mut self, place: usize) {
        let (path, count) = &mut self.counted[place];
        *count -= 1;
        if *count == 0 {
            self.places.remove(path);
            *path = Box::default();
            self.vacant.push(place);
        }
    }

    fn top(&self, count: usize) -> Vec<(String, u64)> {
        first(
            count,
            self.counted.iter().map(|(path, count)| (&**path, *count)).filter(|(_, count)| *count > 0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn see(analysis: &mut Analysis, second: i64, path: &str, status: u16) {
        let line = format!("a - - [{}] \"GET {path} HTTP/1.1\" {status} 1", Second(second));
        analysis.see(line.as_bytes());
    }

    #[test]
    fn the_minute_forgets() {
        let mut analysis = Analysis::new().unwrap();
        see(&mut analysis, 1000, "/", 500);
        see(&mut analysis, 1059, "/", 200);
        let last = analysis.findings(1, 0).last.unwrap();
        assert_eq!((last.until, last.counts), (Second(1059), Counts { requests: 2, errors: 1 }));
        see(&mut analysis, 1060, "/", 200);
        assert_eq!(analysis.findings(1, 0).last.unwrap().counts, Counts { requests: 2, errors: 0 });
        see(&mut analysis, 9_000_000_000, "/", 200);
        assert_eq!(analysis.findings(1, 0).last.unwrap().counts, Counts { requests: 1, errors: 0 });
    }

    #[test]
    fn requests_in_disorder_count_while_their_second_is_in_the_window() {
        let mut analysis = Analysis::new().unwrap();
        see(&mut analysis, 1000, "/", 200);
        see(&mut analysis, 1059, "/", 200);
        see(&mut analysis, 1000, "/", 500);
        see(&mut analysis, 999, "/", 500);
        let findings = analysis.findings(1, 0);
        assert_eq!((findings.late, findings.total.errors), (1, 2));
        assert_eq!(findings.last.unwrap().counts, Counts { requests: 3, errors: 1 });
    }

    #[test]
    fn paths_are_counted_while_they_are_in_the_window() {
        let mut analysis = Analysis::new().unwrap();
        for path in ["/a", "/a", "/b"] {
            see(&mut analysis, 0, path, 500);
        }
        let of = |path: &str, count| (path.to_owned(), count);
        assert_eq!(analysis.findings(2, 0).top, [of("/a", 2), of("/b", 1)]);
        for _ in 0..REQUESTS - 1 {
            see(&mut analysis, 0, "/c", 200);
        }
        let findings = analysis.findings(3, 0);
        assert_eq!(findings.top, [of("/c", REQUESTS as u64 - 1), of("/b", 1)]);
        assert_eq!(findings.recent, Counts { requests: REQUESTS as u64, errors: 1 });
        assert_eq!(analysis.recent.paths.places.len(), 2);
    }
}
