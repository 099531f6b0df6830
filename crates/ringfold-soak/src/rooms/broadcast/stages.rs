//! Stages with handlers that panic, and groups of workers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use fastrand::Rng;
use ringfold::broadcast::{At, KeyedWorker, OnPanic, Stage, StageOptions, Subscription, Work, Worker};

use super::scroll::{Progress, Reading, Scroll};
use crate::flow::Got;
use crate::item::Name;
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

/// What a handler counts beside the stage.
#[derive(Default)]
struct Counted {
    handled: AtomicU64,
    panics: AtomicU64,
}

/// A stage that is under way.
pub struct UnderWay<const N: usize> {
    pub stage: Stage<[u8; N]>,
    /// How far it is, for those behind.
    pub progress: Arc<Progress>,
    is_whole: Arc<AtomicBool>,
    counted: Arc<Counted>,
}

/// Starts a stage whose handler panics now and then.
pub fn start<const N: usize>(
    rng: &mut Rng,
    mut reading: Reading,
    subscription: Subscription<[u8; N]>,
) -> UnderWay<N> {
    let (progress, is_whole, counted) =
        (reading.progress.clone(), reading.is_whole(), Arc::<Counted>::default());
    let policy = policy(rng);
    let (book, mut dice, mut failing) = (counted.clone(), rng.fork(), 0);
    let handler = move |event: &[u8; N], at: At| {
        // An assertion that fails must not be taken for a panic that a policy is for.
        let seen = catch_unwind(AssertUnwindSafe(|| reading.see(at.sequence, event)));
        seen.unwrap_or_else(|panic| _ = reading.world.was_on_purpose(panic));
        reading.world.pause(&mut dice);
        if at.attempt == 0 && dice.u8(..40) == 0 {
            failing = dice.u32(1..4);
        }
        if at.attempt < failing {
            book.panics.fetch_add(1, SeqCst);
            reading.world.tally.caught.add(1);
            if ends(policy, at.attempt) {
                reading.leave();
            }
            panic_on_purpose();
        }
        failing = 0;
        book.handled.fetch_add(1, SeqCst);
    };
    let options = StageOptions::new().name("stage").on_panic(policy).max_batch(small(rng, 8));
    let stage = subscription.spawn_with(options, handler).expect("those in front are there");
    UnderWay { stage, progress, is_whole, counted }
}

impl<const N: usize> UnderWay<N> {
    /// Halts it now and then, waits for its end, and compares its report with what the handler has counted.
    pub fn wait(self, world: &Arc<World>, rng: &mut Rng) {
        world.spawn("waits for a stage", rng, move |world, rng| {
            let Self { stage, is_whole, counted, .. } = self;
            let halts = rng.u8(..6) == 0;
            if halts {
                thread::sleep(moment(rng));
                world.tally.dropped.add(1);
                stage.halt();
            }
            let report = match stage.join() {
                Ok(report) => {
                    is_whole.store(!halts, SeqCst);
                    report
                }
                Err(failed) => {
                    assert!(
                        world.was_on_purpose(failed.panic),
                        "a stage ended in a panic that was not on purpose"
                    );
                    world.tally.killed.add(1);
                    failed.report
                }
            };
            let expected = (counted.handled.load(SeqCst), counted.panics.load(SeqCst));
            assert_eq!(
                (report.handled, report.panics),
                expected,
                "what the stage says and what the handler counted"
            );
        });
    }
}

fn policy(rng: &mut Rng) -> OnPanic {
    let times = rng.u32(..3);
    match rng.u8(..6) {
        0 => OnPanic::Halt,
        1 | 2 => OnPanic::Skip,
        3 => OnPanic::RetryThenHalt(times),
        _ => OnPanic::RetryThenSkip(times),
    }
}

/// Whether a panic at this attempt is the end of the stage.
fn ends(policy: OnPanic, attempt: u32) -> bool {
    match policy {
        OnPanic::Halt => true,
        OnPanic::RetryThenHalt(times) => attempt >= times,
        OnPanic::Skip | OnPanic::RetryThenSkip(_) => false,
    }
}

/// Starts one of a group of workers on a thread of its own.
pub fn start_worker<const N: usize>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    mut worker: Worker<[u8; N]>,
) {
    let scroll = scroll.clone();
    world.spawn("worker", rng, move |world, rng| {
        let got = Got { world, bytes: N, capacity: 1, count: 0.into() };
        let mut fate = Fate::draw(world, rng);
        loop {
            match fate.step(world) {
                Verdict::GoOn => (),
                Verdict::Leak => {
                    world.leak(worker);
                    return;
                }
                Verdict::Drop => return,
            }
            world.pause(rng);
            let work = match rng.u8(..4) {
                0 => Ok(worker.poll()),
                1 => worker.recv(),
                _ => worker.recv_up_to(small(rng, 6)),
            };
            let Ok(work) = work else { return world.is_complete.store(true, SeqCst) };
            for (event, sequence) in work.iter().zip(work.sequence()..) {
                check(world, event);
                scroll.hand(sequence);
                got.add();
            }
            end(world, rng, work);
        }
    });
}

/// Work that is done is dropped, now and then by a panic, or forgotten.
fn end<const N: usize>(world: &World, rng: &mut Rng, work: Work<'_, [u8; N]>) {
    match rng.u8(..12) {
        0 => {
            world.tally.leaked.add(1);
            std::mem::forget(work);
        }
        1 => {
            world.catch(move || {
                let _work = work;
                panic_on_purpose()
            });
        }
        _ => drop(work),
    }
}

/// Starts one of several workers that share events by key on a thread of its own.
pub fn start_keyed<const N: usize, K: Fn(&[u8; N]) -> u64 + Send + 'static>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    mut worker: KeyedWorker<[u8; N], K>,
) {
    let scroll = scroll.clone();
    world.spawn("worker by key", rng, move |world, rng| {
        let got = Got { world, bytes: N, capacity: 1, count: 0.into() };
        let mut end = 0;
        loop {
            world.pause(rng);
            let panics_at = if rng.u8(..20) == 0 { rng.usize(..20) } else { usize::MAX };
            let mut place = 0;
            let handled = world.catch(|| {
                worker.recv(|event, sequence| {
                    // What it had handled when it panicked comes again.
                    if sequence >= end {
                        check(world, event);
                        scroll.hand(sequence);
                        got.add();
                        end = sequence + 1;
                    }
                    place += 1;
                    if place > panics_at {
                        panic_on_purpose();
                    }
                })
            });
            if let Some(Err(_)) = handled {
                return;
            }
        }
    });
}

fn check(world: &World, event: &[u8]) {
    world.beat();
    let name = Name::read(event).expect("three bytes or more");
    assert!(name.slot == world.slot && name.is_written_in(event), "{name:?} is not what was sent: {event:?}");
}
