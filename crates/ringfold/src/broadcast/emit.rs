//! Five rings of one size of event each, and the right one for however many bytes there are.

use core::fmt;

use ringfold_core::{
    error::TryPushError,
    stats::Stalls,
    wait::{Barrier, Doorbell, WaitStrategy, Waiter},
};
use ringfold_memory::Error;

use super::{
    Builder, Data, Event, FillsLines, L, M, Mode, Multi, Producer, Reader, S, Single, Stats, Subscriber, Xl,
    Xs, builder,
};

/// Which of the five sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Up to 64 bytes.
    Xs,
    /// Up to 256 bytes.
    S,
    /// Up to 1 KiB.
    M,
    /// Up to 4 KiB.
    L,
    /// Up to 16 KiB.
    Xl,
}

impl Class {
    /// All of them, smallest first.
    pub const ALL: [Self; 5] = [Self::Xs, Self::S, Self::M, Self::L, Self::Xl];

    /// The smallest that holds `len` bytes; `None` beyond 16 KiB.
    ///
    /// ```
    /// use ringfold::broadcast::Class;
    /// assert_eq!(Class::for_len(64), Some(Class::Xs));
    /// assert_eq!(Class::for_len(65), Some(Class::S));
    /// assert_eq!(Class::for_len(16_385), None);
    /// ```
    pub fn for_len(len: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|class| len <= class.bytes())
    }

    /// How many bytes its events hold.
    pub const fn bytes(self) -> usize {
        64 << (2 * self as usize)
    }
}

/// Publishes bytes as events of the smallest class that holds them: see [`emitter`].
pub struct Emitter<P: Mode = Single> {
    xs: Producer<Xs, P>,
    s: Producer<S, P>,
    m: Producer<M, P>,
    l: Producer<L, P>,
    xl: Producer<Xl, P>,
}

/// Starts to make an [`Emitter`].
///
/// ```
/// use ringfold::broadcast::{self, Class, EmitError};
///
/// let mut emitter = broadcast::emitter().capacity(Class::Xl, 4).build()?;
/// let mut readers = emitter.subscribers().subscribe();
/// let emitted = emitter.emit(7, b"a message").unwrap();
/// assert_eq!((emitted.class, emitted.sequence), (Class::Xs, 0));
/// assert_eq!(emitter.emit(8, &[1; 300]).unwrap().class, Class::M);
/// assert_eq!(emitter.emit(9, &[0; 20_000]), Err(EmitError::TooLong { len: 20_000, capacity: 16_384 }));
///
/// let mut seen = Vec::new();
/// readers.poll_each(|event| seen.push((event.tag, event.data.len())));
/// assert_eq!(seen, [(7, 9), (8, 300)]);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn emitter() -> EmitterBuilder {
    EmitterBuilder { capacities: [2000, 1000, 300, 60, 15], lossy: false }
}

/// How many events of each class there are: 2000, 1000, 300, 60 and 15, if nothing else is said; and whether there can be lossy readers.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct EmitterBuilder {
    capacities: [usize; 5],
    lossy: bool,
}

impl EmitterBuilder {
    /// The ring of that class holds so many events.
    pub fn capacity(mut self, class: Class, events: usize) -> Self {
        self.capacities[class as usize] = events;
        self
    }

    /// Makes the rings such that [lossy readers](super::LossyReader) can join, through the [subscribers](Emitter::subscribers) of each class. Every
    /// event is copied once more.
    pub fn lossy(mut self) -> Self {
        self.lossy = true;
        self
    }

    /// Makes the five rings, each as [`Builder::build`] does.
    ///
    /// # Errors
    /// When a capacity is 0 or absurd, or when the memory cannot be had.
    pub fn build(self) -> Result<Emitter, Error> {
        Ok(Emitter {
            xs: self.ring(Class::Xs).build()?,
            s: self.ring(Class::S).build()?,
            m: self.ring(Class::M).build()?,
            l: self.ring(Class::L).build()?,
            xl: self.ring(Class::Xl).build()?,
        })
    }

    /// As [`build`](Self::build), for any number of emitters on any threads, which are clones of the one that is returned.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_multi(self) -> Result<Emitter<Multi>, Error> {
        Ok(Emitter {
            xs: self.ring(Class::Xs).build_multi()?,
            s: self.ring(Class::S).build_multi()?,
            m: self.ring(Class::M).build_multi()?,
            l: self.ring(Class::L).build_multi()?,
            xl: self.ring(Class::Xl).build_multi()?,
        })
    }

    fn ring<const SIZE: usize>(&self, class: Class) -> Builder<Event<SIZE>>
    where
        Data<SIZE>: FillsLines,
    {
        let ring = builder(self.capacities[class as usize]);
        if self.lossy { ring.lossy() } else { ring }
    }
}

/// Where an event went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Into which ring.
    pub class: Class,
    /// Its number there.
    pub sequence: u64,
}

/// Why bytes were not emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmitError {
    /// No class holds as many bytes.
    TooLong {
        /// The bytes there are.
        len: usize,
        /// What the largest class holds.
        capacity: usize,
    },
    /// The slowest gated reader of that class is a whole ring behind.
    Full {
        /// Whose ring.
        class: Class,
        /// How many events that holds.
        capacity: usize,
    },
    /// That class had gated or lossy readers, and all of them have left.
    Closed {
        /// Whose ring.
        class: Class,
    },
}

impl<P: Mode> Emitter<P> {
    /// Publishes an event of these bytes in the ring of the smallest class that holds them; waits for room there.
    ///
    /// # Errors
    /// `TooLong` beyond 16 KiB, `Closed` when that class's readers have all left.
    pub fn emit(&mut self, tag: u32, bytes: &[u8]) -> Result<Emitted, EmitError> {
        self.put(tag, bytes, true)
    }

    /// As [`emit`](Self::emit) if there is room now; never waits.
    ///
    /// # Errors
    /// `Full` when there is no room; the others as for [`emit`](Self::emit).
    ///
    /// ```
    /// use ringfold::broadcast::{self, Class, EmitError};
    /// let mut emitter = broadcast::emitter().capacity(Class::Xs, 1).build()?;
    /// let readers = emitter.subscribers().subscribe();
    /// assert!(emitter.try_emit(1, b"first").is_ok());
    /// assert_eq!(emitter.try_emit(1, b"second"), Err(EmitError::Full { class: Class::Xs, capacity: 1 }));
    /// drop(readers);
    /// assert_eq!(emitter.try_emit(1, b"third"), Err(EmitError::Closed { class: Class::Xs }));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn try_emit(&mut self, tag: u32, bytes: &[u8]) -> Result<Emitted, EmitError> {
        self.put(tag, bytes, false)
    }

    fn put(&mut self, tag: u32, bytes: &[u8], waits: bool) -> Result<Emitted, EmitError> {
        let too_long = EmitError::TooLong { len: bytes.len(), capacity: Class::Xl.bytes() };
        let class = Class::for_len(bytes.len()).ok_or(too_long)?;
        let published = match class {
            Class::Xs => publish(&mut self.xs, tag, bytes, waits),
            Class::S => publish(&mut self.s, tag, bytes, waits),
            Class::M => publish(&mut self.m, tag, bytes, waits),
            Class::L => publish(&mut self.l, tag, bytes, waits),
            Class::Xl => publish(&mut self.xl, tag, bytes, waits),
        };
        published.map(|sequence| Emitted { class, sequence }).map_err(|error| match error {
            TryPushError::Full(capacity) => EmitError::Full { class, capacity },
            TryPushError::Closed(_) => EmitError::Closed { class },
        })
    }

    /// Where to subscribe, class by class or to all of them.
    pub fn subscribers(&self) -> Subscribers {
        Subscribers {
            xs: self.xs.subscriber(),
            s: self.s.subscriber(),
            m: self.m.subscriber(),
            l: self.l.subscriber(),
            xl: self.xl.subscriber(),
        }
    }

    /// What each ring has done so far, smallest class first.
    ///
    /// ```
    /// use ringfold::broadcast::{self, Class};
    /// let mut emitter = broadcast::emitter().build()?;
    /// let readers = emitter.subscribers().subscribe();
    /// emitter.emit(1, b"tick").unwrap();
    /// for (class, stats) in Class::ALL.into_iter().zip(emitter.stats()) {
    ///     println!("{class:?}: {} published, {} not read yet, full {} times", stats.published, stats.depth, stats.times_full);
    /// }
    /// assert!(!readers.xs.is_under_pressure());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn stats(&self) -> [Stats; 5] {
        [self.xs.stats(), self.s.stats(), self.m.stats(), self.l.stats(), self.xl.stats()]
    }
}

/// Publishes in the ring of the right class. The error says how large that is.
fn publish<const SIZE: usize, P: Mode>(
    producer: &mut Producer<Event<SIZE>, P>,
    tag: u32,
    bytes: &[u8],
    waits: bool,
) -> Result<u64, TryPushError<usize>> {
    let write = |event: &mut Event<SIZE>| {
        event.set(tag, bytes).unwrap_or_else(|_| unreachable!("the class was chosen so that they fit"));
    };
    let capacity = producer.capacity();
    if waits {
        return producer.publish(write).map_err(|_| TryPushError::Closed(capacity));
    }
    producer.try_publish(write).map_err(|error| match error {
        TryPushError::Full(()) => TryPushError::Full(capacity),
        TryPushError::Closed(()) => TryPushError::Closed(capacity),
    })
}

impl Clone for Emitter<Multi> {
    fn clone(&self) -> Self {
        Self {
            xs: self.xs.clone(),
            s: self.s.clone(),
            m: self.m.clone(),
            l: self.l.clone(),
            xl: self.xl.clone(),
        }
    }
}

/// Where to subscribe to each of the five rings; each can be taken out and given away.
#[derive(Clone, Debug)]
pub struct Subscribers {
    /// To events of up to 64 bytes.
    pub xs: Subscriber<Xs>,
    /// To events of up to 256 bytes.
    pub s: Subscriber<S>,
    /// To events of up to 1 KiB.
    pub m: Subscriber<M>,
    /// To events of up to 4 KiB.
    pub l: Subscriber<L>,
    /// To events of up to 16 KiB.
    pub xl: Subscriber<Xl>,
}

impl Subscribers {
    /// Readers of everything that is emitted from now on, for which the emitter waits when it has to.
    pub fn subscribe(&self) -> Readers {
        Readers {
            xs: self.xs.subscribe(),
            s: self.s.subscribe(),
            m: self.m.subscribe(),
            l: self.l.subscribe(),
            xl: self.xl.subscribe(),
        }
    }
}

/// A gated reader of each of the five rings. They can be read together, or taken out and given to a thread each; dropping one is leaving
/// that ring.
#[derive(Debug)]
pub struct Readers {
    /// Of events of up to 64 bytes.
    pub xs: Reader<Xs>,
    /// Of events of up to 256 bytes.
    pub s: Reader<S>,
    /// Of events of up to 1 KiB.
    pub m: Reader<M>,
    /// Of events of up to 4 KiB.
    pub l: Reader<L>,
    /// Of events of up to 16 KiB.
    pub xl: Reader<Xl>,
}

/// An event of any class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received<'a> {
    /// Out of which ring.
    pub class: Class,
    /// Its number there.
    pub sequence: u64,
    /// What it was tagged with.
    pub tag: u32,
    /// Its bytes.
    pub data: &'a [u8],
}

impl Readers {
    /// Shows `see` everything that is there now, class by class, smallest first, and in order within each; returns how many events those
    /// were. Never waits. There is no order between classes. If `see` panics, the events of that class are seen again.
    pub fn poll_each(&mut self, mut see: impl FnMut(Received<'_>)) -> usize {
        poll(&mut self.xs, Class::Xs, &mut see)
            + poll(&mut self.s, Class::S, &mut see)
            + poll(&mut self.m, Class::M, &mut see)
            + poll(&mut self.l, Class::L, &mut see)
            + poll(&mut self.xl, Class::Xl, &mut see)
    }

    /// Shows `see` everything that comes, until the emitter is gone; returns how many events those were. As they come out of several
    /// rings nobody can wake it: while there is nothing it yields, and then sleeps for up to a millisecond at a time.
    ///
    /// ```
    /// use ringfold::broadcast;
    /// let mut emitter = broadcast::emitter().build()?;
    /// let mut readers = emitter.subscribers().subscribe();
    /// let actor = std::thread::spawn(move || {
    ///     let mut bytes = 0;
    ///     let events = readers.for_each(|event| bytes += event.data.len());
    ///     (events, bytes)
    /// });
    /// for len in [10, 100, 1000, 10_000] {
    ///     emitter.emit(1, &vec![0; len]).unwrap();
    /// }
    /// drop(emitter);
    /// assert_eq!(actor.join().unwrap(), (4, 11_110));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn for_each(&mut self, mut see: impl FnMut(Received<'_>)) -> usize {
        let mut waiter = Waiter::new(WaitStrategy::Backoff, Barrier::new(None));
        let mut seen = 0;
        loop {
            // In this order: who is gone has published before.
            let is_closed = self.is_closed();
            let now = self.poll_each(&mut see);
            seen += now;
            if now == 0 && is_closed {
                return seen;
            }
            if now == 0 {
                waiter.wait(&Doorbell::new(), &Stalls::new(), None, || self.lag() > 0 || self.is_closed());
            }
        }
    }

    /// Whether the emitter is gone, so that nothing will follow what was emitted.
    pub fn is_closed(&self) -> bool {
        let Self { xs, s, m, l, xl } = self;
        xs.is_closed() && s.is_closed() && m.is_closed() && l.is_closed() && xl.is_closed()
    }

    /// How many events were emitted that were not read, of all classes.
    pub fn lag(&self) -> u64 {
        let Self { xs, s, m, l, xl } = self;
        xs.lag() + s.lag() + m.lag() + l.lag() + xl.lag()
    }
}

fn poll<const SIZE: usize>(
    reader: &mut Reader<Event<SIZE>>,
    class: Class,
    see: &mut impl FnMut(Received<'_>),
) -> usize {
    let batch = reader.poll();
    for (event, sequence) in batch.iter().zip(batch.sequence()..) {
        see(Received { class, sequence, tag: event.tag(), data: event.data() });
    }
    batch.len()
}

impl<P: Mode> fmt::Debug for Emitter<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emitter")
            .field("xs", &self.xs)
            .field("s", &self.s)
            .field("m", &self.m)
            .field("l", &self.l)
            .field("xl", &self.xl)
            .finish()
    }
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { len, capacity } => write!(
                f,
                "{len} bytes do not fit into the largest class, which holds {capacity}: split them, or publish a handle to them"
            ),
            Self::Full { class, capacity } => write!(
                f,
                "the ring of class {class:?}, of {capacity} events, is full: the slowest reader must read first, or use `emit`, which waits"
            ),
            Self::Closed { class } => {
                write!(f, "the ring of class {class:?} is closed: nobody is left to read it")
            }
        }
    }
}

impl core::error::Error for EmitError {}
