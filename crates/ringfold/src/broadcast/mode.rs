//! Whether a ring has one producer or several.

use bytemuck::NoUninit;

use super::{JoinError, LossyReader, Producer};

/// One of several producers of a ring, which can be cloned; see [`Builder::build_multi`](super::Builder::build_multi).
///
/// Each event is published when its own producer has written it, and readers see events in the order of their sequences: so they wait
/// for an event that is being written, but no producer waits for another one. A claim that is dropped, by a panic too, is aborted, and
/// readers step over it: its sequences are no events, but count where sequences are counted (`published`, `lag`, what a lossy reader missed). One
/// that is *forgotten* (`mem::forget`) is a gap that nobody passes before all producers are gone; when the ring has gone round to it, producers
/// wait too, even where nobody reads.
///
/// ```
/// let producer = ringfold::broadcast::builder::<u64>(64).build_multi()?;
/// let mut readers = [producer.subscribe(), producer.subscribe()];
/// std::thread::scope(|scope| {
///     for i in 0..4 {
///         let mut producer = producer.clone();
///         scope.spawn(move || (0..100).for_each(|_| _ = producer.publish(|event| *event = i).unwrap()));
///     }
///     drop(producer);
///     for reader in &mut readers {
///         scope.spawn(|| {
///             let mut sum = 0;
///             while let Ok(events) = reader.recv() {
///                 sum += events.iter().sum::<u64>();
///             }
///             assert_eq!(sum, 100 * (0 + 1 + 2 + 3));
///         });
///     }
/// });
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub type MultiProducer<E> = Producer<E, Multi>;

impl<E: Copy> MultiProducer<E> {
    /// A reader of copies of everything that is published from now on, which never holds the producers back, and is told how many events it
    /// has missed.
    ///
    /// # Errors
    /// `NotLossy` unless the ring was built [`lossy`](super::Builder::lossy): all of its producers have to know from the beginning.
    ///
    /// ```
    /// let mut producer = ringfold::broadcast::builder::<u64>(8).lossy().build_multi()?;
    /// let mut reader = producer.subscribe_lossy().unwrap();
    /// producer.publish(|event| *event = 7).unwrap();
    /// assert_eq!(reader.try_recv(), Ok(7));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn subscribe_lossy(&self) -> Result<LossyReader<E>, JoinError>
    where
        E: NoUninit,
    {
        self.subscription().join_lossy()
    }
}

/// Whether there is one producer, or may be several.
pub trait Mode: sealed::Sealed {}

/// There is one producer.
#[derive(Debug)]
pub enum Single {}

/// There may be several producers.
#[derive(Debug)]
pub enum Multi {}

impl Mode for Single {}
impl Mode for Multi {}

pub(super) mod sealed {
    pub trait Sealed {
        const IS_MULTI: bool;
    }

    impl Sealed for super::Single {
        const IS_MULTI: bool = false;
    }

    impl Sealed for super::Multi {
        const IS_MULTI: bool = true;
    }
}
