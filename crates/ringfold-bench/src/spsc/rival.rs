//! What somebody must offer to take part in a topology of this room.

use std::error::Error;
use std::mem::MaybeUninit;
use std::ops::Range;

use crate::contender::Role;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::{Check, Payload};

/// Why a rival could not be created; its own words.
pub type OpenError = Box<dyn Error + Send + Sync>;

/// Ways of waiting that make sense for a rival on a core of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// It never blocks: the harness retries.
    Polls,
    /// It blocks, and offers non-blocking calls as well: the faster of them is used.
    Either,
    /// It waits by its own strategy.
    Own,
}

impl Ways {
    /// On two cores. A rival that is polled may spin with or without the hint, whichever suits it better.
    pub fn on_two_cores(self) -> Vec<Wait> {
        match self {
            Ways::Polls => vec![Wait::Pause, Wait::Busy],
            Ways::Either => vec![Wait::Block, Wait::Pause, Wait::Busy],
            Ways::Own => vec![Wait::Own],
        }
    }

    /// On one core, where whoever is polled must give the core away.
    pub fn on_one_core(self) -> Vec<Wait> {
        match self {
            Ways::Polls => vec![Wait::Yield],
            Ways::Either => vec![Wait::Block, Wait::Yield],
            Ways::Own => vec![Wait::Own],
        }
    }
}

/// A ring or channel for items of type `T`.
pub trait Rival<T: Payload>: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// How it can wait.
    const WAYS: Ways;
    /// Its facility for streams; `None` if it can only be driven item by item.
    const STREAM: Option<&'static str>;
    /// What a reader of the report should know.
    const NOTE: &'static str = "";

    /// The sending side.
    type Tx: Sender<T>;
    /// The receiving side.
    type Rx: Receiver<T>;

    /// Creates both sides.
    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError>;

    /// How many slots it really has when asked for `capacity`.
    fn slots(capacity: usize) -> usize {
        capacity
    }

    /// What it counts as at this capacity: half as many slots again are another regime.
    fn role(capacity: usize) -> Role {
        if Self::slots(capacity) >= capacity + capacity / 2 { Role::Aside } else { Self::ROLE }
    }

    /// The note, with its real size where that is another regime.
    fn note(capacity: usize) -> String {
        match Self::role(capacity) {
            Role::Aside => {
                format!("NOT COMPARED: its ring has {} slots; {}", Self::slots(capacity), Self::NOTE)
            }
            _ => Self::NOTE.to_owned(),
        }
    }
}

/// The sending side. Dropping it may tell the receiver that nothing follows.
pub trait Sender<T: Payload>: Send + 'static {
    /// Sends one item, waiting for room.
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended>;

    /// Sends the items of these sequences, one per call. Only rivals whose loops are not Rust override this.
    #[inline(always)]
    fn send_run(&mut self, sequences: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        for sequence in sequences {
            self.send(T::make(sequence), signal)?;
        }
        Ok(())
    }

    /// Sends all of these with whatever facility there is for many items.
    #[inline(always)]
    fn send_iter(&mut self, items: impl ExactSizeIterator<Item = T>, signal: &Signal) -> Result<(), Ended> {
        for item in items {
            self.send(item, signal)?;
        }
        Ok(())
    }

    /// Sends the items of these sequences as a stream. Only rivals whose loops are not Rust override this.
    #[inline(always)]
    fn stream_run(&mut self, sequences: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        let first = sequences.start;
        let count = (sequences.end - first) as usize;
        self.send_iter((0..count).map(|offset| T::make(first + offset as u64)), signal)
    }
}

/// The receiving side.
pub trait Receiver<T: Payload>: Send + 'static {
    /// Receives one item, waiting for it.
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended>;

    /// Receives one item per call until there are no more.
    #[inline(always)]
    fn recv_all(&mut self, check: &mut Check, signal: &Signal) -> Result<(), Ended> {
        loop {
            match self.recv(signal) {
                Ok(item) => check.see(&item),
                Err(Ended::Done) => return Ok(()),
                Err(Ended::Aborted) => return Err(Ended::Aborted),
            }
        }
    }

    /// Receives at least one item, with whatever facility there is for many.
    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        self.recv(signal).map(&mut each)
    }

    /// Receives batches until there are no more.
    #[inline(always)]
    fn stream_all(&mut self, check: &mut Check, signal: &Signal) -> Result<(), Ended> {
        loop {
            // A copy, so that the counters stay in registers within a batch.
            let mut local = *check;
            let result = self.recv_batch(|item| local.see(&item), signal);
            *check = local;
            match result {
                Ok(()) => {}
                Err(Ended::Done) => return Ok(()),
                Err(Ended::Aborted) => return Err(Ended::Aborted),
            }
        }
    }
}

/// Copies slices of words in and out.
pub trait SliceRival: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// How it can wait.
    const WAYS: Ways;
    /// What of its API is used.
    const NOTE: &'static str;
    /// The sending side.
    type Tx: SliceSender;
    /// The receiving side.
    type Rx: SliceReceiver;

    /// Creates both sides; `capacity` in words.
    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError>;
}

/// The sending side of [`SliceRival`].
pub trait SliceSender: 'static {
    /// Copies the whole slice in, waiting for room.
    fn send_slice(&mut self, words: &[u64], signal: &Signal) -> Result<(), Ended>;
}

/// The receiving side of [`SliceRival`].
pub trait SliceReceiver: Send + 'static {
    /// Copies at least one word out, waiting for it, and at most as many as there is room for.
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended>;
}

/// Lets both sides work in the ring's own memory.
pub trait ZeroCopyRival: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// How it can wait.
    const WAYS: Ways;
    /// What of its API is used.
    const NOTE: &'static str;
    /// The sending side.
    type Tx: Filler;
    /// The receiving side.
    type Rx: Viewer;

    /// Creates both sides; `capacity` in words.
    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError>;
}

/// The sending side of [`ZeroCopyRival`].
pub trait Filler: 'static {
    /// Lets `write` fill exactly `words` words in place, in as many pieces as it takes, and publishes them.
    /// `write` initialises every word it is given.
    fn fill(
        &mut self,
        words: usize,
        write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended>;
}

/// The receiving side of [`ZeroCopyRival`].
pub trait Viewer: Send + 'static {
    /// Lets `read` see at least one and at most `words` words in place, then frees them.
    fn view(&mut self, words: usize, read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended>;
}

/// Moves records of varying length.
pub trait RecordRival: 'static {
    /// As the report names it.
    const NAME: &'static str;
    /// ringfold or somebody else.
    const ROLE: Role = Role::Rival;
    /// How it can wait.
    const WAYS: Ways;
    /// What of its API is used.
    const NOTE: &'static str;
    /// The sending side.
    type Tx: RecordSender;
    /// The receiving side.
    type Rx: RecordReceiver;

    /// Creates both sides; `bytes` of ring, or as many messages as fit at the mean length.
    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError>;
}

/// The sending side of [`RecordRival`].
pub trait RecordSender: 'static {
    /// Sends one record that consists of these two parts.
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended>;
}

/// The receiving side of [`RecordRival`].
pub trait RecordReceiver: Send + 'static {
    /// Hands at least one record to `each`, every record as one contiguous slice.
    fn recv_records(&mut self, each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended>;
}
