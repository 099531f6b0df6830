//! The rooms for one thread, beside a model that holds nothing but numbers.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

use fastrand::Rng;
use ringfold::{List, Queue, Ring};

use crate::flow::Got;
use crate::item::{Load, NUMBERS, Name, Tracked};
use crate::world::{World, capacity, memory, panic_on_purpose, quota, small};

/// What should be in the ring, and where the next item comes from.
struct Model<'w> {
    world: &'w World,
    numbers: VecDeque<u32>,
    next: Cell<u32>,
    /// Items that were found to be right on their way out.
    got: Got<'w>,
}

impl<'w> Model<'w> {
    fn new<T: Load>(world: &'w World, capacity: usize) -> Self {
        let got = Got { world, bytes: T::BYTES, capacity, count: Cell::new(0) };
        Self { world, numbers: VecDeque::new(), next: Cell::new(0), got }
    }

    fn name(&self, number: u32) -> Name {
        Name { slot: self.world.slot, producer: 0, number }
    }

    /// A new item.
    fn make<T: Load>(&self) -> T {
        let number = self.next.replace(self.next.get() + 1);
        T::make(self.name(number))
    }

    /// The newest item has gone in.
    fn went_in(&mut self) {
        self.numbers.push_back(self.next.get() - 1);
    }

    /// The oldest items have gone out unseen.
    fn went_out(&mut self, count: usize) {
        self.numbers.drain(..count).for_each(|_| self.got.add());
    }

    /// This is what the model says should come out.
    fn check<T: Load>(&self, number: Option<u32>, item: &Option<T>) {
        let is_right = match (number, item) {
            (Some(number), Some(item)) => self.name(number).is_written_in(item.as_ref()),
            (number, item) => number.is_none() && item.is_none(),
        };
        self.got.add();
        assert!(is_right, "{:?} came out where item {number:?} was due", item.as_ref().map(AsRef::as_ref));
    }

    /// Everything that is there, from the oldest on.
    fn check_all<'t, T: Load>(&self, items: impl ExactSizeIterator<Item = &'t T>) {
        assert_eq!(items.len(), self.numbers.len(), "how many there are");
        for (item, &number) in items.zip(&self.numbers) {
            assert!(self.name(number).is_written_in(item.as_ref()), "item {number} is {:?}", item.as_ref());
        }
    }
}

/// Runs steps until a quota is used up.
fn steps(
    world: &World,
    rng: &mut Rng,
    model: &mut Model<'_>,
    mut step: impl FnMut(&mut Model<'_>, &mut Rng),
) {
    for _ in 0..quota(rng) {
        if world.is_over() || model.next.get() > NUMBERS - 10_000 {
            break;
        }
        world.pause(rng);
        // What panics on purpose is an item that is dropped, or an iterator; the model has noted what happened by then.
        world.catch(|| step(model, rng));
    }
}

macro_rules! sizes {
    ($world:ident, $rng:ident, $run:ident) => {{
        let run = match $rng.u8(..9) {
            0 => $run::<[u8; 1]>,
            1 => $run::<[u8; 3]>,
            2 => $run::<[u8; 24]>,
            3 => $run::<[u8; 100]>,
            4 => $run::<Tracked<3>>,
            5 => $run::<Tracked<5>>,
            6 => $run::<Tracked<12>>,
            7 => $run::<Tracked<24>>,
            _ => $run::<Tracked<100>>,
        };
        $world.spawn("alone", $rng, run);
    }};
}

/// A `Ring`.
pub fn ring(world: &Arc<World>, rng: &mut Rng) {
    sizes!(world, rng, ring_of);
}

fn ring_of<T: Load>(world: &Arc<World>, rng: &mut Rng) {
    let capacity = capacity(rng);
    let mut ring: Ring<T> = Ring::builder(capacity).memory(memory(rng)).build().expect("memory for a ring");
    world.count(ring.memory());
    let mut model = Model::new::<T>(world, capacity);
    steps(world, rng, &mut model, |model, rng| ring_step(model, rng, &mut ring));
    // What is left is dropped by the ring, or by those whom it is handed on to.
    match rng.u8(..3) {
        0 => {
            let (producer, consumer) = ring.into_spsc();
            world.catch(|| drop((producer, consumer)));
        }
        1 => {
            let (producer, consumer) = ring.into_mpsc().expect("memory for the marks");
            world.catch(|| drop((consumer, producer)));
        }
        _ => _ = world.catch(|| drop(ring)),
    }
}

fn ring_step<T: Load>(model: &mut Model<'_>, rng: &mut Rng, ring: &mut Ring<T>) {
    match rng.u8(..12) {
        0..5 => put_in(model, rng, ring),
        5 | 6 => {
            let due = model.numbers.pop_front();
            model.check(due, &ring.pop());
        }
        7 => {
            let due = model.numbers.pop_back();
            model.check(due, &ring.pop_newest());
        }
        8..11 => drop_some(model, rng, ring),
        _ => {
            ring.drain(|item| {
                let due = model.numbers.pop_front();
                model.check(due, &Some(item));
            });
        }
    }
    model.check_all(ring.iter());
}

fn put_in<T: Load>(model: &mut Model<'_>, rng: &mut Rng, ring: &mut Ring<T>) {
    match rng.u8(..5) {
        0 | 1 => match ring.push(model.make()) {
            Ok(()) => model.went_in(),
            Err(_) => assert_eq!(model.numbers.len(), ring.capacity(), "it said that it was full"),
        },
        2 => {
            let is_full = model.numbers.len() == ring.capacity();
            let due = if is_full { model.numbers.pop_front() } else { None };
            let oldest = ring.push_overwrite(model.make());
            model.went_in();
            model.check(due, &oldest);
        }
        _ => {
            let (free, before) = (ring.free(), model.next.get());
            model.world.catch(|| ring.push_iter(made(model, rng)));
            model.numbers.extend(before..model.next.get());
            assert!(model.next.get() - before <= free as u32, "more went in than had room");
        }
    }
}

/// New items, which may end in a panic.
fn made<T: Load>(model: &Model<'_>, rng: &mut Rng) -> impl Iterator<Item = T> {
    let count = small(rng, 9);
    let panics_at = if rng.u8(..8) == 0 { rng.usize(..count) } else { count };
    (0..count).map(move |place| {
        if place == panics_at {
            panic_on_purpose();
        }
        model.make()
    })
}

fn drop_some<T: Load>(model: &mut Model<'_>, rng: &mut Rng, ring: &mut Ring<T>) {
    let count = small(rng, 9);
    match rng.u8(..3) {
        0 => {
            model.went_out(count.min(model.numbers.len()));
            ring.consume(count);
        }
        1 => {
            model.went_out(model.numbers.len().saturating_sub(count));
            ring.truncate_front(count);
        }
        _ => {
            model.numbers.truncate(count);
            ring.truncate(count);
        }
    }
}

/// A `Queue`.
pub fn queue(world: &Arc<World>, rng: &mut Rng) {
    sizes!(world, rng, queue_of);
}

fn queue_of<T: Load>(world: &Arc<World>, rng: &mut Rng) {
    let capacity = capacity(rng);
    let ring = Ring::builder(capacity).memory(memory(rng)).build().expect("memory for a ring");
    world.count(ring.memory());
    let mut queue: Queue<T> = ring.into();
    let mut model = Model::new::<T>(world, capacity);
    steps(world, rng, &mut model, |model, rng| queue_step(model, rng, &mut queue));
    world.catch(|| drop(queue));
}

fn queue_step<T: Load>(model: &mut Model<'_>, rng: &mut Rng, queue: &mut Queue<T>) {
    let count = small(rng, 9);
    match rng.u8(..8) {
        0 => {
            if queue.push(model.make()).is_ok() {
                model.went_in();
            }
        }
        1..4 => reserve(model, rng, queue, count),
        4 => {
            let due = model.numbers.pop_front();
            model.check(due, &queue.pop());
        }
        5 | 6 => {
            model.went_out(count.min(model.numbers.len()));
            queue.release(count);
        }
        _ => {
            _ = queue.drain(|item| {
                let due = model.numbers.pop_front();
                model.check(due, &Some(item));
            })
        }
    }
    model.check_all(queue.peek().iter());
}

fn reserve<T: Load>(model: &mut Model<'_>, rng: &mut Rng, queue: &mut Queue<T>, count: usize) {
    let before = model.next.get();
    let panics_at = if rng.u8(..8) == 0 { rng.usize(..count) } else { count };
    let free = queue.free();
    let Some(mut reservation) = queue.reserve(count) else { return assert!(count > free, "there is room") };
    reservation.fill(|place| {
        if place == panics_at {
            panic_on_purpose();
        }
        model.make()
    });
    if rng.u8(..6) == 0 {
        return reservation.abort();
    }
    model.numbers.extend(before..model.next.get());
    assert_eq!(reservation.commit(), count, "all that was reserved");
}

/// A `List`.
pub fn list(world: &Arc<World>, rng: &mut Rng) {
    sizes!(world, rng, list_of);
}

fn list_of<T: Load>(world: &Arc<World>, rng: &mut Rng) {
    let mut list: List<T> = if rng.bool() { List::new() } else { List::with_chunk_size(small(rng, 8)) };
    let mut model = Model::new::<T>(world, NUMBERS as usize);
    steps(world, rng, &mut model, |model, rng| list_step(model, rng, &mut list));
    if rng.bool() {
        world.catch(|| {
            // From both ends, and then the rest at once.
            let mut items = list.into_iter();
            let (oldest, newest) = (model.numbers.pop_front(), model.numbers.pop_back());
            model.check(oldest, &items.next());
            model.check(newest, &items.next_back());
        });
    } else {
        world.catch(|| drop(list));
    }
}

fn list_step<T: Load>(model: &mut Model<'_>, rng: &mut Rng, list: &mut List<T>) {
    match rng.u8(..8) {
        0..2 => {
            list.push(model.make());
            model.went_in();
        }
        2..4 => {
            let before = model.next.get();
            model.world.catch(|| list.extend(made(model, rng)));
            model.numbers.extend(before..model.next.get());
        }
        4 => {
            let due = model.numbers.pop_back();
            model.check(due, &list.pop());
        }
        5 => {
            let len = model.numbers.len().saturating_sub(small(rng, 9));
            model.numbers.truncate(len);
            list.truncate(len);
        }
        6 if !model.numbers.is_empty() => {
            let place = rng.usize(..model.numbers.len());
            let item = model.make();
            let due = std::mem::replace(&mut model.numbers[place], model.next.get() - 1);
            let before = list.replace(place, item).ok();
            model.check(Some(due), &before);
        }
        _ if rng.u8(..8) == 0 => list.shrink_to_fit(),
        _ => (),
    }
    if rng.u8(..16) == 0 {
        model.check_all(list.iter());
    }
}
