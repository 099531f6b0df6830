//! Every item in every lane is dropped exactly once, whatever happens.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    lanes_turns::{lull, made},
    tracked::Census,
};

fn panics(f: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "this was meant to panic");
}

#[test]
fn unread_items_are_dropped_whoever_goes_first() {
    for fill in 0..=3 {
        for consumer_at in 0..=3 {
            for joined_late in [false, true] {
                let census = Census::new(100);
                let (mut producers, consumer) = made(2, 3);
                if joined_late {
                    producers.push(producers[0].join().unwrap());
                }
                for producer in &mut producers {
                    producer.push_iter((0..fill).map(|_| census.item())).ok().unwrap();
                }
                let made = fill * producers.len();
                let mut consumer = Some(consumer);
                for at in 0..=3 {
                    if at == consumer_at {
                        consumer = None;
                    }
                    if consumer.is_some() {
                        assert_eq!(census.living(), made, "the consumer may still want them");
                    }
                    producers.pop();
                }
                drop((consumer, producers));
                census.assert_all_dropped_once();
            }
        }
    }
}

#[test]
fn items_in_idle_lanes_are_dropped_too() {
    let census = Census::new(300);
    let (mut producers, mut consumer) = made(100, 3);
    lull(&mut consumer);
    producers.iter_mut().for_each(|producer| producer.push(census.item()).ok().unwrap());
    drop(consumer);
    drop(producers);
    census.assert_all_dropped_once();
}

#[test]
fn a_panic_in_drain_loses_only_the_item_in_hand() {
    let census = Census::new(40);
    let (mut producers, mut consumer) = made(3, 4);
    producers.iter_mut().for_each(|producer| {
        producer.push_iter((0..4).map(|_| census.item())).ok().unwrap();
    });
    let mut seen = 0;
    panics(|| {
        consumer.drain(|_| {
            seen += 1;
            assert!(seen < 6, "six is too many");
        });
    });
    assert_eq!((consumer.len(), census.living()), (6, 6));
    assert_eq!(consumer.drain(drop), 6);
    census.assert_all_dropped_once();
}

#[test]
fn a_panicking_destructor_in_one_lane_keeps_no_other_from_being_dropped() {
    for lanes in [1, 3, 70] {
        let census = Census::new(300);
        let (mut producers, mut consumer) = made(lanes, 4);
        lull(&mut consumer);
        for (i, producer) in producers.iter_mut().enumerate() {
            producer.push(census.item()).ok().unwrap();
            producer.push(if i == lanes / 2 { census.panicking_item() } else { census.item() }).ok().unwrap();
        }
        drop(producers);
        panics(|| drop(consumer));
        census.assert_all_dropped_once();
    }
}

#[test]
fn forgotten_guards_do_no_harm() {
    let census = Census::new(40);
    let (mut producers, mut consumer) = made(2, 4);
    producers.iter_mut().for_each(|producer| {
        producer.push_iter((0..3).map(|_| census.item())).ok().unwrap();
    });
    let _ = consumer.peek();
    assert_eq!(consumer.len(), 6);
    let mut items = consumer.peek().into_iter();
    drop(items.next());
    std::mem::forget(items);
    assert_eq!(consumer.len(), 5, "what the forgotten iterator yielded is gone");
    let mut claim = producers[0].try_claim(1).unwrap();
    claim.push(census.item()).ok().unwrap();
    std::mem::forget(claim);
    let mut claim = producers[1].claim_up_to(1).unwrap();
    claim.push(census.item()).ok().unwrap();
    drop(claim);
    assert_eq!(consumer.drain(drop), 5);
    assert_eq!(census.living(), 1, "the one in the forgotten claim leaks");
}

#[test]
fn forgotten_handles_only_leak() {
    let (mut producers, mut consumer) = made(3, 4);
    producers.iter_mut().for_each(|producer| producer.push(1).unwrap());
    std::mem::forget(producers.pop());
    drop(producers);
    assert_eq!(consumer.drain(drop), 3);
    assert!(!consumer.is_closed(), "a forgotten producer never leaves");
    let (mut producers, consumer) = made(2, 4);
    std::mem::forget(consumer);
    producers[0].push(1).unwrap();
    assert!(!producers[1].is_closed());
}
