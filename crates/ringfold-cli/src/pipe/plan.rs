//! How much memory, in what blocks, and when to start: settled before anything is opened.

use ringfold::memory::{HugePages, Options, machine};

use crate::args::PipeArgs;
use crate::failure::{Failure, exit};
use crate::size::{Amount, human};

const DEFAULT_MEMORY: u64 = 256 << 20;
const DEFAULT_BLOCK: u64 = 64 << 10;
/// The ring in which the data stays while the writer keeps up: within a core's second-level cache.
const NEAR_BYTES: usize = 1 << 20;
/// For large blocks the near ring may grow to this, and no further: it comes on top of what was allowed.
const NEAR_MOST: usize = 4 << 20;
/// At most so much goes in one system call, so that the other side need not wait long for room or data.
const CALL_BYTES: usize = 128 << 10;

/// What was decided. All in bytes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the user allowed.
    pub memory: u64,
    /// The ring: a power of two, at most `memory`.
    pub capacity: usize,
    /// The ring before the ring, for a stream whose writer keeps up.
    pub near: Option<usize>,
    pub block: usize,
    /// At most so much in one system call; whole blocks.
    pub call: usize,
    /// How much there has to be before writing starts, and starts again after the ring ran empty.
    pub start: usize,
    /// How much room there has to be before reading starts again after the ring was full.
    pub restart: usize,
    pub options: Options,
}

impl Plan {
    /// Decides from the command line and from how much memory this process may use.
    pub fn new(args: &PipeArgs) -> Result<Plan, Failure> {
        let usable = usable_memory();
        let memory = match args.memory {
            Some(Amount::Bytes(bytes)) => bytes,
            Some(Amount::Percent(percent)) => (usable as f64 * percent / 100.0) as u64,
            // A mirror takes twice its size of address space.
            None => DEFAULT_MEMORY.min(usable / 4).min(free_address_space() / 4),
        };
        let page = machine::page_size() as u64;
        if memory < page {
            let what = format!("-m {} is less than a page of memory ({})", human(memory), human(page));
            return Err(wrong(what, "give it at least 64k; the default is 256M"));
        }
        if memory > usable {
            let what = format!("-m {} is more than this process may use ({})", human(memory), human(usable));
            return Err(wrong(what, "give it less, or a part: -m 25%"));
        }
        let capacity = 1u64 << memory.ilog2();
        let block = args.block.map_or(DEFAULT_BLOCK.min(capacity / 2), |block| block.0);
        if block > capacity / 2 {
            let what =
                format!("a block of {} does not fit twice in a ring of {}", human(block), human(capacity));
            return Err(wrong(what, "raise -m to two blocks or more, or lower -s"));
        }
        Ok(Plan::from_parts(args, memory, capacity as usize, block as usize))
    }

    /// Most bytes that can be on the way: the ring and the one before it.
    pub fn both_rings(&self) -> u64 {
        (self.capacity + self.near.unwrap_or(0)) as u64
    }

    fn from_parts(args: &PipeArgs, memory: u64, capacity: usize, block: usize) -> Plan {
        let percent = |of: u8| (capacity as u64 * u64::from(of) / 100) as usize;
        let watches_fill = args.start > 0 || args.restart < 100;
        let near = NEAR_BYTES.max((4 * block).next_power_of_two());
        let near_fits = near <= NEAR_MOST.min(capacity / 4);
        // Locked and huge pages were asked for in order to be used, and watermarks speak of the whole ring.
        let plain = !args.lock && HugePages::from(args.huge_pages) == HugePages::Never;
        Plan {
            memory,
            capacity,
            near: (near_fits && plain && !watches_fill).then_some(near),
            block,
            call: (CALL_BYTES / block).max(1) * block,
            // With less room than a block the ring counts as full, so more than this may never come.
            start: percent(args.start).clamp(1, capacity - block),
            restart: (capacity - percent(args.restart)).max(block),
            options: Options::new().huge_pages(args.huge_pages.into()).lock(args.lock).populate(args.lock),
        }
    }
}

fn wrong(what: String, hint: &str) -> Failure {
    Failure::new(what, hint).with_code(exit::USAGE)
}

/// The memory of this machine, or of this container if that is less.
fn usable_memory() -> u64 {
    let memory = machine::memory();
    let total = memory.total.unwrap_or(u64::MAX);
    total.min(memory.cgroup_limit.unwrap_or(u64::MAX))
}

/// What `RLIMIT_AS` leaves.
fn free_address_space() -> u64 {
    let used = machine::process_memory().virtual_bytes.unwrap_or(0);
    machine::limits().address_space.map_or(u64::MAX, |limit| limit.saturating_sub(used))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn plan(line: &str) -> Result<Plan, Failure> {
        let words = ["ringfold", "pipe"].into_iter().chain(line.split_whitespace());
        match Cli::try_parse_from(words).expect("a command line").command {
            Command::Pipe(args) => Plan::new(&args),
            _ => unreachable!("pipe was asked for"),
        }
    }

    #[test]
    fn memory_is_a_limit() {
        let plan = plan("-m 300M").unwrap();
        assert_eq!(plan.capacity, 256 << 20);
        assert_eq!(plan.call % plan.block, 0);
        assert_eq!((plan.start, plan.restart), (1, plan.block));
    }

    #[test]
    fn watermarks_speak_of_the_whole_ring() {
        let plan = plan("-m 16M -P 50 -p 25").unwrap();
        assert_eq!((plan.start, plan.restart, plan.near), (8 << 20, 12 << 20, None));
    }

    #[test]
    fn the_small_ring_comes_on_top() {
        assert_eq!(plan("-m 16M").unwrap().both_rings(), 17 << 20);
        assert_eq!(plan("-m 16M -L").unwrap().both_rings(), 16 << 20);
    }

    #[test]
    fn a_ring_that_counts_as_full_has_reached_the_watermark() {
        let plan = plan("-m 64k -s 4k -P 100").unwrap();
        assert_eq!(plan.start, (64 << 10) - (4 << 10));
    }

    #[test]
    fn the_default_block_follows_the_memory_and_a_given_one_must_fit() {
        assert_eq!(plan("-m 64k").unwrap().block, 32 << 10);
        assert_eq!(plan("-m 64k -s 32k").unwrap().block, 32 << 10);
        let failure = plan("-m 64k -s 33k").unwrap_err();
        assert_eq!(failure.code(), exit::USAGE);
        assert!(failure.what().contains("does not fit twice"), "{failure}");
        assert_eq!(plan("-m 1").unwrap_err().code(), exit::USAGE);
        assert_eq!(plan("-m 1000T").unwrap_err().code(), exit::USAGE);
    }
}
