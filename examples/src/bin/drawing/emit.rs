//! The way in: a C function over a ring that is there for as long as the program runs.
//!
//! The ring is behind a lock, because a C caller may call from any thread; one that is alone finds it open.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use ringfold::broadcast::{self, LossyReader, Producer, Reader, ReaderStats, Stats};
use ringfold::error::PushTimeoutError;

use crate::stroke::{Stroke, USERS};

/// It was emitted.
pub const EMITTED: i32 = 0;
/// It was emitted, and the slowest reader is nearly a whole ring behind: better draw less.
pub const EMITTED_SLOW_DOWN: i32 = 1;
/// It was not emitted, because the slowest reader is a whole ring behind: try again.
pub const FULL: i32 = -1;
/// It was not emitted, and none will be: the drawing is closed.
pub const CLOSED: i32 = -2;
/// It was not emitted: there is no such user, or a coordinate is not a number.
pub const INVALID: i32 = -3;

/// How long a caller is held up when the ring is full.
const PATIENCE: Duration = Duration::from_millis(2);
/// Readers are asked to be at most so much of the ring behind.
const SLOW_DOWN: f32 = 0.9;

static RING: Mutex<Option<Source>> = Mutex::new(None);

/// Where strokes come in.
struct Source {
    producer: Producer<Stroke>,
    /// The number of the next stroke.
    next: u64,
}

/// Everybody who reads.
pub struct Rings {
    pub storage: Reader<Stroke>,
    pub network: Reader<Stroke>,
    pub statistics: Reader<Stroke>,
    pub screen: LossyReader<Stroke>,
}

/// Makes the ring, with everybody who reads in it.
pub fn open(capacity: usize) -> Result<Rings> {
    let mut producer =
        broadcast::builder(capacity).lossy().build().context("no memory for the ring of strokes")?;
    let rings = Rings {
        storage: producer.subscribe(),
        network: producer.subscribe(),
        statistics: producer.subscribe(),
        screen: producer.subscribe_lossy(),
    };
    *ring() = Some(Source { producer, next: 0 });
    Ok(rings)
}

/// No stroke comes after this; the readers read what is there.
pub fn close() {
    *ring() = None;
}

/// How the ring is, and each of its gated readers, in the order in which they have joined; `None` when it is closed.
pub fn health() -> Option<(Stats, Vec<ReaderStats>)> {
    ring().as_ref().map(|Source { producer, .. }| (producer.stats(), producer.readers()))
}

fn ring() -> MutexGuard<'static, Option<Source>> {
    // A panic under the lock leaves the ring as it was: nothing is published half.
    RING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Emits one stroke to everybody who reads. Returns 0, or 1 if the caller should slow down; -1 if it must try again, -2 if the drawing is closed,
/// -3 if the stroke is invalid.
// Unsafe is the name alone, which no other function of this program has.
#[unsafe(no_mangle)]
pub extern "C" fn emit_stroke(
    user: u32,
    colour: u32,
    from_x: f32,
    from_y: f32,
    to_x: f32,
    to_y: f32,
    pressure: f32,
    width: f32,
) -> i32 {
    let is_valid =
        user < USERS && [from_x, from_y, to_x, to_y, pressure, width].iter().all(|n| n.is_finite());
    if !is_valid {
        return INVALID;
    }
    let mut ring = ring();
    let Some(Source { producer, next }) = ring.as_mut() else { return CLOSED };
    let (from, to) = ([from_x, from_y], [to_x, to_y]);
    let stroke = Stroke { number: *next, user, colour, from, to, pressure, width, spare: [0; 6] };
    match producer.publish_timeout(PATIENCE, |event| *event = stroke) {
        Ok(_) => {
            *next += 1;
            if is_crowded(producer) { EMITTED_SLOW_DOWN } else { EMITTED }
        }
        Err(PushTimeoutError::Timeout(())) => FULL,
        Err(PushTimeoutError::Closed(())) => CLOSED,
    }
}

fn is_crowded(producer: &mut Producer<Stroke>) -> bool {
    let capacity = producer.capacity();
    (capacity - producer.free()) as f32 >= SLOW_DOWN * capacity as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because there is one ring.
    #[test]
    fn a_caller_learns_what_has_become_of_its_stroke() {
        let emit = |user, x| emit_stroke(user, 7, x, 2.0, 3.0, 4.0, 0.5, 1.0);
        assert_eq!(emit(0, 1.0), CLOSED, "there is no ring yet");
        let mut readers = open(10).unwrap();
        assert_eq!(emit(USERS, 1.0), INVALID);
        assert_eq!(emit(0, f32::NAN), INVALID);
        let outcomes: Vec<i32> = (0..11).map(|_| emit(1, 1.0)).collect();
        assert_eq!(outcomes[..8], [EMITTED; 8]);
        assert_eq!(outcomes[8..], [EMITTED_SLOW_DOWN, EMITTED_SLOW_DOWN, FULL]);
        for reader in [&mut readers.storage, &mut readers.network, &mut readers.statistics] {
            let events = reader.poll();
            assert_eq!(events.len(), 10);
            assert!((0..).zip(&events).all(|(number, event)| event.number == number && event.user == 1));
        }
        assert_eq!(emit(1, 1.0), EMITTED);
        close();
        assert_eq!(emit(1, 1.0), CLOSED);
        assert!(readers.storage.poll().len() == 1 && readers.storage.recv().is_err());
    }
}
