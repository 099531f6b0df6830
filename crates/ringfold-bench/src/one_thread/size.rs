//! Sizes as people write them.

/// `64 B`, `4 KiB`, `10 MB`: in powers of two where it is one, in powers of ten where it is not.
pub fn written(bytes: usize) -> String {
    const UNITS: [(usize, &str); 6] = [
        (1 << 30, "GiB"),
        (1_000_000_000, "GB"),
        (1 << 20, "MiB"),
        (1_000_000, "MB"),
        (1 << 10, "KiB"),
        (1, "B"),
    ];
    let (unit, name) =
        UNITS.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)).unwrap_or((1, "B"));
    format!("{} {name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_they_were_meant() {
        let texts = [0, 8, 4096, 64 << 10, 1 << 20, 10_000_000, 500_000_000, 1 << 30].map(written);
        assert_eq!(texts, ["0 B", "8 B", "4 KiB", "64 KiB", "1 MiB", "10 MB", "500 MB", "1 GiB"]);
    }
}
