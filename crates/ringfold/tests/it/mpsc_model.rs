//! mpsc against `VecDeque`, with several producers on one thread, for every element size at which something could go wrong.

use std::collections::VecDeque;

use proptest::prelude::*;
use ringfold::{
    error::{TryPopError, TryPushError},
    mpsc::{self, Claim, Consumer, Producer},
};

use crate::{
    elements::{Bytes, Element},
    memory::memory,
};

/// A ring on the memory under test.
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    mpsc::builder(capacity).memory(memory()).build().expect("memory for a test ring")
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    PushSlice(usize),
    PushIter(usize),
    Claims { wanted: Vec<Wanted>, order: usize },
    ClaimUpTo(usize),
    Join,
    Leave,
    Pop,
    PopSlice(usize),
    Peek { consume: usize },
    TakeFromView { count: usize, forget: bool },
    Drain,
}

/// One of several claims that are open at the same time.
#[derive(Clone, Debug)]
struct Wanted {
    count: usize,
    written: usize,
    /// How many of the written ones are committed; `None` drops the claim.
    commit: Option<usize>,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0usize..12;
    let wanted = (few.clone(), few.clone(), proptest::option::weighted(0.7, few.clone()))
        .prop_map(|(count, written, commit)| Wanted { count, written, commit });
    prop_oneof![
        3 => Just(Step::Push),
        1 => few.clone().prop_map(Step::PushSlice),
        1 => few.clone().prop_map(Step::PushIter),
        4 => (proptest::collection::vec(wanted, 1..4), any::<usize>())
            .prop_map(|(wanted, order)| Step::Claims { wanted, order }),
        1 => few.clone().prop_map(Step::ClaimUpTo),
        1 => Just(Step::Join),
        1 => Just(Step::Leave),
        3 => Just(Step::Pop),
        1 => few.clone().prop_map(Step::PopSlice),
        1 => few.clone().prop_map(|consume| Step::Peek { consume }),
        1 => (few, any::<bool>()).prop_map(|(count, forget)| Step::TakeFromView { count, forget }),
        1 => Just(Step::Drain),
    ]
}

/// A ring and what should be in it.
struct Walk<T> {
    capacity: usize,
    producers: Vec<Producer<T>>,
    consumer: Consumer<T>,
    model: VecDeque<T>,
    numbers: u64,
}

impl<T: Element> Walk<T> {
    fn new(capacity: usize) -> Self {
        let (producer, consumer) = ring(capacity);
        Self { capacity, producers: vec![producer], consumer, model: VecDeque::new(), numbers: 0 }
    }

    fn items(&mut self, count: usize) -> Vec<T> {
        let from = self.numbers;
        self.numbers += count as u64;
        (from..self.numbers).map(T::numbered).collect()
    }

    fn room(&self) -> usize {
        self.capacity - self.model.len()
    }

    /// The producers take turns.
    fn producer(&mut self) -> &mut Producer<T> {
        self.producers.rotate_left(1);
        &mut self.producers[0]
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Push => self.push(),
            Step::PushSlice(count) => {
                let (items, room) = (self.items(*count), self.room());
                let pushed = self.producer().try_push_slice(&items);
                assert_eq!(pushed, (*count).min(room));
                self.model.extend(&items[..pushed]);
            }
            Step::PushIter(count) => {
                let items = self.items((*count).min(self.room()));
                assert_eq!(self.producer().push_iter(items.iter().copied()), Ok(items.len()));
                self.model.extend(items);
            }
            Step::Claims { wanted, order } => self.claims(wanted, *order),
            Step::ClaimUpTo(count) => {
                let count = (*count).min(self.room());
                let items = self.items(count);
                if count > 0 {
                    let mut claim = self.producer().claim_up_to(count).unwrap();
                    assert_eq!(claim.capacity(), count);
                    claim.fill(|i| items[i]);
                    assert_eq!(claim.commit(), count);
                    self.model.extend(items);
                }
            }
            Step::Join => {
                let another = self.producer().clone();
                self.producers.push(another);
            }
            Step::Leave => drop((self.producers.len() > 1).then(|| self.producers.pop())),
            Step::Pop => {
                assert_eq!(self.consumer.try_pop(), self.model.pop_front().ok_or(TryPopError::Empty));
            }
            Step::PopSlice(count) => {
                let mut items = vec![T::numbered(u64::MAX); *count];
                let popped = self.consumer.pop_slice(&mut items);
                assert_eq!(popped, (*count).min(self.model.len()));
                assert!(items.into_iter().take(popped).eq(self.model.drain(..popped)));
            }
            Step::Peek { consume } => {
                let view = self.consumer.peek();
                assert!(view.iter().eq(&self.model));
                let consumed = view.consume(*consume);
                assert_eq!(consumed, (*consume).min(self.model.len()));
                self.model.drain(..consumed);
            }
            Step::TakeFromView { count, forget } => {
                let count = (*count).min(self.model.len());
                let mut items = self.consumer.peek().into_iter();
                assert!(items.by_ref().take(count).eq(self.model.drain(..count)));
                if *forget {
                    std::mem::forget(items);
                }
            }
            Step::Drain => {
                let mut drained = Vec::new();
                assert_eq!(self.consumer.drain(|item| drained.push(item)), self.model.len());
                assert!(drained.into_iter().eq(self.model.drain(..)));
            }
        }
        let free = self.capacity - self.model.len();
        assert_eq!((self.consumer.len(), self.producers[0].free()), (self.model.len(), free), "{step:?}");
        assert_eq!(self.consumer.is_empty(), self.model.is_empty());
    }

    fn push(&mut self) {
        let (item, room) = (self.items(1)[0], self.room());
        match self.producer().try_push(item) {
            Ok(()) => self.model.push_back(item),
            Err(TryPushError::Full(back)) => assert!(back == item && room == 0),
            Err(TryPushError::Closed(_)) => panic!("the consumer is there"),
        }
    }

    /// Several claims at once, ended in some order; the consumer looks in between and sees what comes before the first open one.
    fn claims(&mut self, wanted: &[Wanted], order: usize) {
        let mut items: Vec<Vec<T>> =
            wanted.iter().map(|wanted| self.items(wanted.written.min(wanted.count))).collect();
        let mut room = self.room();
        let Self { capacity, producers, consumer, model, .. } = self;
        let watcher = producers[0].clone();
        let mut open: Vec<Option<Claim<'_, T>>> = Vec::new();
        for (producer, wanted) in producers.iter_mut().zip(wanted) {
            let claim = producer.try_claim(wanted.count);
            assert_eq!(claim.is_some(), wanted.count <= room);
            room -= if claim.is_some() { wanted.count } else { 0 };
            open.push(claim);
        }
        items.truncate(open.len());
        let mut visible = 0;
        // A claim that was not had holds nothing.
        let claimed: Vec<usize> =
            open.iter().map(|claim| claim.as_ref().map_or(0, Claim::capacity)).collect();
        for turn in 0..open.len() {
            let left: Vec<usize> = (0..open.len()).filter(|&at| open[at].is_some()).collect();
            let Some(&at) = left.get((order / (turn + 1)) % left.len().max(1)) else { break };
            let mut claim = open[at].take().unwrap();
            assert_eq!(claim.write_slice(&items[at]), items[at].len());
            match wanted[at].commit {
                Some(commit) => {
                    assert_eq!(claim.commit_up_to(commit), commit.min(items[at].len()));
                    items[at].truncate(commit);
                }
                None => {
                    drop(claim);
                    items[at].clear();
                }
            }
            // A claim of nothing keeps nobody waiting.
            let is_open = |at: &usize| open[*at].is_some() && claimed[*at] > 0;
            let first_open = (0..open.len()).find(is_open).unwrap_or(open.len());
            while visible < first_open {
                if claimed[visible] > 0 {
                    model.extend(&items[visible]);
                }
                visible += 1;
            }
            assert!(consumer.peek().iter().eq(model.iter()));
            let taken = model.len() + claimed[first_open..].iter().sum::<usize>();
            assert_eq!(watcher.free(), *capacity - taken);
        }
    }
}

fn check<T: Element>(most: usize) {
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let input = (1..=most, proptest::collection::vec(step(), 1..120));
    let checked = proptest::test_runner::TestRunner::new(config).run(&input, |(capacity, steps)| {
        let mut walk = Walk::<T>::new(capacity);
        steps.iter().for_each(|step| walk.step(step));
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{}-byte elements: {error}", size_of::<T>());
    }
}

/// Enough laps over the whole mapping that elements lie across the seam in every possible way, with a tombstone in each view.
fn laps<T: Element>(capacity: usize) {
    let (mut producer, mut consumer) = ring::<T>(capacity);
    let mut next = 0u64;
    let items = (3 * 8192 / size_of::<T>().max(1) + 3 * capacity) as u64;
    while next < items {
        let before = capacity / 2;
        let mut claim = producer.try_claim(before).expect("it is empty");
        claim.fill(|i| T::numbered(next + i as u64));
        claim.commit();
        drop(producer.try_claim((capacity - before) / 2));
        let mut claim = producer.try_claim(producer.free()).expect("there is so much room");
        claim.fill(|i| T::numbered(next + (before + i) as u64));
        let count = (before + claim.commit()) as u64;
        let view = consumer.peek();
        assert!(
            view.iter().copied().eq((next..next + count).map(T::numbered)),
            "capacity {capacity}, item {next}"
        );
        next += view.consume(capacity / 2 + 1) as u64;
        while let Ok(item) = consumer.try_pop() {
            assert_eq!(item, T::numbered(next));
            next += 1;
        }
    }
}

fn size<const N: usize>() {
    check::<Bytes<N>>(16);
    for capacity in [1, 2, 3, 7, 8, 100] {
        laps::<Bytes<N>>(capacity);
    }
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
    laps::<u64>(1000);
}
