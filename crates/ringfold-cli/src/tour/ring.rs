//! The stop at `Ring`: a window of the latest samples is one slice, wherever in the memory it lies.

use std::collections::VecDeque;
use std::time::Instant;

use ringfold::Ring;

use super::picture::Picture;
use super::stream::{item, left};
use super::{Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

/// Samples in the window.
const WINDOW: usize = 1000;
/// Samples that come between two looks at it.
const STRIDE: u64 = 50;

pub const STOP: Stop = Stop {
    name: "ring",
    about: "of a stream of samples, the last 1000 are looked at in one slice, every 50 samples.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let mut ring = Ring::<u64>::with_capacity(WINDOW)?;
    let period = ring.memory().map_or(0, |info| info.bytes);
    let mut picture = Picture::new(ring.spare(), period);
    let ours = run("ringfold::Ring", |samples, check| {
        ring.extend(samples);
        if picture.len() < 3 && ring.is_full() {
            picture.add(ring.as_slice());
            // The next one to be drawn lies somewhere else.
            ring.consume(WINDOW - 300);
        }
        check(ring.as_slice())
    })?;
    let mut deque = VecDeque::<u64>::with_capacity(WINDOW);
    let theirs = run("std VecDeque", |samples, check| {
        let stay = WINDOW - samples.len();
        deque.drain(..deque.len().saturating_sub(stay));
        deque.extend(samples);
        check(deque.make_contiguous())
    })?;
    let runs = vec![ours, theirs];
    let remark =
        format!("One slice each time: {}. Three of the windows:{}", advantage(&runs), picture.below());
    Ok(Visit { unit: "items", runs, remark })
}

/// Whether a window ends with what came last, and nothing in it is out of order.
type Check<'a> = &'a dyn Fn(&[u64]) -> bool;

/// Sends samples through `pass`, which shows the window to the check.
fn run(who: &'static str, mut pass: impl FnMut(&[u64], Check) -> bool) -> Result<Run, Failure> {
    let (mut samples, begin) = (Vec::new(), Instant::now());
    let mut count = 0;
    while count % (64 * STRIDE) != 0 || !left(begin).is_zero() {
        samples.clear();
        samples.extend((count..count + STRIDE).map(item));
        count += STRIDE;
        let check = |window: &[u64]| {
            let oldest = count - window.len() as u64;
            let ends = window.first() == Some(&item(oldest)) && window.ends_with(&samples);
            ends && window.get(window.len() / 2) == Some(&item(oldest + window.len() as u64 / 2))
        };
        if !pass(&samples, &check) {
            return Err(wrong(who, count));
        }
    }
    Ok(Run { who, verified: count, time: begin.elapsed() })
}
