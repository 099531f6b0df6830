//! Packets through a ring on one thread: written and read back, copied or in place, the ring empty in between or never.

use std::hint::black_box;

use super::packet::{Packet, Word, sum};
use super::rival::{Fill, InPlace, OpenError, Rival, Slices, open, touch};
use super::{Work, contender};
use crate::contender::{Contender, Failure, Role};
use crate::spsc::payload::Check;

/// What is in the ring between two packets.
#[derive(Clone, Copy, PartialEq)]
pub enum Between {
    /// Nothing: what is read is what was just written.
    Empty,
    /// The packet before; and the first one began a few items off, so that now and then a packet lies across the seam.
    OnePacket,
}

impl Between {
    fn lag(self) -> u64 {
        u64::from(self == Between::OnePacket)
    }
}

/// Items by which the first packet is off: half of the smallest packet at least, and a multiple of the words that are added up.
const OFF: usize = 12;

/// Packets of `bytes` bytes, copied in and copied out.
pub fn copied<T: Word, R: Slices<T>>(bytes: usize, capacity: usize, between: Between) -> Contender {
    contender::<R, _>(R::SLICES, move |turn| Ok(Copied(Ready::<T, R>::open(bytes, capacity, between, turn)?)))
}

/// The same, but read where they lie: all of the packet is added up.
pub fn in_place<T: Word, R: InPlace<T>>(bytes: usize, capacity: usize, between: Between) -> Contender {
    contender::<R, _>(R::IN_PLACE, move |turn| {
        Ok(Summed(Ready::<T, R>::open(bytes, capacity, between, turn)?))
    })
}

/// Words made in the ring's memory and read there.
pub fn filled<R: Fill>(bytes: usize, capacity: usize) -> Contender {
    contender::<R, _>(&format!("{}; {}", R::FILL, R::IN_PLACE), move |_| Filled::<R>::open(bytes, capacity))
}

/// The floor: the same copies, always through the same memory, and no ring.
pub fn copied_straight<T: Word>(bytes: usize) -> Contender {
    copied::<T, Straight<T>>(bytes, bytes / size_of::<T>(), Between::Empty)
}

/// A ring, in memory, with what has to be in it; and the packet.
struct Ready<T, R> {
    room: R,
    packet: Packet<T>,
    lag: u64,
}

impl<T: Word, R: Slices<T>> Ready<T, R> {
    fn open(bytes: usize, capacity: usize, between: Between, turn: usize) -> Result<Self, Failure> {
        let mut room: R = open(capacity)?;
        touch(&mut room, capacity);
        let mut packet = Packet::new(bytes, turn);
        if between == Between::OnePacket {
            let mut off = [T::default(); OFF];
            room.write(&off);
            room.write(packet.next());
            room.read(&mut off);
        }
        Ok(Ready { room, packet, lag: between.lag() })
    }

    /// New bytes for the packets to come, and for the one that is in the ring; which is never empty meanwhile, because some
    /// rings then start again at the front.
    fn change(&mut self) {
        self.packet.change();
        for _ in 0..self.lag {
            self.room.write(self.packet.next());
            self.room.read(&mut self.packet.target);
        }
    }
}

struct Copied<T, R>(Ready<T, R>);

impl<T: Word, R: Slices<T>> Work for Copied<T, R> {
    fn prepare(&mut self) {
        self.0.change();
    }

    fn batch(&mut self, operations: u64) {
        let Ready { room, packet, lag } = &mut self.0;
        for _ in 0..operations {
            room.write(black_box(packet.next()));
            // As if somebody else read it: the ring's fields are in memory in between.
            black_box(&mut *room).read(black_box(&mut packet.target));
            packet.came_back(*lag);
        }
    }

    fn is_right(&mut self) -> bool {
        self.0.packet.is_back()
    }
}

struct Summed<T, R>(Ready<T, R>);

impl<T: Word, R: InPlace<T>> Work for Summed<T, R> {
    fn prepare(&mut self) {
        self.0.change();
    }

    fn batch(&mut self, operations: u64) {
        let Ready { room, packet, lag } = &mut self.0;
        let items = packet.source.len();
        for _ in 0..operations {
            room.receive(black_box(packet.next()));
            let mut seen: u32 = 0;
            black_box(&mut *room).view(items, |part| seen = seen.wrapping_add(sum(part)));
            packet.summed_up(seen, *lag);
        }
    }

    /// One packet more, byte by byte.
    fn is_right(&mut self) -> bool {
        let Ready { room, packet, .. } = &mut self.0;
        room.receive(packet.next());
        let mut at = 0;
        room.view(packet.target.len(), |part| {
            packet.target[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        });
        packet.is_back()
    }
}

struct Filled<R> {
    room: R,
    words: usize,
    next: u64,
    check: Check,
}

impl<R: Fill> Filled<R> {
    fn open(bytes: usize, capacity: usize) -> Result<Self, Failure> {
        let mut room: R = open(capacity)?;
        touch(&mut room, capacity);
        let words = bytes / size_of::<u64>();
        let mut check = Check::default();
        // A few words that stay, so that packets lie across the seam now and then.
        room.fill(0, OFF + words);
        room.view(OFF, |part| check.see_words(part));
        Ok(Filled { room, words, next: (OFF + words) as u64, check })
    }
}

impl<R: Fill> Work for Filled<R> {
    fn batch(&mut self, operations: u64) {
        for _ in 0..operations {
            self.room.fill(self.next, self.words);
            self.next += self.words as u64;
            let check = &mut self.check;
            black_box(&mut self.room).view(self.words, |part| check.see_words(part));
        }
    }

    /// Every word was checked when it was read.
    fn is_right(&mut self) -> bool {
        self.check.wrong == 0 && self.check.expected + self.words as u64 == self.next
    }
}

/// Memory for one packet, and nothing else.
struct Straight<T>(Vec<T>);

impl<T: Word> Rival for Straight<T> {
    const NAME: &'static str = "memcpy in and out, no ring";
    const ROLE: Role = Role::Floor;

    fn open(capacity: usize) -> Result<Self, OpenError> {
        Ok(Straight(vec![T::default(); capacity]))
    }
}

impl<T: Word> Slices<T> for Straight<T> {
    const SLICES: &'static str = "always through the same memory";

    #[inline(always)]
    fn write(&mut self, items: &[T]) {
        self.0[..items.len()].copy_from_slice(items);
    }

    #[inline(always)]
    fn read(&mut self, items: &mut [T]) {
        items.copy_from_slice(&self.0[..items.len()]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use ::ringfold::Ring;
    use picoring::PicoRing;

    use super::*;
    use crate::rivals::one_thread::vec_ring::VecRing;

    const CAPACITY: usize = 4096;
    const SIZES: [usize; 3] = [8, 64, 1024];

    /// How many of the packets of four laps lay across the seam, or were in two parts.
    fn crossings<R: InPlace<u8>>(bytes: usize) -> usize {
        let mut ready = Ready::<u8, R>::open(bytes, CAPACITY, Between::OnePacket, 1).unwrap();
        ready.change();
        let mut views: Vec<Vec<(usize, usize)>> = Vec::new();
        for _ in 0..4 * CAPACITY / bytes {
            ready.room.receive(ready.packet.next());
            let mut parts = Vec::new();
            ready.room.view(bytes, |part| parts.push((part.as_ptr() as usize, part.len())));
            views.push(parts);
        }
        let in_two = views.iter().filter(|parts| parts.len() > 1).count();
        // A mirror begins with a page, and the first packet of a lap begins in it.
        let lowest = views.iter().flatten().map(|part| part.0).min().unwrap();
        let seam = lowest / CAPACITY * CAPACITY + CAPACITY;
        let over = |parts: &&Vec<(usize, usize)>| parts[0].0 < seam && parts[0].0 + parts[0].1 > seam;
        if in_two > 0 { in_two } else { views.iter().filter(over).count() }
    }

    #[test]
    fn packets_lie_across_the_seam_once_a_lap() {
        for bytes in SIZES {
            assert_eq!(crossings::<VecRing<u8>>(bytes), 4, "{bytes}");
            assert_eq!(crossings::<Ring<u8>>(bytes), 4, "{bytes}");
            assert_eq!(crossings::<PicoRing<u8>>(bytes), 4, "{bytes}");
        }
        assert_eq!(crossings::<VecDeque<u8>>(64), 4);
    }

    fn is_right<R: InPlace<u8>>(bytes: usize) -> bool {
        let mut summed = Summed(Ready::<u8, R>::open(bytes, CAPACITY, Between::OnePacket, 1).unwrap());
        (0..4).all(|_| {
            summed.prepare();
            summed.batch((CAPACITY / bytes) as u64);
            summed.is_right()
        })
    }

    /// Loses whatever is in a second part.
    struct Loses(VecRing<u8>);

    impl Rival for Loses {
        const NAME: &'static str = "loses";

        fn open(capacity: usize) -> Result<Self, OpenError> {
            VecRing::open(capacity).map(Loses)
        }
    }

    impl Slices<u8> for Loses {
        fn write(&mut self, items: &[u8]) {
            self.0.write(items);
        }

        fn read(&mut self, items: &mut [u8]) {
            self.0.read(items);
        }
    }

    impl InPlace<u8> for Loses {
        const IN_PLACE: &'static str = "";

        fn view(&mut self, count: usize, mut see: impl FnMut(&[u8])) {
            let mut first = true;
            self.0.view(count, |part| {
                if std::mem::take(&mut first) {
                    see(part);
                }
            });
        }
    }

    #[test]
    fn what_is_lost_at_the_seam_is_noticed() {
        for bytes in SIZES {
            assert!(is_right::<VecRing<u8>>(bytes), "{bytes}");
            assert!(is_right::<VecDeque<u8>>(bytes), "{bytes}");
            assert!(!is_right::<Loses>(bytes), "{bytes}");
        }
    }
}
