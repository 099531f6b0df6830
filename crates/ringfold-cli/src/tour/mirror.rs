//! The stop at the mirror: frames that lie across the seam are still one slice.

use std::collections::VecDeque;
use std::time::Instant;

use ringfold::memory::{Mirror, Options};
use ringfold::spsc;

use super::stream::{item, left};
use super::{BYTES, Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

/// A prime, so that the seam falls into every place of a frame.
const FRAME: usize = 4093;
/// Frames that are looked at together.
const WINDOW: usize = 8;
const CAPACITY: usize = 1 << 16;

pub const STOP: Stop = Stop {
    name: "mirror",
    about: "a window of eight frames slides over a stream in 64 KiB, and is one slice wherever it lies.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let mirror = Mirror::with_options(CAPACITY, &Options::new())?;
    let runs = vec![folded()?, deque()?];
    let remark = format!("{}: {}.", mirror.info(), advantage(&runs));
    Ok(Visit { unit: BYTES, runs, remark })
}

/// The frame with this number: the same bytes each time it is asked for.
fn write_frame(number: u64, frame: &mut Vec<u8>) {
    frame.clear();
    let words = (0..).flat_map(|word| item(number ^ (word << 40)).to_le_bytes());
    frame.extend(words.take(FRAME));
}

/// Frames, made beforehand so that making them is not what is measured.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = vec![Vec::new(); 64];
    (0..).zip(&mut frames).for_each(|(number, frame)| write_frame(number, frame));
    frames
}

fn folded() -> Result<Run, Failure> {
    let (mut producer, mut consumer) = spsc::with_capacity::<u8>(CAPACITY)?;
    run("ringfold mirror", |newest, check| {
        let went_in = producer.try_push_slice(newest) == newest.len();
        let view = consumer.peek();
        let leaves = check(&view);
        view.consume(leaves.unwrap_or(0));
        went_in && leaves.is_some()
    })
}

/// A `VecDeque` may hold the window in two pieces; `make_contiguous` moves it into one.
fn deque() -> Result<Run, Failure> {
    let mut bytes = VecDeque::<u8>::with_capacity(CAPACITY);
    run("std VecDeque<u8>", |newest, check| {
        bytes.extend(newest);
        let leaves = check(bytes.make_contiguous());
        bytes.drain(..leaves.unwrap_or(0));
        leaves.is_some()
    })
}

/// Looks at a window; how many of its bytes may go, or `None` if they are not what was sent.
type Check<'a> = &'a dyn Fn(&[u8]) -> Option<usize>;

/// Sends frame after frame through `pass`, which shows the window to the check and says whether all went well.
fn run(who: &'static str, mut pass: impl FnMut(&[u8], Check) -> bool) -> Result<Run, Failure> {
    let (frames, expected) = (frames(), frames());
    let frame = |number: usize| &*expected[number % expected.len()];
    let begin = Instant::now();
    let mut count = 0usize;
    while count % 64 != 0 || !left(begin).is_zero() {
        let oldest = (count + 1).saturating_sub(WINDOW);
        let check = |window: &[u8]| {
            let whole = window.len() == (count + 1 - oldest) * FRAME;
            let same = whole && window.starts_with(frame(oldest)) && window.ends_with(frame(count));
            let leaves = if count + 1 >= WINDOW { FRAME } else { 0 };
            same.then_some(leaves)
        };
        if !pass(&frames[count % frames.len()], &check) {
            return Err(wrong(who, count as u64));
        }
        count += 1;
    }
    Ok(Run { who, verified: (count * FRAME) as u64, time: begin.elapsed() })
}
