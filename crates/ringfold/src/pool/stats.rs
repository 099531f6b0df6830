//! What a pool has done so far, and how it is.

use super::{SizeClass, class::Class, handle::Pool, store::Store};

/// What a pool has done so far. Each figure is true at some moment during the call; if others are at work, not all at the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStats {
    /// Of XS, S, M, L and XL, also of those without slots.
    pub classes: [ClassStats; 5],
    /// Of the heap.
    pub heap: HeapStats,
}

/// What a class of slots has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassStats {
    /// Which class.
    pub class: SizeClass,
    /// How many slots it has.
    pub capacity: u64,
    /// Slots in use now.
    pub in_use: u64,
    /// The most slots that were in use at once. Never less; more by what other threads had at hand at that moment.
    pub high_water: u64,
    /// Slots that were taken, of all time.
    pub allocated: u64,
    /// How often somebody wanted a slot and all were in use.
    pub exhausted: u64,
    /// Events that were for this class and went to a larger one or to the heap.
    pub fallbacks: u64,
    /// Slots that were in use in both of the last two [audits](Pool::audit), and not free in between.
    pub leaked: u64,
    /// Slots that are not used any more, because they have had more than a million million generations of weak handles.
    pub retired: u64,
}

/// What a pool has had on the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapStats {
    /// Events that are there now.
    pub in_use: u64,
    /// Their bytes, without 32 more for each.
    pub bytes: u64,
    /// Events that went there, of all time.
    pub allocated: u64,
}

/// How a class is, in four levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// At most four fifths of the slots are in use.
    Healthy,
    /// More than that.
    Strained,
    /// Nine tenths are in use, or more: whoever produces events should hold back.
    Critical,
    /// All of them are.
    Exhausted,
}

impl ClassStats {
    fn of(store: &Store, class: &Class) -> Self {
        let figures = &class.figures;
        store.note_high_water(class);
        let retired = figures.retired.value();
        let at_hand: u64 = store.caches_of(class).map(|cache| cache.len()).sum();
        let by_threads: u64 = store.caches_of(class).map(|cache| cache.allocated()).sum();
        Self {
            class: SizeClass::at(class.index),
            capacity: class.depot.capacity(),
            in_use: class.depot.taken().saturating_sub(at_hand + retired),
            high_water: figures.high_water.value(),
            allocated: by_threads + figures.allocated.value(),
            exhausted: figures.exhausted.value(),
            fallbacks: figures.fallbacks.value(),
            leaked: figures.leaked.value(),
            retired,
        }
    }

    /// How much of the class is in use, from 0.0 to 1.0; 0.0 for a class without slots.
    #[must_use]
    pub fn pressure(&self) -> f32 {
        match self.capacity {
            0 => 0.0,
            capacity => (self.in_use + self.retired) as f32 / capacity as f32,
        }
    }

    /// How the class is.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.pressure() {
            1.0.. => Health::Exhausted,
            0.9.. => Health::Critical,
            pressure if pressure > 0.8 => Health::Strained,
            _ => Health::Healthy,
        }
    }

    /// More than four fifths of the slots are in use.
    #[must_use]
    pub fn is_under_pressure(&self) -> bool {
        self.health() > Health::Healthy
    }

    /// Nine tenths of the slots are in use, or more.
    #[must_use]
    pub fn should_throttle(&self) -> bool {
        self.health() >= Health::Critical
    }
}

impl PoolStats {
    /// That of one class; `None` for [`SizeClass::XXL`], see `heap`.
    #[must_use]
    pub fn class(&self, class: SizeClass) -> Option<&ClassStats> {
        self.classes.get(class.index())
    }

    /// Slots in use now, of all classes.
    #[must_use]
    pub fn in_use(&self) -> u64 {
        self.classes.iter().map(|class| class.in_use).sum()
    }

    /// Suspected leaks, of all classes.
    #[must_use]
    pub fn leaked(&self) -> u64 {
        self.classes.iter().map(|class| class.leaked).sum()
    }

    /// That of the class that is worst.
    #[must_use]
    pub fn health(&self) -> Health {
        self.classes.iter().map(ClassStats::health).max().unwrap_or(Health::Healthy)
    }
}

impl Pool {
    /// What the pool has done so far. Reads a few words for each thread with caches.
    ///
    /// ```
    /// # use ringfold::pool::{Config, Health, Pool, SizeClass};
    /// let pool = Pool::new(Config::with_capacities([10, 0, 0, 0, 0]))?;
    /// let events: Vec<_> = (0..9).map(|i| pool.alloc(&[i], 0).unwrap()).collect();
    /// let xs = pool.stats().classes[0];
    /// assert_eq!((xs.in_use, xs.pressure(), xs.health()), (9, 0.9, Health::Critical));
    /// drop(events);
    /// assert_eq!((pool.stats().in_use(), pool.stats().classes[0].high_water), (0, 9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let store = self.store();
        let heap = &store.classes[SizeClass::XXL.index()].figures;
        PoolStats {
            classes: SizeClass::POOLED.map(|class| ClassStats::of(store, &store.classes[class.index()])),
            heap: HeapStats {
                in_use: heap.heap_events.value(),
                bytes: heap.heap_bytes.value(),
                allocated: heap.allocated.value(),
            },
        }
    }

    /// How the class is that is worst.
    #[must_use]
    pub fn health(&self) -> Health {
        self.stats().health()
    }

    /// Looks for events that nobody drops: counts the slots that are in use and were so in the audit before, without being free in between, and
    /// returns how many that are, of all classes. [`stats`](Self::stats) has them for each class, until the next audit.
    ///
    /// Call it now and then, in intervals longer than events should live. Events that are on the heap are not looked at. Touches every slot's
    /// header and interrupts every thread of the process.
    ///
    /// ```
    /// # use ringfold::pool::{Config, Pool};
    /// let pool = Pool::new(Config::mobile())?;
    /// std::mem::forget(pool.alloc(b"for ever", 0)?);
    /// assert_eq!(pool.audit(), 0); // nobody can know yet
    /// drop(pool.alloc(b"and this one not", 0)?);
    /// assert_eq!(pool.audit(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audit(&self) -> u64 {
        let store = self.store();
        let audit = |class: &Class| {
            // What threads have at hand is in no use.
            store.collect(class);
            let leaked = class.mark_taken();
            class.figures.leaked.set(leaked);
            leaked
        };
        store.classes.iter().map(audit).sum()
    }
}
