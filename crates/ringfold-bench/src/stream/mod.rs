//! The cases of the room `stream`: bytes in and out on one thread, by the traits everybody knows and in place.

use std::collections::VecDeque;

use ::ringfold::ByteStream;
use picoring::PicoByteStream;

use crate::contender::Case;
use crate::one_thread::case;
use crate::one_thread::fifo::{Between, copied, copied_straight, in_place};
use crate::one_thread::size::written;
use crate::rivals::one_thread::bytes_mut::Buffer;
use crate::rivals::one_thread::vec_ring::VecRing;
use crate::rooms::Scale;

const SIZES: [usize; 6] = [8, 64, 4 << 10, 64 << 10, 1 << 20, 10_000_000];

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = if scale == Scale::Full { usize::MAX } else { 1 << 20 };
    let sizes = || SIZES.into_iter().filter(move |&bytes| bytes <= most);
    sizes().map(bulk).chain(sizes().map(lent)).collect()
}

/// Four packets, and at least 64 KiB.
fn capacity(bytes: usize) -> usize {
    (4 * bytes).next_power_of_two().max(64 << 10)
}

fn bulk(bytes: usize) -> Case {
    let stream = capacity(bytes);
    let list = vec![
        copied_straight::<u8>(bytes),
        copied::<u8, ByteStream>(bytes, stream, Between::OnePacket),
        copied::<u8, VecRing<u8>>(bytes, stream, Between::OnePacket),
        copied::<u8, VecDeque<u8>>(bytes, stream, Between::OnePacket),
        copied::<u8, Buffer<u8>>(bytes, stream, Between::OnePacket),
        copied::<u8, PicoByteStream>(bytes, stream, Between::OnePacket),
    ];
    case("stream", "stream-bulk", regime(bytes, "written and read"), bytes, stream, list)
}

fn lent(bytes: usize) -> Case {
    let stream = capacity(bytes);
    let list = vec![
        in_place::<u8, ByteStream>(bytes, stream, Between::OnePacket),
        in_place::<u8, VecRing<u8>>(bytes, stream, Between::OnePacket),
        in_place::<u8, VecDeque<u8>>(bytes, stream, Between::OnePacket),
        in_place::<u8, Buffer<u8>>(bytes, stream, Between::OnePacket),
        in_place::<u8, PicoByteStream>(bytes, stream, Between::OnePacket),
    ];
    case("stream", "stream-in-place", regime(bytes, "received and summed up in place"), bytes, stream, list)
}

fn regime(bytes: usize, how: &str) -> String {
    format!("{} {how}, in a stream of {} that is never empty", written(bytes), written(capacity(bytes)))
}
