//! Events: bytes in a slot, shared or one owner's.

use core::{
    fmt,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use ringfold_core::slots::Row;

use super::{
    SizeClass, blocks,
    header::{Header, Released, Slot},
    reference::{self, Weak},
};

/// A shared event: bytes in a slot of a [`Pool`](super::Pool), and a tag.
///
/// Dereferences to the bytes. Cloning copies nothing and allocates nothing; the slot is free again when the last reference is dropped, on whatever
/// thread that is, also after the pool itself is gone. `Send` and `Sync`; 16 bytes, and so is an `Option` of it.
///
/// More than two million references to one event abort the process, as absurdly many to an `Arc` do.
///
/// ```
/// use ringfold::pool::{Config, Pool};
///
/// let pool = Pool::new(Config::mobile())?;
/// let event = pool.alloc(b"stroke", 7)?;
/// let other = event.clone();
/// let thread = std::thread::spawn(move || other.len());
/// assert_eq!((&*event, event.tag()), (&b"stroke"[..], 7));
/// assert_eq!(thread.join().unwrap(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventRef {
    slot: Slot,
    extent: Extent,
    tag: u32,
}

/// The length of an event, and whether this reference was cloned from another one. (If not it is likely the last to be dropped.)
#[derive(Clone, Copy)]
struct Extent(u32);

/// An event with one owner, who may write it. [`share`](Self::share) it when it is done.
///
/// Dereferences to the bytes. Comes from [`Pool::alloc_uninit`](super::Pool::alloc_uninit), to be filled in place, or from
/// [`EventRef::into_unique`]. Dropping it frees the slot.
pub struct UniqueEvent(EventRef);

/// A handle that does not keep an event, and knows whether it is still there. `Send`, `Sync`, `Clone`.
///
/// It keeps the memory of the pool, though not the slot, and the block of an event on the heap.
///
/// ```
/// # use ringfold::pool::{Config, Pool};
/// let pool = Pool::new(Config::mobile())?;
/// let event = pool.alloc(b"here", 0)?;
/// let weak = event.downgrade();
/// assert_eq!(weak.upgrade().as_deref(), Some(&b"here"[..]));
/// drop(event);
/// let other = pool.alloc(b"gone", 0)?; // in the same slot
/// assert!(weak.upgrade().is_none());
/// # drop(other);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WeakEvent {
    weak: Weak,
    extent: Extent,
    tag: u32,
}

/// The most bytes that an event can have.
pub(super) const MOST_BYTES: usize = i32::MAX as usize;

impl Extent {
    const CLONED: u32 = 1 << 31;

    #[inline(always)]
    fn original(len: usize) -> Self {
        debug_assert!(len <= MOST_BYTES);
        Self(len as u32)
    }

    #[inline(always)]
    fn cloned(self) -> Self {
        Self(self.0 | Self::CLONED)
    }

    #[inline(always)]
    fn is_cloned(self) -> bool {
        self.0 & Self::CLONED != 0
    }

    #[inline(always)]
    fn len(self) -> usize {
        (self.0 & !Self::CLONED) as usize
    }
}

// SAFETY: an event is atomics and bytes. The bytes are only read while it is shared (`header.rs`, fact 3), and the slot goes from one thread to
// another with everything that was done to it.
unsafe impl Send for EventRef {}
// SAFETY: as for `Send`; a shared reference allows reading and cloning.
unsafe impl Sync for EventRef {}
// SAFETY: a weak handle refers to atomics; what it is upgraded to may be used by any thread.
unsafe impl Send for WeakEvent {}
// SAFETY: as for `Send`.
unsafe impl Sync for WeakEvent {}

impl EventRef {
    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: this reference keeps the slot.
        unsafe { self.slot.as_ref() }
    }

    #[inline(always)]
    fn content(&self) -> NonNull<u8> {
        // SAFETY: this reference keeps the slot.
        unsafe { blocks::content(self.slot) }
    }

    /// The tag that it was allocated with.
    #[inline]
    #[must_use]
    pub fn tag(&self) -> u32 {
        self.tag
    }

    /// The class that it is really in: a larger one than its length needs, or [`SizeClass::XXL`] for the heap, where the
    /// right one was exhausted.
    #[must_use]
    pub fn class(&self) -> SizeClass {
        // SAFETY: the slot is there, and so is its class (`store.rs`, fact 1).
        SizeClass::at(unsafe { self.header().home().as_ref() }.index)
    }

    /// How many references there are; at some moment during the call, if others are at work.
    #[must_use]
    pub fn references(&self) -> usize {
        self.header().references()
    }

    /// Whether both are references to the same event.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.slot == other.slot
    }

    /// The bytes, to be written, if this is the only reference. Weak handles to the event are cut off then: they find nothing any more.
    ///
    /// ```
    /// # use ringfold::pool::{Config, Pool};
    /// # let pool = Pool::new(Config::mobile())?;
    /// let mut event = pool.alloc(b"draft", 0)?;
    /// event.get_mut().unwrap()[0] = b'c';
    /// assert_eq!(*event, *b"craft");
    /// let other = event.clone();
    /// assert!(event.get_mut().is_none());
    /// # drop(other);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        // SAFETY: the caller is alone with the slot (`header.rs`, fact 3) for as long as it borrows this reference.
        self.header().make_unique().then(|| unsafe { self.bytes_mut() })
    }

    /// The event as one owner's, if this is the only reference. Weak handles to the event are cut off then.
    ///
    /// # Errors
    /// The reference comes back if there are others.
    pub fn into_unique(self) -> Result<UniqueEvent, Self> {
        match self.header().make_unique() {
            true => Ok(UniqueEvent(self)),
            false => Err(self),
        }
    }

    /// A handle that does not keep the event. An event that was downgraded is freed a little more slowly.
    #[must_use]
    pub fn downgrade(&self) -> WeakEvent {
        // SAFETY: this is a reference to the slot.
        WeakEvent { weak: unsafe { Weak::new(self.slot) }, extent: self.extent, tag: self.tag }
    }

    /// # Safety
    /// There is no other reference to the slot, and none is made during the borrow.
    #[inline(always)]
    unsafe fn bytes_mut(&mut self) -> &mut [u8] {
        self.header().note_writing();
        // SAFETY: the content is at least so long, and initialised (`UniqueEvent::new`); the caller vouches for being alone.
        unsafe { &mut *Row::new(self.content()).cells(0, self.extent.len()) }
    }
}

impl Deref for EventRef {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        self.header().note_reading();
        // SAFETY: the content is at least so long, and initialised (`UniqueEvent::new`); it is written only by somebody who is alone with it.
        unsafe { &*Row::new(self.content()).cells(0, self.extent.len()) }
    }
}

impl AsRef<[u8]> for EventRef {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Clone for EventRef {
    /// One more reference to the same event.
    #[inline(always)]
    fn clone(&self) -> Self {
        self.header().refer();
        Self { slot: self.slot, extent: self.extent.cloned(), tag: self.tag }
    }
}

impl Drop for EventRef {
    #[inline(always)]
    fn drop(&mut self) {
        let released = match self.extent.is_cloned() {
            true => self.header().release_clone(),
            false => self.header().release_original(),
        };
        if released != Released::Shared {
            // SAFETY: that was the last reference.
            unsafe { reference::give_back(self.slot, released) };
        }
    }
}

impl UniqueEvent {
    /// An event in a slot that was just taken.
    ///
    /// # Safety
    /// The slot is the caller's, with its one reference; its content is initialised and at least `len` bytes long, and `len` is at most
    /// [`MOST_BYTES`].
    #[inline(always)]
    pub(super) unsafe fn new(slot: Slot, len: usize, tag: u32) -> Self {
        Self(EventRef { slot, extent: Extent::original(len), tag })
    }

    /// Lets others have it too. Costs nothing.
    #[inline]
    #[must_use = "the event is freed otherwise"]
    pub fn share(self) -> EventRef {
        self.0
    }

    /// The tag; 0 unless it was given one.
    #[must_use]
    pub fn tag(&self) -> u32 {
        self.0.tag
    }

    /// Gives it a tag.
    #[inline]
    pub fn set_tag(&mut self, tag: u32) {
        self.0.tag = tag;
    }

    /// The class that it is really in; see [`EventRef::class`].
    #[must_use]
    pub fn class(&self) -> SizeClass {
        self.0.class()
    }

    /// Keeps the first `len` bytes only, because fewer came than there was room for; no effect if there are no more than that.
    pub fn truncate(&mut self, len: usize) {
        self.0.extent = Extent::original(len.min(self.len()));
    }
}

impl Deref for UniqueEvent {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for UniqueEvent {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: there is no other reference since `new` or `make_unique`, and only `share` lets one be made.
        unsafe { self.0.bytes_mut() }
    }
}

impl From<UniqueEvent> for EventRef {
    fn from(event: UniqueEvent) -> Self {
        event.share()
    }
}

impl WeakEvent {
    /// The event, if somebody still has a reference to it, and has not become its one owner since ([`EventRef::into_unique`]).
    #[must_use]
    pub fn upgrade(&self) -> Option<EventRef> {
        self.weak.upgrade().map(|slot| EventRef { slot, extent: self.extent.cloned(), tag: self.tag })
    }

    /// Whether the event is still there; at some moment during the call, if others are at work.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.weak.is_alive()
    }
}

impl fmt::Debug for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRef")
            .field("tag", &self.tag)
            .field("len", &self.len())
            .field("class", &self.class())
            .field("references", &self.references())
            .finish()
    }
}

impl fmt::Debug for UniqueEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UniqueEvent")
            .field("tag", &self.tag())
            .field("len", &self.len())
            .field("class", &self.class())
            .finish()
    }
}

impl fmt::Debug for WeakEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakEvent").field("tag", &self.tag).field("is_alive", &self.is_alive()).finish()
    }
}

impl std::panic::UnwindSafe for EventRef {}
impl std::panic::RefUnwindSafe for EventRef {}
impl std::panic::UnwindSafe for WeakEvent {}
impl std::panic::RefUnwindSafe for WeakEvent {}
