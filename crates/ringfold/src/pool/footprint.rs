//! What a pool takes, to the byte.

use core::fmt;

use super::{SizeClass, blocks::Shape, depot::Depot};

/// What a pool takes of the heap, in bytes. It takes all of it when it is made, and no more later, save for events on the heap
/// and 24 bytes or so for each thread that waits.
///
/// Displays as a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Of each class, smallest first.
    pub classes: [ClassFootprint; 5],
    /// What threads have at hand.
    pub caches: usize,
    /// What does not depend on any capacity, and what is lost by alignment.
    pub fixed: usize,
}

/// What a class of slots takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassFootprint {
    /// Which class.
    pub class: SizeClass,
    /// How many slots it has.
    pub capacity: usize,
    /// Room for what is in the events.
    pub contents: usize,
    /// A header before each slot: references, generation, where it belongs; 16 bytes, or 64 from 1 KiB on, where slots begin with a cache line.
    pub headers: usize,
    /// Which slots are free: a bit for each, in words of 64.
    pub free_bits: usize,
}

impl ClassFootprint {
    pub(super) fn new(class: SizeClass, shape: Shape, capacity: usize) -> Self {
        let contents = shape.content().saturating_mul(capacity);
        Self {
            class,
            capacity,
            contents,
            headers: shape.stride().saturating_mul(capacity).saturating_sub(contents),
            free_bits: Depot::bytes_for(capacity),
        }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> usize {
        self.contents.saturating_add(self.headers).saturating_add(self.free_bits)
    }
}

impl Footprint {
    pub(super) fn new(classes: [ClassFootprint; 5], caches: usize, total: usize) -> Self {
        let of_classes = classes.iter().map(ClassFootprint::total).fold(0, usize::saturating_add);
        Self { classes, caches, fixed: total.saturating_sub(of_classes).saturating_sub(caches) }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> usize {
        let classes = self.classes.iter().map(ClassFootprint::total);
        classes.fold(self.caches.saturating_add(self.fixed), usize::saturating_add)
    }

    /// All that is no room for events.
    #[must_use]
    pub fn metadata(&self) -> usize {
        self.total() - self.classes.iter().map(|class| class.contents).sum::<usize>()
    }
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<7} {:>7} {:>11} {:>9} {:>9} {:>11}",
            "class", "slots", "contents", "headers", "free bits", "bytes"
        )?;
        for class in &self.classes {
            let ClassFootprint { class: name, capacity, contents, headers, free_bits } = class;
            let total = class.total();
            let name = name.to_string();
            writeln!(f, "{name:<7} {capacity:>7} {contents:>11} {headers:>9} {free_bits:>9} {total:>11}")?;
        }
        writeln!(f, "{:<7} {:>39} {:>11}", "caches", "", self.caches)?;
        writeln!(f, "{:<7} {:>39} {:>11}", "fixed", "", self.fixed)?;
        write!(f, "{:<7} {:>39} {:>11}", "all", "", self.total())
    }
}
