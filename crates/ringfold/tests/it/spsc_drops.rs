//! Every item is dropped exactly once, whatever happens.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    memory::ring,
    tracked::{Census, Tracked},
};

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

fn filled(
    census: &Census,
    capacity: usize,
    fill: usize,
) -> (ringfold::spsc::Producer<Tracked>, ringfold::spsc::Consumer<Tracked>) {
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
fn unread_items_are_dropped_whichever_side_goes_first() {
    for fill in 0..=5 {
        for producer_first in [true, false] {
            let census = Census::new(100);
            let (producer, consumer) = filled(&census, 5, fill);
            if producer_first {
                drop(producer);
                assert_eq!(census.living(), fill, "the consumer may still want them");
                drop(consumer);
            } else {
                drop(consumer);
                drop(producer);
            }
            census.assert_all_dropped_once();
        }
    }
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
    let mut claim = producer.try_claim(4).unwrap();
    panics(|| claim.fill(|i| if i == 2 { panic!("cannot make item {i}") } else { census.item() }));
    assert_eq!(claim.written(), 2);
    drop(claim);
    census.assert_all_dropped_once();
    assert_eq!(consumer.len(), 0);
}

#[test]
fn committing_fewer_than_written_drops_the_rest() {
    let census = Census::new(10);
    let (mut producer, mut consumer) = ring(4);
    let mut claim = producer.try_claim(4).unwrap();
    claim.fill(|_| census.item());
    // SAFETY: all four were filled.
    unsafe { claim.commit_first(1) };
    assert_eq!(census.living(), 1);
    assert_eq!(consumer.try_pop().unwrap().number, 0);
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
    let census = Census::new(10);
    let (mut producer, consumer) = ring(4);
    producer.push(census.panicking_item()).ok().unwrap();
    producer.push(census.item()).ok().unwrap();
    drop(producer);
    panics(|| drop(consumer));
    census.assert_all_dropped_once();
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
fn forgotten_guards_do_no_harm() {
    let census = Census::new(40);
    let (mut producer, mut consumer) = filled(&census, 8, 4);
    let _ = consumer.peek();
    assert_eq!(consumer.len(), 4, "a view that is not consumed keeps the items");
    let mut items = consumer.peek().into_iter();
    drop(items.next());
    drop(items.next());
    std::mem::forget(items);
    assert_eq!(consumer.len(), 2, "what the forgotten iterator yielded is gone");
    assert_eq!(producer.free(), 6, "and its slots came back when the consumer looked");
    drop(consumer.try_pop());
    assert_eq!(producer.free(), 7);
    let mut claim = producer.try_claim(2).unwrap();
    claim.push(census.item()).ok().unwrap();
    std::mem::forget(claim);
    assert_eq!(consumer.len(), 1, "a forgotten claim publishes nothing");
    drop((producer, consumer));
    assert_eq!(census.living(), 1, "the one in the forgotten claim leaks");
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
    let (mut producer, mut consumer) = ring(1 << 40);
    assert_eq!(producer.push_iter((0..1000).map(|_| Nothing)).ok(), Some(1000));
    assert_eq!(consumer.peek().consume(10), 10);
    drop(consumer.try_pop());
    assert_eq!(DROPS.get(), 11);
    drop((producer, consumer));
    assert_eq!(DROPS.get(), 1000);
}
