//! Sizes as people write them: `64k`, `256M`, `1.5G`, `5%`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes, written with an optional unit of 1024: `b`, `k`, `M`, `G`, `T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// An amount of memory: bytes, or a part of what this process may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    Bytes(u64),
    Percent(f64),
}

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeError {
    NotASize(String),
    NotPositive(String),
    TooLarge(String),
    NotAPercentage(String),
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeError::NotASize(text) => {
                write!(f, "'{text}' is not a size; write a number and b, k, M, G or T, such as 64k or 1.5G")
            }
            SizeError::NotPositive(text) => write!(f, "'{text}' is nothing; it has to be at least one byte"),
            SizeError::TooLarge(text) => write!(f, "'{text}' is more than any machine can address"),
            SizeError::NotAPercentage(text) => {
                write!(f, "'{text}' is not a percentage; write a number above 0 and up to 100, such as 5%")
            }
        }
    }
}

impl std::error::Error for SizeError {}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Size, SizeError> {
        let number_ends = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(number_ends);
        let not_a_size = || SizeError::NotASize(text.to_owned());
        let bits = shift_of(unit.strip_suffix("/s").unwrap_or(unit)).ok_or_else(not_a_size)?;
        let number: f64 = number.parse().map_err(|_| not_a_size())?;
        let bytes = number * (1u64 << bits) as f64;
        match bytes {
            _ if bytes >= i64::MAX as f64 => Err(SizeError::TooLarge(text.to_owned())),
            _ if bytes < 1.0 => Err(SizeError::NotPositive(text.to_owned())),
            _ => Ok(Size(bytes as u64)),
        }
    }
}

/// `k`, `kB` and `KiB` all mean 1024, as in mbuffer and pv.
fn shift_of(unit: &str) -> Option<u32> {
    let lower = unit.to_ascii_lowercase();
    let letter = match lower.as_str() {
        "b" => "",
        _ => lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower),
    };
    Some(match letter {
        "" if !lower.ends_with("ib") => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    })
}

impl FromStr for Amount {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Amount, SizeError> {
        let Some(number) = text.strip_suffix('%') else {
            return Size::from_str(text).map(|size| Amount::Bytes(size.0));
        };
        match number.trim().parse::<f64>() {
            Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(Amount::Percent(percent)),
            _ => Err(SizeError::NotAPercentage(text.to_owned())),
        }
    }
}

/// A watermark: a whole number from 0 to 100, with or without its sign.
pub fn watermark(text: &str) -> Result<u8, WatermarkError> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let percent = number.parse().ok().filter(|percent| *percent <= 100);
    percent.ok_or_else(|| WatermarkError(text.to_owned()))
}

/// A text that is no watermark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatermarkError(String);

impl fmt::Display for WatermarkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a watermark; write a whole number from 0 to 100, such as 80 or 80%", self.0)
    }
}

impl std::error::Error for WatermarkError {}

/// Bytes for people: `1.5 MiB`. Whole numbers stay exact.
pub fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut unit = 0;
    let mut value = bytes as f64;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() == 0.0 {
        return format!("{value} {}", UNITS[unit]);
    }
    let decimals = if value < 10.0 { 2 } else { 1 };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// Bytes per second for people.
pub fn human_rate(bytes_per_second: f64) -> String {
    format!("{}/s", human(bytes_per_second.max(0.0).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_units_of_1024() {
        for (text, bytes) in [
            ("1", 1),
            ("10b", 10),
            ("10B", 10),
            ("64k", 64 << 10),
            ("64K", 64 << 10),
            ("1.5M", 3 << 19),
            ("2GiB", 2 << 30),
            ("2kB", 2048),
            ("1T", 1 << 40),
            ("3M/s", 3 << 20),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "k", "x", "12X", "-1", "1..5", "1e3", "5%", "iB", "5iB", "1 M"] {
            assert_eq!(text.parse::<Size>(), Err(SizeError::NotASize(text.into())), "{text}");
        }
        assert_eq!("0".parse::<Size>(), Err(SizeError::NotPositive("0".into())));
        assert_eq!("0.2b".parse::<Size>(), Err(SizeError::NotPositive("0.2b".into())));
        assert_eq!("9999999999T".parse::<Size>(), Err(SizeError::TooLarge("9999999999T".into())));
    }

    #[test]
    fn amounts_may_be_percentages() {
        assert_eq!("5%".parse(), Ok(Amount::Percent(5.0)));
        assert_eq!("2.5%".parse(), Ok(Amount::Percent(2.5)));
        assert_eq!("1k".parse(), Ok(Amount::Bytes(1024)));
        for text in ["0%", "101%", "x%", "%", "NaN%"] {
            assert_eq!(text.parse::<Amount>(), Err(SizeError::NotAPercentage(text.into())));
        }
    }

    #[test]
    fn watermarks_may_carry_their_sign() {
        for (text, percent) in [("0", 0), ("80", 80), ("80%", 80), ("80 %", 80), ("100%", 100)] {
            assert_eq!(watermark(text), Ok(percent), "{text}");
        }
        for text in ["", "%", "101", "101%", "-1", "1.5", "80%%", "x"] {
            assert_eq!(watermark(text), Err(WatermarkError(text.into())), "{text}");
        }
    }

    #[test]
    fn people_get_round_numbers() {
        assert_eq!(human(0), "0 B");
        assert_eq!(human(1023), "1023 B");
        assert_eq!(human(256 << 20), "256 MiB");
        assert_eq!(human(1536), "1.50 KiB");
        assert_eq!(human(99 << 20 | 1 << 19), "99.5 MiB");
        assert_eq!(human_rate(2048.4), "2 KiB/s");
    }
}
