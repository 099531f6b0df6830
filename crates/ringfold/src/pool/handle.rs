//! The pool itself: where events come from.

use core::{fmt, ptr::NonNull, time::Duration};

use ringfold_core::wait::Deadline;
use ringfold_memory::{Error, numa};

use super::{
    EventRef, Footprint, PoolError, SizeClass, UniqueEvent, WhenExhausted, arena::Backing, class::Class,
    closing::Link, config::Config, event::MOST_BYTES, header::Slot, heap, store::Store,
};

/// A pool of events. Share it between threads, or clone it for each; it costs the same.
///
/// `Send`, `Sync` and `Clone`. When the last handle is dropped the memory goes as soon as the last event is dropped too; events outlive it.
///
/// ```
/// use ringfold::pool::{Config, Pool};
///
/// let pool = Pool::new(Config::detect())?;
/// let event = pool.alloc(b"temperature 21.5", 1)?;
/// for _ in 0..4 {
///     let event = event.clone(); // the same bytes for each
///     std::thread::spawn(move || println!("{} bytes, tag {}", event.len(), event.tag()));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pool {
    link: Link,
    config: Config,
}

/// How long a call may wait for a slot.
#[derive(Clone, Copy)]
enum Wait {
    Never,
    Until(Option<Deadline>),
}

impl Pool {
    /// Makes a pool, with all its memory: what [`Config::memory`] says.
    ///
    /// # Errors
    /// When a capacity is absurd or the memory cannot be had; the error says which, and what to do about it.
    pub fn new(config: Config) -> Result<Self, Error> {
        let store = Store::open(&config.plan(&config.rows()), |layout| match config.numa_node {
            Some(node) => Backing::on_node(layout, node),
            None => Backing::heap(layout),
        })?;
        // SAFETY: the store was just opened.
        Ok(unsafe { Self::first(store, config) })
    }

    /// # Safety
    /// The store was just opened, for this config.
    pub(super) unsafe fn first(store: NonNull<Store>, config: Config) -> Self {
        // SAFETY: handed on from the caller.
        Self { link: unsafe { Link::first(store) }, config }
    }

    /// Copies `bytes` into a slot of their class. What it does if all of those are in use, [`Config::when_exhausted`] says: it may wait. More than 16 KiB
    /// go to the heap in any case.
    ///
    /// Allocates nothing else, takes no lock, and takes as long whatever the capacity.
    ///
    /// # Errors
    /// See [`PoolError`]. A class may seem exhausted as long as another thread is in the midst of taking or giving back its last free slots.
    ///
    /// ```
    /// # use ringfold::pool::{Config, Pool, PoolError, SizeClass, WhenExhausted};
    /// let config = Config::with_capacities([1, 0, 0, 0, 0]).when_exhausted(WhenExhausted::Fail);
    /// let pool = Pool::new(config)?;
    /// let event = pool.alloc(b"one", 0)?;
    /// let error = pool.alloc(b"and another", 0).unwrap_err();
    /// assert_eq!(error, PoolError::Exhausted { len: 11, class: SizeClass::XS, capacity: 1 });
    /// drop(event);
    /// assert!(pool.alloc(b"and another", 0).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn alloc(&self, bytes: &[u8], tag: u32) -> Result<EventRef, PoolError> {
        self.alloc_within(bytes, tag, Wait::Until(None))
    }

    /// As [`alloc`](Self::alloc), and never waits: where it would, it fails with [`PoolError::Exhausted`].
    ///
    /// # Errors
    /// See [`PoolError`].
    #[inline]
    pub fn try_alloc(&self, bytes: &[u8], tag: u32) -> Result<EventRef, PoolError> {
        self.alloc_within(bytes, tag, Wait::Never)
    }

    /// As [`alloc`](Self::alloc), and waits for at most `timeout`.
    ///
    /// # Errors
    /// See [`PoolError`].
    pub fn alloc_timeout(&self, bytes: &[u8], tag: u32, timeout: Duration) -> Result<EventRef, PoolError> {
        let deadline = Deadline::now().checked_add(timeout);
        self.alloc_within(bytes, tag, Wait::Until(deadline))
    }

    /// An event of `len` bytes to be filled in place, for [`Read::read`](std::io::Read::read) for instance. Its bytes are arbitrary: zeros, or what
    /// an earlier event left.
    ///
    /// # Errors
    /// As [`alloc`](Self::alloc).
    ///
    /// ```
    /// # use ringfold::pool::{Config, Pool};
    /// use std::io::Read;
    ///
    /// let pool = Pool::new(Config::mobile())?;
    /// let mut event = pool.alloc_uninit(1024)?;
    /// let length = (&b"from a socket"[..]).read(&mut event)?;
    /// event.truncate(length);
    /// event.set_tag(3);
    /// let event = event.share();
    /// assert_eq!(*event, *b"from a socket");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn alloc_uninit(&self, len: usize) -> Result<UniqueEvent, PoolError> {
        self.unique(len, 0, Wait::Until(None))
    }

    /// As [`alloc_uninit`](Self::alloc_uninit), and never waits.
    ///
    /// # Errors
    /// See [`PoolError`].
    #[inline]
    pub fn try_alloc_uninit(&self, len: usize) -> Result<UniqueEvent, PoolError> {
        self.unique(len, 0, Wait::Never)
    }

    /// What it was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The NUMA node that its memory lies on, as the system says (that of the first page); `None` where it does not say.
    #[must_use]
    pub fn numa_node(&self) -> Option<u32> {
        numa::node_of(self.store().backing.memory())
    }

    /// What it takes, to the byte.
    #[must_use]
    pub fn memory(&self) -> Footprint {
        self.config.memory()
    }

    pub(super) fn store(&self) -> &Store {
        self.link.store()
    }

    #[inline(always)]
    fn alloc_within(&self, bytes: &[u8], tag: u32, wait: Wait) -> Result<EventRef, PoolError> {
        let mut event = self.unique(bytes.len(), tag, wait)?;
        event.copy_from_slice(bytes);
        Ok(event.share())
    }

    #[inline(always)]
    fn unique(&self, len: usize, tag: u32, wait: Wait) -> Result<UniqueEvent, PoolError> {
        let class = SizeClass::for_len(len);
        let store = self.store();
        let slots = store.classes.get(class.index()).filter(|_| class != SizeClass::XXL);
        let slot = match slots.and_then(|slots| store.take(slots)) {
            Some(slot) => slot,
            None => self.find_elsewhere(len, class, wait)?,
        };
        // SAFETY: the slot was just taken, or is a new block.
        unsafe { slot.as_ref() }.unmark();
        // SAFETY: the slot was just taken, so it is idle (`header.rs`, fact 1); slots of this class hold so many bytes, which are zero in the beginning
        // and only ever written as bytes. `find_elsewhere` refuses more than `MOST_BYTES`.
        Ok(unsafe { UniqueEvent::new(slot, len, tag) })
    }

    /// There is no slot of the right class.
    #[cold]
    #[inline(never)]
    fn find_elsewhere(&self, len: usize, class: SizeClass, wait: Wait) -> Result<Slot, PoolError> {
        let store = self.store();
        if class == SizeClass::XXL {
            return self.heap_block(len);
        }
        let own = &store.classes[class.index()];
        own.figures.exhausted.raise_by(1);
        let capacity = self.config.capacities[class.index()];
        let exhausted = PoolError::Exhausted { len, class, capacity };
        match (self.config.when_exhausted, wait) {
            (WhenExhausted::Heap, _) => {
                own.figures.fallbacks.raise_by(1);
                self.heap_block(len)
            }
            (WhenExhausted::NextLarger, _) => {
                let slot = self.larger(class).find_map(|larger| store.take(larger)).ok_or(exhausted)?;
                own.figures.fallbacks.raise_by(1);
                Ok(slot)
            }
            (WhenExhausted::Wait, Wait::Until(deadline)) if capacity > 0 => {
                store.take_waiting(own, deadline).ok_or(exhausted)
            }
            (WhenExhausted::Wait | WhenExhausted::Fail, _) => Err(exhausted),
        }
    }

    fn larger(&self, class: SizeClass) -> impl Iterator<Item = &Class> {
        self.store().classes[class.index() + 1..SizeClass::XXL.index()].iter()
    }

    fn heap_block(&self, len: usize) -> Result<Slot, PoolError> {
        if len > MOST_BYTES {
            return Err(PoolError::TooLarge { len, most: MOST_BYTES });
        }
        let class = &self.store().classes[SizeClass::XXL.index()];
        heap::allocate(self.store(), class, len).ok_or(PoolError::OutOfMemory { len })
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = |class: SizeClass| self.stats().class(class).map_or(0, |figures| figures.in_use);
        f.debug_struct("Pool")
            .field("in_use", &SizeClass::POOLED.map(taken))
            .field("capacities", &self.config.capacities)
            .finish()
    }
}

impl std::panic::UnwindSafe for Pool {}
impl std::panic::RefUnwindSafe for Pool {}
