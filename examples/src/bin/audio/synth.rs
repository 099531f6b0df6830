//! A recording that is made up: a tone that rises through all that can be heard, and noise.

use std::f64::consts::TAU;
use std::fs::File;
use std::io::BufWriter;

use anyhow::{Context, Result};
use hound::{SampleFormat, WavSpec, WavWriter};
use ringfold_examples::progress;

const RATE: u32 = 48_000;
const LOWEST: f64 = 20.0;
const HIGHEST: f64 = 20_000.0;

/// Writes so many seconds: left a rising tone with a little noise, right a falling one. The same on every machine.
pub fn write(file: File, seconds: u32) -> Result<()> {
    let spec =
        WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let bar = progress::bar(u64::from(seconds), "recording");
    let context = "cannot write the made-up recording";
    let mut writer = WavWriter::new(BufWriter::new(file), spec).context(context)?;
    let mut noise = fastrand::Rng::with_seed(48_000);
    let frames = seconds * RATE;
    let (mut left, mut right) = (0.0f64, 0.0f64);
    for frame in 0..frames {
        let progress = f64::from(frame) / f64::from(frames);
        for (phase, height) in [(&mut left, progress), (&mut right, 1.0 - progress)] {
            *phase += TAU * LOWEST * (HIGHEST / LOWEST).powf(height) / f64::from(RATE);
            let sample = 0.6 * phase.sin() + 0.2 * (noise.f64() * 2.0 - 1.0);
            writer.write_sample((sample * 32_767.0) as i16).context(context)?;
        }
        if frame % RATE == 0 {
            bar.inc(1);
        }
    }
    writer.finalize().context(context)
}
