//! Handles: numbers that stand for objects, and go stale when the object is closed.
//!
//! ```text
//!   handle   │ generation: 31 bits │ kind: 4 │ index: 28 │
//!   entries  [ state, object │ state, object │ .. ]            zero pages until they are used
//! ```
//!
//! A handle is valid if it is the very number that its entry states. Closing raises the generation, so an old handle never
//! fits again, whoever gets the entry next. While a call runs, the state has its top bit set: a second call that meets the first is told
//! `Busy`. That is a plain load and two plain stores, which find two threads that wait at once with one handle, and one that closes it under
//! the other; they do not make a handle safe to share.

use ringfold_core::{
    padded::CachePadded,
    sync::{AtomicU64, Mutex, Ordering, OwnedCell},
};

use crate::code::Code;

/// All handles of one kind, at most `MOST` at a time. No other table has the same `KIND`, which is below 16.
///
/// A new one is all zero, so that it takes no room in the library and no memory before it is used.
pub struct Table<T, const KIND: u64, const MOST: usize> {
    entries: [CachePadded<Entry<T>>; MOST],
    free: Mutex<Free>,
}

/// A handle that stands for nothing yet, of the only table of its kind.
#[must_use = "fill it or cancel it; dropping it loses an entry"]
pub struct Reserved<const KIND: u64>(u64);

/// How many rings a process can have.
pub const RINGS: usize = 1 << 16;

/// On cache lines of its own, because each is used by another thread.
struct Entry<T> {
    /// The valid handle, with the top bit set while it is in use; another one with the top bit set, or 0, if there is none.
    state: AtomicU64,
    object: OwnedCell<Option<T>>,
}

// SAFETY: whoever uses the object has found its handle valid and not in use; that a handle is used by one thread at a time is what
// every function of the ABI demands of its callers. `T: Send`, because the next user may be another thread.
unsafe impl<T: Send> Sync for Entry<T> {}

/// Entries that have no object.
struct Free {
    /// The handles that they will have.
    #[expect(clippy::box_collection, reason = "none of it is all zero")]
    handles: Option<Box<Vec<u64>>>,
    /// How many entries were ever used.
    used: usize,
}

const INDEX: u64 = (1 << 28) - 1;
const KIND_SHIFT: u32 = 28;
const ONE_GENERATION: u64 = 1 << 32;
const BUSY: u64 = 1 << 63;

impl<T: Send, const KIND: u64, const MOST: usize> Table<T, KIND, MOST> {
    /// Without handles.
    pub const fn new() -> Self {
        const { assert!(MOST as u64 <= INDEX && KIND < 16) };
        Self {
            entries: [const { CachePadded::new(Entry::vacant()) }; MOST],
            free: Mutex::new(Free { handles: None, used: 0 }),
        }
    }

    /// A handle for `object`.
    pub fn open(&self, object: T) -> Result<u64, Code> {
        let handle = self.reserve()?;
        self.fill(handle, object)
    }

    /// A handle for an object that is yet to be had: [`fill`](Self::fill) it, or [`cancel`](Self::cancel) it.
    pub fn reserve(&self) -> Result<Reserved<KIND>, Code> {
        self.take_free().map(Reserved)
    }

    /// Gives a reserved handle back.
    pub fn cancel(&self, handle: Reserved<KIND>) {
        self.lock().handles.get_or_insert_default().push(handle.0);
    }

    /// Lets a reserved handle stand for `object`.
    pub fn fill(&self, Reserved(handle): Reserved<KIND>, object: T) -> Result<u64, Code> {
        let entry = self.entry(handle).ok_or(Code::Exhausted)?;
        // SAFETY: the entry was free, so nobody else has a handle to it, and `reserve` gave it to its caller alone; there is one table of
        // this kind.
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
        let Some(object) = (unsafe { (*entry.object.as_ptr()).take() }) else {
            // The number is 0, and so is the state of an entry that was never used.
            entry.state.store(handle, Ordering::Relaxed);
            return Err(Code::Handle);
        };
        let next = handle + ONE_GENERATION;
        // Not valid before somebody gets it. An entry whose generations are used up is never used again.
        entry.state.store(next | BUSY, Ordering::Relaxed);
        if next & BUSY == 0 {
            self.lock().handles.get_or_insert_default().push(next);
        }
        Ok(object)
    }

    #[inline(always)]
    fn enter(&self, handle: u64) -> Result<&Entry<T>, Code> {
        let entry = self.entry(handle).ok_or(Code::Handle)?;
        let state = entry.state.load(Ordering::Relaxed);
        if state != handle {
            return Err(why_not(state, handle));
        }
        entry.state.store(handle | BUSY, Ordering::Relaxed);
        Ok(entry)
    }

    #[inline(always)]
    fn entry(&self, handle: u64) -> Option<&Entry<T>> {
        // A number with the top bit set, which could be what an entry states, is beyond all of them.
        let index = usize::try_from(handle & (INDEX | BUSY)).ok()?;
        self.entries.get(index).map(|entry| &**entry)
    }

    fn take_free(&self) -> Result<u64, Code> {
        let mut free = self.lock();
        if let Some(handle) = free.handles.as_mut().and_then(|handles| handles.pop()) {
            return Ok(handle);
        }
        let index = free.used;
        if index == MOST {
            return Err(Code::Exhausted);
        }
        free.used += 1;
        Ok(ONE_GENERATION | KIND << KIND_SHIFT | index as u64)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Free> {
        // Nothing is done under it that could leave it half done.
        self.free.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cold]
fn why_not(state: u64, handle: u64) -> Code {
    if handle != 0 && state == handle | BUSY { Code::Busy } else { Code::Handle }
}

impl<T> Entry<T> {
    const fn vacant() -> Self {
        Self { state: AtomicU64::new(0), object: OwnedCell::new(None) }
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

    static NUMBERS: Table<u32, 9, 2000> = Table::new();

    fn read(handle: u64) -> Result<u32, Code> {
        NUMBERS.with(handle, |number| Ok(*number))
    }

    #[test]
    fn a_handle_is_valid_from_open_to_close() {
        static TABLE: Table<u32, 3, 1> = Table::new();
        let first = TABLE.open(1).unwrap();
        assert_eq!(TABLE.with(first, |number| Ok(*number)), Ok(1));
        assert_eq!(TABLE.open(2), Err(Code::Exhausted));
        assert_eq!(TABLE.close(first), Ok(()));
        assert_eq!(TABLE.close(first), Err(Code::Handle));
        let second = TABLE.open(2).unwrap();
        assert_ne!(first, second);
        assert_eq!(first & INDEX, second & INDEX, "the entry is used again");
        assert_eq!(TABLE.with(first, |number| Ok(*number)), Err(Code::Handle));
        assert_eq!(TABLE.with(second, |number| Ok(*number)), Ok(2));
    }

    #[test]
    fn a_reserved_handle_is_filled_or_given_back() {
        static TABLE: Table<u32, 4, 1> = Table::new();
        let reserved = TABLE.reserve().unwrap();
        assert_eq!(TABLE.open(1), Err(Code::Exhausted), "what is reserved is taken");
        TABLE.cancel(reserved);
        let handle = TABLE.reserve().and_then(|reserved| TABLE.fill(reserved, 7)).unwrap();
        assert_eq!(TABLE.with(handle, |number| Ok(*number)), Ok(7));
    }

    #[test]
    fn numbers_that_are_no_handle_are_refused() {
        for never in 0..2000 {
            assert_eq!(NUMBERS.close(never), Err(Code::Handle));
        }
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
}
