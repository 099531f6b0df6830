//! Everything that is measured.

use crate::metric::{Kind, Metric, Unit};

/// Everything that is measured, in the order in which it is exported.
pub static METRICS: [&Metric; 28] = [
    &RING_INFO,
    &CAPACITY,
    &OCCUPANCY,
    &MEMORY,
    &WRITTEN,
    &READ,
    &STALLS,
    &STALL_TIME,
    &CONSUMERS,
    &FAILED,
    &LAG,
    &HIGH_WATER,
    &CONSUMER_STALLS,
    &CONSUMER_STALL_TIME,
    &POOL_CAPACITY,
    &POOL_IN_USE,
    &POOL_HIGH_WATER,
    &POOL_PRESSURE,
    &POOL_HEALTH,
    &POOL_LEAKED,
    &POOL_RETIRED,
    &POOL_ALLOCATED,
    &POOL_EXHAUSTED,
    &POOL_FALLBACKS,
    &POOL_MEMORY,
    &POOL_HEAP_EVENTS,
    &POOL_HEAP,
    &POOL_HEAP_ALLOCATED,
];

pub(crate) static RING_INFO: Metric = Metric::new(
    "ring",
    Unit::None,
    Kind::Info,
    "How the ring got its memory, and the version of this exporter.",
);
pub(crate) static CAPACITY: Metric =
    Metric::gauge("capacity", Unit::Items, "Items that the ring holds when it is full.");
pub(crate) static OCCUPANCY: Metric = Metric::gauge(
    "occupancy",
    Unit::Items,
    "Items that are in the ring; of a broadcast ring, how far the slowest gated reader is behind.",
);
pub(crate) static MEMORY: Metric =
    Metric::gauge("memory", Unit::Bytes, "Bytes of memory under the ring's items, the mirror counted once.");
pub(crate) static WRITTEN: Metric =
    Metric::counter("written", Unit::Items, "Items that were pushed, or events that were published.");
pub(crate) static READ: Metric =
    Metric::counter("read", Unit::Items, "Items that were popped, or dropped in favour of newer ones.");
pub(crate) static STALLS: Metric =
    Metric::counter("stalls", Unit::None, "How often a side found too little room, or too few items.");
pub(crate) static STALL_TIME: Metric = Metric::counter(
    "stall",
    Unit::Seconds,
    "How long a side has waited; neither waits that go on nor those of about a microsecond count.",
);
pub(crate) static CONSUMERS: Metric =
    Metric::gauge("consumers", Unit::None, "Readers of a broadcast ring that are there, gated and lossy.");
pub(crate) static FAILED: Metric = Metric::counter(
    "consumer.failures",
    Unit::None,
    "Stages of a broadcast ring that a panic of their handler has ended.",
);
pub(crate) static LAG: Metric =
    Metric::gauge("consumer.lag", Unit::Items, "How many events a gated reader has not released yet.");
pub(crate) static HIGH_WATER: Metric = Metric::gauge(
    "consumer.high_water",
    Unit::Items,
    "The most events that one look of a gated reader has found.",
);
pub(crate) static CONSUMER_STALLS: Metric =
    Metric::counter("consumer.stalls", Unit::None, "How often a gated reader looked and found nothing.");
pub(crate) static CONSUMER_STALL_TIME: Metric = Metric::counter(
    "consumer.stall",
    Unit::Seconds,
    "How long a gated reader has waited; neither waits that go on nor those of about a microsecond count.",
);

pub(crate) static POOL_CAPACITY: Metric =
    Metric::gauge("pool.capacity", Unit::Slots, "Slots that the class has.");
pub(crate) static POOL_IN_USE: Metric =
    Metric::gauge("pool.in_use", Unit::Slots, "Slots of the class that are in use.");
pub(crate) static POOL_HIGH_WATER: Metric =
    Metric::gauge("pool.high_water", Unit::Slots, "The most slots of the class that were in use at once.");
pub(crate) static POOL_PRESSURE: Metric =
    Metric::gauge("pool.pressure", Unit::Ratio, "How much of the class is in use, from 0 to 1.");
pub(crate) static POOL_HEALTH: Metric = Metric::gauge(
    "pool.health",
    Unit::None,
    "How the class is: 0 healthy, 1 strained (more than 4/5 in use), 2 critical (9/10), 3 exhausted.",
);
pub(crate) static POOL_LEAKED: Metric = Metric::gauge(
    "pool.leaked",
    Unit::Slots,
    "Slots that the last two audits both found in use, never free.",
);
pub(crate) static POOL_RETIRED: Metric =
    Metric::gauge("pool.retired", Unit::Slots, "Slots that are worn out and not used any more.");
pub(crate) static POOL_ALLOCATED: Metric =
    Metric::counter("pool.allocated", Unit::Slots, "Slots of the class that were taken.");
pub(crate) static POOL_EXHAUSTED: Metric = Metric::counter(
    "pool.exhausted",
    Unit::None,
    "How often all slots of the class were in use when one was wanted.",
);
pub(crate) static POOL_FALLBACKS: Metric = Metric::counter(
    "pool.fallbacks",
    Unit::None,
    "Events of the class that went to a larger one or to the heap.",
);
pub(crate) static POOL_MEMORY: Metric = Metric::gauge(
    "pool.memory",
    Unit::Bytes,
    "Bytes that the pool takes, metadata included, without the heap.",
);
pub(crate) static POOL_HEAP_EVENTS: Metric =
    Metric::gauge("pool.heap", Unit::Events, "Events of the pool that are on the heap.");
pub(crate) static POOL_HEAP: Metric =
    Metric::gauge("pool.heap", Unit::Bytes, "Bytes of the pool's events that are on the heap.");
pub(crate) static POOL_HEAP_ALLOCATED: Metric =
    Metric::counter("pool.heap_allocated", Unit::Events, "Events of the pool that went to the heap.");
