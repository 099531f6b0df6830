//! A producer that tries every verb.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;

use fastrand::Rng;
use ringfold::error::{Closed, PushTimeoutError, TryPushError};

use super::{AtWork, Claimed, End, Pushes};
use crate::census::Order;
use crate::item::{Load, NUMBERS, Name};
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

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
            if rng.u16(..400) == 0
                && let Some(other) = self.to.another()
            {
                start_producer(world, rng, other, self.quota / 2 + 1);
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
        self.went(pushed.unwrap_or_else(|Closed(count)| count));
        pushed.is_ok()
    }

    fn overwrite(&mut self) -> bool {
        match self.to.push_overwrite(self.item(0)) {
            Some(Ok(older)) => {
                // Before the older one is dropped, which may panic.
                self.went(1);
                if let Some(older) = older {
                    self.world.tally.lost.add(1);
                    Order::loose(self.world.slot).take(older.as_ref());
                }
                true
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
