//! The C++ rivals, from the system's packages: boost::lockfree::spsc_queue (libboost-dev) and moodycamel's
//! ReaderWriterQueue (libreaderwriterqueue-dev). Their loops run in C++, see `cpp/rivals.cpp`.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::signal::{Ended, Signal, Wait};
use crate::spsc::payload::{Check, Payload};
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, SliceReceiver, SliceRival, SliceSender, Ways};

/// boost::lockfree::spsc_queue.
pub struct Boost;
/// moodycamel::ReaderWriterQueue.
pub struct Moodycamel;

const BOOST: u8 = 0;
const MOODYCAMEL: u8 = 1;

/// Slots in a block of moodycamel's queue, its default.
const MOODYCAMEL_BLOCK: usize = 512;

/// As `cpp/signal.hpp` has it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ForeignSignal {
    phase: *const u8,
    wait: u8,
}

impl From<&Signal> for ForeignSignal {
    fn from(signal: &Signal) -> ForeignSignal {
        let wait = match signal.wait() {
            Wait::Busy => 1,
            Wait::Yield => 2,
            Wait::Pause | Wait::Block | Wait::Own => 0,
        };
        ForeignSignal { phase: signal.phase_address(), wait }
    }
}

#[repr(C)]
struct ForeignCheck {
    expected: u64,
    wrong: u64,
}

#[allow(clippy::unnecessary_safety_comment, reason = "tidy asks for one at every `unsafe`")]
// SAFETY: these are the declarations of `shim.cpp`, written against the same types.
unsafe extern "C" {
    fn ringfold_bench_open(kind: u8, words: usize, capacity: usize) -> *mut c_void;
    fn ringfold_bench_close(queue: *mut c_void);
    fn ringfold_bench_send(queue: *mut c_void, item: *const c_void, signal: ForeignSignal) -> u8;
    fn ringfold_bench_recv(queue: *mut c_void, item: *mut c_void, signal: ForeignSignal) -> u8;
    fn ringfold_bench_send_run(queue: *mut c_void, first: u64, count: u64, signal: ForeignSignal) -> u8;
    fn ringfold_bench_recv_all(queue: *mut c_void, check: *mut ForeignCheck, signal: ForeignSignal) -> u8;
    fn ringfold_bench_stream_run(queue: *mut c_void, first: u64, count: u64, signal: ForeignSignal) -> u8;
    fn ringfold_bench_stream_all(queue: *mut c_void, check: *mut ForeignCheck, signal: ForeignSignal) -> u8;
    fn ringfold_bench_send_many(
        queue: *mut c_void,
        items: *const c_void,
        count: usize,
        signal: ForeignSignal,
    ) -> u8;
    fn ringfold_bench_recv_many(
        queue: *mut c_void,
        items: *mut c_void,
        room: usize,
        count: *mut usize,
        signal: ForeignSignal,
    ) -> u8;
}

/// The queue both handles share.
struct Queue(NonNull<c_void>);

// SAFETY: the queues allow one thread to push while another one pops, and `open` makes one handle of each kind, neither
// of which can be cloned.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: `open` got it from `ringfold_bench_open`, and the last handle is gone.
        unsafe { ringfold_bench_close(self.0.as_ptr()) }
    }
}

pub struct Tx(Arc<Queue>);
pub struct Rx(Arc<Queue>);

fn open(kind: u8, words: usize, capacity: usize) -> Result<(Tx, Rx), OpenError> {
    // SAFETY: any arguments are allowed; null is the answer to those it cannot serve.
    let queue = NonNull::new(unsafe { ringfold_bench_open(kind, words, capacity) });
    let queue = Arc::new(Queue(queue.ok_or("no such item size in cpp/rivals.cpp, or out of memory")?));
    Ok((Tx(queue.clone()), Rx(queue)))
}

/// What the C++ side says of the end of a call.
pub fn ended(code: u8) -> Result<(), Ended> {
    match code {
        0 => Ok(()),
        1 => Err(Ended::Done),
        _ => Err(Ended::Aborted),
    }
}

fn checked(check: &mut Check, run: impl FnOnce(*mut ForeignCheck) -> u8) -> Result<(), Ended> {
    let mut foreign = ForeignCheck { expected: check.expected, wrong: check.wrong };
    let code = run(&mut foreign);
    *check = Check { expected: foreign.expected, wrong: foreign.wrong };
    ended(code)
}

impl<T: Payload> Rival<T> for Boost {
    const NAME: &'static str = "boost spsc_queue";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("push(array), consume_all");
    const NOTE: &'static str = "C++, its loops run in C++";
    type Tx = Tx;
    type Rx = Rx;

    fn open(capacity: usize) -> Result<(Tx, Rx), OpenError> {
        open(BOOST, T::WORDS, capacity)
    }
}

impl<T: Payload> Rival<T> for Moodycamel {
    const NAME: &'static str = "moodycamel";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = None;
    const NOTE: &'static str = "C++, its loops run in C++";
    type Tx = Tx;
    type Rx = Rx;

    fn open(capacity: usize) -> Result<(Tx, Rx), OpenError> {
        open(MOODYCAMEL, T::WORDS, capacity)
    }

    fn slots(capacity: usize) -> usize {
        // As its constructor computes it: one block of a power of two, or blocks of 512; one slot of each stays empty.
        match (capacity + 1).next_power_of_two() {
            block if block <= 2 * MOODYCAMEL_BLOCK => block - 1,
            _ => (capacity + 2 * MOODYCAMEL_BLOCK - 3) / (MOODYCAMEL_BLOCK - 1) * (MOODYCAMEL_BLOCK - 1),
        }
    }
}

impl<T: Payload> Sender<T> for Tx {
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        // SAFETY: the queue lives, its items are `T::WORDS` words like `T`, and this is the only sending handle.
        ended(unsafe { ringfold_bench_send(self.0.0.as_ptr(), (&raw const item).cast(), signal.into()) })
    }

    fn send_run(&mut self, sequences: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        let (first, count) = (sequences.start, sequences.end - sequences.start);
        // SAFETY: the queue lives, and this is the only sending handle.
        ended(unsafe { ringfold_bench_send_run(self.0.0.as_ptr(), first, count, signal.into()) })
    }

    fn stream_run(&mut self, sequences: Range<u64>, signal: &Signal) -> Result<(), Ended> {
        let (first, count) = (sequences.start, sequences.end - sequences.start);
        // SAFETY: the queue lives, and this is the only sending handle.
        ended(unsafe { ringfold_bench_stream_run(self.0.0.as_ptr(), first, count, signal.into()) })
    }
}

impl<T: Payload> Receiver<T> for Rx {
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        let mut item = T::default();
        // SAFETY: the queue lives, its items are `T::WORDS` words like `T`, for which any bits are valid, and this is the
        // only receiving handle.
        ended(unsafe { ringfold_bench_recv(self.0.0.as_ptr(), (&raw mut item).cast(), signal.into()) })?;
        Ok(item)
    }

    fn recv_all(&mut self, check: &mut Check, signal: &Signal) -> Result<(), Ended> {
        // SAFETY: the queue lives, and this is the only receiving handle.
        checked(check, |check| unsafe { ringfold_bench_recv_all(self.0.0.as_ptr(), check, signal.into()) })
    }

    fn stream_all(&mut self, check: &mut Check, signal: &Signal) -> Result<(), Ended> {
        // SAFETY: the queue lives, and this is the only receiving handle.
        checked(check, |check| unsafe { ringfold_bench_stream_all(self.0.0.as_ptr(), check, signal.into()) })
    }
}

impl SliceRival for Boost {
    const NAME: &'static str = "boost spsc_queue";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "C++: push(array), pop(array)";
    type Tx = Tx;
    type Rx = Rx;

    fn open(capacity: usize) -> Result<(Tx, Rx), OpenError> {
        open(BOOST, 1, capacity)
    }
}

impl SliceSender for Tx {
    fn send_slice(&mut self, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        let (queue, items) = (self.0.0.as_ptr(), words.as_ptr().cast());
        // SAFETY: the queue lives, `SliceRival::open` made it for items of one word, and this is the only sending handle.
        ended(unsafe { ringfold_bench_send_many(queue, items, words.len(), signal.into()) })
    }
}

impl SliceReceiver for Rx {
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        let (queue, items) = (self.0.0.as_ptr(), words.as_mut_ptr().cast());
        let mut count = 0;
        // SAFETY: the queue lives, `SliceRival::open` made it for items of one word, it writes at most `words.len()` of
        // them, and this is the only receiving handle.
        ended(unsafe { ringfold_bench_recv_many(queue, items, words.len(), &mut count, signal.into()) })?;
        Ok(count)
    }
}
