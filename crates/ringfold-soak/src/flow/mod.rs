//! What all rooms have in common in which items flow from producers to consumers: one producer and one consumer that try every verb in a
//! random order, over two traits that each room's handles have.

mod consume;
mod produce;

use std::cell::Cell;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use ringfold::error::{Closed, PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};

use crate::world::World;

pub use consume::start_consumer;
pub use produce::start_producer;

/// What becomes of a claim that was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it is published.
    Commit,
    /// Only so many of what was written.
    CommitUpTo(usize),
    /// It is dropped.
    Abort,
    /// It is forgotten.
    Forget,
}

/// What a claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// So many items went in.
    Sent(usize),
    /// There was no room.
    NoRoom,
    /// Nobody will ever read.
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
    /// Pushes an item, if there is room now.
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>>;
    /// Pushes an item, waiting for room.
    fn push(&mut self, item: T) -> Result<(), Closed<T>>;
    /// Pushes an item, waiting for some time.
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>>;
    /// Pushes all that comes, waiting for room.
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>>;

    /// Claims `n` slots and fills them; `None` in rooms that have no claims.
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

    /// How many items the ring holds.
    fn capacity(&self) -> usize;
}

/// The reading side of a ring.
pub trait Pops<T>: Send {
    /// Pops an item, if there is one now.
    fn try_pop(&mut self) -> Result<T, TryPopError>;
    /// Pops an item, waiting for one.
    fn pop(&mut self) -> Result<T, Closed>;
    /// Pops an item, waiting for some time.
    fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError>;
    /// Pops all that is there.
    fn drain(&mut self, take: &mut dyn FnMut(T)) -> usize;

    /// Pops what is there and fits.
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

    /// How many items the ring holds.
    fn capacity(&self) -> usize;
}

/// How many items somebody has got; goes to the books in the end, however that is.
pub struct Got<'w> {
    /// Whose books.
    pub world: &'w World,
    /// Of each item.
    pub bytes: usize,
    /// Of the ring, for its laps.
    pub capacity: usize,
    /// How many.
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

/// A producer that is at work, however it ends.
pub struct AtWork<'w>(pub &'w World);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.producers.fetch_sub(1, SeqCst);
    }
}
