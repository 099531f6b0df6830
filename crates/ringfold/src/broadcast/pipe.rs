//! Two rings between two actors, one for each direction.

use core::{fmt, time::Duration};

use ringfold_core::error::{Closed, PopTimeoutError, TryPushError};
use ringfold_memory::Error;

use super::{Batch, Producer, Reader, builder};

/// A pipe between two actors: what the one publishes the other reads, in both directions. `capacity` events in each.
///
/// The first end is for the one who asks: it publishes `In` and reads `Out`; the second for the actor. Both directions are whole rings:
/// [`split`](PipeEnd::split) gives their handles, to which more readers can be added. Allocates; see [`Builder::build`](super::Builder::build).
///
/// # Errors
/// When the capacity is 0 or absurd, or when the memory cannot be had.
///
/// ```
/// use ringfold::broadcast;
///
/// let (mut asks, mut actor) = broadcast::pipe::<u32, u64>(16)?;
/// let actor = std::thread::spawn(move || {
///     let mut answered = 0;
///     while let Ok(number) = actor.recv_event() { // until the other end is gone
///         if actor.send(u64::from(number).pow(2)).is_err() {
///             break;
///         }
///         answered += 1;
///     }
///     answered
/// });
/// for number in 0..10 {
///     asks.send(number).expect("the actor is there");
///     assert_eq!(asks.recv_event(), Ok(u64::from(number * number)));
/// }
/// drop(asks);
/// assert_eq!(actor.join().unwrap(), 10);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
pub fn pipe<In, Out>(capacity: usize) -> Result<PipeEnds<In, Out>, Error>
where
    In: Copy + Default,
    Out: Copy + Default,
{
    let (outward, back) = (builder::<In>(capacity).build()?, builder::<Out>(capacity).build()?);
    let (requests, answers) = (outward.subscribe(), back.subscribe());
    Ok((PipeEnd { producer: outward, reader: answers }, PipeEnd { producer: back, reader: requests }))
}

/// The end of the one who asks, and the end of the one who answers.
pub type PipeEnds<In, Out> = (PipeEnd<In, Out>, PipeEnd<Out, In>);

/// One end of a [`pipe`]: the producer of one ring and a reader of the other. Dropping it tells the other end `Closed` in both directions; what
/// was published can still be read there.
pub struct PipeEnd<Sent, Received> {
    producer: Producer<Sent>,
    reader: Reader<Received>,
}

impl<Sent: Copy, Received> PipeEnd<Sent, Received> {
    /// Publishes `event` and returns its sequence; waits for room for as long as it takes.
    ///
    /// Two ends that both wait for room, and neither of which reads, wait for ever: whoever sends much reads in between, by
    /// [`try_send`](Self::try_send), or splits its end over two threads.
    ///
    /// # Errors
    /// `Closed`, with the event, when the other end is gone.
    pub fn send(&mut self, event: Sent) -> Result<u64, Closed<Sent>> {
        self.producer.publish(|slot| *slot = event).map_err(|_| Closed(event))
    }

    /// As [`send`](Self::send) if there is room now; never waits.
    ///
    /// # Errors
    /// `Full` when the other end is a whole ring behind, `Closed` when it is gone; the event comes back in both.
    ///
    /// ```
    /// use ringfold::{broadcast, error::TryPushError};
    /// let (mut one, mut two) = broadcast::pipe::<u8, u8>(1)?;
    /// assert_eq!(one.try_send(1), Ok(0));
    /// assert_eq!(one.try_send(2), Err(TryPushError::Full(2)));
    /// assert_eq!(&*two.poll(), &[1]);
    /// drop(two);
    /// assert_eq!(one.try_send(2), Err(TryPushError::Closed(2)));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn try_send(&mut self, event: Sent) -> Result<u64, TryPushError<Sent>> {
        self.producer.try_publish(|slot| *slot = event).map_err(|error| match error {
            TryPushError::Full(()) => TryPushError::Full(event),
            TryPushError::Closed(()) => TryPushError::Closed(event),
        })
    }

    /// Publishes one event, which `write` writes in place; see [`Producer::publish`].
    ///
    /// # Errors
    /// `Closed` when the other end is gone.
    pub fn publish(&mut self, write: impl FnOnce(&mut Sent)) -> Result<u64, Closed> {
        self.producer.publish(write)
    }
}

impl<Sent, Received> PipeEnd<Sent, Received> {
    /// Everything that the other end has sent, as one slice; perhaps nothing. Never waits. Dropping the batch releases it.
    #[must_use = "dropping the batch releases it"]
    pub fn poll(&mut self) -> Batch<'_, Received> {
        self.reader.poll()
    }

    /// Everything that is there, as one slice of at least one event; waits until there is one.
    ///
    /// # Errors
    /// `Closed` when the other end is gone and everything was read.
    pub fn recv(&mut self) -> Result<Batch<'_, Received>, Closed> {
        self.reader.recv()
    }

    /// As [`recv`](Self::recv), waiting for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when the other end is gone and everything was read.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Batch<'_, Received>, PopTimeoutError> {
        self.reader.recv_timeout(timeout)
    }

    /// The next event, as a copy, so that this end is free to answer it; waits until there is one.
    ///
    /// # Errors
    /// As for [`recv`](Self::recv).
    pub fn recv_event(&mut self) -> Result<Received, Closed>
    where
        Received: Copy,
    {
        let batch = self.reader.recv_up_to(1)?;
        batch.first().copied().ok_or(Closed(()))
    }

    /// The two handles: to answer batch by batch while reading, for a thread each, or for all else that they can.
    ///
    /// ```
    /// let (one, two) = ringfold::broadcast::pipe::<u8, u8>(4)?;
    /// let (mut producer, _) = one.split();
    /// let (_, mut reader) = two.split();
    /// let mut log = producer.subscribe(); // sees what is sent, too
    /// assert!(producer.publish(|event| *event = 5).is_ok());
    /// assert_eq!((reader.poll()[0], log.poll()[0]), (5, 5));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn split(self) -> (Producer<Sent>, Reader<Received>) {
        (self.producer, self.reader)
    }
}

impl<Sent, Received> fmt::Debug for PipeEnd<Sent, Received> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeEnd").field("producer", &self.producer).field("reader", &self.reader).finish()
    }
}
