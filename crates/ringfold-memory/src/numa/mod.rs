//! NUMA nodes: where memory lies, and how it gets there. See [`machine::numa_nodes`](crate::machine::numa_nodes) for which there are.
//!
//! [`Options::numa_node`](crate::Options::numa_node) and [`Region::bind_to_node`](crate::Region::bind_to_node) put memory on a node before it is
//! first touched; [`node_of`] asks the system where it has come to lie.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(any(miri, loom))))]
#[path = "linux.rs"]
mod platform;
#[cfg(any(miri, loom, not(any(target_os = "linux", target_os = "android"))))]
#[path = "other.rs"]
mod platform;

use std::ptr::NonNull;

use crate::Error;

/// The node that the page at `address` lies on, or `None` where the system does not say: on systems other than Linux, in sandboxes that forbid to
/// ask (`get_mempolicy`), and for an address at which nothing is. A page that was not touched yet is given its memory by asking.
///
/// ```
/// let on_the_heap = vec![1_u8; 100];
/// match ringfold_memory::numa::node_of((&on_the_heap[0]).into()) {
///     Some(node) => println!("on node {node}"),
///     None => println!("the system does not say"),
/// }
/// ```
#[must_use]
pub fn node_of(address: NonNull<u8>) -> Option<u32> {
    platform::node_of(address)
}

/// Binds pages to a node, before they are touched: `bytes` from `start` on, which are a mapping of the caller's own.
#[allow(dead_code, reason = "the mirrors of some systems cannot be bound")]
pub(crate) fn bind(start: NonNull<u8>, bytes: usize, node: u32) -> Result<(), Error> {
    platform::bind(start, bytes, node)
}
