//! A line of a web server's access log, in the common or the combined format:
//!
//! ```text
//! 192.0.2.7 - - [05/Jan/2026:08:30:15 +0100] "GET /item/7?page=2 HTTP/1.1" 200 5120 ...
//! ```

use std::fmt;
use std::str;

use memchr::memchr;
use time::{Date, Month, OffsetDateTime};

/// What is asked of a line, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub second: Second,
    /// Without what follows a question mark.
    pub path: &'a [u8],
    pub status: u16,
}

impl Entry<'_> {
    /// Whether it was the server's fault.
    pub fn is_error(&self) -> bool {
        self.status >= 500
    }
}

/// What a line says, or `None` where it is no line of an access log.
pub fn parse(line: &[u8]) -> Option<Entry<'_>> {
    let line = &line[memchr(b'[', line)? + 1..];
    let (stamp, line) = line.split_first_chunk::<26>()?;
    let second = Second::parse(stamp)?;
    let line = line.strip_prefix(b"] \"")?;
    let (request, line) = line.split_at(memchr(b'"', line)?);
    let status = line.strip_prefix(b"\" ")?.get(..3)?;
    let target = &request[memchr(b' ', request)? + 1..];
    let path_ends = target.iter().position(|byte| matches!(byte, b' ' | b'?')).unwrap_or(target.len());
    Some(Entry { second, path: &target[..path_ends], status: number(status)? as u16 })
}

/// A second, counted from the beginning of 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Second(pub i64);

impl Second {
    /// `05/Jan/2026:08:30:15 +0100`
    fn parse(stamp: &[u8; 26]) -> Option<Self> {
        let places = [(2, b'/'), (6, b'/'), (11, b':'), (14, b':'), (17, b':'), (20, b' ')];
        if places.iter().any(|&(place, mark)| stamp[place] != mark) {
            return None;
        }
        let month = MONTHS.iter().position(|month| month.as_bytes() == &stamp[3..6])? as u8 + 1;
        let month = Month::try_from(month).ok()?;
        let date = Date::from_calendar_date(number(&stamp[7..11])? as i32, month, number(&stamp[..2])? as u8);
        let clock = |from| number(&stamp[from..from + 2]).map(i64::from);
        let (hours, minutes, seconds) = (clock(12)?, clock(15)?, clock(18)?);
        let east = match stamp[21] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let ahead = east * (clock(22)? * 3600 + clock(24)? * 60);
        let days = i64::from(date.ok()?.to_julian_day() - EPOCH);
        Some(Self(days * 86_400 + hours * 3600 + minutes * 60 + seconds - ahead))
    }
}

/// As the access log has it, in UTC.
impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(at) = OffsetDateTime::from_unix_timestamp(self.0) else {
            return write!(f, "second {}", self.0);
        };
        let (hour, minute, second) = at.to_hms();
        let month = MONTHS[usize::from(u8::from(at.month())) - 1];
        write!(f, "{:02}/{month}/{:04}:{hour:02}:{minute:02}:{second:02} +0000", at.day(), at.year())
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The Julian day of 1 January 1970.
const EPOCH: i32 = 2_440_588;

/// Decimal digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] =
        br#"192.0.2.7 - eve [05/Jan/2026:08:30:15 +0100] "GET /a/b?page=2 HTTP/1.1" 503 51 "-" "x""#;

    #[test]
    fn a_line_says_when_what_and_how_it_went() {
        let entry = parse(LINE).unwrap();
        assert_eq!(entry, Entry { second: Second(1_767_598_215), path: b"/a/b", status: 503 });
        assert!(entry.is_error());
        assert_eq!(entry.second.to_string(), "05/Jan/2026:07:30:15 +0000");
    }

    #[test]
    fn seconds_are_read_as_they_are_written() {
        for second in [0, 951_782_400, 1_709_251_199, 1_767_225_599, 4_102_444_800] {
            let words = Second(second).to_string();
            let stamp = words.as_bytes().try_into().unwrap();
            assert_eq!(Second::parse(stamp), Some(Second(second)), "{words}");
        }
    }

    #[test]
    fn what_is_no_line_is_none() {
        for length in 0..LINE.len() - 12 {
            assert_eq!(parse(&LINE[..length]), None, "{length}");
        }
        let text = str::from_utf8(LINE).unwrap();
        for (from, to) in
            [("05/Jan", "32/Jan"), ("Jan", "Jam"), ("+0100", "*0100"), ("503", "5x3"), ("15 ", "1ö")]
        {
            assert_eq!(parse(text.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
    }
}
