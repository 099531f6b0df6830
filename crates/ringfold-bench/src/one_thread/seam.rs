//! Laying content across the place where a ring's memory ends, and making sure that it lies there.

use std::ops::{Deref, DerefMut};

use super::rival::{Seam, open, touch};
use crate::contender::Failure;

/// Bytes that stay in the ring while its cursors move, because ringfold's starts again at the front when it is empty.
pub const RESIDENTS: usize = 8;

/// A ring of which it is known where its memory begins.
pub struct Placed<R> {
    room: R,
    capacity: usize,
    base: usize,
}

impl<R: Seam> Placed<R> {
    /// A fresh ring, all of it in memory.
    pub fn open(capacity: usize) -> Result<Placed<R>, Failure> {
        let mut room: R = open(capacity)?;
        room.write(&[0; RESIDENTS]);
        let base = room.parts()[0].as_ptr() as usize;
        room.clear();
        touch(&mut room, capacity);
        Ok(Placed { room, capacity, base })
    }

    /// Brings the ring to where the next `bytes` bytes lie half on this side of the seam and half on the other, and leaves the
    /// [`RESIDENTS`] in it.
    pub fn approach_seam(&mut self, bytes: usize) {
        self.room.clear();
        self.room.write(&[0; RESIDENTS]);
        let next = self.room.parts()[0].as_ptr() as usize - self.base + RESIDENTS;
        let mut way = (2 * self.period() - bytes / 2 - next) % self.period();
        let mut filler = vec![0; way.min(self.capacity / 2).min(1 << 20)];
        while way > 0 {
            let step = way.min(filler.len());
            self.room.write(&filler[..step]);
            self.room.read(&mut filler[..step]);
            way -= step;
        }
    }

    /// Makes `packet` the content, half of it on each side of the seam.
    pub fn lay_across(&mut self, packet: &[u8]) -> Result<(), Failure> {
        self.approach_seam(packet.len());
        self.room.write(packet);
        self.room.read(&mut [0; RESIDENTS]);
        self.check_seam(packet.len() / 2)
    }

    /// Whether so many bytes of the content lie before the seam, and some behind it.
    pub fn check_seam(&self, before: usize) -> Result<(), Failure> {
        let [first, second] = self.room.parts();
        let found = if second.is_empty() {
            let start = first.as_ptr() as usize - self.base;
            self.period().checked_sub(start).filter(|&before| before < first.len())
        } else {
            Some(first.len())
        };
        match found {
            Some(found) if found == before => Ok(()),
            _ => {
                Err(Failure::Setup(format!("the content does not lie across the seam: {found:?} before it")))
            }
        }
    }

    fn period(&self) -> usize {
        self.room.period().unwrap_or(self.capacity)
    }
}

impl<R> Deref for Placed<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.room
    }
}

impl<R> DerefMut for Placed<R> {
    fn deref_mut(&mut self) -> &mut R {
        &mut self.room
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use ::ringfold::Ring;
    use picoring::PicoRing;
    use slice_ring_buffer::SliceRingBuffer;

    use super::*;
    use crate::rivals::one_thread::vec_ring::VecRing;

    fn crosses<R: Seam>() {
        for bytes in [8, 64, 4096] {
            let mut room = Placed::<R>::open(16384).unwrap();
            let packet: Vec<u8> = (0..bytes).map(|byte| byte as u8).collect();
            for _ in 0..3 {
                room.lay_across(&packet).unwrap();
                assert_eq!(room.parts().concat(), packet, "{}", R::NAME);
            }
            room.read(&mut [0; 1]);
            room.check_seam(bytes / 2 - 1).unwrap();
            room.check_seam(bytes / 2).unwrap_err();
        }
    }

    #[test]
    fn everybody_is_laid_across_the_seam() {
        crosses::<Ring<u8>>();
        crosses::<VecRing<u8>>();
        crosses::<VecDeque<u8>>();
        crosses::<PicoRing<u8>>();
        crosses::<SliceRingBuffer<u8>>();
    }
}
