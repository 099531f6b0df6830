//! The filter over a stream: samples go into a ring, windows are looked at where they lie, and the oldest samples go.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::iter;

use anyhow::{Context, Result, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};
use ringfold::Ring;
use ringfold_examples::{Seam, progress};

use crate::filter::{Filter, HOP, TAPS, WINDOW};
use crate::wav::Recording;

/// How many samples of each channel are read at a time.
const BLOCK: usize = 1024;

/// What was done.
pub struct Streamed {
    pub seconds: f64,
    /// Of all channels.
    pub windows: u64,
    /// How many of them lay across the seam: a plain ring would have had those in two pieces.
    pub across: u64,
    /// How long each was.
    pub window: usize,
}

/// Filters a recording into `output`: as many samples, 32-bit floats, none of them late.
pub fn filter(mut recording: Recording, mut filter: Filter, output: File) -> Result<Streamed> {
    let context = "cannot write the filtered recording";
    let bar = progress::bar(recording.frames(), "filtering");
    let mut writer = writer(&recording, output).context(context)?;
    let mut channels: Vec<Channel> =
        iter::repeat_with(Channel::new).take(recording.channels()).collect::<Result<_>>()?;
    let mut block = Vec::new();
    let mut left = recording.frames() as usize;
    while left > 0 {
        recording.read(BLOCK, &mut block)?;
        feed(&mut channels, &block);
        while channels[0].ring.len() >= WINDOW && left > 0 {
            channels.iter_mut().try_for_each(|channel| channel.advance(&mut filter))?;
            let frames = left.min(HOP);
            write(&mut writer, &channels, frames).context(context)?;
            left -= frames;
            bar.inc(frames as u64);
        }
    }
    writer.finalize().context(context)?;
    Ok(Streamed {
        seconds: recording.seconds(),
        windows: channels.iter().map(|channel| channel.windows).sum(),
        across: channels.iter().map(|channel| channel.across).sum(),
        window: WINDOW,
    })
}

fn writer(recording: &Recording, output: File) -> Result<WavWriter<BufWriter<File>>> {
    // The format counts its bytes in 32 bits.
    let bytes = recording.frames().saturating_mul(4 * recording.channels() as u64);
    ensure!(bytes < u64::from(u32::MAX) - 1024, "{bytes} bytes are more than a WAV file can hold, 4 GiB");
    let spec = WavSpec {
        channels: recording.channels() as u16,
        sample_rate: recording.rate(),
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    Ok(WavWriter::new(BufWriter::new(output), spec)?)
}

/// Each channel's samples into its ring; behind the end of the recording there is silence.
fn feed(channels: &mut [Channel], block: &[f32]) {
    let turns = channels.len();
    for (turn, channel) in channels.iter_mut().enumerate() {
        if block.is_empty() {
            channel.ring.push_iter(iter::repeat_n(0.0, BLOCK));
        } else {
            channel.ring.push_iter(block.iter().skip(turn).step_by(turns).copied());
        }
    }
}

fn write(writer: &mut WavWriter<impl Write + Seek>, channels: &[Channel], frames: usize) -> Result<()> {
    for frame in 0..frames {
        for channel in channels {
            writer.write_sample(channel.result[frame])?;
        }
    }
    Ok(())
}

struct Channel {
    ring: Ring<f32>,
    seam: Seam,
    /// Of the last window.
    result: Vec<f32>,
    windows: u64,
    across: u64,
}

impl Channel {
    /// A ring in which a block fits behind the rest of a window, with the silence before the first sample: half of the filter looks
    /// back.
    fn new() -> Result<Self> {
        let mut ring = Ring::with_capacity(WINDOW + BLOCK).context("no memory for a channel's ring")?;
        let seam = Seam::of(&ring);
        ring.push_iter(iter::repeat_n(0.0, TAPS / 2));
        Ok(Self { ring, seam, result: vec![0.0; HOP], windows: 0, across: 0 })
    }

    /// Filters the window at the front, which must be there, and moves on.
    fn advance(&mut self, filter: &mut Filter) -> Result<()> {
        let window = &self.ring[..WINDOW];
        filter.run(window, &mut self.result)?;
        self.windows += 1;
        self.across += u64::from(self.seam.is_inside(window));
        self.ring.consume(HOP);
        Ok(())
    }
}
