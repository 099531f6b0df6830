//! Worlds one after the other, on several threads at once, and somebody who watches whether they go on.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::census::{Lease, WORLDS};
use crate::rooms::Room;
use crate::tally::Tally;
use crate::world::{World, lock};

const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// What to run.
pub struct Plan {
    /// In which rooms, by turns.
    pub rooms: Vec<Room>,
    /// For how long.
    pub duration: Duration,
    /// Of the whole run; of each world, where it is the same world again and again.
    pub seed: u64,
    /// Whether to run one world again and again: the order of its threads is another one each time.
    pub is_same: bool,
    /// How many worlds at the same time.
    pub at_once: usize,
    /// A world that takes no step for so long hangs.
    pub hangs_after: Duration,
}

/// What went wrong in which world.
#[derive(Debug)]
pub struct Failure {
    /// In which room.
    pub room: &'static str,
    /// Of the world.
    pub seed: u64,
    /// What was found.
    pub what: String,
    /// What was known of the world then.
    pub state: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { room, seed, what, state } = self;
        write!(
            f,
            "in {room}: {what}\n  state: {state}\n  again: cargo xtask soak --minutes 5 --room {room} --seed {seed}"
        )
    }
}

/// What those who run and those who watch share. Threads of a world that hangs are left behind with it.
struct Site {
    rooms: Vec<Room>,
    tallies: Vec<Arc<Tally>>,
    seed: u64,
    is_same: bool,
    hangs_after: Duration,
    next: AtomicU64,
    is_over: AtomicBool,
    current: Vec<Mutex<Option<Arc<World>>>>,
    failure: Mutex<Option<Failure>>,
}

/// Runs the plan to its end, or to the first failure; at least one world of each room. `look` is shown the figures of each room ten times a
/// second, and which part of the time is over.
///
/// # Errors
/// The first failure. Threads that hang are left behind.
pub fn soak(plan: &Plan, mut look: impl FnMut(&[Arc<Tally>], f64)) -> Result<Vec<Arc<Tally>>, Failure> {
    let tallies: Vec<Arc<Tally>> = plan.rooms.iter().map(|_| Arc::default()).collect();
    let at_once = plan.at_once.clamp(1, WORLDS);
    let site = Arc::new(Site {
        rooms: plan.rooms.clone(),
        tallies: tallies.clone(),
        seed: plan.seed,
        is_same: plan.is_same,
        hangs_after: plan.hangs_after,
        next: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        current: (0..at_once).map(|_| Mutex::default()).collect(),
        failure: Mutex::default(),
    });
    let runners: Vec<_> = (0..at_once)
        .map(|runner| {
            let site = site.clone();
            thread::spawn(move || site.run(runner))
        })
        .collect();
    let mut pulses = vec![Pulse::default(); at_once];
    let (mut watched, mut last) = (Duration::ZERO, Instant::now());
    while runners.iter().any(|runner| !runner.is_finished()) {
        thread::sleep(LOOKS_EVERY);
        // Whoever stops this process for a while stops its time too.
        let step = last.elapsed().min(10 * LOOKS_EVERY);
        (watched, last) = (watched + step, Instant::now());
        look(&tallies, watched.as_secs_f64() / plan.duration.as_secs_f64());
        if let Some(failure) = site.first_failure(&mut pulses, step) {
            site.is_over.store(true, SeqCst);
            return Err(failure);
        }
        if watched >= plan.duration && site.next.load(SeqCst) >= plan.rooms.len() as u64 {
            site.is_over.store(true, SeqCst);
        }
    }
    site.first_failure(&mut pulses, Duration::ZERO).map_or(Ok(tallies), Err)
}

/// What was last seen of a world, and for how long nothing else was.
#[derive(Clone, Default)]
struct Pulse {
    seen: Option<(u64, u64)>,
    still: Duration,
}

impl Pulse {
    /// For how long the world has taken no step, so much later.
    fn stands_still(&mut self, world: &World, later: Duration) -> Duration {
        let seen = Some((world.seed, world.beats()));
        self.still = if self.seen == seen { self.still + later } else { Duration::ZERO };
        self.seen = seen;
        self.still
    }
}

impl Site {
    fn run(&self, runner: usize) {
        let lease = Lease::take();
        while !self.is_over.load(SeqCst) {
            let number = self.next.fetch_add(1, SeqCst);
            let place = number as usize % self.rooms.len();
            let seed = if self.is_same { self.seed } else { mixed(self.seed, number) };
            let mut rng = Rng::with_seed(seed);
            let room = &self.rooms[place];
            let world = World::new(room, seed, lease.slot(), self.tallies[place].clone(), &mut rng);
            *lock(&self.current[runner]) = Some(world.clone());
            let ended = catch_unwind(AssertUnwindSafe(|| {
                (room.open)(&world, &mut rng);
                world.join();
                world.check();
            }));
            if let Err(panic) = ended {
                world.was_on_purpose(panic);
            }
            if let Some(failure) = failure(&world) {
                self.is_over.store(true, SeqCst);
                lock(&self.failure).get_or_insert(failure);
                return;
            }
            self.tallies[place].worlds.add(1);
        }
        *lock(&self.current[runner]) = None;
    }

    fn first_failure(&self, pulses: &mut [Pulse], step: Duration) -> Option<Failure> {
        if let Some(failure) = lock(&self.failure).take() {
            return Some(failure);
        }
        self.current.iter().zip(pulses).find_map(|(current, pulse)| {
            let world = lock(current).clone()?;
            if pulse.stands_still(&world, step) > self.hangs_after {
                let what = format!("no step for {} s: it hangs", self.hangs_after.as_secs());
                return Some(Failure { room: world.room, seed: world.seed, what, state: world.state() });
            }
            // Its other threads may wait for ever for the one that has found something.
            failure(&world)
        })
    }
}

fn failure(world: &World) -> Option<Failure> {
    let what = world.first_fault()?;
    Some(Failure { room: world.room, seed: world.seed, what, state: world.state() })
}

/// The seed of one world of a run.
fn mixed(seed: u64, number: u64) -> u64 {
    let mut rng = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    rng.u64(..)
}
