//! One thread's stream of bytes.

use std::ffi::c_void;

use ringfold::{ByteStream, Ring};

use crate::{
    code::Code,
    guard::{call, present, put, put_if_wanted},
    options::{RingOptions, Wanted},
    span::{Span, View, bytes, bytes_mut},
    table::{RINGS, Table},
};

/// A buffer of bytes between a reader and a writer on one thread, in which all that is readable is one run of memory, and all
/// that is writable too: for `recv`, a parser, `send`. A number, to be copied freely and never looked into.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

static STREAMS: Table<Box<ByteStream>, 3, RINGS> = Table::new();

/// Makes a stream of exactly `capacity` bytes. `options` may be NULL; nothing waits here, so its wait strategies mean nothing.
///
/// # Safety
/// `options` is NULL or valid, `stream` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_create(
    capacity: usize,
    options: *const RingOptions,
    stream: *mut StreamHandle,
) -> i32 {
    call(|| {
        present(stream)?;
        // SAFETY: the caller vouches for it.
        let wanted = unsafe { Wanted::read(options)? };
        let ring = Ring::builder(capacity)
            .options(wanted.memory.clone())
            .build()
            .map_err(|error| wanted.explain(&error))?;
        let id = STREAMS.open(Box::new(ByteStream::from(ring)))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stream, StreamHandle { id }) }
    })
}

/// Frees the stream with all that is in it. To end it for a reader, `rf_stream_end`.
#[unsafe(no_mangle)]
pub extern "C" fn rf_stream_close(stream: StreamHandle) -> i32 {
    call(|| STREAMS.close(stream.id))
}

/// Ends the stream: what is in it can still be read, then reading is `RF_ERROR_CLOSED`, as writing is at once.
#[unsafe(no_mangle)]
pub extern "C" fn rf_stream_end(stream: StreamHandle) -> i32 {
    call(|| {
        STREAMS.with(stream.id, |stream| {
            stream.close();
            Ok(())
        })
    })
}

/// Copies as much of `size` bytes in as fits; `written`, which may be NULL, says how much. `RF_ERROR_FULL` if nothing fits,
/// `RF_ERROR_CLOSED` if the stream has ended.
///
/// # Safety
/// `data` is NULL or the start of `size` bytes, none of them in the stream itself (what lies there already is published by
/// `rf_stream_produce`); `written` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_write(
    stream: StreamHandle,
    data: *const c_void,
    size: usize,
    written: *mut usize,
) -> i32 {
    call(|| {
        let done = STREAMS.with(stream.id, |stream| {
            // SAFETY: the caller lends so many bytes.
            let data = unsafe { bytes(data, size)? };
            match stream.push_slice(data) {
                0 if size > 0 => Err(if stream.is_closed() { Code::Closed } else { Code::Full }),
                count => Ok(count),
            }
        });
        // SAFETY: the caller lends it for writing, or it is NULL.
        unsafe { put_if_wanted(written, done.unwrap_or(0)) };
        done.map(drop)
    })
}

/// Copies as much out as there is, at most `size` bytes; `read`, which may be NULL, says how much. `RF_ERROR_EMPTY` if there is nothing,
/// `RF_ERROR_CLOSED` if there will never be.
///
/// # Safety
/// `data` is NULL or has room for `size` bytes, none of them in the stream itself; `read` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_read(
    stream: StreamHandle,
    data: *mut c_void,
    size: usize,
    read: *mut usize,
) -> i32 {
    call(|| {
        let done = STREAMS.with(stream.id, |stream| {
            // SAFETY: the caller lends room for so many bytes.
            let target = unsafe { bytes_mut(data, size)? };
            let source = stream.readable();
            if source.is_empty() && size > 0 {
                return Err(if stream.is_closed() { Code::Closed } else { Code::Empty });
            }
            let count = source.len().min(size);
            // SAFETY: both are at least so long, and the caller's memory is not the stream's.
            unsafe { target.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(source.as_ptr(), count) };
            Ok(stream.consume(count))
        });
        // SAFETY: the caller lends it for writing, or it is NULL.
        unsafe { put_if_wanted(read, done.unwrap_or(0)) };
        done.map(drop)
    })
}

/// Shows all that can be read, in place; perhaps nothing.
///
/// # Safety
/// `view` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_readable(stream: StreamHandle, view: *mut View) -> i32 {
    call(|| {
        let seen = STREAMS.with(stream.id, |stream| {
            let readable = stream.readable();
            Ok(View::new(readable.as_ptr(), readable.len()))
        })?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(view, seen) }
    })
}

/// Gives the first `size` readable bytes back. `RF_ERROR_CLAIM` if there are fewer: then nothing was done.
#[unsafe(no_mangle)]
pub extern "C" fn rf_stream_consume(stream: StreamHandle, size: usize) -> i32 {
    call(|| {
        STREAMS.with(stream.id, |stream| {
            if size > stream.len() {
                return Err(Code::Claim);
            }
            stream.consume(size);
            Ok(())
        })
    })
}

/// Lends all the room there is, to be written in place; perhaps none. What is in it is old or zero, and nothing of it can be read
/// before `rf_stream_produce`.
///
/// # Safety
/// `span` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_writable(stream: StreamHandle, span: *mut Span) -> i32 {
    call(|| {
        let room = STREAMS.with(stream.id, |stream| {
            let writable = stream.writable();
            Ok(Span::new(writable.as_mut_ptr(), writable.len()))
        })?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(span, room) }
    })
}

/// Makes the first `size` bytes of the room readable. `RF_ERROR_CLAIM` if there is less: then nothing was done.
#[unsafe(no_mangle)]
pub extern "C" fn rf_stream_produce(stream: StreamHandle, size: usize) -> i32 {
    call(|| {
        STREAMS.with(stream.id, |stream| {
            if size > stream.free() {
                return Err(Code::Claim);
            }
            stream.produce(size);
            Ok(())
        })
    })
}

/// How many bytes can be read, how many can be written, and whether the stream has ended (1 or 0). Each may be NULL.
///
/// # Safety
/// Each is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_stream_state(
    stream: StreamHandle,
    readable: *mut usize,
    writable: *mut usize,
    has_ended: *mut i32,
) -> i32 {
    call(|| {
        let state =
            STREAMS.with(stream.id, |stream| Ok((stream.len(), stream.free(), stream.is_closed())))?;
        // SAFETY: the caller lends each for writing, or it is NULL.
        unsafe {
            put_if_wanted(readable, state.0);
            put_if_wanted(writable, state.1);
            put_if_wanted(has_ended, i32::from(state.2));
        }
        Ok(())
    })
}
