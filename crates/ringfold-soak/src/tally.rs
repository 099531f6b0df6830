//! The figures of a room, which all of its worlds add to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A count that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    /// How many now.
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// What has happened in a room.
#[derive(Debug, Default)]
pub struct Tally {
    /// Worlds that have ended well.
    pub worlds: Count,
    /// Items that were received and found right, by each reader.
    pub items: Count,
    /// Their bytes.
    pub bytes: Count,
    /// Threads that a panic on purpose has ended.
    pub killed: Count,
    /// Panics on purpose that somebody has caught and gone on after.
    pub caught: Count,
    /// Handles that were dropped before their time.
    pub dropped: Count,
    /// Handles, claims and views that were forgotten.
    pub leaked: Count,
    /// How often a ring has gone round.
    pub laps: Count,
    /// Events that a lossy reader was told to have missed, or that `push_overwrite` gave back; each one is accounted for.
    pub lost: Count,
    /// Rings on soft mirrors.
    pub soft: Count,
}

impl Tally {
    /// Items were received by one reader of a ring of so many slots.
    pub fn received(&self, items: u64, bytes: usize, capacity: usize) {
        self.items.add(items);
        self.bytes.add(items * bytes as u64);
        self.laps.add(items / capacity.max(1) as u64);
    }

    /// Its figures in the order of [`HEADER`].
    pub fn figures(&self) -> [u64; 10] {
        let counts = [
            &self.worlds,
            &self.items,
            &self.bytes,
            &self.killed,
            &self.caught,
            &self.dropped,
            &self.leaked,
            &self.laps,
            &self.lost,
            &self.soft,
        ];
        counts.map(Count::value)
    }
}

/// What the figures are.
pub const HEADER: [&str; 10] = [
    "worlds",
    "items checked",
    "bytes",
    "threads killed",
    "panics caught",
    "dropped early",
    "leaked",
    "laps",
    "lost and told",
    "soft mirrors",
];
