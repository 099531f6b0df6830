//! Which rings and pools are looked at, and under which names.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ringfold::pool::Pool;
use ringfold::{Watch, broadcast};

use crate::catalogue as of;
use crate::sample::{Sample, Sheet, add_broadcast, add_pool, add_ring};

/// The rings and pools of a program whose figures are exported, by name.
///
/// Clone it as you like: all clones are one registry. It reads the figures when an exporter asks for them; rings and pools that are registered do not
/// get slower, and do nothing for it.
///
/// | registered | while it is there | when it is gone |
/// |---|---|---|
/// | [`ring`](Self::ring): `spsc`, `mpsc`, `lanes`, `mpmc` | the registry does not keep it | disappears with its last handle |
/// | [`broadcast`](Self::broadcast) | the registry keeps its memory | stays at its last figures, until [`remove`](Self::remove) |
/// | [`pool`](Self::pool) | the registry keeps its memory | stays at its last figures, until [`remove`](Self::remove) |
/// | [`level`](Self::level): whatever belongs to one thread | as its owner last said | disappears with the [`Level`] |
///
/// Whatever disappears is absent from the next scrape, which is how Prometheus wants it: no figure goes on that nobody stands behind. So drop a ring's last
/// handle only when its last figures have been scraped, if they matter.
///
/// ```
/// use ringfold::{broadcast, mpsc, pool::{Config, Pool}};
/// use ringfold_metrics::Registry;
///
/// let (mut producer, consumer) = mpsc::with_capacity(1024)?;
/// let ticks = broadcast::builder::<u64>(4096).build()?;
/// let pool = Pool::new(Config::mobile())?;
///
/// let registry = Registry::new();
/// registry.ring("orders", producer.watch())?;
/// registry.broadcast("ticks", ticks.subscriber())?;
/// registry.pool("events", pool.clone())?;
/// producer.push(1).unwrap();
///
/// # #[cfg(feature = "prometheus")]
/// assert!(registry.prometheus_text().contains("ringfold_written_items_total{ring=\"orders\",room=\"mpsc\"} 1\n"));
/// drop((producer, consumer));
/// # #[cfg(feature = "prometheus")]
/// assert!(!registry.prometheus_text().contains("orders"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    entries: Arc<Mutex<Vec<Entry>>>,
}

struct Entry {
    name: String,
    source: Source,
}

enum Source {
    Ring(Watch),
    Broadcast(Box<Add>),
    Pool(Pool),
    Level(Weak<Fill>),
}

/// Adds the figures of a ring of any events to others, under a name.
type Add = dyn Fn(&mut Vec<Sample>, &str) + Send;

/// How full something is that belongs to one thread, as its owner last said. See [`Registry::level`].
#[derive(Debug)]
pub struct Level {
    fill: Arc<Fill>,
}

#[derive(Debug)]
struct Fill {
    room: &'static str,
    len: AtomicUsize,
    capacity: AtomicUsize,
}

/// Something else is registered under this name: choose another one, or [remove](Registry::remove) that first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTaken {
    /// The name.
    pub name: String,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A ring of `spsc`, `mpsc`, `lanes` or `mpmc`, by what its handles' `watch()` returns. It is not kept: when its last handle is dropped, it disappears, and
    /// its name is free.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn ring(&self, name: impl Into<String>, watch: Watch) -> Result<(), NameTaken> {
        self.register(name.into(), Source::Ring(watch))
    }

    /// A broadcast ring, with the lag of each gated reader. Its memory is kept until it is [removed](Self::remove).
    ///
    /// # Errors
    /// When the name is taken.
    pub fn broadcast<E: Send + Sync + 'static>(
        &self,
        name: impl Into<String>,
        ring: broadcast::Subscriber<E>,
    ) -> Result<(), NameTaken> {
        let add = move |samples: &mut Vec<Sample>, name: &str| add_broadcast(samples, name, &ring);
        self.register(name.into(), Source::Broadcast(Box::new(add)))
    }

    /// A pool, class by class. Its memory is kept until it is [removed](Self::remove).
    ///
    /// # Errors
    /// When the name is taken.
    pub fn pool(&self, name: impl Into<String>, pool: Pool) -> Result<(), NameTaken> {
        self.register(name.into(), Source::Pool(pool))
    }

    /// Something whose figures only its owner can read: a `Ring`, `Queue`, `ByteStream`, `List` or `Slab`. The owner [says](Level::set) how full it is, when
    /// and as often as he likes; before that it is not exported. `room` becomes the label of that name.
    ///
    /// # Errors
    /// When the name is taken.
    ///
    /// ```
    /// use ringfold::Ring;
    /// use ringfold_metrics::Registry;
    ///
    /// let registry = Registry::new();
    /// let mut window = Ring::with_capacity(1000)?;
    /// let level = registry.level("window", "ring")?;
    /// window.push_slice(&[0.5; 20]);
    /// level.set(window.len(), window.capacity()); // two stores
    /// # assert_eq!(registry.samples().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn level(&self, name: impl Into<String>, room: &'static str) -> Result<Level, NameTaken> {
        let fill = Arc::new(Fill { room, len: AtomicUsize::new(0), capacity: AtomicUsize::new(0) });
        self.register(name.into(), Source::Level(Arc::downgrade(&fill)))?;
        Ok(Level { fill })
    }

    /// Exports whatever has this name no longer, and says whether there was any.
    pub fn remove(&self, name: &str) -> bool {
        let mut entries = self.lock();
        let at = entries.iter().position(|entry| entry.name == name);
        let removed = at.map(|at| entries.remove(at));
        // A ring or pool may be dropped here, and its items with it: not under the lock.
        drop(entries);
        removed.is_some()
    }

    /// All figures as they are now, of one ring or pool after the other: what all exporters stand on, for one of your own. Allocates.
    ///
    /// Waits for nobody but others that use the registry, and for the lock that joining a broadcast ring or a lane takes.
    #[must_use]
    pub fn samples(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        self.lock().retain(|Entry { name, source }| source.add(&mut samples, name).is_some());
        samples
    }

    fn register(&self, name: String, source: Source) -> Result<(), NameTaken> {
        let mut entries = self.lock();
        entries.retain(|entry| entry.name != name || !entry.source.is_gone());
        if entries.iter().any(|entry| entry.name == name) {
            return Err(NameTaken { name });
        }
        entries.push(Entry { name, source });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Nothing panics under the lock but the allocator, before anything was changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// Adds its figures; `None` when it is gone.
    fn add(&self, samples: &mut Vec<Sample>, name: &str) -> Option<()> {
        match self {
            Self::Ring(watch) => add_ring(samples, name, watch)?,
            Self::Broadcast(add) => add(samples, name),
            Self::Pool(pool) => add_pool(samples, name, pool),
            Self::Level(fill) => fill.upgrade()?.add(samples, name),
        }
        Some(())
    }

    fn is_gone(&self) -> bool {
        match self {
            Self::Ring(watch) => watch.stats().is_none(),
            Self::Broadcast(_) | Self::Pool(_) => false,
            Self::Level(fill) => fill.strong_count() == 0,
        }
    }
}

impl Level {
    /// It holds `len` of `capacity` items now. Two relaxed stores.
    pub fn set(&self, len: usize, capacity: usize) {
        self.fill.len.store(len, Ordering::Relaxed);
        self.fill.capacity.store(capacity, Ordering::Relaxed);
    }
}

impl Fill {
    fn add(&self, samples: &mut Vec<Sample>, name: &str) {
        let capacity = self.capacity.load(Ordering::Relaxed);
        if capacity > 0 {
            let mut sheet = Sheet::of_ring(samples, name, self.room);
            sheet.add(&of::CAPACITY, capacity);
            sheet.add(&of::OCCUPANCY, self.len.load(Ordering::Relaxed));
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().iter().map(|entry| &entry.name)).finish()
    }
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is already something named `{}`: choose another name, or remove that first",
            self.name
        )
    }
}

impl Error for NameTaken {}
