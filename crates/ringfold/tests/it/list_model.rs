//! List against `Vec`, for every element size at which something could go wrong, wherever a list can lie.

use proptest::prelude::*;
use ringfold::{List, list::Builder, memory::HugePages};

use crate::elements::{Bytes, Element};

/// Every place where a list can lie: one slice, chunks on the heap small and large, one slice that is soon full and goes on in chunks.
pub fn places<T>() -> Vec<List<T>> {
    let builder = || -> Builder<T> { List::builder() };
    [
        builder(),
        builder().chunk_size(1),
        builder().chunk_size(100),
        builder().huge_pages(HugePages::Try),
        builder().contiguous(false),
        builder().contiguous(false).chunk_size(1),
        builder().contiguous(false).chunk_size(6),
        builder().contiguous(false).chunk_size(usize::MAX),
        builder().room_for(1).chunk_size(4),
        builder().room_for(37).chunk_size(4),
    ]
    .map(|builder| builder.build().expect("memory for a test list"))
    .into()
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    Pop,
    Slice(usize),
    Extend(usize),
    Truncate(usize),
    Set(usize),
    Replace(usize),
    Change(usize),
    Mutate,
    Reserve(usize),
    Shrink,
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0usize..40;
    prop_oneof![
        6 => Just(Step::Push),
        4 => Just(Step::Pop),
        3 => few.clone().prop_map(Step::Slice),
        3 => few.clone().prop_map(Step::Extend),
        2 => few.clone().prop_map(Step::Truncate),
        2 => few.clone().prop_map(Step::Set),
        1 => few.clone().prop_map(Step::Replace),
        1 => few.clone().prop_map(Step::Change),
        1 => Just(Step::Mutate),
        1 => few.prop_map(Step::Reserve),
        1 => Just(Step::Shrink),
        1 => Just(Step::Clear),
    ]
}

/// Walks a list and a `Vec` through the same steps.
struct Walk<T> {
    list: List<T>,
    model: Vec<T>,
    next: u64,
}

impl<T: Element> Walk<T> {
    fn new(list: List<T>) -> Self {
        Self { list, model: Vec::new(), next: 0 }
    }

    fn item(&mut self) -> T {
        self.next += 1;
        T::numbered(self.next)
    }

    fn items(&mut self, n: usize) -> Vec<T> {
        (0..n).map(|_| self.item()).collect()
    }

    fn take(&mut self, step: &Step) {
        let addresses: Vec<*const T> = self.list.iter().map(std::ptr::from_ref).collect();
        match *step {
            Step::Push => {
                let item = self.item();
                self.list.push(item);
                self.model.push(item);
            }
            Step::Pop => assert_eq!(self.list.pop(), self.model.pop()),
            Step::Slice(n) => {
                let items = self.items(n);
                self.list.extend_from_slice(&items);
                self.model.extend_from_slice(&items);
            }
            Step::Extend(n) => {
                let items = self.items(n);
                self.list.extend(items.iter());
                self.model.extend(items);
            }
            Step::Truncate(n) => {
                let len = self.model.len().saturating_sub(n);
                self.list.truncate(len);
                self.model.truncate(len);
            }
            Step::Set(i) => {
                let item = self.item();
                assert_eq!(self.list.set(i, item), i < self.model.len());
                self.model.get_mut(i).into_iter().for_each(|place| *place = item);
            }
            Step::Replace(i) => {
                let item = self.item();
                let old = self.model.get_mut(i).map(|place| std::mem::replace(place, item));
                assert_eq!(self.list.replace(i, item), old.ok_or(item));
            }
            Step::Change(i) => {
                let item = self.item();
                let i = i % self.model.len().max(1);
                if i < self.model.len() {
                    (self.list[i], self.model[i]) = (item, item);
                }
            }
            Step::Mutate => {
                let items = self.items(self.model.len());
                self.list.iter_mut().zip(&items).for_each(|(place, item)| *place = *item);
                self.model = items;
            }
            Step::Reserve(n) => {
                self.list.try_reserve(n).expect("a few more");
                assert!(self.list.capacity() >= self.list.len() + n);
            }
            Step::Shrink => self.list.shrink_to_fit(),
            Step::Clear => {
                self.list.clear();
                self.model.clear();
            }
        }
        assert!(
            self.list.iter().map(std::ptr::from_ref).zip(addresses).all(|(now, before)| now == before),
            "moved"
        );
    }

    fn check(&self) {
        let (list, model) = (&self.list, &self.model);
        assert_eq!((list.len(), list.is_empty()), (model.len(), model.is_empty()));
        assert!(list.capacity() >= list.len());
        assert!(list.iter().eq(model) && list.iter().rev().eq(model.iter().rev()));
        assert!((0..model.len()).all(|i| list[i] == model[i] && list.get(i) == Some(&model[i])));
        assert_eq!((list.get(model.len()), list.get(usize::MAX)), (None, None));
        assert_eq!((list.first(), list.last()), (model.first(), model.last()));
        let chunks: Vec<&[T]> = list.chunks().collect();
        assert_eq!(chunks.concat(), *model);
        assert!(chunks.iter().all(|chunk| !chunk.is_empty()) && list.chunks().len() == chunks.len());
        assert!(list.chunks().rev().eq(chunks.iter().copied().rev()));
        assert_eq!(list.as_slice().is_some(), chunks.len() < 2);
        assert!(list.as_slice().is_none_or(|slice| slice == model));
    }
}

fn walk<T: Element>(list: List<T>, steps: &[Step]) {
    let mut walk = Walk::new(list);
    for step in steps {
        walk.take(step);
        walk.check();
    }
    let (list, model) = (walk.list, walk.model);
    assert!(list.clone() == list && list.iter().len() == model.len());
    assert!(list.into_iter().eq(model));
}

fn check<T: Element>() {
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let input = (0..10usize, proptest::collection::vec(step(), 1..60));
    let checked = proptest::test_runner::TestRunner::new(config).run(&input, |(place, steps)| {
        walk::<T>(places().swap_remove(place), &steps);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{}-byte elements: {error}", size_of::<T>());
    }
}

/// Enough items that each place has many pages and chunks; looked at from both ends and across.
fn long<T: Element>() {
    let n = (1 << 20) / size_of::<T>().max(64) + 100;
    let model: Vec<T> = (0..n as u64).map(T::numbered).collect();
    for mut list in places::<T>() {
        list.extend_from_slice(&model);
        assert!(list.iter().eq(&model));
        let mut both = list.iter();
        let mut expected = model.iter();
        while let Some(front) = both.next() {
            assert_eq!(Some(front), expected.next());
            assert_eq!(both.next_back(), expected.next_back());
            assert_eq!(both.nth(2), expected.nth(2));
            assert_eq!(both.len(), expected.len());
        }
        assert_eq!((both.next(), both.next_back()), (None, None), "fused");
        for (place, item) in list.iter_mut().rev().zip(&model) {
            *place = *item;
        }
        assert!(list.iter().rev().eq(&model));
        let mut taken = list.into_iter();
        assert_eq!((taken.next(), taken.next_back()), (model.last().copied(), model.first().copied()));
        assert_eq!(taken.len(), n - 2);
    }
}

fn size<const N: usize>() {
    check::<Bytes<N>>();
    long::<Bytes<N>>();
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
