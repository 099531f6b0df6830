//! The soak runs for some seconds and finds nothing; and it does find what is wrong in rings that are wrong on purpose.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ringfold::error::{Closed, PushTimeoutError, TryPushError};
use ringfold::{broadcast, spsc};
use ringfold_soak::census::Order;
use ringfold_soak::flow::{Pushes, start_consumer, start_producer};
use ringfold_soak::item::{Load, Tracked};
use ringfold_soak::rooms::{ROOMS, Room};
use ringfold_soak::run::{Failure, Plan, soak};
use ringfold_soak::world::World;

fn plan(rooms: &[Room], seconds: u64) -> Plan {
    let (duration, hangs_after) = (Duration::from_secs(seconds), Duration::from_secs(60));
    Plan { rooms: rooms.to_vec(), duration, seed: 2026, is_same: false, at_once: 3, hangs_after }
}

#[test]
fn five_seconds_find_nothing() {
    let tallies = soak(&plan(ROOMS, 5), |_, _| ()).unwrap_or_else(|failure| panic!("{failure}"));
    for (room, tally) in ROOMS.iter().zip(&tallies) {
        assert!(
            tally.worlds.value() > 0 && tally.items.value() > 0,
            "{} has seen nothing: {tally:?}",
            room.name
        );
    }
}

/// What is wrong with a ring, once in a thousand items.
trait Fault: Send + 'static {
    /// What becomes of an item, and of the one that was kept back before.
    fn spoil<T: Load>(item: T, kept: &mut Option<T>) -> Vec<T>;
}

struct Loses;
impl Fault for Loses {
    fn spoil<T: Load>(_: T, _: &mut Option<T>) -> Vec<T> {
        Vec::new()
    }
}

struct Swaps;
impl Fault for Swaps {
    fn spoil<T: Load>(item: T, kept: &mut Option<T>) -> Vec<T> {
        *kept = Some(item);
        Vec::new()
    }
}

struct Forgets;
impl Fault for Forgets {
    fn spoil<T: Load>(item: T, _: &mut Option<T>) -> Vec<T> {
        std::mem::forget(item);
        Vec::new()
    }
}

/// A ring that is broken in such a way.
struct Broken<T, F> {
    ring: spsc::Producer<T>,
    kept: Option<T>,
    count: u32,
    fault: PhantomData<F>,
}

impl<T: Load, F: Fault> Broken<T, F> {
    /// Lets items through as the fault will have it, and says how it went with the last.
    fn push_each(&mut self, item: T) -> Result<(), Closed<T>> {
        self.count += 1;
        if self.count.is_multiple_of(1000) {
            return F::spoil(item, &mut self.kept).into_iter().try_for_each(|item| self.ring.push(item));
        }
        self.ring.push(item)?;
        self.kept.take().map_or(Ok(()), |kept| self.ring.push(kept))
    }
}

impl<T: Load, F: Fault> Pushes<T> for Broken<T, F> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.push_each(item).map_err(|Closed(item)| TryPushError::Closed(item))
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        self.push_each(item)
    }
    fn push_timeout(&mut self, item: T, _: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_each(item).map_err(|Closed(item)| PushTimeoutError::Closed(item))
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        let mut pushed = 0;
        for item in items {
            self.push_each(item).map_err(|Closed(item)| Closed((pushed, item)))?;
            pushed += 1;
        }
        Ok(pushed)
    }
    fn push_slice(&mut self, _: &[T], _: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        Ok(0)
    }
    fn capacity(&self) -> usize {
        self.ring.capacity()
    }
}

fn broken<T: Load, F: Fault>(world: &Arc<World>, rng: &mut Rng) {
    let (ring, consumer) = spsc::with_capacity(64).expect("memory for a ring");
    let broken = Broken::<T, F> { ring, kept: None, count: 0, fault: PhantomData };
    start_producer(world, rng, Box::new(broken), 20_000);
    start_consumer(world, rng, Box::new(consumer), Order::strict(world.slot));
}

fn found(open: fn(&Arc<World>, &mut Rng)) -> Failure {
    let room = Room { name: "broken", leaks: false, open };
    soak(&plan(&[room], 60), |_, _| ()).expect_err("it is broken")
}

#[test]
fn a_ring_that_loses_an_item_in_a_thousand_is_found() {
    for open in [broken::<[u8; 1], Loses>, broken::<[u8; 24], Loses>, broken::<Tracked<5>, Loses>] {
        let what = found(open).what;
        assert!(what.contains("was due") || what.contains("is not what was sent"), "{what}");
    }
}

#[test]
fn a_ring_that_changes_the_order_is_found() {
    let what = found(broken::<[u8; 5], Swaps>).what;
    assert!(what.contains("was due"), "{what}");
}

#[test]
fn an_item_that_is_never_dropped_is_found() {
    let what = found(broken::<Tracked<12>, Forgets>).what;
    assert!(what.contains("was due") || what.contains("never dropped"), "{what}");
}

/// A reader that takes no part in the checks, and holds all others up.
fn stuck(world: &Arc<World>, rng: &mut Rng) {
    let mut producer = broadcast::builder::<u8>(4).build().expect("memory for a ring");
    let reader = producer.subscribe();
    world.spawn("stuck", rng, move |_, _| while producer.publish(|_| ()).is_ok() {});
    std::mem::forget(reader);
}

#[test]
fn a_world_that_hangs_is_found_and_can_be_run_again() {
    let room = Room { name: "stuck", leaks: false, open: stuck };
    let plan = Plan { hangs_after: Duration::from_millis(300), at_once: 1, ..plan(&[room], 60) };
    let failure = soak(&plan, |_, _| ()).expect_err("it hangs");
    assert!(failure.what.contains("it hangs") && failure.state.contains("there: [\"stuck\"]"), "{failure}");
    assert!(failure.to_string().contains(&format!("--room stuck --seed {}", failure.seed)), "{failure}");
}
