//! The cases of the room `list`: a million to half a thousand million words, pushed one by one, then read in order and at
//! random. One thread. Everybody starts empty and is told nothing about the size to come.
//!
//! Every sample runs in a process of its own (`sample.rs`): memory that a sample before gave back to the allocator but not to the
//! system would otherwise be there already, for some of them. What that is worth, `list-again` shows.

mod rivals;
mod sample;

use crate::contender::{Case, Contender, Metric};
use crate::one_thread::size;
use crate::rooms::Scale;
use crate::signal::Wait;
use rivals::Entrant;
pub use sample::answer;

const SIZES: [usize; 4] = [1_000_000, 10_000_000, 100_000_000, 500_000_000];
/// Those who chase a pointer or a hash per item take part up to here: beyond, a sample would take minutes.
const NODES: usize = 10_000_000;
/// From here on a sample takes seconds, and there are fewer of them.
const LONG: usize = 100_000_000;

/// What of a list is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aspect {
    Push,
    Again,
    Pause,
    Iterate,
    Random,
    Memory,
}

impl Aspect {
    const ALL: [Aspect; 6] =
        [Aspect::Push, Aspect::Again, Aspect::Pause, Aspect::Iterate, Aspect::Random, Aspect::Memory];

    fn topology(self) -> &'static str {
        match self {
            Aspect::Push => "list-push",
            Aspect::Again => "list-again",
            Aspect::Pause => "list-pause",
            Aspect::Iterate => "list-iterate",
            Aspect::Random => "list-random",
            Aspect::Memory => "list-memory",
        }
    }

    fn metric(self) -> Metric {
        match self {
            Aspect::Push | Aspect::Again | Aspect::Iterate | Aspect::Random => Metric::Operation,
            Aspect::Pause => Metric::Pause,
            Aspect::Memory => Metric::Memory,
        }
    }
}

/// All cases, in the order of the report.
pub fn cases(scale: Scale) -> Vec<Case> {
    let most = match scale {
        Scale::Full => usize::MAX,
        Scale::Quick => NODES,
        Scale::Report => SIZES[0],
    };
    let sizes = || SIZES.into_iter().filter(move |&items| items <= most);
    // Allocators keep what they get back only up to some size, so there is nothing to see beyond.
    let has = |aspect, items| aspect != Aspect::Again || items <= NODES;
    let of = |aspect| sizes().filter(move |&items| has(aspect, items)).map(move |items| case(aspect, items));
    Aspect::ALL.into_iter().flat_map(of).collect()
}

fn case(aspect: Aspect, items: usize) -> Case {
    let bytes = items * size_of::<u64>();
    Case {
        room: "list",
        topology: aspect.topology(),
        regime: format!("{} M words, {}", items / 1_000_000, size::written(bytes)),
        capacity: items,
        item_bytes: bytes,
        sides: (1, 0),
        threads_per_core: 1.0,
        rounds: (items >= LONG).then_some(3),
        metric: aspect.metric(),
        contenders: entrants(aspect, items).map(|entrant| contender(entrant, aspect, items)).collect(),
    }
}

fn entrants(aspect: Aspect, items: usize) -> impl Iterator<Item = Entrant> {
    rivals::all().into_iter().filter(move |entrant| {
        let small_enough = items <= NODES || !entrant.is_nodes;
        // To find an item it would walk past all before it, ten million times.
        small_enough && (aspect != Aspect::Random || entrant.name != rivals::LINKED_LIST)
    })
}

fn contender(entrant: Entrant, aspect: Aspect, items: usize) -> Contender {
    Contender {
        name: entrant.name,
        role: entrant.role,
        note: entrant.note.into(),
        ways: vec![Wait::Own],
        run: Box::new(move |plan, _| sample::in_a_process(plan, entrant.name, aspect, items)),
    }
}
