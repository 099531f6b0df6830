//! Mirrored memory: a region of N bytes that appears twice in a row, so that any run of up to N bytes,
//! wherever it starts, is contiguous.
//!
//! ```text
//!   virtual   base                 base + N              base + 2N
//!             ├──────── N ─────────┼──────── N ──────────┤
//!             │ a b c d e f g h    │ a b c d e f g h     │
//!                         └── one slice over the seam ──┘
//! ```
//!
//! [`Mirror`] makes such a region on Linux, macOS and Windows with the memory management unit, everywhere else (and
//! under Miri and loom) with a *soft mirror*, twice the memory kept equal by copying. [`Options`] chooses huge pages,
//! a NUMA node, locking, population and fork behaviour; [`Info`] says what was really obtained; [`Error`] says what
//! stopped it and what to do. [`machine`] holds facts about this machine, [`barrier`] an asymmetric memory barrier, [`numa`] says on which node
//! memory lies, and [`affinity`] keeps a thread on a core or near one.
//!
//! [`Region`] is the other kind of memory: address space reserved at once, given memory from the front as it grows, which
//! therefore never moves.
//!
//! This is the only crate of ringfold that talks to the operating system about memory. It hands out raw pointers:
//! a mirror must never be seen through two references at once. The rooms of the `ringfold` crate are the safe way to use it.
//!
//! ```
//! use ringfold_memory::Mirror;
//!
//! let mirror = Mirror::new(64 * 1024)?;
//! assert!(mirror.period() >= 64 * 1024);
//! println!("{}", mirror.info());
//! # Ok::<(), ringfold_memory::Error>(())
//! ```

#![warn(missing_docs)]

mod bytes;
mod error;
mod info;
mod limits;
mod mirror;
mod options;
mod region;

pub mod affinity;
pub mod barrier;
pub mod machine;
pub mod numa;

pub use error::Error;
pub use info::{Info, Method};
pub use mirror::Mirror;
pub use options::{Fork, HugePages, Memory, Options};
pub use region::Region;
