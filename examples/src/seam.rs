use ringfold::Ring;

/// Where the memory of a ring ends and its mirror begins: to count what a plain ring would have had in two pieces.
#[derive(Clone, Copy)]
pub struct Seam(usize);

impl Seam {
    /// The seam of a ring in which nothing was pushed yet: its (empty) content lies at the very front.
    pub fn of<T>(fresh: &Ring<T>) -> Self {
        Self::behind(fresh.as_slice(), fresh.memory().map_or(0, |memory| memory.bytes))
    }

    /// The seam `period` bytes behind `front`, which is the (empty) content of a ring in which nothing was pushed yet.
    pub fn behind<T>(front: &[T], period: usize) -> Self {
        Self(front.as_ptr().addr() + period)
    }

    /// Whether some of `slice`, which was taken out of that ring, lies before the seam and some behind.
    pub fn is_inside<T>(self, slice: &[T]) -> bool {
        let range = slice.as_ptr_range();
        range.start.addr() < self.0 && self.0 < range.end.addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seam_is_seen_when_content_lies_across_it() {
        let mut ring = Ring::with_capacity(1 << 16).expect("64 KiB");
        let seam = Seam::of(&ring);
        ring.push_slice(&[1u8; 60_000]);
        assert!(!seam.is_inside(ring.as_slice()));
        ring.consume(50_000);
        ring.push_slice(&[2; 5_536]);
        assert!(!seam.is_inside(ring.as_slice()), "up to the seam is not across");
        ring.push_slice(&[3]);
        assert!(seam.is_inside(ring.as_slice()));
        assert!(!seam.is_inside(&ring[..15_536]) && seam.is_inside(&ring[15_535..]));
    }
}
