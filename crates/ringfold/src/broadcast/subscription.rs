//! Joining.

use core::fmt;

use bytemuck::NoUninit;
use ringfold_core::{sync::Arc, wait::WaitStrategy};

use super::{
    JoinError, LossyReader, Reader, ReaderStats, Stats,
    shared::{Place, Ring},
    workers::Seatless,
};

/// Where a reader starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the first event that is published from now on.
    #[default]
    Now,
    /// With the oldest event that is sure to be there still: at least seven eighths of the ring, once so many were published.
    Oldest,
    /// With the event of this sequence, which may be yet to come.
    At(u64),
}

/// Where to subscribe, at any time and from any thread. Cloning is cheap; it keeps the ring's memory, but neither its producer nor its
/// readers wait for it.
///
/// ```
/// use ringfold::broadcast::{self, Start};
/// let mut producer = broadcast::builder::<u32>(64).build()?;
/// let subscriber = producer.subscriber();
/// for i in 0..10 {
///     producer.publish(|event| *event = i).unwrap();
/// }
/// let late = std::thread::spawn(move || {
///     let mut reader = subscriber.subscription().from(Start::Oldest).join().unwrap();
///     reader.poll().to_vec()
/// });
/// assert_eq!(late.join().unwrap(), (0..10).collect::<Vec<_>>());
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub struct Subscriber<E> {
    ring: Arc<Ring<E>>,
}

impl<E> Subscriber<E> {
    pub(super) fn new(ring: &Arc<Ring<E>>) -> Self {
        Self { ring: ring.clone() }
    }

    /// A reader of everything that is published from now on; see [`subscription`](Self::subscription) for others.
    pub fn subscribe(&self) -> Reader<E> {
        Subscription::new(&self.ring).join_now()
    }

    /// Starts to make a reader: where it starts, which readers it comes after, how it waits.
    pub fn subscription(&self) -> Subscription<E> {
        Subscription::new(&self.ring)
    }

    /// A reader of copies of everything that is published from now on, which never holds the producer back.
    ///
    /// # Errors
    /// `NotLossy` unless the ring was built [`lossy`](super::Builder::lossy), or the producer itself has
    /// [subscribed such a reader](super::Producer::subscribe_lossy).
    pub fn subscribe_lossy(&self) -> Result<LossyReader<E>, JoinError>
    where
        E: NoUninit,
    {
        Subscription::new(&self.ring).join_lossy()
    }

    /// What this ring has done so far.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.ring)
    }

    /// What each gated reader has done so far. Allocates, and takes the lock that joining takes.
    pub fn readers(&self) -> Vec<ReaderStats> {
        ReaderStats::of_all(&self.ring)
    }

    /// How many events the ring holds.
    pub fn capacity(&self) -> usize {
        self.ring.capacity
    }
}

impl<E> Clone for Subscriber<E> {
    fn clone(&self) -> Self {
        Self { ring: self.ring.clone() }
    }
}

impl<E> fmt::Debug for Subscriber<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscriber").field(&self.ring).finish()
    }
}

/// A reader to be: where it starts, which readers it comes after, how it waits.
///
/// ```
/// use ringfold::broadcast;
/// let mut producer = broadcast::builder::<u32>(8).build()?;
/// let mut parse = producer.subscribe();
/// let mut log = producer.subscribe();
/// let mut answer = producer.subscription().after([&parse, &log]).join().unwrap(); // a diamond
/// producer.publish(|event| *event = 1).unwrap();
/// assert!(answer.poll().is_empty());
/// drop(parse.poll());
/// assert!(answer.poll().is_empty(), "the log has not got it yet");
/// drop(log.poll());
/// assert_eq!(&*answer.poll(), &[1]);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a subscription does nothing before `join`"]
pub struct Subscription<E> {
    ring: Arc<Ring<E>>,
    start: Start,
    upstream: Vec<Arc<Place>>,
    strategy: WaitStrategy,
    is_foreign: bool,
}

impl<E> Subscription<E> {
    pub(super) fn new(ring: &Arc<Ring<E>>) -> Self {
        let (ring, strategy) = (ring.clone(), ring.reader_wait);
        Self { ring, start: Start::Now, upstream: Vec::new(), strategy, is_foreign: false }
    }

    /// Where it starts; now, if nothing is said.
    pub fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// It comes after these readers, in addition to those named before: it sees an event when all of them have released it. In place of a
    /// reader that leaves, it comes after those that that one came after.
    ///
    /// Besides [`Reader`]s these may be [`Stage`](super::Stage)s, [`AsyncReader`](super::AsyncReader)s, [`Worker`](super::Worker)s (one of a
    /// group stands for all) and [`KeyedWorker`](super::KeyedWorker)s (name all of them: each stands for itself). For several kinds, call it for
    /// each: `.after([&reader]).after([&stage])`.
    pub fn after<'r, U: Upstream<E> + 'r>(mut self, readers: impl IntoIterator<Item = &'r U>) -> Self {
        for reader in readers {
            let (ring, place) = reader.seat();
            self.is_foreign |= !core::ptr::eq(&raw const **ring, &raw const *self.ring);
            self.upstream.push(place.clone());
        }
        self
    }

    /// How it waits, if not as the ring was built for.
    pub fn wait_strategy(mut self, strategy: WaitStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// A gated reader. Takes a lock, which the producer takes too, once, when it notices.
    ///
    /// # Errors
    /// `TooOld` when the event to start with is overwritten, or may be soon; `OtherRing` when it should come after a reader of another ring,
    /// `UpstreamLeft` when that has left since.
    ///
    /// ```
    /// use ringfold::broadcast::{self, JoinError, Start};
    /// let mut producer = broadcast::builder::<u32>(8).build()?;
    /// for i in 0..20 {
    ///     producer.publish(|event| *event = i).unwrap();
    /// }
    /// let Err(JoinError::TooOld { oldest }) = producer.subscription().from(Start::At(3)).join() else {
    ///     panic!("it was overwritten long ago")
    /// };
    /// let mut reader = producer.subscription().from(Start::At(oldest)).join().unwrap();
    /// assert_eq!(u64::from(reader.poll()[0]), oldest);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn join(self) -> Result<Reader<E>, JoinError> {
        let strategy = self.strategy;
        let Seatless { ring, place, upstream } = self.seat()?;
        Ok(Reader::new(ring, place, upstream, strategy))
    }

    /// As many readers, all of which start with the same event.
    pub(super) fn join_all(mut self, n: usize, readers: &mut Vec<Reader<E>>) -> Result<(), JoinError> {
        for _ in 0..n {
            let next = Self { ring: self.ring.clone(), upstream: self.upstream.clone(), ..self };
            let reader = next.join()?;
            self.start = Start::At(reader.sequence());
            readers.push(reader);
        }
        Ok(())
    }

    /// A place at the gate.
    pub(super) fn seat(self) -> Result<Seatless<E>, JoinError> {
        if self.is_foreign {
            return Err(JoinError::OtherRing);
        }
        let place = self.ring.join(self.start, &self.upstream)?;
        Ok(Seatless { ring: self.ring, place, upstream: self.upstream })
    }

    pub(super) fn strategy(&self) -> WaitStrategy {
        self.strategy
    }

    pub(super) fn capacity(&self) -> usize {
        self.ring.capacity
    }

    /// As [`join`](Self::join), starting now and behind nobody.
    pub(super) fn join_now(self) -> Reader<E> {
        self.join().unwrap_or_else(|_| unreachable!("whoever starts now is not too late"))
    }

    /// A lossy reader, which sees what is published whether or not other readers have released it.
    ///
    /// # Errors
    /// `NotLossy` unless the ring was built [`lossy`](super::Builder::lossy), or the producer has subscribed such a reader;
    /// `AfterOthers` when it should come after other readers, which it cannot.
    pub fn join_lossy(self) -> Result<LossyReader<E>, JoinError>
    where
        E: NoUninit,
    {
        if !self.upstream.is_empty() {
            return Err(JoinError::AfterOthers);
        }
        if !self.ring.join_lossy() {
            return Err(JoinError::NotLossy);
        }
        Ok(LossyReader::new(self.ring, self.start, self.strategy))
    }
}

/// What a reader can [come after](Subscription::after).
pub trait Upstream<E>: sealed::Seated<E> {}

pub(super) mod sealed {
    use ringfold_core::sync::Arc;

    use crate::broadcast::shared::{Place, Ring};

    pub trait Seated<E> {
        #[expect(private_interfaces, reason = "only the room itself can call it")]
        fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>);
    }
}

impl<E> fmt::Debug for Subscription<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("start", &self.start)
            .field("after", &self.upstream.len())
            .field("wait_strategy", &self.strategy)
            .finish()
    }
}
