//! The fast paths of every room: each a number of operations on one thread, with as little around them as possible.
//!
//! One list for three readers. `cargo xtask profile --instructions` has callgrind count their instructions,
//! `cargo xtask profile PATH` has perf see where their time goes, and `cargo bench -p ringfold-profile` has Criterion measure how long they take.
//!
//! Every path checks what came out of the ring against what went in, outside of what is measured wherever that can be.

mod broadcast;
mod in_place;
mod items;
mod list;
mod many;
mod one_thread;
mod pool;
mod slices;
mod spsc;

use std::fmt;
use std::ops::Range;

use ringfold::memory;
use ringfold::{ByteStream, Queue, Ring};

use crate::broadcast::{Lossy, Multi, Single, Static};
use crate::in_place::{claim, claim_and_peek};
use crate::items::{Word, in_turn, pop, push};
use crate::many::{Lanes, Mpmc, Mpsc};
use crate::slices::{pop_slice, push_slice};
use crate::spsc::Spsc;

/// Runs what it is given, and measures it. A path hands over its operations in several parts.
pub type Meter<'a> = dyn FnMut(&mut dyn FnMut()) + Send + 'a;

/// One fast path.
#[derive(Clone, Copy)]
pub struct Path {
    /// `room/operation`; what is copied at once is 64 items, and an item 8 bytes, if nothing else is said.
    pub name: &'static str,
    run: fn(u64, &mut Meter<'_>) -> Result<(), Failure>,
}

impl Path {
    /// Does so many operations on a new ring, inside of `meter`.
    ///
    /// # Errors
    /// When there is no memory for the ring, or when what came out of it is not what went in.
    pub fn run(&self, operations: u64, meter: &mut Meter<'_>) -> Result<(), Failure> {
        (self.run)(operations, meter)
    }

    /// The path of this name.
    pub fn named(name: &str) -> Option<Path> {
        PATHS.iter().copied().find(|path| path.name == name)
    }
}

const fn path(name: &'static str, run: fn(u64, &mut Meter<'_>) -> Result<(), Failure>) -> Path {
    Path { name, run }
}

/// All of them, room by room. The first three are no ring: what the loops cost alone.
pub const PATHS: &[Path] = &[
    path("word/push", push::<Word>),
    path("word/pop", pop::<Word>),
    path("word/push+pop", in_turn::<Word>),
    path("ring/push", push::<Ring<u64>>),
    path("ring/pop", pop::<Ring<u64>>),
    path("ring/push+pop", in_turn::<Ring<u64>>),
    path("ring/push_slice", push_slice::<Ring<u64>>),
    path("ring/pop_slice", pop_slice::<Ring<u64>>),
    path("queue/push", push::<Queue<u64>>),
    path("queue/pop", pop::<Queue<u64>>),
    path("queue/reserve+commit", claim::<Queue<u64>>),
    path("queue/reserve+commit+peek+release", claim_and_peek::<Queue<u64>>),
    path("stream/write-64-bytes", push_slice::<ByteStream>),
    path("stream/read-64-bytes", pop_slice::<ByteStream>),
    path("list/push", list::push),
    path("list/index", list::index),
    path("spsc/push", push::<Spsc>),
    path("spsc/pop", pop::<Spsc>),
    path("spsc/push+pop", in_turn::<Spsc>),
    path("spsc/push_slice", push_slice::<Spsc>),
    path("spsc/pop_slice", pop_slice::<Spsc>),
    path("spsc/claim+commit", claim::<Spsc>),
    path("spsc/claim+commit+peek+consume", claim_and_peek::<Spsc>),
    path("mpsc/push", push::<Mpsc>),
    path("mpsc/pop", pop::<Mpsc>),
    path("mpsc/push+pop", in_turn::<Mpsc>),
    path("mpsc/claim+commit", claim::<Mpsc>),
    path("mpsc/claim+commit+peek+consume", claim_and_peek::<Mpsc>),
    path("lanes/push", push::<Lanes>),
    path("lanes/pop", pop::<Lanes>),
    path("lanes/push+pop", in_turn::<Lanes>),
    path("mpmc/push", push::<Mpmc>),
    path("mpmc/pop", pop::<Mpmc>),
    path("mpmc/push+pop", in_turn::<Mpmc>),
    path("broadcast/publish", push::<Single>),
    path("broadcast/poll-one", pop::<Single>),
    path("broadcast/publish+poll", in_turn::<Single>),
    path("broadcast/publish_batch", push_slice::<Single>),
    path("broadcast/poll", pop_slice::<Single>),
    path("broadcast/multi-publish", push::<Multi>),
    path("broadcast/multi-publish+poll", in_turn::<Multi>),
    path("broadcast/lossy-publish", push::<Lossy>),
    path("broadcast/lossy-try_recv", pop::<Lossy>),
    path("broadcast/static-publish", push::<Static>),
    path("broadcast/static-publish+poll", in_turn::<Static>),
    path("pool/take+drop", pool::take_and_drop),
    path("pool/take", pool::take),
    path("pool/drop", pool::drop_kept),
    path("pool/clone+drop", pool::clone_and_drop),
    path("pool/drop-elsewhere", pool::drop_elsewhere),
    path("pool/take-what-was-dropped-elsewhere", pool::take_what_was_dropped_elsewhere),
    path("slab/take+drop", pool::slab),
];

/// Why a path has no figure.
#[derive(Debug)]
pub enum Failure {
    /// There is no memory for the ring.
    Memory(memory::Error),
    /// What came out is not what went in.
    Wrong,
}

impl From<memory::Error> for Failure {
    fn from(error: memory::Error) -> Self {
        Self::Memory(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(error) => error.fmt(out),
            Self::Wrong => out.write_str("what came out of the ring is not what went in"),
        }
    }
}

impl std::error::Error for Failure {}

/// Operations between two looks at what came out, where an operation is one item.
const ROUND: u64 = 1024;
/// Room for a round, and a little more, so that rounds end at other places in the ring.
const CAPACITY: usize = 1100;

/// The numbers of the operations, cut into rounds.
fn rounds(operations: u64, round: u64) -> impl Iterator<Item = Range<u64>> {
    let rounds = (0..operations).step_by(round as usize);
    rounds.map(move |first| first..operations.min(first + round))
}

/// 0 if it is the item that had to come.
#[inline(always)]
fn deviation(item: Option<u64>, expected: u64) -> u64 {
    match item {
        Some(item) => item ^ expected,
        None => u64::MAX,
    }
}

/// An error if any deviation was none.
fn verdict(deviation: u64) -> Result<(), Failure> {
    if deviation == 0 { Ok(()) } else { Err(Failure::Wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_does_its_operations_inside_of_the_meter() {
        for path in PATHS {
            for operations in [1, 100, 3000] {
                let mut parts = 0;
                path.run(operations, &mut |work| {
                    work();
                    parts += 1;
                })
                .unwrap_or_else(|failure| panic!("{}: {failure}", path.name));
                assert!(parts > 0, "{} measured nothing", path.name);
            }
        }
    }

    #[test]
    fn a_path_whose_operations_are_left_out_fails() {
        // Lists and pools are checked in the very operation, and so are reads.
        let writes = ["ring/push", "spsc/push_slice", "mpsc/claim+commit", "broadcast/publish", "list/push"];
        for name in writes.into_iter().chain(["mpmc/pop", "pool/take", "pool/drop-elsewhere"]) {
            let path = Path::named(name).expect("it is listed");
            let failed = path.run(100, &mut |_| ());
            assert!(matches!(failed, Err(Failure::Wrong)), "{name}: {failed:?}");
        }
    }

    #[test]
    fn names_are_different() {
        let mut names: Vec<_> = PATHS.iter().map(|path| path.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PATHS.len());
    }
}
