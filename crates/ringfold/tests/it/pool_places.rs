//! Where a pool lies: on a NUMA node, or in a `static`.

use std::thread;

use ringfold::{
    memory::{Options, machine, numa},
    pool::{self, Config, SizeClass, WhenExhausted},
    spsc,
};

const CONFIG: Config =
    Config::with_capacities([8, 4, 2, 1, 1]).threads(4).when_exhausted(WhenExhausted::Heap);
static EVENTS: pool::Static<{ CONFIG.bytes() }> = pool::Static::new(CONFIG);

#[test]
fn a_static_pool_is_one_pool_for_all_threads() {
    let last_of_many = |i: u8| {
        (0..500).for_each(|_| drop(EVENTS.pool().alloc(&[i; 40], 0).unwrap()));
        EVENTS.pool().alloc(&[i; 40], 0).unwrap()
    };
    let threads: Vec<_> = (0..8).map(|i| thread::spawn(move || last_of_many(i))).collect();
    let events: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let start = std::ptr::from_ref(&EVENTS).addr();
    let inside = start..start + size_of_val(&EVENTS);
    for (i, event) in events.iter().enumerate() {
        assert_eq!(**event, [i as u8; 40]);
        assert_eq!(inside.contains(&event.as_ptr().addr()), event.class() != SizeClass::XXL);
    }
    assert!(std::ptr::eq(EVENTS.pool(), EVENTS.pool()));
    assert_eq!(EVENTS.pool().stats().in_use() + EVENTS.pool().stats().heap.in_use, 8);
    assert_eq!(EVENTS.pool().memory().total(), CONFIG.bytes());
    drop(events);
    let again: Vec<_> = (0..8).map(|_| EVENTS.pool().alloc(b"again", 0).unwrap()).collect();
    assert!(again.iter().all(|event| event.class() == SizeClass::XS));
    // A clone of the handle may go, and takes nothing with it.
    drop(EVENTS.pool().clone());
    assert_eq!(*again[7], *b"again");
}

#[test]
fn a_pool_and_a_ring_lie_on_the_node_that_was_asked_for() {
    for node in machine::numa_nodes().iter().filter(|node| node.total_bytes > Some(0)) {
        let pool = match pool::Pool::new(Config::mobile().numa_node(node.id)) {
            Ok(pool) => pool,
            // A sandbox may forbid it.
            Err(error) => return println!("skipped: {error}"),
        };
        let event = pool.alloc(&[7; 10_000], 0).unwrap();
        for found in [pool.numa_node(), numa::node_of((&event[9_999]).into())] {
            assert!(found.is_none_or(|found| found == node.id), "{found:?} is not {}", node.id);
        }
        drop(pool);
        assert_eq!(*event, [7; 10_000]);
        let on_node = Options::new().numa_node(node.id);
        let (producer, _consumer) = spsc::builder::<u64>(1000).options(on_node).build().unwrap();
        let memory = producer.memory().unwrap();
        assert_eq!(memory.numa_node, Some(node.id));
        assert!(memory.found_on_node.is_none_or(|found| found == node.id), "{memory:?}");
    }
}

#[test]
fn a_node_that_does_not_exist_is_an_error() {
    let error = pool::Pool::new(Config::mobile().numa_node(4000)).unwrap_err();
    assert!(error.is_invalid() || error.is_unsupported(), "{error}");
}
