//! The same filter over the whole recording at once: no ring, no window, no Fourier transform, and twice the precision.

use std::iter;
use std::path::Path;

use anyhow::{Result, ensure};
use ringfold_examples::progress;

use crate::wav::Recording;

/// Half a step of a 16-bit recording: less than any of them can tell.
const EPSILON: f64 = 1.0 / 65_536.0;

/// How far two results lie apart.
pub struct Comparison {
    /// Of all channels.
    pub samples: usize,
    pub difference: f64,
    /// For samples up to 1; for louder ones in proportion.
    pub allowed: f64,
}

/// Filters `input`, and compares that with what is in `output`.
pub fn compare(input: &Path, output: &Path, taps: &[f32]) -> Result<Comparison> {
    let (inputs, outputs) = (channels(input)?, channels(output)?);
    ensure!(
        inputs.len() == outputs.len() && inputs[0].len() == outputs[0].len(),
        "NOT verified: {} samples in {} channels came out of {} in {}",
        outputs[0].len(),
        outputs.len(),
        inputs[0].len(),
        inputs.len()
    );
    let bar = progress::bar(inputs.iter().map(|channel| channel.len() as u64).sum(), "checking");
    let mut comparison = Comparison { samples: 0, difference: 0.0, allowed: 0.0 };
    let mut peak = 1.0f64;
    for (input, output) in iter::zip(&inputs, &outputs) {
        let mut expected = vec![0.0; STEP];
        for (step, came) in output.chunks(STEP).enumerate() {
            let expected = &mut expected[..came.len()];
            convolve(input, taps, step * STEP, expected);
            for (expected, came) in iter::zip(expected, came) {
                peak = peak.max(expected.abs());
                comparison.difference = comparison.difference.max((*expected - f64::from(*came)).abs());
            }
            bar.inc(came.len() as u64);
        }
        comparison.samples += output.len();
    }
    comparison.allowed = EPSILON * peak;
    Ok(comparison)
}

/// So many samples at a time stay in the cache.
const STEP: usize = 2048;

/// `sums[i]` becomes the result at `first + i`: the sum of the samples around it, each by its weight; silence surrounds
/// the recording.
fn convolve(samples: &[f32], taps: &[f32], first: usize, sums: &mut [f64]) {
    sums.fill(0.0);
    for (tap, weight) in taps.iter().enumerate() {
        // The sample that this weight meets is at `first + i + middle - tap`.
        let meets = first + taps.len() / 2;
        let silent = tap.saturating_sub(meets).min(sums.len());
        let from = (meets + silent).saturating_sub(tap).min(samples.len());
        for (sum, sample) in iter::zip(&mut sums[silent..], &samples[from..]) {
            *sum += f64::from(*weight) * f64::from(*sample);
        }
    }
}

/// All of a file, channel by channel.
fn channels(path: &Path) -> Result<Vec<Vec<f32>>> {
    let mut recording = Recording::open(path)?;
    let mut all = Vec::new();
    recording.read(recording.frames() as usize, &mut all)?;
    let turns = recording.channels();
    Ok((0..turns).map(|turn| all.iter().skip(turn).step_by(turns).copied().collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_comes_out_as_the_weights_around_it() {
        let taps = [1.0, 2.0, 3.0];
        let samples = [0.0, 0.0, 1.0, 0.0, 0.0];
        let mut all = [0.0; 5];
        convolve(&samples, &taps, 0, &mut all);
        assert_eq!(all, [0.0, 1.0, 2.0, 3.0, 0.0]);
        let mut behind = [0.0; 2];
        convolve(&samples, &taps, 3, &mut behind);
        assert_eq!(behind, [3.0, 0.0]);
    }

    #[test]
    fn a_click_at_the_edge_is_cut_off() {
        let mut all = [0.0; 1];
        convolve(&[1.0], &[1.0, 2.0, 3.0, 4.0, 5.0], 0, &mut all);
        assert_eq!(all, [3.0]);
    }
}
