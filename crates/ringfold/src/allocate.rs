//! Memory for a room that is asked for so many items.

use core::mem::{align_of, size_of};

use ringfold_core::slots::Slots;
use ringfold_memory::{Error, Mirror, Options};

/// Memory for `capacity` items, cut into slots. Zero-sized items need none.
pub(crate) fn slots<T>(capacity: usize, options: &Options) -> Result<(Slots<T>, Option<Mirror>), Error> {
    let bytes = Slots::<T>::bytes_for(capacity).unwrap_or(usize::MAX);
    if capacity == 0 {
        return Err(Error::invalid(
            0,
            "a ring of capacity 0 could never hold an item",
            "ask for a capacity of at least 1",
        ));
    }
    if size_of::<T>() == 0 && capacity > isize::MAX as usize {
        return Err(Error::invalid(
            0,
            format!("{capacity} is more than a ring can count, even of items that take no memory"),
            "ask for a capacity of at most isize::MAX",
        ));
    }
    if bytes > isize::MAX as usize {
        return Err(Error::invalid(
            bytes,
            format!("{capacity} items of {} bytes do not fit the address space", size_of::<T>()),
            "ask for a smaller capacity",
        ));
    }
    if size_of::<T>() == 0 {
        return Ok((Slots::zero_sized(capacity), None));
    }
    let mirror = Mirror::with_options(bytes, options)?;
    if mirror.info().alignment < align_of::<T>() || mirror.period() < align_of::<T>() {
        return Err(Error::invalid(
            bytes,
            format!("the items must be aligned to {} bytes, more than a page", align_of::<T>()),
            "keep such items in boxes, and put the boxes into the ring",
        ));
    }
    // SAFETY: `Mirror` promises 2 * period mirrored bytes for as long as it lives, and the room keeps it;
    // the period is a power of two, at least `bytes` (asked for) and a multiple of the alignment (checked).
    let slots = unsafe { Slots::over_bytes(mirror.base(), mirror.period(), mirror.alias(), capacity) };
    Ok((slots, Some(mirror)))
}
