//! One thread's items are dropped exactly once, whatever happens, wherever in the memory they lie.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold::{
    Queue, Ring,
    memory::Memory,
    ring::{Inline, Storage},
};

use crate::{
    memory::{place, seam, single},
    tracked::{Census, Tracked},
};

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

/// Runs `test` on rings of eight with five items in them, the seam before, within and behind the five, on the memory under
/// test and inline; then every item must be dropped once.
fn everywhere(test: impl Run) {
    fn once<S: Storage<Tracked>>(mut ring: Ring<Tracked, S>, at: usize, test: &impl Run) {
        let census = Census::new(20_000);
        place(&mut ring, at, || census.item());
        ring.push_iter((0..4).map(|_| census.item()));
        assert_eq!((ring.len(), census.living()), (5, 5));
        test.run(ring, &census);
        census.assert_all_dropped_once();
    }
    for back in 0..=8 {
        let ring = single(8);
        let seam = seam(&ring);
        once(ring, seam - back, &test);
        once(Inline::<_, 8>::new(), 8 - back, &test);
    }
}

/// A closure would know only one kind of storage.
trait Run {
    fn run<S: Storage<Tracked>>(&self, ring: Ring<Tracked, S>, census: &Census);
}

/// The numbers of the items in a ring.
fn numbers<S: Storage<Tracked>>(ring: &Ring<Tracked, S>) -> Vec<usize> {
    ring.iter().map(|item| item.number).collect()
}

#[test]
fn verbs_that_drop() {
    struct Verbs;
    impl Run for Verbs {
        fn run<S: Storage<Tracked>>(&self, mut ring: Ring<Tracked, S>, census: &Census) {
            let first = ring[0].number;
            assert_eq!(ring.consume(1), 1);
            assert_eq!(ring.truncate_front(3), 1);
            assert_eq!(ring.truncate(2), 1);
            assert_eq!((numbers(&ring), census.living()), (vec![first + 2, first + 3], 2));
            ring.extend((0..7).map(|_| census.item()));
            assert_eq!((ring.len(), census.living(), ring[0].number), (8, 8, first + 3));
            assert_eq!(ring.push_overwrite(census.item()).unwrap().number, first + 3);
            assert_eq!(ring.push(census.item()).unwrap_err().0.number, first + 13);
            assert_eq!(ring.pop().unwrap().number, first + 5);
            assert_eq!(census.living(), 7);
            ring.clear();
            assert_eq!((ring.len(), census.living()), (0, 0));
            ring.push(census.item()).ok().unwrap();
            assert_eq!(ring.truncate(0), 1);
            ring.push(census.item()).ok().unwrap();
        }
    }
    everywhere(Verbs);
}

#[test]
fn destructors_that_panic() {
    struct Panics;
    impl Run for Panics {
        fn run<S: Storage<Tracked>>(&self, mut ring: Ring<Tracked, S>, census: &Census) {
            ring[1].panics = true;
            panics(|| ring.consume(3));
            assert_eq!((ring.len(), census.living()), (2, 2));
            ring.push_iter((0..3).map(|_| census.item()));
            ring[3].panics = true;
            panics(|| ring.truncate(1));
            assert_eq!((ring.len(), census.living()), (1, 1));
            ring.push_iter((0..7).map(|_| census.item()));
            ring[0].panics = true;
            panics(|| ring.extend([census.item()]));
            assert_eq!((ring.len(), census.living()), (8, 8));
            ring[0].panics = true;
            panics(|| ring.truncate_front(1));
            assert_eq!((ring.len(), census.living()), (1, 1));
            ring[0].panics = true;
            panics(|| ring.truncate(0));
            ring.push_iter((0..8).map(|_| census.item()));
            ring[7].panics = true;
            panics(|| ring.clear());
            assert_eq!((ring.len(), ring.free(), census.living()), (0, 8, 0));
            ring.push_iter((0..8).map(|_| census.item()));
            ring[4].panics = true;
            panics(|| drop(ring));
        }
    }
    everywhere(Panics);
}

#[test]
fn closures_and_iterators_that_panic() {
    struct Panics;
    impl Run for Panics {
        fn run<S: Storage<Tracked>>(&self, mut ring: Ring<Tracked, S>, census: &Census) {
            let first = ring[0].number;
            let mut seen = 0;
            panics(|| {
                ring.drain(|_| {
                    seen += 1;
                    assert!(seen < 3, "three is too many");
                });
            });
            assert_eq!(numbers(&ring), [first + 3, first + 4]);
            panics(|| {
                ring.push_iter((0..5).map(|i| if i == 2 { panic!("no item {i}") } else { census.item() }));
            });
            assert_eq!((ring.len(), census.living()), (4, 4));
            panics(|| {
                ring.extend((0..9).map(|i| if i == 8 { panic!("no item {i}") } else { census.item() }))
            });
            assert_eq!((ring.len(), census.living()), (8, 8));
            assert_eq!((ring.drain(drop), census.living()), (8, 0));
        }
    }
    everywhere(Panics);
}

#[test]
fn iterators_by_value_left_half_way() {
    struct HalfWay;
    impl Run for HalfWay {
        fn run<S: Storage<Tracked>>(&self, ring: Ring<Tracked, S>, census: &Census) {
            let first = ring[0].number;
            let mut items = ring.into_iter();
            assert_eq!(items.next().unwrap().number, first);
            assert_eq!(items.next_back().unwrap().number, first + 4);
            assert_eq!(items.next_back().unwrap().number, first + 3);
            assert_eq!((items.len(), census.living()), (2, 2));
            drop(items);
        }
    }
    everywhere(HalfWay);
    struct FromTheBack;
    impl Run for FromTheBack {
        fn run<S: Storage<Tracked>>(&self, ring: Ring<Tracked, S>, census: &Census) {
            let mut items = ring.into_iter();
            assert_eq!(items.by_ref().rev().count(), 5);
            assert!(items.next().is_none() && items.next_back().is_none());
            assert_eq!(census.living(), 0);
        }
    }
    everywhere(FromTheBack);
}

#[test]
fn reservations() {
    struct Reservations;
    impl Run for Reservations {
        fn run<S: Storage<Tracked>>(&self, ring: Ring<Tracked, S>, census: &Census) {
            let mut queue = Queue::from(ring);
            queue.release(2);
            let mut slots = queue.reserve(5).unwrap();
            slots.push(census.item()).ok().unwrap();
            slots.push(census.item()).ok().unwrap();
            drop(slots);
            assert_eq!((queue.len(), census.living()), (3, 3), "aborted");

            let mut slots = queue.reserve(5).unwrap();
            panics(|| slots.fill(|i| if i == 3 { panic!("cannot make item {i}") } else { census.item() }));
            assert_eq!((slots.written(), census.living()), (3, 6));
            drop(slots);
            assert_eq!((queue.len(), census.living()), (3, 3), "aborted after a panic");

            let mut slots = queue.reserve(5).unwrap();
            panics(|| slots.fill(|i| if i == 3 { panic!("cannot make item {i}") } else { census.item() }));
            assert_eq!(slots.commit(), 3, "or kept after a panic");
            queue.release(3);

            let mut slots = queue.reserve(5).unwrap();
            slots.fill(|_| census.item());
            assert_eq!(slots.commit_up_to(2), 2);
            assert_eq!((queue.len(), census.living()), (5, 5), "the excess was dropped");
            queue.release(2);

            let mut slots = queue.reserve(5).unwrap();
            slots.fill(|_| census.item());
            slots.written_mut()[4].panics = true;
            panics(|| slots.commit_up_to(3));
            assert_eq!((queue.len(), census.living()), (6, 6), "published before the excess is dropped");
            queue.release(6);

            let mut slots = queue.reserve(8).unwrap();
            slots.fill(|_| census.item());
            slots.written_mut()[2].panics = true;
            panics(|| drop(slots));
            assert_eq!((queue.len(), census.living()), (0, 0), "an abort that panics");
        }
    }
    everywhere(Reservations);
}

#[test]
fn a_forgotten_reservation_leaks_and_does_no_harm() {
    let census = Census::new(100);
    let mut queue = Queue::from(single(4));
    for _ in 0..10 {
        queue.push(census.item()).ok().unwrap();
        let mut slots = queue.reserve(2).unwrap();
        slots.push(census.item()).ok().unwrap();
        std::mem::forget(slots);
        assert_eq!((queue.len(), queue.free()), (1, 3));
        assert_eq!(queue.release(1), 1);
    }
    drop(queue);
    assert_eq!(census.living(), 10, "those in the forgotten ones");
}

/// What is changed through a shared reference is there once, so it stays changed, on every kind of memory.
#[test]
fn what_is_changed_through_a_shared_reference_stays_changed() {
    type Item = (Cell<u32>, RefCell<Vec<u32>>, [u64; 5]);
    fn test<S: Storage<Item>>(mut ring: Ring<Item, S>, laps: usize) {
        let item = |n: usize| (Cell::new(n as u32), RefCell::new(vec![n as u32]), [n as u64; 5]);
        ring.push_iter((0..4).map(item));
        for n in 0..laps {
            for (number, list, _) in &ring {
                number.set(number.get() + 1);
                list.borrow_mut().push(number.get());
            }
            let (number, list, words) = ring.pop().unwrap();
            let times = 4.min(n as u32 + 1);
            assert_eq!((number.get(), words), (n as u32 + times, [n as u64; 5]));
            let expected: Vec<u32> = (0..=times).map(|more| n as u32 + more).collect();
            assert_eq!(list.into_inner(), expected);
            ring.push(item(n + 4)).ok().unwrap();
        }
    }
    test(Ring::builder(4).memory(Memory::Soft).build().unwrap(), 300);
    test(Ring::builder(4).memory(Memory::Auto).build().unwrap(), 300);
    test(Inline::<Item, 4>::new(), 300);
}

thread_local!(static DROPS: Cell<usize> = const { Cell::new(0) });

#[test]
fn zero_sized_items_are_dropped_too() {
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    fn test<S: Storage<Nothing>>(mut ring: Ring<Nothing, S>) {
        DROPS.set(0);
        assert_eq!(ring.push_iter((0..100).map(|_| Nothing)), 100);
        assert_eq!((ring.consume(10), ring.truncate(80), ring.truncate_front(70)), (10, 10, 10));
        drop(ring.pop());
        assert_eq!(DROPS.get(), 31);
        let mut queue = Queue::from(ring);
        let mut slots = queue.reserve(5).unwrap();
        slots.fill(|_| Nothing);
        assert_eq!(slots.commit_up_to(2), 2);
        assert_eq!(DROPS.get(), 34);
        let mut items = queue.into_iter();
        drop((items.next(), items.next_back()));
        drop(items);
        assert_eq!(DROPS.get(), 105);
    }
    test(single(usize::MAX >> 1));
    test(single(105));
    test(Inline::<Nothing, 105>::new());
    test(Inline::<Nothing, { usize::MAX }>::new());
}
