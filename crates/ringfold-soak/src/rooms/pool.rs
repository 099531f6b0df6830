//! Events and values that threads share, hand on and drop wherever they are.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use fastrand::Rng;
use ringfold::mpmc;
use ringfold::pool::{Config, EventRef, Pool, PoolError, Slab, SlotRef, WeakEvent, WeakSlot, WhenExhausted};

use crate::item::{Load, NUMBERS, Name, Tracked};
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, quota, small, strategy};

/// What the threads of a pool's world share.
struct Shared {
    pool: Pool,
    /// What one has done with, another one may have.
    hands_on: mpmc::Producer<EventRef>,
    takes: mpmc::Consumer<EventRef>,
    forgotten: AtomicU64,
}

/// A `Pool` of few slots, with every way of being exhausted.
pub fn pool(world: &Arc<World>, rng: &mut Rng) {
    let policies = [WhenExhausted::NextLarger, WhenExhausted::Heap, WhenExhausted::Wait, WhenExhausted::Fail];
    let slots = |rng: &mut Rng| if rng.u8(..6) == 0 { 0 } else { small(rng, 6) };
    let capacities = [slots(rng), slots(rng), slots(rng), slots(rng).min(8), slots(rng).min(4)];
    let config = Config::with_capacities(capacities).threads(rng.usize(..6)).wait_strategy(strategy(rng));
    let pool = Pool::new(config.when_exhausted(policies[rng.usize(..4)])).expect("memory for a pool");
    let (hands_on, takes) = mpmc::with_capacity(small(rng, 6)).expect("memory for a ring");
    let shared = Arc::new(Shared { pool, hands_on, takes, forgotten: AtomicU64::new(0) });
    let told = shared.clone();
    world.tell(move || format!("{:?}", told.pool.stats()));
    for _ in 0..rng.u8(1..=4) {
        let shared = shared.clone();
        world.spawn("user", rng, move |world, rng| use_pool(world, rng, &shared));
    }
    world.at_end(move |_| {
        shared.takes.drain(|event| check(&event));
        let forgotten = shared.forgotten.load(SeqCst);
        let stats = shared.pool.stats();
        assert_eq!(
            stats.in_use() + stats.heap.in_use,
            forgotten,
            "what is in use is what was forgotten: {stats:?}"
        );
        shared.pool.audit();
        assert_eq!(shared.pool.audit(), forgotten - stats.heap.in_use, "what the audit says of it");
    });
}

/// Every byte of an event follows from its tag and its length.
fn byte_at(tag: u32, len: usize, place: usize) -> u8 {
    (u64::from(tag) << 32 ^ (len as u64) << 16 ^ place as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .to_le_bytes()[7]
}

fn check(event: &EventRef) {
    let (tag, len) = (event.tag(), event.len());
    let wrong = event.iter().enumerate().find(|(place, byte)| **byte != byte_at(tag, len, *place));
    assert_eq!(wrong, None, "the byte of event {tag} of {len} bytes that is another one");
}

fn use_pool(world: &Arc<World>, rng: &mut Rng, shared: &Shared) {
    let mut mine: VecDeque<EventRef> = VecDeque::new();
    let mut weak: Vec<(WeakEvent, u32)> = Vec::new();
    let mut fate = Fate::draw(world, rng);
    let (mut items, mut bytes) = (0, 0);
    for _ in 0..quota(rng) {
        // Its events are dropped with it; they are not leaked as a whole, which the budget of leaks is not made for.
        match fate.step(world) {
            Verdict::GoOn => (),
            Verdict::Drop | Verdict::Leak => break,
        }
        if world.is_over() {
            break;
        }
        world.pause(rng);
        match rng.u8(..12) {
            0..4 => mine.extend(alloc(world, rng, &shared.pool)),
            4 => mine.extend(mine.front().cloned()),
            5 => _ = mine.pop_front().map(|event| shared.hands_on.try_push(event)),
            6 | 7 => mine.extend(shared.takes.try_pop()),
            8 => weak.extend(mine.front().map(|event| (event.downgrade(), event.tag()))),
            9 if !weak.is_empty() => {
                let (event, tag) = weak.swap_remove(rng.usize(..weak.len()));
                if let Some(event) = event.upgrade() {
                    assert_eq!(event.tag(), tag, "a weak handle has found another event");
                    check(&event);
                }
            }
            10 => _ = mine.pop_back().map(|event| rewrite(rng, event)),
            _ if world.may_leak && rng.u8(..50) == 0 => forget(world, shared, mine.pop_back()),
            _ => mine.truncate(small(rng, 4)),
        }
        if let Some(event) = mine.back() {
            check(event);
            (items, bytes) = (items + 1, bytes + event.len() as u64);
        }
    }
    world.tally.items.add(items);
    world.tally.bytes.add(bytes);
}

/// Forgets an event, which is in use for ever then. Only one that nobody else has: of others it is not known who would be the last.
fn forget(world: &World, shared: &Shared, event: Option<EventRef>) {
    if let Some(Ok(event)) = event.map(EventRef::into_unique) {
        shared.forgotten.fetch_add(world.leak(event).into(), SeqCst);
    }
}

fn alloc(world: &World, rng: &mut Rng, pool: &Pool) -> Option<EventRef> {
    let (tag, len) = (rng.u32(..), small(rng, 14) + rng.usize(..2) - 1);
    let bytes = || (0..len).map(|place| byte_at(tag, len, place)).collect::<Vec<u8>>();
    let event = match rng.u8(..4) {
        0 => pool.try_alloc(&bytes(), tag),
        1 => pool.try_alloc_uninit(len).map(|mut event| {
            if rng.u8(..20) == 0 {
                panic_on_purpose();
            }
            event.copy_from_slice(&bytes());
            event.set_tag(tag);
            event.share()
        }),
        // Where it waits, everybody may hold what the others wait for.
        _ => pool.alloc_timeout(&bytes(), tag, moment(rng)),
    };
    world.beat();
    event.map_err(|error| assert!(matches!(error, PoolError::Exhausted { .. }), "{error}")).ok()
}

/// Writes an event anew, if nobody else has it.
fn rewrite(rng: &mut Rng, event: EventRef) {
    let Ok(mut event) = event.into_unique() else { return };
    let (tag, len) = (rng.u32(..), event.len() / 2);
    event.truncate(len);
    event.set_tag(tag);
    event.iter_mut().enumerate().for_each(|(place, byte)| *byte = byte_at(tag, len, place));
    check(&event.share());
}

type Value = Tracked<24>;

/// A `Slab` of values that are counted, and that panic when they are dropped.
pub fn slab(world: &Arc<World>, rng: &mut Rng) {
    let capacity = small(rng, 7);
    let slab: Slab<Value> = Slab::with_capacity(capacity).expect("memory for a slab");
    let (hands_on, takes) = mpmc::with_capacity::<SlotRef<Value>>(small(rng, 6)).expect("memory for a ring");
    for _ in 0..rng.u8(1..=4) {
        let (slab, hands_on, takes) = (slab.clone(), hands_on.clone(), takes.clone());
        let Some(producer) = world.new_producer() else { continue };
        world.spawn("user", rng, move |world, rng| {
            let mut user =
                SlabUser { world, producer, next: 0, slab, mine: VecDeque::new(), weak: Vec::new() };
            let mut fate = Fate::draw(world, rng);
            let mut items = 0;
            for _ in 0..quota(rng).min(NUMBERS) {
                let Verdict::GoOn = fate.step(world) else { break };
                if world.is_over() {
                    break;
                }
                world.pause(rng);
                items += world.catch(|| user.step(rng, &hands_on, &takes)).unwrap_or(0);
            }
            world.tally.received(items, Value::BYTES, capacity);
            while let Some(value) = user.mine.pop_front() {
                world.catch(|| drop(value));
            }
        });
    }
    world.at_end(move |world| {
        while let Ok(value) = takes.try_pop() {
            world.catch(|| drop(value));
        }
        drop(hands_on);
        assert_eq!(slab.in_use(), 0, "all references are gone");
    });
}

struct SlabUser<'w> {
    world: &'w World,
    producer: usize,
    next: u32,
    slab: Slab<Value>,
    mine: VecDeque<SlotRef<Value>>,
    weak: Vec<(WeakSlot<Value>, Vec<u8>)>,
}

impl SlabUser<'_> {
    /// One step; how many values were looked at.
    fn step(
        &mut self,
        rng: &mut Rng,
        hands_on: &mpmc::Producer<SlotRef<Value>>,
        takes: &mpmc::Consumer<SlotRef<Value>>,
    ) -> u64 {
        match rng.u8(..12) {
            0..4 => self.alloc(rng),
            4 => self.mine.extend(self.mine.front().cloned()),
            5 => _ = self.mine.pop_front().map(|value| hands_on.try_push(value)),
            6 | 7 => self.mine.extend(takes.try_pop()),
            8 => {
                self.weak.extend(self.mine.front().map(|value| (value.downgrade(), value.as_ref().to_vec())))
            }
            9 if !self.weak.is_empty() => {
                let (value, bytes) = self.weak.swap_remove(rng.usize(..self.weak.len()));
                if let Some(value) = value.upgrade() {
                    assert_eq!((*value).as_ref(), bytes, "a weak handle has found another value");
                }
            }
            10 => {
                if let Some(Ok(value)) = self.mine.pop_back().map(SlotRef::into_inner) {
                    check_value(&value);
                }
            }
            _ => self.mine.truncate(small(rng, 3)),
        }
        self.mine.back().map_or(0, |value| {
            check_value(value);
            1
        })
    }

    fn alloc(&mut self, rng: &mut Rng) {
        let value = Value::make(Name { slot: self.world.slot, producer: self.producer, number: self.next });
        self.next += 1;
        let slot = match rng.bool() {
            true => self.slab.try_alloc(value),
            false => self.slab.alloc_timeout(value, moment(rng)),
        };
        self.mine.extend(slot);
    }
}

fn check_value(value: &Value) {
    let name = Name::read(value.as_ref()).expect("three bytes or more");
    assert!(name.is_written_in(value.as_ref()), "{name:?} is not what was put in: {value:?}");
}
