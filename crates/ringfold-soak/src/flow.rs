//! What all rooms have in common in which items flow from producers to consumers: one producer and one consumer that try every verb in a
//! random order, over two traits that each room's handles have.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use ringfold::error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};

use crate::census::Order;
use crate::item::{Load, NUMBERS, Name};
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

/// What becomes of a claim that was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Commit,
    /// Only so many of what was written.
    CommitUpTo(usize),
    Abort,
    Forget,
}

/// What a claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// So many items went in.
    Sent(usize),
    /// There was no room.
    NoRoom,
    Closed,
}

/// How to come by a view.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// What is there now.
    Now,
    /// Waits for an item.
    One,
    /// Waits for so many, for some time.
    Several(usize, Duration),
}

/// What becomes of a view.
#[derive(Clone, Copy, Debug)]
pub enum Taken {
    /// Nothing is taken.
    Dropped,
    /// Nor is it here.
    Forgotten,
    /// The first so many are given back unmoved.
    Consumed(usize),
    /// The first so many are moved out, one by one; then the iterator is dropped.
    Moved(usize),
}

/// The writing side of a ring.
pub trait Pushes<T>: Send {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>>;
    fn push(&mut self, item: T) -> Result<(), Closed<T>>;
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>>;
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>>;

    /// Claims `n` slots and fills them, at most `written` of them; `None` in rooms that have no claims.
    fn claim(&mut self, _n: usize, _waits: bool, _fill: &mut dyn FnMut() -> T, _end: End) -> Option<Claimed> {
        None
    }

    /// Puts an item in the place of the oldest if there is no room; `None` in rooms that cannot.
    fn push_overwrite(&mut self, _item: T) -> Option<Result<Option<T>, Closed<T>>> {
        None
    }

    /// Pushes as many as fit, or all.
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy;

    /// One more handle, of a producer of its own, where the room has several.
    fn another(&self) -> Option<Box<dyn Pushes<T>>> {
        None
    }

    fn capacity(&self) -> usize;
}

/// The reading side of a ring.
pub trait Pops<T>: Send {
    fn try_pop(&mut self) -> Result<T, TryPopError>;
    fn pop(&mut self) -> Result<T, Closed>;
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError>;
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize;

    fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy;

    /// Looks at what is there, and takes some of it; `None` in rooms without views. What is moved out is handed to `take`.
    fn view(
        &mut self,
        _look: Look,
        _see: &mut dyn FnMut(&[T]),
        _taken: Taken,
        _take: &mut dyn FnMut(T),
    ) -> Option<Result<(), Closed>> {
        None
    }

    /// One more consumer, where the room has several.
    fn another(&self) -> Option<Box<dyn Pops<T>>> {
        None
    }

    fn capacity(&self) -> usize;
}

/// Starts a producer on a thread of its own, if the world may have one more.
pub fn start_producer<T: Load>(world: &Arc<World>, rng: &mut Rng, to: Box<dyn Pushes<T>>, quota: u32) {
    let Some(number) = world.new_producer() else { return };
    // Where the name is one byte, it says which of four producers.
    if T::BYTES == 1 && number > 3 {
        return;
    }
    world.producers.fetch_add(1, SeqCst);
    world.spawn("producer", rng, move |world, rng| {
        let _at_work = AtWork(world);
        let mut producer =
            Producing { world, number, sent: Cell::new(0), quota: quota.min(NUMBERS - 1), to, in_vain: 0 };
        let fate = producer.run(rng);
        if let Verdict::Leak = fate {
            world.leak(producer.to);
        }
    });
}

/// A producer that is at work, however it ends.
pub struct AtWork<'w>(pub &'w World);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.producers.fetch_sub(1, SeqCst);
    }
}

struct Producing<'w, T> {
    world: &'w Arc<World>,
    number: usize,
    /// How many of its items have gone in.
    sent: Cell<u32>,
    quota: u32,
    to: Box<dyn Pushes<T>>,
    /// How many steps have sent nothing.
    in_vain: u32,
}

impl<T: Load> Producing<'_, T> {
    fn run(&mut self, rng: &mut Rng) -> Verdict {
        let world = self.world;
        let mut fate = Fate::draw(world, rng);
        while self.sent.get() < self.quota && !world.is_over() {
            match fate.step(world) {
                Verdict::GoOn => (),
                verdict => return verdict,
            }
            world.pause(rng);
            if rng.u16(..400) == 0 {
                if let Some(other) = self.to.another() {
                    start_producer(world, rng, other, self.quota / 2 + 1);
                }
            }
            let before = self.sent.get();
            let is_open = world.catch(|| self.step(rng)).unwrap_or(true);
            world.census().sent(self.number, self.sent.get());
            self.in_vain = if self.sent.get() == before { self.in_vain + 1 } else { 0 };
            // Where somebody may have forgotten the other side, nobody waits for ever.
            if !is_open || (world.may_leak && self.in_vain > 100) {
                break;
            }
        }
        Verdict::GoOn
    }

    /// One verb; whether the ring is open.
    fn step(&mut self, rng: &mut Rng) -> bool {
        let left = (self.quota - self.sent.get()) as usize;
        let waits = !self.world.may_leak;
        match rng.u8(..10) {
            0 | 1 => match self.to.try_push(self.item(0)) {
                Ok(()) => self.went(1),
                Err(TryPushError::Full(_)) => {
                    thread::yield_now();
                    true
                }
                Err(TryPushError::Closed(_)) => false,
            },
            2 | 3 if waits => self.to.push(self.item(0)).is_ok() && self.went(1),
            2..5 => match self.to.push_timeout(self.item(0), moment(rng)) {
                Ok(()) => self.went(1),
                Err(PushTimeoutError::Timeout(_)) => true,
                Err(PushTimeoutError::Closed(_)) => false,
            },
            5 if waits => self.push_iter(rng, left),
            6 | 7 if T::IS_COPY => self.push_slice(rng, left, waits),
            8 => self.overwrite(),
            _ => self.claim(rng, left, waits),
        }
    }

    fn item(&self, ahead: u32) -> T {
        T::make(Name { slot: self.world.slot, producer: self.number, number: self.sent.get() + ahead })
    }

    fn went(&self, count: usize) -> bool {
        self.sent.set(self.sent.get() + count as u32);
        true
    }

    /// From an iterator that may panic on its way: what it had yielded has gone in.
    fn push_iter(&mut self, rng: &mut Rng, left: usize) -> bool {
        let count = rng.usize(1..=left.min(500));
        let panics_at = if rng.u8(..8) == 0 { rng.usize(..count) } else { count };
        let (first, world, number) = (self.sent.get(), self.world, self.number);
        let yielded = Cell::new(0);
        let mut items = (0..count).map(|place| {
            if place == panics_at {
                panic_on_purpose();
            }
            yielded.set(place + 1);
            T::make(Name { slot: world.slot, producer: number, number: first + place as u32 })
        });
        let to = &mut self.to;
        let pushed = match world.catch(|| to.push_iter(&mut items)) {
            Some(Ok(pushed)) => pushed,
            Some(Err(Closed((pushed, _)))) => {
                self.went(pushed);
                return false;
            }
            None => yielded.get(),
        };
        self.went(pushed)
    }

    fn push_slice(&mut self, rng: &mut Rng, left: usize, waits: bool) -> bool {
        let count = rng.u32(1..=left.min(300) as u32);
        let items: Vec<T> = (0..count).map(|ahead| self.item(ahead)).collect();
        let pushed = T::push_slice(&mut *self.to, &items, waits && rng.bool());
        self.went(pushed.map_or_else(|Closed(count)| count, |count| count));
        pushed.is_ok()
    }

    fn overwrite(&mut self) -> bool {
        match self.to.push_overwrite(self.item(0)) {
            Some(Ok(older)) => {
                if let Some(older) = older {
                    self.world.tally.lost.add(1);
                    Order::loose(self.world.slot).take(older.as_ref());
                }
                self.went(1)
            }
            Some(Err(_)) => false,
            None => true,
        }
    }

    /// A claim that is filled wholly, in part, or until a panic, and then committed or not.
    fn claim(&mut self, rng: &mut Rng, left: usize, waits: bool) -> bool {
        let world = self.world;
        let most = self.to.capacity().min(left);
        let count = small(rng, 9).min(most);
        let end = match rng.u8(..12) {
            0 | 1 => End::Abort,
            // What panics on the way out may do so before or after the rest is published.
            2 if !world.census().has_explosives() => End::CommitUpTo(rng.usize(..=count)),
            3 if world.may_leak => End::Forget,
            _ => End::Commit,
        };
        let panics_at = if rng.u8(..10) == 0 { rng.u32(..count as u32) } else { u32::MAX };
        let (first, number, mut place) = (self.sent.get(), self.number, 0);
        let mut pauses = rng.fork();
        let mut fill = || {
            if place == panics_at {
                panic_on_purpose();
            }
            world.pause(&mut pauses);
            place += 1;
            T::make(Name { slot: world.slot, producer: number, number: first + place - 1 })
        };
        match self.to.claim(count, waits && rng.bool(), &mut fill, end) {
            Some(Claimed::Sent(count)) => {
                world.tally.leaked.add(u64::from(end == End::Forget));
                self.went(count)
            }
            Some(Claimed::Closed) => false,
            Some(Claimed::NoRoom) | None => true,
        }
    }
}

/// Starts a consumer on a thread of its own.
pub fn start_consumer<T: Load>(world: &Arc<World>, rng: &mut Rng, from: Box<dyn Pops<T>>, order: Order) {
    world.spawn("consumer", rng, move |world, rng| {
        let got = Got { world, bytes: T::BYTES, capacity: from.capacity(), count: Cell::new(0) };
        let mut consumer = Consuming { world, order: Cell::new(order), got: &got, from };
        if let Verdict::Leak = consumer.run(rng) {
            world.leak(consumer.from);
        }
    });
}

/// How many items somebody has got; goes to the books in the end, however that is.
pub struct Got<'w> {
    pub world: &'w World,
    pub bytes: usize,
    pub capacity: usize,
    pub count: Cell<u64>,
}

impl Got<'_> {
    /// One more.
    pub fn add(&self) {
        self.count.set(self.count.get() + 1);
    }
}

impl Drop for Got<'_> {
    fn drop(&mut self) {
        self.world.tally.received(self.count.get(), self.bytes, self.capacity);
    }
}

struct Consuming<'w, T> {
    world: &'w Arc<World>,
    order: Cell<Order>,
    got: &'w Got<'w>,
    from: Box<dyn Pops<T>>,
}

impl<T: Load> Consuming<'_, T> {
    fn run(&mut self, rng: &mut Rng) -> Verdict {
        let world = self.world;
        let mut fate = Fate::draw(world, rng);
        loop {
            match fate.step(world) {
                Verdict::GoOn => (),
                verdict => return verdict,
            }
            world.pause(rng);
            if rng.u16(..400) == 0 {
                if let Some(other) = self.from.another() {
                    start_consumer(world, rng, other, Order::loose(world.slot));
                }
            }
            let before = self.got.count.get();
            // Asked first: what was sent before the last producer ended is there by then.
            let are_gone = world.producers.load(SeqCst) == 0;
            let is_open = world.catch(|| self.step(rng)).unwrap_or(true);
            if !is_open {
                world.is_complete.store(true, SeqCst);
                return Verdict::GoOn;
            }
            // A forgotten handle never closes.
            if world.may_leak && are_gone && self.got.count.get() == before && self.is_idle() {
                return Verdict::GoOn;
            }
        }
    }

    /// Whether nothing comes for a while.
    fn is_idle(&mut self) -> bool {
        match self.from.pop_timeout(Duration::from_millis(5)) {
            Ok(item) => {
                self.take(&item);
                // It may panic on purpose.
                self.world.catch(|| drop(item));
                false
            }
            Err(PopTimeoutError::Timeout) => true,
            Err(PopTimeoutError::Closed) => {
                self.world.is_complete.store(true, SeqCst);
                true
            }
        }
    }

    fn take(&self, item: &T) {
        let mut order = self.order.get();
        order.take(item.as_ref());
        self.order.set(order);
        self.got.add();
    }

    /// One verb; whether the ring is open.
    fn step(&mut self, rng: &mut Rng) -> bool {
        let waits = !self.world.may_leak;
        match rng.u8(..8) {
            0 | 1 => match self.from.try_pop() {
                Ok(item) => {
                    self.take(&item);
                    true
                }
                Err(TryPopError::Empty) => {
                    thread::yield_now();
                    true
                }
                Err(TryPopError::Closed) => false,
            },
            2 if waits => self.from.pop().map(|item| self.take(&item)).is_ok(),
            2 | 3 => match self.from.pop_timeout(moment(rng)) {
                Ok(item) => {
                    self.take(&item);
                    true
                }
                Err(PopTimeoutError::Timeout) => true,
                Err(PopTimeoutError::Closed) => false,
            },
            4 => self.drain(rng),
            5 if T::IS_COPY => {
                let most = rng.usize(1..200);
                T::pop_slice(&mut *self.from, most).iter().for_each(|item| self.take(item));
                true
            }
            _ => self.view(rng, waits),
        }
    }

    /// Everything that is there, unless it panics over an item, which then is gone and the others are not.
    fn drain(&mut self, rng: &mut Rng) -> bool {
        let panics_at = if rng.u8(..8) == 0 { rng.u64(..50) } else { u64::MAX };
        let Self { world, order, got, from } = self;
        let mut place = 0;
        from.drain(&mut |item: T| {
            let mut now = order.get();
            now.take(item.as_ref());
            order.set(now);
            got.add();
            world.beat();
            place += 1;
            if place > panics_at {
                // The item may not panic too.
                _ = world.catch(|| drop(item));
                panic_on_purpose();
            }
        });
        true
    }

    /// A view that is checked to its end, of which some is taken.
    fn view(&mut self, rng: &mut Rng, waits: bool) -> bool {
        let look = match rng.u8(..4) {
            0 if waits => Look::One,
            1 => Look::Several(rng.usize(1..=self.from.capacity()), moment(rng)),
            _ => Look::Now,
        };
        let most = small(rng, 9);
        let taken = match rng.u8(..8) {
            0 => Taken::Dropped,
            1 => Taken::Forgotten,
            2..6 => Taken::Consumed(most),
            _ => Taken::Moved(most),
        };
        let panics = rng.u8(..20) == 0;
        let Self { world, order, got, from } = self;
        let take = |item: &T| {
            let mut now = order.get();
            now.take(item.as_ref());
            order.set(now);
            got.add();
        };
        let mut see = |items: &[T]| {
            let mut ahead = order.get();
            for item in items {
                ahead.see(item.as_ref());
            }
            world.beat();
            if panics {
                panic_on_purpose();
            }
            if let Taken::Consumed(most) = taken {
                items.iter().take(most).for_each(take);
            }
            world.tally.leaked.add(u64::from(matches!(taken, Taken::Forgotten)));
        };
        from.view(look, &mut see, taken, &mut |item| take(&item)).is_none_or(|seen| seen.is_ok())
    }
}
