//! What was published under which sequence, and what each reader has seen of it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use crate::census::Order;
use crate::flow::Got;
use crate::item::Name;
use crate::world::{World, lock};

/// Sequences of a world, aborted ones included.
pub const MOST: u64 = 1 << 16;

/// The events of a ring, by their sequence.
pub struct Scroll {
    /// Where the ring was when the world began.
    base: u64,
    /// The name of each event, plus one; 0 where nothing was published.
    names: Box<[AtomicU32]>,
    /// How often an event was handed to a group of workers.
    handed: Box<[AtomicU8]>,
    accounts: Mutex<Vec<Account>>,
}

/// What a reader says it has seen.
struct Account {
    start: u64,
    /// Behind the last event that it has seen.
    end: u64,
    /// Whether it was there when the ring was closed, so that it should have seen the last one too.
    is_whole: Arc<AtomicBool>,
    count: u64,
    sum: u64,
    /// What it was told to have missed.
    lost: Vec<(u64, u64)>,
}

impl Scroll {
    /// An empty one, which looks through what the readers say when the world ends.
    pub fn open(world: &World, base: u64) -> Arc<Self> {
        let scroll = Arc::new(Self {
            base,
            names: (0..MOST).map(|_| AtomicU32::new(0)).collect(),
            handed: (0..MOST).map(|_| AtomicU8::new(0)).collect(),
            accounts: Mutex::default(),
        });
        let at_end = scroll.clone();
        world.at_end(move |_| at_end.check());
        scroll
    }

    /// Whether events may still be published, so many at once.
    pub fn has_room(&self, sequence: u64) -> bool {
        sequence - self.base < MOST - 10_000
    }

    /// An event was published.
    pub fn published(&self, sequence: u64, name: Name) {
        let before = self.names[self.place(sequence)].swap(name.key() + 1, SeqCst);
        assert_eq!(before, 0, "sequence {sequence} was published twice");
    }

    /// An event was handed to one of a group of workers.
    pub fn hand(&self, sequence: u64) {
        let before = self.handed[self.place(sequence)].fetch_add(1, SeqCst);
        assert_eq!(before, 0, "event {sequence} went to two workers");
    }

    /// Whether a worker has got it.
    pub fn is_handed(&self, sequence: u64) -> bool {
        self.handed[self.place(sequence)].load(SeqCst) == 1
    }

    /// Every event went to a worker.
    pub fn check_handed(&self) {
        for (place, name) in self.names.iter().enumerate() {
            let handed = self.handed[place].load(SeqCst) == 1;
            assert_eq!(handed, name.load(SeqCst) > 0, "event {place}: went to a worker, and was published");
        }
    }

    fn place(&self, sequence: u64) -> usize {
        assert!(
            (self.base..self.base + MOST).contains(&sequence),
            "sequence {sequence} from {} on",
            self.base
        );
        (sequence - self.base) as usize
    }

    fn check(&self) {
        for account in &*lock(&self.accounts) {
            let end = if account.is_whole.load(SeqCst) { u64::MAX } else { account.end };
            let (mut count, mut sum) = (0, 0);
            for (sequence, name) in (self.base..).zip(&self.names) {
                let name = name.load(SeqCst);
                let is_lost = account.lost.iter().any(|(from, to)| (from..to).contains(&&sequence));
                if name > 0 && !is_lost && (account.start..end).contains(&sequence) {
                    count += 1;
                    sum = added(sum, sequence, name - 1);
                }
            }
            let Account { start, end, lost, .. } = account;
            assert_eq!(
                (count, sum),
                (account.count, account.sum),
                "a reader from {start} to {end} that missed {lost:?}: what was published and what it saw"
            );
        }
    }
}

fn added(sum: u64, sequence: u64, key: u32) -> u64 {
    sum.wrapping_add((sequence << 24 ^ u64::from(key)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31))
}

/// How far a reader is, for those who come after it.
#[derive(Default)]
pub struct Progress {
    done: AtomicU64,
    is_gone: AtomicBool,
}

/// One reader's books, handed in when it is dropped.
pub struct Reading {
    pub world: Arc<World>,
    scroll: Arc<Scroll>,
    order: Order,
    account: Account,
    pub progress: Arc<Progress>,
    pub after: Vec<Arc<Progress>>,
    /// Whether it comes after a group of workers.
    pub is_after_workers: bool,
    bytes: usize,
    capacity: usize,
}

impl Reading {
    /// Of a reader that starts with this event.
    pub fn new(
        world: &Arc<World>,
        scroll: &Arc<Scroll>,
        order: Order,
        start: u64,
        bytes: usize,
        capacity: usize,
    ) -> Self {
        let account =
            Account { start, end: start, is_whole: Arc::default(), count: 0, sum: 0, lost: Vec::new() };
        let progress = Arc::new(Progress { done: AtomicU64::new(start), is_gone: AtomicBool::new(false) });
        Self {
            world: world.clone(),
            scroll: scroll.clone(),
            order,
            account,
            progress,
            after: Vec::new(),
            is_after_workers: false,
            bytes,
            capacity,
        }
    }

    /// Set when it has seen everything to the end.
    pub fn is_whole(&self) -> Arc<AtomicBool> {
        self.account.is_whole.clone()
    }

    /// The sequence of the next event that it has not seen.
    pub fn end(&self) -> u64 {
        self.account.end
    }

    /// Checks an event. One that was seen before, in a batch that was not released, is left alone.
    pub fn see(&mut self, sequence: u64, bytes: &[u8]) {
        self.world.beat();
        if sequence < self.account.end {
            return;
        }
        for upstream in &self.after {
            assert!(
                upstream.is_gone.load(SeqCst) || upstream.done.load(SeqCst) > sequence,
                "event {sequence} came before those in front had released it"
            );
        }
        assert!(
            !self.is_after_workers || self.scroll.is_handed(sequence),
            "event {sequence} before a worker had it"
        );
        let name = self.order.see(bytes);
        self.account.count += 1;
        self.account.sum = added(self.account.sum, sequence, name.key());
        self.account.end = sequence + 1;
        self.progress.done.fetch_max(sequence + 1, SeqCst);
    }

    /// Was told to have missed these.
    pub fn miss(&mut self, from: u64, to: u64) {
        assert!(
            from >= self.account.end,
            "told to have missed {from}.., but has seen up to {}",
            self.account.end
        );
        self.world.tally.lost.add(to - from);
        self.account.lost.push((from, to));
        self.account.end = to;
    }

    /// Those behind need not wait for it any more.
    pub fn leave(&self) {
        self.progress.is_gone.store(true, SeqCst);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.leave();
        let account = Account {
            is_whole: self.is_whole(),
            lost: std::mem::take(&mut self.account.lost),
            ..self.account
        };
        let count = self.account.count.into();
        drop(Got { world: &self.world, bytes: self.bytes, capacity: self.capacity, count });
        lock(&self.scroll.accounts).push(account);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use fastrand::Rng;

    use super::*;
    use crate::census::Lease;
    use crate::item::Load;
    use crate::rooms::ROOMS;

    /// What the scroll of five events says of a reader that saw some of them, in that order.
    fn verdict(saw: &[u64], missed: Option<(u64, u64)>) -> bool {
        let lease = Lease::take();
        let world = World::new(&ROOMS[0], 0, lease.slot(), Arc::default(), &mut Rng::with_seed(0));
        let scroll = Scroll::open(&world, 100);
        let name = |sequence: u64| Name { slot: lease.slot(), producer: 1, number: sequence as u32 - 100 };
        (100..105).for_each(|sequence| scroll.published(sequence, name(sequence)));
        let mut reading = Reading::new(&world, &scroll, Order::loose(lease.slot()), 100, 12, 8);
        for &sequence in saw {
            reading.see(sequence, &<[u8; 12]>::make(name(sequence)));
        }
        missed.into_iter().for_each(|(from, to)| reading.miss(from, to));
        reading.is_whole().store(true, SeqCst);
        drop(reading);
        catch_unwind(AssertUnwindSafe(|| world.check())).is_ok()
    }

    #[test]
    fn an_event_that_was_not_seen_is_found_unless_it_was_told_to_be_missed() {
        assert!(verdict(&[100, 101, 102, 103, 104], None));
        assert!(!verdict(&[100, 101, 103, 104], None));
        assert!(!verdict(&[], None));
        assert!(verdict(&[100, 101], Some((102, 105))));
        assert!(!verdict(&[100, 101], Some((103, 105))));
        assert!(!verdict(&[100, 101, 102], Some((103, 104))));
    }
}
