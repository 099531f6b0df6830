//! The server: reads what all clients send out of one ring, each message where it lies, and answers each in the client's own ring.

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use ringfold::{Stats, mpsc, spsc};
use ringfold_examples::Seam;

use crate::Fault;
use crate::client::Count;
use crate::latency::Latency;
use crate::message::{self, HEADER, Label, Message, SHORTEST};
use crate::script::Script;

/// One actor.
pub struct Server {
    script: Script,
    requests: mpsc::Consumer<u8>,
    /// One for each client, as are the next two.
    answers: Vec<spsc::Producer<u8>>,
    next: Vec<u64>,
    served: Served,
}

/// What the server saw and did.
pub struct Served {
    /// By client.
    pub received: Vec<Count>,
    pub answered: Vec<Count>,
    pub views: u64,
    /// Messages of which some bytes lay before the seam and some behind.
    pub across: u64,
    /// From the time a message was due, or its client got round to it, until it was read.
    pub since_due: Latency,
    pub since_sent: Latency,
    /// What the ring of the requests counted.
    pub stats: Stats,
}

impl Server {
    pub fn new(
        script: Script,
        requests: mpsc::Consumer<u8>,
        answers: Vec<spsc::Producer<u8>>,
    ) -> Result<Self> {
        let count = answers.len();
        let none = || vec![Count::default(); count];
        let stats = requests.stats();
        let served = Served {
            received: none(),
            answered: none(),
            views: 0,
            across: 0,
            since_due: Latency::new()?,
            since_sent: Latency::new()?,
            stats,
        };
        Ok(Self { script, requests, answers, next: vec![0; count], served })
    }

    /// Reads and answers until all clients are gone.
    ///
    /// # Errors
    /// At the first message that is malformed or not the one that comes next, or when a client is gone before its answer.
    pub fn run(mut self, bar: &ProgressBar) -> Result<Served> {
        let period = self.requests.memory().map_or(0, |memory| memory.bytes);
        let seam = Seam::behind(&self.requests.peek(), period);
        // All producers gone, and nothing left: the only way in which waiting for one byte fails.
        while let Ok(view) = self.requests.peek_at_least(1) {
            self.served.views += 1;
            for message in message::all(&view) {
                let message = message.context("a message is malformed")?;
                let now = self.script.now();
                self.served.since_due.record(now.saturating_sub(message.label.due));
                self.served.since_sent.record(now.saturating_sub(message.label.sent));
                self.served.across += u64::from(seam.is_inside(message.bytes));
                let client = expect(&self.script, &mut self.next, &message, bar)?;
                self.served.received[client].add(message.bytes.len());
                let size = answer(&self.script, &mut self.answers[client], &message)
                    .with_context(|| format!("client {client} is gone"))?;
                self.served.answered[client].add(size);
            }
            let length = view.len();
            view.consume(length);
        }
        self.served.stats = self.requests.stats();
        Ok(self.served)
    }
}

/// Checks that this message is the one that comes next from its client, who that is, and goes on to the next.
fn expect(script: &Script, next: &mut [u64], message: &Message, bar: &ProgressBar) -> Result<usize> {
    let Label { client, sequence, .. } = message.label;
    let next = next.get_mut(client as usize).with_context(|| format!("there is no client {client}"))?;
    let expected = script.next_sent(client, *next);
    ensure!(
        sequence == expected,
        "message {sequence} of client {client} came, where message {expected} comes next"
    );
    bar.inc(sequence + 1 - *next);
    *next = sequence + 1;
    Ok(client as usize)
}

/// Sends the first quarter of the payload back, copied once, from ring to ring; how many bytes the answer has.
fn answer(script: &Script, answers: &mut spsc::Producer<u8>, message: &Message) -> Result<usize> {
    let payload = message.payload();
    let kept = &payload[..(payload.len() / 4).max(SHORTEST)];
    let label = Label { about: message.checksum, ..message.label };
    // There is room for as many answers as a client awaits at most, so this does not wait for one that waits for room itself.
    let mut claim = answers.claim(HEADER + kept.len())?;
    claim.write_slice(&label.bytes(kept.len()));
    claim.write_slice(kept);
    message::seal(claim.written_mut());
    if script.is_spoilt(Fault::Answer, label.client, label.sequence) {
        claim.written_mut()[HEADER] ^= 1;
    }
    Ok(claim.commit())
}
