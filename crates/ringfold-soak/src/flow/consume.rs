//! A consumer that tries every verb, and checks what it gets.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use ringfold::error::{PopTimeoutError, TryPopError};

use super::{Got, Look, Pops, Taken};
use crate::census::Order;
use crate::item::Load;
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

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
            if rng.u16(..400) == 0
                && let Some(other) = self.from.another()
            {
                start_consumer(world, rng, other, Order::loose(world.slot));
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
