use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use ringfold::memory::Options;

use super::*;

fn plan(near: Option<usize>, capacity: usize, low: usize, restart: usize) -> Plan {
    Plan {
        memory: capacity as u64,
        capacity,
        near,
        block: low,
        call: low,
        start: 1,
        restart,
        options: Options::new(),
    }
}

/// A small generator, so that a failure can be repeated (Marsaglia's xorshift32).
struct Dice(u32);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }
}

/// Writes the bytes of the stream from `position` on: the one at `at` is `at % 251`.
fn write_bytes(position: u64, room: &mut [MaybeUninit<u8>]) -> io::Result<&mut [u8]> {
    let bytes = (position..).map(|at| (at % 251) as u8);
    room.iter_mut().zip(bytes).for_each(|(slot, byte)| {
        slot.write(byte);
    });
    // SAFETY: every slot was written just now, and `MaybeUninit<u8>` has the layout of `u8`.
    Ok(unsafe { &mut *(std::ptr::from_mut(room) as *mut [u8]) })
}

fn fill(feed: &mut Feed, position: &mut u64, most: usize) -> Result<usize, Gone> {
    let count = feed.fill(most, |room| write_bytes(*position, room))?;
    let count = count.expect("this input does not fail");
    *position += count as u64;
    Ok(count)
}

fn take(drain: &mut Drain, position: &mut u64, most: usize) -> Option<usize> {
    let piece = drain.peek(1)?;
    let count = piece.len().min(most);
    assert!(count > 0);
    for (at, &byte) in (*position..).zip(&piece[..count]) {
        assert_eq!(u64::from(byte), at % 251, "at {at}");
    }
    piece.consume(count);
    *position += count as u64;
    Some(count)
}

#[test]
fn the_stream_stays_in_order_through_many_turns() {
    const TOTAL: u64 = 6_000_000;
    for seed in [1, 2, 3] {
        let (mut feed, drain) = lanes(&plan(Some(8 << 10), 64 << 10, 64, 64)).unwrap();
        let mut turns = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut dice, mut position) = (Dice(seed), 0);
                while position < TOTAL {
                    let was_near = feed.in_near;
                    fill(&mut feed, &mut position, 1 + dice.below(3000)).unwrap();
                    turns += u64::from(was_near != feed.in_near);
                    if dice.below(2000) == 0 {
                        thread::sleep(Duration::from_micros(200));
                    }
                }
                drop(feed);
            });
            // Owned here, so that a failure ends the feed as well.
            let (mut drain, mut dice, mut position) = (drain, Dice(seed + 100), 0);
            while take(&mut drain, &mut position, 1 + dice.below(5000)).is_some() {
                if dice.below(100) == 0 {
                    thread::sleep(Duration::from_millis(8));
                }
            }
            assert!(position >= TOTAL);
        });
        assert!(turns >= 5, "only {turns} turns: this tests nothing");
    }
}

/// Turns at every third fill, so that the drain often runs dry right at one.
#[test]
fn a_turn_is_known_as_soon_as_the_bytes_before_it_are_seen() {
    const TOTAL: u64 = 2_000_000;
    let (mut feed, drain) = lanes(&plan(Some(4 << 10), 4 << 10, 1, 1)).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut dice, mut position) = (Dice(7), 0);
            while position < TOTAL {
                let Feed { near, far, in_near, .. } = &mut feed;
                let lane = near.as_mut().filter(|_| *in_near).unwrap_or(far);
                let bytes = lane.free();
                if bytes == 0 {
                    assert!(!lane.is_closed(), "the drain failed");
                    thread::yield_now();
                    continue;
                }
                let room = Room { bytes, turns: dice.below(3) == 0 };
                let count = feed.fill_room(room, 1 + dice.below(20), |room| write_bytes(position, room));
                position += count.expect("the drain is there").expect("this input does not fail") as u64;
            }
            drop(feed);
        });
        let (mut drain, mut position) = (drain, 0);
        while take(&mut drain, &mut position, usize::MAX).is_some() {}
        assert!(position >= TOTAL, "ended at {position}");
    });
}

/// The bytes after a turn arrive though nothing follows them.
#[test]
fn nobody_waits_in_the_wrong_lane() {
    let (feed, mut drain) = lanes(&plan(Some(4 << 10), 4 << 10, 1, 1)).unwrap();
    let received = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut position = 0;
            while take(&mut drain, &mut position, usize::MAX).is_some() {
                received.store(position, SeqCst);
            }
        });
        let (mut feed, mut position) = (feed, 0);
        for _ in 0..50_000 {
            let room = Room { bytes: 1, turns: true };
            let count = feed.fill_room(room, 1, |room| write_bytes(position, room));
            position += count.expect("the drain is there").expect("this input does not fail") as u64;
            let begin = Instant::now();
            while received.load(SeqCst) < position {
                assert!(begin.elapsed() < Duration::from_secs(10), "stuck at {position}");
                thread::yield_now();
            }
        }
    });
}

#[test]
fn a_stalled_writer_leaves_room_for_all_of_the_memory() {
    let (mut feed, mut drain) = lanes(&plan(Some(8 << 10), 64 << 10, 1 << 10, 1 << 10)).unwrap();
    let mut position = 0;
    while position < 64 << 10 {
        fill(&mut feed, &mut position, 1 << 10).unwrap();
    }
    drop(feed);
    let mut read = 0;
    while take(&mut drain, &mut read, usize::MAX).is_some() {}
    assert_eq!(read, position);
}

#[test]
fn an_end_right_at_a_turn_is_an_end() {
    let (mut feed, mut drain) = lanes(&plan(Some(8 << 10), 64 << 10, 1 << 10, 1 << 10)).unwrap();
    let mut position = 0;
    while feed.in_near {
        fill(&mut feed, &mut position, 1 << 10).unwrap();
    }
    drop(feed);
    let mut read = 0;
    while take(&mut drain, &mut read, usize::MAX).is_some() {}
    assert_eq!(read, position);
}

#[test]
fn a_full_ring_is_read_into_again_only_when_there_is_the_room_that_was_asked_for() {
    let (mut feed, mut drain) = lanes(&plan(None, 64 << 10, 1 << 10, 48 << 10)).unwrap();
    let mut position = 0;
    while position < 64 << 10 {
        fill(&mut feed, &mut position, 1 << 10).unwrap();
    }
    let went_on = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            fill(&mut feed, &mut position, 1 << 10).unwrap();
            went_on.store(true, SeqCst);
        });
        let mut read = 0;
        take(&mut drain, &mut read, 40 << 10);
        thread::sleep(Duration::from_millis(100));
        assert!(!went_on.load(SeqCst), "40 KiB of room are not 48");
        take(&mut drain, &mut read, 8 << 10);
    });
    assert!(went_on.load(SeqCst));
}

#[test]
fn a_record_comes_whole_and_the_last_one_as_it_is() {
    let (mut feed, mut drain) = lanes(&plan(None, 64 << 10, 1 << 10, 1 << 10)).unwrap();
    let mut position = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            while position < 2500 {
                fill(&mut feed, &mut position, 100).unwrap();
            }
            drop(feed);
        });
        let mut lengths = Vec::new();
        while let Some(piece) = drain.peek(1000) {
            let count = piece.len().min(1000);
            piece.consume(count);
            lengths.push(count);
        }
        assert_eq!(lengths, [1000, 1000, 500]);
    });
}

#[test]
fn either_end_learns_that_the_other_is_gone() {
    for near in [None, Some(8 << 10)] {
        let (mut feed, drain) = lanes(&plan(near, 64 << 10, 1 << 10, 1 << 10)).unwrap();
        drop(drain);
        assert_eq!(fill(&mut feed, &mut 0, 10), Err(Gone));
        let (feed, mut drain) = lanes(&plan(near, 64 << 10, 1 << 10, 1 << 10)).unwrap();
        drop(feed);
        assert!(drain.peek(1).is_none());
    }
}
