//! Rings on the memory under test.

use ringfold::{
    Ring,
    memory::Memory,
    ring::Storage,
    spsc::{self, Consumer, Producer},
};

/// The memory that this run is about.
pub fn memory() -> Memory {
    match std::env::var("RINGFOLD_TEST_MEMORY").as_deref() {
        Ok("soft") => Memory::Soft,
        Ok("mirror") => Memory::Mirror,
        Ok(other) => panic!("RINGFOLD_TEST_MEMORY is {other:?}; it may be `mirror` or `soft`"),
        Err(_) => Memory::Auto,
    }
}

/// A ring on the memory under test.
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    spsc::builder(capacity).memory(memory()).build().expect("memory for a test ring")
}

/// A ring for one thread on the memory under test.
pub fn single<T>(capacity: usize) -> Ring<T> {
    Ring::builder(capacity).memory(memory()).build().expect("memory for a test ring")
}

/// After how many items the memory of a ring begins again, rounded up; for a size of 0 there is no such place.
pub fn seam<T>(ring: &Ring<T>) -> usize {
    ring.memory().map_or(0, |info| info.bytes.div_ceil(size_of::<T>()))
}

/// Puts the first item of an empty ring `steps` items into its memory, and leaves that item in: an empty ring begins at the
/// front again. A ring of one item stays at the front.
pub fn place<T, S: Storage<T>>(ring: &mut Ring<T, S>, steps: usize, mut item: impl FnMut() -> T) {
    assert!(ring.is_empty());
    ring.push(item()).ok().unwrap();
    for _ in 0..if ring.is_full() { 0 } else { steps } {
        ring.push(item()).ok().unwrap();
        drop(ring.pop());
    }
}
