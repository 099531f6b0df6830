//! Items that lie behind the seam, reached in every way: on a mirror that copies, a slot has two addresses.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Wake, Waker},
    time::Duration,
};

use ringfold::{
    memory::Memory,
    spsc::{self, Consumer, Producer, Static},
};

use crate::tracked::{Census, Tracked};

/// Rings of four items on every kind of memory; the sizes are such that the mapped ones have their seam
/// after `lap` items.
fn rings<T: 'static>() -> Vec<(Producer<T>, Consumer<T>, usize)> {
    let mapped = |memory| {
        let (producer, consumer) = spsc::builder::<T>(4).memory(memory).build().unwrap();
        let lap = producer.memory().unwrap().bytes / size_of::<T>() + 1;
        (producer, consumer, lap)
    };
    let inline: &'static Static<T, 4> = Box::leak(Box::new(Static::new()));
    let (producer, consumer) = inline.split().unwrap();
    vec![mapped(Memory::Soft), mapped(Memory::Mirror), (producer, consumer, 4)]
}

/// Moves both sides `steps` items on.
fn advance<T>(producer: &mut Producer<T>, consumer: &mut Consumer<T>, steps: usize, item: impl Fn() -> T) {
    for _ in 0..steps {
        producer.try_push(item()).ok().unwrap();
        drop(consumer.try_pop().ok().unwrap());
    }
}

#[test]
fn a_claim_filled_in_every_way_is_whole_at_every_offset() {
    for (mut producer, mut consumer, lap) in rings::<[u8; 300]>() {
        let item = |n: u8| [n; 300];
        for _ in 0..2 * lap {
            let mut claim = producer.try_claim(4).unwrap();
            claim.push(item(1)).unwrap();
            claim[0].write(item(2));
            claim.push(item(2)).unwrap();
            assert_eq!(claim.write_slice(&[item(3)]), 1);
            claim.fill(|i| item(i as u8 + 1));
            claim.written_mut()[0] = item(9);
            assert_eq!(claim.commit(), 4);
            assert_eq!(&*consumer.peek(), &[item(9), item(2), item(3), item(4)]);
            assert_eq!(consumer.try_pop(), Ok(item(9)));
            let mut out = [[0; 300]; 4];
            assert_eq!(consumer.pop_slice(&mut out), 3);
            assert_eq!(out[..3], [item(2), item(3), item(4)]);
            advance(&mut producer, &mut consumer, 1, || item(0));
        }
    }
}

#[test]
fn claims_aborted_and_cut_short_drop_each_item_once_at_every_offset() {
    for (mut producer, mut consumer, lap) in rings::<Tracked>() {
        let census = Census::new(12 * 1024);
        for _ in 0..lap.min(1000) {
            let mut claim = producer.try_claim(4).unwrap();
            claim.push(census.item()).ok().unwrap();
            claim.fill(|_| census.item());
            drop(claim);
            let mut claim = producer.try_claim(4).unwrap();
            claim.push(census.item()).ok().unwrap();
            claim.fill(|_| census.item());
            assert_eq!(claim.commit_up_to(2), 2);
            assert_eq!(consumer.peek().into_iter().count(), 2);
            advance(&mut producer, &mut consumer, 1, || census.item());
        }
        drop((producer, consumer));
        census.assert_all_dropped_once();
    }
}

#[test]
fn what_is_changed_through_a_view_stays_changed() {
    for (mut producer, mut consumer, lap) in rings::<Cell<Option<Box<usize>>>>() {
        for n in 0..2 * lap {
            producer.push_iter((0..4).map(|i| Cell::new(Some(Box::new(4 * n + i))))).ok().unwrap();
            let view = consumer.peek();
            let taken: Vec<_> = view.iter().map(|cell| *cell.take().unwrap()).collect();
            assert!(taken.into_iter().eq(4 * n..4 * n + 4));
            match n % 5 {
                0 => assert_eq!(view.consume(4), 4),
                1 => assert!(view.into_iter().all(|cell| cell.into_inner().is_none())),
                2 => assert_eq!(view.consume(2), 2),
                3 => assert_eq!(view.consume(0), 0),
                _ => assert_eq!(view.into_iter().take(1).count(), 1),
            }
            match n % 3 {
                0 => drop(consumer.drain(|cell| assert!(cell.into_inner().is_none()))),
                1 => assert!(consumer.peek().into_iter().all(|cell| cell.take().is_none())),
                _ => {
                    while let Ok(cell) = consumer.try_pop() {
                        assert!(cell.into_inner().is_none());
                    }
                }
            }
            assert!(consumer.is_empty());
            advance(&mut producer, &mut consumer, 1, || Cell::new(None));
        }
        // What a view emptied is not dropped full by the second handle either.
        producer.push_iter((0..4).map(|i| Cell::new(Some(Box::new(i))))).ok().unwrap();
        consumer.peek().iter().for_each(|cell| drop(cell.take()));
    }
}

#[test]
fn what_was_claimed_together_is_shown_together_record_by_record() {
    for (mut producer, mut consumer, lap) in rings::<[u8; 300]>() {
        // Off the even, so that the records of two items cross the seam.
        advance(&mut producer, &mut consumer, 1, || [0; 300]);
        for n in 0..2 * lap {
            for record in 0..2 {
                let mut claim = producer.try_claim(2).unwrap();
                claim.fill(|i| [record * 2 + i as u8; 300]);
                claim.commit();
            }
            for record in 0..2 {
                let view = consumer.peek_at_least(1).unwrap();
                assert!(view.len() >= 2, "half a record, in lap {}", n / lap);
                assert_eq!(view[..2], [[record * 2; 300], [record * 2 + 1; 300]]);
                view.consume(2);
            }
            advance(&mut producer, &mut consumer, n % 2, || [0; 300]);
        }
    }
}

#[test]
fn an_iterator_forgotten_over_a_full_ring_blocks_nobody() {
    let (mut producer, mut consumer) = spsc::with_capacity(4).unwrap();
    producer.push_iter(0..4).unwrap();
    let mut items = consumer.peek().into_iter();
    assert_eq!(items.by_ref().sum::<i32>(), 6);
    std::mem::forget(items);
    let writer = std::thread::spawn(move || producer.push_timeout(4, Duration::from_secs(10)));
    assert_eq!(consumer.pop_timeout(Duration::from_secs(10)), Ok(4));
    assert_eq!(writer.join().unwrap(), Ok(()));
}

#[test]
fn a_waker_that_panics_does_not_keep_the_ring_open() {
    struct Grumpy;
    impl Wake for Grumpy {
        fn wake(self: Arc<Self>) {
            panic!("not now");
        }
    }
    let waker = Waker::from(Arc::new(Grumpy));
    let census = Census::new(10);
    let (producer, mut consumer) = spsc::with_capacity(1).unwrap();
    let mut producer = producer.into_async();
    producer.try_push(census.item()).ok().unwrap();
    {
        let mut waiting = std::pin::pin!(producer.ready());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(consumer.peek().len() == 1);
    catch_unwind(AssertUnwindSafe(|| drop(consumer))).unwrap_err();
    assert!(producer.is_closed());
    drop(producer);
    census.assert_all_dropped_once();
}

#[test]
fn sequences_of_zero_sized_items_may_wrap() {
    const MANY: usize = isize::MAX as usize;
    let (mut producer, mut consumer) = spsc::with_capacity::<()>(MANY).unwrap();
    let all = vec![(); MANY];
    for _ in 0..5 {
        assert_eq!(producer.try_push_slice(&all), MANY);
        assert_eq!(producer.free(), 0);
        assert!(producer.try_push(()).is_err());
        assert_eq!(consumer.peek().consume(MANY - 1), MANY - 1);
        assert_eq!(producer.push_timeout((), Duration::from_millis(1)), Ok(()));
        assert_eq!(consumer.peek_at_least(2).unwrap().consume(2), 2);
    }
}

#[test]
fn an_iterator_is_not_asked_again_after_its_end() {
    let (mut producer, _consumer) = spsc::with_capacity(8).unwrap();
    let mut calls = 0;
    let unfused = std::iter::from_fn(|| {
        calls += 1;
        (calls % 2 == 1).then_some(calls)
    });
    assert_eq!(producer.push_iter(unfused), Ok(1));
}
