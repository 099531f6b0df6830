//! The cases of the rooms for many threads: `mpsc` (with its lanes) and `mpmc`.
//!
//! `rival.rs` says what somebody must offer to take part, `crowd.rs` runs one sample on so many threads, `check.rs` looks at every
//! item; who takes part is in `rivals/many/`.

pub mod check;
pub mod crowd;
pub mod rival;

use std::time::Duration;

use crate::contender::{Case, Contender, Metric};
use crate::memory;
use crate::rivals::many::{self as rivals, Visit};
use crate::rooms::Scale;
use crate::signal::Wait;

use self::crowd::{Crowd, Sending, sample};
use self::rival::Rival;

/// Long enough for every contender's receiver to go to sleep.
const PAUSE: Duration = Duration::from_micros(500);

/// One producer count after the other, then batches, then all threads on one core, then wake-ups.
pub fn mpsc(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for producers in [1, 2, 3, 4, 8] {
        for capacity in [64, 1024, 64 * 1024] {
            if capacity == 1024 || scale == Scale::Full {
                cases.push(case("mpsc", "item", Crowd { producers, capacity, ..Crowd::default() }));
            }
        }
    }
    for producers in [1, 4] {
        let crowd = Crowd { producers, sending: Sending::Batches, ..Crowd::default() };
        cases.push(case("mpsc", "batch", crowd));
    }
    for producers in [4, 8] {
        cases.push(case("mpsc", "one-core", Crowd { producers, on_one_core: true, ..Crowd::default() }));
    }
    for producers in [1, 4] {
        let crowd = Crowd { producers, sending: Sending::Seldom(PAUSE), ..Crowd::default() };
        cases.push(case("mpsc", "wake", crowd));
    }
    cases.extend(memory::cases("mpsc"));
    cases
}

/// As many consumers as producers.
pub fn mpmc(scale: Scale) -> Vec<Case> {
    let mut cases = Vec::new();
    for side in [1, 2, 4, 8] {
        for capacity in [64, 1024] {
            if capacity == 1024 || scale == Scale::Full {
                let crowd = Crowd { producers: side, consumers: side, capacity, ..Crowd::default() };
                cases.push(case("mpmc", "item", crowd));
            }
        }
    }
    let crowd = Crowd { producers: 2, consumers: 2, on_one_core: true, ..Crowd::default() };
    cases.push(case("mpmc", "one-core", crowd));
    cases
}

fn case(room: &'static str, topology: &'static str, crowd: Crowd) -> Case {
    let mut visitor = Contenders { crowd, list: Vec::new() };
    match room {
        "mpsc" => rivals::everybody_to_one(&mut visitor),
        _ => rivals::everybody_to_many(&mut visitor),
    }
    let threads = (crowd.producers + crowd.consumers) as f64;
    let cores = if crowd.on_one_core { 1.0 } else { crate::machine::cores().len().max(1) as f64 };
    Case {
        room,
        topology,
        regime: crowd.regime(),
        capacity: crowd.capacity,
        item_bytes: 8,
        sides: (crowd.producers, crowd.consumers),
        threads_per_core: (threads / cores).max(1.0),
        rounds: None,
        metric: if matches!(crowd.sending, Sending::Seldom(_)) {
            Metric::Latency
        } else {
            Metric::ItemsPerSecond
        },
        contenders: visitor.list,
    }
}

struct Contenders {
    crowd: Crowd,
    list: Vec<Contender>,
}

impl Visit for Contenders {
    fn visit<R: Rival>(&mut self) {
        let crowd = self.crowd;
        if !R::takes(crowd.producers, crowd.consumers) {
            return;
        }
        let is_seldom = matches!(crowd.sending, Sending::Seldom(_));
        let crowded = crowd.producers + crowd.consumers > crate::machine::cores().len() || crowd.on_one_core;
        let ways = match (R::BLOCKS, crowded) {
            (rival::Blocks::Never, _) if is_seldom => return,
            (rival::Blocks::Can, _) if is_seldom => vec![Wait::Block],
            (rival::Blocks::Always, _) => vec![Wait::Own],
            (rival::Blocks::Can, false) => vec![Wait::Block, Wait::Pause],
            (rival::Blocks::Can, true) => vec![Wait::Block, Wait::Yield],
            (rival::Blocks::Never, false) => vec![Wait::Pause, Wait::Yield],
            (rival::Blocks::Never, true) => vec![Wait::Yield],
        };
        self.list.push(Contender {
            name: R::NAME,
            role: R::ROLE,
            note: R::NOTE.to_owned(),
            ways,
            run: Box::new(move |plan, wait| sample::<R>(plan, wait, crowd)),
        });
    }
}
