//! The stop at `Queue`: packets are written and read where they lie, and are never cut in two.

use std::collections::VecDeque;
use std::time::Instant;

use ringfold::Queue;

use super::picture::Picture;
use super::stream::{item, left};
use super::{Run, Stop, Visit, advantage, wrong};
use crate::failure::Failure;

const CAPACITY: usize = 512;
/// Words in the longest packet.
const LONGEST: u64 = 200;

pub const STOP: Stop = Stop {
    name: "queue",
    about: "packets of up to 200 words are reserved, filled in place, looked at in one slice and released.",
    visit,
};

fn visit() -> Result<Visit, Failure> {
    let (ours, picture) = reserved()?;
    let runs = vec![ours, deque()?];
    let remark = format!("In place: {}. Packets where they lay:{}", advantage(&runs), picture.below());
    Ok(Visit { unit: "items", runs, remark })
}

/// How many words the packet with this number has.
fn length(packet: u64) -> usize {
    (1 + item(packet) % LONGEST) as usize
}

fn is_packet(words: &[u64], first: u64) -> bool {
    words.iter().zip(first..).all(|(&word, position)| word == item(position))
}

fn reserved() -> Result<(Run, Picture), Failure> {
    const WHO: &str = "ringfold::Queue";
    let mut queue = Queue::<u64>::with_capacity(CAPACITY)?;
    let Some(slots) = queue.reserve(CAPACITY) else { return Err(wrong(WHO, 0)) };
    let mut picture = Picture::new(&slots, CAPACITY * size_of::<u64>());
    drop(slots);
    let (mut written, mut read, mut packets) = (0, 0, [0, 0]);
    let begin = Instant::now();
    while packets[1] % 1024 != 0 || !left(begin).is_zero() {
        while let Some(mut slots) = queue.reserve(length(packets[0])) {
            slots.fill(|i| item(written + i as u64));
            written += slots.commit() as u64;
            packets[0] += 1;
        }
        let packet = &queue.peek()[..length(packets[1])];
        if !is_packet(packet, read) {
            return Err(wrong(WHO, read));
        }
        if picture.len() < 5 && packet.len() > 60 {
            picture.add(packet);
        }
        let done = packet.len();
        read += queue.release(done) as u64;
        packets[1] += 1;
    }
    Ok((Run { who: WHO, verified: read, time: begin.elapsed() }, picture))
}

fn deque() -> Result<Run, Failure> {
    const WHO: &str = "std VecDeque";
    let mut queue = VecDeque::<u64>::with_capacity(CAPACITY);
    let (mut written, mut read, mut packets) = (0, 0, [0, 0]);
    let begin = Instant::now();
    while packets[1] % 1024 != 0 || !left(begin).is_zero() {
        while CAPACITY - queue.len() >= length(packets[0]) {
            let count = length(packets[0]) as u64;
            queue.extend((written..written + count).map(item));
            written += count;
            packets[0] += 1;
        }
        let packet = &queue.make_contiguous()[..length(packets[1])];
        if !is_packet(packet, read) {
            return Err(wrong(WHO, read));
        }
        read += packet.len() as u64;
        queue.drain(..length(packets[1]));
        packets[1] += 1;
    }
    Ok(Run { who: WHO, verified: read, time: begin.elapsed() })
}
