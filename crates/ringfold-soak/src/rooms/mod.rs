//! The rooms: what a world of each of them is.

pub mod awaited;
pub mod flows;
mod pops;
mod pushes;

use std::sync::Arc;

use fastrand::Rng;

use crate::world::World;

/// A room, and how to set up a world of it: rings, and threads that the world waits for.
#[derive(Clone, Copy)]
pub struct Room {
    pub name: &'static str,
    /// Whether its handles may be forgotten: not those of a ring that is a `static`, which would never be free again.
    pub leaks: bool,
    pub open: fn(&Arc<World>, &mut Rng),
}

/// All of them.
pub const ROOMS: &[Room] = &[
    Room { name: "spsc", leaks: true, open: flows::flow::<flows::Spsc> },
    Room { name: "spsc-async", leaks: true, open: flows::flow::<flows::SpscAsync> },
    Room { name: "spsc-static", leaks: false, open: flows::spsc_static },
    Room { name: "mpsc", leaks: true, open: flows::flow::<flows::Mpsc> },
    Room { name: "lanes", leaks: true, open: flows::flow::<flows::Lanes> },
    Room { name: "select", leaks: true, open: flows::flow::<flows::Selected> },
    Room { name: "mpmc", leaks: true, open: flows::flow::<flows::Mpmc> },
];
