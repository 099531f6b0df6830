//! A packet is written and read back, over and over: copied out, or read where it lies.

use std::collections::VecDeque;

use ::ringfold::Ring;
use picoring::PicoRing;
use slice_ring_buffer::SliceRingBuffer;

use crate::contender::Case;
use crate::one_thread::case;
use crate::one_thread::fifo::{Between, copied, copied_straight, in_place};
use crate::one_thread::size::written;
use crate::rivals::one_thread::bytes_mut::Buffer;
use crate::rivals::one_thread::ringbuf::Local;
use crate::rivals::one_thread::ringfold::Huge;
use crate::rivals::one_thread::rtrb::BothEnds;
use crate::rivals::one_thread::vec_ring::{Reassembled, Restarting, VecRing};
use crate::rooms::Scale;

const SIZES: [usize; 6] = [8, 64, 4 << 10, 64 << 10, 1 << 20, 100_000_000];
const HUGE: usize = 1 << 20;

/// Both ways of reading at every size; the largest only in the full scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = if scale == Scale::Full { usize::MAX } else { 1 << 20 };
    let sizes = || SIZES.into_iter().filter(move |&bytes| bytes <= most);
    sizes().map(copied_out).chain(sizes().map(read_in_place)).collect()
}

/// Four packets, and at least 64 KiB.
fn capacity(bytes: usize) -> usize {
    (4 * bytes).next_power_of_two().max(64 << 10)
}

fn regime(bytes: usize) -> String {
    format!(
        "packets of {}, in a ring of {} that is empty in between",
        written(bytes),
        written(capacity(bytes))
    )
}

fn copied_out(bytes: usize) -> Case {
    let ring = capacity(bytes);
    let mut list = vec![
        copied_straight::<u8>(bytes),
        copied::<u8, Ring<u8>>(bytes, ring, Between::Empty),
        copied::<u8, VecRing<u8>>(bytes, ring, Between::Empty),
        copied::<u8, Restarting<u8>>(bytes, ring, Between::Empty),
        copied::<u8, VecDeque<u8>>(bytes, ring, Between::Empty),
        copied::<u8, Buffer<u8>>(bytes, ring, Between::Empty),
        copied::<u8, PicoRing<u8>>(bytes, ring, Between::Empty),
        copied::<u8, SliceRingBuffer<u8>>(bytes, ring, Between::Empty),
        copied::<u8, Local<u8>>(bytes, ring, Between::Empty),
        copied::<u8, BothEnds<u8>>(bytes, ring, Between::Empty),
    ];
    if bytes >= HUGE {
        list.push(copied::<u8, Huge<u8>>(bytes, ring, Between::Empty));
    }
    case("ring", "cycle", regime(bytes), bytes, ring, list)
}

fn read_in_place(bytes: usize) -> Case {
    let ring = capacity(bytes);
    let mut list = vec![
        in_place::<u8, Ring<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, VecRing<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, Reassembled<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, Restarting<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, VecDeque<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, Buffer<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, PicoRing<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, SliceRingBuffer<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, Local<u8>>(bytes, ring, Between::Empty),
        in_place::<u8, BothEnds<u8>>(bytes, ring, Between::Empty),
    ];
    if bytes >= HUGE {
        list.push(in_place::<u8, Huge<u8>>(bytes, ring, Between::Empty));
    }
    case("ring", "cycle-in-place", regime(bytes), bytes, ring, list)
}
