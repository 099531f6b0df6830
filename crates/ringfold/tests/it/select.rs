//! Waiting for several rings at once.

use std::{
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use ringfold::{
    error::{Closed, PopTimeoutError, TryPopError},
    mpsc,
    select::{Select, try_any, wait_any, wait_any_timeout},
};

use crate::{
    lanes_turns::made,
    memory::{memory, ring},
};

fn many<T>(capacity: usize) -> (mpsc::Producer<T>, mpsc::Consumer<T>) {
    mpsc::builder(capacity).memory(memory()).build().expect("memory for a test ring")
}

#[test]
fn an_empty_set_and_closed_rings_are_closed() {
    assert_eq!(wait_any(&mut []), Err(Closed(())));
    let (mut producer, mut one) = ring(2);
    let (other_producer, mut other) = many::<String>(2);
    let (lanes_producers, mut lanes) = made::<u8>(2, 2);
    producer.push(1).unwrap();
    drop((producer, other_producer));
    let mut set: [&mut dyn Select; 3] = [&mut other, &mut one, &mut lanes];
    assert_eq!(wait_any(&mut set), Ok(1), "what a ring left behind is ready");
    assert_eq!(one.pop(), Ok(1));
    let mut set: [&mut dyn Select; 3] = [&mut other, &mut one, &mut lanes];
    assert_eq!(try_any(&mut set), Err(TryPopError::Empty), "the lanes are still open");
    assert_eq!(wait_any_timeout(&mut set, Duration::from_millis(2)), Err(PopTimeoutError::Timeout));
    drop(lanes_producers);
    assert_eq!(wait_any_timeout(&mut set, Duration::from_secs(9)), Err(PopTimeoutError::Closed));
    assert_eq!(try_any(&mut set), Err(TryPopError::Closed));
}

#[test]
fn every_ring_wakes_the_sleeper() {
    let (mut a, mut from_a) = ring(2);
    let (mut b, mut from_b) = many(2);
    let (mut c, mut from_c) = made(100, 2);
    let (answer, answered) = channel::<()>();
    let writer = thread::spawn(move || {
        // The next one only when the last one was seen, and a while later: the sleeper sleeps.
        let pause = || thread::sleep(Duration::from_millis(5));
        let seen = || {
            answered.recv().unwrap();
            pause();
        };
        pause();
        for i in 0..6u32 {
            a.push(i).unwrap();
            seen();
            b.push(u64::from(i)).unwrap();
            seen();
            c[i as usize * 17].push(i as u8).unwrap();
            seen();
        }
        drop(a);
        pause();
        drop(b);
        pause();
        drop(c);
    });
    for i in 0..6u32 {
        assert_eq!(wait_any(&mut [&mut from_a, &mut from_b, &mut from_c]), Ok(0));
        assert_eq!(from_a.try_pop(), Ok(i));
        answer.send(()).unwrap();
        assert_eq!(wait_any(&mut [&mut from_a, &mut from_b, &mut from_c]), Ok(1));
        assert_eq!(from_b.try_pop(), Ok(u64::from(i)));
        answer.send(()).unwrap();
        assert_eq!(wait_any(&mut [&mut from_a, &mut from_b, &mut from_c]), Ok(2));
        assert_eq!(from_c.try_pop(), Ok(i as u8));
        answer.send(()).unwrap();
    }
    assert_eq!(wait_any(&mut [&mut from_a, &mut from_b, &mut from_c]), Err(Closed(())));
    writer.join().unwrap();
}

#[test]
fn each_of_several_ready_rings_gets_its_turn_whatever_happens_in_between() {
    let sources = || {
        (0..3).map(|i| {
            let (mut producer, consumer) = ring(1);
            producer.push(i).unwrap();
            (producer, consumer)
        })
    };
    let (_keep, mut rings): (Vec<_>, Vec<_>) = sources().unzip();
    let (_keep, mut others): (Vec<_>, Vec<_>) = sources().take(2).unzip();
    let mut chosen = [0; 3];
    for call in 0..3000 {
        let mut set: Vec<&mut dyn Select> = rings.iter_mut().map(|ring| ring as &mut dyn Select).collect();
        chosen[wait_any(&mut set).unwrap()] += 1;
        // Another set in every second call must not take away the turns of one ring.
        if call % 2 == 0 {
            let mut set: Vec<&mut dyn Select> =
                others.iter_mut().map(|ring| ring as &mut dyn Select).collect();
            wait_any(&mut set).unwrap();
        }
    }
    assert!(chosen.iter().all(|times| (800..1200).contains(times)), "{chosen:?}");
}

#[test]
fn items_of_all_rings_come_once_and_in_order_oversubscribed() {
    const EACH: u64 = 5_000;
    let (mut rings, mut consumers): (Vec<_>, Vec<_>) = (0..3).map(|_| ring::<u64>(4)).unzip();
    let (many_in, mut many_out) = many::<(usize, u64)>(4);
    let (lanes_in, mut lanes_out) = made::<(u64, u64)>(3, 4);
    let mut writers = Vec::new();
    for mut producer in rings.drain(..) {
        writers.push(thread::spawn(move || (0..EACH).for_each(|i| producer.push(i).unwrap())));
    }
    for who in 0..3 {
        let mut producer = many_in.clone();
        writers.push(thread::spawn(move || (0..EACH).for_each(|i| producer.push((who, i)).unwrap())));
    }
    for mut producer in lanes_in {
        let lane = producer.lane();
        writers.push(thread::spawn(move || (0..EACH).for_each(|i| producer.push((lane, i)).unwrap())));
    }
    drop(many_in);
    let (mut next, mut next_many, mut next_lanes) = ([0; 3], [0; 3], [0; 3]);
    loop {
        let mut set: Vec<&mut dyn Select> = vec![&mut many_out, &mut lanes_out];
        set.extend(consumers.iter_mut().map(|consumer| consumer as &mut dyn Select));
        let seen = |next: &mut u64, i| {
            assert_eq!(i, *next);
            *next += 1;
        };
        match wait_any(&mut set) {
            Ok(0) => drop(many_out.drain(|(who, i)| seen(&mut next_many[who], i))),
            Ok(1) => drop(lanes_out.drain(|(lane, i)| seen(&mut next_lanes[lane as usize], i))),
            Ok(at) => seen(&mut next[at - 2], consumers[at - 2].try_pop().unwrap()),
            Err(Closed(())) => break,
        }
    }
    assert_eq!([next, next_many, next_lanes], [[EACH; 3]; 3]);
    writers.into_iter().for_each(|writer| writer.join().unwrap());
}

#[test]
fn a_ring_is_as_before_when_the_time_was_over() {
    let (mut producer, mut one) = ring(1);
    let (_keep, mut other) = many::<u8>(1);
    let start = Instant::now();
    for _ in 0..5 {
        let late = wait_any_timeout(&mut [&mut one, &mut other], Duration::from_millis(3));
        assert_eq!(late, Err(PopTimeoutError::Timeout));
    }
    assert!(start.elapsed() >= Duration::from_millis(15));
    let writer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(5));
        producer.push(7).unwrap();
        producer
    });
    assert_eq!(one.pop(), Ok(7), "a single wait works as well");
    let mut producer = writer.join().unwrap();
    producer.push(8).unwrap();
    assert_eq!(wait_any_timeout(&mut [&mut one, &mut other], Duration::MAX), Ok(0));
}
