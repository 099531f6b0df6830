//! Making a ring, and choosing how its sides wait.

use core::{fmt, marker::PhantomData};

use ringfold_core::wait::{Barrier, WaitStrategy};
use ringfold_memory::{Error, barrier};

use super::{
    Consumer, Producer,
    cells::Cells,
    shared::{Link, Ring},
};

/// Makes a ring for exactly `capacity` items, whose sides sleep while they wait.
///
/// Allocates on the heap: for each slot an item and 8 bytes, rounded up to the alignment, and one small block for the rest. Every
/// slot is touched at once.
///
/// # Errors
/// When the capacity is 0 or its size in bytes absurd, or when the memory cannot be had; the error says which, and what to do about it.
///
/// ```
/// let (producer, consumer) = ringfold::mpmc::with_capacity(1000)?;
/// let workers: Vec<_> = (0..3)
///     .map(|_| {
///         let consumer = consumer.clone();
///         std::thread::spawn(move || consumer.iter().map(|job: u64| job * job).sum::<u64>())
///     })
///     .collect();
/// for job in 1..=100 {
///     producer.push(job).unwrap();
/// }
/// drop(producer); // the workers finish when the last producer is gone and everything was read
/// assert_eq!(workers.into_iter().map(|worker| worker.join().unwrap()).sum::<u64>(), 338_350);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn with_capacity<T>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), Error> {
    builder(capacity).build()
}

/// Starts to make a ring for exactly `capacity` items; see [`Builder`].
pub fn builder<T>(capacity: usize) -> Builder<T> {
    Builder { capacity, strategies: [WaitStrategy::default(); 2], _items: PhantomData }
}

/// How the sides of a ring wait. There is nothing to choose about its memory: no run of items has to be contiguous, so it lies on the heap,
/// without a mirror.
///
/// ```
/// use ringfold::{WaitStrategy, mpmc};
///
/// let (producer, consumer) = mpmc::builder(48_000).consumer_wait(WaitStrategy::Yield).build()?;
/// producer.push([0.5, -0.5]).unwrap();
/// assert_eq!(consumer.pop(), Ok([0.5, -0.5]));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<T> {
    capacity: usize,
    /// The producers', then the consumers'.
    strategies: [WaitStrategy; 2],
    _items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    /// How both sides wait.
    pub fn wait_strategy(self, strategy: WaitStrategy) -> Self {
        self.producer_wait(strategy).consumer_wait(strategy)
    }

    /// How the producers wait for room.
    pub fn producer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.strategies[0] = strategy;
        self
    }

    /// How the consumers wait for items.
    pub fn consumer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.strategies[1] = strategy;
        self
    }

    /// Makes the ring.
    ///
    /// # Errors
    /// As [`with_capacity`].
    pub fn build(self) -> Result<(Producer<T>, Consumer<T>), Error> {
        let ring = Ring::new(Cells::new(self.capacity)?, self.strategies);
        let (producer, consumer) = Link::pair(ring, Barrier::new(barrier::process_wide()));
        Ok((Producer::new(producer), Consumer::new(consumer)))
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("producer_wait", &self.strategies[0])
            .field("consumer_wait", &self.strategies[1])
            .finish()
    }
}
