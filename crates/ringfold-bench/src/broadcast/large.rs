//! Events of 256 bytes and a kilobyte: made by the producer, copied in, and read in place.

use std::hint::black_box;
use std::time::Instant;

use super::shape::Shape;
use super::team::{RUN, Sending};
use crate::contender::{Case, Contender, Metric, Role};
use crate::duel::{Tally, duel, solo};
use crate::rooms::Scale;
use crate::signal::{Ended, Signal, Wait};
use crate::spsc::chunks::{Empty, Fill, Relay, write_source};
use crate::spsc::item::thousands;
use crate::spsc::payload::{Check, Item};

/// Both sizes; small rings stay in the caches, large ones do not.
pub fn cases(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for slots in [1024, 16 * 1024] {
        if slots == 1024 || scale == Scale::Full {
            cases.push(case::<32>(slots, Sending::Each));
            cases.push(case::<128>(slots, Sending::Each));
        }
    }
    cases.push(case::<32>(1024, Sending::Batches));
    cases.push(case::<128>(1024, Sending::Batches));
    cases
}

fn case<const WORDS: usize>(slots: usize, sending: Sending) -> Case {
    let mut list = vec![one_thread::<WORDS>(slots), relay::<WORDS>(slots)];
    list.extend(super::contenders::<Item<WORDS>, Check>(Shape::OneToOne, slots, sending));
    let how = if sending == Sending::Each { "one by one" } else { "in batches" };
    Case {
        room: "broadcast",
        topology: "large-events",
        regime: format!("{} B copied in {how}, read in place, {} slots", WORDS * 8, thousands(slots)),
        capacity: slots,
        item_bytes: WORDS * 8,
        sides: (1, 1),
        threads_per_core: 1.0,
        rounds: None,
        metric: Metric::BytesPerSecond,
        contenders: list,
    }
}

/// The same work without another thread: make, copy into a ring's worth of memory, check there.
fn one_thread<const WORDS: usize>(slots: usize) -> Contender {
    Contender {
        name: "memcpy, one thread",
        role: Role::Floor,
        note: "make, memcpy in, check in place, on one thread".into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| {
            solo(plan, move |duration| {
                let until = Instant::now() + duration;
                let mut ring = vec![Item::<WORDS>::default(); slots];
                let mut check = Check::default();
                while Instant::now() < until {
                    for place in &mut ring {
                        *place = super::rival::event(check.expected);
                        check.see(black_box(&*place));
                    }
                }
                Tally { wrong: check.wrong, ..Tally::of(check.expected) }
            })
        }),
    }
}

/// The same work on two threads, with [`RUN`] events at once handed over by two bare counters.
fn relay<const WORDS: usize>(slots: usize) -> Contender {
    Contender {
        name: "memcpy relay, two threads",
        role: Role::Floor,
        note: "64 events at once handed over by two bare counters".into(),
        ways: vec![Wait::Pause, Wait::Busy],
        run: Box::new(move |plan, wait| {
            let setup = move |_: &Signal| Ok(Relay::pair(slots * WORDS, RUN as usize * WORDS));
            duel(plan, wait, setup, fill_relay::<WORDS>, empty_relay::<WORDS>)
        }),
    }
}

fn fill_relay<const WORDS: usize>(mut tx: Fill, signal: &Signal) -> Result<Tally, Ended> {
    let mut source = [0; WORDS];
    let mut next = 0;
    while !signal.winding_down() {
        let fill = |places: &mut [u64]| {
            for (place, sequence) in places.chunks_exact_mut(WORDS).zip(next..) {
                write_source(&mut source, sequence);
                place.copy_from_slice(black_box(&source));
            }
        };
        tx.fill(fill, signal)?;
        next += RUN;
    }
    Ok(Tally::of(next))
}

fn empty_relay<const WORDS: usize>(mut rx: Empty, signal: &Signal) -> Result<Tally, Ended> {
    let (mut next, mut wrong) = (0, 0);
    loop {
        let check = |places: &[u64]| {
            for (place, sequence) in places.chunks_exact(WORDS).zip(next..) {
                let mut event = Check { expected: sequence, wrong };
                event.see_words(place);
                wrong = event.wrong;
            }
        };
        match rx.empty(check, signal) {
            Ok(()) => next += RUN,
            Err(Ended::Done) => return Ok(Tally { wrong, ..Tally::of(next) }),
            Err(Ended::Aborted) => return Err(Ended::Aborted),
        }
    }
}
