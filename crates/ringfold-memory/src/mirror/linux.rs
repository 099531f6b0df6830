//! The hardware mirror of Linux and Android.
//!
//! ```text
//!   1. reserve      ├───────────── 2N, PROT_NONE ─────────────┤   aligned to the huge page where one is wanted
//!   2. map over it  ├── memfd, MAP_FIXED ──┼── memfd, MAP_FIXED ──┤
//! ```
//!
//! Mapping over one's own reservation is atomic, so no other thread can take the hole. Where `memfd_create` is refused
//! (seccomp, `RLIMIT_NOFILE`, `RLIMIT_FSIZE`, an old kernel), half 0 is shared anonymous memory and half 1 its
//! duplicate, made by `mremap` with an old size of 0; that needs no file descriptor.

#[path = "linux/owner.rs"]
mod owner;
#[path = "linux/pages.rs"]
mod pages;
#[path = "linux/reservation.rs"]
mod reservation;

use std::ptr::NonNull;

use self::reservation::{Reservation, Source};
use super::{period_for, self_test};
use crate::{Error, HugePages, Info, Options, limits, machine};

/// Owns the address space of one mirror.
pub(in crate::mirror) struct Mapping(Reservation);

/// On which pages a mirror stands.
#[derive(Clone, Copy)]
enum Pages {
    Base,
    /// From the pool that an administrator reserved; the size of one page.
    HugeTlb(usize),
    /// Ordinary pages collapsed into huge ones after they were populated; the size of one huge page.
    Collapsed(usize),
}

impl Pages {
    fn size(self) -> usize {
        match self {
            Pages::Base => machine::page_size(),
            Pages::HugeTlb(bytes) | Pages::Collapsed(bytes) => bytes,
        }
    }
}

impl Mapping {
    /// Climbs down the ladder of page kinds until one can be had.
    pub(in crate::mirror) fn create(min_bytes: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        let refused = match options.huge_pages {
            HugePages::Never => None,
            HugePages::Require => return Mapping::on_huge_pages(min_bytes, options),
            HugePages::Try => match Mapping::on_huge_pages(min_bytes, options) {
                Ok(made) => return Ok(made),
                Err(refused) => Some(refused),
            },
        };
        let period = period_for(min_bytes, machine::page_size())?;
        let (mapping, mut info) = Mapping::on(Pages::Base, period, options)?;
        info.huge_refused = refused;
        Ok((mapping, info))
    }

    pub(in crate::mirror) fn base(&self) -> NonNull<u8> {
        self.0.base()
    }

    /// The pool first: its pages are certain and stay huge. Then collapse, which needs no privilege.
    fn on_huge_pages(min_bytes: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        let kinds = [
            machine::default_huge_page().map(Pages::HugeTlb),
            machine::transparent_huge_pages().and_then(|them| them.page_bytes).map(Pages::Collapsed),
        ];
        let least = if options.huge_pages == HugePages::Try { period_for(min_bytes, 1)? } else { usize::MAX };
        let mut refused = None;
        for kind in kinds.into_iter().flatten().filter(|kind| kind.size() <= least) {
            match Mapping::on(kind, period_for(min_bytes, kind.size())?, options) {
                Ok(made) => return Ok(made),
                Err(error) => refused = Some(error.after(refused)),
            }
        }
        Err(refused.unwrap_or_else(|| no_huge_page_fits(min_bytes)))
    }

    /// The order matters: fork behaviour before anything can be written, the NUMA policy before the first touch,
    /// the lock and the test on pages that are final.
    fn on(pages: Pages, period: usize, options: &Options) -> Result<(Mapping, Info), Error> {
        let (source, populates) = match pages {
            // A lock makes every page resident too.
            Pages::Base => (Source::Memory, options.populate || options.lock),
            Pages::HugeTlb(page) => (Source::HugePool(page), false),
            Pages::Collapsed(_) => (Source::Memory, true),
        };
        if populates {
            limits::check_available("populating the mirror", period)?;
        }
        let alignment = pages.size();
        let mut reservation = Reservation::new(period, alignment)?;
        let (method, memfd_refused) = reservation.map_twice(source)?;
        reservation.advise_fork_and_dump(options.fork)?;
        let mut info = Info::new(method, period, machine::page_size());
        (info.alignment, info.memfd_refused, info.fork) = (alignment, memfd_refused, options.fork);
        pages::settle(&reservation, pages, options, &mut info)?;
        // SAFETY: both halves were just mapped readable and writable, 2 * period bytes, and nobody else knows them.
        unsafe { self_test(reservation.base(), period)? };
        Ok((Mapping(reservation), info))
    }
}

/// Either the ring is smaller than one, or there are none at all.
fn no_huge_page_fits(min_bytes: usize) -> Error {
    let what = "no huge page of this kernel is as small as the ring";
    let help = "ask for at least one huge page (2 MiB on most machines), or use HugePages::Never";
    Error::unsupported("getting huge pages", min_bytes, what, help)
}
