//! Looking at a ring's figures from outside: by whoever holds none of its handles.
//!
//! A ring with two or more handles lies in an `Arc` of which the handles together hold one strong count; who of them is the last, the ring's own
//! protocol knows. A watch holds a weak one. So it costs the handles nothing, neither keeps the ring nor closes it, and a ring that
//! goes while somebody looks at it goes when he has looked.

use core::{fmt, mem::ManuallyDrop, ptr::NonNull};
use std::sync::{Arc, Weak};

use ringfold_core::stats::Stats;
use ringfold_memory::Info;

/// A view of a ring's figures, for metrics, progress lines and tests. The handles of [`spsc`](crate::spsc), [`mpsc`](crate::mpsc),
/// [`lanes`](crate::lanes) and [`mpmc`](crate::mpmc) make one with `watch()`; take it before you turn a handle with `into_async()`.
///
/// `Send`, `Sync` and `Clone`, and no handle: a watch keeps the ring neither open nor in memory, and whoever works with the ring pays nothing for it.
/// When the ring's last handle is gone it answers `None`, for good.
///
/// ```
/// let (mut producer, consumer) = ringfold::spsc::with_capacity(8)?;
/// let watch = producer.watch();
/// let reporter = std::thread::spawn(move || {
///     let stats = watch.stats().expect("the ring is there");
///     (stats.pushed, watch.capacity(), watch) // from any thread, at any time
/// });
/// # let (_, capacity, watch) = reporter.join().unwrap();
/// # assert_eq!(capacity, Some(8));
/// producer.push(1).unwrap();
/// # assert_eq!(watch.stats().unwrap().pushed, 1);
/// drop((producer, consumer));
/// # assert_eq!(watch.stats(), None);
/// # Ok::<(), ringfold::memory::Error>(())
/// ```
#[derive(Clone)]
pub struct Watch {
    ring: Ring,
    room: &'static str,
}

#[derive(Clone)]
enum Ring {
    Lent(Weak<dyn Watched>),
    Static(&'static dyn Watched),
}

/// What can be seen of a ring from outside.
pub(crate) trait Watched: Send + Sync {
    fn stats(&self) -> Stats;

    fn capacity(&self) -> usize;

    fn memory(&self) -> Option<&Info> {
        None
    }
}

impl Watch {
    /// What the ring has done so far, as its handles' `stats()` says; `None` when the ring is gone. Reads a few words; waits for nobody.
    #[must_use]
    pub fn stats(&self) -> Option<Stats> {
        self.look(|ring| ring.stats())
    }

    /// How many items the ring holds: of [`lanes`](crate::lanes), all that are there together. `None` when the ring is gone.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.look(|ring| ring.capacity())
    }

    /// What memory the ring really got; `None` where its handles have none to tell of, and when the ring is gone.
    #[must_use]
    pub fn memory(&self) -> Option<Info> {
        self.look(|ring| ring.memory().cloned()).flatten()
    }

    /// The name of its room: `"spsc"`, `"mpsc"`, `"lanes"` or `"mpmc"`.
    #[must_use]
    pub fn room(&self) -> &'static str {
        self.room
    }

    fn look<R>(&self, look: impl FnOnce(&dyn Watched) -> R) -> Option<R> {
        match &self.ring {
            Ring::Lent(ring) => ring.upgrade().map(|ring| look(&*ring)),
            Ring::Static(ring) => Some(look(*ring)),
        }
    }

    /// A watch of what others hold by an `Arc`.
    pub(crate) fn shared<R: Watched + 'static>(room: &'static str, ring: &Arc<R>) -> Self {
        let ring: Weak<R> = Arc::downgrade(ring);
        Self { ring: Ring::Lent(ring), room }
    }

    /// # Safety
    /// `ring` was lent ([`lend`]) and is not given back yet.
    pub(crate) unsafe fn lent<R: Watched + 'static>(room: &'static str, ring: NonNull<R>) -> Self {
        // SAFETY: it was lent, so it came out of `into_raw`; the count that it stands for stays untouched.
        let ring = ManuallyDrop::new(unsafe { Arc::from_raw(ring.as_ptr().cast_const()) });
        Self::shared(room, &ring)
    }

    pub(crate) fn resident(room: &'static str, ring: &'static dyn Watched) -> Self {
        Self { ring: Ring::Static(ring), room }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("room", &self.room).field("stats", &self.stats()).finish()
    }
}

/// Puts a ring on the heap, for its handles to hold by address.
pub(crate) fn lend<R>(ring: R) -> NonNull<R> {
    let ring = Arc::into_raw(Arc::new(ring));
    // SAFETY: `into_raw` returns the address of a value.
    unsafe { NonNull::new_unchecked(ring.cast_mut()) }
}

/// Gives back what the handles held; it is dropped here, or by whoever looks at it now.
///
/// # Safety
/// `ring` was lent ([`lend`]), is given back once, and is not used any more by whoever calls this.
pub(crate) unsafe fn give_back<R>(ring: NonNull<R>) {
    // SAFETY: handed on from the caller.
    drop(unsafe { Arc::from_raw(ring.as_ptr().cast_const()) });
}
