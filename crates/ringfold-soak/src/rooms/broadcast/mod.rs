//! The room in which every reader sees every event.

mod publish;
mod read;
mod scroll;
mod stages;

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use fastrand::Rng;
use ringfold::broadcast::{self, Builder, Producer, Reader, Static, StaticReader};

use crate::census::{Order, WORLDS};
use crate::flow::AtWork;
use crate::item::{Load, Name};
use crate::world::{Fate, Verdict, World, capacity, memory, panic_on_purpose, quota, small, strategy};
use scroll::{Reading, Scroll};
use stages::UnderWay;

fn builder<const N: usize>(rng: &mut Rng, most: usize) -> Builder<[u8; N]> {
    let builder = broadcast::builder(capacity(rng).min(most)).memory(memory(rng));
    builder.producer_wait(strategy(rng)).reader_wait(strategy(rng))
}

fn watch<const N: usize, M: broadcast::Mode>(world: &World, producer: &Producer<[u8; N], M>) {
    world.count(producer.memory());
    let subscriber = producer.subscriber();
    world.tell(move || {
        format!("{} slots, {:?}, {:?}", subscriber.capacity(), subscriber.stats(), subscriber.readers())
    });
}

/// One producer, gated readers one behind the other or side by side, others that join and leave.
pub fn single(world: &Arc<World>, rng: &mut Rng) {
    match rng.u8(..6) {
        0 => single_of::<1>(world, rng),
        1 => single_of::<3>(world, rng),
        2 => single_of::<5>(world, rng),
        3 => single_of::<12>(world, rng),
        4 => single_of::<24>(world, rng),
        _ => single_of::<100>(world, rng),
    }
}

fn single_of<const N: usize>(world: &Arc<World>, rng: &mut Rng) {
    let producer = builder::<N>(rng, 4096).build_with(|| [0; N]).expect("memory for a ring");
    watch(world, &producer);
    let scroll = Scroll::open(world, 0);
    graph(world, rng, &scroll, &producer);
    read::start_joiner(world, rng, &scroll, producer.subscriber(), false);
    let quota = quota(rng);
    publish::start(world, rng, &scroll, producer, quota);
}

/// Readers that come after any of those before them: pipelines, fan-outs, diamonds.
fn graph<const N: usize, M: broadcast::Mode>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    producer: &Producer<[u8; N], M>,
) {
    let mut readers: Vec<(Reader<[u8; N]>, Reading)> = Vec::new();
    for _ in 0..rng.u8(1..=4) {
        let before: Vec<usize> = (0..readers.len()).filter(|_| rng.u8(..3) == 0).collect();
        let subscription = producer.subscription().after(before.iter().map(|&place| &readers[place].0));
        let reader = subscription.wait_strategy(strategy(rng)).join().expect("those in front are there");
        let mut reading = read::reading(world, scroll, &reader);
        reading.after = before.iter().map(|&place| readers[place].1.progress.clone()).collect();
        readers.push((reader, reading));
    }
    for (reader, reading) in readers {
        read::start(world, rng, reading, reader);
    }
}

/// Several producers.
pub fn multi(world: &Arc<World>, rng: &mut Rng) {
    match rng.u8(..4) {
        0 => multi_of::<3>(world, rng),
        1 => multi_of::<5>(world, rng),
        2 => multi_of::<24>(world, rng),
        _ => multi_of::<100>(world, rng),
    }
}

fn multi_of<const N: usize>(world: &Arc<World>, rng: &mut Rng) {
    let is_lossy = rng.bool();
    let builder = builder::<N>(rng, 2048);
    let builder = if is_lossy { builder.lossy() } else { builder };
    let producer = builder.build_multi_with(|| [0; N]).expect("memory for a ring");
    watch(world, &producer);
    let scroll = Scroll::open(world, 0);
    graph(world, rng, &scroll, &producer);
    read::start_joiner(world, rng, &scroll, producer.subscriber(), is_lossy);
    for _ in 0..rng.u8(1..=4) {
        let quota = quota(rng);
        publish::start(world, rng, &scroll, producer.clone(), quota);
    }
}

/// One producer and lossy readers, now and then with a gated one.
pub fn lossy(world: &Arc<World>, rng: &mut Rng) {
    match rng.u8(..4) {
        0 => lossy_of::<3>(world, rng),
        1 => lossy_of::<12>(world, rng),
        2 => lossy_of::<24>(world, rng),
        _ => lossy_of::<100>(world, rng),
    }
}

fn lossy_of<const N: usize>(world: &Arc<World>, rng: &mut Rng) {
    // In a small ring the producer laps them.
    let mut producer = builder::<N>(rng, 64).lossy().build_with(|| [0; N]).expect("memory for a ring");
    watch(world, &producer);
    let scroll = Scroll::open(world, 0);
    for _ in 0..rng.u8(1..=3) {
        read::start_lossy(world, rng, &scroll, producer.subscribe_lossy());
    }
    if rng.u8(..3) == 0 {
        graph(world, rng, &scroll, &producer);
    }
    read::start_joiner(world, rng, &scroll, producer.subscriber(), true);
    let quota = quota(rng);
    publish::start(world, rng, &scroll, producer, quota);
}

/// Stages on threads, in any graph, with handlers that panic.
pub fn staged(world: &Arc<World>, rng: &mut Rng) {
    const N: usize = 12;
    let producer = builder::<N>(rng, 1024).build_with(|| [0; N]).expect("memory for a ring");
    watch(world, &producer);
    let scroll = Scroll::open(world, 0);
    let mut stages: Vec<UnderWay<N>> = Vec::new();
    for _ in 0..rng.u8(1..=4) {
        let before: Vec<usize> = (0..stages.len()).filter(|_| rng.bool()).collect();
        let subscription = producer.subscription().after(before.iter().map(|&place| &stages[place].stage));
        let mut reading = Reading::new(world, &scroll, Order::strict(world.slot), 0, N, producer.capacity());
        reading.after = before.iter().map(|&place| stages[place].progress.clone()).collect();
        stages.push(stages::start(rng, reading, subscription));
    }
    for stage in stages {
        stage.wait(world, rng);
    }
    let quota = quota(rng).min(3000);
    publish::start(world, rng, &scroll, producer, quota);
}

/// Groups of workers, and a reader behind them.
pub fn workers(world: &Arc<World>, rng: &mut Rng) {
    const N: usize = 24;
    let producer = builder::<N>(rng, 1024).build_multi_with(|| [0; N]).expect("memory for a ring");
    watch(world, &producer);
    let scroll = Scroll::open(world, 0);
    let count = rng.usize(1..=4);
    if rng.u8(..3) == 0 {
        let key = |event: &[u8; N]| Name::read(event).map_or(0, |name| u64::from(name.number) / 7);
        let workers = producer.subscription().workers_by_key(count, key).expect("memory for a group");
        let behind = producer.subscription().after(&workers).join().expect("they are there");
        read_behind(world, rng, &scroll, behind);
        workers.into_iter().for_each(|worker| stages::start_keyed(world, rng, &scroll, worker));
        world.is_complete.store(true, SeqCst);
    } else {
        let workers = producer.subscription().workers(count).expect("memory for a group");
        let behind = producer.subscription().after([&workers[0]]).join().expect("they are there");
        read_behind(world, rng, &scroll, behind);
        workers.into_iter().for_each(|worker| stages::start_worker(world, rng, &scroll, worker));
    }
    let all = scroll.clone();
    world.at_end(move |world| {
        if world.is_complete.load(SeqCst) {
            all.check_handed();
        }
    });
    for _ in 0..rng.u8(1..=2) {
        let quota = quota(rng);
        publish::start(world, rng, &scroll, producer.clone(), quota);
    }
}

fn read_behind<const N: usize>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    reader: Reader<[u8; N]>,
) {
    let reading = read::reading(world, scroll, &reader);
    read::start(world, rng, reading, reader);
}

const INLINE: usize = 8;
type Inline = Static<[u8; 12], INLINE, 4>;

/// A ring inside a `static`, which was used by others before.
pub fn inline(world: &Arc<World>, rng: &mut Rng) {
    static RINGS: [Inline; WORLDS] = [const { Static::new([0; 12]) }; WORLDS];
    let ring = &RINGS[world.slot];
    let mut producer = ring.producer().expect("the last world has given it back");
    let base = producer.sequence();
    let scroll = Scroll::open(world, base);
    for _ in 0..rng.u8(1..=3) {
        let reader = ring.subscribe().expect("the last world's readers have left");
        read_inline(world, rng, &scroll, reader, base);
    }
    let (quota, books) = (quota(rng).min(5000), scroll.clone());
    world.producers.fetch_add(1, SeqCst);
    world.spawn("producer", rng, move |world, rng| {
        let _at_work = AtWork(world);
        let mut fate = Fate::draw(world, rng);
        let mut sent = 0;
        while sent < quota && !world.is_over() {
            let Verdict::GoOn = fate.step(world) else { return };
            world.pause(rng);
            let count = small(rng, 3).min(INLINE).min((quota - sent) as usize);
            let name = |ahead: usize| Name { slot: world.slot, producer: 0, number: sent + ahead as u32 };
            let panics = rng.u8(..20) == 0;
            let published = world.catch(|| {
                producer.publish_batch(count, |events| {
                    events.iter_mut().enumerate().for_each(|(ahead, event)| *event = Load::make(name(ahead)));
                    if panics {
                        panic_on_purpose();
                    }
                })
            });
            if let Some(first) = published {
                let first = first.expect("it is no more than the ring has");
                (0..count).for_each(|ahead| books.published(first + ahead as u64, name(ahead)));
                sent += count as u32;
            }
        }
    });
}

fn read_inline(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    mut reader: StaticReader<[u8; 12]>,
    base: u64,
) {
    let mut reading = Reading::new(world, scroll, Order::strict(world.slot), base, 12, INLINE);
    world.spawn("reader", rng, move |world, rng| {
        let mut fate = Fate::draw(world, rng);
        loop {
            let Verdict::GoOn = fate.step(world) else { return };
            world.pause(rng);
            let most = small(rng, 4);
            let batch = if rng.bool() { reader.recv_up_to(most) } else { Ok(reader.poll()) };
            let Ok(batch) = batch else { return reading.is_whole().store(true, SeqCst) };
            for (event, sequence) in batch.iter().zip(batch.sequence()..) {
                reading.see(sequence, event);
            }
            if rng.u8(..20) == 0 {
                world.tally.leaked.add(1);
                std::mem::forget(batch);
            }
        }
    });
}
