//! Making lanes, and choosing where they lie and how the sides wait.

use core::{fmt, marker::PhantomData};
use std::sync::Arc;

use ringfold_core::wait::{Barrier, WaitStrategy};
use ringfold_memory::{Error, Memory, Options, barrier};

use super::{
    Consumer, Producer,
    shared::{Hub, Shape},
};

/// Makes `lanes` lanes for exactly `capacity` items each, on mirrored memory, whose sides sleep while they wait. `lanes` may be 0: more can
/// [join](Consumer::join) at any time. The same function is [`mpsc::lanes`](fn@crate::mpsc::lanes).
///
/// Allocates: for each lane a mirror, which is at least a page and up to twice what the items need, because its size is a power of two, and
/// a small block for the cursors. The mirror is populated (touched) at once, which takes about a millisecond for each MiB, so that too little
/// memory is an error here and not a signal later; [`Options::populate`] turns that off. The consumer keeps the last lane that it read until
/// another takes its place.
///
/// # Errors
/// When the capacity is 0 or its size in bytes absurd, when `T` is aligned beyond a page, or when the memory cannot be had; the error
/// says which, and what to do about it.
///
/// ```
/// use std::thread;
///
/// let (producers, mut consumer) = ringfold::lanes::with_capacity(4, 1024)?;
/// for mut producer in producers {
///     thread::spawn(move || {
///         for i in 0..1000u64 {
///             producer.push(producer.lane() << 32 | i).expect("the consumer is there");
///         }
///     });
/// }
/// let mut next = [0; 4];
/// for item in consumer.iter() {
///     let (lane, i) = ((item >> 32) as usize, item & 0xffff_ffff);
///     assert_eq!(i, next[lane], "in the order of each producer");
///     next[lane] += 1;
/// }
/// assert_eq!(next, [1000; 4]);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn with_capacity<T>(lanes: usize, capacity: usize) -> Result<(Vec<Producer<T>>, Consumer<T>), Error> {
    builder(lanes, capacity).build()
}

/// Starts to make `lanes` lanes for exactly `capacity` items each; see [`Builder`].
pub fn builder<T>(lanes: usize, capacity: usize) -> Builder<T> {
    Builder {
        lanes,
        capacity,
        options: Options::new(),
        producer_wait: WaitStrategy::default(),
        consumer_wait: WaitStrategy::default(),
        _items: PhantomData,
    }
}

/// Where lanes lie and how the sides wait; lanes that join later are made like the first ones.
///
/// ```
/// use ringfold::{WaitStrategy, lanes};
///
/// let (mut producers, mut consumer) =
///     lanes::builder::<u32>(2, 1000).producer_wait(WaitStrategy::Yield).build()?;
/// producers[1].push(7).unwrap();
/// assert_eq!(consumer.pop(), Ok(7));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<T> {
    lanes: usize,
    capacity: usize,
    options: Options,
    producer_wait: WaitStrategy,
    consumer_wait: WaitStrategy,
    _items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    /// Which kind of memory; shorthand for [`Options::memory`].
    pub fn memory(mut self, memory: Memory) -> Self {
        self.options = self.options.memory(memory);
        self
    }

    /// Everything about the memory of each lane. Replaces what was set before, also by [`memory`](Self::memory).
    /// [`Producer::memory`] tells what was really obtained.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// How all sides wait.
    pub fn wait_strategy(self, strategy: WaitStrategy) -> Self {
        self.producer_wait(strategy).consumer_wait(strategy)
    }

    /// How producers wait for room.
    pub fn producer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.producer_wait = strategy;
        self
    }

    /// How the consumer waits for items.
    pub fn consumer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.consumer_wait = strategy;
        self
    }

    /// Makes the lanes.
    ///
    /// # Errors
    /// As [`with_capacity`].
    pub fn build(self) -> Result<(Vec<Producer<T>>, Consumer<T>), Error> {
        let Self { lanes, capacity, options, producer_wait, consumer_wait, _items } = self;
        let shape = Shape { capacity, options, producer_wait };
        let hub = Arc::new(Hub::new(shape, Barrier::new(barrier::process_wide())));
        let producers = (0..lanes).map(|_| Producer::join_at(&hub, false)).collect::<Result<_, _>>()?;
        let consumer = Consumer::new(hub, consumer_wait)?;
        Ok((producers, consumer))
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("lanes", &self.lanes)
            .field("capacity", &self.capacity)
            .field("options", &self.options)
            .field("producer_wait", &self.producer_wait)
            .field("consumer_wait", &self.consumer_wait)
            .finish()
    }
}
