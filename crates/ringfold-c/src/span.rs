//! Memory lent to C.

use std::ffi::c_void;

use crate::code::Code;

/// Slots that were claimed, to be written in place: one run of memory, wherever it lies in the ring.
///
/// What is in them is old or zero. They are the caller's until the claim is committed or aborted.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first element.
    pub data: *mut c_void,
    /// How many elements.
    pub count: usize,
}

/// Elements that can be read in place: one run of memory, wherever it lies in the ring.
///
/// They may be read until the next call with the same consumer, reader or stream, save those that only ask
/// (`.._stats`, `.._is_closed`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The first element.
    pub data: *const c_void,
    /// How many elements.
    pub count: usize,
}

impl Span {
    pub fn new(data: *mut u8, count: usize) -> Self {
        Self { data: data.cast(), count }
    }
}

impl View {
    pub fn new(data: *const u8, count: usize) -> Self {
        Self { data: data.cast(), count }
    }
}

/// Bytes that C lends for reading. NULL is fine if there are none.
///
/// # Safety
/// `data` is NULL or the start of `len` bytes that nobody writes for as long as the slice is used.
pub unsafe fn bytes<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], Code> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Code::Null);
    }
    if isize::try_from(len).is_err() {
        return Err(Code::Invalid);
    }
    // SAFETY: there are so many bytes (the caller), not more than a slice may have.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// Bytes that C lends for writing. NULL is fine if there are none.
///
/// # Safety
/// `data` is NULL or the start of `len` bytes, initialised or not, that nobody else uses for as long as the slice is used.
pub unsafe fn bytes_mut<'a>(
    data: *mut c_void,
    len: usize,
) -> Result<&'a mut [std::mem::MaybeUninit<u8>], Code> {
    if len == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(Code::Null);
    }
    if isize::try_from(len).is_err() {
        return Err(Code::Invalid);
    }
    // SAFETY: there are so many bytes (the caller), not more than a slice may have.
    Ok(unsafe { std::slice::from_raw_parts_mut(data.cast(), len) })
}
