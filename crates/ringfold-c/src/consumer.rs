//! Rings for two threads and for many to one: their reading side.

use std::ffi::c_void;

use crate::{
    guard::{call, present, put, put_if_wanted},
    reading::Reading,
    span::View,
    stats::{RingStats, check_size},
    table::{RINGS, Table},
    wait::Wait,
};

/// The reading half of a ring: a number, to be copied freely and never looked into. All zero is no consumer.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

pub static CONSUMERS: Table<Box<dyn Reading>, 2, RINGS> = Table::new();

/// Closes the consumer: the producers are told `RF_ERROR_CLOSED`, and what was not read is gone.
#[unsafe(no_mangle)]
pub extern "C" fn rf_consumer_close(consumer: ConsumerHandle) -> i32 {
    call(|| CONSUMERS.close(consumer.id))
}

/// Copies the oldest element out, if there is one now: `RF_ERROR_EMPTY` if not, `RF_ERROR_CLOSED` if there will never be.
///
/// # Safety
/// `element` is NULL or has room for `element_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_try_pop(
    consumer: ConsumerHandle,
    element: *mut c_void,
    element_size: usize,
) -> i32 {
    call(|| {
        // SAFETY: the caller lends room for an element of this size.
        CONSUMERS.with(consumer.id, |consumer| unsafe { consumer.try_pop(element.cast(), element_size) })
    })
}

/// Copies the oldest element out, waiting for one for at most `timeout_ns` nanoseconds, or `RF_FOREVER`. `RF_ERROR_TIMEOUT`,
/// `RF_ERROR_CLOSED`.
///
/// # Safety
/// As for `rf_consumer_try_pop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_pop(
    consumer: ConsumerHandle,
    element: *mut c_void,
    element_size: usize,
    timeout_ns: i64,
) -> i32 {
    call(|| {
        // SAFETY: the caller lends room for an element of this size.
        CONSUMERS
            .with(consumer.id, |consumer| unsafe { consumer.pop(element.cast(), element_size, timeout_ns) })
    })
}

/// Copies as many elements out as there are now, at most `count`; `popped`, which may be NULL, says how many. `RF_ERROR_EMPTY` if there are
/// none, `RF_ERROR_CLOSED` if there will never be.
///
/// # Safety
/// `elements` is NULL or has room for `count` elements of `element_size` bytes; `popped` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_try_pop_slice(
    consumer: ConsumerHandle,
    elements: *mut c_void,
    element_size: usize,
    count: usize,
    popped: *mut usize,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { pop_slice(consumer, elements, element_size, count, Wait::Never, popped) }
}

/// Copies at least one element out and at most `count`, as many as there are, waiting for the first for at most `timeout_ns`.
/// Otherwise as `rf_consumer_try_pop_slice`.
///
/// # Safety
/// As for `rf_consumer_try_pop_slice`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_pop_slice(
    consumer: ConsumerHandle,
    elements: *mut c_void,
    element_size: usize,
    count: usize,
    timeout_ns: i64,
    popped: *mut usize,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { pop_slice(consumer, elements, element_size, count, Wait::from_nanos(timeout_ns), popped) }
}

/// Shows all there is now, in place; nothing is taken before `rf_consumer_consume`. `RF_ERROR_EMPTY` if there is nothing,
/// `RF_ERROR_CLOSED` if there will never be.
///
/// # Safety
/// `view` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_try_peek(consumer: ConsumerHandle, view: *mut View) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { peek(consumer, 1, Wait::Never, view) }
}

/// Shows at least `count` elements in place, and all else there is, waiting for them for at most `timeout_ns`. For `count` of 0 it is 1.
/// `RF_ERROR_TIMEOUT`; `RF_ERROR_CLOSED` if there are fewer and will never be more, which `rf_consumer_try_peek` still shows;
/// `RF_ERROR_TOO_LARGE`.
///
/// # Safety
/// As for `rf_consumer_try_peek`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_peek(
    consumer: ConsumerHandle,
    count: usize,
    timeout_ns: i64,
    view: *mut View,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { peek(consumer, count, Wait::from_nanos(timeout_ns), view) }
}

/// Gives the first `count` elements of the view back, which ends the view. `RF_ERROR_CLAIM` if it showed fewer, or has ended: then nothing
/// was done.
#[unsafe(no_mangle)]
pub extern "C" fn rf_consumer_consume(consumer: ConsumerHandle, count: usize) -> i32 {
    call(|| CONSUMERS.with(consumer.id, |consumer| consumer.consume(count)))
}

/// How many elements can be read: exact or, while producers are at work, a moment ago.
///
/// # Safety
/// `len` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_len(consumer: ConsumerHandle, len: *mut usize) -> i32 {
    call(|| {
        let count = CONSUMERS.with(consumer.id, |consumer| Ok(consumer.len()))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(len, count) }
    })
}

/// Whether all producers are closed, so that nothing will follow what is there: 1 or 0.
///
/// # Safety
/// `is_closed` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_is_closed(consumer: ConsumerHandle, is_closed: *mut i32) -> i32 {
    call(|| {
        let answer = CONSUMERS.with(consumer.id, |consumer| Ok(consumer.is_closed()))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(is_closed, i32::from(answer)) }
    })
}

/// What the ring has done so far. `struct_size` is set by the caller.
///
/// # Safety
/// `stats` is NULL or may be written, and its `struct_size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_consumer_stats(consumer: ConsumerHandle, stats: *mut RingStats) -> i32 {
    call(|| {
        // SAFETY: the caller vouches for it.
        unsafe { check_size(stats)? };
        let known =
            CONSUMERS.with(consumer.id, |consumer| Ok(RingStats::of(&consumer.facts(), consumer.shape())))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stats, known) }
    })
}

/// # Safety
/// As for `rf_consumer_pop_slice`.
unsafe fn pop_slice(
    consumer: ConsumerHandle,
    elements: *mut c_void,
    element_size: usize,
    count: usize,
    wait: Wait,
    popped: *mut usize,
) -> i32 {
    call(|| {
        let done = CONSUMERS.with(consumer.id, |consumer| {
            consumer.shape().check(element_size)?;
            // SAFETY: the caller lends room for so many elements of this size.
            unsafe { consumer.pop_slice(elements.cast(), count, wait) }
        });
        // SAFETY: the caller lends it for writing, or it is NULL.
        unsafe { put_if_wanted(popped, done.unwrap_or(0)) };
        done.map(drop)
    })
}

/// # Safety
/// `view` is NULL or may be written.
#[inline(always)]
unsafe fn peek(consumer: ConsumerHandle, count: usize, wait: Wait, view: *mut View) -> i32 {
    call(|| {
        present(view)?;
        let seen = CONSUMERS.with(consumer.id, |consumer| consumer.peek(count, wait))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(view, seen) }
    })
}
