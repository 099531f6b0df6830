//! List: every item is dropped exactly once, whatever happens.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold::List;

use crate::{
    list_model::places,
    tracked::{Census, Tracked},
};

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

fn filled(list: &mut List<Tracked>, census: &Census, n: usize) {
    list.extend((0..n).map(|_| census.item()));
}

#[test]
fn every_item_is_dropped_once_whatever_becomes_of_the_list() {
    let endings: [fn(List<Tracked>); 7] = [
        drop,
        |mut list| list.clear(),
        |mut list| list.truncate(20),
        |mut list| while list.pop().is_some() {},
        |list| drop(list.into_iter()),
        |list| drop(list.into_iter().skip(13).step_by(2).take(20).collect::<Vec<_>>()),
        |list| {
            let mut items = list.into_iter();
            drop((items.next(), items.next_back(), items.nth(5)));
        },
    ];
    for ending in endings {
        for mut list in places() {
            let census = Census::new(300);
            filled(&mut list, &census, 200);
            ending(list);
            census.assert_all_dropped_once();
        }
    }
}

#[test]
fn a_panicking_destructor_keeps_no_other_from_running() {
    let endings: [fn(List<Tracked>); 4] =
        [drop, |mut list| list.clear(), |mut list| list.truncate(3), |list| drop(list.into_iter().skip(2))];
    for ending in endings {
        for bad in [3, 50, 99] {
            for mut list in places() {
                let census = Census::new(100);
                filled(&mut list, &census, bad);
                list.push(census.panicking_item());
                filled(&mut list, &census, 99 - bad);
                panics(|| ending(list));
                census.assert_all_dropped_once();
            }
        }
    }
}

#[test]
fn a_list_works_on_after_a_panicking_destructor() {
    for mut list in places() {
        let census = Census::new(200);
        filled(&mut list, &census, 60);
        list.push(census.panicking_item());
        filled(&mut list, &census, 10);
        panics(|| list.truncate(40));
        assert_eq!((list.len(), census.living()), (40, 40));
        filled(&mut list, &census, 50);
        assert_eq!(list.len(), 90);
        assert!(list.iter().take(40).enumerate().all(|(i, item)| item.number == i));
        drop(list);
        census.assert_all_dropped_once();
    }
}

#[test]
fn an_iterator_or_a_clone_that_panics_keeps_what_it_gave() {
    #[derive(Debug)]
    struct Fragile(usize);
    impl Clone for Fragile {
        fn clone(&self) -> Self {
            assert!(self.0 != 77, "item 77 cannot be cloned");
            Self(self.0)
        }
    }
    for mut list in places() {
        panics(|| list.extend((0..200).map(|i| if i == 150 { panic!("no item {i}") } else { Fragile(i) })));
        assert_eq!(list.len(), 150);
        panics(|| drop(list.clone()));
        let slice: Vec<Fragile> = (70..90).map(Fragile).collect();
        panics(|| list.extend_from_slice(&slice));
        assert!(list.iter().map(|item| item.0).eq((0..150).chain(70..77)));
    }
}

#[test]
fn set_and_replace_drop_what_they_should() {
    for mut list in places() {
        let census = Census::new(10);
        filled(&mut list, &census, 2);
        assert!(list.set(1, census.item()));
        assert_eq!(census.living(), 2, "the old one is gone");
        assert!(!list.set(2, census.item()));
        assert_eq!(census.living(), 2, "there is no third, so the new one is gone");
        let back = list.replace(usize::MAX, census.item()).err().expect("it comes back");
        assert_eq!((back.number, census.living()), (4, 3));
        let old = list.replace(0, back).ok().expect("the old one comes out");
        assert_eq!((old.number, list[0].number), (0, 4));
        drop((list, old));
        census.assert_all_dropped_once();
    }
}

#[test]
fn zero_sized_items_are_counted_and_dropped() {
    thread_local!(static LIVING: Cell<isize> = const { Cell::new(0) });
    struct Nothing;
    impl Nothing {
        fn new() -> Self {
            LIVING.set(LIVING.get() + 1);
            Nothing
        }
    }
    impl Drop for Nothing {
        fn drop(&mut self) {
            LIVING.set(LIVING.get() - 1);
        }
    }
    for mut list in places() {
        list.extend((0..1000).map(|_| Nothing::new()));
        drop(list.pop());
        list.truncate(500);
        assert_eq!((list.len(), LIVING.get()), (500, 500));
        assert_eq!(list.as_slice().map(<[_]>::len), Some(500));
        drop(list);
        assert_eq!(LIVING.get(), 0);
    }
}
