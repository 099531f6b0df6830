//! Who takes part in the room `list`: whatever holds words in order and finds them by their number.

use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};

use picoring::PicoList;
use ringfold::List;
use ringfold::memory::HugePages;

use super::Aspect;
use super::sample::{Answer, measure};
use crate::contender::Role;

/// Somebody that grows word by word.
pub(super) trait Grows: Sized {
    /// An empty one, which is not told how large it will get.
    fn open() -> Self;
    /// Appends a word.
    fn push(&mut self, item: u64);
    /// The wrapping sum of all words, in order.
    fn sum(&self) -> u64;
    /// The word with this number.
    fn at(&self, index: usize) -> u64;
}

/// Somebody who can take part.
pub(super) struct Entrant {
    /// As the report names it.
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// What of its API is used.
    pub(super) note: &'static str,
    /// Does it allocate for each word?
    pub(super) is_nodes: bool,
    pub(super) measure: fn(Aspect, usize) -> Answer,
}

/// The one that has no way to index.
pub(super) const LINKED_LIST: &str = "LinkedList";

/// Everybody.
pub(super) fn all() -> Vec<Entrant> {
    let nodes = |entrant| Entrant { is_nodes: true, ..entrant };
    vec![
        entrant::<List<u64>>("ringfold", Role::Ours, "push, [i], iter; as it comes"),
        entrant::<Huge>("ringfold, huge pages", Role::OursTuned, "List::builder().huge_pages(Try)"),
        entrant::<Heap>(
            "ringfold, heap",
            Role::OursTuned,
            "List::builder().contiguous(false): chunks of 64 KiB",
        ),
        entrant::<Vec<u64>>("Vec", Role::Rival, "push, [i], iter; grown without reserve"),
        entrant::<VecDeque<u64>>("VecDeque", Role::Rival, "push_back, [i], iter; grown without reserve"),
        entrant::<PicoList<u64, 16384>>(
            "picoring",
            Role::Rival,
            "push, [i], iter; chunks of 16384 items, its default",
        ),
        nodes(entrant::<LinkedList<u64>>(LINKED_LIST, Role::Rival, "push_back, iter; no way to index")),
        nodes(entrant::<BTreeMap<usize, u64>>("BTreeMap", Role::Rival, "insert and get by index, values")),
        nodes(entrant::<HashMap<usize, u64>>("HashMap", Role::Rival, "insert and get by index")),
    ]
}

fn entrant<L: Grows>(name: &'static str, role: Role, note: &'static str) -> Entrant {
    Entrant { name, role, note, is_nodes: false, measure: measure::<L> }
}

impl Grows for List<u64> {
    fn open() -> Self {
        List::new()
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        List::push(self, item);
    }

    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self[index]
    }
}

/// On huge pages.
struct Huge(List<u64>);

impl Grows for Huge {
    fn open() -> Self {
        Huge(List::builder().huge_pages(HugePages::Try).build().expect("addresses"))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        self.0.push(item);
    }

    fn sum(&self) -> u64 {
        Grows::sum(&self.0)
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self.0[index]
    }
}

/// In chunks on the heap, as where there is no address space to reserve.
struct Heap(List<u64>);

impl Grows for Heap {
    fn open() -> Self {
        Heap(List::builder().contiguous(false).build().expect("nothing is needed yet"))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        self.0.push(item);
    }

    fn sum(&self) -> u64 {
        Grows::sum(&self.0)
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self.0[index]
    }
}

impl Grows for Vec<u64> {
    fn open() -> Self {
        Vec::new()
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        Vec::push(self, item);
    }

    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self[index]
    }
}

impl Grows for VecDeque<u64> {
    fn open() -> Self {
        VecDeque::new()
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        self.push_back(item);
    }

    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self[index]
    }
}

impl<const N: usize> Grows for PicoList<u64, N> {
    fn open() -> Self {
        PicoList::new()
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        PicoList::push(self, item);
    }

    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self[index]
    }
}

impl Grows for LinkedList<u64> {
    fn open() -> Self {
        LinkedList::new()
    }

    fn push(&mut self, item: u64) {
        self.push_back(item);
    }

    fn sum(&self) -> u64 {
        self.iter().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    fn at(&self, index: usize) -> u64 {
        *self.iter().nth(index).expect("indices are within the list")
    }
}

impl Grows for BTreeMap<usize, u64> {
    fn open() -> Self {
        BTreeMap::new()
    }

    fn push(&mut self, item: u64) {
        self.insert(self.len(), item);
    }

    fn sum(&self) -> u64 {
        self.values().fold(0, |sum, item| sum.wrapping_add(*item))
    }

    fn at(&self, index: usize) -> u64 {
        self[&index]
    }
}

impl Grows for HashMap<usize, u64> {
    fn open() -> Self {
        HashMap::new()
    }

    fn push(&mut self, item: u64) {
        self.insert(self.len(), item);
    }

    fn sum(&self) -> u64 {
        (0..self.len()).fold(0, |sum, index| sum.wrapping_add(self[&index]))
    }

    fn at(&self, index: usize) -> u64 {
        self[&index]
    }
}
