//! Where something lies in mirrored memory, drawn.

/// Columns for each of the two times that the memory appears.
const HALF: usize = 32;

/// A few places of the same memory, below each other.
pub struct Picture {
    base: usize,
    period: usize,
    rows: Vec<String>,
}

impl Picture {
    /// Of memory that begins where `first` lies and begins again after `period` bytes.
    pub fn new<T>(first: &[T], period: usize) -> Picture {
        let line = "─".repeat(HALF);
        let scale = format!("├{line}┼{line}┤ the same {period} bytes twice");
        Picture { base: first.as_ptr().addr(), period, rows: vec![scale] }
    }

    /// How many places are drawn.
    pub fn len(&self) -> usize {
        self.rows.len() - 1
    }

    /// Draws where `slice` lies.
    pub fn add<T>(&mut self, slice: &[T]) {
        let column = |offset: usize| (offset * HALF / self.period.max(1)).min(2 * HALF - 1);
        let first = slice.as_ptr().addr() - self.base;
        let columns = column(first)..=column((first + size_of_val(slice)).saturating_sub(1));
        let cell = |at: usize| match (columns.contains(&at), at) {
            (true, _) => '█',
            (false, HALF) => '┊',
            (false, _) => ' ',
        };
        let drawn: String = (0..2 * HALF).map(cell).collect();
        let (bytes, last) = (size_of_val(slice), first + size_of_val(slice));
        let place = if last > self.period && first < self.period { "over the seam" } else { "" };
        self.rows.push(format!("│{drawn} │ {bytes} bytes from {first:>5} on {place}").trim_end().to_owned());
    }

    /// The rows, as the end of a remark.
    pub fn below(&self) -> String {
        self.rows.iter().map(|row| format!("\n   {row}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_drawn_to_scale() {
        let bytes = [0_u8; 128];
        let mut picture = Picture::new(&bytes, 64);
        picture.add(&bytes[..2]);
        picture.add(&bytes[60..70]);
        picture.add(&bytes[64..64]);
        let drawn = picture.below();
        let rows: Vec<&str> = drawn.lines().skip(2).collect();
        assert!(rows[0].starts_with("   │█  ") && rows[0].ends_with("2 bytes from     0 on"), "{drawn}");
        assert!(rows[1].contains("│                              █████ "), "{drawn}");
        assert!(rows[1].ends_with("10 bytes from    60 on over the seam"), "{drawn}");
        assert_eq!(picture.len(), 3);
    }
}
