//! List: limits and traits.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold::{List, memory::HugePages};

use crate::list_model::places;

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

#[test]
fn more_zero_sized_items_than_can_be_counted_are_refused() {
    let mut list = List::<()>::new();
    list.reserve(usize::MAX);
    list.push(());
    assert_eq!(list.capacity(), usize::MAX);
    list.reserve(usize::MAX - 1);
    assert!(list.try_reserve(usize::MAX).unwrap_err().is_invalid());
    assert_eq!((list.pop(), list.pop()), (Some(()), None));
}

#[test]
fn items_may_be_aligned_to_anything() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(128))]
    struct Line(u8);
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(16384))]
    struct FourPages(u8);
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(4096))]
    struct Nothing;

    fn check<T: Copy + PartialEq + std::fmt::Debug>(make: impl Fn(u8) -> T) {
        for mut list in places() {
            list.extend((0..100).map(&make));
            assert!(list.iter().all(|item| std::ptr::from_ref(item).addr() % align_of::<T>() == 0));
            assert!(list.iter().copied().eq((0..100).map(&make)));
        }
    }
    check(Line);
    check(FourPages);
    check(|_| Nothing);
    let error = List::<FourPages>::builder().contiguous(true).build().unwrap_err();
    assert!(error.is_invalid() || error.is_unsupported(), "{error}");
}

#[test]
fn absurd_sizes_are_errors_and_lose_nothing() {
    for mut list in places() {
        list.extend([1u64, 2, 3]);
        for absurd in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8, 1 << 50] {
            let error = list.try_reserve(absurd).unwrap_err();
            assert!(error.is_invalid() || error.is_out_of_memory() || error.is_limit(), "{error}");
            assert!(!error.help().is_empty());
        }
        list.push(4);
        assert!(list.iter().eq(&[1, 2, 3, 4]));
    }
    assert!(List::<u64>::builder().chunk_size(0).build().unwrap_err().is_invalid());
    assert!(List::<u64>::builder().contiguous(true).room_for(usize::MAX).build().unwrap_err().is_invalid());
    let mut zero = List::with_chunk_size(0);
    zero.extend(0..100);
    assert_eq!(zero.len(), 100);
}

#[test]
fn a_list_that_must_be_contiguous_ends_with_its_addresses() {
    let Ok(mut list) = List::builder().contiguous(true).room_for(1000).build() else { return };
    list.extend((0..1000).map(|i| i.to_string()));
    assert_eq!(list.as_slice().map(<[_]>::len), Some(1000));
    let refused = list.try_push("one too many".to_owned()).unwrap_err();
    assert!(refused.item == "one too many" && refused.error.is_invalid(), "{refused}");
    assert!(refused.to_string().contains("1000"));
    panics(|| list.push(refused.item));
    assert_eq!((list.len(), list[999].as_str()), (1000, "999"));
}

#[test]
fn a_full_range_of_addresses_goes_on_in_chunks() {
    let mut list = List::builder().room_for(1000).build().unwrap();
    list.extend(0..5000u64);
    let first = std::ptr::from_ref(&list[0]);
    assert!(list.as_slice().is_none() || list.fallback().is_some());
    list.truncate(900);
    list.shrink_to_fit();
    assert_eq!(list.as_slice().map(<[_]>::len), Some(900));
    list.extend(900..2000);
    assert!(list.iter().copied().eq(0..2000) && std::ptr::eq(first, &raw const list[0]));
}

#[test]
fn thousands_of_lists_live_at_once() {
    let mut lists: Vec<List<usize>> = (0..100_000).map(|_| List::new()).collect();
    lists.iter_mut().enumerate().for_each(|(i, list)| list.extend(i..i + 3));
    assert!(lists.iter().enumerate().all(|(i, list)| list.iter().copied().eq(i..i + 3)));
    let last = lists.last().unwrap();
    assert!(last.fallback().is_some(), "the mappings are not all for lists");
    assert!(last.as_slice().is_some(), "three items are one slice anyhow");
    drop(lists);
    let mut list = List::new();
    list.push(1);
    assert_eq!(list.fallback().is_none(), cfg!(not(miri)), "the shares came back");
}

#[test]
fn memory_stays_until_it_is_given_back() {
    for mut list in places() {
        assert_eq!(list.capacity(), 0);
        list.extend(0..100_000u32);
        let capacity = list.capacity();
        assert!((100_000..=200_000).contains(&capacity), "{capacity}");
        list.truncate(10);
        assert_eq!(list.capacity(), capacity);
        list.shrink_to_fit();
        assert!((10..=2048).contains(&list.capacity()), "{}", list.capacity());
        assert!(list.iter().copied().eq(0..10));
        list.clear();
        list.shrink_to_fit();
        assert_eq!((list.capacity(), list.pop()), (0, None));
        list.push(7);
        assert_eq!(list[0], 7);
    }
}

#[test]
fn equal_lists_are_equal_wherever_they_lie() {
    let state = RandomState::new();
    let lists: Vec<List<String>> = places()
        .into_iter()
        .map(|mut list: List<String>| {
            list.extend((0..300).map(|i| i.to_string()));
            list
        })
        .collect();
    let hashes: HashSet<u64> = lists.iter().map(|list| state.hash_one(list)).collect();
    assert_eq!(hashes.len(), 1);
    for list in &lists {
        assert!(lists.iter().all(|other| list == other));
        let mut other = list.clone();
        other[299].push('!');
        assert!(*list != other && *list != list.iter().take(299).cloned().collect());
    }
    assert_eq!(format!("{:?}", lists[0].iter().take(2).collect::<List<_>>()), r#"["0", "1"]"#);
    assert_eq!(List::<u8>::default(), List::new());
}

#[test]
fn indexing_out_of_range_panics_and_says_so() {
    let list: List<u8> = (0..3).collect();
    for index in [3, usize::MAX] {
        let panic = catch_unwind(|| list[index]).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(&index.to_string()) && message.contains("3 items"), "{message}");
    }
}

#[test]
fn lists_are_covariant_and_travel_between_threads() {
    fn shorter<'a>(list: List<&'static str>, _life: &'a str) -> List<&'a str> {
        list
    }
    let list: List<&'static str> = ["a", "b"].into_iter().collect();
    let local = String::from("c");
    let mut list = shorter(list, &local);
    list.push(&local);
    let joined = std::thread::scope(|scope| {
        let list = &list;
        scope.spawn(move || list.iter().copied().collect::<String>()).join().unwrap()
    });
    assert_eq!(joined, "abc");
    const EMPTY: List<String> = List::new();
    assert!(EMPTY.is_empty());
}

#[test]
fn required_huge_pages_are_had_or_an_error() {
    match List::builder().huge_pages(HugePages::Require).build() {
        Ok(mut list) => {
            list.extend(0..3_000_000u64);
            assert!(list.as_slice().is_some_and(|items| items.iter().copied().eq(0..3_000_000)));
        }
        Err(error) => assert!(error.is_unsupported(), "{error}"),
    }
}

#[test]
fn extending_stops_at_the_first_end_of_an_iterator() {
    let mut number = 0;
    let mut ends_now_and_then = std::iter::from_fn(|| {
        number += 1;
        (number % 3 != 0).then_some(number)
    });
    let mut list = List::new();
    list.extend(&mut ends_now_and_then);
    assert_eq!(list.iter().copied().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn chunks_do_not_take_the_place_of_required_huge_pages() {
    let heap = List::<u64>::builder().contiguous(false).huge_pages(HugePages::Require).build();
    assert!(heap.unwrap_err().is_invalid());
    let Ok(mut list) = List::builder().huge_pages(HugePages::Require).room_for(10).build() else { return };
    list.extend(0..10);
    let refused = list.try_push(10).unwrap_err();
    assert_eq!((refused.item, list.len()), (10, 10));
}
