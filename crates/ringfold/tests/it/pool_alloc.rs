//! Events of every size, what happens when there are no more, and who may write them.

use std::{collections::BTreeSet, thread, time::Duration};

use ringfold::pool::{Config, EventRef, Pool, PoolError, SizeClass, WhenExhausted};

fn pool(capacities: [usize; 5], policy: WhenExhausted) -> Pool {
    Pool::new(Config::with_capacities(capacities).when_exhausted(policy)).unwrap()
}

fn pattern(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + seed) as u8).collect()
}

#[test]
fn events_of_every_size_hold_what_was_put_in() {
    let pool = Pool::new(Config::mobile()).unwrap();
    let lens = [
        0,
        1,
        2,
        3,
        5,
        7,
        8,
        12,
        24,
        63,
        64,
        65,
        256,
        257,
        1024,
        1025,
        4095,
        4096,
        4097,
        16_384,
        16_385,
        1 << 20,
    ];
    let events: Vec<EventRef> =
        lens.iter().map(|len| pool.alloc(&pattern(*len, *len), *len as u32).unwrap()).collect();
    for (len, event) in lens.into_iter().zip(&events) {
        assert_eq!((event.len(), event.tag()), (len, len as u32));
        assert_eq!(**event, *pattern(len, len));
        assert_eq!(event.class(), SizeClass::for_len(len));
        assert_eq!(event.as_ptr().align_offset(16), 0);
    }
    assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use), (lens.len() as u64 - 2, 2));
    assert_eq!(pool.stats().heap.bytes, 16_385 + (1 << 20));
    drop(events);
    assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use, pool.stats().heap.bytes), (0, 0, 0));
}

#[test]
fn a_class_has_exactly_as_many_slots_as_were_asked_for() {
    for threads in [0, 1, 16] {
        for capacity in [1, 2, 3, 5, 63, 64, 65, 100, 5000] {
            let config = Config::with_capacities([capacity, 0, 0, 0, 0]).threads(threads);
            let pool = Pool::new(config.when_exhausted(WhenExhausted::Fail)).unwrap();
            for _ in 0..3 {
                let events: Vec<_> =
                    (0..capacity).map(|i| pool.alloc(&i.to_ne_bytes(), 0).unwrap()).collect();
                let refused = PoolError::Exhausted { len: 3, class: SizeClass::XS, capacity };
                assert_eq!(pool.alloc(b"one", 0).unwrap_err(), refused);
                let places: BTreeSet<_> = events.iter().map(|event| event.as_ptr()).collect();
                assert_eq!(places.len(), capacity);
                events.iter().enumerate().for_each(|(i, event)| assert_eq!(**event, i.to_ne_bytes()));
            }
            assert_eq!(pool.stats().in_use(), 0);
        }
    }
}

#[test]
fn what_other_threads_have_at_hand_is_found() {
    for capacity in [2, 5, 64, 1000] {
        let pool = pool([capacity, 0, 0, 0, 0], WhenExhausted::Fail);
        let alloc = || pool.alloc(&[1], 0).unwrap();
        // Some threads free what others have taken, and stay alive with it at hand.
        let (sender, receiver) = std::sync::mpsc::sync_channel::<EventRef>(0);
        let receiver = std::sync::Mutex::new(receiver);
        let barrier = std::sync::Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Ok(event) = { receiver.lock().unwrap().recv() } {
                        drop(event);
                    }
                    barrier.wait();
                    barrier.wait();
                });
            }
            (0..capacity)
                .map(|_| alloc())
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|e| sender.send(e).unwrap());
            drop(sender);
            barrier.wait();
            let all: Vec<_> = (0..capacity).map(|_| alloc()).collect();
            assert_eq!(pool.stats().in_use(), capacity as u64);
            assert!(pool.alloc(&[1], 0).is_err());
            drop(all);
            barrier.wait();
        });
    }
}

#[test]
fn threads_that_come_and_go_leave_nothing_behind() {
    let pool = pool([4, 0, 0, 0, 0], WhenExhausted::Fail);
    for round in 0..500_usize {
        let pool = pool.clone();
        let thread = thread::spawn(move || {
            let events: Vec<_> = (0..4).map(|_| pool.alloc(&round.to_ne_bytes(), 0).unwrap()).collect();
            events.into_iter().nth(round % 4).unwrap()
        });
        assert_eq!(*thread.join().unwrap(), round.to_ne_bytes());
    }
    assert_eq!(pool.stats().in_use(), 0);
}

#[test]
fn events_may_be_dropped_while_their_thread_ends() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<EventRef>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let pool = pool([8, 0, 0, 0, 0], WhenExhausted::Fail);
    for is_kept_first in [true, false] {
        let pool = pool.clone();
        let keep = move || {
            if is_kept_first {
                KEPT.with_borrow_mut(|kept| kept.reserve(8)); // dropped after the pool's own
            }
            let events: Vec<_> = (0..8).map(|_| pool.alloc(&[1], 0).unwrap()).collect();
            KEPT.with_borrow_mut(|kept| kept.extend(events));
        };
        thread::spawn(keep).join().unwrap();
    }
    assert_eq!(pool.stats().in_use(), 0);
}

#[test]
fn an_exhausted_class_borrows_from_the_next_larger_one() {
    let pool = pool([1, 0, 2, 0, 0], WhenExhausted::NextLarger);
    let events: Vec<_> = (0..3).map(|_| pool.alloc(b"small", 0).unwrap()).collect();
    let classes: Vec<_> = events.iter().map(EventRef::class).collect();
    assert_eq!(classes, [SizeClass::XS, SizeClass::M, SizeClass::M]);
    let error = pool.alloc(b"small", 0).unwrap_err();
    assert_eq!(error, PoolError::Exhausted { len: 5, class: SizeClass::XS, capacity: 1 });
    assert!(pool.alloc(&[0; 5000], 0).is_err(), "larger classes have no slots");
    let xs = pool.stats().classes[0];
    assert_eq!((xs.exhausted, xs.fallbacks, xs.in_use), (3, 2, 1));
    let error = error.to_string();
    assert!(error.contains("5 bytes") && error.contains("all 1 of class XS"), "{error}");
}

#[test]
fn an_exhausted_class_borrows_from_the_heap() {
    let pool = pool([1, 0, 0, 0, 0], WhenExhausted::Heap);
    let events: Vec<_> = (0..5_u8).map(|i| pool.alloc(&[i; 30], 0).unwrap()).collect();
    assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use, pool.stats().heap.bytes), (1, 4, 120));
    assert!(events.iter().enumerate().all(|(i, event)| **event == [i as u8; 30]));
    let weak = events[4].downgrade();
    drop(events);
    assert_eq!((pool.stats().heap.in_use, pool.stats().heap.allocated), (0, 4));
    assert!(weak.upgrade().is_none());
}

#[test]
fn who_waits_gets_the_slot_that_comes_free() {
    for threads in [0, 16] {
        let config = Config::with_capacities([2, 0, 0, 0, 0]).when_exhausted(WhenExhausted::Wait);
        let pool = Pool::new(config.threads(threads)).unwrap();
        let sum = std::sync::atomic::AtomicU64::new(0);
        thread::scope(|scope| {
            for thread in 0..6_u64 {
                let (pool, sum) = (&pool, &sum);
                scope.spawn(move || {
                    for i in 0..500 {
                        let event = pool.alloc(&(thread * 500 + i).to_ne_bytes(), 0).unwrap();
                        if i % 50 == 0 {
                            thread::sleep(Duration::from_micros(300));
                        }
                        let number = u64::from_ne_bytes((*event).try_into().unwrap());
                        sum.fetch_add(number, std::sync::atomic::Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), (0..3000).sum());
        assert_eq!(pool.stats().in_use(), 0);
    }
}

#[test]
fn who_must_not_wait_is_told_at_once_and_who_may_after_a_while() {
    let pool = pool([1, 0, 0, 0, 0], WhenExhausted::Wait);
    let event = pool.alloc(b"1", 0).unwrap();
    assert!(pool.try_alloc(b"2", 0).is_err() && pool.try_alloc_uninit(1).is_err());
    assert!(pool.alloc_timeout(b"2", 0, Duration::from_millis(5)).is_err());
    assert!(pool.alloc(&[0; 100], 0).is_err(), "nobody waits for a class without slots");
    let freed = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(event);
    });
    assert!(pool.alloc_timeout(b"2", 0, Duration::from_secs(60)).is_ok());
    freed.join().unwrap();
}

#[test]
fn only_a_single_owner_writes() {
    let pool = Pool::new(Config::mobile()).unwrap();
    for len in [10, 20_000] {
        let mut event = pool.alloc(&vec![1; len], 5).unwrap();
        event.get_mut().unwrap()[0] = 2;
        let other = event.clone();
        assert!(event.get_mut().is_none() && other.references() == 2 && event.is_same(&other));
        let event = event.into_unique().unwrap_err();
        drop(other);
        let weak = event.downgrade();
        let mut unique = event.into_unique().unwrap();
        assert!(weak.upgrade().is_none() && !weak.is_alive());
        unique[1] = 3;
        unique.truncate(3);
        unique.truncate(100);
        unique.set_tag(6);
        let event = unique.share();
        assert_eq!((&*event, event.tag()), (&[2, 3, 1][..], 6));
    }
    let mut event = pool.alloc_uninit(100).unwrap();
    event.fill(9);
    assert_eq!((*event.share()).iter().map(|byte| u32::from(*byte)).sum::<u32>(), 900);
}

#[test]
fn events_outlive_their_pool() {
    for threads in [0, 16] {
        for policy in [WhenExhausted::Fail, WhenExhausted::Heap] {
            let config = Config::with_capacities([3, 3, 0, 0, 0]).threads(threads).when_exhausted(policy);
            let pool = Pool::new(config).unwrap();
            let mut events: Vec<_> = (0..3_u8).map(|i| pool.alloc(&[i], 0).unwrap()).collect();
            events.extend(pool.alloc(&[3], 0).ok());
            drop(pool.alloc(&[0; 200], 0));
            let weak: Vec<_> = events.iter().map(EventRef::downgrade).collect();
            drop(pool);
            let other = events.pop().unwrap();
            thread::spawn(move || drop(other)).join().unwrap();
            assert!(events.iter().enumerate().all(|(i, event)| **event == [i as u8]));
            let alive = weak.iter().filter(|weak| weak.upgrade().is_some()).count();
            assert_eq!(alive, events.len());
            drop(events);
            assert!(weak.iter().all(|weak| weak.upgrade().is_none()));
        }
    }
}

#[test]
fn absurd_capacities_are_errors() {
    let error = Pool::new(Config::with_capacities([usize::MAX, 0, 0, 0, 0])).unwrap_err();
    assert!(error.is_invalid(), "{error}");
    assert!(Pool::new(Config::with_capacities([usize::MAX / 2; 5])).unwrap_err().is_invalid());
    let nothing = Pool::new(Config::with_capacities([0; 5])).unwrap();
    assert!(nothing.alloc(&[], 0).is_err() && nothing.alloc(&[0; 20_000], 0).is_ok());
}

#[test]
fn a_number_in_an_event_is_read_as_one() {
    use ringfold::pool::PodError;
    let pool = Pool::new(Config::mobile()).unwrap();
    let event = pool.alloc_pod(&0x0123_4567_89ab_cdef_u64, 1).unwrap();
    assert_eq!(event.as_pod(), Ok(&0x0123_4567_89ab_cdef_u64));
    assert_eq!(event.as_pod::<u32>(), Err(PodError::Length { len: 8, wanted: 4 }));
    assert_eq!(pool.alloc(&[0; 16], 1).unwrap().as_pod::<u128>(), Ok(&0));
}

#[test]
fn more_references_than_can_be_counted_abort() {
    const CHILD: &str = "RINGFOLD_TEST_OVERFLOW";
    if std::env::var_os(CHILD).is_some() {
        let pool = Pool::new(Config::mobile()).unwrap();
        let event = pool.alloc(b"x", 0).unwrap();
        loop {
            std::mem::forget(event.clone());
        }
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "pool_alloc::more_references_than_can_be_counted_abort"]).env(CHILD, "1");
    let output = child.output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(6), "{output:?}");
}
