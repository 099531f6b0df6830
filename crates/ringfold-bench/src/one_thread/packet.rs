//! What goes through the rings: packets whose every byte follows from their number, so that all of it can be checked.

use std::ops::{Deref, DerefMut};

use bytemuck::Pod;

/// What a ring holds one of: a byte or a word.
pub trait Word: Pod + Default + Send + Sync {}

impl Word for u8 {}
impl Word for u64 {}

/// A packet, a place to read it back to, and what was wrong with those that came back.
///
/// Each packet carries its number in its first eight bytes, which are written anew for each; the other bytes change from batch
/// to batch. In the timed part the number is compared (or, where a reader sums up the whole packet, the sum); at the end of each batch,
/// untimed, every byte.
pub struct Packet<T> {
    /// The packet as it is sent.
    pub source: Buffer<T>,
    /// The packet as it came back.
    pub target: Buffer<T>,
    number: u64,
    /// Sum of all but the number.
    rest: u32,
    wrong: u64,
}

/// A number whose every byte tells.
const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;

impl<T: Word> Packet<T> {
    /// A packet of so many bytes, at least 8 and a multiple of 4; both buffers are in memory. Where they lie changes with `turn`.
    pub fn new(bytes: usize, turn: usize) -> Packet<T> {
        let items = bytes / size_of::<T>();
        let source = Buffer::new(items, 16 + 64 * (turn * 11));
        let target = Buffer::new(items, 16 + 64 * (turn * 23 + 5));
        let mut packet = Packet { source, target, number: FIRST, rest: 0, wrong: 0 };
        packet.change();
        packet
    }

    /// Writes every byte anew, so that an old packet is not taken for a new one.
    pub fn change(&mut self) {
        let seed = self.number.wrapping_add(1).wrapping_mul(FIRST);
        for (index, chunk) in bytemuck::cast_slice_mut::<T, u8>(&mut self.source).chunks_mut(8).enumerate() {
            let word = seed.wrapping_add(index as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
            chunk.copy_from_slice(&word.to_ne_bytes()[..chunk.len()]);
        }
        self.rest = sum(&self.source[8 / size_of::<T>()..]);
    }

    /// The next packet: gives it its number.
    #[inline(always)]
    pub fn next(&mut self) -> &[T] {
        self.number = self.number.wrapping_add(1);
        let number = self.number.to_ne_bytes();
        bytemuck::cast_slice_mut::<T, u8>(&mut self.source)[..8].copy_from_slice(&number);
        &self.source
    }

    /// Compares the number of the packet that came back: the one that was sent `lag` packets ago.
    #[inline(always)]
    pub fn came_back(&mut self, lag: u64) {
        let number = bytemuck::cast_slice::<T, u8>(&self.target).first_chunk().expect("8 bytes at least");
        self.wrong |= u64::from_ne_bytes(*number) ^ self.number.wrapping_sub(lag);
    }

    /// Compares the sum of all of the packet that was sent `lag` packets ago.
    #[inline(always)]
    pub fn summed_up(&mut self, seen: u32, lag: u64) {
        let number = self.number.wrapping_sub(lag);
        let expected = self.rest.wrapping_add(number as u32).wrapping_add((number >> 32) as u32);
        self.wrong |= u64::from(seen ^ expected);
    }

    /// Whether nothing was wrong with any number or sum so far.
    pub fn is_right(&self) -> bool {
        self.wrong == 0
    }

    /// Whether these parts, put together, are the packet.
    pub fn is(&self, parts: [&[T]; 2]) -> bool {
        let before = parts[0].len();
        parts[0].len() + parts[1].len() == self.source.len()
            && bytemuck::cast_slice::<T, u8>(parts[0])
                == bytemuck::cast_slice::<T, u8>(&self.source[..before])
            && bytemuck::cast_slice::<T, u8>(parts[1])
                == bytemuck::cast_slice::<T, u8>(&self.source[before..])
    }

    /// Whether every byte came back; the numbers were compared before.
    pub fn is_back(&self) -> bool {
        let behind_number = 8 / size_of::<T>();
        self.is_right()
            && bytemuck::cast_slice::<T, u8>(&self.target[behind_number..])
                == bytemuck::cast_slice::<T, u8>(&self.source[behind_number..])
    }
}

/// Items that begin at a chosen place in a page. How fast memory is copied depends on where in their pages the two sides lie, up to
/// threefold; rings on mirrored memory begin with a page, and where a `Vec` begins is the allocator's choice. So that no ring is
/// lucky, the buffers that are copied from and to lie elsewhere in each round, and in the same places for everybody.
pub struct Buffer<T> {
    all: Vec<T>,
    start: usize,
    items: usize,
}

impl<T: Word> Buffer<T> {
    fn new(items: usize, place: usize) -> Buffer<T> {
        const PAGE: usize = 4096;
        let mut all = vec![T::default(); items + 2 * PAGE / size_of::<T>()];
        // A zeroed vector would not be in memory before it is written.
        bytemuck::cast_slice_mut::<T, u8>(&mut all).fill(1);
        let to_page = all.as_ptr().cast::<u8>().align_offset(PAGE);
        Buffer { all, start: (to_page + place % PAGE) / size_of::<T>(), items }
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.all[self.start..self.start + self.items]
    }
}

impl<T> DerefMut for Buffer<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all[self.start..self.start + self.items]
    }
}

/// The sum of all 32-bit words, wrapping: whoever adds up two parts of a packet, cut between words, gets the sum of the whole.
/// Never inlined, so that everybody's sums are added up by the same code.
#[inline(never)]
pub fn sum<T: Word>(items: &[T]) -> u32 {
    let (words, rest) = bytemuck::cast_slice::<T, u8>(items).as_chunks::<4>();
    debug_assert!(rest.is_empty());
    words.iter().fold(0, |sum: u32, word| sum.wrapping_add(u32::from_ne_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_a_short_and_a_changed_packet_are_noticed() {
        let mut packet = Packet::<u8>::new(64, 0);
        packet.next();
        let sent = packet.source.to_vec();
        packet.target.copy_from_slice(&sent);
        packet.came_back(0);
        assert!(packet.is_back());
        assert!(!packet.is([&packet.source[..60], &[]]));
        assert!(packet.is([&packet.source[..12], &packet.source[12..]]));
        packet.target[63] ^= 1;
        assert!(packet.is_right() && !packet.is_back());
        packet.next();
        packet.came_back(1);
        assert!(packet.is_right());
        packet.came_back(0);
        assert!(!packet.is_right());
    }

    #[test]
    fn the_sum_of_the_parts_is_the_sum_of_the_packet() {
        let mut packet = Packet::<u64>::new(4096, 1);
        let all = packet.next().to_vec();
        packet.summed_up(sum(&all[..100]).wrapping_add(sum(&all[100..])), 0);
        assert!(packet.is_right());
        packet.summed_up(sum(&all[..511]), 0);
        assert!(!packet.is_right());
    }

    #[test]
    fn a_buffer_lies_where_it_was_told_to() {
        for place in [0, 16, 4096 + 80] {
            let buffer = Buffer::<u64>::new(3, place);
            assert_eq!((buffer.as_ptr() as usize % 4096, buffer.len()), (place % 4096, 3));
        }
    }
}
