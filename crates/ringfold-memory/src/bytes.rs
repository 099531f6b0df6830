//! Sizes for people.

use std::fmt;

/// Writes a number of bytes as `64 KiB`, `1.5 GiB`.
pub(crate) struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let power = (self.0.checked_ilog2().unwrap_or(0) / 10) as usize;
        let unit = 1u64 << (10 * power);
        if self.0 % unit == 0 {
            write!(f, "{} {}", self.0 / unit, UNITS[power])
        } else {
            write!(f, "{:.1} {}", self.0 as f64 / unit as f64, UNITS[power])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn sizes_read_well() {
        let written = [0, 1, 1023, 4096, 1536, 64 << 20, u64::MAX].map(|n| Bytes(n).to_string());
        assert_eq!(written, ["0 bytes", "1 bytes", "1023 bytes", "4 KiB", "1.5 KiB", "64 MiB", "16.0 EiB"]);
    }
}
