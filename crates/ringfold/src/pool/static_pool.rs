//! A pool in a `static`.

use core::ptr::NonNull;
use std::sync::OnceLock;

use super::{arena::Backing, config::Config, handle::Pool, store::Store};
use ringfold_core::sync::OwnedCell;

/// A pool whose memory is part of the program: no heap, and a name that every thread knows.
///
/// `BYTES` is what [`Config::bytes`] says; less than that does not compile. The pool is set up by the first thread that asks for it, and stays for
/// ever. Events that have no slot still go to the heap. [`Config::numa_node`] has no effect here.
///
/// ```
/// use ringfold::pool::{self, Config};
///
/// const CONFIG: Config = Config::mobile();
/// static EVENTS: pool::Static<{ CONFIG.bytes() }> = pool::Static::new(CONFIG);
///
/// let event = EVENTS.pool().alloc(b"from anywhere", 1)?;
/// assert_eq!(*event, *b"from anywhere");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// # use ringfold::pool::{self, Config};
/// static EVENTS: pool::Static<1000> = pool::Static::new(Config::mobile());
/// ```
pub struct Static<const BYTES: usize> {
    memory: OwnedCell<Aligned<[u8; BYTES]>>,
    config: Config,
    pool: OnceLock<Pool>,
}

/// As a store is.
#[repr(align(128))]
struct Aligned<T>(T);

// SAFETY: the memory is given to a pool once, under the lock of `pool`, and nobody else touches it; a pool may be used by every thread.
unsafe impl<const BYTES: usize> Sync for Static<BYTES> {}

impl<const BYTES: usize> Static<BYTES> {
    /// The place for a pool. Costs nothing at run time.
    ///
    /// # Panics
    /// While the program is compiled, if `BYTES` is less than [`Config::bytes`]; at run time only where it is not called in a `static`.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        assert!(
            config.bytes() <= BYTES,
            "the config takes more bytes: write `pool::Static<{{ CONFIG.bytes() }}>`"
        );
        Self { memory: OwnedCell::new(Aligned([0; BYTES])), config, pool: OnceLock::new() }
    }

    /// The pool. The first call sets it up, which takes as long as touching its memory; the others are one look.
    #[inline]
    pub fn pool(&'static self) -> &'static Pool {
        self.pool.get_or_init(|| self.open())
    }

    #[cold]
    fn open(&'static self) -> Pool {
        let memory = NonNull::new(self.memory.as_ptr()).expect("a static has an address").cast();
        let opened = Store::open(&self.config.plan(&self.config.rows()), |_| Ok(Backing::Static(memory)));
        // `new` has seen that it fits, and nothing else can fail.
        let store = opened.expect("it was measured");
        // SAFETY: the store was just opened, for this config.
        unsafe { Pool::first(store, self.config.clone()) }
    }
}
