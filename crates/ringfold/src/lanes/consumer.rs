//! The side that reads.

use core::{fmt, iter::FusedIterator, time::Duration};
use std::{sync::Arc, task::Waker};

use ringfold_core::{
    error::{Closed, PopTimeoutError, TryPopError},
    stats::Stats,
    wait::{Bell, Deadline, WaitStrategy},
};
use ringfold_memory::Error;

use super::{Producer, View, rounds::Rounds, shared::Hub};
use crate::{Watch, watch::Watched};

/// The reading half of all lanes. Dropping it closes them: the producers are told, and what was not read is dropped, with the second
/// handle of each lane. So to stop the producers early, drop the consumer.
///
/// `Send`, but neither `Sync` nor `Clone`: there is exactly one reader. Allocates only when it takes in a lane that joined.
pub struct Consumer<T> {
    rounds: Rounds<T>,
}

impl<T> Consumer<T> {
    pub(super) fn new(hub: Arc<Hub<T>>, strategy: WaitStrategy) -> Result<Self, Error> {
        Ok(Self { rounds: Rounds::new(hub, strategy)? })
    }

    /// Adds a lane while others work, and returns its producer.
    ///
    /// If the ring was closed because all producers had left, it is open again. Allocates the lane.
    ///
    /// # Errors
    /// When the memory for the lane cannot be had.
    ///
    /// ```
    /// let (_, mut consumer) = ringfold::mpsc::lanes::<u32>(0, 16)?;
    /// assert!(consumer.pop().is_err(), "nobody has joined yet");
    /// let mut producer = consumer.join()?;
    /// producer.push(7).unwrap();
    /// assert_eq!(consumer.pop(), Ok(7));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn join(&self) -> Result<Producer<T>, Error> {
        Producer::join_at(self.rounds.hub(), false)
    }

    /// Pops the next item of the lane whose turn it is, if there is one in any lane now; never waits.
    ///
    /// # Errors
    /// `Empty` when there is nothing to read now, `Closed` when there will never be, unless somebody is [joined](Self::join).
    ///
    /// ```
    /// use ringfold::{error::TryPopError, mpsc};
    /// let (mut producers, mut consumer) = mpsc::lanes(2, 8)?;
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    /// producers[1].push(7).unwrap();
    /// drop(producers);
    /// assert_eq!(consumer.try_pop(), Ok(7));
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        loop {
            if let Some(item) = self.rounds.current.ring.pop_known() {
                return Ok(item);
            }
            if !self.rounds.turn() {
                return Err(self.rounds.why_empty());
            }
        }
    }

    /// Pops the next item of the lane whose turn it is, waiting for one for as long as it takes.
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    ///
    /// ```
    /// let (producers, mut consumer) = ringfold::mpsc::lanes(3, 8)?;
    /// for (mut producer, name) in producers.into_iter().zip(["a", "b", "c"]) {
    ///     std::thread::spawn(move || producer.push(name).unwrap());
    /// }
    /// let mut names = vec![consumer.pop().unwrap(), consumer.pop().unwrap(), consumer.pop().unwrap()];
    /// names.sort();
    /// assert_eq!(names, ["a", "b", "c"]);
    /// assert!(consumer.pop().is_err(), "the producers are gone");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Result<T, Closed> {
        loop {
            if let Some(item) = self.rounds.current.ring.pop_known() {
                return Ok(item);
            }
            if !self.rounds.refill(None) {
                return Err(Closed(()));
            }
        }
    }

    /// Pops the next item of the lane whose turn it is, waiting for one for at most `timeout`.
    ///
    /// # Errors
    /// `Timeout` when nothing came in time, `Closed` when all producers are gone and everything was read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ringfold::{error::PopTimeoutError, mpsc};
    /// let (_producers, mut consumer) = mpsc::lanes::<u8>(2, 8)?;
    /// assert_eq!(consumer.pop_timeout(Duration::from_millis(1)), Err(PopTimeoutError::Timeout));
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        let deadline = Deadline::now().checked_add(timeout);
        loop {
            if let Some(item) = self.rounds.current.ring.pop_known() {
                return Ok(item);
            }
            if !self.rounds.refill(deadline) {
                return Err(if self.rounds.is_over() {
                    PopTimeoutError::Closed
                } else {
                    PopTimeoutError::Timeout
                });
            }
        }
    }

    /// Copies items into `target`, lane after lane, as many as there are now and as fit, and returns how many those were: 0
    /// when there is nothing. Never waits; to wait, [`next_view`](Self::next_view).
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(2, 8)?;
    /// producers[0].push_slice(&[1, 2]).unwrap();
    /// producers[1].push_slice(&[3, 4]).unwrap();
    /// let mut three = [0; 3];
    /// assert_eq!(consumer.pop_slice(&mut three), 3);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn pop_slice(&mut self, target: &mut [T]) -> usize
    where
        T: Copy,
    {
        let mut filled = 0;
        while filled < target.len() {
            let ring = &mut self.rounds.current.ring;
            let count = (target.len() - filled).min(ring.known() as usize);
            if count > 0 {
                filled += ring.pop_slice(&mut target[filled..filled + count]);
            } else if !self.rounds.turn() {
                break;
            }
        }
        filled
    }

    /// Everything that is in the next lane that has something, as one slice; an empty one if there is nothing in any. Never waits.
    ///
    /// Each call goes on to the next lane, so that none starves; what was not consumed stays until the turn comes round again.
    /// Popping goes on in the lane that was peeked at.
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(2, 8)?;
    /// producers[0].push_slice(b"abc").unwrap();
    /// producers[1].push_slice(b"xyz").unwrap();
    /// for _ in 0..2 {
    ///     let view = consumer.peek();
    ///     assert!(&*view == b"abc" || &*view == b"xyz");
    ///     view.consume(3);
    /// }
    /// assert!(consumer.peek().is_empty());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[inline]
    #[must_use = "a view changes nothing before `consume`"]
    pub fn peek(&mut self) -> View<'_, T> {
        self.rounds.turn();
        self.show()
    }

    /// Everything that is in the next lane that has something, as one slice, waiting for one for as long as it takes.
    /// Otherwise as [`peek`](Self::peek).
    ///
    /// # Errors
    /// `Closed` when all producers are gone and everything was read.
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(2, 64)?;
    /// std::thread::spawn(move || producers[1].push_slice(b"hello").unwrap());
    /// let mut text = Vec::new();
    /// while let Ok(view) = consumer.next_view() {
    ///     text.extend_from_slice(&view);
    ///     view.consume(usize::MAX);
    /// }
    /// assert_eq!(text, b"hello");
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn next_view(&mut self) -> Result<View<'_, T>, Closed> {
        match self.rounds.refill(None) {
            true => Ok(self.show()),
            false => Err(Closed(())),
        }
    }

    /// Moves everything that is there now out, lane after lane, handing each item to `f`, and returns how many those were. Never
    /// waits.
    ///
    /// Slots are given back in batches, and when the call ends, also by a panic of `f`; the item on which `f` panicked is gone, the
    /// others stay.
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(2, 8)?;
    /// producers[0].push_slice(&[1, 2]).unwrap();
    /// producers[1].push_slice(&[3, 4]).unwrap();
    /// let mut sum = 0;
    /// assert_eq!(consumer.drain(|i| sum += i), 4);
    /// assert_eq!(sum, 10);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn drain(&mut self, f: impl FnMut(T)) -> usize {
        self.rounds.drain(f)
    }

    /// Pops items for as long as there are any, waiting for each; ends when the ring is closed and read.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter { consumer: self }
    }

    /// The number of the lane that the last item or view came from: what its producer's [`lane`](Producer::lane) says.
    ///
    /// ```
    /// let (mut producers, mut consumer) = ringfold::mpsc::lanes(3, 8)?;
    /// producers[2].push('x').unwrap();
    /// assert_eq!(consumer.pop(), Ok('x'));
    /// assert_eq!(consumer.lane(), producers[2].lane());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn lane(&self) -> u64 {
        self.rounds.current.number
    }

    /// How many lanes there are: those with a producer, and those that are not read out. Takes `&mut self` because it takes in who joined.
    pub fn lanes(&mut self) -> usize {
        self.rounds.take_notice();
        self.rounds.count()
    }

    /// How many items can be read, in all lanes: exact or, while producers write, too few. Takes `&mut self` because it takes in who
    /// joined.
    pub fn len(&mut self) -> usize {
        self.rounds.len()
    }

    /// Whether there is nothing to read now.
    pub fn is_empty(&mut self) -> bool {
        self.rounds.len() == 0
    }

    /// How many items each lane holds: what was asked for.
    pub fn capacity(&self) -> usize {
        self.rounds.hub().shape.capacity
    }

    /// Whether all producers are gone, so that nothing will follow what is there, unless somebody is [joined](Self::join).
    pub fn is_closed(&self) -> bool {
        // The door last: whoever joined did so before the producer that made it join was gone.
        self.rounds.all().all(|lane| lane.ring.is_closed()) && !self.rounds.hub().is_awaited()
    }

    /// What all lanes did together, those too that are gone. `times_empty` and `consumer_stalled` are of waits for all of them.
    pub fn stats(&self) -> Stats {
        self.rounds.hub().roll.stats()
    }

    /// A view of all lanes' figures for others: metrics, a progress line. It keeps them neither open nor in memory.
    pub fn watch(&self) -> Watch {
        Watch::shared("lanes", &self.rounds.hub().roll)
    }

    /// What each lane did so far, with its number.
    pub fn lane_stats(&self) -> impl Iterator<Item = (u64, Stats)> + '_ {
        self.rounds.all().map(|lane| (lane.number, lane.ring.stats()))
    }

    fn show(&mut self) -> View<'_, T> {
        let current = &mut self.rounds.current;
        View::new(current.ring.peek(), current.number)
    }
}

/// What `select` and the async half need.
impl<T> Consumer<T> {
    /// Whether there is an item now; if not, why.
    pub(crate) fn look(&mut self) -> Result<(), TryPopError> {
        if self.rounds.current.ring.known() > 0 || self.rounds.turn() {
            Ok(())
        } else if self.rounds.is_over() {
            Err(TryPopError::Closed)
        } else {
            Err(TryPopError::Empty)
        }
    }

    /// Puts this thread at the doorbell behind all lanes. The heavy half of the barrier is owed before looking again.
    pub(crate) fn enlist_thread(&self) {
        self.rounds.bell().enlist_thread();
        self.rounds.arm_all();
    }

    /// Takes the thread away from the doorbell; the lanes stay armed.
    pub(crate) fn retract(&self) {
        self.rounds.bell().retract();
    }

    /// Puts a task at the doorbell behind all lanes; the caller looks once more.
    pub(super) fn announce_task(&self, waker: &Waker) {
        self.rounds.bell().enlist_task(waker);
        self.rounds.arm_all();
        self.rounds.hub().notices.barrier.heavy();
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("capacity", &self.capacity())
            .field("lanes", &self.rounds.count())
            .field("current", &self.rounds.current.ring)
            .finish()
    }
}

impl<T> std::panic::UnwindSafe for Consumer<T> {}
impl<T> std::panic::RefUnwindSafe for Consumer<T> {}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        // Dropped behind the lock; the lanes that were taken in are dropped with the fields.
        drop(self.rounds.hub().close());
    }
}

/// Pops items, waiting for each; see [`Consumer::iter`].
pub struct Iter<'a, T> {
    consumer: &'a mut Consumer<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.consumer.pop().ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("consumer", &self.consumer).finish()
    }
}
