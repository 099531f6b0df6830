//! Groups of workers, in which each event goes to one.
//!
//! ```text
//!                         next (compare-and-swap)
//!   ── released ───────┬───── handed out ─────┬──── published ──►
//!                      │ A A A │ C C │ B B │  │
//!                  place.cursor: moves on when what lies behind it is done, in order
//! ```
//!
//! The group has one place at the gate. A worker takes what comes next by moving `next` on, and when it is done stores the end of what it took into the
//! *mark* of its first event (`../marks.rs`); whoever finds the marks in front of the group's cursor done moves the cursor on. So readers
//! behind the group see events in order, whatever the order in which the workers were done.
//!
//! Two workers that are done at the same time each store a mark and then look for the other's, with a full fence in between: at least one of them
//! sees both, and moves the cursor over both.

use core::{fmt, ops::Deref, time::Duration};

use ringfold_core::{
    error::{Closed, PopTimeoutError},
    padded::CachePadded,
    slots::Slots,
    sync::{self, Arc, AtomicU64, Ordering},
    wait::{Deadline, Seat},
};
use ringfold_memory::Error;

use super::{
    JoinError, Reader, ReaderStats, Subscription, Upstream,
    shared::{Place, Ring, Waiting},
    subscription::sealed::Seated,
};
use crate::marks::Marks;

/// Why there is no group of workers.
#[derive(Debug)]
pub enum GroupError {
    /// Its place at the gate could not be had.
    Join(JoinError),
    /// No memory for 8 bytes for each slot of the ring.
    Memory(Error),
    /// A group of nobody was asked for.
    Empty,
}

/// What the workers of one group share.
#[derive(Debug)]
struct Group {
    place: Arc<Place>,
    /// The first event that no worker has taken.
    next: CachePadded<AtomicU64>,
    /// What was taken and is done.
    done: Marks,
    workers: AtomicU64,
}

/// One of a group of workers: each event goes to one of them.
///
/// `Send`. Dropping it is leaving; the others go on, and when the last has left, nobody waits for the group any more. Readers
/// that come [after](Subscription::after) it come after the whole group, and see events in order. Nothing here allocates.
///
/// ```
/// use ringfold::broadcast;
/// let mut producer = broadcast::builder::<u64>(64).build()?;
/// let workers = producer.subscription().workers(3).unwrap();
/// let mut behind = producer.subscription().after([&workers[0]]).join().unwrap();
/// std::thread::scope(|scope| {
///     let threads: Vec<_> = workers
///         .into_iter()
///         .map(|mut worker| {
///             scope.spawn(move || {
///                 let mut sum = 0;
///                 while let Ok(events) = worker.recv() {
///                     sum += events.iter().sum::<u64>(); // nobody else gets these
///                 }
///                 sum
///             })
///         })
///         .collect();
///     let in_order = scope.spawn(move || {
///         let mut next = 0;
///         while let Ok(events) = behind.recv() {
///             for event in &events {
///                 assert_eq!(*event, next);
///                 next += 1;
///             }
///         }
///         next
///     });
///     for i in 0..1000 {
///         producer.publish(|event| *event = i).unwrap();
///     }
///     drop(producer);
///     assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>(), 499_500);
///     assert_eq!(in_order.join().unwrap(), 1000);
/// });
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub struct Worker<E> {
    ring: Arc<Ring<E>>,
    slots: Slots<E>,
    group: Arc<Group>,
    upstream: Vec<Arc<Place>>,
    waiting: Box<Waiting>,
    /// Taken and not yet done: in the hands of a batch, or of one that was forgotten.
    taken: core::ops::Range<u64>,
}

/// Events that were handed to one worker, as one slice. Dropping it says that they are done, also by a panic (catch it where the events must not
/// be lost): the readers behind the group see them then.
///
/// One that is forgotten (`mem::forget`) is done when its worker takes more, or leaves.
pub struct Work<'a, E> {
    worker: &'a mut Worker<E>,
}

impl<E: Copy> Subscription<E> {
    /// Joins as a group of `n` workers: each event goes to one of them, whoever is free.
    ///
    /// Allocates 8 bytes for each slot of the ring.
    ///
    /// # Errors
    /// `Join` as [`join`](Self::join) says, `Memory` when there is none, `Empty` when `n` is 0.
    pub fn workers(self, n: usize) -> Result<Vec<Worker<E>>, GroupError> {
        if n == 0 {
            return Err(GroupError::Empty);
        }
        // First, so that nothing fails once the group has a place.
        let mut workers = reserve(n)?;
        let done = Marks::new(self.capacity()).map_err(GroupError::Memory)?;
        let strategy = self.strategy();
        let Seatless { ring, place, upstream } = self.seat().map_err(GroupError::Join)?;
        let next = CachePadded::new(AtomicU64::new(place.cursor().glance()));
        let group = Arc::new(Group { place, next, done, workers: AtomicU64::new(n as u64) });
        let worker = || Worker {
            ring: ring.clone(),
            slots: ring.slots.clone(),
            group: group.clone(),
            upstream: upstream.clone(),
            waiting: Box::new(ring.waiting(strategy)),
            taken: 0..0,
        };
        workers.extend((0..n).map(|_| worker()));
        Ok(workers)
    }

    /// Joins as `n` workers of which each gets the events whose `key`, modulo `n`, is its number: so events of one key are handled one after the other, in
    /// order. Each is a reader of its own, which looks at every event.
    ///
    /// ```
    /// use ringfold::broadcast;
    /// let mut producer = broadcast::builder::<(u64, u32)>(16).build()?;
    /// let mut workers = producer.subscription().workers_by_key(2, |event: &(u64, u32)| event.0).unwrap();
    /// for i in 0..10 {
    ///     producer.publish(|event| *event = (i % 3, i as u32)).unwrap();
    /// }
    /// drop(producer);
    /// let mut seen = [vec![], vec![]];
    /// for (worker, seen) in workers.iter_mut().zip(&mut seen) {
    ///     while worker.recv(|event, _| seen.push(event.1)).is_ok() {}
    /// }
    /// assert_eq!(seen, [vec![0, 2, 3, 5, 6, 8, 9], vec![1, 4, 7]]); // keys 0 and 2, and key 1
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`workers`](Self::workers).
    pub fn workers_by_key<K>(self, n: usize, key: K) -> Result<Vec<KeyedWorker<E, K>>, GroupError>
    where
        K: Fn(&E) -> u64 + Clone,
    {
        if n == 0 {
            return Err(GroupError::Empty);
        }
        let (mut readers, mut workers) = (reserve(n)?, reserve(n)?);
        self.join_all(n, &mut readers).map_err(GroupError::Join)?;
        let keyed = |(number, reader)| KeyedWorker { reader, key: key.clone(), number, of: n as u64 };
        workers.extend((0..).zip(readers).map(keyed));
        Ok(workers)
    }
}

fn reserve<T>(n: usize) -> Result<Vec<T>, GroupError> {
    let mut items = Vec::new();
    let bytes = n.saturating_mul(size_of::<T>());
    items.try_reserve_exact(n).map_err(|_| GroupError::Memory(Error::heap(bytes)))?;
    Ok(items)
}

/// A place at the gate that no handle has yet.
pub(super) struct Seatless<E> {
    pub(super) ring: Arc<Ring<E>>,
    pub(super) place: Arc<Place>,
    pub(super) upstream: Vec<Arc<Place>>,
}

impl<E> Worker<E> {
    /// What this worker is to handle next, at least one event, as one slice; waits until there is something. Takes its share of what is there, so
    /// that the others get something too.
    ///
    /// # Errors
    /// `Closed` when the producers are gone and everything was taken.
    pub fn recv(&mut self) -> Result<Work<'_, E>, Closed> {
        self.take(usize::MAX, None).map_err(|_| Closed(()))?;
        Ok(Work { worker: self })
    }

    /// As [`recv`](Self::recv), but at most `n` events, or one if `n` is 0.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv).
    pub fn recv_up_to(&mut self, n: usize) -> Result<Work<'_, E>, Closed> {
        self.take(n, None).map_err(|_| Closed(()))?;
        Ok(Work { worker: self })
    }

    /// As [`recv`](Self::recv), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` as for [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Work<'_, E>, PopTimeoutError> {
        self.take(usize::MAX, super::deadline(timeout))?;
        Ok(Work { worker: self })
    }

    /// What is there for this worker now, perhaps nothing. Never waits.
    #[must_use = "dropping it says that the events are done"]
    pub fn poll(&mut self) -> Work<'_, E> {
        self.finish();
        self.try_take(usize::MAX);
        Work { worker: self }
    }

    /// What the group has done so far.
    pub fn stats(&self) -> ReaderStats {
        ReaderStats::of(&self.ring, &self.group.place)
    }

    /// Takes events, waiting for them if need be.
    fn take(&mut self, n: usize, deadline: Option<Deadline>) -> Result<(), PopTimeoutError> {
        self.finish();
        let mut in_time = true;
        loop {
            if self.try_take(n) {
                return Ok(());
            }
            self.group.place.stalls().count();
            // In this order: who is gone has published before.
            let are_gone = self.ring.attention.producers_are_gone(); // SYNC: gone
            if are_gone && !self.has_more() && self.ring.newest() <= self.group.next.load(Ordering::Relaxed) {
                return Err(PopTimeoutError::Closed);
            }
            if !in_time {
                return Err(PopTimeoutError::Timeout);
            }
            in_time = self.sleep(deadline) && deadline.is_none_or(|deadline| Deadline::now() < deadline);
        }
    }

    /// Takes a share of what is there, at most `n` events or one; false if there is nothing.
    fn try_take(&mut self, n: usize) -> bool {
        let Self { ring, group, upstream, taken, .. } = self;
        let mut from = group.next.load(Ordering::Relaxed);
        loop {
            if upstream.iter().any(|place| place.has_left()) {
                *upstream = ring.upstream(&group.place);
            }
            let end = ring.end(upstream, from);
            let (to, is_wanted) = match end - from {
                0 => (ring.behind_gap(upstream, from), false),
                more => (from + group.share(more).min(n as u64).max(1), true),
            };
            if to == from {
                return false;
            }
            // No order: what is taken was observed to be published, just now and by this worker.
            match group.next.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) if is_wanted => {
                    *taken = from..to;
                    group.place.found(to - from);
                    return true;
                }
                Ok(_) => {
                    group.finish(ring, from, to);
                    from = to;
                }
                Err(now) => from = now,
            }
        }
    }

    /// Whether there is something to take.
    fn has_more(&self) -> bool {
        let next = self.group.next.load(Ordering::Relaxed);
        self.ring.bound(&self.upstream, next) > next && self.ring.has_news(next)
    }

    fn sleep(&mut self, deadline: Option<Deadline>) -> bool {
        let Self { ring, group, upstream, waiting, .. } = self;
        let next = || group.next.load(Ordering::Relaxed);
        let is_held_back = ring.is_held_back(upstream, next());
        let is_ready = || {
            let next = next();
            // One bound for both: a newer one could say that nothing has changed when nobody has looked for what it brings.
            let bound = ring.bound(upstream, next);
            // Another worker may have moved `next` on, so that somebody else is waited for now, who rings elsewhere.
            (bound <= next) != is_held_back || ring.may_have(upstream, next, bound)
        };
        let seat = Seat::new(ring.lobby(is_held_back), 0, || 0);
        waiting.waiter.wait(&seat, group.place.stalls(), deadline, is_ready)
    }

    /// What was taken is done.
    fn finish(&mut self) {
        let taken = core::mem::take(&mut self.taken);
        if !taken.is_empty() {
            self.group.finish(&self.ring, taken.start, taken.end);
        }
    }
}

impl Group {
    /// How many of so many events one worker takes, so that the others get something too. No order: who leaves meanwhile takes nothing.
    fn share(&self, events: u64) -> u64 {
        events.div_ceil(self.workers.load(Ordering::Relaxed).max(1))
    }

    /// Events are done: readers behind the group see them when everything before them is done too.
    fn finish<E>(&self, ring: &Ring<E>, from: u64, end: u64) {
        self.done.commit(from, end); // SYNC: mark
        // No order: what those did who have moved it here stays in the release sequence of whoever moves it on.
        let mut cursor = self.place.cursor().glance();
        loop {
            // Between the mark and the look at those of others.
            sync::fence(Ordering::SeqCst); // SYNC: mark
            match self.done.ended_from(cursor, ring.capacity as u64) {
                Some(end) if end == cursor => break,
                Some(end) => {
                    self.place.cursor().raise(end); // SYNC: cursor
                    cursor = end;
                }
                // Others have moved it on, and gone round, since it was looked at.
                None => cursor = self.place.cursor().glance(),
            }
        }
        ring.wake_others(cursor);
    }
}

impl<E> Deref for Work<'_, E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        let taken = &self.worker.taken;
        // SAFETY: these events were published, which this worker has observed, and released by those before the group; the group's cursor stays
        // behind them until they are done, so that the producers do not overwrite them (invariants 1 and 2).
        unsafe { self.worker.slots.items(taken.start, (taken.end - taken.start) as usize) }
    }
}

impl<E> Work<'_, E> {
    /// The sequence of the first event.
    pub fn sequence(&self) -> u64 {
        self.worker.taken.start
    }
}

impl<'w, E> IntoIterator for &'w Work<'_, E> {
    type Item = &'w E;
    type IntoIter = core::slice::Iter<'w, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E> Drop for Work<'_, E> {
    fn drop(&mut self) {
        self.worker.finish();
    }
}

impl<E> Drop for Worker<E> {
    fn drop(&mut self) {
        self.finish();
        let before = self.group.workers.fetch_sub(1, Ordering::Release); // SYNC: workers
        if before == 1 {
            // What the others did before they left is seen by whoever learns that the group has.
            sync::fence(Ordering::Acquire); // SYNC: workers
            self.ring.leave(&self.group.place);
        }
    }
}

impl<E> Seated<E> for Worker<E> {
    #[expect(private_interfaces, reason = "only the room itself can call it")]
    fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>) {
        (&self.ring, &self.group.place)
    }
}

impl<E> Upstream<E> for Worker<E> {}

/// One of several workers that share events by key; see [`Subscription::workers_by_key`].
pub struct KeyedWorker<E, K> {
    reader: Reader<E>,
    key: K,
    number: u64,
    of: u64,
}

impl<E, K: Fn(&E) -> u64> KeyedWorker<E, K> {
    /// Waits for events, of whatever key, and hands those of this worker to `handle`, with their sequences; then all of them are released. Returns
    /// how many were handled.
    ///
    /// If `handle` panics, nothing is released: the events come again.
    ///
    /// # Errors
    /// `Closed` when the producers are gone and everything was read.
    pub fn recv(&mut self, mut handle: impl FnMut(&E, u64)) -> Result<usize, Closed> {
        let Self { reader, key, number, of } = self;
        let batch = reader.recv()?;
        let mine = batch.iter().zip(batch.sequence()..).filter(|(event, _)| key(event) % *of == *number);
        Ok(mine.map(|(event, sequence)| handle(event, sequence)).count())
    }

    /// What its reader has done so far.
    pub fn stats(&self) -> ReaderStats {
        self.reader.stats()
    }
}

impl<E, K> Seated<E> for KeyedWorker<E, K> {
    #[expect(private_interfaces, reason = "only the room itself can call it")]
    fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>) {
        self.reader.seat()
    }
}

impl<E, K> Upstream<E> for KeyedWorker<E, K> {}

impl<E> fmt::Debug for Worker<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("taken", &self.taken).field("ring", &self.ring).finish()
    }
}

impl<E: fmt::Debug> fmt::Debug for Work<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<E, K> fmt::Debug for KeyedWorker<E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedWorker").field("number", &self.number).field("reader", &self.reader).finish()
    }
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(error) => error.fmt(f),
            Self::Memory(error) => error.fmt(f),
            Self::Empty => {
                f.write_str("a group of 0 workers would never release anything: ask for at least 1")
            }
        }
    }
}

impl core::error::Error for GroupError {}
