//! No hardware mirror on this platform: the same names, and an error.

use std::convert::Infallible;
use std::ptr::NonNull;

use crate::{Error, Info, Options};

/// Cannot be made.
pub(super) struct Mapping(Infallible);

impl Mapping {
    pub(super) fn create(min_bytes: usize, _options: &Options) -> Result<(Mapping, Info), Error> {
        Err(Error::unsupported(
            "mapping memory twice",
            min_bytes,
            "there is no hardware mirror on this platform",
            "choose Memory::Auto or Memory::Soft",
        ))
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        match self.0 {}
    }
}
