//! The writing verbs of the rooms in which items flow, as [`flow`](crate::flow) names them.

use std::mem::forget;
use std::time::Duration;

use ringfold::error::{ClaimError, Closed, PushTimeoutError, TryPushError};
use ringfold::{lanes, mpmc, mpsc, spsc};

use crate::flow::{Claimed, End, Pushes};

/// What is done to a claim is the same in every room, but claims of `mpsc` are another type.
trait Fills<T> {
    fn fill_with(&mut self, fill: &mut dyn FnMut() -> T);
    fn commit(self) -> usize;
    fn commit_up_to(self, count: usize) -> usize;
}

impl<T> Fills<T> for spsc::Claim<'_, T> {
    fn fill_with(&mut self, fill: &mut dyn FnMut() -> T) {
        self.fill(|_| fill());
    }
    fn commit(self) -> usize {
        self.commit()
    }
    fn commit_up_to(self, count: usize) -> usize {
        self.commit_up_to(count)
    }
}

impl<T> Fills<T> for mpsc::Claim<'_, T> {
    fn fill_with(&mut self, fill: &mut dyn FnMut() -> T) {
        self.fill(|_| fill());
    }
    fn commit(self) -> usize {
        self.commit()
    }
    fn commit_up_to(self, count: usize) -> usize {
        self.commit_up_to(count)
    }
}

fn use_claim<T>(mut claim: impl Fills<T>, fill: &mut dyn FnMut() -> T, end: End) -> Claimed {
    claim.fill_with(fill);
    Claimed::Sent(match end {
        End::Commit => claim.commit(),
        End::CommitUpTo(count) => claim.commit_up_to(count),
        End::Abort => 0,
        End::Forget => {
            forget(claim);
            0
        }
    })
}

fn refused(why: ClaimError) -> Claimed {
    match why {
        ClaimError::Closed => Claimed::Closed,
        ClaimError::TooLarge { requested, capacity } => panic!("{requested} slots of {capacity}"),
    }
}

impl<T: Send> Pushes<T> for spsc::Producer<T> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        self.push(item)
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_timeout(item, timeout)
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        self.push_iter(items)
    }
    fn claim(&mut self, n: usize, waits: bool, fill: &mut dyn FnMut() -> T, end: End) -> Option<Claimed> {
        Some(match waits {
            true => self.claim(n).map_or_else(refused, |claim| use_claim(claim, fill, end)),
            false => self.try_claim(n).map_or(Claimed::NoRoom, |claim| use_claim(claim, fill, end)),
        })
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        if waits { self.push_slice(items).map(|()| items.len()) } else { Ok(self.try_push_slice(items)) }
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send + 'static> Pushes<T> for mpsc::Producer<T> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        self.push(item)
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_timeout(item, timeout)
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        self.push_iter(items)
    }
    fn claim(&mut self, n: usize, waits: bool, fill: &mut dyn FnMut() -> T, end: End) -> Option<Claimed> {
        Some(match waits {
            true => self.claim(n).map_or_else(refused, |claim| use_claim(claim, fill, end)),
            false => self.try_claim(n).map_or(Claimed::NoRoom, |claim| use_claim(claim, fill, end)),
        })
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        if waits { self.push_slice(items).map(|()| items.len()) } else { Ok(self.try_push_slice(items)) }
    }
    fn another(&self) -> Option<Box<dyn Pushes<T>>> {
        Some(Box::new(self.clone()))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send + 'static> Pushes<T> for lanes::Producer<T> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        self.try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        self.push(item)
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        self.push_timeout(item, timeout)
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        self.push_iter(items)
    }
    fn claim(&mut self, n: usize, waits: bool, fill: &mut dyn FnMut() -> T, end: End) -> Option<Claimed> {
        Some(match waits {
            true => self.claim(n).map_or_else(refused, |claim| use_claim(claim, fill, end)),
            false => self.try_claim(n).map_or(Claimed::NoRoom, |claim| use_claim(claim, fill, end)),
        })
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        if waits { self.push_slice(items).map(|()| items.len()) } else { Ok(self.try_push_slice(items)) }
    }
    fn another(&self) -> Option<Box<dyn Pushes<T>>> {
        Some(Box::new(self.join().expect("memory for a lane")))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl<T: Send + 'static> Pushes<T> for mpmc::Producer<T> {
    fn try_push(&mut self, item: T) -> Result<(), TryPushError<T>> {
        (*self).try_push(item)
    }
    fn push(&mut self, item: T) -> Result<(), Closed<T>> {
        (*self).push(item)
    }
    fn push_timeout(&mut self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>> {
        (*self).push_timeout(item, timeout)
    }
    fn push_iter(&mut self, items: &mut dyn Iterator<Item = T>) -> Result<usize, Closed<(usize, T)>> {
        (*self).push_iter(items)
    }
    fn push_overwrite(&mut self, item: T) -> Option<Result<Option<T>, Closed<T>>> {
        Some((*self).push_overwrite(item))
    }
    fn push_slice(&mut self, items: &[T], waits: bool) -> Result<usize, Closed<usize>>
    where
        T: Copy,
    {
        if waits { (*self).push_slice(items).map(|()| items.len()) } else { Ok(self.try_push_slice(items)) }
    }
    fn another(&self) -> Option<Box<dyn Pushes<T>>> {
        Some(Box::new(self.clone()))
    }
    fn capacity(&self) -> usize {
        self.capacity()
    }
}
