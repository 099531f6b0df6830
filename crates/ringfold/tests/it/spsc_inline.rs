//! Rings in statics.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
};

use ringfold::spsc::Static;

#[test]
fn a_static_ring_carries_a_stream_between_threads() {
    static RING: Static<[u8; 3], 8> = Static::new();
    let (mut producer, mut consumer) = RING.split().unwrap();
    let item = |n: u32| [n as u8, (n >> 8) as u8, (n >> 16) as u8];
    let writer = thread::spawn(move || producer.push_iter((0..50_000).map(item)).unwrap());
    let mut n = 0;
    while n < 50_000 {
        let view = consumer.peek_at_least(1).unwrap();
        for (i, &found) in view.iter().enumerate() {
            assert_eq!(found, item(n + i as u32));
        }
        n += view.len() as u32;
        let all = view.len();
        view.consume(all);
    }
    assert_eq!(writer.join().unwrap(), 50_000);
}

#[test]
fn views_of_a_static_ring_are_one_slice_across_the_seam() {
    static RING: Static<u32, 4> = Static::new();
    let (mut producer, mut consumer) = RING.split().unwrap();
    for start in 0..40 {
        producer.push(start).unwrap();
        assert_eq!(consumer.try_pop(), Ok(start));
        let mut claim = producer.try_claim(4).unwrap();
        claim.fill(|i| i as u32 * 10);
        claim.commit();
        assert_eq!(&*consumer.peek(), &[0, 10, 20, 30]);
        consumer.peek().consume(4);
    }
}

#[test]
fn a_static_ring_can_be_split_again_and_drops_what_was_left() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, SeqCst);
        }
    }
    static ZERO_SIZED: Static<Counted, 4> = Static::new();
    static BOXED: Static<Box<Counted>, 1> = Static::new();
    for round in 0..3 {
        let (mut producer, consumer) = ZERO_SIZED.split().unwrap();
        assert!(ZERO_SIZED.split().is_none());
        producer.try_push(Counted).ok().unwrap();
        producer.try_push(Counted).ok().unwrap();
        drop(producer);
        assert!(ZERO_SIZED.split().is_none(), "the consumer is still out");
        drop(consumer);
        let (mut producer, mut consumer) = BOXED.split().unwrap();
        producer.try_push(Box::new(Counted)).ok().unwrap();
        assert!(producer.try_push(Box::new(Counted)).is_err());
        drop(consumer.try_pop().ok().unwrap());
        producer.try_push(Box::new(Counted)).ok().unwrap();
        drop((consumer, producer));
        assert_eq!(DROPS.load(SeqCst), 5 * (round + 1));
    }
}

#[test]
fn a_static_ring_survives_a_panicking_destructor() {
    struct Grumpy(bool);
    impl Drop for Grumpy {
        fn drop(&mut self) {
            assert!(!self.0, "grumpy");
        }
    }
    static RING: Static<Grumpy, 2> = Static::new();
    let (mut producer, consumer) = RING.split().unwrap();
    producer.try_push(Grumpy(true)).ok().unwrap();
    drop(producer);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(consumer))).unwrap_err();
    let (_producer, mut consumer) = RING.split().expect("both handles are back");
    assert!(consumer.is_empty());
}
