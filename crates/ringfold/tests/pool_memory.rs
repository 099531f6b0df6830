//! A pool takes as many bytes as it says, all at once, and gives them all back. In a program of its own, because it counts what every thread allocates.
#![cfg(not(loom))]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use ringfold::pool::{Config, Pool, SizeClass};

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: handed on from the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: handed on from the caller.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Most bytes of content for which nothing is allocated.
const POOLED: usize = 16 * 1024;

#[test]
fn a_pool_takes_what_it_says_and_allocates_nothing_later() {
    let page_sized = Config::with_capacities([1, 2, 3, 64, 65]).threads(0);
    for config in [Config::mobile(), Config::desktop(), Config::server(), page_sized] {
        // What the system is asked for once in a process.
        drop(Pool::new(Config::with_capacities([1; 5])));
        let before = BYTES.load(Ordering::Relaxed);
        let said = config.memory();
        let pool = Pool::new(config).unwrap();
        assert_eq!(BYTES.load(Ordering::Relaxed) - before, said.total(), "{said}");
        let calls = CALLS.load(Ordering::Relaxed);
        for len in [0, 64, 256, 1024, 4096, POOLED] {
            let event = pool.alloc(&[1; POOLED][..len], 0).unwrap();
            assert_eq!(event.class(), SizeClass::for_len(len));
            let (other, weak) = (event.clone(), event.downgrade());
            drop((event, weak.upgrade(), other, weak));
        }
        assert_eq!(pool.stats().in_use(), 0);
        assert_eq!(CALLS.load(Ordering::Relaxed), calls, "a hot path allocates");
        drop(pool);
        assert_eq!(BYTES.load(Ordering::Relaxed), before);
    }
}
