//! What all sides see: which lanes have something to say, and who stands at the door.

use std::{
    sync::{Arc, Mutex as Lock, PoisonError},
    task::{Wake, Waker},
};

use ringfold_core::{
    padded::CachePadded,
    stats::{Stalls, Stats},
    sync::{AtomicU64, Mutex, Ordering},
    wait::{Barrier, Doorbell, WaitStrategy},
};
use ringfold_memory::{Error, Options};

use crate::{Watch, spsc, watch::Watched};

/// The word in which producers say that a lane is to be looked at, and where the consumer sleeps.
#[derive(Debug)]
pub(super) struct Notices {
    /// A bit for each group of lanes, and one for the door.
    said: CachePadded<AtomicU64>,
    pub(super) bell: Doorbell,
    pub(super) barrier: Barrier,
}

/// Lanes share a bit with those whose number is the same modulo this.
pub(super) const GROUPS: u64 = 63;
/// Somebody has joined.
pub(super) const JOINED: u64 = 1 << GROUPS;

impl Notices {
    fn new(barrier: Barrier) -> Self {
        Self { said: CachePadded::new(AtomicU64::new(0)), bell: Doorbell::new(), barrier }
    }

    /// Sets bits, and wakes the consumer if it sleeps.
    ///
    /// No order: see the room's page.
    fn say(&self, bits: u64) {
        self.said.fetch_or(bits, Ordering::Relaxed);
        self.bell.ring(self.barrier);
    }

    /// Whether any bit is set.
    #[inline(always)]
    pub(super) fn any(&self) -> bool {
        self.said.load(Ordering::Relaxed) != 0
    }

    /// Takes the bits that are set; one load if there are none.
    #[inline(always)]
    pub(super) fn take(&self) -> u64 {
        if self.any() { self.said.swap(0, Ordering::Relaxed) } else { 0 }
    }
}

/// What is woken when something is published into an armed lane: the lane's bit.
struct Bit {
    notices: Arc<Notices>,
    bits: u64,
}

impl Wake for Bit {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notices.say(self.bits);
    }
}

/// How lanes are made.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) capacity: usize,
    pub(super) options: Options,
    pub(super) producer_wait: WaitStrategy,
}

/// Where lanes are made, and handed to the consumer.
#[derive(Debug)]
pub(super) struct Hub<T> {
    pub(super) notices: Arc<Notices>,
    pub(super) shape: Shape,
    pub(super) roll: Arc<Roll>,
    door: Mutex<Door<T>>,
}

#[derive(Debug)]
struct Door<T> {
    waiting: Vec<Newcomer<T>>,
    next_number: u64,
    consumer_gone: bool,
}

/// A lane that the consumer has not taken in yet.
#[derive(Debug)]
pub(super) struct Newcomer<T> {
    pub(super) ring: spsc::Consumer<T>,
    pub(super) number: u64,
}

impl<T> Hub<T> {
    pub(super) fn new(shape: Shape, barrier: Barrier) -> Self {
        let door = Door { waiting: Vec::new(), next_number: 0, consumer_gone: false };
        let (notices, roll) = (Arc::new(Notices::new(barrier)), Arc::new(Roll::new()));
        Self { notices, shape, roll, door: Mutex::new(door) }
    }

    /// Makes a lane and puts its reading half at the door, unless it is to be `closed`. Returns the writing half and the lane's
    /// number.
    pub(super) fn join(&self, closed: bool) -> Result<(spsc::Producer<T>, u64), Error> {
        let (producer, ring) = self.make_ring()?;
        let mut door = self.lock();
        let number = door.next_number;
        door.next_number += 1;
        if closed || door.consumer_gone {
            // Not under the lock: the ring is freed, or at least closed, here.
            drop(door);
            drop(ring);
        } else {
            self.roll.enrol(number, ring.watch());
            door.waiting.push(Newcomer { ring, number });
            drop(door);
            self.notices.say(JOINED);
        }
        Ok((producer, number))
    }

    pub(super) fn make_ring(&self) -> Result<(spsc::Producer<T>, spsc::Consumer<T>), Error> {
        let Shape { capacity, options, producer_wait } = self.shape.clone();
        spsc::builder(capacity).options(options).producer_wait(producer_wait).build()
    }

    /// Lets everybody in who stands at the door.
    pub(super) fn admit(&self) -> Vec<Newcomer<T>> {
        core::mem::take(&mut self.lock().waiting)
    }

    /// Whether somebody stands at the door whose producer is still there.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().waiting.iter().any(|newcomer| !newcomer.ring.is_closed())
    }

    /// The consumer leaves; whoever stands at the door goes with it.
    pub(super) fn close(&self) -> Vec<Newcomer<T>> {
        self.roll.depart(|_| true);
        let mut door = self.lock();
        door.consumer_gone = true;
        core::mem::take(&mut door.waiting)
    }

    /// What arms the lanes of a group.
    pub(super) fn waker(&self, number: u64) -> Waker {
        let bits = 1 << (number % GROUPS);
        Waker::from(Arc::new(Bit { notices: self.notices.clone(), bits }))
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Door<T>> + '_ {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.door.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What all lanes did together, for whoever asks.
#[derive(Debug)]
pub(super) struct Roll {
    /// Of the consumer, which waits for all lanes at once.
    pub(super) stalls: Stalls,
    /// The standard library's lock also under loom.
    lanes: Lock<Lanes>,
}

#[derive(Debug, Default)]
struct Lanes {
    present: Vec<(u64, Watch)>,
    /// What the lanes did that are not there any more.
    departed: Stats,
}

impl Roll {
    fn new() -> Self {
        Self { stalls: Stalls::new(), lanes: Lock::default() }
    }

    /// No protocol depends on it, so loom's models leave it out: they do not see the orderings of the standard library's `Arc`.
    fn enrol(&self, number: u64, lane: Watch) {
        if cfg!(not(loom)) {
            self.lock().present.push((number, lane));
        }
    }

    /// These lanes are not looked at any more; what they did so far is kept.
    pub(super) fn depart(&self, whether: impl Fn(u64) -> bool) {
        let Lanes { present, departed } = &mut *self.lock();
        present.retain(|(number, lane)| {
            let departs = whether(*number);
            if departs {
                *departed = sum(*departed, lane.stats().unwrap_or_default());
            }
            !departs
        });
    }

    fn lock(&self) -> impl core::ops::DerefMut<Target = Lanes> + '_ {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched for Roll {
    fn stats(&self) -> Stats {
        let lanes = self.lock();
        let present = lanes.present.iter().filter_map(|(_, lane)| lane.stats());
        let all = present.fold(lanes.departed, sum);
        Stats { times_empty: self.stalls.times(), consumer_stalled: self.stalls.time(), ..all }
    }

    fn capacity(&self) -> usize {
        self.lock().present.iter().filter_map(|(_, lane)| lane.capacity()).sum()
    }
}

fn sum(a: Stats, b: Stats) -> Stats {
    Stats {
        pushed: a.pushed + b.pushed,
        popped: a.popped + b.popped,
        times_full: a.times_full + b.times_full,
        times_empty: a.times_empty + b.times_empty,
        producer_stalled: a.producer_stalled + b.producer_stalled,
        consumer_stalled: a.consumer_stalled + b.consumer_stalled,
    }
}
