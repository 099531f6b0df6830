/// Which kind of memory a mirror is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Memory {
    /// A hardware mirror where the system gives one, otherwise a soft mirror;
    /// [`Info::fallback`](crate::Info::fallback) then says why.
    #[default]
    Auto,
    /// A hardware mirror or an error.
    Mirror,
    /// Twice the heap, kept equal by copying in [`Mirror::sync`](crate::Mirror::sync).
    Soft,
}

/// Whether a mirror stands on huge pages (fewer TLB misses on rings of several MiB and more).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HugePages {
    /// Ordinary pages.
    #[default]
    Never,
    /// Huge pages where they can be had; [`Info::huge_refused`](crate::Info::huge_refused) says why not.
    /// A ring smaller than one huge page keeps ordinary pages.
    Try,
    /// Huge pages or an error. A ring smaller than one huge page is rounded up to one.
    Require,
}

/// What a child made by `fork` sees of a mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fork {
    /// Nothing: the pages are not mapped in the child, so it cannot disturb its parent. A child that
    /// touches them all the same is stopped by SIGSEGV.
    #[default]
    DontFork,
    /// The same physical pages as its parent. The cursors of a ring are private to each process, so this
    /// is for code that keeps them in shared memory as well.
    Share,
}

/// How to make a [`Mirror`](crate::Mirror). Everything has a default; an explicit choice that cannot be had is an error.
///
/// ```
/// use ringfold_memory::{HugePages, Mirror, Options};
///
/// let options = Options::new().huge_pages(HugePages::Try);
/// let mirror = Mirror::with_options(8 << 20, &options)?;
/// println!("{}", mirror.info());
/// # Ok::<(), ringfold_memory::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(crate) memory: Memory,
    pub(crate) huge_pages: HugePages,
    pub(crate) numa_node: Option<u32>,
    pub(crate) lock: bool,
    pub(crate) populate: bool,
    pub(crate) fork: Fork,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            memory: Memory::default(),
            huge_pages: HugePages::default(),
            numa_node: None,
            lock: false,
            populate: true,
            fork: Fork::default(),
        }
    }
}

impl Options {
    /// The defaults: [`Memory::Auto`], [`HugePages::Never`], any NUMA node, not locked, populated, [`Fork::DontFork`].
    #[must_use]
    pub fn new() -> Options {
        Options::default()
    }

    /// Which kind of memory. Default: [`Memory::Auto`].
    #[must_use]
    pub fn memory(mut self, memory: Memory) -> Options {
        self.memory = memory;
        self
    }

    /// Huge pages. Default: [`HugePages::Never`]. Collapsing into huge pages populates the memory,
    /// whatever [`populate`](Options::populate) says.
    #[must_use]
    pub fn huge_pages(mut self, huge_pages: HugePages) -> Options {
        self.huge_pages = huge_pages;
        self
    }

    /// Binds the pages to one NUMA node (Linux). Default: the node of the thread that touches them first.
    #[must_use]
    pub fn numa_node(mut self, node: u32) -> Options {
        self.numa_node = Some(node);
        self
    }

    /// Keeps the pages in RAM, never on swap. Default: `false`. Costs the period once of `RLIMIT_MEMLOCK`.
    #[must_use]
    pub fn lock(mut self, lock: bool) -> Options {
        self.lock = lock;
        self
    }

    /// Gives every page its memory now, through both halves. Default: `true`, so that too little memory is an
    /// error at creation and the first lap has no page faults. With `false` creation takes microseconds whatever
    /// the size, and memory that runs out later stops the process with a signal.
    ///
    /// A soft mirror is always populated, and a lock populates too.
    #[must_use]
    pub fn populate(mut self, populate: bool) -> Options {
        self.populate = populate;
        self
    }

    /// What a forked child sees. Default: [`Fork::DontFork`].
    #[must_use]
    pub fn fork(mut self, fork: Fork) -> Options {
        self.fork = fork;
        self
    }
}
