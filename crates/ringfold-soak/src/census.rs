//! How often every item was made, dropped and received, whatever ring and thread it was in.
//!
//! Items of 3 bytes cannot carry a pointer to their books. So these are static: one row for each world that runs, which an item names.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI8, AtomicU8, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::item::{NUMBERS, Name, PRODUCERS};

/// How many worlds may run at the same time.
pub const WORLDS: usize = 16;

static TAKEN: [AtomicBool; WORLDS] = [const { AtomicBool::new(false) }; WORLDS];
static TABLE: LazyLock<Vec<Census>> = LazyLock::new(|| (0..WORLDS).map(|_| Census::new()).collect());

/// The books of the world in this place.
pub fn of(slot: usize) -> &'static Census {
    &TABLE[slot]
}

/// A row of the table, for as long as this is there.
pub struct Lease(usize);

impl Lease {
    /// Takes a row; waits until one is free.
    pub fn take() -> Self {
        loop {
            if let Some(slot) = TAKEN.iter().position(|taken| !taken.swap(true, SeqCst)) {
                return Self(slot);
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Which row.
    pub fn slot(&self) -> usize {
        self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        TAKEN[self.0].store(false, SeqCst);
    }
}

/// The books of one world.
pub struct Census {
    /// Made and not yet dropped; nothing else than 0 when a world has ended, save for leaks.
    alive: Box<[AtomicI8]>,
    received: Box<[AtomicU8]>,
    /// How many numbers of each producer were used, to know what to wipe.
    used: [AtomicU32; PRODUCERS],
    /// What each producer has sent for sure.
    sent: [AtomicU32; PRODUCERS],
    /// Every so many items there is one that panics when it is dropped; 0 for never.
    explosive: AtomicU32,
    dropped_twice: AtomicBool,
}

impl Census {
    fn new() -> Self {
        let rows = PRODUCERS * NUMBERS as usize;
        Self {
            alive: (0..rows).map(|_| AtomicI8::new(0)).collect(),
            received: (0..rows).map(|_| AtomicU8::new(0)).collect(),
            used: Default::default(),
            sent: Default::default(),
            explosive: AtomicU32::new(0),
            dropped_twice: AtomicBool::new(false),
        }
    }

    /// Begins a world.
    pub fn open(&self, explosive: u32) {
        for (producer, used) in self.used.iter().enumerate() {
            for number in 0..used.swap(0, SeqCst) {
                let row = row(producer, number);
                self.alive[row].store(0, SeqCst);
                self.received[row].store(0, SeqCst);
            }
            self.sent[producer].store(0, SeqCst);
        }
        self.explosive.store(explosive, SeqCst);
        self.dropped_twice.store(false, SeqCst);
    }

    /// Whether items may panic when they are dropped.
    pub fn has_explosives(&self) -> bool {
        self.explosive.load(SeqCst) > 0
    }

    pub(crate) fn made(&self, name: Name) {
        self.used[name.producer].fetch_max(name.number + 1, SeqCst);
        self.alive[row(name.producer, name.number)].fetch_add(1, SeqCst);
    }

    /// Whether the item is to panic.
    pub(crate) fn dropped(&self, name: Name) -> bool {
        if self.alive[row(name.producer, name.number)].fetch_sub(1, SeqCst) <= 0 {
            self.dropped_twice.store(true, SeqCst);
        }
        let explosive = self.explosive.load(SeqCst);
        explosive > 0 && name.number % explosive == explosive - 1
    }

    /// Somebody has got this item.
    pub fn received(&self, name: Name) {
        self.used[name.producer].fetch_max(name.number + 1, SeqCst);
        let before = self.received[row(name.producer, name.number)].fetch_add(1, SeqCst);
        assert_eq!(before, 0, "{name:?} was received twice");
    }

    /// So many items of a producer have gone in.
    pub fn sent(&self, producer: usize, count: u32) {
        self.used[producer].fetch_max(count, SeqCst);
        self.sent[producer].store(count, SeqCst);
    }

    /// How many items of a producer have gone in.
    pub fn sent_by(&self, producer: usize) -> u32 {
        self.sent[producer].load(SeqCst)
    }

    /// At the end of a world: every item was dropped once, none was received that was not sent, and, where the readers were not kept from
    /// it, all that were sent were received.
    pub fn check(&self, is_complete: bool, may_leak: bool) {
        assert!(!self.dropped_twice.load(SeqCst), "an item was dropped twice");
        for producer in 0..PRODUCERS {
            let sent = self.sent_by(producer);
            for number in 0..self.used[producer].load(SeqCst) {
                let row = row(producer, number);
                let (received, alive) = (self.received[row].load(SeqCst), self.alive[row].load(SeqCst));
                assert!(
                    received == 0 || number < sent,
                    "item {number} of producer {producer} was received and never sent"
                );
                assert!(
                    received == 1 || number >= sent || !is_complete,
                    "item {number} of producer {producer} is lost: {sent} were sent"
                );
                assert!(
                    alive == 0 || (alive > 0 && may_leak),
                    "item {number} of producer {producer} was never dropped"
                );
            }
        }
    }
}

fn row(producer: usize, number: u32) -> usize {
    assert!(number < NUMBERS, "a world may not number so many items");
    producer * NUMBERS as usize + number as usize
}

/// No item of this producer has been seen, and any may come.
const UNKNOWN: u32 = u32::MAX;

/// What a reader knows of each producer's items: from which number on it has not seen them.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    slot: usize,
    next: [u32; PRODUCERS],
    /// Whether this reader gets every item, or one of several readers does.
    is_strict: bool,
}

impl Order {
    /// A reader that gets every item of every producer.
    pub fn strict(slot: usize) -> Self {
        Self { slot, next: [0; PRODUCERS], is_strict: true }
    }

    /// A reader that came later, and gets every item from the first on that it sees of each producer.
    pub fn late(slot: usize) -> Self {
        Self { next: [UNKNOWN; PRODUCERS], ..Self::strict(slot) }
    }

    /// The next item of this producer is the one of that number.
    pub fn expect(&mut self, producer: usize, number: u32) {
        self.next[producer] = number;
    }

    /// A reader that gets some of the items.
    pub fn loose(slot: usize) -> Self {
        Self { is_strict: false, ..Self::strict(slot) }
    }

    /// Checks that this is an item that may come now, and says which; it has not been taken yet.
    pub fn see(&mut self, bytes: &[u8]) -> Name {
        let name = match *bytes {
            [byte] => {
                let producer = usize::from(byte >> 6);
                Name { slot: self.slot, producer, number: self.next[producer] }
            }
            _ => Name::read(bytes).expect("three bytes or more"),
        };
        let next = &mut self.next[name.producer];
        assert_eq!(name.slot, self.slot, "an item of another world: {bytes:?}");
        assert!(
            name.number == *next || *next == UNKNOWN || (name.number > *next && !self.is_strict),
            "{name:?} came where number {next} was due"
        );
        assert!(name.is_written_in(bytes), "{name:?} is not what was sent: {bytes:?}");
        *next = name.number + 1;
        name
    }

    /// Takes an item: nobody may get it again.
    pub fn take(&mut self, bytes: &[u8]) {
        let name = self.see(bytes);
        of(self.slot).received(name);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;
    use crate::item::{Load, Tracked};

    /// Books of a world in which a producer has sent three counted items, of which two are still there.
    fn books(lease: &Lease) -> (&'static Census, Vec<Tracked<5>>) {
        let census = of(lease.slot());
        census.open(0);
        let make = |number| Tracked::make(Name { slot: lease.slot(), producer: 2, number });
        let mut items: Vec<Tracked<5>> = (0..3).map(make).collect();
        census.sent(2, 3);
        Order::strict(lease.slot()).take(items.remove(0).as_ref());
        (census, items)
    }

    fn fault(census: &'static Census, is_complete: bool, may_leak: bool) -> String {
        let panic = catch_unwind(|| census.check(is_complete, may_leak)).expect_err("something is wrong");
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn what_was_lost_and_what_was_not_dropped_is_found() {
        let lease = Lease::take();
        let (census, items) = books(&lease);
        assert!(fault(census, false, false).contains("item 1 of producer 2 was never dropped"));
        assert!(fault(census, true, true).contains("item 1 of producer 2 is lost"));
        drop(items);
        census.check(false, false);
        assert!(fault(census, true, false).contains("item 1 of producer 2 is lost"));
        census.sent(2, 0);
        assert!(fault(census, false, false).contains("item 0 of producer 2 was received and never sent"));
    }

    #[test]
    fn what_comes_twice_or_in_another_order_is_refused() {
        let lease = Lease::take();
        let (census, items) = books(&lease);
        let bytes = |place: usize| items[place].as_ref().to_vec();
        let (one, two) = (bytes(0), bytes(1));
        let mut order = Order::strict(lease.slot());
        assert!(catch_unwind(move || order.see(&two)).is_err(), "number 0 is due");
        let mut order = Order::loose(lease.slot());
        order.take(&one);
        let again = one.clone();
        assert!(catch_unwind(move || order.see(&again)).is_err(), "number 2 or a later one is due");
        let again = catch_unwind(move || Order::loose(lease.slot()).take(&one));
        assert!(again.is_err(), "another reader has got it");
        drop(items);
        census.check(false, false);
    }

    #[test]
    fn what_is_dropped_twice_is_found() {
        let lease = Lease::take();
        let (census, items) = books(&lease);
        drop(items);
        census.dropped(Name { slot: lease.slot(), producer: 2, number: 1 });
        assert_eq!(census.alive[row(2, 1)].load(SeqCst), -1);
        assert!(catch_unwind(|| census.check(false, true)).is_err());
    }
}
