//! The cases of the room `queue`: words in and out on one thread, one by one, many at a time, made and read in place.

use std::collections::VecDeque;

use ::ringfold::Queue;
use picoring::PicoQueue;

use crate::contender::Case;
use crate::one_thread::fifo::{Between, copied, copied_straight, filled};
use crate::one_thread::size::written;
use crate::one_thread::{bursts, case};
use crate::rivals::one_thread::bytes_mut::Buffer;
use crate::rivals::one_thread::ringbuf::Local;
use crate::rivals::one_thread::ringfold::Safe;
use crate::rivals::one_thread::rtrb::BothEnds;
use crate::rivals::one_thread::vec_ring::VecRing;
use crate::rooms::Scale;

const SIZES: [usize; 5] = [64, 4 << 10, 64 << 10, 1 << 20, 10_000_000];

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = if scale == Scale::Full { usize::MAX } else { 1 << 20 };
    let sizes = || SIZES.into_iter().filter(move |&bytes| bytes <= most);
    [1, 1000].into_iter().map(items).chain(sizes().map(bulk)).chain(sizes().map(in_place)).collect()
}

/// Words for four packets, and at least 64 KiB of them.
fn capacity(bytes: usize) -> usize {
    (4 * bytes).next_power_of_two().max(64 << 10) / size_of::<u64>()
}

fn items(burst: usize) -> Case {
    const SLOTS: usize = 4096;
    let list = vec![
        bursts::of::<Queue<u64>>(burst, SLOTS),
        bursts::of::<VecRing<u64>>(burst, SLOTS),
        bursts::of::<VecDeque<u64>>(burst, SLOTS),
        bursts::of::<Buffer<u64>>(burst, SLOTS),
        bursts::of::<PicoQueue<u64>>(burst, SLOTS),
        bursts::of::<Local<u64>>(burst, SLOTS),
        bursts::of::<BothEnds<u64>>(burst, SLOTS),
    ];
    let regime = match burst {
        1 => format!("a word in, a word out, {SLOTS} slots of 8 B"),
        _ => format!("{burst} words in one by one, {burst} out, {SLOTS} slots of 8 B"),
    };
    case("queue", "queue-item", regime, size_of::<u64>(), SLOTS, list)
}

fn bulk(bytes: usize) -> Case {
    let slots = capacity(bytes);
    let list = vec![
        copied_straight::<u64>(bytes),
        copied::<u64, Queue<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, VecRing<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, VecDeque<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, Buffer<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, PicoQueue<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, Local<u64>>(bytes, slots, Between::OnePacket),
        copied::<u64, BothEnds<u64>>(bytes, slots, Between::OnePacket),
    ];
    case("queue", "queue-bulk", regime(bytes, "copied in and out"), bytes, slots, list)
}

fn in_place(bytes: usize) -> Case {
    let slots = capacity(bytes);
    let list = vec![
        filled::<Queue<u64>>(bytes, slots),
        filled::<Safe>(bytes, slots),
        filled::<VecDeque<u64>>(bytes, slots),
        filled::<Buffer<u64>>(bytes, slots),
        filled::<PicoQueue<u64>>(bytes, slots),
    ];
    case("queue", "queue-in-place", regime(bytes, "made and checked in place"), bytes, slots, list)
}

fn regime(bytes: usize, how: &str) -> String {
    format!(
        "{} of words {how}, in a queue of {} that is never empty",
        written(bytes),
        written(capacity(bytes) * size_of::<u64>())
    )
}
