//! Making a ring, and choosing where it lies and how its sides wait.

use core::{fmt, marker::PhantomData, ops::Range};

use ringfold_core::{
    slots::Slots,
    wait::{Barrier, WaitStrategy},
};
use ringfold_memory::{self as memory, Error, Mirror, Options, barrier};

use super::{
    Consumer, Producer,
    shared::{Link, Ring},
};
use crate::{allocate, marks::Marks, watch};

/// Makes a ring for exactly `capacity` items, on mirrored memory, whose sides sleep while they wait.
///
/// Allocates: the mirror, which is at least a page and up to twice what the items need, because its size is a power of two; 8 bytes for
/// each slot (rounded up to a power of two of them); and one small block for the cursors. The mirror is populated (touched) at once, which
/// takes about a millisecond for each MiB, so that too little memory is an error here and not a signal later; [`Options::populate`] turns
/// that off.
///
/// # Errors
/// When the capacity is 0 or its size in bytes absurd, when `T` is aligned beyond a page, or when the memory cannot be had; the error
/// says which, and what to do about it.
///
/// ```
/// let (producer, mut consumer) = ringfold::mpsc::with_capacity(1000)?;
/// for name in ["a", "b", "c"] {
///     let mut producer = producer.clone();
///     std::thread::spawn(move || producer.push(name).unwrap());
/// }
/// drop(producer); // the ring is closed when the last producer is gone
/// let mut names: Vec<_> = consumer.iter().collect();
/// names.sort();
/// assert_eq!(names, ["a", "b", "c"]);
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
/// use ringfold::{WaitStrategy, memory::{HugePages, Options}, mpsc};
///
/// let (mut producer, mut consumer) = mpsc::builder::<[f32; 2]>(48_000)
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

    /// How all sides wait.
    pub fn wait_strategy(self, strategy: WaitStrategy) -> Self {
        self.producer_wait(strategy).consumer_wait(strategy)
    }

    /// How the producers wait for room.
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
        let marks = Marks::new(self.capacity)?;
        let strategies = [self.producer_wait, self.consumer_wait];
        // SAFETY: the slots are the mirror's and empty.
        Ok(unsafe { over(slots, mirror, marks, self.capacity, 0..0, strategies) })
    }
}

/// The two handles of a ring over `slots`, in which `filled` is there to be read. The items are dropped where there is no memory for the marks.
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
) -> Result<(Producer<T>, Consumer<T>), Error> {
    match Marks::new(capacity) {
        // SAFETY: handed on from the caller.
        Ok(marks) => Ok(unsafe { over(slots, mirror, marks, capacity, filled, strategies) }),
        Err(error) => {
            // SAFETY: the items are ours now, and `mirror` is still there.
            unsafe { slots.drop_items(filled.start, filled.count()) };
            Err(error)
        }
    }
}

/// # Safety
/// As [`assemble`]; `marks` are for `capacity` slots.
unsafe fn over<T>(
    slots: Slots<T>,
    mirror: Option<Mirror>,
    marks: Marks,
    capacity: usize,
    filled: Range<u64>,
    strategies: [WaitStrategy; 2],
) -> (Producer<T>, Consumer<T>) {
    let barrier = Barrier::new(barrier::process_wide());
    let start = filled.start;
    let ring = Ring::new(marks, capacity, mirror, filled, strategies, size_of::<T>(), barrier);
    let ring = watch::lend(ring);
    // SAFETY: the ring is new and counts two handles; the last one to be released frees it and its slots.
    let link = || unsafe { Link::new(ring, slots.clone(), barrier) };
    (Producer::new(link()), Consumer::new(link(), start))
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
