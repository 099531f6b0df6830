//! Making a ring, and choosing where it lies and how its sides wait.

use core::{fmt, marker::PhantomData, time::Duration};

use bytemuck::NoUninit;
use ringfold_core::{
    slots::Slots,
    sync::Arc,
    wait::{Barrier, Deadline, WaitStrategy},
};
use ringfold_memory::{Error, Memory, Mirror, Options, barrier};

use super::{
    Mode, MultiProducer, Producer,
    claims::Claims,
    producer::stays,
    shared::{LAST, Ring},
};
use crate::allocate;

/// Starts to make a ring for exactly `capacity` events; see [`Builder`].
pub fn builder<E>(capacity: usize) -> Builder<E> {
    Builder {
        capacity,
        options: Options::new(),
        producer_wait: WaitStrategy::default(),
        reader_wait: WaitStrategy::default(),
        lossy: false,
        _events: PhantomData,
    }
}

/// Where a ring lies and how its sides wait.
///
/// ```
/// use ringfold::{WaitStrategy, broadcast, memory::{HugePages, Options}};
///
/// #[derive(Clone, Copy, Default)]
/// struct Trade { price: f64, amount: u32, is_buy: bool }
///
/// let mut producer = broadcast::builder::<Trade>(1024)
///     .options(Options::new().huge_pages(HugePages::Try))
///     .reader_wait(WaitStrategy::Yield)
///     .build()?;
/// let mut reader = producer.subscribe();
/// producer.publish(|trade| *trade = Trade { price: 9.5, amount: 3, is_buy: true }).unwrap();
/// assert_eq!(reader.poll()[0].amount, 3);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a builder does nothing before `build`"]
pub struct Builder<E> {
    capacity: usize,
    options: Options,
    producer_wait: WaitStrategy,
    reader_wait: WaitStrategy,
    lossy: bool,
    _events: PhantomData<fn() -> E>,
}

impl<E> Builder<E> {
    /// Which kind of memory; shorthand for [`Options::memory`].
    pub fn memory(mut self, memory: Memory) -> Self {
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
        self.producer_wait(strategy).reader_wait(strategy)
    }

    /// How the producer waits for room.
    pub fn producer_wait(mut self, strategy: WaitStrategy) -> Self {
        self.producer_wait = strategy;
        self
    }

    /// How readers wait for events, those that are not told [otherwise](super::Subscription::wait_strategy).
    pub fn reader_wait(mut self, strategy: WaitStrategy) -> Self {
        self.reader_wait = strategy;
        self
    }

    /// Makes the ring one that [lossy readers](super::LossyReader) can join from the beginning and from anywhere; see
    /// [`Producer::subscribe_lossy`]. Events of your own need `bytemuck::NoUninit`, from the crate of that name.
    pub fn lossy(mut self) -> Self
    where
        E: NoUninit,
    {
        self.lossy = true;
        self
    }

    /// Makes the ring, in which events are `E::default()` before they are written.
    ///
    /// Allocates: the mirror, and small blocks for the cursors. The mirror is at least a page, and up to twice what the events need, because its
    /// size is a power of two; zero-sized events need none.
    ///
    /// # Errors
    /// When the capacity is 0 or its size in bytes absurd, when `E` is aligned beyond a page, or when the memory cannot be had; the error
    /// says which, and what to do about it.
    pub fn build(self) -> Result<Producer<E>, Error>
    where
        E: Copy + Default,
    {
        self.build_with(E::default)
    }

    /// As [`build`](Self::build), with events that are what `blank` returns before they are written. It is called once.
    ///
    /// ```
    /// #[derive(Clone, Copy)]
    /// enum Event { Nothing, Key(char) }
    ///
    /// let mut producer = ringfold::broadcast::builder(16).build_with(|| Event::Nothing)?;
    /// let mut reader = producer.subscribe();
    /// producer.publish(|event| *event = Event::Key('x')).unwrap();
    /// assert!(matches!(reader.poll()[0], Event::Key('x')));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_with(self, blank: impl FnOnce() -> E) -> Result<Producer<E>, Error>
    where
        E: Copy,
    {
        self.assemble(blank, None)
    }

    /// As [`build`](Self::build), for any number of producers, which are clones of the one that is returned.
    ///
    /// Allocates 8 bytes more for each slot (rounded up to a power of two of them). Lossy readers can join only if the ring is built
    /// [`lossy`](Self::lossy).
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_multi(self) -> Result<MultiProducer<E>, Error>
    where
        E: Copy + Default,
    {
        self.build_multi_with(E::default)
    }

    /// As [`build_multi`](Self::build_multi), with events that are what `blank` returns before they are written. It is called once.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_multi_with(self, blank: impl FnOnce() -> E) -> Result<MultiProducer<E>, Error>
    where
        E: Copy,
    {
        let claims = Claims::new(self.capacity)?;
        self.assemble(blank, Some(claims))
    }

    fn assemble<M: Mode>(
        self,
        blank: impl FnOnce() -> E,
        claims: Option<Claims>,
    ) -> Result<Producer<E, M>, Error>
    where
        E: Copy,
    {
        if self.capacity as u64 > LAST {
            return Err(Error::invalid(
                self.capacity,
                format!("a ring of {} zero-sized events is more than sequences can number", self.capacity),
                "ask for at most 2^62",
            ));
        }
        let (slots, mirror) = allocate::slots(self.capacity, &self.options)?;
        let blank = blank();
        // SAFETY: the slots are the mirror's, and nobody else knows of them.
        unsafe { fill(&slots, mirror.as_ref(), blank) };
        let strategies = [self.producer_wait, self.reader_wait];
        let barrier = Barrier::new(barrier::process_wide());
        let ring = Ring::new(slots, mirror, claims, self.capacity, strategies, barrier);
        Ok(Producer::new(Arc::new(ring), blank, self.lossy))
    }
}

/// Writes the blank wherever an event can lie, if that is the same in each lap.
///
/// # Safety
/// `slots` are over `mirror`, and nobody else accesses them.
unsafe fn fill<E: Copy>(slots: &Slots<E>, mirror: Option<&Mirror>, blank: E) {
    let Some(mirror) = mirror.filter(|_| stays::<E>()) else { return };
    for sequence in 0..(mirror.period() / size_of::<E>()) as u64 {
        // SAFETY: handed on from the caller.
        unsafe { slots.write(sequence, blank) };
    }
}

impl<E> fmt::Debug for Builder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("options", &self.options)
            .field("producer_wait", &self.producer_wait)
            .field("reader_wait", &self.reader_wait)
            .field("lossy", &self.lossy)
            .finish()
    }
}

/// When a wait of `timeout` ends; never, if that is beyond what the clock can say.
pub(super) fn deadline(timeout: Duration) -> Option<Deadline> {
    Deadline::now().checked_add(timeout)
}
