//! The rooms that can be measured. A new room is a module beside `spsc/` with a `cases` function, and a line here.

use clap::ValueEnum;

use crate::contender::Case;
use crate::spsc;

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Room {
    /// One producer, one consumer.
    Spsc,
    /// Every room there is.
    All,
}

/// How many regimes to walk through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Every regime.
    Full,
    /// Every topology, with fewer sizes and capacities.
    Quick,
}

/// The cases of a room.
pub fn cases(room: Room, scale: Scale) -> Vec<Case> {
    match room {
        Room::Spsc | Room::All => spsc::cases(scale),
    }
}
