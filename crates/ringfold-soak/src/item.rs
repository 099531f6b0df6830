//! What is sent through the rings: bytes of which every one is known to whoever knows the producer and the number.

use std::thread;

use ringfold::error::Closed;

use crate::census;
use crate::flow::{Pops, Pushes};
use crate::world::panic_on_purpose;

/// How many producers a world may have, one after the other.
pub const PRODUCERS: usize = 8;
/// How many items each of them may number.
pub const NUMBERS: u32 = 1 << 15;

/// Who an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The world's place in the table of worlds.
    pub slot: usize,
    /// Which of its producers made it.
    pub producer: usize,
    /// As which of that producer's items.
    pub number: u32,
}

impl Name {
    /// Writes the name and, into the bytes that are left, what follows from it.
    pub fn write(self, bytes: &mut [u8]) {
        if let [only] = bytes {
            *only = self.in_one_byte();
            return;
        }
        let key = self.key();
        let mut state = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let (named, rest) = bytes.split_at_mut(3);
        named.copy_from_slice(&key.to_le_bytes()[..3]);
        for byte in rest {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    }

    /// Reads a name; the rest of the bytes is not looked at. `None` for a single byte, which has no room for one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, ..] = bytes else { return None };
        let key = u32::from_le_bytes([a, b, c, 0]);
        let number = key & ((1 << 17) - 1);
        Some(Self { slot: key as usize >> 20, producer: key as usize >> 17 & (PRODUCERS - 1), number })
    }

    /// A number that no other item of the world has.
    pub fn key(self) -> u32 {
        (self.slot as u32) << 20 | (self.producer as u32) << 17 | self.number
    }

    /// The producer and as much of the number as has room.
    pub fn in_one_byte(self) -> u8 {
        (self.producer as u8) << 6 | self.number as u8 & 0x3f
    }

    /// Whether these are the bytes of the item of this name.
    pub fn is_written_in(self, bytes: &[u8]) -> bool {
        let mut expected = [0; 128];
        let expected = &mut expected[..bytes.len()];
        self.write(expected);
        expected == bytes
    }
}

/// Something to send, of a size that is known.
pub trait Load: AsRef<[u8]> + Send + Sized + 'static {
    /// Bytes of an item.
    const BYTES: usize;
    /// Whether it may be copied, so that slices of it can be pushed and popped.
    const IS_COPY: bool;

    /// The item of that name.
    fn make(name: Name) -> Self;

    /// Pushes a slice of what may be copied; says how many went in, and whether the ring is closed.
    fn push_slice(to: &mut dyn Pushes<Self>, items: &[Self], waits: bool) -> Result<usize, Closed<usize>>;

    /// Pops a slice of what may be copied.
    fn pop_slice(from: &mut dyn Pops<Self>, most: usize) -> Vec<Self>;
}

/// Plain bytes.
impl<const N: usize> Load for [u8; N] {
    const BYTES: usize = N;
    const IS_COPY: bool = true;

    fn make(name: Name) -> Self {
        let mut bytes = [0; N];
        name.write(&mut bytes);
        bytes
    }

    fn push_slice(to: &mut dyn Pushes<Self>, items: &[Self], waits: bool) -> Result<usize, Closed<usize>> {
        to.push_slice(items, waits)
    }

    fn pop_slice(from: &mut dyn Pops<Self>, most: usize) -> Vec<Self> {
        let mut items = vec![[0; N]; most];
        let count = from.pop_slice(&mut items);
        items.truncate(count);
        items
    }
}

/// Bytes that the census counts, and that panic when they are dropped where the world wants it so.
#[derive(Debug)]
pub struct Tracked<const N: usize>([u8; N]);

impl<const N: usize> AsRef<[u8]> for Tracked<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> Load for Tracked<N> {
    const BYTES: usize = N;
    const IS_COPY: bool = false;

    fn make(name: Name) -> Self {
        const { assert!(N >= 3, "the name has to fit") };
        census::of(name.slot).made(name);
        Self(<[u8; N]>::make(name))
    }

    fn push_slice(_: &mut dyn Pushes<Self>, _: &[Self], _: bool) -> Result<usize, Closed<usize>> {
        Ok(0)
    }

    fn pop_slice(_: &mut dyn Pops<Self>, _: usize) -> Vec<Self> {
        Vec::new()
    }
}

impl<const N: usize> Drop for Tracked<N> {
    fn drop(&mut self) {
        let Some(name) = Name::read(&self.0) else { return };
        let is_explosive = census::of(name.slot).dropped(name);
        // A second panic would end the process.
        if is_explosive && !thread::panicking() {
            panic_on_purpose();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for (producer, number) in [(0, 0), (7, NUMBERS - 1), (3, 255)] {
            let name = Name { slot: 15, producer, number };
            let bytes = <[u8; 12]>::make(name);
            assert_eq!(Name::read(&bytes), Some(name));
            assert!(name.is_written_in(&bytes));
            for place in 0..12 {
                let mut torn = bytes;
                torn[place] ^= 1;
                assert!(!name.is_written_in(&torn), "byte {place}");
            }
        }
        assert_eq!(Name::read(&[1]), None);
    }
}
