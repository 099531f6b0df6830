//! A client: sends its messages through claims of the ring that all share, and reads the answers in a ring of its own.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use ringfold::error::PopTimeoutError;
use ringfold::{mpsc, select, spsc};

use crate::Fault;
use crate::latency::Latency;
use crate::message::{self, HEADER, Label};
use crate::script::{self, Script};

/// So many messages are sent and not answered at the most.
pub const WINDOW: usize = 64;

/// One actor.
pub struct Client {
    number: u32,
    script: Script,
    requests: mpsc::Producer<u8>,
    answers: spsc::Consumer<u8>,
    /// The messages that are not answered yet, by sequence and checksum.
    awaited: VecDeque<(u64, u32)>,
    seen: Seen,
}

/// What a client did and saw.
pub struct Seen {
    pub sent: Count,
    pub aborted: Count,
    pub answered: Count,
    /// How long after a message was due its client got round to it.
    pub late: Latency,
    /// From the time a message was due until its answer was read.
    pub back: Latency,
}

/// Messages, and their bytes with all that goes before the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub messages: u64,
    pub bytes: u64,
}

impl Count {
    pub fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }
}

impl Client {
    pub fn new(
        number: u32,
        script: Script,
        requests: mpsc::Producer<u8>,
        answers: spsc::Consumer<u8>,
    ) -> Result<Self> {
        let (sent, aborted, answered) = Default::default();
        let seen = Seen { sent, aborted, answered, late: Latency::new()?, back: Latency::new()? };
        Ok(Self { number, script, requests, answers, awaited: VecDeque::with_capacity(WINDOW), seen })
    }

    /// Sends everything, each message at its time, and waits for the last answer.
    ///
    /// # Errors
    /// When an answer is wrong or the server is gone.
    pub fn run(mut self) -> Result<Seen> {
        for sequence in 0..self.script.messages {
            let due = self.wait_for_turn(sequence)?;
            self.send(sequence, due).context("the server is gone")?;
        }
        while !self.awaited.is_empty() {
            self.listen(None)?;
        }
        Ok(self.seen)
    }

    /// Reads answers until the next message is due and not too many are awaited; the time at which it is due.
    fn wait_for_turn(&mut self, sequence: u64) -> Result<u64> {
        while self.awaited.len() == WINDOW {
            self.listen(None)?;
        }
        let Some(due) = self.script.due(self.number, sequence) else {
            self.read_answers()?;
            return Ok(self.script.now());
        };
        loop {
            match due.saturating_sub(self.script.now()) {
                0 => return Ok(due),
                left => self.listen(Some(Duration::from_nanos(left)))?,
            }
        }
    }

    /// Writes a message where the server will read it. If it is to be aborted, the claim is dropped half-way.
    fn send(&mut self, sequence: u64, due: u64) -> Result<()> {
        let (client, sent) = (self.number, self.script.now());
        let mut random = self.script.random(client, sequence);
        let is_aborted = self.script.is_aborted(client, sequence);
        let length = script::length(&mut random);
        let size = HEADER + length;
        let mut claim = self.requests.claim(size)?;
        claim.write_slice(&Label { client, about: 0, sequence, due, sent }.bytes(length));
        let filled = if is_aborted { size / 2 } else { size };
        while claim.written() < filled {
            claim.write_slice(&random.u64(..).to_le_bytes());
        }
        if is_aborted {
            self.seen.aborted.add(size);
            return Ok(());
        }
        let checksum = message::seal(claim.written_mut());
        if self.script.is_spoilt(Fault::Checksum, client, sequence) {
            claim.written_mut()[HEADER] ^= 1;
        }
        if !self.script.is_spoilt(Fault::Lost, client, sequence) {
            claim.commit();
        }
        self.seen.late.record(sent.saturating_sub(due));
        self.seen.sent.add(size);
        self.awaited.push_back((sequence, checksum));
        Ok(())
    }

    /// Waits for an answer, perhaps only for so long, and reads those that are there.
    fn listen(&mut self, timeout: Option<Duration>) -> Result<()> {
        let answers: &mut [&mut dyn select::Select] = &mut [&mut self.answers];
        let ready = match timeout {
            Some(timeout) => select::wait_any_timeout(answers, timeout),
            None => select::wait_any(answers).map_err(|_| PopTimeoutError::Closed),
        };
        match ready {
            Ok(_) => self.read_answers(),
            Err(PopTimeoutError::Timeout) => Ok(()),
            Err(PopTimeoutError::Closed) => bail!("the server is gone"),
        }
    }

    fn read_answers(&mut self) -> Result<()> {
        let view = self.answers.peek();
        for answer in message::all(&view) {
            let answer = answer.context("an answer is malformed")?;
            let Label { client, about, sequence, due, .. } = answer.label;
            let found = (sequence, about);
            let awaited = self.awaited.pop_front();
            ensure!(
                client == self.number && awaited == Some(found),
                "an answer to client {client} about message {sequence} ({about:08x}) came, where {awaited:x?} was awaited"
            );
            self.seen.back.record(self.script.now().saturating_sub(due));
            self.seen.answered.add(answer.bytes.len());
        }
        let length = view.len();
        view.consume(length);
        Ok(())
    }
}
