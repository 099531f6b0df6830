//! Values of any type: dropped once, whatever happens.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use ringfold::pool::{Exhausted, Slab};

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn values_are_dropped_with_their_last_reference() {
    let drops = Arc::new(AtomicUsize::new(0));
    let slab = Slab::with_capacity(3).unwrap();
    let first = slab.try_alloc(Counted(drops.clone())).ok().unwrap();
    let others = [first.clone(), first.clone()];
    drop(first);
    assert_eq!((drops.load(Ordering::Relaxed), slab.in_use()), (0, 1));
    drop(others);
    assert_eq!((drops.load(Ordering::Relaxed), slab.in_use()), (1, 0));
    let kept = slab.try_alloc(Counted(drops.clone())).ok().unwrap();
    let taken = slab.try_alloc(Counted(drops.clone())).ok().unwrap().into_inner().ok().unwrap();
    drop(slab);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    thread::spawn(move || drop(kept)).join().unwrap();
    assert_eq!(drops.load(Ordering::Relaxed), 2);
    drop(taken);
    assert_eq!(drops.load(Ordering::Relaxed), 3);
}

struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

#[test]
fn a_value_that_panics_gives_its_slot_back() {
    let slab = Slab::with_capacity(2).unwrap();
    for _ in 0..10 {
        let value = slab.try_alloc(Panics).ok().unwrap();
        assert_eq!(slab.in_use(), 1);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(value))).is_err());
        assert_eq!(slab.in_use(), 0);
    }
    let value = slab.try_alloc(Panics).ok().unwrap();
    drop(slab);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(value))).is_err());
}

#[repr(align(128))]
#[derive(Debug, PartialEq)]
struct Wide(u8);

#[test]
fn values_of_any_size_and_alignment() {
    fn check<T: PartialEq + std::fmt::Debug>(make: impl Fn() -> T) {
        let slab = Slab::with_capacity(5).unwrap();
        for _ in 0..3 {
            let values: Vec<_> = (0..5).map(|_| slab.try_alloc(make()).unwrap()).collect();
            let Exhausted(back) = slab.try_alloc(make()).unwrap_err();
            for value in &values {
                assert_eq!(**value, back);
                assert_eq!((&raw const **value).align_offset(align_of::<T>()), 0);
            }
        }
        assert_eq!((slab.in_use(), slab.capacity()), (0, 5));
    }
    check(|| ());
    check(|| 7_u8);
    check(|| [1_u16; 3]);
    check(|| 1_u128);
    check(|| Wide(3));
    check(|| [9_u8; 4097]);
    check(|| String::from("on the heap"));
    assert!(Slab::<u64>::with_capacity(0).unwrap_err().is_invalid());
    assert!(Slab::<u64>::with_capacity(usize::MAX / 2).unwrap_err().is_invalid());
}

#[test]
fn a_value_is_changed_by_its_single_owner_only() {
    let slab = Slab::with_capacity(1).unwrap();
    let mut list = slab.alloc(vec![1]);
    let weak = list.downgrade();
    assert_eq!(weak.upgrade().as_deref(), Some(&vec![1]));
    list.get_mut().unwrap().push(2);
    assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
    let other = list.clone();
    assert!(list.get_mut().is_none() && list.is_same(&other) && list.references() == 2);
    let list = list.into_inner().unwrap_err();
    drop(other);
    assert_eq!(list.into_inner().unwrap(), [1, 2]);
}

#[test]
fn a_value_waits_for_a_slot() {
    let slab = Slab::with_capacity(1).unwrap();
    let first = slab.alloc(1);
    assert_eq!(slab.alloc_timeout(2, Duration::from_millis(5)).unwrap_err(), Exhausted(2));
    let other = slab.clone();
    let waiting = thread::spawn(move || *other.alloc(2));
    thread::sleep(Duration::from_millis(20));
    drop(first);
    assert_eq!(waiting.join().unwrap(), 2);
}
