//! Where events come in: made up here, in the slots themselves, and handed to all actors.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use ringfold::pool::{EventRef, Pool};
use ringfold::spsc::Producer;

use crate::event::{Event, HEADER, Kind, seal};
use crate::ledger::Ledger;

/// The word that one event in a thousand contains, and no other.
pub const NEEDLE: &str = "albatross";
const WORDS: [&str; 16] = [
    "ring", "fold", "slot", "lap", "seam", "mirror", "claim", "commit", "peek", "consume", "cursor", "gate",
    "stage", "lag", "park", "wake",
];
const USERS: u32 = 500;

/// How many events, how fast, and which.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub events: u64,
    /// Between two events; none if each comes as soon as can be.
    pub interval: Option<Duration>,
    pub seed: u64,
}

/// What went out, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    pub ledger: Ledger,
    /// Events with the [`NEEDLE`].
    pub needles: u64,
    /// How long there was no slot for the next event.
    pub waited: Duration,
}

/// Makes every event once and hands it to every ring.
pub fn run(script: Script, pool: &Pool, mut rings: Vec<Producer<EventRef>>) -> Result<Sent> {
    let mut random = fastrand::Rng::with_seed(script.seed);
    let (mut sent, begin) = (Sent::default(), Instant::now());
    for sequence in 0..script.events {
        if let Some(interval) = script.interval {
            let due = begin + interval.mul_f64(sequence as f64);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let event = made_up(sequence, pool, &mut random, &mut sent.waited)?;
        sent.ledger.enter(&Event::read(&event)?);
        sent.needles += u64::from(has_needle(sequence));
        hand_out(event, &mut rings)?;
    }
    Ok(sent)
}

/// Clones the event for all rings but the last, which gets it itself. Waits where a ring is full.
fn hand_out(event: EventRef, rings: &mut [Producer<EventRef>]) -> Result<()> {
    let gone = |_| anyhow!("an actor has left");
    let Some((last, others)) = rings.split_last_mut() else { return Ok(()) };
    others.iter_mut().try_for_each(|ring| ring.push(event.clone()).map_err(gone))?;
    last.push(event).map_err(gone)
}

/// Takes a slot, which may have to become free first, and writes the text into it.
fn made_up(
    sequence: u64,
    pool: &Pool,
    random: &mut fastrand::Rng,
    waited: &mut Duration,
) -> Result<EventRef> {
    let (kind, text) = kind_and_length(random);
    let event = pool.try_alloc_uninit(HEADER + text).or_else(|_| {
        let begin = Instant::now();
        let event = pool.alloc_uninit(HEADER + text);
        *waited += begin.elapsed();
        event
    });
    let mut event = event.with_context(|| format!("no slot for event {sequence}"))?;
    write_words(&mut event[HEADER..], has_needle(sequence), random);
    Ok(seal(event, sequence, kind, random.u32(..USERS)))
}

fn has_needle(sequence: u64) -> bool {
    sequence % 1000 == 7
}

/// Half of the events are tiny, and one in 500 is too large for any slot.
fn kind_and_length(random: &mut fastrand::Rng) -> (Kind, usize) {
    match random.u32(..1000) {
        0..500 => (Kind::Heartbeat, random.usize(12..=40)),
        500..850 => (Kind::Message, random.usize(50..=200)),
        850..970 => (Kind::Edit, random.usize(300..=1000)),
        970..992 => (Kind::Upload, random.usize(1500..=4000)),
        992..998 => (Kind::Document, random.usize(5000..=16_000)),
        _ => (Kind::Archive, random.usize(20_000..=40_000)),
    }
}

/// Words and spaces until the slot is full.
fn write_words(text: &mut [u8], has_needle: bool, random: &mut fastrand::Rng) {
    let mut first = has_needle.then_some(NEEDLE);
    let mut at = 0;
    while at < text.len() {
        let word = first.take().unwrap_or_else(|| WORDS[random.usize(..WORDS.len())]).as_bytes();
        let letters = word.iter().chain(b" ");
        text[at..].iter_mut().zip(letters).for_each(|(place, letter)| *place = *letter);
        at += word.len() + 1;
    }
}
