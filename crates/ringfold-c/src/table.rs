//! Handles: numbers that stand for objects, and go stale when the object is closed.
//!
//! ```text
//!   handle   │ generation: 31 bits │ kind: 4 │ index: 28 │
//!   chunks   [ entry entry .. ] [ entry entry .. ] ..        made when needed, never freed
//!   entry    state: the handle that is valid here │ the object
//! ```
//!
//! A handle is valid if it is the very number that its entry states. Closing raises the generation, so an old handle never
//! fits again, whoever gets the entry next. While a call runs, the state has its top bit set: a second call that meets the first is told
//! `Busy`. That is a plain load and two plain stores, which find two threads that wait at once with one handle, and one that closes it under
//! the other; they do not make a handle safe to share.

use std::sync::OnceLock;

use ringfold_core::{
    padded::CachePadded,
    sync::{AtomicU64, Mutex, Ordering, OwnedCell},
};

use crate::code::Code;

/// All handles of one kind.
pub struct Table<T> {
    kind: u64,
    chunks: [OnceLock<Chunk<T>>; CHUNKS],
    free: Mutex<Free>,
}

type Chunk<T> = Box<[CachePadded<Entry<T>>]>;

struct Entry<T> {
    state: AtomicU64,
    object: OwnedCell<Option<T>>,
}

// SAFETY: whoever uses the object has found its handle valid and not in use; that a handle is used by one thread at a time is what
// every function of the ABI demands of its callers. `T: Send`, because the next user may be another thread.
unsafe impl<T: Send> Sync for Entry<T> {}

/// Entries that have no object.
struct Free {
    /// The handles that they will have.
    handles: Vec<u64>,
    /// How many entries were ever used.
    used: usize,
}

const CHUNK: usize = 64;
const CHUNKS: usize = 4096;
const INDEX: u64 = (1 << 28) - 1;
const KIND_SHIFT: u32 = 28;
const ONE_GENERATION: u64 = 1 << 32;
const BUSY: u64 = 1 << 63;

impl<T: Send> Table<T> {
    /// Without handles. No other table has the same `kind`, which is below 16.
    pub const fn new(kind: u64) -> Self {
        Self {
            kind,
            chunks: [const { OnceLock::new() }; CHUNKS],
            free: Mutex::new(Free { handles: Vec::new(), used: 0 }),
        }
    }

    /// A handle for `object`. Allocates for every 64th.
    pub fn open(&self, object: T) -> Result<u64, Code> {
        let handle = self.take_free()?;
        let entry = self.entry(handle).ok_or(Code::Exhausted)?;
        // SAFETY: the entry was free, so nobody else has a handle to it, and `take_free` gave it to this call alone.
        unsafe { *entry.object.as_ptr() = Some(object) };
        entry.state.store(handle, Ordering::Relaxed);
        Ok(handle)
    }

    /// Runs `body` on the object that `handle` stands for.
    #[inline(always)]
    pub fn with<R>(&self, handle: u64, body: impl FnOnce(&mut T) -> Result<R, Code>) -> Result<R, Code> {
        let entry = self.enter(handle)?;
        let _left = Left { entry, state: handle };
        // SAFETY: the handle is valid and was not in use, so this call has the object to itself (`Sync` above).
        match unsafe { &mut *entry.object.as_ptr() } {
            Some(object) => body(object),
            None => Err(Code::Handle),
        }
    }

    /// Drops the object; the handle is never valid again.
    pub fn close(&self, handle: u64) -> Result<(), Code> {
        self.take(handle).map(drop)
    }

    /// Takes the object out; the handle is never valid again.
    pub fn take(&self, handle: u64) -> Result<T, Code> {
        let entry = self.enter(handle)?;
        // SAFETY: as in `with`.
        let object = unsafe { (*entry.object.as_ptr()).take() };
        let next = handle + ONE_GENERATION;
        // Not valid before somebody gets it. An entry whose generations are used up is never used again.
        entry.state.store(next | BUSY, Ordering::Relaxed);
        if next & BUSY == 0 {
            self.lock().handles.push(next);
        }
        object.ok_or(Code::Handle)
    }

    #[inline(always)]
    fn enter(&self, handle: u64) -> Result<&Entry<T>, Code> {
        let entry = self.entry(handle).ok_or(Code::Handle)?;
        let state = entry.state.load(Ordering::Relaxed);
        if state != handle || handle & BUSY != 0 {
            return Err(if state == handle | BUSY { Code::Busy } else { Code::Handle });
        }
        entry.state.store(handle | BUSY, Ordering::Relaxed);
        Ok(entry)
    }

    #[inline(always)]
    fn entry(&self, handle: u64) -> Option<&Entry<T>> {
        let index = (handle & INDEX) as usize;
        self.chunks.get(index / CHUNK)?.get()?.get(index % CHUNK).map(|entry| &**entry)
    }

    fn take_free(&self) -> Result<u64, Code> {
        let mut free = self.lock();
        if let Some(handle) = free.handles.pop() {
            return Ok(handle);
        }
        let index = free.used;
        let chunk = self.chunks.get(index / CHUNK).ok_or(Code::Exhausted)?;
        chunk.get_or_init(|| (0..CHUNK).map(|_| CachePadded::new(Entry::vacant())).collect());
        free.used += 1;
        Ok(ONE_GENERATION | self.kind << KIND_SHIFT | index as u64)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Free> {
        // Nothing is done under it that could leave it half done.
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T> Entry<T> {
    fn vacant() -> Self {
        Self { state: AtomicU64::new(BUSY), object: OwnedCell::new(None) }
    }
}

/// Makes the handle valid again when the call is over, however it ends.
struct Left<'a, T> {
    entry: &'a Entry<T>,
    state: u64,
}

impl<T> Drop for Left<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.entry.state.store(self.state, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NUMBERS: Table<u32> = Table::new(9);

    fn read(handle: u64) -> Result<u32, Code> {
        NUMBERS.with(handle, |number| Ok(*number))
    }

    #[test]
    fn a_handle_is_valid_from_open_to_close() {
        let table: Table<u32> = Table::new(3);
        let first = table.open(1).unwrap();
        assert_eq!(table.with(first, |number| Ok(*number)), Ok(1));
        assert_eq!(table.close(first), Ok(()));
        assert_eq!(table.close(first), Err(Code::Handle));
        let second = table.open(2).unwrap();
        assert_ne!(first, second);
        assert_eq!(first & INDEX, second & INDEX, "the entry is used again");
        assert_eq!(table.with(first, |number| Ok(*number)), Err(Code::Handle));
        assert_eq!(table.with(second, |number| Ok(*number)), Ok(2));
    }

    #[test]
    fn numbers_that_are_no_handle_are_refused() {
        let good = NUMBERS.open(7).unwrap();
        for bad in [0, 1, u64::MAX, good | BUSY, good + 1, good ^ ONE_GENERATION, good ^ (1 << KIND_SHIFT)] {
            assert_eq!(read(bad), Err(Code::Handle), "{bad:x}");
        }
        assert_eq!(read(good), Ok(7));
    }

    #[test]
    fn a_call_inside_a_call_is_told_so() {
        let handle = NUMBERS.open(1).unwrap();
        let inner = NUMBERS.with(handle, |_| Ok((read(handle), NUMBERS.close(handle))));
        assert_eq!(inner, Ok((Err(Code::Busy), Err(Code::Busy))));
        assert_eq!(read(handle), Ok(1));
    }

    #[test]
    fn a_panic_leaves_the_handle_valid() {
        let handle = NUMBERS.open(1).unwrap();
        let panicked = std::panic::catch_unwind(|| NUMBERS.with::<()>(handle, |_| panic!("a test")));
        assert!(panicked.is_err());
        assert_eq!(NUMBERS.close(handle), Ok(()));
    }

    #[test]
    fn there_are_more_handles_than_a_chunk_holds() {
        let handles: Vec<u64> = (0..1000).map(|i| NUMBERS.open(i).unwrap()).collect();
        for (i, &handle) in handles.iter().enumerate() {
            assert_eq!(read(handle), Ok(i as u32));
            NUMBERS.close(handle).unwrap();
        }
    }
}
