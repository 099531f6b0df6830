//! Who may unmap: the process that mapped, and not a child that inherited the handle by `fork`.

use std::ptr::NonNull;
use std::sync::OnceLock;

/// The process to which a mapping belongs.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    /// The process that made the witness page.
    First,
    /// A forked child of it, by process id.
    Forked(libc::pid_t),
    /// Whichever process drops it, because each has a mapping of its own.
    Anyone,
}

impl Owner {
    pub(super) fn this_process() -> Owner {
        if witness_intact() { Owner::First } else { Owner::Forked(process_id()) }
    }

    /// Whether this process inherited the mapping by `fork`.
    pub(super) fn is_inherited(self) -> bool {
        match self {
            Owner::First => !witness_intact(),
            Owner::Forked(pid) => process_id() != pid,
            Owner::Anyone => false,
        }
    }
}

/// Whether this is the process in which the first mirror was made. The kernel wipes the witness page in every child
/// (`MADV_WIPEONFORK`); unlike a process id, that cannot come round again.
fn witness_intact() -> bool {
    static WITNESS: OnceLock<Option<Witness>> = OnceLock::new();
    match WITNESS.get_or_init(Witness::new) {
        // SAFETY: the page is never unmapped, and was written before it was shared; afterwards only the kernel wipes it,
        // in a child, before the child runs. Volatile, because the compiler knows nothing of that.
        Some(Witness(page)) => unsafe { page.read_volatile() == INTACT },
        None => false,
    }
}

const INTACT: u64 = 0x7269_6e67_666f_6c64;

/// One page for the life of the process that reads [`INTACT`] here and 0 in every forked child.
struct Witness(NonNull<u64>);

// SAFETY: the page belongs to no thread and is only read.
unsafe impl Send for Witness {}
// SAFETY: as above.
unsafe impl Sync for Witness {}

impl Witness {
    /// `None` before Linux 4.14 or without memory: then process ids have to do.
    fn new() -> Option<Witness> {
        let bytes = crate::machine::page_size();
        let (read_write, private) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches nothing that exists.
        let page = unsafe { libc::mmap(std::ptr::null_mut(), bytes, read_write, private, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the page was mapped just above and is ours.
        if unsafe { libc::madvise(page, bytes, libc::MADV_WIPEONFORK) } != 0 {
            // SAFETY: as above; nobody has seen it.
            unsafe { libc::munmap(page, bytes) };
            return None;
        }
        let word = NonNull::new(page.cast::<u64>())?;
        // SAFETY: a page is aligned and large enough for a u64, and still ours alone.
        unsafe { word.write(INTACT) };
        Some(Witness(word))
    }
}

fn process_id() -> libc::pid_t {
    // SAFETY: getpid has no preconditions.
    unsafe { libc::getpid() }
}
