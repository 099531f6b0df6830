//! A producer of a broadcast ring that tries every verb.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use fastrand::Rng;
use ringfold::broadcast::{Claim, Mode, Producer};
use ringfold::error::{ClaimError, ClaimTimeoutError, PushTimeoutError, TryPushError};

use super::scroll::Scroll;
use crate::item::{Load, NUMBERS, Name};
use crate::world::{Fate, Verdict, World, moment, panic_on_purpose, small};

/// Starts a producer on a thread of its own, if the world may have one more.
pub fn start<const N: usize, M: Mode + 'static>(
    world: &Arc<World>,
    rng: &mut Rng,
    scroll: &Arc<Scroll>,
    to: Producer<[u8; N], M>,
    quota: u32,
) where
    Producer<[u8; N], M>: Send,
{
    let Some(number) = world.new_producer() else { return };
    let scroll = scroll.clone();
    world.producers.fetch_add(1, SeqCst);
    world.spawn("producer", rng, move |world, rng| {
        let _at_work = crate::flow::AtWork(world);
        let (quota, newest) = (quota.min(NUMBERS - 1), Cell::new(0));
        let mut publishing = Publishing { world, number, sent: Cell::new(0), quota, newest, scroll, to };
        if let Verdict::Leak = publishing.run(rng) {
            world.leak(publishing.to);
        }
    });
}

struct Publishing<'w, const N: usize, M: Mode> {
    world: &'w Arc<World>,
    number: usize,
    sent: Cell<u32>,
    quota: u32,
    newest: Cell<u64>,
    scroll: Arc<Scroll>,
    to: Producer<[u8; N], M>,
}

impl<const N: usize, M: Mode> Publishing<'_, N, M> {
    fn run(&mut self, rng: &mut Rng) -> Verdict {
        let mut fate = Fate::draw(self.world, rng);
        let mut in_vain = 0;
        self.newest.set(self.to.stats().published);
        while self.sent.get() < self.quota && !self.world.is_over() && self.scroll.has_room(self.newest.get())
        {
            match fate.step(self.world) {
                Verdict::GoOn => (),
                verdict => return verdict,
            }
            self.world.pause(rng);
            let before = self.sent.get();
            let world = self.world;
            let is_open = world.catch(|| self.step(rng)).unwrap_or(true);
            in_vain = if self.sent.get() == before { in_vain + 1 } else { 0 };
            if !is_open || in_vain > 200 && world.may_leak {
                break;
            }
        }
        Verdict::GoOn
    }

    fn name(&self, ahead: usize) -> Name {
        Name { slot: self.world.slot, producer: self.number, number: self.sent.get() + ahead as u32 }
    }

    /// So many events were published, from this sequence on.
    fn went(&self, first: u64, count: usize) -> bool {
        for ahead in 0..count {
            self.scroll.published(first + ahead as u64, self.name(ahead));
        }
        self.sent.set(self.sent.get() + count as u32);
        self.newest.set(first + count as u64);
        true
    }

    /// One verb; whether anybody reads.
    fn step(&mut self, rng: &mut Rng) -> bool {
        let name = self.name(0);
        let panics = rng.u8(..12) == 0;
        let write = |event: &mut [u8; N]| {
            // Half an event, of which nothing may be seen.
            name.write(&mut event[..N]);
            event[N - 1] ^= u8::from(panics);
            if panics {
                panic_on_purpose();
            }
        };
        let left = (self.quota - self.sent.get()) as usize;
        let count = small(rng, 9).min(self.to.capacity()).min(left);
        let waits = !self.world.may_leak;
        match rng.u8(..8) {
            0 if waits => self.to.publish(write).is_ok_and(|first| self.went(first, 1)),
            0 | 1 => match self.to.try_publish(write) {
                Ok(first) => self.went(first, 1),
                Err(TryPushError::Full(())) => {
                    std::thread::yield_now();
                    true
                }
                Err(TryPushError::Closed(())) => false,
            },
            2 | 3 => match self.to.publish_timeout(moment(rng), write) {
                Ok(first) => self.went(first, 1),
                Err(error) => error == PushTimeoutError::Timeout(()),
            },
            4 | 5 if waits => self.batch(count, panics),
            _ => self.claim(rng, count, waits),
        }
    }

    fn batch(&mut self, count: usize, panics: bool) -> bool {
        let name = self.name(0);
        let published = self.to.publish_batch(count, |events| {
            for (event, number) in events.iter_mut().zip(name.number..) {
                Name { number, ..name }.write(event);
            }
            if panics {
                panic_on_purpose();
            }
        });
        published.is_ok_and(|first| self.went(first, count))
    }

    fn claim(&mut self, rng: &mut Rng, count: usize, waits: bool) -> bool {
        let (name, ending) = (self.name(0), rng.u8(..10));
        let claim = match rng.u8(..3) {
            0 if waits => self.to.claim(count),
            1 => match self.to.claim_timeout(count, moment(rng)) {
                Ok(claim) => Ok(claim),
                Err(ClaimTimeoutError::Timeout) => return true,
                Err(_) => return false,
            },
            // Without room now, or without readers.
            _ if self.to.is_closed() => return false,
            _ => match self.to.try_claim(count) {
                Some(claim) => Ok(claim),
                None => return true,
            },
        };
        let Ok(mut claim) = claim.map_err(|error| assert_eq!(error, ClaimError::Closed)) else {
            return false;
        };
        self.world.pause(rng);
        write_all(&mut claim, name);
        let committed = match ending {
            0 => panic_on_purpose(),
            1 => {
                claim.abort();
                return true;
            }
            2 if self.world.may_leak => {
                self.world.tally.leaked.add(1);
                std::mem::forget(claim);
                return true;
            }
            3 => rng.usize(..=count),
            _ => count,
        };
        let first = claim.commit_first(committed);
        self.went(first, committed)
    }
}

fn write_all<const N: usize, M: Mode>(claim: &mut Claim<'_, [u8; N], M>, name: Name) {
    for (event, number) in claim.iter_mut().zip(name.number..) {
        *event = Load::make(Name { number, ..name });
    }
}
