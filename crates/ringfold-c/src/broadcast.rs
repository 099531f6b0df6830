//! Rings for one producer and many readers, each of which sees every event.

use std::ffi::c_void;

use crate::{
    broadcasting::{Broadcaster, Broadcasting, Losing, Receiving},
    code::Code,
    guard::{call, present, put, put_if_wanted},
    options::{RingOptions, Wanted},
    span::{Span, View},
    stats::{ReaderFigures, RingStats, check_size},
    table::{RINGS, Table},
    unit::Shape,
    wait::Wait,
};

/// The writing side of a broadcast ring: a number, to be copied freely and never looked into. All zero is none.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroadcasterHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// A reader for which the broadcaster waits: it sees every event from where it joined, once and in order. A number, as all handles.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// A reader for which nobody waits: it is told how many events it has missed. A number, as all handles.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossyReaderHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

static BROADCASTERS: Table<Box<dyn Broadcasting>, 4, RINGS> = Table::new();
static READERS: Table<Box<dyn Receiving>, 5, RINGS> = Table::new();
static LOSSY_READERS: Table<Box<dyn Losing>, 6, RINGS> = Table::new();

/// Makes a ring for one broadcaster and any number of readers, for `capacity` events of `event_size` bytes.
///
/// `options` may be NULL; with `RF_LOSSY` in its flags lossy readers can join. `RF_ERROR_INVALID`, `RF_ERROR_MEMORY`.
///
/// # Safety
/// `options` is NULL or valid, `broadcaster` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcast_create(
    capacity: usize,
    event_size: usize,
    options: *const RingOptions,
    broadcaster: *mut BroadcasterHandle,
) -> i32 {
    call(|| {
        present(broadcaster)?;
        // SAFETY: the caller vouches for it.
        let wanted = unsafe { Wanted::read(options)? };
        let id = BROADCASTERS.open(make(capacity, Shape::of(event_size)?, &wanted)?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(broadcaster, BroadcasterHandle { id }) }
    })
}

/// Closes the ring: readers see what was published, and are then told `RF_ERROR_CLOSED`. An open claim is aborted.
#[unsafe(no_mangle)]
pub extern "C" fn rf_broadcaster_close(broadcaster: BroadcasterHandle) -> i32 {
    call(|| BROADCASTERS.close(broadcaster.id))
}

/// Publishes a copy of one event, if there is room now: `RF_ERROR_FULL` if the slowest reader is a whole ring behind, `RF_ERROR_CLOSED` if
/// there were readers and all have left.
///
/// # Safety
/// `event` is NULL or the start of `event_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcaster_try_publish(
    broadcaster: BroadcasterHandle,
    event: *const c_void,
    event_size: usize,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { publish(broadcaster, event, event_size, Wait::Never) }
}

/// Publishes a copy of one event, waiting for the slowest reader for at most `timeout_ns`. `RF_ERROR_TIMEOUT`, `RF_ERROR_CLOSED`.
///
/// # Safety
/// As for `rf_broadcaster_try_publish`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcaster_publish(
    broadcaster: BroadcasterHandle,
    event: *const c_void,
    event_size: usize,
    timeout_ns: i64,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { publish(broadcaster, event, event_size, Wait::from_nanos(timeout_ns)) }
}

/// Claims exactly `count` events to be written in place, if there is room now: all of them will be published together. To be committed or
/// aborted before anything else is done with this broadcaster. `RF_ERROR_FULL`, `RF_ERROR_CLOSED`, `RF_ERROR_TOO_LARGE`, `RF_ERROR_BUSY`.
///
/// # Safety
/// `span` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcaster_try_claim(
    broadcaster: BroadcasterHandle,
    count: usize,
    span: *mut Span,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { claim(broadcaster, count, Wait::Never, span) }
}

/// Claims exactly `count` events, waiting for the slowest reader for at most `timeout_ns`. Otherwise as `rf_broadcaster_try_claim`.
///
/// # Safety
/// As for `rf_broadcaster_try_claim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcaster_claim(
    broadcaster: BroadcasterHandle,
    count: usize,
    timeout_ns: i64,
    span: *mut Span,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { claim(broadcaster, count, Wait::from_nanos(timeout_ns), span) }
}

/// Publishes the first `count` events of the open claim. `RF_ERROR_CLAIM` if there is no claim, or a smaller one: then nothing was done, and
/// the claim is still open.
#[unsafe(no_mangle)]
pub extern "C" fn rf_broadcaster_commit(broadcaster: BroadcasterHandle, count: usize) -> i32 {
    call(|| BROADCASTERS.with(broadcaster.id, |broadcaster| broadcaster.commit(count)))
}

/// Gives the open claim back. `RF_ERROR_CLAIM` if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn rf_broadcaster_abort(broadcaster: BroadcasterHandle) -> i32 {
    call(|| BROADCASTERS.with(broadcaster.id, |broadcaster| broadcaster.abort()))
}

/// What the ring has done so far. `popped` is how far the slowest reader is. `struct_size` is set by the caller.
///
/// # Safety
/// `stats` is NULL or may be written, and its `struct_size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_broadcaster_stats(broadcaster: BroadcasterHandle, stats: *mut RingStats) -> i32 {
    call(|| {
        // SAFETY: the caller vouches for it.
        unsafe { check_size(stats)? };
        let known = BROADCASTERS.with(broadcaster.id, |broadcaster| {
            Ok(RingStats::of_broadcast(&broadcaster.facts()?, broadcaster.shape()))
        })?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stats, known) }
    })
}

/// Joins a reader, which sees what is published from now on, and each event only after all `count` readers in `after` have released it. `after` may
/// be NULL if `count` is 0. To be called where the broadcaster is used. `RF_ERROR_INVALID` if one of `after` reads another ring.
///
/// # Safety
/// `after` is NULL or the start of `count` readers; `reader` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_reader_join(
    broadcaster: BroadcasterHandle,
    after: *const ReaderHandle,
    count: usize,
    reader: *mut ReaderHandle,
) -> i32 {
    call(|| {
        present(reader)?;
        let mut joining = BROADCASTERS.with(broadcaster.id, |broadcaster| broadcaster.join())?;
        if count > 0 {
            present(after)?;
        }
        for i in 0..count {
            // SAFETY: the caller lends so many.
            let before = unsafe { after.add(i).read_unaligned() };
            READERS.with(before.id, |before| joining.after(&**before))?;
        }
        let id = READERS.open(joining.join()?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(reader, ReaderHandle { id }) }
    })
}

/// The reader leaves: nobody waits for it any more.
#[unsafe(no_mangle)]
pub extern "C" fn rf_reader_close(reader: ReaderHandle) -> i32 {
    call(|| READERS.close(reader.id))
}

/// Shows all events that are there now, in place; none is given back before `rf_reader_release`. `RF_ERROR_EMPTY`, `RF_ERROR_CLOSED`.
///
/// # Safety
/// `view` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_reader_try_peek(reader: ReaderHandle, view: *mut View) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { peek(reader, Wait::Never, view) }
}

/// Shows at least one event in place, and all else there is, waiting for the first for at most `timeout_ns`. `RF_ERROR_TIMEOUT`,
/// `RF_ERROR_CLOSED`.
///
/// # Safety
/// `view` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_reader_peek(reader: ReaderHandle, timeout_ns: i64, view: *mut View) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { peek(reader, Wait::from_nanos(timeout_ns), view) }
}

/// Gives the first `count` events of the view back, which ends the view. `RF_ERROR_CLAIM` if it showed fewer, or has ended.
#[unsafe(no_mangle)]
pub extern "C" fn rf_reader_release(reader: ReaderHandle, count: usize) -> i32 {
    call(|| READERS.with(reader.id, |reader| reader.release(count)))
}

/// What the reader has done so far. `struct_size` is set by the caller.
///
/// # Safety
/// `stats` is NULL or may be written, and its `struct_size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_reader_stats(reader: ReaderHandle, stats: *mut ReaderFigures) -> i32 {
    call(|| {
        // SAFETY: the caller vouches for it.
        unsafe { check_size(stats)? };
        let known = READERS.with(reader.id, |reader| Ok(ReaderFigures::of(&reader.facts())))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stats, known) }
    })
}

/// Joins a lossy reader, which sees what is published from now on. To be called where the broadcaster is used. `RF_ERROR_UNSUPPORTED` if the ring was
/// made without `RF_LOSSY`.
///
/// # Safety
/// `reader` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_lossy_reader_join(
    broadcaster: BroadcasterHandle,
    reader: *mut LossyReaderHandle,
) -> i32 {
    call(|| {
        present(reader)?;
        let joined = BROADCASTERS.with(broadcaster.id, |broadcaster| broadcaster.join_lossy())?;
        let id = LOSSY_READERS.open(joined)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(reader, LossyReaderHandle { id }) }
    })
}

/// The lossy reader leaves.
#[unsafe(no_mangle)]
pub extern "C" fn rf_lossy_reader_close(reader: LossyReaderHandle) -> i32 {
    call(|| LOSSY_READERS.close(reader.id))
}

/// Copies the next event out, if there is one now: `RF_ERROR_EMPTY` if not, `RF_ERROR_CLOSED` if there will never be. `RF_ERROR_LAGGED` if
/// it was overwritten: then `missed`, which may be NULL, says how many events were lost, exactly, and the next call goes on behind them.
///
/// # Safety
/// `event` is NULL or has room for `event_size` bytes, which may be written also when it is an error; `missed` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_lossy_reader_try_recv(
    reader: LossyReaderHandle,
    event: *mut c_void,
    event_size: usize,
    missed: *mut u64,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { recv(reader, event, event_size, Wait::Never, missed) }
}

/// Copies the next event out, waiting for it for at most `timeout_ns`. `RF_ERROR_TIMEOUT`; otherwise as `rf_lossy_reader_try_recv`.
///
/// # Safety
/// As for `rf_lossy_reader_try_recv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_lossy_reader_recv(
    reader: LossyReaderHandle,
    event: *mut c_void,
    event_size: usize,
    timeout_ns: i64,
    missed: *mut u64,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { recv(reader, event, event_size, Wait::from_nanos(timeout_ns), missed) }
}

/// # Safety
/// As for `rf_broadcaster_publish`.
unsafe fn publish(broadcaster: BroadcasterHandle, event: *const c_void, size: usize, wait: Wait) -> i32 {
    call(|| {
        BROADCASTERS.with(broadcaster.id, |broadcaster| {
            broadcaster.shape().check(size)?;
            // SAFETY: the caller lends an event of this size.
            unsafe { broadcaster.publish(event.cast(), wait) }
        })
    })
}

/// # Safety
/// As for `rf_broadcaster_claim`.
unsafe fn claim(broadcaster: BroadcasterHandle, count: usize, wait: Wait, span: *mut Span) -> i32 {
    call(|| {
        present(span)?;
        let claimed = BROADCASTERS.with(broadcaster.id, |broadcaster| broadcaster.claim(count, wait))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(span, claimed) }
    })
}

/// # Safety
/// As for `rf_reader_peek`.
unsafe fn peek(reader: ReaderHandle, wait: Wait, view: *mut View) -> i32 {
    call(|| {
        present(view)?;
        let seen = READERS.with(reader.id, |reader| reader.peek(wait))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(view, seen) }
    })
}

/// # Safety
/// As for `rf_lossy_reader_recv`.
unsafe fn recv(
    reader: LossyReaderHandle,
    event: *mut c_void,
    size: usize,
    wait: Wait,
    missed: *mut u64,
) -> i32 {
    call(|| {
        let lost = LOSSY_READERS.with(reader.id, |reader| {
            reader.shape().check(size)?;
            // SAFETY: the caller lends room for an event of this size.
            unsafe { reader.recv(event.cast(), wait) }
        })?;
        // SAFETY: the caller lends it for writing, or it is NULL.
        unsafe { put_if_wanted(missed, lost) };
        if lost > 0 { Err(Code::Lagged) } else { Ok(()) }
    })
}

fn make(capacity: usize, shape: Shape, wanted: &Wanted) -> Result<Box<dyn Broadcasting>, Code> {
    match shape.unit {
        1 => make_of::<1>(capacity, shape, wanted),
        2 => make_of::<2>(capacity, shape, wanted),
        4 => make_of::<4>(capacity, shape, wanted),
        8 => make_of::<8>(capacity, shape, wanted),
        16 => make_of::<16>(capacity, shape, wanted),
        32 => make_of::<32>(capacity, shape, wanted),
        _ => make_of::<64>(capacity, shape, wanted),
    }
}

fn make_of<const N: usize>(
    capacity: usize,
    shape: Shape,
    wanted: &Wanted,
) -> Result<Box<dyn Broadcasting>, Code> {
    let units = capacity.checked_mul(shape.units()).ok_or(Code::Invalid)?;
    let builder = ringfold::broadcast::builder::<[u8; N]>(units)
        .options(wanted.memory.clone())
        .producer_wait(wanted.producer_wait)
        .reader_wait(wanted.consumer_wait);
    let builder = if wanted.is_lossy { builder.lossy() } else { builder };
    let producer = builder.build_with(|| [0; N]).map_err(|error| wanted.explain(&error))?;
    Ok(Broadcaster::boxed(shape, producer))
}
