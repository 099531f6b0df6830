//! The models of `ringfold::pool`.

use loom::thread;
use ringfold::pool::{Config, EventRef, Pool, Slab, WhenExhausted};

use super::explore::explore;

/// A pool of so many small slots, with caches for so many threads.
fn pool(slots: usize, threads: usize) -> Pool {
    let config = Config::with_capacities([slots, 0, 0, 0, 0]).threads(threads);
    Pool::new(config.when_exhausted(WhenExhausted::Fail)).expect("a few bytes can always be had")
}

fn alloc(pool: &Pool, byte: u8) -> EventRef {
    pool.alloc(&[byte], 0).expect("there are enough slots")
}

/// As `alloc`, where another thread may be in the midst of moving the slot that is wanted.
fn alloc_in_the_end(pool: &Pool, byte: u8) -> EventRef {
    loop {
        match pool.alloc(&[byte], 0) {
            Ok(event) => return event,
            Err(_) => thread::yield_now(),
        }
    }
}

/// Writes and reads a slot, if there is one.
fn use_one(pool: &Pool, byte: u8) -> bool {
    match pool.alloc(&[byte], 0) {
        Ok(event) => *event == [byte],
        Err(_) => false,
    }
}

#[test]
fn a_slot_is_one_threads_at_a_time() {
    explore("pool: one slot, two threads, depot only", None, 20, || {
        let pool = pool(1, 0);
        let other = pool.clone();
        let thread = thread::spawn(move || use_one(&other, 1));
        let used = use_one(&pool, 2);
        assert!(thread.join().unwrap() || used, "one of them comes first");
        assert!(use_one(&pool, 3), "and all is free in the end");
    });
}

#[test]
fn slots_of_one_word_go_to_different_threads() {
    explore("pool: two slots, two threads, depot only", Some(3), 100, || {
        let pool = pool(2, 0);
        let other = pool.clone();
        let thread = thread::spawn(move || {
            assert!(use_one(&other, 1), "the other one takes only one");
            drop(alloc(&other, 2));
        });
        let event = alloc(&pool, 3);
        thread.join().unwrap();
        assert_eq!(*event, [3]);
    });
}

#[test]
fn a_raider_and_an_owner_do_not_meet_in_a_cache() {
    explore("pool: two threads with caches, two slots", Some(2), 200, || {
        let pool = pool(2, 2);
        let other = pool.clone();
        let thread = thread::spawn(move || {
            use_one(&other, 1);
            use_one(&other, 2);
        });
        // One of them may have to come out of the other's cache.
        let events = [3, 4].map(|byte| alloc_in_the_end(&pool, byte));
        assert_eq!((&*events[0], &*events[1]), (&[3][..], &[4][..]));
        assert!(pool.alloc(&[5], 0).is_err());
        thread.join().unwrap();
    });
}

#[test]
fn what_is_freed_elsewhere_comes_back() {
    explore("pool: taken here, freed there, two slots", Some(3), 100, || {
        let pool = pool(2, 2);
        let events = [alloc(&pool, 1), alloc(&pool, 2)];
        let thread = thread::spawn(move || events.into_iter().for_each(|event| assert!(event[0] < 3)));
        let again = [5, 6].map(|byte| alloc_in_the_end(&pool, byte));
        assert_eq!((&*again[0], &*again[1]), (&[5][..], &[6][..]));
        thread.join().unwrap();
    });
}

#[test]
fn a_number_is_inherited_with_what_is_in_its_caches() {
    explore("pool: a thread ends, another begins", Some(3), 50, || {
        let pool = pool(2, 1);
        let users = [1, 2].map(|byte| {
            let pool = pool.clone();
            thread::spawn(move || use_one(&pool, byte))
        });
        users.into_iter().for_each(|user| assert!(user.join().unwrap(), "there is one for each"));
    });
}

#[test]
fn the_last_reference_frees() {
    explore("pool: clone, read and drop by two threads", None, 10, || {
        let pool = pool(1, 0);
        let event = alloc(&pool, 1);
        let other = event.clone();
        let thread = thread::spawn(move || assert_eq!(*other, [1]));
        assert_eq!(*event, [1]);
        drop(event);
        use_one(&pool, 2);
        thread.join().unwrap();
        assert!(use_one(&pool, 3));
    });
}

#[test]
fn who_finds_himself_alone_may_write() {
    explore("pool: get_mut against drop", None, 5, || {
        let pool = pool(1, 0);
        let mut event = alloc(&pool, 1);
        let other = event.clone();
        let thread = thread::spawn(move || assert_eq!(*other, [1]));
        if let Some(bytes) = event.get_mut() {
            bytes[0] = 2;
        }
        thread.join().unwrap();
        assert!(event.get_mut().is_some());
    });
}

#[test]
fn an_upgrade_finds_the_event_or_nothing() {
    explore("pool: upgrade against the last drop and the next event", Some(4), 30, || {
        let pool = pool(1, 0);
        let event = alloc(&pool, 1);
        let weak = event.downgrade();
        let thread = thread::spawn(move || {
            if let Some(event) = weak.upgrade() {
                assert_eq!(*event, [1]);
            }
        });
        drop(event);
        use_one(&pool, 2);
        thread.join().unwrap();
        assert!(use_one(&pool, 3));
    });
}

#[test]
fn an_upgrade_and_a_single_owner_exclude_each_other() {
    explore("pool: upgrade against get_mut", None, 8, || {
        let pool = pool(1, 0);
        let mut event = alloc(&pool, 1);
        let weak = event.downgrade();
        let thread = thread::spawn(move || {
            if let Some(event) = weak.upgrade() {
                assert_eq!(*event, [1]);
            }
        });
        if let Some(bytes) = event.get_mut() {
            bytes[0] = 2;
        }
        thread.join().unwrap();
        assert!(event.get_mut().is_some());
    });
}

#[test]
fn a_weak_handle_made_while_others_drop_is_honoured() {
    explore("pool: downgrade against drop", None, 10, || {
        let pool = pool(1, 0);
        let event = alloc(&pool, 1);
        let other = event.clone();
        let thread = thread::spawn(move || drop(event));
        let weak = other.downgrade();
        assert!(weak.upgrade().is_some());
        drop(other);
        thread.join().unwrap();
        drop(alloc(&pool, 2));
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn the_memory_goes_after_the_last_event() {
    for (slots, threads) in [(1, 0), (2, 2)] {
        explore("pool: the pool goes while an event comes back", Some(3), 30, move || {
            let pool = pool(slots, threads);
            let event = alloc(&pool, 1);
            let thread = thread::spawn(move || assert_eq!(*event, [1]));
            drop(pool);
            thread.join().unwrap();
        });
    }
}

#[test]
fn a_pool_that_closes_counts_what_others_took_and_gave_back() {
    // Numbers of threads that have come and gone make the counts differ from those that a stale look would find.
    for (slots, threads) in [(1, 0), (2, 2)] {
        explore("pool: another handle takes and goes, then this one closes", Some(3), 30, move || {
            let pool = pool(slots, threads);
            let other = pool.clone();
            let thread = thread::spawn(move || {
                let event = alloc(&other, 1);
                drop(other);
                assert_eq!(*event, [1]);
            });
            drop(pool);
            thread.join().unwrap();
        });
    }
}

#[test]
fn the_memory_goes_after_the_last_weak_handle() {
    explore("pool: event, weak handle and pool go", Some(3), 30, || {
        let pool = pool(1, 0);
        let event = alloc(&pool, 1);
        let weak = event.downgrade();
        let thread = thread::spawn(move || drop(weak.upgrade()));
        drop(pool);
        drop(event);
        thread.join().unwrap();
    });
}

#[test]
fn two_handles_of_a_pool_close_it_once() {
    explore("pool: two handles go after an alloc each", Some(3), 30, || {
        let pool = pool(2, 0);
        let other = pool.clone();
        let thread = thread::spawn(move || assert!(use_one(&other, 1)));
        assert!(use_one(&pool, 2));
        drop(pool);
        thread.join().unwrap();
    });
}

#[test]
fn events_on_the_heap_end_once() {
    explore("pool: a block of the heap, its references and weak handles", Some(3), 30, || {
        let config = Config::with_capacities([0; 5]).threads(0).when_exhausted(WhenExhausted::Heap);
        let pool = Pool::new(config).unwrap();
        let event = alloc(&pool, 1);
        let (other, weak) = (event.clone(), event.downgrade());
        let thread = thread::spawn(move || {
            assert_eq!(*other, [1]);
            drop(other);
            if let Some(event) = weak.upgrade() {
                assert_eq!(*event, [1]);
            }
        });
        drop(pool);
        drop(event);
        thread.join().unwrap();
    });
}

#[test]
fn a_value_is_dropped_after_all_have_read_it() {
    explore("pool: a slab's value, read and dropped by two threads", None, 10, || {
        let slab = Slab::with_capacity(1).unwrap();
        let value = slab.try_alloc(vec![7]).unwrap();
        let other = value.clone();
        let thread = thread::spawn(move || assert_eq!(*other, [7]));
        assert_eq!(*value, [7]);
        drop(value);
        drop(slab);
        thread.join().unwrap();
    });
}

#[test]
fn who_waits_for_a_slot_is_woken() {
    for (slots, threads) in [(1, 0), (2, 2)] {
        explore("pool: one waits, one frees", Some(2), 30, move || {
            let config = Config::with_capacities([slots, 0, 0, 0, 0]).threads(threads);
            let pool = Pool::new(config.when_exhausted(WhenExhausted::Wait)).unwrap();
            let events: Vec<_> = (0..slots).map(|_| alloc(&pool, 1)).collect();
            let thread = thread::spawn(move || drop(events));
            assert_eq!(*alloc(&pool, 2), [2]);
            thread.join().unwrap();
        });
    }
}
