//! Writes each of which lies across the seam: half of the packet before it, half behind. What was written is taken back in
//! constant time, so that the next write lies there too. A few bytes always stay in the ring: ringfold's would start again at the
//! front if it were empty. That the writes do lie there is checked.

use std::collections::VecDeque;
use std::hint::black_box;

use ::ringfold::Ring;
use picoring::PicoRing;
use slice_ring_buffer::SliceRingBuffer;

use crate::contender::{Case, Contender, Failure};
use crate::one_thread::packet::Packet;
use crate::one_thread::rival::TakeBack;
use crate::one_thread::seam::{Placed, RESIDENTS};
use crate::one_thread::size::written;
use crate::one_thread::{Work, case, contender};
use crate::rivals::one_thread::ringfold::Huge;
use crate::rivals::one_thread::vec_ring::VecRing;
use crate::rooms::Scale;

const SIZES: [usize; 6] = [8, 64, 4 << 10, 64 << 10, 1 << 20, 100_000_000];
const HUGE: usize = 1 << 20;

/// Every size; the largest only in the full scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = if scale == Scale::Full { usize::MAX } else { 1 << 20 };
    SIZES.into_iter().filter(|&bytes| bytes <= most).map(seam).collect()
}

fn capacity(bytes: usize) -> usize {
    (4 * bytes).next_power_of_two().max(64 << 10)
}

fn seam(bytes: usize) -> Case {
    let mut list = vec![
        writer::<Ring<u8>>(bytes),
        writer::<VecRing<u8>>(bytes),
        writer::<VecDeque<u8>>(bytes),
        writer::<PicoRing<u8>>(bytes),
        writer::<SliceRingBuffer<u8>>(bytes),
    ];
    if bytes >= HUGE {
        list.push(writer::<Huge<u8>>(bytes));
    }
    let regime =
        format!("{} written across the seam of a ring of {}", written(bytes), written(capacity(bytes)));
    case("ring", "seam", regime, bytes, capacity(bytes), list)
}

fn writer<R: TakeBack>(bytes: usize) -> Contender {
    let how = format!("{}; taken back by {}", R::SLICES, R::TAKE_BACK);
    contender::<R, _>(&how, move |turn| Writes::<R>::open(bytes, turn))
}

struct Writes<R> {
    room: Placed<R>,
    packet: Packet<u8>,
}

impl<R: TakeBack> Writes<R> {
    fn open(bytes: usize, turn: usize) -> Result<Writes<R>, Failure> {
        let mut room = Placed::<R>::open(capacity(bytes))?;
        room.approach_seam(bytes);
        Ok(Writes { room, packet: Packet::new(bytes, turn) })
    }
}

impl<R: TakeBack> Work for Writes<R> {
    fn prepare(&mut self) {
        self.packet.change();
    }

    fn batch(&mut self, operations: u64) {
        let bytes = self.packet.source.len();
        for _ in 0..operations {
            self.room.write(black_box(self.packet.next()));
            // As if somebody looked at it: it must really be there.
            black_box(&mut *self.room).take_back(bytes);
        }
    }

    /// One packet more: it lies across the seam, and every byte of it is there.
    fn is_right(&mut self) -> bool {
        let bytes = self.packet.source.len();
        self.room.write(self.packet.next());
        let lies_there = self.room.check_seam(RESIDENTS + bytes / 2).is_ok();
        let content = self.room.parts().concat();
        self.room.take_back(bytes);
        lies_there && self.packet.is([&content[RESIDENTS..], &[]])
    }
}
