//! One ring of every room and a pool, with figures that are known to the last digit.

use std::any::Any;

use ringfold::pool::{Config, EventRef, Pool, WhenExhausted};
use ringfold::{ByteStream, List, Queue, Ring, Watch, broadcast, lanes, mpmc, mpsc, spsc};
use ringfold_metrics::{Level, Registry};

/// Everything that is registered, and kept.
pub struct Rooms {
    pub registry: Registry,
    pub spsc: (spsc::Producer<u64>, spsc::Consumer<u64>),
    pub ticks: broadcast::Producer<u32>,
    pub events: Vec<EventRef>,
    pub pool: Pool,
    _others: [Box<dyn Any>; 6],
}

/// What `rooms` has done, as series and their values.
pub const EXPECTED: [(&str, f64); 34] = [
    (r#"ringfold_written_items_total{ring="one",room="spsc"}"#, 5.0),
    (r#"ringfold_read_items_total{ring="one",room="spsc"}"#, 2.0),
    (r#"ringfold_occupancy_items{ring="one",room="spsc"}"#, 3.0),
    (r#"ringfold_capacity_items{ring="one",room="spsc"}"#, 5.0),
    (r#"ringfold_stalls_total{ring="one",room="spsc",side="producer"}"#, 1.0),
    (r#"ringfold_stalls_total{ring="one",room="spsc",side="consumer"}"#, 0.0),
    (r#"ringfold_written_items_total{ring="many",room="mpsc"}"#, 4.0),
    (r#"ringfold_read_items_total{ring="many",room="mpsc"}"#, 1.0),
    (r#"ringfold_written_items_total{ring="each",room="lanes"}"#, 3.0),
    (r#"ringfold_capacity_items{ring="each",room="lanes"}"#, 16.0),
    (r#"ringfold_stalls_total{ring="each",room="lanes",side="consumer"}"#, 1.0),
    (r#"ringfold_written_items_total{ring="all",room="mpmc"}"#, 2.0),
    (r#"ringfold_capacity_items{ring="all",room="mpmc"}"#, 7.0),
    (r#"ringfold_written_items_total{ring="ticks",room="broadcast"}"#, 9.0),
    (r#"ringfold_occupancy_items{ring="ticks",room="broadcast"}"#, 9.0),
    (r#"ringfold_consumers{ring="ticks",room="broadcast"}"#, 2.0),
    (r#"ringfold_consumer_failures_total{ring="ticks",room="broadcast"}"#, 0.0),
    (r#"ringfold_consumer_lag_items{ring="ticks",room="broadcast",consumer="0"}"#, 4.0),
    (r#"ringfold_consumer_lag_items{ring="ticks",room="broadcast",consumer="1"}"#, 9.0),
    (r#"ringfold_consumer_high_water_items{ring="ticks",room="broadcast",consumer="0"}"#, 5.0),
    (r#"ringfold_consumer_stalls_total{ring="ticks",room="broadcast",consumer="1"}"#, 1.0),
    (r#"ringfold_pool_capacity_slots{pool="events",class="XS"}"#, 10.0),
    (r#"ringfold_pool_in_use_slots{pool="events",class="XS"}"#, 9.0),
    (r#"ringfold_pool_high_water_slots{pool="events",class="XS"}"#, 10.0),
    (r#"ringfold_pool_allocated_slots_total{pool="events",class="XS"}"#, 10.0),
    (r#"ringfold_pool_health{pool="events",class="XS"}"#, 2.0),
    (r#"ringfold_pool_exhausted_total{pool="events",class="XS"}"#, 1.0),
    (r#"ringfold_pool_fallbacks_total{pool="events",class="XS"}"#, 1.0),
    (r#"ringfold_pool_health{pool="events",class="XL"}"#, 0.0),
    (r#"ringfold_pool_heap_events{pool="events"}"#, 1.0),
    (r#"ringfold_pool_heap_allocated_events_total{pool="events"}"#, 1.0),
    (r#"ringfold_occupancy_items{ring="window",room="ring"}"#, 20.0),
    (r#"ringfold_occupancy_items{ring="bytes",room="stream"}"#, 5.0),
    (r#"ringfold_occupancy_items{ring="rows",room="list"}"#, 1000.0),
];

pub fn rooms() -> Rooms {
    let registry = Registry::new();
    let add = |name, watch: Watch| registry.ring(name, watch).expect("the name is free");

    let (mut producer, mut consumer) = spsc::with_capacity(5).unwrap();
    add("one", producer.watch());
    producer.push_slice(&[0; 5]).unwrap();
    producer.try_push(0).unwrap_err();
    consumer.pop().and(consumer.pop()).unwrap();

    let mut many = mpsc::with_capacity::<u8>(8).unwrap();
    add("many", many.1.watch());
    many.0.clone().push_slice(&[1, 2, 3]).unwrap();
    many.0.push(4).unwrap();
    many.1.pop().unwrap();

    let mut each = lanes::with_capacity::<u8>(2, 8).unwrap();
    add("each", each.1.watch());
    each.1.try_pop().unwrap_err();
    each.0[0].push_slice(&[1, 2]).unwrap();
    each.0[1].push(3).unwrap();

    let all = mpmc::with_capacity::<u8>(7).unwrap();
    add("all", all.0.watch());
    all.0.push(1).and(all.0.push(2)).unwrap();

    let mut ticks = broadcast::builder::<u32>(16).build().unwrap();
    registry.broadcast("ticks", ticks.subscriber()).unwrap();
    let mut readers = vec![ticks.subscribe(), ticks.subscribe()];
    assert!(readers[1].poll().is_empty());
    ticks.publish_batch(5, |events| events.fill(1)).unwrap();
    drop(readers[0].poll());
    ticks.publish_batch(4, |events| events.fill(2)).unwrap();

    let config = Config::with_capacities([10, 0, 0, 0, 5]).when_exhausted(WhenExhausted::Heap);
    let pool = Pool::new(config).unwrap();
    registry.pool("events", pool.clone()).unwrap();
    let mut events: Vec<_> = (0..11).map(|i| pool.alloc(&[i; 40], 0).unwrap()).collect();
    events.remove(0);

    let (levels, owners) = of_one_thread(&registry);
    let others: [Box<dyn Any>; 6] =
        [Box::new(many), Box::new(each), Box::new(all), Box::new(readers), Box::new(levels), owners];
    Rooms { registry, spsc: (producer, consumer), ticks, events, pool, _others: others }
}

/// The rooms for one thread say themselves how full they are.
fn of_one_thread(registry: &Registry) -> (Vec<Level>, Box<dyn Any>) {
    let mut window = Ring::with_capacity(100).unwrap();
    window.push_slice(&[0.5; 20]);
    let mut queue = Queue::with_capacity(100).unwrap();
    queue.push('q').unwrap();
    let mut bytes = ByteStream::with_capacity(100).unwrap();
    bytes.push_slice(b"bytes");
    let rows: List<u32> = (0..1000).collect();
    let level = |name, room, len, capacity| {
        let level = registry.level(name, room).expect("the name is free");
        level.set(len, capacity);
        level
    };
    let levels = vec![
        level("window", "ring", window.len(), window.capacity()),
        level("queue", "queue", queue.len(), queue.capacity()),
        level("bytes", "stream", bytes.len(), bytes.capacity()),
        level("rows", "list", rows.len(), rows.capacity()),
    ];
    (levels, Box::new((window, queue, bytes, rows)))
}
