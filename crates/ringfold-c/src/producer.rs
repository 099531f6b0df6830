//! Rings for two threads and for many to one: making them, and their writing side.

use std::ffi::c_void;

use crate::{
    code::Code,
    consumer::{CONSUMERS, ConsumerHandle},
    guard::{call, present, put, put_if_wanted},
    options::{RingOptions, Wanted},
    reading::{Reader, Reading},
    span::Span,
    stats::{RingStats, check_size},
    table::{RINGS, Table},
    unit::{Shape, Unit},
    wait::Wait,
    writing::{Writer, Writing},
};

/// The writing half of a ring: a number, to be copied freely and never looked into. All zero is no producer.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

static PRODUCERS: Table<Box<dyn Writing>, 1, RINGS> = Table::new();

type Halves = (Box<dyn Writing>, Box<dyn Reading>);

/// Makes a ring for one producer and one consumer, for `capacity` elements of `element_size` bytes. For bytes, that is 1.
///
/// `options` may be NULL. Both handles are to be closed. `RF_ERROR_INVALID` for a size of 0 or one that overflows, `RF_ERROR_MEMORY` if
/// the memory cannot be had.
///
/// # Safety
/// `options` is NULL or valid, the others may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_spsc_create(
    capacity: usize,
    element_size: usize,
    options: *const RingOptions,
    producer: *mut ProducerHandle,
    consumer: *mut ConsumerHandle,
) -> i32 {
    // SAFETY: handed on from the caller.
    call(|| unsafe { create(spsc, capacity, element_size, options, producer, consumer) })
}

/// Makes a ring for many producers and one consumer; otherwise as `rf_spsc_create`. More producers come from
/// `rf_producer_clone`. All elements have one order, and what one call claims or pushes as one element stays together.
///
/// # Safety
/// As for `rf_spsc_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_mpsc_create(
    capacity: usize,
    element_size: usize,
    options: *const RingOptions,
    producer: *mut ProducerHandle,
    consumer: *mut ConsumerHandle,
) -> i32 {
    // SAFETY: handed on from the caller.
    call(|| unsafe { create(mpsc, capacity, element_size, options, producer, consumer) })
}

/// One more producer of an mpsc ring, for another thread. `RF_ERROR_UNSUPPORTED` for an spsc ring.
///
/// # Safety
/// `another` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_clone(producer: ProducerHandle, another: *mut ProducerHandle) -> i32 {
    call(|| {
        present(another)?;
        let id = PRODUCERS.open(PRODUCERS.with(producer.id, |producer| producer.another())?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(another, ProducerHandle { id }) }
    })
}

/// Closes the producer. The consumer reads what is there and is then told `RF_ERROR_CLOSED`, once every producer is closed. An open claim is
/// aborted.
#[unsafe(no_mangle)]
pub extern "C" fn rf_producer_close(producer: ProducerHandle) -> i32 {
    call(|| PRODUCERS.close(producer.id))
}

/// Copies one element in, if there is room now: `RF_ERROR_FULL` if not, `RF_ERROR_CLOSED` if the consumer is closed.
///
/// # Safety
/// `element` is NULL or the start of `element_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_try_push(
    producer: ProducerHandle,
    element: *const c_void,
    element_size: usize,
) -> i32 {
    call(|| {
        // SAFETY: the caller lends an element of this size.
        PRODUCERS.with(producer.id, |producer| unsafe { producer.try_push(element.cast(), element_size) })
    })
}

/// Copies one element in, waiting for room for at most `timeout_ns` nanoseconds, or `RF_FOREVER`. `RF_ERROR_TIMEOUT`, `RF_ERROR_CLOSED`.
///
/// # Safety
/// As for `rf_producer_try_push`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_push(
    producer: ProducerHandle,
    element: *const c_void,
    element_size: usize,
    timeout_ns: i64,
) -> i32 {
    call(|| {
        // SAFETY: the caller lends an element of this size.
        PRODUCERS
            .with(producer.id, |producer| unsafe { producer.push(element.cast(), element_size, timeout_ns) })
    })
}

/// Copies as many of `count` elements in as there is room for now; `pushed`, which may be NULL, says how many. `RF_ERROR_FULL` if those
/// were not all, `RF_ERROR_CLOSED`.
///
/// # Safety
/// `elements` is NULL or the start of `count` elements of `element_size` bytes; `pushed` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_try_push_slice(
    producer: ProducerHandle,
    elements: *const c_void,
    element_size: usize,
    count: usize,
    pushed: *mut usize,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { push_slice(producer, elements, element_size, count, Wait::Never, pushed) }
}

/// Copies `count` elements in, waiting for room as often as needed, for at most `timeout_ns` in all. `pushed`, which may be NULL, says
/// how many went in, also when it is `RF_ERROR_TIMEOUT` or `RF_ERROR_CLOSED`.
///
/// # Safety
/// As for `rf_producer_try_push_slice`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_push_slice(
    producer: ProducerHandle,
    elements: *const c_void,
    element_size: usize,
    count: usize,
    timeout_ns: i64,
    pushed: *mut usize,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { push_slice(producer, elements, element_size, count, Wait::from_nanos(timeout_ns), pushed) }
}

/// Claims exactly `count` slots to be written in place, if there is room now. To be committed or aborted before anything else is done with
/// this producer. `RF_ERROR_FULL`, `RF_ERROR_CLOSED`, `RF_ERROR_TOO_LARGE`, `RF_ERROR_BUSY` if a claim is open.
///
/// # Safety
/// `span` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_try_claim(
    producer: ProducerHandle,
    count: usize,
    span: *mut Span,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { claim(producer, span, |producer| producer.claim(count, Wait::Never)) }
}

/// Claims exactly `count` slots, waiting for room for at most `timeout_ns`. Otherwise as `rf_producer_try_claim`.
///
/// # Safety
/// As for `rf_producer_try_claim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_claim(
    producer: ProducerHandle,
    count: usize,
    timeout_ns: i64,
    span: *mut Span,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { claim(producer, span, |producer| producer.claim(count, Wait::from_nanos(timeout_ns))) }
}

/// Claims at least one slot and at most `count`, as many as are vacant, waiting for the first for at most `timeout_ns`.
/// Otherwise as `rf_producer_try_claim`.
///
/// # Safety
/// As for `rf_producer_try_claim`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_claim_up_to(
    producer: ProducerHandle,
    count: usize,
    timeout_ns: i64,
    span: *mut Span,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { claim(producer, span, |producer| producer.claim_up_to(count, Wait::from_nanos(timeout_ns))) }
}

/// Publishes the first `count` slots of the open claim; the others go back to the ring. `RF_ERROR_CLAIM` if there is no claim, or a smaller
/// one: then nothing was done, and the claim is still open.
#[unsafe(no_mangle)]
pub extern "C" fn rf_producer_commit(producer: ProducerHandle, count: usize) -> i32 {
    call(|| PRODUCERS.with(producer.id, |producer| producer.commit(count)))
}

/// Gives the open claim back. `RF_ERROR_CLAIM` if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn rf_producer_abort(producer: ProducerHandle) -> i32 {
    call(|| PRODUCERS.with(producer.id, |producer| producer.abort()))
}

/// How many slots are vacant: exact or, while others are at work, a moment ago.
///
/// # Safety
/// `free` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_free(producer: ProducerHandle, free: *mut usize) -> i32 {
    call(|| {
        let count = PRODUCERS.with(producer.id, |producer| producer.free())?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(free, count) }
    })
}

/// Whether pushing has become pointless, because the consumer is closed: 1 or 0.
///
/// # Safety
/// `is_closed` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_is_closed(producer: ProducerHandle, is_closed: *mut i32) -> i32 {
    call(|| {
        let answer = PRODUCERS.with(producer.id, |producer| producer.is_closed())?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(is_closed, i32::from(answer)) }
    })
}

/// What the ring has done so far. `struct_size` is set by the caller.
///
/// # Safety
/// `stats` is NULL or may be written, and its `struct_size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_producer_stats(producer: ProducerHandle, stats: *mut RingStats) -> i32 {
    call(|| {
        // SAFETY: the caller vouches for it.
        unsafe { check_size(stats)? };
        let known = PRODUCERS
            .with(producer.id, |producer| Ok(RingStats::of(&producer.facts()?, producer.shape())))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stats, known) }
    })
}

/// # Safety
/// As for `rf_producer_push_slice`.
unsafe fn push_slice(
    producer: ProducerHandle,
    elements: *const c_void,
    element_size: usize,
    count: usize,
    wait: Wait,
    pushed: *mut usize,
) -> i32 {
    call(|| {
        let done = PRODUCERS.with(producer.id, |producer| {
            producer.shape().check(element_size)?;
            // SAFETY: the caller lends so many elements of this size.
            Ok(unsafe { producer.push_slice(elements.cast(), count, wait) })
        });
        let (count, why_not_all) = done.unwrap_or_else(|code| (0, Err(code)));
        // SAFETY: the caller lends it for writing, or it is NULL.
        unsafe { put_if_wanted(pushed, count) };
        why_not_all
    })
}

/// # Safety
/// `span` is NULL or may be written.
#[inline(always)]
unsafe fn claim(
    producer: ProducerHandle,
    span: *mut Span,
    claim: impl FnOnce(&mut dyn Writing) -> Result<Span, Code>,
) -> i32 {
    call(|| {
        present(span)?;
        let claimed = PRODUCERS.with(producer.id, |producer| claim(&mut **producer))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(span, claimed) }
    })
}

/// # Safety
/// As for `rf_spsc_create`.
unsafe fn create(
    make: fn(usize, Shape, &Wanted) -> Result<Halves, Code>,
    capacity: usize,
    element_size: usize,
    options: *const RingOptions,
    producer: *mut ProducerHandle,
    consumer: *mut ConsumerHandle,
) -> Result<(), Code> {
    present(producer)?;
    present(consumer)?;
    // SAFETY: the caller vouches for it.
    let wanted = unsafe { Wanted::read(options)? };
    if wanted.is_lossy {
        return Err(Code::Unsupported);
    }
    let shape = Shape::of(element_size)?;
    let (writer, reader) = make(capacity, shape, &wanted)?;
    let id = PRODUCERS.open(writer)?;
    let reader = CONSUMERS.open(reader).or_else(|code| PRODUCERS.close(id).and(Err(code)))?;
    // SAFETY: the caller lends both for writing.
    unsafe {
        put(producer, ProducerHandle { id })?;
        put(consumer, ConsumerHandle { id: reader })
    }
}

fn spsc(capacity: usize, shape: Shape, wanted: &Wanted) -> Result<Halves, Code> {
    match shape.unit {
        1 => spsc_of::<1>(capacity, shape, wanted),
        2 => spsc_of::<2>(capacity, shape, wanted),
        4 => spsc_of::<4>(capacity, shape, wanted),
        8 => spsc_of::<8>(capacity, shape, wanted),
        16 => spsc_of::<16>(capacity, shape, wanted),
        32 => spsc_of::<32>(capacity, shape, wanted),
        _ => spsc_of::<64>(capacity, shape, wanted),
    }
}

fn mpsc(capacity: usize, shape: Shape, wanted: &Wanted) -> Result<Halves, Code> {
    match shape.unit {
        1 => mpsc_of::<1>(capacity, shape, wanted),
        2 => mpsc_of::<2>(capacity, shape, wanted),
        4 => mpsc_of::<4>(capacity, shape, wanted),
        8 => mpsc_of::<8>(capacity, shape, wanted),
        16 => mpsc_of::<16>(capacity, shape, wanted),
        32 => mpsc_of::<32>(capacity, shape, wanted),
        _ => mpsc_of::<64>(capacity, shape, wanted),
    }
}

fn spsc_of<const N: usize>(capacity: usize, shape: Shape, wanted: &Wanted) -> Result<Halves, Code> {
    let units = capacity.checked_mul(shape.units()).ok_or(Code::Invalid)?;
    let (producer, consumer) = ringfold::spsc::builder::<Unit<N>>(units)
        .options(wanted.memory.clone())
        .producer_wait(wanted.producer_wait)
        .consumer_wait(wanted.consumer_wait)
        .build()
        .map_err(|error| wanted.explain(&error))?;
    Ok((Writer::<N, _>::boxed(shape, producer), Reader::<N, _>::boxed(shape, consumer)))
}

fn mpsc_of<const N: usize>(capacity: usize, shape: Shape, wanted: &Wanted) -> Result<Halves, Code> {
    let units = capacity.checked_mul(shape.units()).ok_or(Code::Invalid)?;
    let (producer, consumer) = ringfold::mpsc::builder::<Unit<N>>(units)
        .options(wanted.memory.clone())
        .producer_wait(wanted.producer_wait)
        .consumer_wait(wanted.consumer_wait)
        .build()
        .map_err(|error| wanted.explain(&error))?;
    Ok((Writer::<N, _>::boxed(shape, producer), Reader::<N, _>::boxed(shape, consumer)))
}
