//! Every item is dropped exactly once, whatever happens.

use std::{
    mem::forget,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold::mpsc::{Consumer, Producer};

use crate::{
    mpsc_model::ring,
    tracked::{Census, Tracked},
};

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

fn filled(census: &Census, capacity: usize, fill: usize) -> (Producer<Tracked>, Consumer<Tracked>) {
    let (mut producer, mut consumer) = ring(capacity);
    // Off the start, so that the content lies across the seam of the item count.
    for _ in 0..capacity / 2 {
        producer.push(census.item()).ok().unwrap();
        drop(consumer.try_pop());
    }
    assert_eq!(producer.push_iter((0..fill).map(|_| census.item())).ok(), Some(fill));
    (producer, consumer)
}

#[test]
fn unread_items_are_dropped_with_the_last_handle_in_every_order() {
    for fill in 0..=5 {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for looked in [false, true] {
                let census = Census::new(100);
                let (producer, mut consumer) = filled(&census, 5, fill);
                if looked {
                    // What the consumer has found and what the marks say are dropped by different hands.
                    assert_eq!(consumer.len(), fill);
                }
                let mut producers = [Some(producer.clone()), Some(producer)];
                let mut consumer = Some(consumer);
                for who in order {
                    assert_eq!(census.living(), fill, "somebody may still want them");
                    match producers.get_mut(who) {
                        Some(producer) => drop(producer.take()),
                        None => drop(consumer.take()),
                    }
                }
                census.assert_all_dropped_once();
            }
        }
    }
}

#[test]
fn half_of_what_was_found_is_read_and_more_is_pushed_before_all_leave() {
    let census = Census::new(100);
    let (mut producer, mut consumer) = filled(&census, 8, 4);
    assert_eq!(consumer.len(), 4);
    drop(consumer.try_pop());
    producer.push_iter((0..3).map(|_| census.item())).ok().unwrap();
    drop(producer.try_claim(1));
    drop(consumer);
    assert_eq!(census.living(), 6);
    drop(producer);
    census.assert_all_dropped_once();
}

#[test]
fn a_dropped_claim_drops_what_was_written() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    let mut claim = producer.try_claim(3).unwrap();
    claim.push(census.item()).ok().unwrap();
    claim.push(census.item()).ok().unwrap();
    drop(claim);
    census.assert_all_dropped_once();
    assert_eq!(consumer.len(), 0);
    assert_eq!(producer.free(), 4);
}

#[test]
fn a_panic_while_filling_aborts_the_claim() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    panics(|| {
        let mut claim = producer.try_claim(4).unwrap();
        claim.fill(|i| if i == 2 { panic!("cannot make item {i}") } else { census.item() });
    });
    census.assert_all_dropped_once();
    assert_eq!((consumer.len(), producer.free()), (0, 4));
}

#[test]
fn committing_fewer_than_written_drops_the_rest_and_steps_over() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    let mut claim = producer.try_claim(4).unwrap();
    claim.fill(|_| census.item());
    assert_eq!(claim.commit_up_to(1), 1);
    assert_eq!(census.living(), 1);
    assert_eq!((consumer.len(), producer.free()), (1, 3));
    assert_eq!(consumer.try_pop().unwrap().number, 0);
    census.assert_all_dropped_once();
}

#[test]
fn a_panicking_destructor_in_the_excess_loses_nothing() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    panics(|| {
        let mut claim = producer.try_claim(4).unwrap();
        claim.push(census.item()).ok().unwrap();
        claim.push(census.panicking_item()).ok().unwrap();
        claim.push(census.item()).ok().unwrap();
        claim.commit_up_to(1);
    });
    assert_eq!(census.living(), 1, "the one that was committed");
    assert_eq!(consumer.drain(drop), 1);
    assert_eq!(consumer.drain(drop), 0, "the slots of the others are stepped over");
    assert_eq!(producer.free(), 4);
    census.assert_all_dropped_once();
}

#[test]
fn a_panicking_destructor_in_an_aborted_claim_still_aborts_it() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    panics(|| {
        let mut claim = producer.try_claim(3).unwrap();
        claim.push(census.panicking_item()).ok().unwrap();
        claim.push(census.item()).ok().unwrap();
    });
    producer.push(census.item()).ok().unwrap();
    assert_eq!(consumer.try_pop().unwrap().number, 2);
    assert_eq!((consumer.len(), producer.free()), (0, 4));
    census.assert_all_dropped_once();
}

#[test]
fn a_panicking_destructor_in_consume_drops_the_others_and_releases_all() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    producer.push(census.item()).ok().unwrap();
    producer.push(census.panicking_item()).ok().unwrap();
    producer.push(census.item()).ok().unwrap();
    panics(|| {
        consumer.peek().consume(3);
    });
    census.assert_all_dropped_once();
    assert_eq!((consumer.len(), producer.free()), (0, 4));
}

#[test]
fn a_panicking_destructor_on_close_drops_the_others() {
    for looked in [0, 1, 2] {
        let census = Census::new(10);
        let (mut producer, mut consumer) = ring(8);
        producer.push(census.panicking_item()).ok().unwrap();
        if looked == 1 {
            consumer.len();
        }
        producer.push(census.item()).ok().unwrap();
        if looked == 2 {
            consumer.len();
        }
        drop(producer.try_claim(1));
        producer.push(census.item()).ok().unwrap();
        drop(producer);
        panics(|| drop(consumer));
        census.assert_all_dropped_once();
    }
}

#[test]
fn a_panic_in_drain_loses_only_the_item_in_hand() {
    let census = Census::new(40);
    let (mut producer, mut consumer) = filled(&census, 8, 6);
    let mut seen = 0;
    panics(|| {
        consumer.drain(|_| {
            seen += 1;
            assert!(seen < 3, "three is too many");
        });
    });
    assert_eq!((consumer.len(), producer.free()), (3, 5));
    producer.push(census.item()).ok().unwrap();
    assert_eq!(consumer.drain(drop), 4);
    census.assert_all_dropped_once();
}

#[test]
fn a_panicking_iterator_keeps_what_it_gave() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(8);
    panics(|| {
        let items = (0..5).map(|i| if i == 3 { panic!("no item {i}") } else { census.item() });
        producer.push_iter(items).ok().unwrap();
    });
    assert_eq!(consumer.drain(drop), 3);
    census.assert_all_dropped_once();
}

#[test]
fn pushing_from_within_drain_and_from_within_an_iterator_goes_behind() {
    let (mut producer, mut consumer) = ring(8);
    let mut other = producer.clone();
    let items = (0..3).inspect(|&i| other.try_push(10 + i).unwrap());
    assert_eq!(producer.push_iter(items), Ok(3));
    let mut seen = Vec::new();
    assert_eq!(
        consumer.drain(|item| {
            seen.push(item);
            producer.try_push(item + 100).ok();
        }),
        6
    );
    assert_eq!(seen, [10, 0, 11, 1, 12, 2]);
    assert_eq!(&*consumer.peek(), &[110, 100], "there were two slots left while the others were drained");
}

#[test]
fn forgotten_views_and_iterators_do_no_harm() {
    let census = Census::new(40);
    let (mut producer, mut consumer) = filled(&census, 8, 4);
    assert_eq!(consumer.peek().len(), 4);
    assert_eq!(consumer.len(), 4, "a view that is not consumed keeps the items");
    let mut items = consumer.peek().into_iter();
    drop(items.next());
    drop(items.next());
    forget(items);
    assert_eq!(consumer.len(), 2, "what the forgotten iterator yielded is gone");
    assert_eq!(producer.free(), 6, "and its slots came back when the consumer looked");
    producer.push(census.item()).ok().unwrap();
    forget(consumer.peek().into_iter().by_ref().next());
    drop((producer, consumer));
    assert_eq!(census.living(), 1, "the item that was forgotten itself");
}

#[test]
fn a_forgotten_claim_is_a_gap_until_the_others_are_gone() {
    for verb in 0..6 {
        let census = Census::new(40);
        let (mut producer, mut consumer) = filled(&census, 8, 2);
        let mut claim = producer.try_claim(2).unwrap();
        claim.push(census.item()).ok().unwrap();
        forget(claim);
        let mut other = producer.clone();
        other.push(census.item()).ok().unwrap();
        assert_eq!(consumer.drain(drop), 2, "up to the gap");
        assert!(consumer.try_pop().is_err());
        drop((producer, other));
        match verb {
            0 => assert!(consumer.try_pop().is_ok()),
            1 => assert!(consumer.pop().is_ok()),
            2 => assert_eq!(consumer.peek().consume(9), 1),
            3 => assert_eq!(consumer.drain(drop), 1),
            4 => assert_eq!(consumer.peek_at_least(1).unwrap().consume(9), 1),
            _ => assert_eq!((consumer.is_empty(), consumer.len()), (false, 1)),
        }
        drop(consumer);
        assert_eq!(census.living(), 1, "the one in the forgotten claim leaks");
    }
}

#[test]
fn a_forgotten_claim_that_is_never_passed_leaks_no_other_item() {
    let census = Census::new(40);
    let (mut producer, mut consumer) = filled(&census, 8, 2);
    forget(producer.try_claim(2));
    producer.push(census.item()).ok().unwrap();
    forget(producer.try_claim(1));
    drop(producer.try_claim(1));
    producer.push(census.item()).ok().unwrap();
    drop(consumer.try_pop());
    drop(consumer);
    drop(producer);
    census.assert_all_dropped_once();
}

#[test]
fn a_forgotten_producer_keeps_the_ring_open_and_alive() {
    let (mut producer, mut consumer) = ring(4);
    forget(producer.clone());
    producer.push(1).unwrap();
    producer.push(2).unwrap();
    drop(producer);
    assert_eq!((consumer.try_pop(), consumer.try_pop()), (Ok(1), Ok(2)));
    assert!(!consumer.is_closed());
}

#[test]
fn zero_sized_items_are_dropped_too() {
    use std::cell::Cell;
    thread_local!(static DROPS: Cell<usize> = const { Cell::new(0) });
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    let (mut producer, mut consumer) = ring(1 << 12);
    assert_eq!(producer.push_iter((0..1000).map(|_| Nothing)).ok(), Some(1000));
    drop(producer.try_claim(5));
    assert!(producer.push(Nothing).is_ok());
    assert_eq!(consumer.peek().len(), 1001);
    assert_eq!(consumer.peek().consume(10), 10);
    drop(consumer.try_pop());
    assert_eq!(DROPS.get(), 11);
    drop((producer, consumer));
    assert_eq!(DROPS.get(), 1001);
}

#[test]
fn a_capacity_that_cannot_be_marked_is_refused() {
    for capacity in [usize::MAX, isize::MAX as usize, 1 << 60] {
        let refused = ringfold::mpsc::with_capacity::<()>(capacity).unwrap_err();
        assert!(refused.is_invalid(), "{refused}");
    }
}
