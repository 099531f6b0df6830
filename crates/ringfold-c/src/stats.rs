//! What a ring has done so far.

use std::time::Duration;

use ringfold::{
    memory::{Info, Method},
    pool::Pool,
};

use crate::{broadcasting, code::Code, rings, unit::Shape};

/// What a ring has done so far: a snapshot. Asking costs nothing but the call.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RingStats {
    /// `sizeof(rf_stats)`, set by the caller, so that later versions can add to it.
    pub struct_size: usize,
    /// Elements that were published.
    pub pushed: u64,
    /// Elements that were given back by the consumer.
    pub popped: u64,
    /// How often the writing side found too little room: once for each wait, and for each call that does not wait and did nothing.
    pub times_full: u64,
    /// How often the reading side found too little to read; counted alike.
    pub times_empty: u64,
    /// Nanoseconds that the writing side has waited, in waits that are over.
    pub producer_stalled_ns: u64,
    /// Nanoseconds that the reading side has waited, in waits that are over.
    pub consumer_stalled_ns: u64,
    /// Elements that the ring holds: what was asked for.
    pub capacity: u64,
    /// Bytes of memory that it lies in.
    pub memory_bytes: u64,
    /// 1 if the system maps that memory twice in a row, 0 if it is a copy that is kept equal.
    pub is_mirrored: u32,
    /// 0.
    pub reserved: u32,
}

/// What one reader of a broadcast ring has done so far: a snapshot.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ReaderFigures {
    /// `sizeof(rf_reader_figures)`, set by the caller, so that later versions can add to it.
    pub struct_size: usize,
    /// The first event that it has not released, counted from the ring's first.
    pub sequence: u64,
    /// How many events were published that it has not released.
    pub lag: u64,
    /// The most events that one look has found.
    pub high_water: u64,
    /// How often it found nothing: once for each wait, and for each call that does not wait.
    pub times_empty: u64,
    /// Nanoseconds that it has waited, in waits that are over.
    pub stalled_ns: u64,
    /// `lag` as a part of the ring, from 0 to 1.
    pub pressure: f32,
    /// 1 if the broadcaster is closed, so that nothing will follow what is there.
    pub is_closed: i32,
}

/// What a pool has done so far, all its classes together: a snapshot.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct PoolFigures {
    /// `sizeof(rf_pool_figures)`, set by the caller, so that later versions can add to it.
    pub struct_size: usize,
    /// Slots that there are.
    pub capacity: u64,
    /// Slots in use.
    pub in_use: u64,
    /// Slots that were taken, of all time.
    pub allocated: u64,
    /// How often somebody wanted a slot of a class and all were in use.
    pub exhausted: u64,
    /// Payloads that went to a larger class or to the heap.
    pub fallbacks: u64,
    /// Payloads on the heap.
    pub heap_in_use: u64,
    /// Their bytes.
    pub heap_bytes: u64,
    /// Bytes that the pool itself takes.
    pub memory_bytes: u64,
    /// Of the worst class: 0 healthy, 1 more than four fifths in use, 2 nine tenths, 3 all.
    pub health: u32,
    /// 0.
    pub reserved: u32,
}

impl PoolFigures {
    pub fn of(pool: &Pool) -> Self {
        let stats = pool.stats();
        let sum = |figure: fn(&ringfold::pool::ClassStats) -> u64| stats.classes.iter().map(figure).sum();
        Self {
            struct_size: size_of::<Self>(),
            capacity: sum(|class| class.capacity),
            in_use: sum(|class| class.in_use),
            allocated: sum(|class| class.allocated),
            exhausted: sum(|class| class.exhausted),
            fallbacks: sum(|class| class.fallbacks),
            heap_in_use: stats.heap.in_use,
            heap_bytes: stats.heap.bytes,
            memory_bytes: pool.memory().total() as u64,
            health: stats.health() as u32,
            reserved: 0,
        }
    }
}

impl RingStats {
    pub fn of(facts: &rings::Facts, shape: Shape) -> Self {
        let elements = |units: u64| units / shape.units() as u64;
        let counted = &facts.counted;
        Self {
            pushed: elements(counted.pushed),
            popped: elements(counted.popped),
            times_full: counted.times_full,
            times_empty: counted.times_empty,
            producer_stalled_ns: nanos(counted.producer_stalled),
            consumer_stalled_ns: nanos(counted.consumer_stalled),
            capacity: elements(facts.capacity as u64),
            ..Self::of_memory(facts.memory.as_ref())
        }
    }

    pub fn of_broadcast(facts: &broadcasting::Facts, shape: Shape) -> Self {
        let events = |units: u64| units / shape.units() as u64;
        let counted = &facts.counted;
        Self {
            pushed: events(counted.published),
            popped: events(counted.published.saturating_sub(counted.depth)),
            times_full: counted.times_full,
            producer_stalled_ns: nanos(counted.producer_stalled),
            capacity: events(facts.capacity as u64),
            ..Self::of_memory(facts.memory.as_ref())
        }
    }

    fn of_memory(memory: Option<&Info>) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            memory_bytes: memory.map_or(0, |info| info.bytes as u64),
            is_mirrored: u32::from(memory.is_some_and(|info| info.method != Method::Heap)),
            ..Self::default()
        }
    }
}

impl ReaderFigures {
    pub fn of(facts: &broadcasting::ReaderFacts) -> Self {
        let events = |units: u64| units / facts.shape.units() as u64;
        let counted = &facts.counted;
        Self {
            struct_size: size_of::<Self>(),
            sequence: events(counted.sequence),
            lag: events(counted.lag),
            high_water: events(counted.high_water),
            times_empty: counted.times_empty,
            stalled_ns: nanos(counted.stalled),
            pressure: counted.pressure,
            is_closed: i32::from(facts.is_closed),
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Refuses what is not a `T` of this version.
///
/// # Safety
/// `target` is NULL or the start of a struct whose first field is its size.
pub unsafe fn check_size<T>(target: *const T) -> Result<(), Code> {
    if target.is_null() {
        return Err(Code::Null);
    }
    // SAFETY: the caller vouches for it.
    let size = unsafe { target.cast::<usize>().read_unaligned() };
    if size == size_of::<T>() { Ok(()) } else { Err(Code::Invalid) }
}
