//! The rooms: what a world of each of them is.

mod alone;
mod awaited;
mod broadcast;
mod flows;
mod pool;
mod pops;
mod pushes;
mod stream;

use std::sync::Arc;

use fastrand::Rng;

use crate::world::World;

/// A room, and how to set up a world of it: rings, and threads that the world waits for.
#[derive(Clone, Copy)]
pub struct Room {
    /// As `--room` names it.
    pub name: &'static str,
    /// Whether its handles may be forgotten: not where that would stop everybody for ever.
    pub leaks: bool,
    /// Sets up a world.
    pub open: fn(&Arc<World>, &mut Rng),
}

/// All of them.
pub const ROOMS: &[Room] = &[
    Room { name: "ring", leaks: true, open: alone::ring },
    Room { name: "queue", leaks: true, open: alone::queue },
    Room { name: "stream", leaks: true, open: stream::stream },
    Room { name: "list", leaks: true, open: alone::list },
    Room { name: "spsc", leaks: true, open: flows::flow::<flows::Spsc> },
    Room { name: "spsc-async", leaks: true, open: flows::flow::<flows::SpscAsync> },
    Room { name: "spsc-static", leaks: false, open: flows::spsc_static },
    Room { name: "mpsc", leaks: true, open: flows::flow::<flows::Mpsc> },
    Room { name: "lanes", leaks: true, open: flows::flow::<flows::Lanes> },
    Room { name: "select", leaks: true, open: flows::flow::<flows::Selected> },
    Room { name: "mpmc", leaks: true, open: flows::flow::<flows::Mpmc> },
    Room { name: "broadcast", leaks: true, open: broadcast::single },
    Room { name: "broadcast-multi", leaks: true, open: broadcast::multi },
    Room { name: "broadcast-lossy", leaks: true, open: broadcast::lossy },
    Room { name: "broadcast-stages", leaks: false, open: broadcast::staged },
    Room { name: "broadcast-workers", leaks: false, open: broadcast::workers },
    Room { name: "broadcast-static", leaks: false, open: broadcast::inline },
    Room { name: "pool", leaks: true, open: pool::pool },
    Room { name: "slab", leaks: true, open: pool::slab },
];
