//! What slices and zero copy share: a sender and a receiver loop over chunks, and the floor of chunks handed over by
//! two bare counters.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use crate::duel::Tally;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Check;

/// Writes the words that count up from `first`.
#[inline(always)]
pub fn write_words(place: &mut [MaybeUninit<u64>], first: u64) {
    for (offset, word) in place.iter_mut().enumerate() {
        word.write(first.wrapping_add(offset as u64));
    }
}

/// The same into initialised memory.
#[inline(always)]
pub fn write_source(place: &mut [u64], first: u64) {
    for (offset, word) in place.iter_mut().enumerate() {
        *word = first.wrapping_add(offset as u64);
    }
}

/// Sends chunk after chunk until time is up.
pub fn send_chunks(
    chunk: usize,
    signal: &Signal,
    mut send: impl FnMut(u64) -> Result<(), Ended>,
) -> Result<Tally, Ended> {
    let mut next = 0;
    while !signal.winding_down() {
        // Small chunks look at the signal once in a while only.
        for _ in 0..(1024 / chunk).max(1) {
            send(next)?;
            next += chunk as u64;
        }
    }
    Ok(Tally::of(next))
}

/// Receives until there is no more.
pub fn receive_chunks(mut receive: impl FnMut(&mut Check) -> Result<(), Ended>) -> Result<Tally, Ended> {
    let mut check = Check::default();
    loop {
        match receive(&mut check) {
            Ok(()) => {}
            Err(Ended::Done) => return Ok(Tally { wrong: check.wrong, ..Tally::of(check.expected) }),
            Err(Ended::Aborted) => return Err(Ended::Aborted),
        }
    }
}

/// Memory in fixed chunks and two counters of chunks: the least a hand-over can consist of. Not a ring anyone could
/// use (whole chunks only), but what a ring is measured by.
pub struct Relay {
    words: Box<[UnsafeCell<u64>]>,
    chunk: usize,
    filled: CachePadded<AtomicU64>,
    emptied: CachePadded<AtomicU64>,
}

// SAFETY: a chunk is touched by the filling side only while `filled - emptied` leaves it free, and by the emptying side
// only after `filled` has passed it; both counters are published with Release and read with Acquire. There is one side
// of each kind: `Relay::new` gives out exactly one `Fill` and one `Empty`.
unsafe impl Sync for Relay {}

/// The filling side of a [`Relay`].
pub struct Fill {
    relay: Arc<Relay>,
    filled: u64,
    seen_emptied: u64,
}

/// The emptying side of a [`Relay`].
pub struct Empty {
    relay: Arc<Relay>,
    emptied: u64,
    seen_filled: u64,
}

impl Relay {
    /// Both sides of a relay of `capacity` words.
    pub fn pair(capacity: usize, chunk: usize) -> (Fill, Empty) {
        let relay = Arc::new(Relay {
            words: (0..capacity).map(|_| UnsafeCell::new(1)).collect(),
            chunk,
            filled: CachePadded::new(AtomicU64::new(0)),
            emptied: CachePadded::new(AtomicU64::new(0)),
        });
        (
            Fill { relay: relay.clone(), filled: 0, seen_emptied: 0 },
            Empty { relay, emptied: 0, seen_filled: 0 },
        )
    }

    fn chunks(&self) -> u64 {
        (self.words.len() / self.chunk) as u64
    }

    fn start_of(&self, chunk: u64) -> *mut u64 {
        let offset = (chunk % self.chunks()) as usize * self.chunk;
        self.words[offset..offset + self.chunk][0].get()
    }
}

impl Fill {
    /// Lets `write` fill the next chunk.
    #[inline(always)]
    pub fn fill(&mut self, write: impl FnOnce(&mut [u64]), signal: &Signal) -> Result<(), Ended> {
        let relay = &*self.relay;
        if self.filled - self.seen_emptied == relay.chunks() {
            let free = || {
                let emptied = relay.emptied.load(Ordering::Acquire);
                (self.filled - emptied < relay.chunks()).then_some(emptied)
            };
            self.seen_emptied = signal.retry(free)?;
        }
        // SAFETY: the check above has shown that the emptying side is done with this chunk; `start_of` stays in bounds.
        write(unsafe { std::slice::from_raw_parts_mut(relay.start_of(self.filled), relay.chunk) });
        self.filled += 1;
        relay.filled.store(self.filled, Ordering::Release);
        Ok(())
    }
}

impl Empty {
    /// Lets `read` see the next chunk.
    #[inline(always)]
    pub fn empty(&mut self, read: impl FnOnce(&[u64]), signal: &Signal) -> Result<(), Ended> {
        let relay = &*self.relay;
        if self.emptied == self.seen_filled {
            let ready = || {
                let filled = relay.filled.load(Ordering::Acquire);
                (filled > self.emptied).then_some(filled)
            };
            self.seen_filled = signal.retry(ready)?;
        }
        // SAFETY: the check above has shown that the filling side has published this chunk; `start_of` stays in bounds.
        read(unsafe { std::slice::from_raw_parts(relay.start_of(self.emptied), relay.chunk) });
        self.emptied += 1;
        relay.emptied.store(self.emptied, Ordering::Release);
        Ok(())
    }
}
