//! A low-pass filter, in two ways that give the same.

use std::f64::consts::PI;
use std::iter;
use std::sync::Arc;

use anyhow::{Result, ensure};
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// How many samples go into one of the result. Odd, so that the filter has a middle and delays by whole samples.
pub const TAPS: usize = 511;
/// A window for the filter: as long as the Fourier transform.
pub const WINDOW: usize = 4096;
/// How many samples of the result a window gives, and by how many samples it moves on.
pub const HOP: usize = WINDOW - TAPS + 1;

/// The weights of a low-pass: the ideal one's, faded out at both ends (Blackman). They sum to 1.
pub fn low_pass(cutoff: f64, rate: u32) -> Result<Vec<f32>> {
    let highest = f64::from(rate) / 2.0;
    ensure!(
        cutoff > 0.0 && cutoff < highest,
        "a cutoff of {cutoff} Hz is not possible: at {rate} samples a second, choose one above 0 and below {highest} Hz"
    );
    let last = (TAPS - 1) as f64;
    let weights: Vec<f64> = (0..TAPS)
        .map(|tap| {
            let turn = 2.0 * PI * tap as f64 / last;
            let fade = 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
            fade * sinc(2.0 * cutoff / f64::from(rate) * (tap as f64 - last / 2.0))
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    Ok(weights.iter().map(|weight| (weight / sum) as f32).collect())
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// What turns a window of [`WINDOW`] samples into [`HOP`] samples of the result.
pub enum Filter {
    OverlapSave(Box<OverlapSave>),
    /// The weights.
    Direct(Vec<f32>),
}

impl Filter {
    pub fn overlap_save(taps: &[f32]) -> Result<Self> {
        Ok(Self::OverlapSave(Box::new(OverlapSave::new(taps)?)))
    }

    pub fn direct(taps: &[f32]) -> Self {
        Self::Direct(taps.to_vec())
    }

    /// Filters one window; `result` is [`HOP`] long.
    pub fn run(&mut self, window: &[f32], result: &mut [f32]) -> Result<()> {
        match self {
            Self::OverlapSave(filter) => filter.run(window, result)?,
            Self::Direct(taps) => convolve(window, taps, result),
        }
        Ok(())
    }
}

/// The sum of products for every sample. The weights read the same from both ends, so none need be turned round.
fn convolve(window: &[f32], taps: &[f32], result: &mut [f32]) {
    result.fill(0.0);
    for (first, weight) in taps.iter().enumerate() {
        for (sum, sample) in iter::zip(&mut *result, &window[first..]) {
            *sum += weight * sample;
        }
    }
}

/// Filtering as a product of spectra. The product belongs to a window that is bent to a circle, so the first `TAPS - 1`
/// samples, where its end would reach round to its beginning, are thrown away: what is left is exact.
pub struct OverlapSave {
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    weights: Vec<Complex<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl OverlapSave {
    fn new(taps: &[f32]) -> Result<Self> {
        let mut planner = RealFftPlanner::new();
        let forward = planner.plan_fft_forward(WINDOW);
        let backward = planner.plan_fft_inverse(WINDOW);
        // The transform there and back multiplies by its length.
        let mut time: Vec<f32> = taps.iter().map(|weight| weight / WINDOW as f32).collect();
        time.resize(WINDOW, 0.0);
        let mut weights = forward.make_output_vec();
        forward.process(&mut time, &mut weights)?;
        let scratch = vec![Complex::default(); forward.get_scratch_len().max(backward.get_scratch_len())];
        Ok(Self { spectrum: weights.clone(), forward, backward, weights, time, scratch })
    }

    fn run(&mut self, window: &[f32], result: &mut [f32]) -> Result<(), realfft::FftError> {
        self.time.copy_from_slice(window); // the transform works in its input, which the next window needs unharmed
        self.forward.process_with_scratch(&mut self.time, &mut self.spectrum, &mut self.scratch)?;
        for (part, weight) in iter::zip(&mut self.spectrum, &self.weights) {
            *part *= weight;
        }
        self.backward.process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch)?;
        result.copy_from_slice(&self.time[TAPS - 1..]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By how much a tone of so many hertz comes out louder.
    fn gain(taps: &[f32], hertz: f64) -> f64 {
        let turn = 2.0 * PI * hertz / 48_000.0;
        let part = |(tap, weight): (usize, &f32)| Complex::from_polar(f64::from(*weight), -turn * tap as f64);
        taps.iter().enumerate().map(part).sum::<Complex<f64>>().norm()
    }

    #[test]
    fn low_tones_pass_and_high_ones_do_not() {
        let taps = low_pass(1000.0, 48_000).unwrap();
        for hertz in [0.0, 100.0, 700.0] {
            assert!((gain(&taps, hertz) - 1.0).abs() < 1e-3, "{hertz} Hz");
        }
        assert!((gain(&taps, 1000.0) - 0.5).abs() < 1e-2);
        for hertz in [1300.0, 5000.0, 24_000.0] {
            assert!(gain(&taps, hertz) < 1e-3, "{hertz} Hz");
        }
    }

    #[test]
    fn cutoffs_that_cannot_be_are_refused() {
        for cutoff in [0.0, -1.0, 24_000.0, f64::NAN, f64::INFINITY] {
            assert!(low_pass(cutoff, 48_000).unwrap_err().to_string().contains("below 24000 Hz"));
        }
    }

    #[test]
    fn both_ways_give_the_same() {
        let taps = low_pass(4000.0, 48_000).unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let window: Vec<f32> = iter::repeat_with(|| random.f32() * 2.0 - 1.0).take(WINDOW).collect();
        let (mut by_products, mut by_spectra) = (vec![0.0; HOP], vec![0.0; HOP]);
        Filter::direct(&taps).run(&window, &mut by_products).unwrap();
        Filter::overlap_save(&taps).unwrap().run(&window, &mut by_spectra).unwrap();
        assert!(by_products.iter().any(|sample| sample.abs() > 0.1));
        for (one, other) in iter::zip(by_products, by_spectra) {
            assert!((one - other).abs() < 1e-5, "{one} {other}");
        }
    }
}
