//! How many slots of each class a pool has, and what it does when they are all in use.

use ringfold_core::wait::WaitStrategy;
use ringfold_memory::machine;

use super::{
    SizeClass,
    blocks::Shape,
    footprint::{ClassFootprint, Footprint},
    numbers,
    store::{Plan, Store},
};

/// What [`Pool::alloc`](super::Pool::alloc) does when all slots of a class are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WhenExhausted {
    /// Takes a slot of the next larger class that has one, and fails when all of those are in use. Never asks the heap.
    #[default]
    NextLarger,
    /// Puts the event on the heap.
    Heap,
    /// Waits until a slot of the class is free. Fails only for a class without slots.
    Wait,
    /// Fails at once.
    Fail,
}

/// The capacities of a pool's classes, and its policies. Plain data; nothing is allocated before [`Pool::new`](super::Pool::new).
///
/// | | XS 64 B | S 256 B | M 1 KiB | L 4 KiB | XL 16 KiB | threads with caches | bytes in all |
/// |---|---|---|---|---|---|---|---|
/// | [`mobile`](Self::mobile) | 500 | 250 | 100 | 20 | 5 | 8 | 412,656 |
/// | [`desktop`](Self::desktop) | 2000 | 1000 | 300 | 60 | 15 | 16 | 1,311,088 |
/// | [`server`](Self::server) | 4000 | 2000 | 600 | 120 | 30 | 32 | 2,617,456 |
///
/// ```
/// use ringfold::pool::{Config, Pool, SizeClass, WhenExhausted};
///
/// let config = Config::mobile().capacity(SizeClass::XL, 0).when_exhausted(WhenExhausted::Fail);
/// println!("{}", config.memory()); // before anything is allocated
/// let pool = Pool::new(config)?;
/// assert!(pool.alloc(&[0; 10_000], 0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a config does nothing before `Pool::new`"]
pub struct Config {
    pub(super) capacities: [usize; SizeClass::POOLED.len()],
    pub(super) threads: usize,
    pub(super) when_exhausted: WhenExhausted,
    pub(super) strategy: WaitStrategy,
    pub(super) numa_node: Option<u32>,
}

/// From so many bytes of memory and usable cores on a machine is no phone.
const DESKTOP: (u64, usize) = (6 << 30, 3);
/// And from so many on it is a server.
const SERVER: (u64, usize) = (16 << 30, 12);

impl Config {
    /// So many slots of the classes XS, S, M, L and XL. A class may have none.
    pub const fn with_capacities(capacities: [usize; 5]) -> Self {
        Self {
            capacities,
            threads: 16,
            when_exhausted: WhenExhausted::NextLarger,
            strategy: WaitStrategy::Park,
            numa_node: None,
        }
    }

    /// For a phone or a small device: 500, 250, 100, 20 and 5 slots.
    pub const fn mobile() -> Self {
        Self::with_capacities([500, 250, 100, 20, 5]).threads(8)
    }

    /// For a desktop: 2000, 1000, 300, 60 and 15 slots.
    pub const fn desktop() -> Self {
        Self::with_capacities([2000, 1000, 300, 60, 15])
    }

    /// For a server: 4000, 2000, 600, 120 and 30 slots.
    pub const fn server() -> Self {
        Self::with_capacities([4000, 2000, 600, 120, 30]).threads(32)
    }

    /// One of the three, for this machine: [`for_machine`](Self::for_machine) with the cores that this process may use and the memory that it may
    /// have, limits of cgroups counted. Reads a few small files; takes milliseconds.
    pub fn detect() -> Self {
        let memory = machine::memory();
        let bytes = [memory.total, memory.cgroup_limit].into_iter().flatten().min();
        Self::for_machine(machine::cores().usable, bytes)
    }

    /// One of the three, for a machine of so many usable cores and so many bytes of memory (`None` if it is not known): the server's from 12 cores and
    /// 16 GiB on, the desktop's from 3 cores and 6 GiB on, or else the mobile one.
    pub const fn for_machine(cores: usize, bytes: Option<u64>) -> Self {
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => DESKTOP.0,
        };
        if bytes >= SERVER.0 && cores >= SERVER.1 {
            Self::server()
        } else if bytes >= DESKTOP.0 && cores >= DESKTOP.1 {
            Self::desktop()
        } else {
            Self::mobile()
        }
    }

    /// So many slots of that class. No effect for [`SizeClass::XXL`], which has none.
    pub fn capacity(mut self, class: SizeClass, slots: usize) -> Self {
        if let Some(capacity) = self.capacities.get_mut(class.index()) {
            *capacity = slots;
        }
        self
    }

    /// How many threads have caches (at most 256): a few free slots of each class at hand, so that taking one is no atomic read-modify-write. 16, or
    /// what the profile says. Threads beyond that share what is in the depots, at 20 to 40 nanoseconds more for each event. With 0 no thread
    /// has caches.
    ///
    /// A cache has room for up to 64 slots of a class, fewer in small classes: all caches together for half of it, but each for two.
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = if threads < numbers::MOST { threads } else { numbers::MOST };
        self
    }

    /// What to do when a class is exhausted.
    pub const fn when_exhausted(mut self, policy: WhenExhausted) -> Self {
        self.when_exhausted = policy;
        self
    }

    /// How to wait, where the policy is [`WhenExhausted::Wait`].
    pub const fn wait_strategy(mut self, strategy: WaitStrategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Takes the memory from one NUMA node (Linux), in pages of its own. Without it the memory is the heap's, and lies where the system puts
    /// it: near the thread that makes the pool, as a rule. [`Pool::numa_node`](super::Pool::numa_node) says where it is.
    pub const fn numa_node(mut self, node: u32) -> Self {
        self.numa_node = Some(node);
        self
    }

    /// What a pool of this kind takes, to the byte.
    pub fn memory(&self) -> Footprint {
        let rows = self.rows();
        let classes = SizeClass::POOLED.map(|class| {
            let (shape, capacity) = rows[class.index()];
            ClassFootprint::new(class, shape, capacity)
        });
        Footprint::new(classes, Store::cache_bytes_for(classes.len(), self.threads), self.bytes())
    }

    /// What a pool of this kind takes in all, in bytes, for [`Static`](super::Static): the total of [`memory`](Self::memory). `usize::MAX` for
    /// what fits no memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        match self.plan(&self.rows()).layout() {
            Some(layout) => layout.size(),
            None => usize::MAX,
        }
    }

    /// The slots of each class, the heap's last, which has none.
    pub(super) const fn rows(&self) -> [(Shape, usize); SizeClass::POOLED.len() + 1] {
        let mut rows = [(Shape::bytes(0), 0); SizeClass::POOLED.len() + 1];
        let mut index = 0;
        while index < SizeClass::POOLED.len() {
            if let Some(bytes) = SizeClass::POOLED[index].bytes() {
                rows[index] = (Shape::bytes(bytes), self.capacities[index]);
            }
            index += 1;
        }
        rows
    }

    pub(super) const fn plan<'a>(&self, classes: &'a [(Shape, usize)]) -> Plan<'a> {
        Plan { classes, cached: SizeClass::POOLED.len(), threads: self.threads, strategy: self.strategy }
    }
}

impl Default for Config {
    /// [`desktop`](Self::desktop).
    fn default() -> Self {
        Self::desktop()
    }
}
