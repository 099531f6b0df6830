//! A pipe of bytes between two threads. Its twins in C, C++ and Go, which print the same, are in `examples/c`, `cpp` and `go`.

use std::thread;

use anyhow::{Context, Result, bail};

const BYTES: usize = 1_000_003;
const CAPACITY: usize = 65_536;

/// Byte `i` of the stream.
fn byte(i: usize) -> u8 {
    ((i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

fn main() -> Result<()> {
    let (mut producer, mut consumer) = ringfold::spsc::with_capacity::<u8>(CAPACITY)?;
    let writer = thread::spawn(move || -> Result<()> {
        let mut written = 0;
        while written < BYTES {
            // In place, as much as there is room for.
            let mut claim = producer.claim_up_to(BYTES - written)?;
            claim.fill(|i| byte(written + i));
            written += claim.commit();
        }
        Ok(())
    });
    let (mut count, mut checksum) = (0, 0xCBF2_9CE4_8422_2325_u64);
    while let Ok(bytes) = consumer.peek_at_least(1) {
        for &byte in &*bytes {
            checksum = (checksum ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3); // FNV-1a
        }
        count += bytes.consume(usize::MAX);
    }
    writer.join().ok().context("the writer panicked")??;
    if count != BYTES {
        bail!("{count} bytes came out, {BYTES} went in");
    }
    println!("byte_pipe: {count} bytes through a ring of {CAPACITY}, checksum {checksum:016x}");
    Ok(())
}
