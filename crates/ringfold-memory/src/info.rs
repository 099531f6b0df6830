use std::fmt;

use crate::bytes::Bytes;
use crate::{Error, Fork};

/// How a mirror came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Linux: an anonymous file (`memfd_create`) mapped twice.
    Memfd,
    /// Linux: an anonymous file of huge pages (`memfd_create` with `MFD_HUGETLB`) mapped twice.
    HugeTlb,
    /// Linux: shared anonymous memory, duplicated by `mremap`; needs no file descriptor.
    AnonymousRemap,
    /// macOS and iOS: `mach_vm_remap`.
    MachRemap,
    /// Windows: one section mapped into two placeholders.
    Placeholders,
    /// The soft mirror: twice the heap, kept equal by copying.
    Heap,
}

/// What was really obtained for a [`Mirror`](crate::Mirror), as opposed to what was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info {
    /// How the mirror came about.
    pub method: Method,
    /// The period: bytes in one half, and bytes of memory that hold data.
    pub bytes: usize,
    /// The alignment of the base and of the period, in bytes: a page, or a huge page.
    pub alignment: usize,
    /// The page size in bytes that the system uses for this memory (base pages; see `huge_bytes`).
    pub page_bytes: usize,
    /// Bytes of the period that stand on huge pages: all of it or 0.
    pub huge_bytes: usize,
    /// The pages are locked into RAM.
    pub locked: bool,
    /// Every page had its memory, through both halves, when the mirror was returned.
    pub populated: bool,
    /// The NUMA node to which the pages are bound.
    pub numa_node: Option<u32>,
    /// The NUMA node on which the first page was found to lie, bound or not, where the system says so.
    pub found_on_node: Option<u32>,
    /// What a forked child sees.
    pub fork: Fork,
    /// Why [`Memory::Auto`](crate::Memory::Auto) took the soft mirror.
    pub fallback: Option<Error>,
    /// Why a hardware mirror was made without `memfd_create`.
    pub memfd_refused: Option<Error>,
    /// Why [`HugePages::Try`](crate::HugePages::Try) ended with ordinary pages.
    pub huge_refused: Option<Error>,
}

impl Info {
    pub(crate) fn new(method: Method, bytes: usize, page_bytes: usize) -> Info {
        Info {
            method,
            bytes,
            alignment: page_bytes,
            page_bytes,
            huge_bytes: 0,
            locked: false,
            populated: false,
            numa_node: None,
            found_on_node: None,
            fork: Fork::DontFork,
            fallback: None,
            memfd_refused: None,
            huge_refused: None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Memfd => "memfd mapped twice",
            Method::HugeTlb => "hugetlb memfd mapped twice",
            Method::AnonymousRemap => "shared anonymous memory remapped",
            Method::MachRemap => "mach_vm_remap",
            Method::Placeholders => "section mapped into two placeholders",
            Method::Heap => "soft mirror on the heap",
        })
    }
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} twice", self.method, Bytes(self.bytes as u64))?;
        if self.huge_bytes > 0 {
            write!(f, ", huge pages")?;
        } else {
            write!(f, ", {} pages", Bytes(self.page_bytes as u64))?;
        }
        if self.populated {
            write!(f, ", populated")?;
        }
        if self.locked {
            write!(f, ", locked")?;
        }
        if let Some(node) = self.numa_node {
            write!(f, ", NUMA node {node}")?;
        }
        let refusals =
            [("mirror", &self.fallback), ("memfd", &self.memfd_refused), ("huge pages", &self.huge_refused)];
        for (what, refused) in refusals {
            if let Some(error) = refused {
                write!(f, "; no {what}: {error}")?;
            }
        }
        Ok(())
    }
}
