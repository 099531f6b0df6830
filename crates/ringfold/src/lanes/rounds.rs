//! Whose turn it is: which lanes the consumer looks at, in which order, and where it sleeps.

use std::sync::Arc;

use ringfold_core::{
    error::TryPopError,
    wait::{Barrier, Bell, Deadline, Doorbell, Slip, WaitStrategy, Waiter},
};

use ringfold_memory::Error;

use super::{
    lane::{Lane, Look},
    shared::{GROUPS, Hub, JOINED, Newcomer},
};

/// The lanes, and the turns.
#[derive(Debug)]
pub(super) struct Rounds<T> {
    /// The lane that is visited. In place, so that taking the next item from it is what it is in `spsc`.
    pub(super) current: Lane<T>,
    /// The producer of the current lane has left and everything was read; it stays here until another takes its place.
    current_is_over: bool,
    /// The other lanes that are looked at, in turn.
    active: Vec<Lane<T>>,
    /// Whose turn it is among them.
    next: usize,
    /// Lanes that are not looked at before their bit is set, by group.
    idle: Vec<Vec<Lane<T>>>,
    /// How many lanes there are, the current one included unless it is over.
    count: usize,
    turns_until_rest: u32,
    /// Items that a visit may take.
    visit: u64,
    waiter: Waiter,
    slip: Slip,
    hub: Arc<Hub<T>>,
}

/// A visit takes so many bytes of items, because each change of lanes costs a few cache misses ...
const VISIT_BYTES: usize = 16 << 10;
/// ... or at least so many items.
const VISIT_ITEMS: usize = 256;
/// Between two looks for lanes that should go idle; soon in a model, which has not so many turns.
const TURNS_BETWEEN_RESTS: u32 = if cfg!(loom) { 2 } else { 4096 };
/// A lane that was found empty so often in a row goes idle.
const DRY: u32 = if cfg!(loom) { 1 } else { 512 };
/// With more lanes than these something comes while the others are looked at; holding still would only cost.
const FEW: usize = 8;

impl<T> Rounds<T> {
    /// Takes in who has joined so far; if nobody has, a lane that is over stands in for the current one.
    pub(super) fn new(hub: Arc<Hub<T>>, strategy: WaitStrategy) -> Result<Self, Error> {
        let item_bytes = size_of::<T>();
        let mut newcomers = hub.admit().into_iter();
        let first = newcomers.next();
        let current_is_over = first.is_none();
        let current = match first {
            Some(newcomer) => newcomer,
            None => Newcomer { ring: hub.make_ring()?.1, number: 0 },
        };
        let mut rounds = Self {
            current: Lane::new(current, &hub),
            current_is_over,
            active: Vec::new(),
            next: 0,
            idle: (0..GROUPS).map(|_| Vec::new()).collect(),
            count: usize::from(!current_is_over),
            turns_until_rest: TURNS_BETWEEN_RESTS,
            visit: VISIT_ITEMS.max(VISIT_BYTES / item_bytes.max(1)) as u64,
            waiter: Waiter::new(strategy, hub.notices.barrier),
            slip: Slip::new(hub.shape.capacity, item_bytes),
            hub,
        };
        rounds.make_room_in(rounds.current.group());
        newcomers.for_each(|newcomer| rounds.enrol(newcomer));
        Ok(rounds)
    }

    /// Goes on to the next lane that has something; false if there is nothing anywhere.
    #[inline]
    pub(super) fn turn(&mut self) -> bool {
        self.turns_until_rest -= 1;
        if self.turns_until_rest == 0 {
            self.rest();
        }
        self.take_notice();
        let mut left = self.active.len();
        while left > 0 {
            left -= 1;
            let at = if self.next < self.active.len() { self.next } else { 0 };
            match self.active[at].look(self.visit) {
                Look::Items => {
                    self.visit_active(at);
                    return true;
                }
                Look::Empty => self.next = at + 1,
                Look::Over => {
                    self.next = at;
                    let lane = self.active.swap_remove(at);
                    self.depart(lane);
                    // Another lane has moved, so begin to count anew.
                    left = self.active.len();
                }
            }
        }
        self.stay()
    }

    /// Looks again into the current lane.
    fn stay(&mut self) -> bool {
        if self.current_is_over {
            return false;
        }
        match self.current.look(self.visit) {
            Look::Items => true,
            Look::Empty => false,
            Look::Over => {
                self.current_is_over = true;
                self.count -= 1;
                false
            }
        }
    }

    /// The lane at `at` becomes the current one.
    fn visit_active(&mut self, at: usize) {
        if self.current_is_over {
            let lane = core::mem::replace(&mut self.current, self.active.swap_remove(at));
            self.current_is_over = false;
            self.next = at;
            self.hub.roll.depart(|number| number == lane.number);
        } else {
            core::mem::swap(&mut self.current, &mut self.active[at]);
            self.next = at + 1;
        }
    }

    #[cold]
    fn depart(&mut self, lane: Lane<T>) {
        self.count -= 1;
        self.hub.roll.depart(|number| number == lane.number);
    }

    /// Why there was nothing to read.
    #[cold]
    #[inline(never)]
    pub(super) fn why_empty(&mut self) -> TryPopError {
        self.hub.roll.stalls.count();
        if self.is_over() { TryPopError::Closed } else { TryPopError::Empty }
    }

    /// No lane is left, and nobody who joined is on the way: whoever joined did so before the last lane was seen closed.
    pub(super) fn is_over(&self) -> bool {
        self.count == 0 && !self.hub.notices.any()
    }

    /// Waits until there is something, and a moment longer if that has paid. False when the deadline has passed or all is over.
    #[cold]
    #[inline(never)]
    pub(super) fn refill(&mut self, deadline: Option<Deadline>) -> bool {
        if self.active.len() < FEW {
            let backlog = || self.watched().map(|lane| lane.ring.backlog()).sum();
            let mut slip = self.slip;
            slip.slip(backlog(), 1, backlog);
            self.slip = slip;
        }
        let mut in_time = true;
        let mut has_stalled = false;
        loop {
            if self.turn() {
                return true;
            }
            if !has_stalled {
                self.hub.roll.stalls.count();
                has_stalled = true;
            }
            if !in_time || self.is_over() {
                return false;
            }
            in_time = self.wait(deadline);
        }
    }

    fn wait(&mut self, deadline: Option<Deadline>) -> bool {
        // By value, because the lanes are looked at meanwhile. A clone, because a waker may panic.
        let mut waiter = self.waiter.clone();
        let in_time = waiter.wait(&Watch(self), &self.hub.roll.stalls, deadline, || self.seems_ready());
        self.waiter = waiter;
        // If it slept, the lanes are armed.
        self.retire();
        in_time
    }

    /// Whether something has changed that makes a turn worth while.
    #[inline]
    fn seems_ready(&self) -> bool {
        self.hub.notices.any() || self.watched().any(Lane::calls)
    }

    /// Arms every lane that is looked at; the heavy half of the barrier is owed before the next look.
    pub(super) fn arm_all(&self) {
        self.watched().for_each(Lane::arm);
    }

    /// The lanes that are looked at.
    fn watched(&self) -> impl Iterator<Item = &Lane<T>> {
        let current = (!self.current_is_over).then_some(&self.current);
        current.into_iter().chain(&self.active)
    }

    /// All lanes, as far as the consumer has taken them in.
    pub(super) fn all(&self) -> impl Iterator<Item = &Lane<T>> {
        self.watched().chain(self.idle.iter().flatten())
    }

    /// Now and then: lanes in which nothing came for long are armed and go idle.
    #[cold]
    fn rest(&mut self) {
        self.turns_until_rest = TURNS_BETWEEN_RESTS;
        let mut any = false;
        for lane in self.active.iter().filter(|lane| lane.dry() >= DRY) {
            lane.arm();
            any = true;
        }
        if any {
            self.hub.notices.barrier.heavy();
            self.retire();
        }
    }

    /// Armed lanes go idle if they are empty, behind the heavy half of the barrier (invariant 4).
    #[cold]
    fn retire(&mut self) {
        let mut at = 0;
        while let Some(lane) = self.active.get(at) {
            if lane.is_armed() && !lane.calls() {
                let lane = self.active.swap_remove(at);
                // There is room: see `make_room_in`.
                self.idle[lane.group()].push(lane);
            } else {
                at += 1;
            }
        }
    }

    /// Lanes whose bit was set become active, and newcomers too.
    #[inline]
    pub(super) fn take_notice(&mut self) {
        let said = self.hub.notices.take();
        if said != 0 {
            self.heed(said);
        }
    }

    #[cold]
    #[inline(never)]
    fn heed(&mut self, said: u64) {
        let is_meant = |lane: &Lane<T>| said >> lane.group() & 1 != 0;
        self.watched().filter(|lane| is_meant(lane)).for_each(Lane::disarmed);
        let mut groups = said & !JOINED;
        while groups != 0 {
            let group = groups.trailing_zeros() as usize;
            groups &= groups - 1;
            self.idle[group].iter().for_each(Lane::disarmed);
            let Self { idle, active, .. } = self;
            active.append(&mut idle[group]);
        }
        if said & JOINED != 0 {
            self.hub.admit().into_iter().for_each(|newcomer| self.enrol(newcomer));
        }
    }

    /// Takes a new lane in.
    fn enrol(&mut self, newcomer: Newcomer<T>) {
        let lane = Lane::new(newcomer, &self.hub);
        let group = lane.group();
        self.count += 1;
        self.active.push(lane);
        self.make_room_in(group);
    }

    /// Makes room for every lane wherever it may go, so that nothing is allocated when it does.
    fn make_room_in(&mut self, group: usize) {
        let more = |capacity: usize, len: usize| capacity.saturating_sub(len);
        self.active.reserve(more(self.count, self.active.len()));
        let mates = self.all().filter(|lane| lane.group() == group).count();
        let idle = &mut self.idle[group];
        idle.reserve(more(mates, idle.len()));
    }

    /// Hands everything that is there now to `f`.
    pub(super) fn drain(&mut self, mut f: impl FnMut(T)) -> usize {
        self.take_notice();
        let mut total = 0;
        let mut at = 0;
        while let Some(lane) = self.active.get_mut(at) {
            // Gone first: then what is drained is the last of it.
            let is_last = lane.ring.is_closed();
            total += lane.ring.drain(&mut f);
            if is_last {
                let lane = self.active.swap_remove(at);
                self.depart(lane);
            } else {
                at += 1;
            }
        }
        if !self.current_is_over {
            total += self.current.ring.drain(f);
            self.stay();
        }
        total
    }

    /// How many items can be read.
    pub(super) fn len(&mut self) -> usize {
        self.take_notice();
        self.watched().map(|lane| lane.ring.backlog() as usize).fold(0, usize::saturating_add)
    }

    /// How many lanes there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where the consumer sleeps, behind its lanes.
    pub(super) fn bell(&self) -> &Doorbell {
        &self.hub.notices.bell
    }

    pub(super) fn hub(&self) -> &Arc<Hub<T>> {
        &self.hub
    }
}

/// Where the consumer sleeps: at one doorbell, behind which all its lanes are armed.
struct Watch<'a, T>(&'a Rounds<T>);

impl<T> Bell for Watch<'_, T> {
    fn announce_thread(&self, barrier: Barrier) {
        self.0.bell().enlist_thread();
        self.0.arm_all();
        // One heavy half for all of them.
        barrier.heavy();
    }

    /// The lanes stay armed.
    fn retract(&self) {
        self.0.bell().retract();
    }
}
