//! A pool of values of one type.

use core::{alloc::Layout, fmt, marker::PhantomData, ops::Deref, ptr::NonNull};

use ringfold_core::wait::{Deadline, WaitStrategy};
use ringfold_memory::Error;

use super::{
    arena::Backing,
    blocks,
    blocks::Shape,
    class::Class,
    closing::Link,
    error::Exhausted,
    header::{Header, Released, Slot},
    reference::{self, Weak},
    store::{Plan, Store},
};

/// A pool of values of one type, each with as many owners as there are references: an `Arc` without the allocator.
///
/// `Send` and `Sync` if the values are, and `Clone`: all handles are the same slab. When the last one is dropped the memory goes as soon as
/// the last value is dropped too; values outlive it.
///
/// ```
/// use ringfold::pool::{Exhausted, Slab};
///
/// let slab = Slab::with_capacity(2)?;
/// let (name, other) = (slab.alloc(String::from("Ada")), slab.try_alloc(String::from("Grace"))?);
/// let Exhausted(back) = slab.try_alloc(String::from("Mary")).unwrap_err();
/// let same = name.clone();
/// assert_eq!((&**same, back.as_str()), ("Ada", "Mary"));
/// drop((name, same)); // and with the last reference the value
/// assert!(slab.try_alloc(back).is_ok());
/// # drop(other);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Slab<T> {
    link: Link,
    _values: PhantomData<T>,
}

/// A shared value in a slot of a [`Slab`]. Dereferences to it. The value is dropped with the last reference, and then the slot is free again, on
/// whatever thread that is, also after the slab itself is gone, and also where dropping the value panics.
///
/// `Send` and `Sync` if the value is both, as an `Arc` of it would be; 16 bytes, and so is an `Option` of it.
pub struct SlotRef<T> {
    slot: Slot,
    /// Cloned from another one; if not it is likely the last to be dropped.
    is_cloned: bool,
    _value: PhantomData<T>,
}

/// A handle that does not keep a value, and knows whether it is still there. It keeps the memory of the slab, though not the slot.
pub struct WeakSlot<T> {
    weak: Weak,
    _value: PhantomData<T>,
}

/// Threads that have caches.
const THREADS: usize = 16;

// SAFETY: a slab holds no values itself; those that go in through a shared handle are dropped wherever the last reference is, and may be shared
// between threads, so they must be both.
unsafe impl<T: Send + Sync> Send for Slab<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Slab<T> {}
// SAFETY: any thread may use the value at the same time as others (`T: Sync`) and drop it (`T: Send`).
unsafe impl<T: Send + Sync> Send for SlotRef<T> {}
// SAFETY: as for `Send`: from a shared reference others can be cloned.
unsafe impl<T: Send + Sync> Sync for SlotRef<T> {}
// SAFETY: as for `SlotRef`, to which it can be upgraded.
unsafe impl<T: Send + Sync> Send for WeakSlot<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for WeakSlot<T> {}

impl<T> Slab<T> {
    /// A slab of `capacity` slots, each 16 bytes larger than a value (more where its alignment is larger). Every slot is touched at once.
    ///
    /// # Errors
    /// When the capacity is 0 or absurd, or when the memory cannot be had; the error says which, and what to do about it.
    pub fn with_capacity(capacity: usize) -> Result<Self, Error> {
        if capacity == 0 {
            let (what, help) =
                ("a slab of capacity 0 could never hold a value", "ask for a capacity of at least 1");
            return Err(Error::invalid(0, what, help));
        }
        let classes = [(Shape::new(Layout::new::<T>()), capacity)];
        let plan = Plan { classes: &classes, cached: 1, threads: THREADS, strategy: WaitStrategy::Park };
        let store = Store::open(&plan, Backing::heap)?;
        // SAFETY: the store was just opened.
        Ok(Self { link: unsafe { Link::first(store) }, _values: PhantomData })
    }

    /// Moves `value` into a slot if one is free; never waits.
    ///
    /// # Errors
    /// `Exhausted` gives the value back when all slots are in use.
    #[inline]
    pub fn try_alloc(&self, value: T) -> Result<SlotRef<T>, Exhausted<T>> {
        match self.store().take(self.class()) {
            // SAFETY: the slot was just taken.
            Some(slot) => Ok(unsafe { SlotRef::new(slot, value) }),
            None => Err(self.refuse(value)),
        }
    }

    /// Moves `value` into a slot, waiting for one for as long as it takes.
    #[inline]
    pub fn alloc(&self, value: T) -> SlotRef<T> {
        let slot = match self.store().take(self.class()) {
            Some(slot) => slot,
            None => loop {
                // Without a deadline it comes back with a slot.
                if let Some(slot) = self.store().take_waiting(self.class(), None) {
                    break slot;
                }
            },
        };
        // SAFETY: the slot was just taken.
        unsafe { SlotRef::new(slot, value) }
    }

    /// Moves `value` into a slot, waiting for one for at most `timeout`.
    ///
    /// # Errors
    /// `Exhausted` gives the value back when no slot came free in time.
    pub fn alloc_timeout(&self, value: T, timeout: core::time::Duration) -> Result<SlotRef<T>, Exhausted<T>> {
        self.try_alloc(value).or_else(|Exhausted(value)| {
            let deadline = Deadline::now().checked_add(timeout);
            match self.store().take_waiting(self.class(), deadline) {
                // SAFETY: the slot was just taken.
                Some(slot) => Ok(unsafe { SlotRef::new(slot, value) }),
                None => Err(Exhausted(value)),
            }
        })
    }

    /// How many slots there are: what was asked for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.class().blocks.count()
    }

    /// How many slots are in use; at some moment during the call, if others are at work.
    #[must_use]
    pub fn in_use(&self) -> usize {
        let class = self.class();
        let at_hand: u64 = self.store().caches_of(class).map(|cache| cache.len()).sum();
        class.depot.taken().saturating_sub(at_hand + class.figures.retired.value()) as usize
    }

    #[inline(always)]
    fn store(&self) -> &Store {
        self.link.store()
    }

    #[inline(always)]
    fn class(&self) -> &Class {
        &self.store().classes[0]
    }

    #[cold]
    fn refuse(&self, value: T) -> Exhausted<T> {
        self.class().figures.exhausted.raise_by(1);
        Exhausted(value)
    }
}

impl<T> SlotRef<T> {
    /// # Safety
    /// The slot is one of a slab of `T`, and was just taken.
    #[inline(always)]
    unsafe fn new(slot: Slot, value: T) -> Self {
        // SAFETY: the slot is the caller's, and its content is of this size and alignment (`blocks.rs`, fact 1).
        unsafe {
            slot.as_ref().note_writing();
            blocks::content(slot).cast::<T>().write(value);
        }
        Self { slot, is_cloned: false, _value: PhantomData }
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: this reference keeps the slot.
        unsafe { self.slot.as_ref() }
    }

    #[inline(always)]
    fn value(&self) -> NonNull<T> {
        // SAFETY: this reference keeps the slot.
        unsafe { blocks::content(self.slot) }.cast()
    }

    /// The value, to be changed, if this is the only reference. Weak handles to it are cut off then: they find nothing any more.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.header().make_unique().then(|| {
            self.header().note_writing();
            // SAFETY: the caller is alone with the slot (`header.rs`, fact 3) for as long as it borrows this reference.
            unsafe { self.value().as_mut() }
        })
    }

    /// The value, out of its slot, if this is the only reference. Weak handles to it are cut off then.
    ///
    /// # Errors
    /// The reference comes back if there are others.
    ///
    /// ```
    /// # use ringfold::pool::Slab;
    /// let slab = Slab::with_capacity(1)?;
    /// let numbers = slab.alloc(vec![1, 2, 3]);
    /// assert_eq!(numbers.into_inner().unwrap(), [1, 2, 3]);
    /// assert_eq!(slab.in_use(), 0);
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_inner(self) -> Result<T, Self> {
        if !self.header().make_unique() {
            return Err(self);
        }
        let (slot, value) = (self.slot, self.value());
        core::mem::forget(self);
        // SAFETY: the only reference was this one, and it is forgotten: the value is read once, and the slot given back once.
        unsafe {
            slot.as_ref().note_writing();
            let value = value.read();
            reference::give_back(slot, slot.as_ref().release_original());
            Ok(value)
        }
    }

    /// A handle that does not keep the value. A value that was downgraded is freed a little more slowly.
    #[must_use]
    pub fn downgrade(&self) -> WeakSlot<T> {
        // SAFETY: this is a reference to the slot.
        WeakSlot { weak: unsafe { Weak::new(self.slot) }, _value: PhantomData }
    }

    /// How many references there are; at some moment during the call, if others are at work.
    #[must_use]
    pub fn references(&self) -> usize {
        self.header().references()
    }

    /// Whether both are references to the same value.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.slot == other.slot
    }

    /// Drops the value, and then gives the slot back.
    ///
    /// # Safety
    /// That was the last reference, as `released` says, and it is not used any more.
    #[inline(always)]
    unsafe fn end(&mut self, released: Released) {
        let _given_back = GiveBack(self.slot, released);
        self.header().note_writing();
        if core::mem::needs_drop::<T>() {
            // SAFETY: nobody else has a reference, and the value is not used again.
            unsafe { self.value().drop_in_place() };
        }
    }
}

/// Gives a slot back at the end of a scope, also where the value's drop panics.
struct GiveBack(Slot, Released);

impl Drop for GiveBack {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: made only in `SlotRef::end`, whose caller vouches.
        unsafe { reference::give_back(self.0, self.1) };
    }
}

impl<T> Drop for SlotRef<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let released = match self.is_cloned {
            true => self.header().release_clone(),
            false => self.header().release_original(),
        };
        if released != Released::Shared {
            // SAFETY: that was the last reference.
            unsafe { self.end(released) };
        }
    }
}

impl<T> Deref for SlotRef<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.header().note_reading();
        // SAFETY: the value is there as long as there is a reference, and changed only by somebody who is alone with it.
        unsafe { self.value().as_ref() }
    }
}

impl<T> Clone for SlotRef<T> {
    /// One more reference to the same value.
    #[inline(always)]
    fn clone(&self) -> Self {
        self.header().refer();
        Self { slot: self.slot, is_cloned: true, _value: PhantomData }
    }
}

impl<T> WeakSlot<T> {
    /// The value, if somebody still has a reference to it, and has not become its one owner since.
    #[must_use]
    pub fn upgrade(&self) -> Option<SlotRef<T>> {
        self.weak.upgrade().map(|slot| SlotRef { slot, is_cloned: true, _value: PhantomData })
    }

    /// Whether the value is still there; at some moment during the call, if others are at work.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.weak.is_alive()
    }
}

impl<T> Clone for WeakSlot<T> {
    fn clone(&self) -> Self {
        Self { weak: self.weak.clone(), _value: PhantomData }
    }
}

impl<T> Clone for Slab<T> {
    /// One more handle of the same slab.
    fn clone(&self) -> Self {
        Self { link: self.link.clone(), _values: PhantomData }
    }
}

impl<T: fmt::Debug> fmt::Debug for SlotRef<T> {
    /// The value's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T> fmt::Debug for WeakSlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSlot").field("is_alive", &self.is_alive()).finish()
    }
}

impl<T> fmt::Debug for Slab<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slab").field("in_use", &self.in_use()).field("capacity", &self.capacity()).finish()
    }
}

impl<T> std::panic::UnwindSafe for Slab<T> {}
impl<T> std::panic::RefUnwindSafe for Slab<T> {}
impl<T: std::panic::RefUnwindSafe> std::panic::UnwindSafe for SlotRef<T> {}
impl<T: std::panic::RefUnwindSafe> std::panic::RefUnwindSafe for SlotRef<T> {}
