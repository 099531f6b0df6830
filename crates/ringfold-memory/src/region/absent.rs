//! No regions on this platform (or under Miri and loom): the same names, and an error.

use std::convert::Infallible;
use std::ptr::NonNull;

use crate::{Error, HugePages};

/// Cannot be made.
pub(super) struct Mapping(Infallible);

impl Mapping {
    pub(super) fn reserve(bytes: usize, _huge_pages: HugePages) -> Result<Mapping, Error> {
        Err(Error::unsupported(
            "reserving address space",
            bytes,
            "regions that grow in place do not exist on this platform",
            "use memory from the heap",
        ))
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        match self.0 {}
    }

    pub(super) fn reserved(&self) -> usize {
        match self.0 {}
    }

    pub(super) fn huge_page(&self) -> Option<usize> {
        match self.0 {}
    }

    pub(super) fn open(&mut self, _from: usize, _to: usize) -> Result<(), Error> {
        match self.0 {}
    }

    pub(super) fn populate(&mut self, _from: usize, _to: usize) -> Result<(), Error> {
        match self.0 {}
    }

    pub(super) fn give_back(&mut self, _from: usize, _to: usize) -> Result<(), Error> {
        match self.0 {}
    }
}
