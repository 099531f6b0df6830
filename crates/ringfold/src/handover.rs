//! From one thread to several: a ring's memory, with what is in it, becomes a room for more than one thread.

use ringfold_core::{slots::Slots, wait::WaitStrategy};

use ringfold_memory::Error;

use crate::{
    mpsc,
    ring::{Mapped, Ring, Storage},
    spsc,
};

impl<T> Ring<T> {
    /// Hands the ring's memory, with the items in it, to two threads. No item is copied; allocates one small block for the
    /// cursors. Both sides wait as the default [`WaitStrategy`] says.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::with_capacity(4)?;
    /// ring.push("before").unwrap();
    /// let (mut producer, mut consumer) = ring.into_spsc();
    /// let thread = std::thread::spawn(move || producer.push("after"));
    /// assert_eq!((consumer.pop(), consumer.pop()), (Ok("before"), Ok("after")));
    /// # thread.join().unwrap().unwrap();
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    #[must_use]
    pub fn into_spsc(self) -> (spsc::Producer<T>, spsc::Consumer<T>) {
        let capacity = self.capacity();
        let (storage, first, len) = self.dismantle();
        let (slots, start) = numbered(&storage, first, len);
        let filled = start..start + len as u64;
        // SAFETY: the slots are over the storage's mirror, and the items are in both halves (`numbered`).
        unsafe {
            spsc::assemble(slots, storage.into_mirror(), capacity, filled, [WaitStrategy::default(); 2])
        }
    }

    /// Hands the ring's memory, with the items in it, to many writing threads and one that reads. No item is copied;
    /// allocates 8 bytes for each slot and one small block for the cursors. All sides wait as the default [`WaitStrategy`] says.
    ///
    /// # Errors
    /// When there is no memory for that; the ring is dropped then, with its items.
    ///
    /// ```
    /// let mut ring = ringfold::Ring::with_capacity(4)?;
    /// ring.push(1).unwrap();
    /// let (mut producer, mut consumer) = ring.into_mpsc()?;
    /// let mut other = producer.clone();
    /// let threads = [std::thread::spawn(move || producer.push(2)), std::thread::spawn(move || other.push(3))];
    /// assert_eq!(consumer.pop(), Ok(1));
    /// assert_eq!(consumer.iter().sum::<i32>(), 5);
    /// # threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
    /// # Ok::<(), ringfold::memory::Error>(())
    /// ```
    pub fn into_mpsc(self) -> Result<(mpsc::Producer<T>, mpsc::Consumer<T>), Error> {
        let capacity = self.capacity();
        let (storage, first, len) = self.dismantle();
        let (slots, start) = numbered(&storage, first, len);
        let filled = start..start + len as u64;
        // SAFETY: the slots are over the storage's mirror, and the items are in both halves (`numbered`).
        unsafe {
            mpsc::assemble(slots, storage.into_mirror(), capacity, filled, [WaitStrategy::default(); 2])
        }
    }
}

/// The slots of a ring that was taken apart, with its items whole in both halves, and the sequence of the first.
fn numbered<T>(storage: &Mapped, first: usize, len: usize) -> (Slots<T>, u64) {
    let capacity = Storage::<T>::capacity(storage);
    let Some(mirror) = storage.mirror() else {
        return (Slots::zero_sized(capacity), 0);
    };
    let run = Storage::<T>::run(storage);
    // SAFETY: the items are the ring's (its invariants 1 to 3), and nobody refers to them.
    unsafe { run.sync(first, len) };
    // SAFETY: `Mirror` promises 2 * period mirrored bytes, and goes where the slots go; `allocate::slots` has checked
    // capacity and alignment.
    let slots = unsafe { Slots::over_bytes(mirror.base(), mirror.period(), mirror.alias(), capacity) };
    let start = slots.sequence_at(first);
    (slots, start)
}
