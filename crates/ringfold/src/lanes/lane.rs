//! One lane, as the consumer holds it.

use core::cell::Cell;
use std::task::Waker;

use super::shared::{GROUPS, Hub, Newcomer};
use crate::spsc;

/// The reading half of a lane.
#[derive(Debug)]
pub(super) struct Lane<T> {
    pub(super) ring: spsc::Consumer<T>,
    pub(super) number: u64,
    /// Whether a publication will be told (invariant 3).
    armed: Cell<bool>,
    /// How often it was looked at in vain since it last had an item.
    dry: u32,
    waker: Waker,
}

/// What a look into a lane has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Items,
    Empty,
    /// Its producer has left and everything was read.
    Over,
}

impl<T> Lane<T> {
    pub(super) fn new(Newcomer { ring, number }: Newcomer<T>, hub: &Hub<T>) -> Self {
        Self { ring, number, armed: Cell::new(false), dry: 0, waker: hub.waker(number) }
    }

    /// Which bit is this lane's.
    pub(super) fn group(&self) -> usize {
        (self.number % GROUPS) as usize
    }

    /// Looks whether there is anything, of which at most so many items are known afterwards.
    #[inline]
    pub(super) fn look(&mut self, most: u64) -> Look {
        if self.ring.look_for_up_to(most) > 0 {
            self.dry = 0;
            return Look::Items;
        }
        self.dry = self.dry.saturating_add(1);
        // Gone first, items second: the last ones may have come just before.
        if !self.ring.is_closed() {
            Look::Empty
        } else if self.ring.look_for_up_to(most) > 0 {
            Look::Items
        } else {
            Look::Over
        }
    }

    /// Whether it is worth a look; remembers nothing.
    #[inline]
    pub(super) fn calls(&self) -> bool {
        self.ring.backlog() > 0 || self.ring.seems_closed()
    }

    /// Arms it, unless it is. The heavy half of the barrier is owed before the next look.
    pub(super) fn arm(&self) {
        if !self.armed.replace(true) {
            self.ring.bell().enlist_task(&self.waker);
        }
    }

    /// Its bit was taken, so it may be armed no more.
    pub(super) fn disarmed(&self) {
        self.armed.set(false);
    }

    pub(super) fn is_armed(&self) -> bool {
        self.armed.get()
    }

    pub(super) fn dry(&self) -> u32 {
        self.dry
    }
}
