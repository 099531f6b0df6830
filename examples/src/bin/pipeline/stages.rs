//! The three stages, and the same work on one thread.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::{HumanCount, ProgressBar};
use ringfold::broadcast::{Producer, Reader, ReaderStats, Stats};

use crate::block::{Raw, Refined, Smoothing};

/// Blocks in one claim at most.
const AT_ONCE: usize = 64;

/// What goes through.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub blocks: u64,
    pub seed: u64,
    /// The number of a block of which a bit flips.
    pub spoilt: Option<u64>,
}

/// What came out: how many blocks, and the checksum of their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Out {
    pub blocks: u64,
    pub checksum: u32,
}

impl Out {
    fn add(&mut self, blocks: &[Refined]) {
        self.blocks += blocks.len() as u64;
        self.checksum = crc32c::crc32c_append(self.checksum, bytemuck::cast_slice(blocks));
    }
}

impl fmt::Display for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blocks with the checksum {:08x}", HumanCount(self.blocks), self.checksum)
    }
}

/// The first stage: makes all blocks, each in its place in the ring.
pub fn make(mut ring: Producer<Raw>, plan: Plan) -> Stats {
    let mut next = 0;
    while next < plan.blocks {
        let count = AT_ONCE.min((plan.blocks - next) as usize);
        let made = ring.publish_batch(count, |blocks| {
            blocks.iter_mut().zip(next..).for_each(|(block, number)| block.write(number, plan.seed));
        });
        if made.is_err() {
            break; // the next stage has failed, and says why
        }
        next += count as u64;
    }
    ring.stats()
}

/// The second stage: refines out of one ring into the other.
pub fn refine(mut from: Reader<Raw>, mut to: Producer<Refined>, plan: Plan) -> (ReaderStats, Stats) {
    let mut smoothing = Smoothing::default();
    while let Ok(blocks) = from.recv_up_to(AT_ONCE) {
        let refined = to.publish_batch(blocks.len(), |refined| {
            for (raw, refined) in blocks.iter().zip(refined) {
                smoothing.refine(raw, refined);
                if plan.spoilt == Some(raw.number) {
                    refined.number ^= 1 << 40;
                }
            }
        });
        if refined.is_err() {
            break; // the last stage has failed, and says why
        }
    }
    (from.stats(), to.stats())
}

/// The third stage: sums up, and writes if there is a file.
pub fn write(
    mut from: Reader<Refined>,
    mut file: Option<File>,
    bar: &ProgressBar,
) -> Result<(Out, ReaderStats)> {
    let mut out = Out::default();
    while let Ok(blocks) = from.recv() {
        out.add(&blocks);
        if let Some(file) = &mut file {
            file.write_all(bytemuck::cast_slice(&blocks)).context("cannot write what comes out")?;
        }
        bar.inc(blocks.len() as u64);
    }
    Ok((out, from.stats()))
}

/// Makes the file that takes what comes out.
pub fn create(path: &Path) -> Result<File> {
    File::create_new(path).with_context(|| {
        format!("cannot make {}; no file is overwritten, another --out would do", path.display())
    })
}

/// What comes out if one thread does all of it.
pub fn on_one_thread(plan: Plan) -> Out {
    let (mut out, mut smoothing) = (Out::default(), Smoothing::default());
    let (mut raw, mut refined) = (Raw::default(), Refined::default());
    for number in 0..plan.blocks {
        raw.write(number, plan.seed);
        smoothing.refine(&raw, &mut refined);
        out.add(std::slice::from_ref(&refined));
    }
    out
}
