//! What is drawn: pieces of lines, made up, the same ones for the same seed.

use bytemuck::{Pod, Zeroable};

use crate::Fault;

/// How many people draw.
pub const USERS: u32 = 8;

/// One piece of a line. Without padding, so that it can be written to a file as it lies in the ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Stroke {
    /// Which of all strokes it is.
    pub number: u64,
    pub user: u32,
    pub colour: u32,
    pub from: [f32; 2],
    pub to: [f32; 2],
    /// From 0 to 1.
    pub pressure: f32,
    pub width: f32,
    /// Room for what later versions want to say.
    pub spare: [u32; 6],
}

/// What is drawn in one run.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub strokes: u64,
    pub seed: u64,
    pub fault: Option<Fault>,
}

impl Script {
    /// The stroke of that number.
    pub fn stroke(&self, number: u64) -> Stroke {
        let mut dice = fastrand::Rng::with_seed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut point = || [dice.f32() * 1920.0, dice.f32() * 1080.0];
        let (from, to) = (point(), point());
        Stroke {
            number,
            user: dice.u32(..USERS),
            colour: dice.u32(..=0xFF_FF_FF),
            from,
            to,
            pressure: dice.f32(),
            width: 1.0 + dice.f32() * 9.0,
            spare: [0; 6],
        }
    }

    /// Whether the stroke of that number is the one to be spoilt on its way to `place`.
    pub fn is_spoilt(&self, number: u64, place: Fault) -> bool {
        self.fault == Some(place) && number == self.strokes / 2
    }
}
