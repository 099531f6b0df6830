//! Payloads that are copied once into a pool and shared by three actors, each with a ring of its own. Its twins in C, C++ and Go, which print the
//! same, are in `examples/c`, `cpp` and `go`.

use std::thread;

use anyhow::{Context, Result, ensure};
use ringfold::{
    pool::{Config, EventRef, Pool},
    spsc::{self, Consumer},
};

const PAYLOADS: u32 = 5000;

/// The payload of this number.
fn payload(number: u32) -> Vec<u8> {
    let length = number as usize * 37 % 1000 + 1;
    (0..length).map(|i| (number as usize + i) as u8).collect()
}

/// Folds all payloads that come in.
fn act(mut inbox: Consumer<EventRef>, f: impl Fn(u64, &EventRef) -> u64) -> u64 {
    let mut result = 0;
    while let Ok(event) = inbox.pop() {
        result = f(result, &event);
    }
    result
}

fn main() -> Result<()> {
    let pool = Pool::new(Config::desktop())?;
    let (mut to_storage, storage) = spsc::with_capacity(64)?;
    let (mut to_search, search) = spsc::with_capacity(64)?;
    let (mut to_audit, audit) = spsc::with_capacity(64)?;
    let bytes = thread::spawn(|| act(storage, |bytes, event| bytes + event.len() as u64));
    let fives = thread::spawn(|| {
        act(search, |fives, event| fives + event.iter().filter(|byte| **byte == 5).count() as u64)
    });
    let in_order =
        thread::spawn(|| act(audit, |next, event| next + u64::from(u64::from(event.tag()) == next)));
    for number in 0..PAYLOADS {
        let event = pool.alloc(&payload(number), number)?; // the only copy
        for outbox in [&mut to_storage, &mut to_search, &mut to_audit] {
            outbox.push(event.clone()).ok().context("an actor has left")?;
        }
    }
    drop((to_storage, to_search, to_audit));
    let panicked = "an actor panicked";
    println!("shared_payload: {} bytes stored", bytes.join().ok().context(panicked)?);
    println!("shared_payload: {} bytes of value 5 found", fives.join().ok().context(panicked)?);
    println!("shared_payload: {} payloads in order", in_order.join().ok().context(panicked)?);
    ensure!(pool.stats().in_use() == 0, "a payload was not freed");
    Ok(())
}
