//! What somebody must offer to take part with many threads.

use crate::contender::Role;
use crate::signal::{Ended, Signal};
use crate::spsc::rival::OpenError;

/// Whether a rival can put a thread to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// It waits by its own strategy.
    Always,
    /// It has calls that block and calls that do not: the faster of them is used.
    Can,
    /// The harness tries again.
    Never,
}

/// One handle for each producer and one for each consumer.
pub type Handles<Tx, Rx> = Result<(Vec<Tx>, Vec<Rx>), OpenError>;

/// A queue or channel of words.
pub trait Rival: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// Whether it can block.
    const BLOCKS: Blocks;
    /// What a reader of the report should know.
    const NOTE: &'static str = "";

    /// One producer's handle.
    type Tx: Send + 'static;
    /// One consumer's handle.
    type Rx: Send + 'static;

    /// Whether it can be had for so many.
    fn takes(_producers: usize, _consumers: usize) -> bool {
        true
    }

    /// Creates a handle for each.
    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Self::Tx, Self::Rx>;

    /// Sends one word, waiting for room.
    fn send(tx: &mut Self::Tx, word: u64, signal: &Signal) -> Result<(), Ended>;

    /// Sends these one by one; for rivals whose loops are not ours.
    #[inline(always)]
    fn send_run(tx: &mut Self::Tx, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        words.iter().try_for_each(|word| Self::send(tx, *word, signal))
    }

    /// Sends all of these with whatever facility there is for many.
    fn send_batch(tx: &mut Self::Tx, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        Self::send_run(tx, words, signal)
    }

    /// Receives at least one word, with whatever facility there is; waits for the first.
    fn recv(rx: &mut Self::Rx, each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended>;

    /// As [`recv`](Self::recv), where many are sent at once.
    fn recv_batch(rx: &mut Self::Rx, each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        Self::recv(rx, each, signal)
    }
}
