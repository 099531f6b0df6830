//! Queue against `VecDeque`, for every element size at which something could go wrong, on every kind of memory.

use std::collections::VecDeque;

use proptest::prelude::*;
use ringfold::{
    Queue,
    error::Full,
    queue::{Inline, Reservation},
    ring::Storage,
};

use crate::{
    elements::{Bytes, Element},
    memory::{place, seam, single},
};

#[derive(Clone, Debug)]
enum Step {
    Reserve { count: usize, is_up_to: bool, fill: Fill, ending: Ending },
    Push,
    PushSlice(usize),
    PushIter(usize),
    Pop,
    PopSlice(usize),
    Release(usize),
    Change(usize),
    Clear,
}

/// How a reservation is filled.
#[derive(Clone, Debug)]
enum Fill {
    Push(usize),
    Slice(usize),
    SliceTwice(usize),
    All,
    PushThenAll(usize),
    Raw(usize),
}

/// What becomes of a reservation.
#[derive(Clone, Debug)]
enum Ending {
    Commit,
    UpTo(usize),
    Drop,
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0usize..12;
    let fill = prop_oneof![
        few.clone().prop_map(Fill::Push),
        few.clone().prop_map(Fill::Slice),
        few.clone().prop_map(Fill::SliceTwice),
        Just(Fill::All),
        few.clone().prop_map(Fill::PushThenAll),
        few.clone().prop_map(Fill::Raw),
    ];
    let ending = prop_oneof![
        4 => Just(Ending::Commit),
        1 => few.clone().prop_map(Ending::UpTo),
        1 => Just(Ending::Drop),
        1 => Just(Ending::Forget),
    ];
    prop_oneof![
        8 => (few.clone(), any::<bool>(), fill, ending)
            .prop_map(|(count, is_up_to, fill, ending)| Step::Reserve { count, is_up_to, fill, ending }),
        1 => Just(Step::Push),
        1 => few.clone().prop_map(Step::PushSlice),
        1 => few.clone().prop_map(Step::PushIter),
        2 => Just(Step::Pop),
        1 => few.clone().prop_map(Step::PopSlice),
        3 => few.clone().prop_map(Step::Release),
        1 => few.prop_map(Step::Change),
        1 => Just(Step::Clear),
    ]
}

/// Walks a queue and a `VecDeque` through the same steps.
struct Walk<T, S: Storage<T>> {
    queue: Queue<T, S>,
    model: VecDeque<T>,
    next: u64,
}

/// Fills `slots`, and returns what was written, in order. The flag says that it was written by raw access.
fn fill<T: Element, S: Storage<T>>(
    slots: &mut Reservation<'_, T, S>,
    how: &Fill,
    items: &[T],
) -> (Vec<T>, bool) {
    let capacity = slots.capacity();
    assert_eq!((slots.len(), slots.written()), (capacity, 0));
    let item = |i: usize| items[i % items.len()];
    let count = match *how {
        Fill::Push(n) | Fill::PushThenAll(n) => {
            for i in 0..n {
                assert_eq!(slots.push(item(i)), if i < capacity { Ok(()) } else { Err(Full(item(i))) });
            }
            if matches!(how, Fill::PushThenAll(_)) {
                slots.fill(item);
                capacity
            } else {
                n.min(capacity)
            }
        }
        Fill::Slice(n) => slots.write_slice(&items[..n]),
        Fill::SliceTwice(n) => slots.write_slice(&items[..n]) + slots.write_slice(&items[n..2 * n]),
        Fill::All => {
            slots.fill(item);
            capacity
        }
        Fill::Raw(n) => {
            slots.iter_mut().zip(items).take(n).for_each(|(slot, &item)| _ = slot.write(item));
            assert_eq!(slots.written(), 0);
            return (items[..n.min(capacity)].to_vec(), true);
        }
    };
    assert_eq!((slots.written(), slots.len(), slots.capacity()), (count, capacity - count, capacity));
    let written: Vec<T> = (0..count).map(item).collect();
    assert_eq!(slots.written_mut(), written);
    (written, false)
}

impl<T: Element, S: Storage<T>> Walk<T, S> {
    fn items(&mut self, count: usize) -> Vec<T> {
        let items = (self.next..).map(T::numbered).take(count).collect();
        self.next += count as u64;
        items
    }

    fn reserve(&mut self, count: usize, is_up_to: bool, how: &Fill, ending: &Ending) {
        let room = self.queue.capacity() - self.model.len();
        let items = self.items(24);
        let slots = if is_up_to { Some(self.queue.reserve_up_to(count)) } else { self.queue.reserve(count) };
        let Some(mut slots) = slots else {
            assert!(count > room);
            return;
        };
        assert_eq!(slots.capacity(), count.min(room));
        assert!(is_up_to || count <= room);
        let (written, is_raw) = fill(&mut slots, how, &items);
        let committed = match *ending {
            // SAFETY: these were written, by raw access or by the safe methods.
            Ending::Commit if is_raw => unsafe {
                slots.commit_first(written.len());
                written.len()
            },
            Ending::Commit => slots.commit(),
            Ending::UpTo(n) => {
                assert_eq!(slots.commit_up_to(n), if is_raw { 0 } else { n.min(written.len()) });
                if is_raw { 0 } else { n.min(written.len()) }
            }
            Ending::Drop => 0,
            Ending::Forget => {
                std::mem::forget(slots);
                0
            }
        };
        self.model.extend(&written[..committed]);
    }

    fn take(&mut self, step: &Step) {
        let (len, room) = (self.model.len(), self.queue.capacity() - self.model.len());
        match step {
            Step::Reserve { count, is_up_to, fill, ending } => self.reserve(*count, *is_up_to, fill, ending),
            Step::Push => {
                let item = self.items(1)[0];
                assert_eq!(self.queue.push(item), if room > 0 { Ok(()) } else { Err(Full(item)) });
                self.model.extend((room > 0).then_some(item));
            }
            &Step::PushSlice(n) => {
                let items = self.items(n);
                assert_eq!(self.queue.push_slice(&items), n.min(room));
                self.model.extend(&items[..n.min(room)]);
            }
            &Step::PushIter(n) => {
                let items = self.items(n);
                assert_eq!(self.queue.push_iter(items.iter().copied()), n.min(room));
                self.model.extend(&items[..n.min(room)]);
            }
            Step::Pop => assert_eq!(self.queue.pop(), self.model.pop_front()),
            &Step::PopSlice(n) => {
                let mut items = self.items(n);
                assert_eq!(self.queue.pop_slice(&mut items), n.min(len));
                assert!(items.into_iter().take(n.min(len)).eq(self.model.drain(..n.min(len))));
            }
            &Step::Release(n) => {
                assert_eq!(self.queue.release(n), n.min(len));
                self.model.drain(..n.min(len));
            }
            &Step::Change(at) if at < len => {
                let items = self.items(3);
                self.queue[at] = items[0];
                self.model[at] = items[0];
                self.queue.peek_mut()[len - 1] = items[1];
                self.model[len - 1] = items[1];
                *self.queue.iter_mut().next().unwrap() = items[2];
                self.model[0] = items[2];
            }
            Step::Change(_) => {}
            Step::Clear => {
                self.queue.clear();
                self.model.clear();
            }
        }
    }

    fn compare(&mut self) {
        let (queue, model) = (&self.queue, self.model.make_contiguous());
        assert_eq!(queue.peek(), model);
        assert_eq!((queue.len(), queue.free()), (model.len(), queue.capacity() - model.len()));
        assert_eq!((queue.is_empty(), queue.is_full()), (model.is_empty(), model.len() == queue.capacity()));
        assert!(queue.iter().eq(model.iter()) && (0..model.len()).all(|i| queue[i] == model[i]));
    }
}

fn walk<T: Element, S: Storage<T>>(mut queue: Queue<T, S>, at: usize, steps: &[Step]) {
    let mut ring = queue.into_ring();
    place(&mut ring, at, || T::numbered(0));
    queue = ring.into();
    let mut walk = Walk { model: queue.iter().copied().collect(), queue, next: 1 };
    for step in steps {
        walk.take(step);
        walk.compare();
    }
    assert!(walk.queue.into_iter().eq(walk.model));
}

fn size<const N: usize>() {
    // Large elements show the same in fewer walks.
    let cases = if N > 1000 { 12 } else { 48 };
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let input = (1..=16usize, 0usize..40, proptest::collection::vec(step(), 1..100));
    let checked = proptest::test_runner::TestRunner::new(config).run(&input, |(capacity, back, steps)| {
        let ring = single::<Bytes<N>>(capacity);
        let at = seam(&ring).saturating_sub(back);
        walk(Queue::from(ring), at, &steps);
        walk(Inline::<Bytes<N>, 1>::new(), 0, &steps);
        walk(Inline::<Bytes<N>, 3>::default(), back, &steps);
        walk(Inline::<Bytes<N>, 8>::new(), back, &steps);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{N}-byte elements: {error}");
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
