//! One thread's run of cells on a hardware mirror in the hands of an optimising compiler: the bytes behind the seam are written
//! through another address than those before it, and the compiler takes them for other bytes. `Run::fold` tells it better
//! whenever the run moves on; in a debug build all passes anyway. That the tests can fail is shown by
//! `cargo test --release -p ringfold-memory --test run -- --ignored --nocapture`.

#![cfg(not(any(miri, loom)))]

mod common;

use std::hint::black_box;

use common::hardware;
use ringfold_core::{mirror::Alias, slots::Run};
use ringfold_memory::Mirror;

/// A constant, so that the compiler sees what depends on it. A multiple of every page size in use.
const PERIOD: usize = 1 << 16;
/// Two items are a period.
type Item = [u64; PERIOD / 16];

/// A queue of one word an item, on a run whose moves the compiler is told of, or not.
struct Queue<const IS_TOLD: bool> {
    run: Run<Item>,
    first: usize,
    len: usize,
}

impl<const IS_TOLD: bool> Queue<IS_TOLD> {
    /// # Safety
    /// The mirror's period is `PERIOD`, it is a hardware one, and nobody else uses it as long as the queue lives.
    #[inline(always)]
    unsafe fn new(mirror: &Mirror) -> Self {
        // SAFETY: as the caller says.
        let run = unsafe { Run::new(mirror.base(), PERIOD, Alias::Hardware) };
        Self { run, first: 0, len: 0 }
    }

    #[inline(always)]
    fn push(&mut self, word: u64) {
        assert!(self.len < 2);
        // SAFETY: there is room for a second item, and the run starts where `fold` said.
        unsafe { self.run.cell(self.first, self.len).cast::<u64>().write(word) };
        self.len += 1;
    }

    #[inline(always)]
    fn word(&self, index: usize) -> u64 {
        assert!(index < 2);
        // SAFETY: the memory of at most two items from `first` on is initialised: a mirror is zero in the beginning.
        unsafe { self.run.cell(self.first, index).cast::<u64>().read() }
    }

    #[inline(always)]
    fn consume(&mut self, count: usize) {
        self.len -= count;
        self.first = if IS_TOLD {
            // SAFETY: there were so many items, and no reference is left.
            unsafe { self.run.fold(self.first, count, self.len) }
        } else {
            match self.first + count * size_of::<Item>() {
                _ if self.len == 0 => 0,
                first if first < PERIOD => first,
                first => first - PERIOD,
            }
        };
    }
}

/// Writes to the start of the memory through its first address, then through its second, then through the first again, and
/// leaves that item in.
#[inline(never)]
fn stores<const IS_TOLD: bool>(mirror: &Mirror, rounds: u64) -> Queue<IS_TOLD> {
    // SAFETY: `each` hands over such mirrors.
    let mut queue = unsafe { Queue::new(mirror) };
    assert!(rounds > 0);
    for n in 0..rounds {
        queue.consume(queue.len);
        queue.push(5 * n); // at 0
        queue.push(n); // in the middle
        queue.consume(1);
        queue.push(queue.word(0) + n); // at the seam, which is 0 again
        let sum = queue.word(1);
        queue.consume(2);
        queue.push(sum + n); // at 0
    }
    queue
}

/// Reads what is left of an item that was written through the other address.
#[inline(never)]
fn leftover<const IS_TOLD: bool>(mirror: &Mirror) -> u64 {
    // SAFETY: `each` hands over such mirrors.
    let mut queue = unsafe { Queue::<IS_TOLD>::new(mirror) };
    queue.push(1); // at 0
    queue.push(2);
    queue.consume(1);
    queue.push(3); // at the seam, which is 0 again
    queue.consume(2);
    queue.word(0)
}

/// Whether each shape comes out right.
fn each<const IS_TOLD: bool>() -> [(&'static str, bool); 2] {
    let mirror = Mirror::with_options(PERIOD, &hardware()).expect("a hardware mirror");
    assert!(mirror.is_hardware() && mirror.period() == PERIOD);
    let queue = stores::<IS_TOLD>(&mirror, black_box(5));
    let last = black_box(&queue).word(0);
    [("stores", last == 12), ("a leftover", leftover::<IS_TOLD>(&mirror) == 3)]
}

#[test]
fn a_run_that_moves_is_plain_memory_to_the_compiler() {
    assert_eq!(each::<true>(), [("stores", true), ("a leftover", true)]);
}

#[test]
#[ignore = "depends on what the optimiser makes of broken code; shows that the test above can fail"]
fn untold_the_compiler_takes_two_addresses_for_two_bytes() {
    let shapes = each::<false>();
    for (name, is_right) in shapes {
        println!("{name}: {}", if is_right { "right" } else { "WRONG" });
    }
    let all_right = shapes.iter().all(|(_, is_right)| *is_right);
    assert!(!all_right || cfg!(debug_assertions), "no shape can fail: find sharper ones");
}
