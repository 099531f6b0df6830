//! One stream through two rings: a near one that stays in the cache, and a far one for what the near
//! one cannot hold.
//!
//! A large ring walks through all of its memory even when it is never more than a little full, and so
//! leaves the cache on every lap. Here the stream starts in a small ring. Only when the writer falls
//! behind does it turn to the large one, and it turns back when the writer has caught up.
//!
//! ```text
//!   stream   ──────────────┬────────────────────────┬──────────────►
//!   lane         near      │          far           │     near
//!                     turn at 1 MiB            turn at 40 MiB
//! ```
//!
//! 1. The feed decides when to turn, by any rule. It announces the position of a turn *before* it
//!    commits the bytes that end there, so a drain that has seen these bytes knows of the turn.
//! 2. The drain never reads past a turn that it knows of, and looks for news *after* it has seen how
//!    many bytes there are, so it knows of every turn among them.
//!
//! Both rings are plain `ringfold::spsc`; all waiting is theirs.

use std::io;
use std::mem::MaybeUninit;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ringfold::memory;
use ringfold::spsc::{self, Consumer, Producer, View};

use super::patience::{Look, Patience};
use super::plan::Plan;

/// The rings that `plan` asks for.
pub fn lanes(plan: &Plan) -> Result<(Feed, Drain), memory::Error> {
    let (far_in, far_out) = spsc::builder(plan.capacity).options(plan.options.clone()).build()?;
    let (near_in, near_out) = plan.near.map(spsc::with_capacity).transpose()?.unzip();
    let (announce, announced) = channel();
    let in_near = near_in.is_some();
    let feed = Feed {
        near: near_in,
        far: far_in,
        in_near,
        was_full: false,
        position: 0,
        announce,
        low: plan.block,
        restart: plan.restart,
        patience: Patience::new(Instant::now()),
    };
    let drain = Drain { near: near_out, far: far_out, in_near, position: 0, announced, turn: None };
    Ok((feed, drain))
}

/// The end that takes bytes in. Dropping it closes the stream.
pub struct Feed {
    near: Option<Producer<u8>>,
    far: Producer<u8>,
    in_near: bool,
    /// The bytes before these filled the far lane.
    was_full: bool,
    position: u64,
    announce: Sender<u64>,
    /// Less room than this counts as none.
    low: usize,
    /// So much room ends the wait for some.
    restart: usize,
    /// With a near lane that is full.
    pub patience: Patience,
}

/// Where the next bytes may go.
struct Room {
    bytes: usize,
    /// The stream changes lanes after them.
    turns: bool,
}

/// The other end is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

impl Feed {
    /// Waits for room, lets `read` fill up to `most` bytes of it in place, and publishes what that returns:
    /// the part of its argument which it has initialised, from the first byte on.
    pub fn fill<F>(&mut self, most: usize, read: F) -> Result<io::Result<usize>, Gone>
    where
        F: FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<&mut [u8]>,
    {
        let room = if self.in_near { self.room_in_near()? } else { self.room_in_far()? };
        self.fill_room(room, most, read)
    }

    fn fill_room<F>(&mut self, room: Room, most: usize, read: F) -> Result<io::Result<usize>, Gone>
    where
        F: FnOnce(&mut [MaybeUninit<u8>]) -> io::Result<&mut [u8]>,
    {
        let Room { bytes, turns } = room;
        let Feed { near, far, in_near, was_full, low, position, announce, .. } = self;
        let lane = near.as_mut().filter(|_| *in_near).unwrap_or(far);
        let mut claim = lane.claim_up_to(most.min(bytes)).map_err(|_| Gone)?;
        let (first, slots) = (claim.as_ptr(), claim.len());
        let count = match read(&mut claim) {
            Ok(bytes) => {
                assert!(
                    first == bytes.as_ptr().cast() && bytes.len() <= slots,
                    "`read` returns other memory"
                );
                bytes.len()
            }
            Err(error) => return Ok(Err(error)),
        };
        if count == 0 {
            return Ok(Ok(0));
        }
        *position += count as u64;
        *was_full = !*in_near && bytes - count < *low;
        if turns {
            *in_near = !*in_near;
            announce.send(*position).map_err(|_| Gone)?;
        }
        // SAFETY: `bytes` were `count` initialised bytes inside the claim, from its first on: `read` got
        // nothing but the claim's slots, a `&mut [u8]` is initialised, and both its ends were checked above.
        unsafe { claim.commit_first(count) };
        Ok(Ok(count))
    }

    /// Keeps `low` bytes in reserve for the bytes that announce a turn. Where there is little more than these,
    /// waits for half a lane, for as long as that does no harm, and then turns.
    fn room_in_near(&mut self) -> Result<Room, Gone> {
        let Some(near) = &mut self.near else {
            return Err(Gone);
        };
        let (reserve, little, all) = (self.low, 2 * self.low, near.capacity());
        let mut room = near.free();
        if room < little {
            room = self.patience.wait_for_room(all / 2, || Look {
                room: if near.is_closed() { all } else { near.free() },
                writer_waited: near.stats().consumer_stalled,
            });
        }
        let turns = room < little;
        Ok(Room { bytes: if turns { room } else { room - reserve }, turns })
    }

    /// Once full, waits for `restart` bytes. Turns back when the writer has left the near lane, and has so
    /// little left to read that it would all fit there, unless that has just proved to do harm.
    fn room_in_far(&mut self) -> Result<Room, Gone> {
        let mut bytes = self.far.free();
        if bytes < self.low || self.was_full {
            drop(self.far.claim(self.restart).map_err(|_| Gone)?);
            bytes = self.far.free();
        }
        let backlog = self.far.capacity() - bytes;
        let Feed { near, patience, .. } = self;
        let turns = near.as_mut().is_some_and(|near| {
            let all = near.capacity();
            let caught_up = backlog <= all / 2 && near.free() == all;
            caught_up && patience.is_restored(Instant::now(), near.stats().consumer_stalled)
        });
        Ok(Room { bytes, turns })
    }

    /// How often, and how long, reading had to wait for room.
    pub fn waits(&self) -> (u64, Duration) {
        let far = self.far.stats();
        let (times, waited) = self.patience.waits();
        (far.times_full + times, far.producer_stalled + waited)
    }
}

/// The end that gives bytes out. Dropping it tells the feed.
pub struct Drain {
    near: Option<Consumer<u8>>,
    far: Consumer<u8>,
    in_near: bool,
    position: u64,
    announced: Receiver<u64>,
    turn: Option<u64>,
}

impl Drain {
    /// Waits until `count` bytes are there in one piece, or as many as there will be before the end. `None` at
    /// the end. Where there are two lanes, `count` is 1.
    pub fn peek(&mut self, count: usize) -> Option<Piece<'_>> {
        let len = loop {
            let there = self.look();
            if there >= count {
                break there;
            }
            if self.takes_turn() {
                continue;
            }
            let ended = self.lane().peek_at_least(count).is_err();
            let there = self.look();
            if ended && there > 0 {
                break there;
            }
            if ended && !self.takes_turn() {
                return None;
            }
        };
        let Drain { near, far, in_near, position, .. } = self;
        let lane = near.as_mut().filter(|_| *in_near).unwrap_or(far);
        Some(Piece { view: lane.peek(), len, position })
    }

    /// Whether there is nothing to read now.
    pub fn is_empty(&mut self) -> bool {
        self.look() == 0
    }

    /// The lane that the stream is in.
    fn lane(&mut self) -> &mut Consumer<u8> {
        self.near.as_mut().filter(|_| self.in_near).unwrap_or(&mut self.far)
    }

    /// How many bytes may be read in this lane now.
    fn look(&mut self) -> usize {
        let there = self.lane().len();
        // After the look at the bytes, never before: see 2. above.
        self.turn = self.turn.or_else(|| self.announced.try_recv().ok());
        let until_turn = self.turn.map_or(u64::MAX, |turn| turn - self.position);
        (there as u64).min(until_turn) as usize
    }

    /// Changes the lane if the stream turns here.
    fn takes_turn(&mut self) -> bool {
        let turns = self.turn == Some(self.position);
        if turns {
            self.turn = None;
            self.in_near = !self.in_near;
        }
        turns
    }

    /// How often, and how long, writing had to wait for data.
    pub fn waits(&self) -> (u64, Duration) {
        let far = self.far.stats();
        let near = self.near.as_ref().map(Consumer::stats).unwrap_or_default();
        (far.times_empty + near.times_empty, far.consumer_stalled + near.consumer_stalled)
    }
}

/// Bytes that are there, in one piece. Dropping it keeps them.
pub struct Piece<'a> {
    view: View<'a, u8>,
    len: usize,
    position: &'a mut u64,
}

impl Piece<'_> {
    /// The first `count` bytes are done with.
    pub fn consume(self, count: usize) {
        let count = count.min(self.len);
        *self.position += self.view.consume(count) as u64;
    }
}

impl std::ops::Deref for Piece<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.view[..self.len]
    }
}

#[cfg(test)]
mod tests;
