//! What was counted: snapshots, each word true at some moment between call and return.

use core::time::Duration;

#[cfg(feature = "std")]
use super::{
    pressure::pressure,
    shared::{LEFT, Place, Ring},
};

/// What a ring has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Events that were published; of several producers, as far as there is no gap.
    pub published: u64,
    /// Readers that are there, gated and lossy.
    pub readers: usize,
    /// How far the slowest gated reader is behind.
    pub depth: u64,
    /// Stages on threads that a panic of their handler has ended.
    pub failed: u64,
    /// How often the producer looked where the slowest reader really was and found too little room: once for each wait, and once for each call
    /// that does not wait and published or claimed nothing.
    pub times_full: u64,
    /// How long the producer has waited for room; waits that end in the first, short spin are not timed.
    pub producer_stalled: Duration,
}

/// What a gated reader has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReaderStats {
    /// Its number: readers are numbered in the order in which they joined, from 0 on.
    pub number: u64,
    /// The first sequence that it has not released; `u64::MAX` once it has left.
    pub sequence: u64,
    /// How many events were published that it has not released.
    pub lag: u64,
    /// `lag` as a part of the ring, from 0.0 to 1.0.
    pub pressure: f32,
    /// The most events that one look has found.
    pub high_water: u64,
    /// How often it looked and found nothing: once for each wait, and once for each call that does not wait.
    pub times_empty: u64,
    /// How long it has waited for events; waits that end in the first, short spin are not timed.
    pub stalled: Duration,
}

#[cfg(feature = "std")]
impl Stats {
    pub(super) fn of<E>(ring: &Ring<E>) -> Self {
        let places = ring.roster.places();
        // Behind the places: then no reader seems to be ahead.
        let slowest = places.iter().map(|place| place.cursor().glance()).min();
        let published = ring.published();
        let depth = slowest.map_or(0, |cursor| published.saturating_sub(cursor));
        let stalls = &ring.producer.stalls;
        Self {
            published,
            readers: ring.roster.count(),
            depth,
            failed: ring.attention.failures(),
            times_full: stalls.times(),
            producer_stalled: stalls.time(),
        }
    }
}

#[cfg(feature = "std")]
impl ReaderStats {
    pub(super) fn of<E>(ring: &Ring<E>, place: &Place) -> Self {
        let sequence = place.cursor().glance();
        let published = ring.published();
        let lag = if sequence == LEFT { 0 } else { published.saturating_sub(sequence) };
        Self {
            number: place.number,
            sequence,
            lag,
            pressure: pressure(lag, ring.capacity),
            high_water: place.high_water(),
            times_empty: place.stalls().times(),
            stalled: place.stalls().time(),
        }
    }

    pub(super) fn of_all<E>(ring: &Ring<E>) -> Vec<Self> {
        ring.roster.places().iter().map(|place| Self::of(ring, place)).collect()
    }
}
