//! Many threads: every event whole, every slot free in the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use ringfold::pool::{Config, EventRef, Pool, WeakEvent, WhenExhausted};
use ringfold_core::sync::Mutex; // std's, in a form that ThreadSanitizer understands

/// A small random number generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// All payloads are whole words.
fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    let sum = words.fold(0xcbf2_9ce4_8422_2325, |sum, word| {
        (sum ^ word).rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    (sum >> 32) as u32
}

fn alloc(pool: &Pool, random: &mut Random) -> Option<EventRef> {
    let len = [8, 64, 200, 1000, 4000, 10_000, 20_000][random.below(7) as usize] as usize;
    let seed = random.below(u64::MAX);
    let bytes = seed.to_le_bytes().repeat(len / 8);
    match random.below(3) {
        0 => {
            let mut event = pool.alloc_uninit(len).ok()?;
            event.copy_from_slice(&bytes);
            event.set_tag(checksum(&bytes));
            Some(event.share())
        }
        _ => pool.alloc(&bytes, checksum(&bytes)).ok(),
    }
}

fn check(event: &EventRef) {
    assert_eq!(checksum(event), event.tag());
}

struct Actor {
    own: Vec<EventRef>,
    weak: Vec<WeakEvent>,
    inbox: mpsc::Receiver<EventRef>,
    others: Vec<mpsc::Sender<EventRef>>,
    random: Random,
}

impl Actor {
    fn step(&mut self, pool: &Pool) {
        let Self { own, weak, inbox, others, random } = self;
        let any = |random: &mut Random, len: usize| random.below(len.max(1) as u64) as usize;
        match random.below(8) {
            0..3 => own.extend(alloc(pool, random)),
            3 => own.extend(own.get(any(random, own.len())).cloned()),
            4 if !own.is_empty() => {
                let event = own.swap_remove(any(random, own.len()));
                drop(others[any(random, others.len())].send(event));
            }
            5 => weak.extend(own.get(any(random, own.len())).map(EventRef::downgrade)),
            6 if !weak.is_empty() => {
                let event = weak.swap_remove(any(random, weak.len())).upgrade();
                event.iter().for_each(check);
                own.extend(event);
            }
            7 if !own.is_empty() => {
                let event = own.swap_remove(any(random, own.len()));
                check(&event);
                match event.into_unique() {
                    Ok(mut unique) => {
                        let word = random.below(unique.len() as u64 / 8) as usize;
                        unique[8 * word] ^= 0x5a;
                        unique.set_tag(checksum(&unique));
                        own.push(unique.share());
                    }
                    Err(event) => drop(event),
                }
            }
            _ => {}
        }
        inbox.try_iter().for_each(|event| check(&event));
        own.truncate(64);
        weak.truncate(64);
    }
}

#[test]
fn random_events_between_eight_threads_are_whole_and_all_end() {
    for (threads, policy) in
        [(16, WhenExhausted::NextLarger), (3, WhenExhausted::Heap), (0, WhenExhausted::Fail)]
    {
        let config = Config::with_capacities([100, 60, 40, 20, 10]).threads(threads).when_exhausted(policy);
        let pool = Pool::new(config).unwrap();
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..8).map(|_| mpsc::channel()).unzip();
        thread::scope(|scope| {
            for (inbox, seed) in inboxes.into_iter().zip(1_u64..) {
                let (others, pool) = (senders.clone(), pool.clone());
                let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let mut actor = Actor { own: vec![], weak: vec![], inbox, others, random };
                scope.spawn(move || (0..4000).for_each(|_| actor.step(&pool)));
            }
        });
        drop(senders);
        let stats = pool.stats();
        assert_eq!((stats.in_use(), stats.heap.in_use, stats.heap.bytes), (0, 0, 0), "{stats:?}");
        assert!(stats.classes[0].allocated > 1000 && stats.classes[0].high_water > 0, "{stats:?}");
        assert_eq!((pool.audit(), pool.audit()), (0, 0));
        // And every slot can be had again.
        let all: Vec<_> = (0..100).map(|_| pool.alloc(&[1], 0).unwrap()).collect();
        assert_eq!(pool.stats().classes[0].in_use, all.len() as u64);
    }
}

#[test]
fn a_weak_handle_finds_its_own_event_or_none() {
    let pool = Pool::new(Config::with_capacities([4, 0, 0, 0, 0])).unwrap();
    type Shelf = [Mutex<Option<(u64, WeakEvent)>>; 4];
    let shelf: Arc<Shelf> = Arc::default();
    let hits = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..2_u64 {
            let (pool, shelf) = (pool.clone(), shelf.clone());
            scope.spawn(move || {
                for i in 0..40_000 {
                    let number = thread << 32 | i;
                    let Ok(event) = pool.alloc(&number.to_ne_bytes(), 0) else { continue };
                    *shelf[(i % 4) as usize].lock().unwrap() = Some((number, event.downgrade()));
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for i in 0..40_000 {
                    let Some((number, weak)) = shelf[i % 4].lock().unwrap().clone() else { continue };
                    if let Some(event) = weak.upgrade() {
                        assert_eq!(*event, number.to_ne_bytes());
                        hits.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    shelf.iter().for_each(|place| *place.lock().unwrap() = None);
    assert_eq!(pool.stats().in_use(), 0);
    println!("{} upgrades found their event", hits.into_inner());
}

#[test]
fn pools_close_while_events_come_back() {
    for round in 0..300_u64 {
        let config = Config::with_capacities([20, 0, 0, 0, 0]).threads(if round % 3 == 0 { 0 } else { 16 });
        let pool = Pool::new(config).unwrap();
        let events: Vec<_> = (0..18_u8).map(|i| pool.alloc(&[i; 40], 0).unwrap()).collect();
        thread::scope(|scope| {
            let mut events = events.into_iter();
            for _ in 0..3 {
                let mine: Vec<_> = events.by_ref().take(6).collect();
                scope.spawn(move || {
                    for event in mine {
                        let weak = event.downgrade();
                        assert!(event.iter().all(|byte| *byte == event[0]));
                        drop(event);
                        assert!(weak.upgrade().is_none());
                    }
                });
            }
            drop(pool);
        });
    }
}
