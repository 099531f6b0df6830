//! A ring for one thread that becomes a ring for two, with what is in it, wherever in the memory that lies.

use std::thread;

use ringfold::{Queue, Ring, spsc};

use crate::{
    elements::{Bytes, Element},
    memory::{place, seam, single},
    tracked::Census,
};

/// Hands a ring over whose first item lies at `place`, and uses it as a ring for two threads.
fn hand_over<T: Element>(capacity: usize, at: usize, fill: usize, laps: usize) {
    let mut ring = single::<T>(capacity);
    place(&mut ring, at, || T::numbered(0));
    for n in 1..fill as u64 {
        ring.push(T::numbered(n)).unwrap();
    }
    let (mut producer, mut consumer) = ring.into_spsc();
    let fill = fill.max(1);
    assert_eq!((consumer.len(), producer.free(), producer.capacity()), (fill, capacity - fill, capacity));
    assert!(consumer.peek().iter().copied().eq((0..fill as u64).map(T::numbered)), "at {at}");
    // The items of before and of after are one row, in views over the seam and one by one.
    let (mut first, mut next) = (0, fill as u64);
    for round in 0..laps {
        let room = producer.free();
        let mut claim = producer.try_claim(room).expect("there is so much room");
        claim.fill(|i| T::numbered(next + i as u64));
        next += claim.commit() as u64;
        let view = consumer.peek();
        assert!(view.iter().copied().eq((first..next).map(T::numbered)), "at {at}, round {round}");
        first += view.consume(1 + round % capacity) as u64;
        if let Ok(item) = consumer.try_pop() {
            assert_eq!(item, T::numbered(first), "at {at}, round {round}");
            first += 1;
        }
    }
}

fn size<const N: usize>() {
    for capacity in [1, 2, 3, 8] {
        let seam = seam(&single::<Bytes<N>>(capacity));
        // All places around the seam, and some on the way there.
        let places = (0..4).chain((4..seam).step_by(61)).chain(seam.saturating_sub(12)..seam + 4);
        for at in places {
            for fill in [1, capacity.div_ceil(2), capacity] {
                hand_over::<Bytes<N>>(capacity, at, fill, 3);
            }
        }
        hand_over::<Bytes<N>>(capacity, seam.saturating_sub(1), capacity, 3 * seam + 10);
    }
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
fn every_place_of_a_whole_lap() {
    // An odd size, so that an item begins at each byte of the memory in one of 4096 laps, and an even one.
    for at in 0..4096 {
        hand_over::<Bytes<5>>(3, at, 3, 4);
    }
    for at in 0..=684 {
        hand_over::<Bytes<12>>(3, at, 2, 4);
    }
}

#[test]
fn an_empty_ring_and_zero_sized_items() {
    let (mut producer, mut consumer) = single::<u8>(3).into_spsc();
    assert!(consumer.peek().is_empty());
    assert_eq!(producer.try_push_slice(b"abcd"), 3);
    assert_eq!(&*consumer.peek(), b"abc");

    let mut ring = single::<()>(usize::MAX >> 1);
    ring.push_iter([(); 7]);
    let (mut producer, mut consumer) = ring.into_spsc();
    producer.push(()).unwrap();
    drop(producer);
    assert_eq!(consumer.iter().count(), 8);
}

#[test]
fn items_are_dropped_once_whichever_side_goes_first() {
    for producer_first in [true, false] {
        for at in 0..3 {
            let census = Census::new(10_000);
            let mut ring = single(4);
            let steps = seam(&ring) - at;
            place(&mut ring, steps, || census.item());
            ring.push_iter((0..2).map(|_| census.item()));
            let (mut producer, mut consumer) = ring.into_spsc();
            assert_eq!(census.living(), 3);
            producer.push(census.item()).ok().unwrap();
            drop(consumer.try_pop());
            if producer_first {
                drop(producer);
                assert_eq!(census.living(), 3);
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
fn two_threads_go_on_where_one_stopped() {
    let mut queue = Queue::from(single::<[u8; 24]>(100));
    let item = |n: u32| Bytes::<24>::numbered(n.into()).0;
    for n in 0..20_000 {
        if queue.push(item(n)).is_err() {
            queue.release(1);
            queue.push(item(n)).unwrap();
        }
    }
    let ring: Ring<_> = queue.into();
    let (mut producer, mut consumer): (spsc::Producer<_>, _) = ring.into_spsc();
    let writer = thread::spawn(move || producer.push_iter((20_000..60_000).map(item)).unwrap());
    let mut next = 19_900;
    while let Ok(view) = consumer.peek_at_least(1) {
        assert!(view.iter().enumerate().all(|(i, &found)| found == item(next + i as u32)));
        next += view.len() as u32;
        let all = view.len();
        view.consume(all);
    }
    assert_eq!((next, writer.join().unwrap()), (60_000, 40_000));
}
