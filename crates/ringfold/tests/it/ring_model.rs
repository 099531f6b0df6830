//! Ring against `VecDeque`, for every element size at which something could go wrong, on every kind of memory.

use std::collections::VecDeque;

use proptest::prelude::*;
use ringfold::{
    Ring,
    error::Full,
    ring::{Inline, Storage},
};

use crate::{
    elements::{Bytes, Element},
    memory::{place, seam, single},
};

#[derive(Clone, Debug)]
enum Step {
    Push,
    Pop,
    PopNewest,
    PushOverwrite,
    PushSlice(usize),
    PopSlice(usize),
    PushIter(usize),
    Extend(usize),
    Spare { written: usize },
    Consume(usize),
    Truncate(usize),
    TruncateFront(usize),
    Change(usize),
    Drain,
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0usize..12;
    prop_oneof![
        4 => Just(Step::Push),
        3 => Just(Step::Pop),
        2 => Just(Step::PopNewest),
        2 => Just(Step::PushOverwrite),
        3 => few.clone().prop_map(Step::PushSlice),
        1 => few.clone().prop_map(Step::PopSlice),
        2 => few.clone().prop_map(Step::PushIter),
        2 => few.clone().prop_map(Step::Extend),
        2 => few.clone().prop_map(|written| Step::Spare { written }),
        2 => few.clone().prop_map(Step::Consume),
        1 => few.clone().prop_map(Step::Truncate),
        1 => few.clone().prop_map(Step::TruncateFront),
        2 => few.prop_map(Step::Change),
        1 => Just(Step::Drain),
        1 => Just(Step::Clear),
    ]
}

/// Walks a ring and a `VecDeque` through the same steps.
struct Walk<T, S: Storage<T>> {
    ring: Ring<T, S>,
    model: VecDeque<T>,
    next: u64,
}

impl<T: Element, S: Storage<T>> Walk<T, S> {
    fn item(&mut self) -> T {
        self.next += 1;
        T::numbered(self.next)
    }

    fn items(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| self.item()).collect()
    }

    fn overwrite(&mut self, item: T) -> Option<T> {
        let oldest = (self.model.len() == self.ring.capacity()).then(|| self.model.pop_front().unwrap());
        self.model.push_back(item);
        oldest
    }

    fn take(&mut self, step: &Step) {
        let room = self.ring.capacity() - self.model.len();
        match *step {
            Step::Push => {
                let item = self.item();
                assert_eq!(self.ring.push(item), if room > 0 { Ok(()) } else { Err(Full(item)) });
                self.model.extend((room > 0).then_some(item));
            }
            Step::PushOverwrite => {
                let item = self.item();
                let oldest = self.overwrite(item);
                assert_eq!(self.ring.push_overwrite(item), oldest);
            }
            Step::PushSlice(n) => {
                let items = self.items(n);
                assert_eq!(self.ring.push_slice(&items), n.min(room));
                self.model.extend(&items[..n.min(room)]);
            }
            Step::PushIter(n) => {
                let items = self.items(n);
                let mut rest = items.iter().copied();
                assert_eq!(self.ring.push_iter(&mut rest), n.min(room));
                assert_eq!(rest.len(), n - n.min(room), "none was taken that did not fit");
                self.model.extend(&items[..n.min(room)]);
            }
            Step::Extend(n) => {
                let items = self.items(n);
                items.iter().for_each(|&item| _ = self.overwrite(item));
                if n % 2 == 0 { self.ring.extend(&items) } else { self.ring.extend(items) }
            }
            Step::Spare { written } => {
                let items = self.items(written.min(room));
                let spare = self.ring.spare();
                assert_eq!(spare.len(), room);
                spare.iter_mut().zip(&items).for_each(|(cell, &item)| _ = cell.write(item));
                // SAFETY: so many cells were just written.
                unsafe { self.ring.commit(items.len()) };
                self.model.extend(items);
            }
            _ => self.take_out(step),
        }
    }

    fn take_out(&mut self, step: &Step) {
        let len = self.model.len();
        match *step {
            Step::Pop => assert_eq!(self.ring.pop(), self.model.pop_front()),
            Step::PopNewest => assert_eq!(self.ring.pop_newest(), self.model.pop_back()),
            Step::PopSlice(n) => {
                let mut items = self.items(n);
                assert_eq!(self.ring.pop_slice(&mut items), n.min(len));
                assert!(items.into_iter().take(n.min(len)).eq(self.model.drain(..n.min(len))));
            }
            Step::Consume(n) => {
                assert_eq!(self.ring.consume(n), n.min(len));
                self.model.drain(..n.min(len));
            }
            Step::Truncate(n) => {
                assert_eq!(self.ring.truncate(n), len.saturating_sub(n));
                self.model.truncate(n);
            }
            Step::TruncateFront(n) => {
                assert_eq!(self.ring.truncate_front(n), len.saturating_sub(n));
                self.model.drain(..len.saturating_sub(n));
            }
            Step::Change(at) => self.change(at),
            Step::Drain => {
                let mut drained = Vec::new();
                assert_eq!(self.ring.drain(|item| drained.push(item)), len);
                assert!(drained.into_iter().eq(self.model.drain(..)));
            }
            _ => {
                self.ring.clear();
                self.model.clear();
            }
        }
    }

    /// In place, in every way.
    fn change(&mut self, at: usize) {
        let items = [self.item(), self.item(), self.item(), self.item()];
        assert_eq!(self.ring.get_mut(at).is_some(), at < self.model.len());
        if at < self.model.len() {
            match at % 4 {
                0 => self.ring[at] = items[0],
                1 => *self.ring.get_mut(at).unwrap() = items[0],
                2 => self.ring.as_mut_slice()[at] = items[0],
                _ => *self.ring.iter_mut().nth(at).unwrap() = items[0],
            }
            self.model[at] = items[0];
        }
        self.ring.iter_mut().rev().take(3).zip(&items[1..]).for_each(|(found, &item)| *found = item);
        self.model.iter_mut().rev().take(3).zip(&items[1..]).for_each(|(found, &item)| *found = item);
    }

    fn compare(&mut self) {
        let (ring, model) = (&self.ring, self.model.make_contiguous());
        assert_eq!(ring.as_slice(), model);
        assert_eq!((ring.len(), ring.free()), (model.len(), ring.capacity() - model.len()));
        assert_eq!((ring.is_empty(), ring.is_full()), (model.is_empty(), model.len() == ring.capacity()));
        assert_eq!((ring.get(0), ring.get(model.len())), (model.first(), None));
        assert_eq!(ring.get(model.len() / 2..), Some(&model[model.len() / 2..]));
    }

    fn go(mut self, steps: &[Step]) {
        self.compare();
        for step in steps {
            self.take(step);
            self.compare();
        }
        // In the end from both sides.
        let mut rest = self.ring.into_iter();
        while rest.len() > 0 {
            assert_eq!(rest.as_slice(), self.model.make_contiguous());
            assert_eq!(rest.next(), self.model.pop_front());
            assert_eq!(rest.next_back(), self.model.pop_back());
        }
        assert_eq!((rest.next(), rest.next_back(), self.model.len()), (None, None, 0));
    }
}

/// A walk over `ring`, whose first item lies `place` items into the memory in the beginning.
fn walk<T: Element, S: Storage<T>>(mut ring: Ring<T, S>, at: usize, steps: &[Step]) {
    place(&mut ring, at, || T::numbered(0));
    let model = ring.iter().copied().collect();
    Walk { ring, model, next: 0 }.go(steps);
}

fn check<T: Element>(most: usize) {
    // Large elements show the same in fewer walks.
    let cases = if size_of::<T>() > 1000 { 12 } else { 48 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let input = (1..=most, 0usize..40, proptest::collection::vec(step(), 1..120));
    let checked = proptest::test_runner::TestRunner::new(config).run(&input, |(capacity, back, steps)| {
        let ring = single::<T>(capacity);
        // So that the seam is met soon.
        let at = seam(&ring).saturating_sub(back);
        walk(ring, at, &steps);
        walk(Inline::<T, 1>::new(), 0, &steps);
        walk(Inline::<T, 2>::new(), back, &steps);
        walk(Inline::<T, 5>::new(), back, &steps);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{}-byte elements: {error}", size_of::<T>());
    }
}

/// Laps over the whole memory, so that content lies across the seam in every possible way.
fn laps<T: Element, S: Storage<T>>(mut ring: Ring<T, S>, bytes: usize) {
    let capacity = ring.capacity();
    let (mut first, mut next) = (0u64, 0u64);
    let items = (3 * bytes / size_of::<T>().max(1) + 3 * capacity) as u64;
    while next < items {
        ring.push_iter((next..).map(T::numbered).take(capacity));
        next = first + capacity as u64;
        assert!(ring.is_full());
        assert!(ring.iter().copied().eq((first..next).map(T::numbered)), "from {first} of {capacity}");
        // One at least stays, because an empty ring begins at the front again.
        let gone = if capacity == 1 { 1 } else { 1 + first % (capacity as u64 - 1) };
        assert_eq!(ring.consume(gone as usize), gone as usize);
        first += gone;
    }
}

fn size<const N: usize>() {
    check::<Bytes<N>>(16);
    for capacity in [1, 2, 3, 7, 8, 100] {
        let ring = single::<Bytes<N>>(capacity);
        let bytes = seam(&ring) * N;
        laps(ring, bytes);
    }
    laps(Inline::<Bytes<N>, 1>::new(), N);
    laps(Inline::<Bytes<N>, 2>::new(), 2 * N);
    laps(Inline::<Bytes<N>, 3>::new(), 3 * N);
    laps(Inline::<Bytes<N>, 16>::new(), 16 * N);
}

#[test]
fn zero_sized() {
    size::<0>();
}

#[test]
fn small_sizes() {
    size::<1>();
    size::<2>();
    size::<3>();
    size::<5>();
    size::<7>();
    size::<8>();
}

#[test]
fn middle_sizes() {
    size::<12>();
    size::<24>();
    size::<64>();
}

#[test]
fn sizes_around_a_page() {
    size::<4095>();
    size::<4096>();
    size::<4097>();
}

#[test]
fn words() {
    check::<u64>(1024);
    laps(single::<u64>(1000), 8192);
    laps(single::<u64>(512), 4096);
}
