//! Waiting without stopping the interpreter.
//!
//! A handle sleeps at the room's own doorbell, as a task does: it leaves a waker there, and the other side wakes it. The waker
//! is a [`Bell`], which threads wait for detached from the interpreter, and which can make a file descriptor readable, for
//! event loops. Threads wake every [`SLICE`] to let Python deal with signals, such as Ctrl-C.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::errors::Refusal;
use crate::notify::Notify;

/// How long a signal may have to wait for a thread that waits.
const SLICE: Duration = Duration::from_millis(50);

/// How often a thread looks before it sleeps: the other side may be about to write, now that it can have the interpreter.
const LOOKS: usize = 20;

/// Between looks, where there is no bell.
const PAUSE: Duration = Duration::from_micros(200);

/// What a room's waker rings.
pub struct Bell {
    state: Mutex<Rung>,
    rung: Condvar,
}

struct Rung {
    times: u64,
    /// For event loops; made when first asked for.
    notify: Option<Notify>,
    is_armed: bool,
}

impl Wake for Bell {
    /// Runs in whatever thread writes or reads, under that handle's lock, attached or not: so it calls no Python.
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        state.times = state.times.wrapping_add(1);
        if std::mem::take(&mut state.is_armed) {
            if let Some(notify) = &state.notify {
                notify.ring();
            }
        }
        drop(state);
        self.rung.notify_all();
    }
}

impl Bell {
    pub fn new() -> Arc<Self> {
        let state = Mutex::new(Rung { times: 0, notify: None, is_armed: false });
        Arc::new(Self { state, rung: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Rung> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn times(&self) -> u64 {
        self.lock().times
    }

    /// Sleeps until it has been rung since, at most until `end`.
    fn sleep(&self, since: u64, end: Instant) {
        let left = end.saturating_duration_since(Instant::now());
        let asleep = self.rung.wait_timeout_while(self.lock(), left, |state| state.times == since);
        drop(asleep.unwrap_or_else(|poisoned| poisoned.into_inner()));
    }

    /// A file descriptor that is readable from the next ring after [`arm`](Self::arm) on.
    pub fn descriptor(&self) -> io::Result<i32> {
        Ok(self.lock().notify()?.descriptor())
    }

    /// Lets the next ring be seen at the descriptor, which is not readable now.
    pub fn arm(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.notify()?.silence();
        state.is_armed = true;
        Ok(())
    }
}

impl Rung {
    fn notify(&mut self) -> io::Result<&Notify> {
        let notify = match self.notify.take() {
            Some(notify) => notify,
            None => Notify::new()?,
        };
        Ok(self.notify.insert(notify))
    }
}

/// How long to wait.
#[derive(Clone, Copy)]
pub struct Patience {
    pub seconds: f64,
    end: Option<Instant>,
}

impl Patience {
    /// From a `timeout` as the standard library has it: `None` is for ever.
    pub fn new(timeout: Option<f64>) -> Result<Self, Refusal> {
        match timeout {
            None => Ok(Self { seconds: f64::INFINITY, end: None }),
            Some(seconds) if seconds >= 0.0 => {
                // Beyond what the clock can say is for ever.
                let end = Duration::try_from_secs_f64(seconds)
                    .ok()
                    .and_then(|time| Instant::now().checked_add(time));
                Ok(Self { seconds, end })
            }
            Some(seconds) => {
                Err(Refusal::Invalid(format!("timeout must be None or at least 0, not {seconds}")))
            }
        }
    }

    pub fn none() -> Self {
        Self { seconds: 0.0, end: Some(Instant::now()) }
    }

    fn is_over(&self) -> bool {
        self.seconds == 0.0 || self.end.is_some_and(|end| end <= Instant::now())
    }
}

/// Calls `attempt` until it gives something: first without a context, then, detached, with one that rings the bell.
/// `None` when the time is over. Never waits where there is no patience.
pub fn until<T: Send>(
    py: Python<'_>,
    bell: &Arc<Bell>,
    patience: Patience,
    mut attempt: impl FnMut(Option<&mut Context<'_>>) -> Result<Option<T>, Refusal> + Send,
) -> PyResult<Option<T>> {
    loop {
        if patience.is_over() {
            return Ok(py.detach(|| attempt(None))?);
        }
        let slice = Instant::now() + SLICE;
        let end = patience.end.map_or(slice, |end| end.min(slice));
        let found = py.detach(|| wait(bell, end, &mut attempt))?;
        if found.is_some() {
            return Ok(found);
        }
        py.check_signals()?;
    }
}

/// Calls `wait` detached, with how long it may take, until it gives something. `None` when the time is over.
pub fn in_slices<T: Send>(
    py: Python<'_>,
    patience: Patience,
    mut wait: impl FnMut(Duration) -> Result<Option<T>, Refusal> + Send,
) -> PyResult<Option<T>> {
    loop {
        let left = patience.end.map_or(SLICE, |end| end.saturating_duration_since(Instant::now()));
        let found = py.detach(|| wait(left.min(SLICE)))?;
        if found.is_some() || patience.is_over() {
            return Ok(found);
        }
        py.check_signals()?;
    }
}

/// Calls `look` detached until it gives something, for rooms that cannot be waited for in this way: often at first, and then
/// every [`PAUSE`]. `None` when the time is over.
pub fn look_until<T: Send>(
    py: Python<'_>,
    patience: Patience,
    mut look: impl FnMut() -> Result<Option<T>, Refusal> + Send,
) -> PyResult<Option<T>> {
    in_slices(py, patience, |slice| {
        let end = Instant::now() + slice;
        for looks in 0.. {
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            if Instant::now() >= end {
                break;
            }
            if looks < LOOKS { std::thread::yield_now() } else { std::thread::sleep(PAUSE) }
        }
        Ok(None)
    })
}

fn wait<T>(
    bell: &Arc<Bell>,
    end: Instant,
    attempt: &mut impl FnMut(Option<&mut Context<'_>>) -> Result<Option<T>, Refusal>,
) -> Result<Option<T>, Refusal> {
    for _ in 0..LOOKS {
        if let Some(found) = attempt(None)? {
            return Ok(Some(found));
        }
        std::thread::yield_now();
    }
    let waker = Waker::from(bell.clone());
    loop {
        let times = bell.times();
        if let Some(found) = attempt(Some(&mut Context::from_waker(&waker)))? {
            return Ok(Some(found));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        bell.sleep(times, end);
    }
}
