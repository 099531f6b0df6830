//! Looking at a ring from outside: what is seen, from where, and for how long.

use std::{rc::Rc, thread};

use ringfold::{Stats, Watch, lanes, mpmc, mpsc, spsc};

use crate::tracked::Census;

fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}

#[test]
fn a_watch_says_what_the_handles_say_and_then_nothing() {
    let (mut producer, mut consumer) = spsc::with_capacity(4).unwrap();
    let watches = [producer.watch(), consumer.watch()];
    producer.push_slice(&[1, 2, 3]).unwrap();
    consumer.pop().unwrap();
    for watch in &watches {
        is_shared(watch);
        is_shared(&watch.memory());
        assert_eq!((watch.room(), watch.capacity()), ("spsc", Some(4)));
        assert_eq!(watch.stats(), Some(producer.stats()));
        assert_eq!(watch.memory().map(|info| info.bytes), producer.memory().map(|info| info.bytes));
    }
    drop(producer);
    assert_eq!(watches[0].stats().map(|stats| stats.depth()), Some(2), "one handle keeps it");
    drop(consumer);
    let seen = |watch: &Watch| (watch.stats(), watch.capacity(), watch.memory().is_some());
    assert_eq!(watches.each_ref().map(seen), [(None, None, false), (None, None, false)]);
}

#[test]
fn the_rooms_for_many_are_watched_alike() {
    let (mut producer, mut consumer) = mpsc::with_capacity(4).unwrap();
    let watch = producer.watch();
    producer.clone().push(1).unwrap();
    assert_eq!((consumer.pop(), watch.room(), watch.capacity()), (Ok(1), "mpsc", Some(4)));
    assert_eq!(watch.stats(), Some(consumer.stats()));
    assert_eq!(consumer.watch().stats(), watch.stats());
    producer.push(2).unwrap();
    drop((producer, consumer));
    assert_eq!(watch.stats(), None);

    let (producer, consumer) = mpmc::with_capacity(3).unwrap();
    let watch = consumer.watch();
    producer.push(1).unwrap();
    assert_eq!((consumer.pop(), watch.room(), watch.capacity()), (Ok(1), "mpmc", Some(3)));
    assert_eq!(watch.stats(), Some(producer.stats()));
    assert_eq!(producer.watch().stats(), watch.stats());
    drop((producer, consumer));
    assert_eq!(watch.stats(), None);
}

#[test]
fn items_need_be_neither_static_nor_sendable() {
    let text = String::from("borrowed");
    let (mut producer, consumer) = spsc::with_capacity::<(&str, Rc<()>)>(1).unwrap();
    producer.push((&text, Rc::new(()))).unwrap();
    let watch = producer.watch();
    drop((producer, consumer));
    assert_eq!(watch.stats(), None);
}

#[test]
fn a_watch_of_lanes_forgets_nothing_that_a_lane_did() {
    let (mut producers, mut consumer) = lanes::with_capacity(2, 8).unwrap();
    let (watch, second) = (consumer.watch(), producers[1].watch());
    let done = |pushed, popped| Some(Stats { pushed, popped, ..Stats::default() });
    let counts = |watch: &Watch| watch.stats().map(|stats| (stats.pushed, stats.popped));
    assert_eq!((watch.room(), watch.capacity(), watch.stats()), ("lanes", Some(16), done(0, 0)));
    producers[0].push_slice(&[1, 2]).unwrap();
    producers[1].push(3).unwrap();
    assert_eq!((counts(&watch), counts(&second)), (Some((3, 0)), Some((1, 0))));
    let third = consumer.join().unwrap();
    assert_eq!(watch.capacity(), Some(24));
    producers.pop();
    let mut seen = [0; 3].map(|_| consumer.pop().unwrap());
    seen.sort_unstable();
    assert_eq!((seen, consumer.try_pop().is_err()), ([1, 2, 3], true));
    assert_eq!(counts(&watch), Some((3, 3)));
    assert_eq!(consumer.stats(), watch.stats().unwrap());
    drop(consumer);
    assert_eq!(counts(&watch), Some((3, 3)), "producers are there");
    drop((producers, third));
    assert_eq!(watch.stats(), None);
}

#[test]
fn a_static_ring_is_watched_for_ever() {
    static RING: spsc::Static<u8, 4> = spsc::Static::new();
    let (mut producer, consumer) = RING.split().unwrap();
    let watch = producer.watch();
    producer.push(1).unwrap();
    drop((producer, consumer));
    assert_eq!(watch.stats().map(|stats| stats.pushed), Some(1));
    let (mut producer, _consumer) = RING.split().unwrap();
    producer.push(2).unwrap();
    assert_eq!(watch.stats().map(|stats| stats.pushed), Some(2));
}

/// Rings go while others look at them: what is left unread is dropped once, by the last handle and not by who looks.
#[test]
fn looking_while_rings_go_is_safe() {
    for round in 0..200 {
        let census = Census::new(6);
        let (mut producer, consumer) = spsc::with_capacity(4).unwrap();
        let (many, others) = mpmc::with_capacity(4).unwrap();
        let watches = [producer.watch(), many.watch()];
        for _ in 0..3 {
            assert!(producer.push(census.item()).is_ok() && many.push(census.item()).is_ok());
        }
        let looking = watches.map(|watch| {
            thread::spawn(move || {
                while let Some(stats) = watch.stats() {
                    assert_eq!(stats.pushed, 3);
                }
            })
        });
        if round % 2 == 0 {
            thread::yield_now();
        }
        drop((producer, consumer, many, others));
        census.assert_all_dropped_once();
        looking.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
