use std::{cell::Cell, sync::atomic::AtomicU32};

fn main() {
    let _ = ringfold::broadcast::builder::<AtomicU32>(4).build();
    let _ = ringfold::broadcast::builder::<Cell<u32>>(4).build();
}
