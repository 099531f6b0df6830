//! The cases of the room `pool`: events that are allocated, filled, shared and freed.
//!
//! `rival.rs` says what somebody must offer and who does, `counted.rs` is an `Arc<[u8]>` over an allocator of one's choice, `alone.rs`
//! measures one thread, `team.rs` runs several, `packed.rs` compresses. Every event carries its number at both ends, which are compared before it is
//! freed; everybody copies the same bytes and looks at the same words.

mod alone;
mod counted;
mod packed;
mod rival;
mod team;

use crate::contender::{Case, Contender, Metric};
use crate::one_thread::case;
use crate::one_thread::size::written;
use crate::rooms::Scale;
use crate::signal::Wait;
use rival::{Shares, Source, Visit, VisitShares};

const SIZES: [usize; 5] = [64, 256, 1024, 4096, 16_384];
/// Events alive at a time.
const WINDOWS: [usize; 2] = [1, 32];
/// Threads that allocate and free, each for itself.
const TEAM: usize = 4;

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let quick = [64, 1024, 16_384];
    let sizes = || SIZES.into_iter().filter(move |bytes| scale == Scale::Full || quick.contains(bytes));
    let mut cases = Vec::new();
    for window in WINDOWS {
        cases.extend(sizes().map(|bytes| alloc(bytes, window)));
    }
    cases.extend(sizes().map(alloc_by_many));
    cases.extend(sizes().map(freed_elsewhere));
    cases.push(clone());
    cases.extend(sizes().filter(|bytes| *bytes <= 1024).map(fan_out));
    cases.extend([4 << 10, 16 << 10, 64 << 10].map(packed::lz4));
    cases
}

/// Nanoseconds to allocate an event, copy so many bytes into it, and free the one before or the 32nd before.
fn alloc(bytes: usize, window: usize) -> Case {
    struct Alloc(usize, usize, Vec<Contender>);
    impl Visit for Alloc {
        fn visit<S: Source>(&mut self) {
            self.2.push(alone::alloc::<S>(self.0, self.1));
        }
    }
    let mut list = Alloc(bytes, window, Vec::new());
    rival::everybody(&mut list);
    let regime = format!("{}, {window} alive", written(bytes));
    case("pool", "alloc", regime, bytes, window, list.2)
}

fn alloc_by_many(bytes: usize) -> Case {
    struct Many(usize, Vec<Contender>);
    impl Visit for Many {
        fn visit<S: Source>(&mut self) {
            let bytes = self.0;
            self.1.push(contender::<S>(move |plan| team::alloc::<S>(plan, bytes, TEAM)));
        }
    }
    let mut list = Many(bytes, Vec::new());
    rival::everybody(&mut list);
    throughput(
        "alloc-4",
        format!("{}, {TEAM} threads, 32 alive each", written(bytes)),
        bytes,
        (TEAM, 0),
        list.1,
    )
}

fn freed_elsewhere(bytes: usize) -> Case {
    struct Cross(usize, Vec<Contender>);
    impl Visit for Cross {
        fn visit<S: Source>(&mut self) {
            let bytes = self.0;
            self.1.push(contender::<S>(move |plan| team::cross::<S>(plan, bytes)));
        }
    }
    let mut list = Cross(bytes, Vec::new());
    rival::everybody(&mut list);
    throughput("cross", format!("{}, allocated here, freed there", written(bytes)), bytes, (1, 1), list.1)
}

fn clone() -> Case {
    struct Clones(Vec<Contender>);
    impl VisitShares for Clones {
        fn visit<S: Shares>(&mut self) {
            self.0.push(alone::clone::<S>(256));
        }
    }
    let mut list = Clones(Vec::new());
    rival::everybody_who_shares(&mut list);
    case("pool", "clone", "one more reference, and one less".into(), 256, 1, list.0)
}

fn fan_out(bytes: usize) -> Case {
    struct FanOut(usize, Vec<Contender>);
    impl VisitShares for FanOut {
        fn visit<S: Shares>(&mut self) {
            let bytes = self.0;
            self.1.push(contender::<S>(move |plan| team::fan_out::<S>(plan, bytes)));
        }
    }
    let mut list = FanOut(bytes, Vec::new());
    rival::everybody_who_shares(&mut list);
    let regime = format!("{} to four actors through spsc rings", written(bytes));
    throughput("fan-out", regime, bytes, (1, team::ACTORS), list.1)
}

fn contender<S: Source>(
    run: impl Fn(&crate::contender::Plan) -> Result<crate::contender::Sample, crate::contender::Failure> + 'static,
) -> Contender {
    Contender {
        name: S::NAME,
        role: S::ROLE,
        note: S::NOTE.into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| run(plan)),
    }
}

fn throughput(
    topology: &'static str,
    regime: String,
    bytes: usize,
    sides: (usize, usize),
    contenders: Vec<Contender>,
) -> Case {
    let cores = crate::machine::cores().len().max(1) as f64;
    Case {
        room: "pool",
        topology,
        regime,
        capacity: team::SLOTS,
        item_bytes: bytes,
        sides,
        threads_per_core: ((sides.0 + sides.1) as f64 / cores).max(1.0),
        rounds: None,
        metric: Metric::ItemsPerSecond,
        contenders,
    }
}
