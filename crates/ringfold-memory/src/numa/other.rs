//! Systems that neither say nor take a node.

use std::ptr::NonNull;

use crate::Error;

pub(super) fn node_of(_address: NonNull<u8>) -> Option<u32> {
    None
}

pub(super) fn bind(_start: NonNull<u8>, bytes: usize, _node: u32) -> Result<(), Error> {
    Err(Error::unsupported(
        "binding to a NUMA node",
        bytes,
        "memory is bound to NUMA nodes on Linux only",
        "leave the node out: memory lies near the thread that touches it first",
    ))
}
