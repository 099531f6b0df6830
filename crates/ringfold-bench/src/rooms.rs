//! The rooms that can be measured. A new room is a module beside `spsc/` with a `cases` function, and a line here.

use clap::ValueEnum;

use crate::contender::Case;
use crate::{broadcast, list, many, pool, queue, ring, spsc, stream};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Room {
    /// One producer, one consumer.
    Spsc,
    /// Many producers, one consumer.
    Mpsc,
    /// Many producers, many consumers.
    Mpmc,
    /// One event, many readers: multicasts, pipelines, diamonds.
    Broadcast,
    /// One thread: content as one slice, packets in and out, writes across the seam.
    Ring,
    /// One thread: words in and out, one by one, many at a time and in place.
    Queue,
    /// One thread: bytes in and out.
    Stream,
    /// One thread: a list that grows to 4 GB, read in order and at random. Wants 12 GiB of memory free.
    List,
    /// Events allocated, shared, freed here and elsewhere, and compressed.
    Pool,
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
    /// As quick, with a known loss more and the long lists less: what one page can show.
    Report,
}

/// The cases of a room.
pub fn cases(room: Room, scale: Scale) -> Vec<Case> {
    match room {
        Room::Spsc => spsc::cases(scale),
        Room::Mpsc => many::mpsc(scale),
        Room::Mpmc => many::mpmc(scale),
        Room::Broadcast => broadcast::cases(scale),
        Room::Ring => ring::cases(scale),
        Room::Queue => queue::cases(scale),
        Room::Stream => stream::cases(scale),
        Room::List => list::cases(scale),
        Room::Pool => pool::cases(scale),
        Room::All => Room::value_variants()
            .iter()
            .filter(|&&room| room != Room::All)
            .flat_map(|&room| cases(room, scale))
            .collect(),
    }
}
