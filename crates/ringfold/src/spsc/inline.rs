//! A ring inside a `static`: no heap, no mapping, no operating system.

use core::{
    fmt,
    mem::{MaybeUninit, size_of},
    ptr::NonNull,
};

use ringfold_core::{
    slots::Slots,
    sync::OwnedCell,
    wait::{Barrier, WaitStrategy},
};

use super::{
    Consumer, Producer,
    shared::{Link, Memory, Ring},
};

/// A ring of exactly `N` items, stored inline; meant for a `static`.
///
/// It takes twice the memory of its items: the second half is the mirror, kept equal by copying, so
/// that claims and views are one slice here too. `N` must be a power of two, which is checked when the
/// program is compiled, as is the size: more than 1 MiB, that is 512 KiB of items, would overflow the stacks on
/// which such a value may be made.
///
/// In an interrupt handler call only `try_` verbs: the others would wait there for ever.
///
/// ```
/// use ringfold::spsc;
///
/// static RING: spsc::Static<u32, 64> = spsc::Static::new();
///
/// let (mut producer, mut consumer) = RING.split().expect("nobody else has split it");
/// producer.push(7).unwrap();
/// assert_eq!(consumer.pop(), Ok(7));
/// assert!(RING.split().is_none(), "both handles are out");
/// drop((producer, consumer));
/// assert!(RING.split().is_some(), "both handles are back");
/// ```
///
/// ```compile_fail
/// static RING: ringfold::spsc::Static<u32, 3> = ringfold::spsc::Static::new(); // 3 is no power of two
/// ```
#[repr(C)]
pub struct Static<T, const N: usize> {
    ring: Ring,
    slots: OwnedCell<[[MaybeUninit<T>; N]; 2]>,
}

// SAFETY: the slots are reached only through the two handles, of which there is one pair at a time
// (`split`), and the handles move items between threads (`T: Send`).
unsafe impl<T: Send, const N: usize> Sync for Static<T, N> {}

impl<T, const N: usize> Static<T, N> {
    const CHECKED: () = {
        assert!(
            N.is_power_of_two(),
            "the capacity of an inline ring must be a power of two: 1, 2, 4, 8, ..."
        );
        assert!(
            size_of::<[[MaybeUninit<T>; N]; 2]>() <= 1 << 20,
            "an inline ring takes twice its items, here more than 1 MiB: choose a smaller N or, with `std`, `spsc::with_capacity`"
        );
    };

    ringfold_core::const_unless_loom! {
        /// An empty ring.
        pub fn new() -> Self {
            const { Self::CHECKED };
            Self {
                ring: Ring::new(N, Memory::Inline),
                slots: OwnedCell::new([const { [const { MaybeUninit::uninit() }; N] }; 2]),
            }
        }
    }

    /// Takes the two handles, which wait as the default [`WaitStrategy`] says. `None` while the handles of
    /// an earlier split are alive; what those left unread is dropped with the second of them.
    pub fn split(&'static self) -> Option<(Producer<T>, Consumer<T>)> {
        self.split_with(WaitStrategy::default(), WaitStrategy::default())
    }

    /// Like [`split`](Self::split), with the two sides' wait strategies.
    pub fn split_with(
        &'static self,
        producer_wait: WaitStrategy,
        consumer_wait: WaitStrategy,
    ) -> Option<(Producer<T>, Consumer<T>)> {
        let barrier = barrier();
        let start = self.ring.occupy([producer_wait, consumer_wait], barrier, size_of::<T>())?;
        // SAFETY: the ring was just taken and is `'static`, as are its slots.
        let link = || unsafe { Link::new(NonNull::from(&self.ring), self.cells(), barrier) };
        Some((Producer::new(link(), start..start), Consumer::new(link(), start)))
    }

    fn cells(&'static self) -> Slots<T> {
        if size_of::<T>() == 0 {
            return Slots::zero_sized(N);
        }
        let Some(base) = NonNull::new(self.slots.as_ptr().cast()) else {
            unreachable!("a static has an address")
        };
        // SAFETY: the cell is 2 * N items, `'static`, and may be written behind a shared reference
        // (`OwnedCell`); N is a power of two (`CHECKED`).
        unsafe { Slots::over_items(base, N) }
    }
}

impl<T, const N: usize> Default for Static<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> fmt::Debug for Static<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Static").field("capacity", &N).finish_non_exhaustive()
    }
}

fn barrier() -> Barrier {
    #[cfg(feature = "std")]
    return Barrier::new(ringfold_memory::barrier::process_wide());
    #[cfg(not(feature = "std"))]
    Barrier::default()
}
