//! Readers on threads of their own, whose handlers are supervised.

use core::{any::Any, fmt, ops::ControlFlow};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringfold_core::sync::{Arc, AtomicU64, JoinHandle, Ordering, ThreadBuilder};

use super::{
    JoinError, Reader, ReaderStats, Subscription, Upstream,
    shared::{Place, Ring},
    subscription::sealed::Seated,
};

/// What becomes of a stage whose handler panics. The event is not handed to the stages behind before that is decided. The panic hook runs
/// as for every panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnPanic {
    /// The stage ends: it leaves the ring, so that nobody waits for it, and the producer finds it in
    /// [`Stats::failed`](super::Stats::failed), which costs a lock to read: look now and then. **The stages behind go on, and see this
    /// event and all later ones, which it has not handled.** Where that must not be, end the program, or let the handler say so.
    #[default]
    Halt,
    /// The event counts as handled.
    Skip,
    /// The event is handed to the handler again, at most so many times; then the stage ends.
    RetryThenHalt(u32),
    /// The event is handed to the handler again, at most so many times; then it counts as handled.
    RetryThenSkip(u32),
}

/// How a stage runs.
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves"]
pub struct StageOptions {
    name: Option<String>,
    on_panic: OnPanic,
    most: usize,
}

impl StageOptions {
    /// A thread without a name, any number of events in a batch, and a panic ends it.
    pub fn new() -> Self {
        Self { name: None, on_panic: OnPanic::Halt, most: usize::MAX }
    }

    /// The thread's name, as debuggers and `top` show it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What becomes of it when the handler panics.
    pub fn on_panic(mut self, policy: OnPanic) -> Self {
        self.on_panic = policy;
        self
    }

    /// After how many events, at the latest, they are released to the producer and the stages behind; at least 1.
    pub fn max_batch(mut self, events: usize) -> Self {
        self.most = events.max(1);
        self
    }
}

impl Default for StageOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Its number.
    pub sequence: u64,
    /// The last of a batch: behind it the stage releases what it has handled, so this is a good moment to flush. Unless
    /// [`max_batch`](StageOptions::max_batch) cut the batch, nothing more was there.
    pub ends_batch: bool,
    /// How often the handler has panicked at this event before.
    pub attempt: u32,
}

/// Why there is no stage.
#[derive(Debug)]
pub enum SpawnError {
    /// Its reader could not join.
    Join(JoinError),
    /// The system gives no thread, or the thread's name contains a zero byte.
    Thread(io::Error),
}

/// What a stage has done, in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageReport {
    /// Events that the handler has handled.
    pub handled: u64,
    /// Events that counted as handled because it panicked.
    pub skipped: u64,
    /// How often it panicked.
    pub panics: u64,
}

/// A handler has panicked and ended its stage.
pub struct StageFailed {
    /// At this event, which was not handled.
    pub sequence: u64,
    /// What it has done before.
    pub report: StageReport,
    /// What it panicked with.
    pub panic: Box<dyn Any + Send>,
}

/// A reader on a thread of its own, with a handler that gets one event after the other.
///
/// It ends when the producers are gone and everything was handled; when it is [halted](Self::halt); or when the handler panics
/// and [that ends it](OnPanic). Dropping this handle does none of these: the stage goes on alone.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering::Relaxed}};
/// use ringfold::broadcast::{self, OnPanic, StageOptions};
///
/// let mut producer = broadcast::builder::<u64>(64).build()?;
/// let sum = Arc::new(AtomicU64::new(0));
/// let total = sum.clone();
/// let parse = producer.subscription().spawn(|event, _| assert!(*event < 1000)).unwrap();
/// let log = producer.subscription().spawn(|_, _| ()).unwrap();
/// let options = StageOptions::new().name("sum").on_panic(OnPanic::Skip);
/// let add = producer
///     .subscription()
///     .after([&parse, &log]) // a diamond
///     .spawn_with(options, move |event, at| {
///         assert!(at.sequence != 7, "an event that it does not like");
///         total.fetch_add(*event, Relaxed);
///     })
///     .unwrap();
/// for i in 0..100 {
///     producer.publish(|event| *event = i).unwrap();
/// }
/// drop(producer); // closes the ring; the stages handle what is there
/// let report = add.join().unwrap();
/// assert_eq!((report.handled, report.skipped, sum.load(Relaxed)), (99, 1, 4950 - 7));
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[must_use = "a stage goes on alone when its handle is dropped; join it, or say so with `drop`"]
pub struct Stage<E> {
    ring: Arc<Ring<E>>,
    place: Arc<Place>,
    log: Arc<Log>,
    thread: JoinHandle<End>,
}

/// How a stage ends: in peace, or at which event and with what its handler panicked.
type End = Result<(), (u64, Panic)>;
type Panic = Box<dyn Any + Send>;

/// What a stage counts, for those who look meanwhile.
#[derive(Debug, Default)]
struct Log {
    handled: AtomicU64,
    skipped: AtomicU64,
    panics: AtomicU64,
}

impl<E: Copy + Send + Sync + 'static> Subscription<E> {
    /// Joins as a stage on a thread of its own, which hands each event to `handler`, in order.
    ///
    /// # Errors
    /// `Join` as [`join`](Self::join) says, `Thread` when the system gives none.
    pub fn spawn(self, handler: impl FnMut(&E, At) + Send + 'static) -> Result<Stage<E>, SpawnError> {
        self.spawn_with(StageOptions::new(), handler)
    }

    /// As [`spawn`](Self::spawn), with a name, a policy for panics, and a bound on batches.
    ///
    /// # Errors
    /// As for [`spawn`](Self::spawn).
    pub fn spawn_with(
        self,
        options: StageOptions,
        handler: impl FnMut(&E, At) + Send + 'static,
    ) -> Result<Stage<E>, SpawnError> {
        let reader = self.join().map_err(SpawnError::Join)?;
        let (ring, place, log) = (reader.ring().clone(), reader.place().clone(), Arc::<Log>::default());
        let StageOptions { name, on_panic, most } = options;
        let mut shift = Shift { handler, on_panic, log: log.clone() };
        let builder = match name {
            // The standard library would panic.
            Some(name) if name.contains('\0') => {
                return Err(SpawnError::Thread(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "the name contains a zero byte",
                )));
            }
            Some(name) => ThreadBuilder::new().name(name),
            None => ThreadBuilder::new(),
        };
        let thread = builder.spawn(move || shift.run(reader, most)).map_err(SpawnError::Thread)?;
        Ok(Stage { ring, place, log, thread })
    }
}

impl<E> Stage<E> {
    /// Waits until the stage has ended, and says what it has done. Close the ring first, by dropping all producers, or
    /// [halt](Self::halt) it.
    ///
    /// # Errors
    /// `StageFailed` when a panic of the handler has ended it.
    pub fn join(self) -> Result<StageReport, StageFailed> {
        let end = self.thread.join().unwrap_or_else(|panic| Err((self.ring.published(), panic)));
        let report = self.log.report();
        end.map(|()| report).map_err(|(sequence, panic)| StageFailed { sequence, report, panic })
    }

    /// Asks the stage to end after the event that it handles now. What it has not handled stays for the others; nobody waits for
    /// it any more. Does not wait.
    pub fn halt(&self) {
        self.ring.halt(&self.place);
    }

    /// Whether the stage goes on.
    pub fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }

    /// What the handler has done so far.
    pub fn report(&self) -> StageReport {
        self.log.report()
    }

    /// What its reader has done so far.
    pub fn stats(&self) -> ReaderStats {
        ReaderStats::of(&self.ring, &self.place)
    }
}

impl Log {
    fn report(&self) -> StageReport {
        let [handled, skipped, panics] =
            [&self.handled, &self.skipped, &self.panics].map(|count| count.load(Ordering::Relaxed));
        StageReport { handled, skipped, panics }
    }
}

/// What the thread of a stage does.
struct Shift<H> {
    handler: H,
    on_panic: OnPanic,
    log: Arc<Log>,
}

impl<H> Shift<H> {
    /// Until the ring is closed and read, the stage is halted, or a panic ends it.
    fn run<E>(&mut self, mut reader: Reader<E>, most: usize) -> End
    where
        H: FnMut(&E, At),
    {
        let (ring, place) = (reader.ring().clone(), reader.place().clone());
        while let Ok(batch) = reader.recv_up_to(most) {
            let (first, len) = (batch.sequence(), batch.len());
            for (i, event) in batch.iter().enumerate() {
                let at = At { sequence: first + i as u64, ends_batch: i + 1 == len, attempt: 0 };
                let step = self.handle(event, at, &place);
                if let ControlFlow::Break(panic) = step {
                    batch.release(i);
                    let Some(panic) = panic else { return Ok(()) };
                    ring.attention.count_failure();
                    return Err((at.sequence, panic));
                }
            }
        }
        Ok(())
    }

    /// Hands one event to the handler, as often as the policy says. `Break` where the stage ends, with the panic that ends it.
    fn handle<E>(&mut self, event: &E, mut at: At, place: &Place) -> ControlFlow<Option<Panic>>
    where
        H: FnMut(&E, At),
    {
        loop {
            if place.is_halted() {
                return ControlFlow::Break(None);
            }
            // What the handler leaves behind when it panics is its own affair, as whoever chose to go on must know.
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.handler)(event, at))) else {
                self.log.handled.fetch_add(1, Ordering::Relaxed);
                return ControlFlow::Continue(());
            };
            self.log.panics.fetch_add(1, Ordering::Relaxed);
            at.attempt = at.attempt.saturating_add(1);
            let (retries, skips) = match self.on_panic {
                OnPanic::Halt => (0, false),
                OnPanic::Skip => (0, true),
                OnPanic::RetryThenHalt(times) => (times, false),
                OnPanic::RetryThenSkip(times) => (times, true),
            };
            if at.attempt > retries {
                if !skips {
                    return ControlFlow::Break(Some(panic));
                }
                self.log.skipped.fetch_add(1, Ordering::Relaxed);
                forget_payload(panic);
                return ControlFlow::Continue(());
            }
            forget_payload(panic);
        }
    }
}

/// Drops what a handler panicked with, which may panic itself.
fn forget_payload(panic: Panic) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        core::mem::forget(second);
    }
}

impl<E> Seated<E> for Stage<E> {
    #[expect(private_interfaces, reason = "only the room itself can call it")]
    fn seat(&self) -> (&Arc<Ring<E>>, &Arc<Place>) {
        (&self.ring, &self.place)
    }
}

impl<E> Upstream<E> for Stage<E> {}

impl<E> fmt::Debug for Stage<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("report", &self.report())
            .field("is_running", &self.is_running())
            .field("ring", &self.ring)
            .finish()
    }
}

impl fmt::Debug for StageFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StageFailed")
            .field("sequence", &self.sequence)
            .field("report", &self.report)
            .field("panic", &self.message())
            .finish()
    }
}

impl StageFailed {
    /// What it panicked with, if that is a text.
    pub fn message(&self) -> Option<&str> {
        let text = self.panic.downcast_ref::<&str>().copied();
        text.or_else(|| self.panic.downcast_ref::<String>().map(String::as_str))
    }
}

impl fmt::Display for StageFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message().unwrap_or("something that is no text");
        write!(f, "the handler panicked at event {} and its stage has ended: {message}", self.sequence)
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Join(error) => error.fmt(f),
            Self::Thread(error) => {
                write!(f, "no thread for the stage: {error}; run fewer, or raise the limit")
            }
        }
    }
}

impl core::error::Error for StageFailed {}

impl core::error::Error for SpawnError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Join(error) => Some(error),
            Self::Thread(error) => Some(error),
        }
    }
}
