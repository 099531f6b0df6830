//! Making a ring, and choosing where it lies and how its sides wait.

use core::{
    fmt,
    marker::PhantomData,
    mem::{align_of, size_of},
    ptr::NonNull,
    time::Duration,
};

use ringfold_core::{
    slots::Slots,
    wait::{Barrier, Deadline, WaitStrategy},
};
use ringfold_memory::{self as memory, Error, Mirror, Options, barrier};

use super::{
    Consumer, Producer,
    shared::{Link, Memory, Ring},
};

/// Makes a ring for exactly `capacity` items, on mirrored memory, whose sides sleep while they wait.
///
/// Allocates: the mirror, and one small block for the cursors. The mirror is at least a page, and
/// up to twice what the items need, because its size is a power of two; zero-sized items need none.
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
        let (slots, mirror) = slots(self.capacity, &self.options)?;
        let ring = NonNull::from(Box::leak(Box::new(Ring::new(self.capacity, Memory::Mapped(mirror)))));
        let barrier = Barrier::new(barrier::process_wide());
        // SAFETY: it was just made, and nobody else knows of it.
        let start = unsafe { ring.as_ref() }
            .occupy([self.producer_wait, self.consumer_wait], barrier, size_of::<T>())
            .unwrap_or_default();
        // SAFETY: the ring was just taken, and the second handle to be closed frees it and its slots.
        let link = || unsafe { Link::new(ring, slots.clone(), barrier) };
        Ok((Producer::new(link(), start), Consumer::new(link(), start)))
    }
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

/// Memory for `capacity` items, cut into slots.
fn slots<T>(capacity: usize, options: &Options) -> Result<(Slots<T>, Option<Mirror>), Error> {
    let bytes = Slots::<T>::bytes_for(capacity).unwrap_or(usize::MAX);
    if capacity == 0 {
        return Err(Error::invalid(
            0,
            "a ring of capacity 0 could never hold an item",
            "ask for a capacity of at least 1",
        ));
    }
    if size_of::<T>() == 0 && capacity > isize::MAX as usize {
        return Err(Error::invalid(
            0,
            format!("{capacity} is more than a ring can count, even of items that take no memory"),
            "ask for a capacity of at most isize::MAX",
        ));
    }
    if bytes > isize::MAX as usize {
        return Err(Error::invalid(
            bytes,
            format!("{capacity} items of {} bytes do not fit the address space", size_of::<T>()),
            "ask for a smaller capacity",
        ));
    }
    if size_of::<T>() == 0 {
        return Ok((Slots::zero_sized(capacity), None));
    }
    let mirror = Mirror::with_options(bytes, options)?;
    if mirror.info().alignment < align_of::<T>() || mirror.period() < align_of::<T>() {
        return Err(Error::invalid(
            bytes,
            format!("the items must be aligned to {} bytes, more than a page", align_of::<T>()),
            "keep such items in boxes, and put the boxes into the ring",
        ));
    }
    // SAFETY: `Mirror` promises 2 * period mirrored bytes for as long as it lives, and the links keep it;
    // the period is a power of two, at least `bytes` (asked for) and a multiple of the alignment (checked).
    let slots = unsafe { Slots::over_bytes(mirror.base(), mirror.period(), mirror.alias(), capacity) };
    Ok((slots, Some(mirror)))
}

/// When a wait of `timeout` ends; never, if that is beyond what the clock can say.
pub(super) fn deadline(timeout: Duration) -> Option<Deadline> {
    Deadline::now().checked_add(timeout)
}
