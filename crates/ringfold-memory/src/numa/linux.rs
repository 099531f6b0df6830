//! Linux: `mbind` and `get_mempolicy`.

use std::ptr::{self, NonNull};

use crate::{Error, limits, machine};

/// `MPOL_F_NODE | MPOL_F_ADDR`: the node of the page at an address.
const NODE_OF_ADDRESS: libc::c_ulong = 1 | 2;
const MAX_NODES: usize = 1024;

pub(super) fn node_of(address: NonNull<u8>) -> Option<u32> {
    let mut node: libc::c_int = -1;
    // SAFETY: `node` is a live int that the call fills in; no mask is asked for; the address is only looked up.
    let result = unsafe {
        libc::syscall(
            libc::SYS_get_mempolicy,
            &raw mut node,
            ptr::null_mut::<libc::c_ulong>(),
            0 as libc::c_ulong,
            address.as_ptr(),
            NODE_OF_ADDRESS,
        )
    };
    if result == 0 { u32::try_from(node).ok() } else { None }
}

pub(super) fn bind(start: NonNull<u8>, bytes: usize, node: u32) -> Result<(), Error> {
    let step = "binding to a NUMA node (mbind)";
    let nodes = machine::numa_nodes();
    if !nodes.iter().any(|known| known.id == node) || node as usize >= MAX_NODES {
        let here: Vec<String> = nodes.iter().map(|known| known.id.to_string()).collect();
        let help = format!("choose one of the nodes here: {}", here.join(", "));
        return Err(Error::invalid(bytes, format!("there is no NUMA node {node}"), help));
    }
    let mut mask = [0 as libc::c_ulong; MAX_NODES / libc::c_ulong::BITS as usize];
    let bits = libc::c_ulong::BITS;
    mask[(node / bits) as usize] |= 1 << (node % bits);
    // SAFETY: the range is the caller's own mapping and the mask lives for the call; the kernel reads MAX_NODES bits of it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mbind,
            start.as_ptr(),
            bytes,
            libc::MPOL_BIND,
            mask.as_ptr(),
            MAX_NODES + 1,
            0,
        )
    };
    if result == 0 { Ok(()) } else { Err(limits::explain(step, bytes)) }
}
