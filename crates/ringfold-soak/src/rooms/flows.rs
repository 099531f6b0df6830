//! The rooms in which items flow from producers to consumers.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ringfold::error::{Closed, PopTimeoutError, TryPopError};
use ringfold::select::{self, Select};
use ringfold::{WaitStrategy, lanes, mpmc, mpsc, spsc};

use super::awaited::Awaited;
use crate::census::Order;
use crate::flow::{Pops, Pushes, start_consumer, start_producer};
use crate::item::{Load, Tracked};
use crate::world::{World, capacity, memory, quota, strategy};

/// The handles of a ring that was just made.
pub struct Ends<T> {
    pub producers: Vec<Box<dyn Pushes<T>>>,
    pub consumers: Vec<Box<dyn Pops<T>>>,
}

/// A room whose rings can be made for any item.
pub trait Flow {
    /// Whether several consumers share the items, so that each of them sees gaps.
    const IS_SHARED: bool = false;

    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T>;
}

/// One world of such a room, with items of some size, plain or counted.
pub fn flow<F: Flow>(world: &Arc<World>, rng: &mut Rng) {
    match rng.u8(..11) {
        // A single byte has no room for a name, which is needed where there are gaps.
        0 if F::IS_SHARED => run::<F, [u8; 4]>(world, rng),
        0 => run::<F, [u8; 1]>(world, rng),
        1 => run::<F, [u8; 3]>(world, rng),
        2 => run::<F, [u8; 5]>(world, rng),
        3 => run::<F, [u8; 12]>(world, rng),
        4 => run::<F, [u8; 24]>(world, rng),
        5 => run::<F, [u8; 100]>(world, rng),
        6 => run::<F, Tracked<3>>(world, rng),
        7 => run::<F, Tracked<5>>(world, rng),
        8 => run::<F, Tracked<12>>(world, rng),
        9 => run::<F, Tracked<24>>(world, rng),
        _ => run::<F, Tracked<100>>(world, rng),
    }
}

/// One world of such a room with items of this kind.
pub fn run<F: Flow, T: Load>(world: &Arc<World>, rng: &mut Rng) {
    let Ends { producers, consumers } = F::open::<T>(world, rng);
    let order = if F::IS_SHARED { Order::loose(world.slot) } else { Order::strict(world.slot) };
    for producer in producers {
        let quota = quota(rng);
        start_producer(world, rng, producer, quota);
    }
    for consumer in consumers {
        start_consumer(world, rng, consumer, order);
    }
}

fn ends<T: Load>(producer: impl Pushes<T> + 'static, consumer: impl Pops<T> + 'static) -> Ends<T> {
    Ends { producers: vec![Box::new(producer)], consumers: vec![Box::new(consumer)] }
}

pub struct Spsc;

impl Flow for Spsc {
    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let (producer, consumer) = spsc_ring(world, rng);
        ends(producer, consumer)
    }
}

fn spsc_ring<T: Load>(world: &World, rng: &mut Rng) -> (spsc::Producer<T>, spsc::Consumer<T>) {
    let builder = spsc::builder(capacity(rng)).memory(memory(rng));
    let ring =
        builder.producer_wait(strategy(rng)).consumer_wait(strategy(rng)).build().expect("memory for a ring");
    world.watch(ring.0.watch());
    ring
}

pub struct SpscAsync;

impl Flow for SpscAsync {
    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let (producer, consumer) = spsc_ring(world, rng);
        match rng.u8(..4) {
            0 => ends(Awaited(producer.into_async()), consumer),
            1 => ends(producer, Awaited(consumer.into_async())),
            _ => ends(Awaited(producer.into_async()), Awaited(consumer.into_async())),
        }
    }
}

pub struct Mpsc;

impl Flow for Mpsc {
    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let (producer, consumer) = mpsc_ring(world, rng);
        let producers = (0..rng.usize(1..=4)).map(|_| -> Box<dyn Pushes<T>> {
            if rng.u8(..4) == 0 {
                Box::new(Awaited(producer.clone().into_async()))
            } else {
                Box::new(producer.clone())
            }
        });
        let producers = producers.collect();
        let consumer: Box<dyn Pops<T>> =
            if rng.u8(..4) == 0 { Box::new(Awaited(consumer.into_async())) } else { Box::new(consumer) };
        Ends { producers, consumers: vec![consumer] }
    }
}

fn mpsc_ring<T: Load>(world: &World, rng: &mut Rng) -> (mpsc::Producer<T>, mpsc::Consumer<T>) {
    let builder = mpsc::builder(capacity(rng)).memory(memory(rng));
    let ring =
        builder.producer_wait(strategy(rng)).consumer_wait(strategy(rng)).build().expect("memory for a ring");
    world.watch(ring.0.watch());
    ring
}

pub struct Lanes;

impl Flow for Lanes {
    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let builder = lanes::builder(rng.usize(1..=4), capacity(rng).min(500)).memory(memory(rng));
        let builder = builder.producer_wait(strategy(rng)).consumer_wait(strategy(rng));
        let (producers, consumer) = builder.build().expect("memory for the lanes");
        producers.iter().for_each(|producer| world.watch(producer.watch()));
        let producers = producers.into_iter().map(|producer| Box::new(producer) as Box<dyn Pushes<T>>);
        Ends { producers: producers.collect(), consumers: vec![Box::new(consumer)] }
    }
}

pub struct Mpmc;

impl Flow for Mpmc {
    const IS_SHARED: bool = true;

    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let builder = mpmc::builder(capacity(rng)).producer_wait(strategy(rng)).consumer_wait(strategy(rng));
        let (producer, consumer) = builder.build().expect("memory for a ring");
        world.watch(producer.watch());
        let producers = (0..rng.usize(1..=3)).map(|_| Box::new(producer.clone()) as Box<dyn Pushes<T>>);
        let consumers = (0..rng.usize(1..=3)).map(|_| Box::new(consumer.clone()) as Box<dyn Pops<T>>);
        Ends { producers: producers.collect(), consumers: consumers.collect() }
    }
}

pub struct Selected;

impl Flow for Selected {
    fn open<T: Load>(world: &World, rng: &mut Rng) -> Ends<T> {
        let (alone, one) = spsc_ring(world, rng);
        let (shared, many) = mpsc_ring(world, rng);
        let (laned, lanes) = lanes::with_capacity(1, capacity(rng).min(500)).expect("memory for a lane");
        let mut producers: Vec<Box<dyn Pushes<T>>> = vec![Box::new(alone), Box::new(shared)];
        producers.extend(laned.into_iter().map(|producer| Box::new(producer) as Box<dyn Pushes<T>>));
        Ends { producers, consumers: vec![Box::new(Any { one, many, lanes })] }
    }
}

/// Three rings that are waited for at once.
struct Any<T> {
    one: spsc::Consumer<T>,
    many: mpsc::Consumer<T>,
    lanes: lanes::Consumer<T>,
}

impl<T> Any<T> {
    fn sources(&mut self) -> [&mut dyn Select; 3] {
        [&mut self.one, &mut self.many, &mut self.lanes]
    }

    fn pop_from(&mut self, place: usize) -> T {
        let popped = match place {
            0 => self.one.try_pop(),
            1 => self.many.try_pop(),
            _ => self.lanes.try_pop(),
        };
        popped.expect("it was said to have something, and nobody else reads")
    }
}

impl<T: Send> Pops<T> for Any<T> {
    fn try_pop(&mut self) -> Result<T, TryPopError> {
        select::try_any(&mut self.sources()).map(|place| self.pop_from(place))
    }
    fn pop(&mut self) -> Result<T, Closed> {
        select::wait_any(&mut self.sources()).map(|place| self.pop_from(place))
    }
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        select::wait_any_timeout(&mut self.sources(), timeout).map(|place| self.pop_from(place))
    }
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize {
        self.one.drain(&mut *take) + self.many.drain(&mut *take) + self.lanes.drain(&mut *take)
    }
    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        self.many.pop_slice(target)
    }
    fn capacity(&self) -> usize {
        self.one.capacity()
    }
}

/// The size of the rings that are static.
const INLINE: usize = 8;

/// One world on a ring inside a `static`, which was used by others before.
pub fn spsc_static(world: &Arc<World>, rng: &mut Rng) {
    static PLAIN: [spsc::Static<[u8; 5], INLINE>; crate::census::WORLDS] =
        [const { spsc::Static::new() }; crate::census::WORLDS];
    static COUNTED: [spsc::Static<Tracked<12>, INLINE>; crate::census::WORLDS] =
        [const { spsc::Static::new() }; crate::census::WORLDS];
    if rng.bool() { inline(world, rng, &PLAIN[world.slot]) } else { inline(world, rng, &COUNTED[world.slot]) }
}

fn inline<T: Load>(world: &Arc<World>, rng: &mut Rng, ring: &'static spsc::Static<T, INLINE>) {
    let strategies: [WaitStrategy; 2] = [strategy(rng), strategy(rng)];
    // A handle that was leaked keeps the ring for ever.
    let Some((producer, consumer)) = ring.split_with(strategies[0], strategies[1]) else { return };
    world.watch(producer.watch());
    let quota = quota(rng);
    start_producer(world, rng, Box::new(producer), quota);
    start_consumer(world, rng, Box::new(consumer), Order::strict(world.slot));
}
