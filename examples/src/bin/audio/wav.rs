//! Reading recordings.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use hound::{SampleFormat, WavReader, WavSpec};

type Samples = Box<dyn Iterator<Item = hound::Result<f32>>>;

/// A WAV file, read from front to back: samples between -1 and 1, the channels taking turns.
pub struct Recording {
    path: PathBuf,
    spec: WavSpec,
    frames: u64,
    samples: Samples,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let reader = WavReader::new(BufReader::new(file))
            .with_context(|| format!("{} is no WAV file that can be read", path.display()))?;
        let (spec, frames) = (reader.spec(), u64::from(reader.duration()));
        ensure!(
            spec.channels > 0 && spec.sample_rate > 0 && frames > 0,
            "there is nothing to filter in {}: {frames} samples in {} channels at {} Hz",
            path.display(),
            spec.channels,
            spec.sample_rate
        );
        let samples = samples(reader).with_context(|| format!("cannot filter {}", path.display()))?;
        Ok(Self { path: path.to_owned(), spec, frames, samples })
    }

    pub fn channels(&self) -> usize {
        usize::from(self.spec.channels)
    }

    /// Samples of each channel in a second.
    pub fn rate(&self) -> u32 {
        self.spec.sample_rate
    }

    /// Samples of each channel.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.spec.sample_rate)
    }

    /// Replaces `block` with the next samples, at most `frames` of each channel; with none at the end.
    pub fn read(&mut self, frames: usize, block: &mut Vec<f32>) -> Result<()> {
        block.clear();
        for sample in self.samples.by_ref().take(frames * usize::from(self.spec.channels)) {
            let sample = sample.with_context(|| format!("cannot read on in {}", self.path.display()))?;
            ensure!(sample.is_finite(), "a sample in {} is {sample}, not a number", self.path.display());
            block.push(sample);
        }
        Ok(())
    }
}

fn samples(reader: WavReader<BufReader<File>>) -> Result<Samples> {
    let WavSpec { sample_format, bits_per_sample, .. } = reader.spec();
    Ok(match (sample_format, bits_per_sample) {
        (SampleFormat::Float, 32) => Box::new(reader.into_samples::<f32>()),
        (SampleFormat::Int, bits @ 1..=32) => {
            let scale = (-f32::from(bits - 1)).exp2();
            Box::new(reader.into_samples::<i32>().map(move |sample| Ok(sample? as f32 * scale)))
        }
        (kind, bits) => bail!("{bits} bits ({kind:?}) cannot be read; convert it to 16, 24 or 32 bits"),
    })
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (channels, plural) = (self.channels(), if self.channels() == 1 { "" } else { "s" });
        write!(f, "{:.1} s, {channels} channel{plural} at {} Hz", self.seconds(), self.rate())
    }
}
