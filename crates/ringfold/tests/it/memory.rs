//! Rings on the memory under test.

use ringfold::{
    memory::Memory,
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
