//! Why ringfold is behind where it is, as far as that is known: a table that `docs/decisions/` stands behind.

use super::{Cell, Comparison};

/// What is known of one scenario. Empty texts fit everything; the first line that fits counts.
struct Known {
    room: &'static str,
    topology: &'static str,
    /// A part of the regime's words.
    regime: &'static str,
    /// A part of the best rival's name.
    rival: &'static str,
    why: &'static str,
    /// The page in `docs/decisions/` that says so at length, if there is one.
    page: &'static str,
}

const fn known(
    [room, topology, regime, rival]: [&'static str; 4],
    why: &'static str,
    page: &'static str,
) -> Known {
    Known { room, topology, regime, rival, why, page }
}

const BEHIND: &str = "behind-on-purpose.md";
const LARGE: &str = "A ring beyond the second-level cache: each line comes from the outer cache or from memory. Lines are not sent on there \
     (cldemote), since that cost half; what the fastest does better is not known.";
const MEMCPY: &str =
    "Everybody moves at the speed of memcpy here; what is left is noise and a few instructions.";
const WAIT: &str = "A consumer that runs dry holds still for a moment before it looks again. That wins throughput, and costs a message that comes \
     alone up to some microseconds.";
const SHARED_CORE: &str = "A side that runs dry holds still before it looks. Where both share a core that is time the other side could have \
     had, until it is given up.";
const TURNS: &str = "With more threads than cores a thread runs until its lap is used up, and what counts is the price of one publication. The \
     disruptor's is as good.";
const PAGE: &str = "A mirror consists of whole pages, and cursors and sleepers have cache lines of their own; that tells in small rings.";
static KNOWN: &[Known] = &[
    known(["spsc", "item", "64 B items, 64 Ki", ""], LARGE, BEHIND),
    known(["spsc", "item", "256 B items", ""], LARGE, BEHIND),
    known(["spsc", "one-core", "", ""], SHARED_CORE, BEHIND),
    known(["spsc", "paced", "", ""], WAIT, BEHIND),
    known(
        ["spsc", "round-trip", "", ""],
        "Known in part: holding still, which brings nothing here, is tried again at every 64th message.",
        BEHIND,
    ),
    known(
        ["spsc", "zero-copy", "", ""],
        "All good rings are at the speed at which cache lines cross from core to core; compare the floor \u{201c}chunk relay\u{201d}.",
        "how-we-measure.md",
    ),
    known(
        ["spsc", "slice", "4 Ki words", ""],
        "All good rings are at the speed at which cache lines cross from core to core; compare the floor \u{201c}memcpy relay\u{201d}.",
        "how-we-measure.md",
    ),
    known(["spsc", "memory", "", ""], PAGE, "mirrors.md"),
    known(["mpsc", "memory", "64 slots", ""], PAGE, "mirrors.md"),
    known(
        ["mpsc", "memory", "", ""],
        "A mark of eight bytes beside each slot, which is what lets nobody wait for anybody.",
        "shape-of-mpsc.md",
    ),
    known(
        ["mpsc", "wake", "", ""],
        "Most of a wake-up is the system's, whoever asks for it.",
        "shape-of-mpsc.md",
    ),
    known(
        ["broadcast", "round-trip", "", ""],
        "Two more steps on the way than the disruptor has: looking whether somebody sleeps, and releasing the event.",
        "shape-of-broadcast.md",
    ),
    known(
        ["broadcast", "3p1c", "one by one", "disruptor"],
        "Most of the time goes into the compare-and-swap, behind stores that miss; the disruptor does the same.",
        "shape-of-broadcast.md",
    ),
    known(["broadcast", "", "one by one, 64 Ki", "disruptor"], TURNS, "shape-of-broadcast.md"),
    known(
        ["list", "list-again", "", ""],
        "A dropped list gives its pages back to the system; an allocator keeps those of a Vec of up to 32 MiB. Clear a list rather than \
         drop it.",
        "shape-of-list.md",
    ),
    known(
        ["pool", "cross", "", "jemalloc"],
        "jemalloc exchanges some hundred objects at a time under one lock and frees by address, where we read the slot's header. A shelf \
         of full magazines is untried.",
        "shape-of-pool.md",
    ),
    known(["pool", "cross", "16 KiB", ""], MEMCPY, "shape-of-pool.md"),
    known(
        ["pool", "alloc", "", "bytes"],
        "Bytes has no count before its first clone, as we have none, and the system's allocator is good at its smallest sizes. The first \
         clone then costs it another allocation.",
        "shape-of-pool.md",
    ),
    known(["pool", "alloc", "16 KiB", ""], MEMCPY, "shape-of-pool.md"),
    known(["pool", "alloc-4", "16 KiB", ""], MEMCPY, "shape-of-pool.md"),
    known(
        ["pool", "lz4", "", ""],
        "Two checksums, and one copy of the compressed bytes into a slot of their size. Compressing right into a slot would keep one of \
         the uncompressed size.",
        "shape-of-pool.md",
    ),
    known(["ring", "cycle", "64 KiB, in", ""], MEMCPY, ""),
    known(["ring", "cycle", "1 MiB", ""], MEMCPY, ""),
    known(["queue", "queue-bulk", "64 KiB of", ""], MEMCPY, ""),
    known(["queue", "queue-bulk", "1 MiB", ""], MEMCPY, ""),
    known(["stream", "stream-bulk", "64 KiB written", ""], MEMCPY, ""),
    known(["stream", "stream-bulk", "1 MiB", ""], MEMCPY, ""),
];

/// The reason, if it is known, and the page that tells it at length, if there is one.
pub fn why(cell: &Cell, comparison: &Comparison) -> Option<(&'static str, Option<&'static str>)> {
    let fits = |known: &&Known| {
        cell.room == known.room
            && (known.topology.is_empty() || cell.topology == known.topology)
            && cell.regime.contains(known.regime)
            && comparison.theirs.contains(known.rival)
    };
    KNOWN.iter().find(fits).map(|known| (known.why, Some(known.page).filter(|page| !page.is_empty())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use crate::rooms::{self, Room, Scale};

    #[test]
    fn every_reason_has_its_page_and_fits_a_case_that_is_measured() {
        let cases = rooms::cases(Room::All, Scale::Full);
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/decisions");
        for known in KNOWN {
            assert!(Path::new(pages).join(known.page).exists(), "{}", known.page);
            let fits = cases.iter().any(|case| {
                case.room == known.room
                    && (known.topology.is_empty() || case.topology == known.topology)
                    && case.regime.contains(known.regime)
            });
            assert!(fits, "{} {} {}", known.room, known.topology, known.regime);
        }
    }
}
