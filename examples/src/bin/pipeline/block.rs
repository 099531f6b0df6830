//! The blocks: samples as they come from a device, and what is made of them.

use bytemuck::{Pod, Zeroable};

/// Samples in a block.
pub const SAMPLES: usize = 124;

/// 256 bytes.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Raw {
    /// Which of all blocks it is.
    pub number: u64,
    pub samples: [i16; SAMPLES],
}

/// A kilobyte.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Refined {
    /// Of the block it was made from.
    pub number: u64,
    /// Root of the mean square of what the smoothing left.
    pub level: f64,
    pub peak: f64,
    pub mean: f64,
    /// Smoothed, from -1 to 1.
    pub samples: [f64; SAMPLES],
}

const _: () = assert!(size_of::<Raw>() == 256 && size_of::<Refined>() == 1024);

impl Default for Raw {
    fn default() -> Raw {
        Raw::zeroed()
    }
}

impl Default for Refined {
    fn default() -> Refined {
        Refined::zeroed()
    }
}

impl Raw {
    /// Writes the block of that number into its place.
    pub fn write(&mut self, number: u64, seed: u64) {
        self.number = number;
        let mut state = seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for sample in &mut self.samples {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *sample = (state >> 48) as i16;
        }
    }
}

/// The first-order low-pass that blocks are smoothed by: what it remembers from block to block.
#[derive(Clone, Copy, Default)]
pub struct Smoothing {
    last: f64,
}

impl Smoothing {
    const SHARE: f64 = 0.25;

    /// Writes into its place what becomes of a block.
    pub fn refine(&mut self, raw: &Raw, refined: &mut Refined) {
        let (mut squares, mut sum, mut peak) = (0.0, 0.0, 0.0_f64);
        for (sample, smoothed) in raw.samples.iter().zip(&mut refined.samples) {
            let sample = f64::from(*sample) / f64::from(i16::MAX);
            self.last += Self::SHARE * (sample - self.last);
            *smoothed = self.last;
            squares += self.last * self.last;
            sum += self.last;
            peak = peak.max(self.last.abs());
        }
        refined.number = raw.number;
        refined.level = (squares / SAMPLES as f64).sqrt();
        refined.peak = peak;
        refined.mean = sum / SAMPLES as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_smooth_already_stays() {
        let raw = Raw { number: 3, samples: [i16::MAX; SAMPLES] };
        let mut refined = Refined::default();
        Smoothing { last: 1.0 }.refine(&raw, &mut refined);
        assert_eq!((refined.number, refined.level, refined.peak, refined.mean), (3, 1.0, 1.0, 1.0));
        assert_eq!(refined.samples, [1.0; SAMPLES]);
    }

    #[test]
    fn smoothing_goes_on_from_block_to_block() {
        let (mut smoothing, mut refined) = (Smoothing::default(), Refined::default());
        let raw = Raw { number: 0, samples: [i16::MAX; SAMPLES] };
        smoothing.refine(&raw, &mut refined);
        assert_eq!(refined.samples[0], 0.25);
        let last = refined.samples[SAMPLES - 1];
        smoothing.refine(&raw, &mut refined);
        assert!(refined.samples[0] > last);
    }
}
