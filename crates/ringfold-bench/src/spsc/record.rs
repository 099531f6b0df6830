//! Records of 8 to 1024 bytes, length-prefixed on a ring of bytes, or as messages where a rival has no bytes. Every
//! record is handed to the consumer in one piece, and compared byte by byte.

use std::time::{Duration, Instant};

use crate::contender::{Case, Contender, Failure, Metric, Plan, Role, Sample};
use crate::duel::{Tally, duel, solo};
use crate::rivals;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::item::thousands;
use crate::spsc::rival::{RecordReceiver, RecordRival, RecordSender};

/// The longest record.
pub const LONGEST: usize = 1024;
/// The mean length, by which message rings are sized.
pub const MEAN: usize = (8 + LONGEST) / 2;
/// Lengths are drawn before the clock runs.
const LENGTHS: usize = 4096;

/// One ring that fits into the nearest caches and one that does not.
pub fn cases() -> Vec<Case> {
    [64 * 1024, 1024 * 1024].map(case).into()
}

fn case(bytes: usize) -> Case {
    let mut visitor = Contenders { bytes, list: vec![floor(bytes)] };
    rivals::every_record_rival(&mut visitor);
    Case {
        room: "spsc",
        topology: "record",
        regime: format!("records of 8 to 1024 B, {}B ring", thousands(bytes)),
        capacity: bytes,
        item_bytes: MEAN,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::BytesPerSecond,
        contenders: visitor.list,
    }
}

struct Contenders {
    bytes: usize,
    list: Vec<Contender>,
}

impl rivals::VisitRecords for Contenders {
    fn visit<R: RecordRival>(&mut self) {
        let bytes = self.bytes;
        self.list.push(Contender {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.into(),
            ways: R::WAYS.on_two_cores(),
            run: Box::new(move |plan, wait| sample::<R>(plan, wait, bytes)),
        });
    }
}

/// What the records consist of, the same on both sides: lengths, and the bytes that follow the sequence.
struct Script {
    lengths: Vec<usize>,
    filler: Vec<u8>,
}

impl Script {
    fn new() -> Script {
        // Any fixed sequence without a pattern will do; this is Marsaglia's xorshift.
        let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        Script {
            lengths: (0..LENGTHS).map(|_| 8 + draw() as usize % (LONGEST - 7)).collect(),
            filler: (0..LONGEST).map(|_| draw() as u8).collect(),
        }
    }

    #[inline(always)]
    fn filler_of(&self, sequence: u64) -> &[u8] {
        &self.filler[..self.lengths[sequence as usize % LENGTHS] - 8]
    }

    /// True if these bytes are the record of that sequence.
    #[inline(always)]
    fn fits(&self, sequence: u64, record: &[u8]) -> bool {
        record.split_at_checked(8).is_some_and(|(number, rest)| {
            number == sequence.to_ne_bytes() && rest == self.filler_of(sequence)
        })
    }
}

fn sample<R: RecordRival>(plan: &Plan, wait: Wait, bytes: usize) -> Result<Sample, Failure> {
    duel(
        plan,
        wait,
        move |signal| open::<R>(bytes, signal),
        |mut tx: R::Tx, signal| {
            let script = Script::new();
            let mut next = 0;
            while !signal.winding_down() {
                for sequence in next..next + 16 {
                    tx.send_record([&u64::to_ne_bytes(sequence), script.filler_of(sequence)], signal)?;
                }
                next += 16;
            }
            Ok(Tally::of(next))
        },
        |mut rx: R::Rx, signal| {
            let script = Script::new();
            let (mut received, mut bytes, mut wrong) = (0, 0, 0);
            loop {
                let result = rx.recv_records(
                    |record| {
                        wrong |= u64::from(!script.fits(received, record));
                        received += 1;
                        bytes += record.len() as u64;
                    },
                    signal,
                );
                match result {
                    Ok(()) => {}
                    Err(Ended::Done) => break,
                    Err(Ended::Aborted) => return Err(Ended::Aborted),
                }
            }
            Ok(Tally { wrong, bytes: Some(bytes), ..Tally::of(received) })
        },
    )
}

/// Opens a rival and moves a lap through it.
fn open<R: RecordRival>(bytes: usize, signal: &Signal) -> Result<(R::Tx, R::Rx), Failure> {
    let (mut tx, mut rx) = R::open(bytes).map_err(|why| Failure::Setup(why.to_string()))?;
    let script = Script::new();
    let mut moved = 0;
    for sequence in 0.. {
        if moved >= bytes {
            break;
        }
        let filler = script.filler_of(sequence);
        let mut fits = true;
        tx.send_record([&u64::to_ne_bytes(sequence), filler], signal)
            .and_then(|()| rx.recv_records(|record| fits &= script.fits(sequence, record), signal))
            .map_err(|_| Failure::Deadline)?;
        if !fits {
            return Err(Failure::Wrong);
        }
        moved += 8 + filler.len();
    }
    Ok((tx, rx))
}

/// One thread writes the records into a ring's worth of memory and compares them there.
fn floor(bytes: usize) -> Contender {
    Contender {
        name: "copy and compare, one thread",
        role: Role::Floor,
        note: "records written into a ring's worth of memory and compared there, on one thread".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| solo(plan, move |duration| copy_and_compare(bytes, duration))),
    }
}

fn copy_and_compare(ring_bytes: usize, duration: Duration) -> Tally {
    let until = Instant::now() + duration;
    let script = Script::new();
    let mut ring = vec![0; ring_bytes];
    let (mut sequence, mut at, mut bytes, mut wrong) = (0, 0, 0, 0);
    while Instant::now() < until {
        for _ in 0..64 {
            let filler = script.filler_of(sequence);
            let length = 8 + filler.len();
            if at + length > ring_bytes {
                at = 0;
            }
            let place = &mut ring[at..at + length];
            place[..8].copy_from_slice(&sequence.to_ne_bytes());
            place[8..].copy_from_slice(filler);
            wrong |= u64::from(!script.fits(sequence, std::hint::black_box(&*place)));
            at += length;
            bytes += length as u64;
            sequence += 1;
        }
    }
    Tally { wrong, bytes: Some(bytes), ..Tally::of(sequence) }
}
