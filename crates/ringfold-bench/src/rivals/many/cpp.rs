//! The C++ queues for many threads, from the system's packages: boost::lockfree::queue (libboost-dev) and moodycamel's
//! ConcurrentQueue (libconcurrentqueue-dev). See `cpp/crowd.cpp`.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::many::rival::{Blocks, Handles, Rival};
use crate::rivals::cpp::{ForeignSignal, ended};
use crate::signal::{Ended, Signal};

/// `boost::lockfree::queue` with a fixed number of nodes.
pub struct Boost;
/// `moodycamel::ConcurrentQueue` with tokens, kept near its capacity by a look at its size before each 32 words.
pub struct Moodycamel;

const BOOST: u8 = 0;
const MOODYCAMEL: u8 = 1;

/// Words that a consumer takes before they are checked.
const RUN: usize = 64;

#[allow(clippy::unnecessary_safety_comment, reason = "tidy asks for one at every `unsafe`")]
// SAFETY: these are the declarations of `crowd.cpp`, written against the same types.
unsafe extern "C" {
    fn ringfold_bench_crowd_open(kind: u8, capacity: usize, producers: usize) -> *mut c_void;
    fn ringfold_bench_crowd_close(queue: *mut c_void);
    fn ringfold_bench_crowd_join(queue: *mut c_void, sends: bool) -> *mut c_void;
    fn ringfold_bench_crowd_leave(handle: *mut c_void);
    fn ringfold_bench_crowd_send(
        handle: *mut c_void,
        words: *const u64,
        count: usize,
        signal: ForeignSignal,
    ) -> u8;
    fn ringfold_bench_crowd_recv(
        handle: *mut c_void,
        words: *mut u64,
        room: usize,
        count: *mut usize,
        signal: ForeignSignal,
    ) -> u8;
}

/// The queue that all handles share.
struct Queue(NonNull<c_void>);

// SAFETY: both queues may be used by any number of threads, each through a handle of its own.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: `open` got it from `ringfold_bench_crowd_open`, and the last handle is gone.
        unsafe { ringfold_bench_crowd_close(self.0.as_ptr()) }
    }
}

/// What one thread holds.
pub struct Handle {
    handle: NonNull<c_void>,
    _queue: Arc<Queue>,
}

// SAFETY: a handle is used by one thread at a time, and no thread's identity matters to it.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: `join` got it from `ringfold_bench_crowd_join`; the queue is still there.
        unsafe { ringfold_bench_crowd_leave(self.handle.as_ptr()) }
    }
}

fn join(queue: &Arc<Queue>, sends: bool) -> Option<Handle> {
    // SAFETY: the queue is there.
    let handle = unsafe { ringfold_bench_crowd_join(queue.0.as_ptr(), sends) };
    Some(Handle { handle: NonNull::new(handle)?, _queue: queue.clone() })
}

fn open(kind: u8, capacity: usize, producers: usize, consumers: usize) -> Handles<Handle, Handle> {
    const NO_MEMORY: &str = "out of memory";
    // SAFETY: any arguments are allowed; null says that there is no memory.
    let queue = NonNull::new(unsafe { ringfold_bench_crowd_open(kind, capacity, producers) });
    let queue = Arc::new(Queue(queue.ok_or(NO_MEMORY)?));
    let side = |count, sends| (0..count).map(|_| join(&queue, sends)).collect::<Option<Vec<_>>>();
    Ok((side(producers, true).ok_or(NO_MEMORY)?, side(consumers, false).ok_or(NO_MEMORY)?))
}

fn send(tx: &mut Handle, words: &[u64], signal: &Signal) -> Result<(), Ended> {
    let (handle, count) = (tx.handle.as_ptr(), words.len());
    // SAFETY: the handle and its queue are there, `words` are `count` words, and this thread has the handle to itself.
    ended(unsafe { ringfold_bench_crowd_send(handle, words.as_ptr(), count, signal.into()) })
}

fn recv(rx: &mut Handle, each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
    let (mut words, mut count) = ([0; RUN], 0);
    let (handle, first) = (rx.handle.as_ptr(), words.as_mut_ptr());
    // SAFETY: as in `send`; at most `RUN` words are written.
    ended(unsafe { ringfold_bench_crowd_recv(handle, first, RUN, &mut count, signal.into()) })?;
    words[..count].iter().copied().for_each(each);
    Ok(())
}

impl Rival for Boost {
    const NAME: &'static str = "boost queue";
    const BLOCKS: Blocks = Blocks::Never;
    const NOTE: &'static str = "C++, its loops run in C++";
    type Tx = Handle;
    type Rx = Handle;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Handle, Handle> {
        open(BOOST, capacity, producers, consumers)
    }

    fn send(tx: &mut Handle, word: u64, signal: &Signal) -> Result<(), Ended> {
        send(tx, &[word], signal)
    }

    fn send_run(tx: &mut Handle, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        send(tx, words, signal)
    }

    fn recv(rx: &mut Handle, each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        recv(rx, each, signal)
    }
}

impl Rival for Moodycamel {
    const NAME: &'static str = "moodycamel";
    const BLOCKS: Blocks = Blocks::Never;
    const NOTE: &'static str =
        "C++, its loops run in C++; promises the order of each producer only; bounded by size_approx";
    type Tx = Handle;
    type Rx = Handle;

    fn open(capacity: usize, producers: usize, consumers: usize) -> Handles<Handle, Handle> {
        open(MOODYCAMEL, capacity, producers, consumers)
    }

    fn send(tx: &mut Handle, word: u64, signal: &Signal) -> Result<(), Ended> {
        send(tx, &[word], signal)
    }

    fn send_run(tx: &mut Handle, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        send(tx, words, signal)
    }

    fn recv(rx: &mut Handle, each: impl FnMut(u64), signal: &Signal) -> Result<(), Ended> {
        recv(rx, each, signal)
    }
}
