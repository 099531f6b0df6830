//! The stop at `ByteStream`: records of any length through the traits of `std::io`, and in place.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::time::Instant;

use ringfold::ByteStream;

use super::picture::Picture;
use super::stream::{item, left};
use super::{BYTES, Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

const CAPACITY: usize = 1 << 14;
/// The longest record.
const LONGEST: usize = 1500;

pub const STOP: Stop = Stop {
    name: "stream",
    about: "records of up to 1500 bytes, written and read back by io::Write and io::Read.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let mut stream = ByteStream::with_capacity(CAPACITY)?;
    let mut picture = Picture::new(stream.writable(), CAPACITY);
    let ours = run("ringfold::ByteStream", &mut stream, |stream| {
        if picture.len() < 3 {
            picture.add(stream.readable());
        }
    })?;
    let theirs = run("std VecDeque<u8>", &mut VecDeque::with_capacity(CAPACITY), |_| ())?;
    let runs = vec![ours, theirs];
    let remark = format!(
        "Both by read_exact: {}. All that can be read, three times:{}",
        advantage(&runs),
        picture.below()
    );
    Ok(Visit { unit: BYTES, runs, remark })
}

/// Where in `bytes` the record with this number lies.
fn record(number: u64, bytes: &[u8]) -> &[u8] {
    let random = item(number);
    let first = (random >> 32) as usize % (bytes.len() - LONGEST);
    &bytes[first..first + 1 + random as usize % LONGEST]
}

/// Sends records through `stream`, which holds as many as fit, and looks at it now and then.
fn run<S: Read + Write>(who: &'static str, stream: &mut S, mut look: impl FnMut(&S)) -> Result<Run, Failure> {
    let bytes: Vec<u8> = (0..1 << 13).flat_map(|n| item(n).to_le_bytes()).collect();
    let (mut came, mut held, mut verified) = ([0; LONGEST], 0, 0);
    let (mut written, mut read) = (0_u64, 0_u64);
    let begin = Instant::now();
    while read % 1024 != 0 || !left(begin).is_zero() {
        while held + record(written, &bytes).len() <= CAPACITY {
            let next = record(written, &bytes);
            stream.write_all(next)?;
            held += next.len();
            written += 1;
        }
        look(stream);
        // Half of what is there goes.
        let half = read.midpoint(written);
        while read < half {
            let expected = record(read, &bytes);
            let found = &mut came[..expected.len()];
            stream.read_exact(found)?;
            if found != expected {
                return Err(wrong(who, read));
            }
            held -= expected.len();
            verified += expected.len() as u64;
            read += 1;
        }
    }
    Ok(Run { who, verified, time: begin.elapsed() })
}
