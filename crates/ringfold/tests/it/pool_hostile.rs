//! What nobody should do, and everybody may.

use std::{
    cell::RefCell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use ringfold::pool::{
    Config, EventRef, PodError, Pool, PoolError, SizeClass, Slab, SlotRef, WeakSlot, WhenExhausted,
};

fn pool(capacities: [usize; 5]) -> Pool {
    Pool::new(Config::with_capacities(capacities).when_exhausted(WhenExhausted::Fail)).unwrap()
}

#[test]
fn what_is_forgotten_is_lost_and_nothing_else() {
    for threads in [0, 4] {
        let config = Config::with_capacities([4, 0, 0, 0, 0]).threads(threads);
        let pool = Pool::new(config.when_exhausted(WhenExhausted::Fail)).unwrap();
        mem::forget(pool.alloc(b"an event", 0).unwrap());
        mem::forget(pool.alloc_uninit(8).unwrap());
        let weak = pool.alloc(b"with a weak handle", 0).unwrap().downgrade();
        mem::forget(weak);
        mem::forget(pool.alloc(&[0; 20_000], 0));
        assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use), (2, 1));
        let rest: Vec<_> = (0..3).map(|i| pool.alloc(&[i], 0)).collect();
        assert_eq!(rest.iter().filter(|event| event.is_ok()).count(), 2);
        assert!(rest.iter().flatten().zip(0..).all(|(event, i)| **event == [i]));
        drop(rest);
        assert_eq!((pool.audit(), pool.audit()), (0, 2));
        let handle = pool.clone();
        drop(pool);
        mem::forget(handle);
    }
}

#[test]
fn lengths_that_no_event_can_have_are_errors() {
    let pool = pool([2, 0, 0, 0, 1]);
    for len in [usize::MAX, usize::MAX / 2, isize::MAX as usize, 1 << 31] {
        let most = i32::MAX as usize;
        assert_eq!(pool.alloc_uninit(len).unwrap_err(), PoolError::TooLarge { len, most });
    }
    let mut empty = pool.alloc_uninit(0).unwrap();
    empty.truncate(usize::MAX);
    assert!(empty.is_empty() && empty.share().get_mut().unwrap().is_empty());
    let mut full = pool.alloc_uninit(16_384).unwrap();
    full.truncate(0);
    full.truncate(16_384);
    assert_eq!((full.len(), full.class()), (0, SizeClass::XL), "what was cut off does not come back");
    drop(full);
    let error = pool.alloc(&[0; 65], 0).unwrap_err();
    assert_eq!(error, PoolError::Exhausted { len: 65, class: SizeClass::S, capacity: 0 });
    let forever = pool.alloc_timeout(b"1", 0, Duration::MAX).unwrap();
    assert_eq!(*forever, *b"1");
}

#[repr(C, align(4096))]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::AnyBitPattern)]
struct Page([u8; 4096]);

#[test]
fn events_are_read_as_no_type_that_they_are_not() {
    let pool = Pool::new(Config::mobile()).unwrap();
    let event = pool.alloc(&[1; 4096], 0).unwrap();
    match event.as_pod::<Page>() {
        // By chance it may lie right.
        Ok(page) => assert_eq!(*page, Page([1; 4096])),
        Err(error) => assert_eq!(error, PodError::Alignment { wanted: 4096 }),
    }
    assert_eq!(event.as_pod::<[u8; 4095]>(), Err(PodError::Length { len: 4096, wanted: 4095 }));
    assert_eq!(event.as_pod::<()>(), Err(PodError::Length { len: 4096, wanted: 0 }));
    assert_eq!(pool.alloc(b"", 0).unwrap().as_pod::<()>(), Ok(&()));
    assert_eq!(pool.alloc(&[1; 4], 0).unwrap().as_pod::<[u16; 2]>(), Ok(&[0x0101; 2]));
}

#[test]
fn more_threads_than_have_numbers_use_a_pool_all_the_same() {
    let pool = Pool::new(Config::with_capacities([2000, 0, 0, 0, 0]).threads(usize::MAX)).unwrap();
    let barrier = Barrier::new(300);
    thread::scope(|scope| {
        for i in 0..300_u32 {
            let (pool, barrier) = (&pool, &barrier);
            scope.spawn(move || {
                let events: Vec<_> = (0..5).map(|_| pool.alloc(&i.to_ne_bytes(), i).unwrap()).collect();
                barrier.wait(); // all of them alive
                assert!(events.iter().all(|event| **event == i.to_ne_bytes()));
            });
        }
    });
    let stats = pool.stats().classes[0];
    assert_eq!((stats.in_use, stats.allocated), (0, 1500));
    assert!(stats.high_water >= 1500, "{stats:?}");
}

/// Uses its own slab while it is dropped.
struct Busy {
    slab: Slab<Busy>,
    depth: usize,
    drops: Arc<AtomicUsize>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
        if let Some(depth) = self.depth.checked_sub(1) {
            let (slab, drops) = (self.slab.clone(), self.drops.clone());
            drop(self.slab.try_alloc(Busy { slab, depth, drops }));
        }
        if self.depth == 2 {
            panic!("in the midst of it");
        }
    }
}

#[test]
fn a_value_may_use_its_slab_while_it_is_dropped() {
    for capacity in [1, 2, 8] {
        let drops = Arc::new(AtomicUsize::new(0));
        let slab = Slab::with_capacity(capacity).unwrap();
        let value = slab.try_alloc(Busy { slab: slab.clone(), depth: 5, drops: drops.clone() }).ok().unwrap();
        let unwound = catch_unwind(AssertUnwindSafe(|| drop(value)));
        assert!(unwound.is_err());
        // Whether there was a slot for the next one or not, each was dropped once.
        assert_eq!((drops.load(Ordering::Relaxed), slab.in_use()), (6, 0));
        drop(unwound);
        let again = slab.try_alloc(Busy { slab: slab.clone(), depth: 0, drops }).ok().unwrap();
        assert_eq!(slab.in_use(), 1);
        drop(slab); // the last handle but the one inside the value
        drop(again);
    }
}

/// A weak handle of a number, in a slot.
type Link = Mutex<Option<WeakSlot<u64>>>;

struct Node {
    next: RefCell<Option<SlotRef<Link>>>,
}

#[test]
fn values_may_refer_to_each_other() {
    let numbers = Slab::with_capacity(2).unwrap();
    let links = Slab::with_capacity(2).unwrap();
    let number = numbers.alloc(7_u64);
    let link = links.alloc(Mutex::new(Some(number.downgrade())));
    let node = Node { next: RefCell::new(Some(link.clone())) };
    drop(numbers);
    let read = || node.next.borrow().as_ref()?.lock().unwrap().as_ref()?.upgrade().map(|number| *number);
    assert_eq!(read(), Some(7));
    drop(number);
    assert_eq!(read(), None);
    drop((links, link));
    node.next.replace(None);
    // A ring of references keeps itself, as with `Arc`.
    type Cell = Mutex<Option<SlotRef<Own>>>;
    struct Own(Cell);
    let slab = Slab::with_capacity(1).unwrap();
    let own = slab.alloc(Own(Mutex::new(None)));
    *own.0.lock().unwrap() = Some(own.clone());
    drop(own);
    assert_eq!(slab.in_use(), 1);
}

#[test]
fn audits_and_statistics_disturb_nobody() {
    let pool = pool([64, 32, 0, 0, 0]);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4_u8)
            .map(|i| {
                let pool = &pool;
                scope.spawn(move || {
                    let mut kept: Vec<EventRef> = Vec::new();
                    for round in 0..4000_usize {
                        if let Ok(event) = pool.alloc(&[i; 100][..if round % 2 == 0 { 10 } else { 100 }], 0) {
                            let weak = event.downgrade();
                            kept.push(event);
                            assert!(weak.upgrade().is_some());
                        }
                        if kept.len() > 6 {
                            let event = kept.remove(round % 7);
                            assert!(event.iter().all(|byte| *byte == i));
                        }
                    }
                })
            })
            .collect();
        let (pool, is_over) = (&pool, &is_over);
        scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                assert!(pool.audit() <= 64 + 32);
                let stats = pool.stats();
                assert!(stats.in_use() <= 64 + 32 && stats.classes[0].high_water <= 64, "{stats:?}");
                thread::yield_now();
            }
        });
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!((pool.stats().in_use(), pool.audit(), pool.audit()), (0, 0, 0));
    let all: Vec<_> = (0..64).map(|_| pool.alloc(&[1], 0).unwrap()).collect();
    assert_eq!(all.len(), 64, "every slot is found again");
}

#[test]
fn weak_handles_outlive_everything() {
    let pool = pool([2, 0, 0, 0, 0]);
    let event = pool.alloc(b"x", 9).unwrap();
    let large = pool.alloc(&[1; 20_000], 9).unwrap();
    let weak: Vec<_> =
        (0..10).map(|i| if i % 2 == 0 { event.downgrade() } else { large.downgrade() }).collect();
    drop(pool);
    assert!(weak.iter().all(|weak| weak.upgrade().is_some_and(|event| event.tag() == 9)));
    drop((event, large));
    thread::spawn(move || assert!(weak.iter().all(|weak| weak.upgrade().is_none()))).join().unwrap();
}
