//! Making a ring, and choosing where it lies and how its sides wait.

use core::{fmt, marker::PhantomData, mem::size_of, ops::Range, time::Duration};

use ringfold_core::{
    slots::Slots,
    wait::{Barrier, Deadline, WaitStrategy},
};
use ringfold_memory::{self as memory, Error, Mirror, Options, barrier};

use super::{
    Consumer, Producer,
    shared::{Link, Memory, Ring},
};
use crate::{allocate, watch};

/// Makes a ring for exactly `capacity` items, on mirrored memory, whose sides sleep while they wait.
///
/// Allocates: the mirror, and one small block for the cursors. The mirror is at least a page, and
/// up to twice what the items need, because its size is a power of two; zero-sized items need none.
/// All of it is populated (touched) at once, which takes about a millisecond for each MiB, so that too
/// little memory is an error here and not a signal later; [`Options::populate`] turns that off.
///
/// # Errors
/// When the capacity is 0 or its size in bytes absurd, when `T` is aligned beyond a page, or when the
/// memory cannot be had; the error says which, and what to do about it.
///
/// ```
/// let (mut producer, mut consumer) = ringfold::spsc::with_capacity(1000)?;
/// assert_eq!(producer.capacity(), 1000);
/// producer.push("hello").unwrap();
/// assert_eq!(consumer.pop(), Ok("hello"));
///
/// let error = ringfold::spsc::with_capacity::<u8>(0).unwrap_err();
/// assert!(error.is_invalid());
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn with_capacity<T>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), Error> {
    builder(capacity).build()
}

/// Starts to make a ring for exactly `capacity` items; see [`Builder`].
pub fn builder<T>(capacity: usize) -> Builder<T> {
    Builder {
        capacity,
        options: Options::new(),
        producer_wait: WaitStrategy::default(),
        consumer_wait: WaitStrategy::default(),
        _items: PhantomData,
    }
}

/// Where a ring lies and how its sides wait.
///
/// ```
/// use ringfold::{WaitStrategy, memory::{HugePages, Options}, spsc};
///
/// let (mut producer, mut consumer) = spsc::builder::<[f32; 2]>(48_000)
///     .options(Options::new().huge_pages(HugePages::Try))
///     .consumer_wait(WaitStrategy::Spin)
///     .build()?;
/// producer.push([0.5, -0.5]).unwrap();
/// assert_eq!(consumer.pop(), Ok([0.5, -0.5]));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<T> {
    capacity: usize,
    options: Options,
    producer_wait: WaitStrategy,
    consumer_wait: WaitStrategy,
    _items: PhantomData<fn() -> T>,
}

impl<T> Builder<T> {
    /// Which kind of memory; shorthand for [`Options::memory`].
    pub fn memory(mut self, memory: memory::Memory) -> Self {
        self.options = self.options.memory(memory);
        self
    }

    /// Everything about the memory: kind, huge pages, NUMA node, locking, population, forking. Replaces what was
    /// set before, also by [`memory`](Self::memory). [`Producer::memory`] tells what was really obtained.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// How both sides wait.
    pub fn wait_strategy(self, strategy: WaitStrategy) -> Self {
        self.producer_wait(strategy).consumer_wait(strategy)
    }

    /// How the producer waits for room.
    pub fn producer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.producer_wait = strategy;
        self
    }

    /// How the consumer waits for items.
    pub fn consumer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.consumer_wait = strategy;
        self
    }

    /// Makes the ring.
    ///
    /// # Errors
    /// As [`with_capacity`].
    pub fn build(self) -> Result<(Producer<T>, Consumer<T>), Error> {
        let (slots, mirror) = allocate::slots(self.capacity, &self.options)?;
        let strategies = [self.producer_wait, self.consumer_wait];
        // SAFETY: the slots are the mirror's and empty.
        Ok(unsafe { assemble(slots, mirror, self.capacity, 0..0, strategies) })
    }
}

/// The two handles of a ring over `slots`, in which `filled` is there to be read.
///
/// # Safety
/// `slots` are over `mirror`, for `capacity` items; those in `filled`, at most as many, hold items, whole in both halves, which
/// are the ring's from here on.
pub(crate) unsafe fn assemble<T>(
    slots: Slots<T>,
    mirror: Option<Mirror>,
    capacity: usize,
    filled: Range<u64>,
    strategies: [WaitStrategy; 2],
) -> (Producer<T>, Consumer<T>) {
    let ring = Ring::new(capacity, Memory::Mapped(mirror));
    ring.shared.consumer.cursor.publish(filled.start); // SYNC: cursor
    ring.shared.producer.cursor.publish(filled.end); // SYNC: cursor
    let barrier = Barrier::new(barrier::process_wide());
    let _ = ring.occupy(strategies, barrier, size_of::<T>());
    let ring = watch::lend(ring);
    // SAFETY: the ring was just taken, and the second handle to be closed frees it and its slots.
    let link = || unsafe { Link::new(ring, slots.clone(), barrier) };
    (Producer::new(link(), filled.clone()), Consumer::new(link(), filled.start))
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("options", &self.options)
            .field("producer_wait", &self.producer_wait)
            .field("consumer_wait", &self.consumer_wait)
            .finish()
    }
}

/// When a wait of `timeout` ends; never, if that is beyond what the clock can say.
pub(super) fn deadline(timeout: Duration) -> Option<Deadline> {
    Deadline::now().checked_add(timeout)
}
