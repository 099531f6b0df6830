//! Payloads in slots that are used again, shared by counting.

use std::ffi::c_void;

use ringfold::pool::{Config, EventRef, Pool, PoolError, UniqueEvent, WeakEvent, WhenExhausted};

use crate::{
    code::Code,
    guard::{call, present, put, put_if_wanted},
    span::{Span, View, bytes},
    stats::{PoolFigures, check_size},
    table::{RINGS, Table},
    wait::Wait,
};

/// `profile` of the pool's options: slots for a desktop program, 1.2 MiB. The default.
pub const RF_POOL_DESKTOP: u32 = 0;
/// `profile` of the pool's options: slots for a phone, 0.4 MiB.
pub const RF_POOL_MOBILE: u32 = 1;
/// `profile` of the pool's options: slots for a server, 2.4 MiB.
pub const RF_POOL_SERVER: u32 = 2;
/// `profile` of the pool's options: one of the others, as this machine is.
pub const RF_POOL_DETECT: u32 = 3;
/// `profile` of the pool's options: as many slots as `capacities` says.
pub const RF_POOL_CUSTOM: u32 = 4;

/// `when_exhausted` of the pool's options: takes a slot of a larger class. The default.
pub const RF_EXHAUSTED_NEXT_LARGER: u32 = 0;
/// `when_exhausted` of the pool's options: takes memory of the heap.
pub const RF_EXHAUSTED_HEAP: u32 = 1;
/// `when_exhausted` of the pool's options: waits for a slot.
pub const RF_EXHAUSTED_WAIT: u32 = 2;
/// `when_exhausted` of the pool's options: is an error.
pub const RF_EXHAUSTED_FAIL: u32 = 3;

/// How a pool is made. All zero but for `struct_size` is the default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PoolOptions {
    /// `sizeof(rf_pool_options)`, so that later versions can add to it.
    pub struct_size: usize,
    /// One of `RF_POOL_..`.
    pub profile: u32,
    /// One of `RF_EXHAUSTED_..`.
    pub when_exhausted: u32,
    /// With `RF_POOL_CUSTOM`: the slots of 64 B, 256 B, 1 KiB, 4 KiB and 16 KiB.
    pub capacities: [usize; 5],
}

/// A pool of slots: a number, to be copied freely and never looked into. All zero is none.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// A reference to a payload, which does not change any more and is freed when the last reference is closed. As a number of 8 bytes it goes
/// through a ring: who takes it out has to close it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// A reference to a payload that does not keep it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// A payload that is being written.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftHandle {
    /// 0, or what the library made of it.
    pub id: u64,
}

/// How many references a process can have.
const EVENTS: usize = 1 << 18;

static POOLS: Table<Pool, 7, RINGS> = Table::new();
static EVENTS_OPEN: Table<EventRef, 8, EVENTS> = Table::new();
static WEAK_EVENTS: Table<WeakEvent, 9, EVENTS> = Table::new();
static DRAFTS: Table<UniqueEvent, 10, RINGS> = Table::new();

/// Makes a pool, with all its memory. `options` may be NULL. `RF_ERROR_INVALID`, `RF_ERROR_MEMORY`.
///
/// # Safety
/// `options` is NULL or valid, `pool` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_create(options: *const PoolOptions, pool: *mut PoolHandle) -> i32 {
    call(|| {
        present(pool)?;
        // SAFETY: the caller vouches for it.
        let config = unsafe { config(options)? };
        let made = Pool::new(config).map_err(|error| match error.is_invalid() {
            true => Code::Invalid,
            false => Code::Memory,
        })?;
        let id = POOLS.open(made)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(pool, PoolHandle { id }) }
    })
}

/// Another handle of the same pool, for another thread.
///
/// # Safety
/// `another` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_clone(pool: PoolHandle, another: *mut PoolHandle) -> i32 {
    call(|| {
        present(another)?;
        let id = POOLS.open(POOLS.with(pool.id, |pool| Ok(pool.clone()))?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(another, PoolHandle { id }) }
    })
}

/// Closes this handle of the pool. Its memory goes when all of them, and all references to payloads, are closed.
#[unsafe(no_mangle)]
pub extern "C" fn rf_pool_close(pool: PoolHandle) -> i32 {
    call(|| POOLS.close(pool.id))
}

/// Copies `size` bytes into a slot, without waiting. `RF_ERROR_EXHAUSTED` if there is none, `RF_ERROR_TOO_LARGE`, `RF_ERROR_MEMORY`.
///
/// # Safety
/// `data` is NULL or the start of `size` bytes; `event` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_try_alloc(
    pool: PoolHandle,
    data: *const c_void,
    size: usize,
    tag: u32,
    event: *mut EventHandle,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { alloc(pool, data, size, tag, Wait::Never, event) }
}

/// Copies `size` bytes into a slot, waiting for one for at most `timeout_ns` if the pool was made with `RF_EXHAUSTED_WAIT`; for a class
/// without slots `RF_ERROR_EXHAUSTED` at once. Otherwise as `rf_pool_try_alloc`.
///
/// # Safety
/// As for `rf_pool_try_alloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_alloc(
    pool: PoolHandle,
    data: *const c_void,
    size: usize,
    tag: u32,
    timeout_ns: i64,
    event: *mut EventHandle,
) -> i32 {
    // SAFETY: handed on from the caller.
    unsafe { alloc(pool, data, size, tag, Wait::from_nanos(timeout_ns), event) }
}

/// A slot for `size` bytes that are written in place, and then shared or closed; never waits. What is in them is old or zero.
///
/// # Safety
/// `draft` and `span` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_draft(
    pool: PoolHandle,
    size: usize,
    draft: *mut DraftHandle,
    span: *mut Span,
) -> i32 {
    call(|| {
        present(draft)?;
        present(span)?;
        let mut event = POOLS.with(pool.id, |pool| Ok(pool.try_alloc_uninit(size)?))?;
        let room = Span::new(event.as_mut_ptr(), event.len());
        let id = DRAFTS.open(event)?;
        // SAFETY: the caller lends both for writing.
        unsafe {
            put(draft, DraftHandle { id })?;
            put(span, room)
        }
    })
}

/// Makes a payload of the first `size` bytes of the draft, which must not be written any more. `RF_ERROR_CLAIM` if they are more than were asked
/// for: then nothing was done.
///
/// # Safety
/// `event` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_draft_share(
    draft: DraftHandle,
    size: usize,
    tag: u32,
    event: *mut EventHandle,
) -> i32 {
    call(|| {
        present(event)?;
        DRAFTS.with(draft.id, |draft| if size <= draft.len() { Ok(()) } else { Err(Code::Claim) })?;
        // The handle first: where there is none, the draft stays.
        let place = EVENTS_OPEN.reserve()?;
        let mut unique = match DRAFTS.take(draft.id) {
            Ok(unique) => unique,
            Err(code) => {
                EVENTS_OPEN.cancel(place);
                return Err(code);
            }
        };
        unique.truncate(size);
        unique.set_tag(tag);
        let id = EVENTS_OPEN.fill(place, unique.share())?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(event, EventHandle { id }) }
    })
}

/// Gives the draft back.
#[unsafe(no_mangle)]
pub extern "C" fn rf_draft_close(draft: DraftHandle) -> i32 {
    call(|| DRAFTS.close(draft.id))
}

/// Shows the payload in place, and its tag; each may be NULL. The bytes stay until this reference is closed.
///
/// # Safety
/// `view` and `tag` are NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_event_read(event: EventHandle, view: *mut View, tag: *mut u32) -> i32 {
    call(|| {
        let seen =
            EVENTS_OPEN.with(event.id, |event| Ok((View::new(event.as_ptr(), event.len()), event.tag())))?;
        // SAFETY: the caller lends both for writing, or they are NULL.
        unsafe {
            put_if_wanted(view, seen.0);
            put_if_wanted(tag, seen.1);
        }
        Ok(())
    })
}

/// Another reference to the payload, for another thread.
///
/// # Safety
/// `another` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_event_clone(event: EventHandle, another: *mut EventHandle) -> i32 {
    call(|| {
        present(another)?;
        let id = EVENTS_OPEN.open(EVENTS_OPEN.with(event.id, |event| Ok(event.clone()))?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(another, EventHandle { id }) }
    })
}

/// Closes this reference; the last one frees the slot.
#[unsafe(no_mangle)]
pub extern "C" fn rf_event_close(event: EventHandle) -> i32 {
    call(|| EVENTS_OPEN.close(event.id))
}

/// A reference that does not keep the payload.
///
/// # Safety
/// `weak` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_event_downgrade(event: EventHandle, weak: *mut WeakHandle) -> i32 {
    call(|| {
        present(weak)?;
        let id = WEAK_EVENTS.open(EVENTS_OPEN.with(event.id, |event| Ok(event.downgrade()))?)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(weak, WeakHandle { id }) }
    })
}

/// A reference to the very payload, if it is still there: `RF_ERROR_CLOSED` if not.
///
/// # Safety
/// `event` may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_weak_event_upgrade(weak: WeakHandle, event: *mut EventHandle) -> i32 {
    call(|| {
        present(event)?;
        let upgraded = WEAK_EVENTS.with(weak.id, |weak| weak.upgrade().ok_or(Code::Closed))?;
        let id = EVENTS_OPEN.open(upgraded)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(event, EventHandle { id }) }
    })
}

/// Closes the weak reference.
#[unsafe(no_mangle)]
pub extern "C" fn rf_weak_event_close(weak: WeakHandle) -> i32 {
    call(|| WEAK_EVENTS.close(weak.id))
}

/// What the pool has done so far. `struct_size` is set by the caller.
///
/// # Safety
/// `stats` is NULL or may be written, and its `struct_size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rf_pool_stats(pool: PoolHandle, stats: *mut PoolFigures) -> i32 {
    call(|| {
        // SAFETY: the caller vouches for it.
        unsafe { check_size(stats)? };
        let known = POOLS.with(pool.id, |pool| Ok(PoolFigures::of(pool)))?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(stats, known) }
    })
}

/// # Safety
/// As for `rf_pool_alloc`.
unsafe fn alloc(
    pool: PoolHandle,
    data: *const c_void,
    size: usize,
    tag: u32,
    wait: Wait,
    event: *mut EventHandle,
) -> i32 {
    call(|| {
        present(event)?;
        // SAFETY: the caller lends so many bytes.
        let data = unsafe { bytes(data, size)? };
        let made = POOLS.with(pool.id, |pool| {
            Ok(match wait {
                Wait::Never => pool.try_alloc(data, tag)?,
                Wait::For(time) => pool.alloc_timeout(data, tag, time)?,
                Wait::Forever => pool.alloc(data, tag)?,
            })
        })?;
        let id = EVENTS_OPEN.open(made)?;
        // SAFETY: the caller lends it for writing.
        unsafe { put(event, EventHandle { id }) }
    })
}

/// # Safety
/// `options` is NULL or the start of as many bytes as it says.
unsafe fn config(options: *const PoolOptions) -> Result<Config, Code> {
    if options.is_null() {
        return Ok(Config::desktop());
    }
    // SAFETY: the caller vouches for it.
    unsafe { check_size(options)? };
    // SAFETY: there are so many bytes, which was checked, and every value of them is valid.
    let options = unsafe { options.read_unaligned() };
    let config = match options.profile {
        RF_POOL_DESKTOP => Config::desktop(),
        RF_POOL_MOBILE => Config::mobile(),
        RF_POOL_SERVER => Config::server(),
        RF_POOL_DETECT => Config::detect(),
        RF_POOL_CUSTOM => Config::with_capacities(options.capacities),
        _ => return Err(Code::Invalid),
    };
    Ok(config.when_exhausted(match options.when_exhausted {
        RF_EXHAUSTED_NEXT_LARGER => WhenExhausted::NextLarger,
        RF_EXHAUSTED_HEAP => WhenExhausted::Heap,
        RF_EXHAUSTED_WAIT => WhenExhausted::Wait,
        RF_EXHAUSTED_FAIL => WhenExhausted::Fail,
        _ => return Err(Code::Invalid),
    }))
}

impl From<PoolError> for Code {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Exhausted { .. } => Self::Exhausted,
            PoolError::TooLarge { .. } => Self::TooLarge,
            PoolError::OutOfMemory { .. } => Self::Memory,
        }
    }
}
