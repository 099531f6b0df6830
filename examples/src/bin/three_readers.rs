//! One source of ticks, three readers that each see all of them. Its twins in C, C++ and Go, which print the same, are in `examples/c`, `cpp` and `go`.

use std::thread;

use anyhow::{Context, Result};
use ringfold::broadcast::{self, Reader};

const TICKS: u64 = 100_000;
const CAPACITY: usize = 1024;

#[derive(Clone, Copy, Default)]
struct Tick {
    number: u64,
    price: u64,
}

fn tick(number: u64) -> Tick {
    Tick { number, price: number * 7919 % 1_000_003 }
}

/// Folds all that `reader` sees.
fn fold(mut reader: Reader<Tick>, f: impl Fn(u64, &Tick) -> u64) -> u64 {
    let mut result = 0;
    while let Ok(ticks) = reader.recv() {
        result = ticks.iter().fold(result, &f);
    }
    result
}

fn main() -> Result<()> {
    let mut producer = broadcast::builder(CAPACITY).build()?;
    let [counting, summing, searching] = [producer.subscribe(), producer.subscribe(), producer.subscribe()];
    let count = thread::spawn(|| fold(counting, |count, tick| count + u64::from(tick.number == count)));
    let sum = thread::spawn(|| fold(summing, |sum, tick| sum + tick.price));
    let highest = thread::spawn(|| fold(searching, |highest, tick| highest.max(tick.price)));
    for number in 0..TICKS {
        producer.publish(|event| *event = tick(number))?;
    }
    drop(producer);
    let panicked = "a reader panicked";
    println!("three_readers: {} ticks in order", count.join().ok().context(panicked)?);
    println!("three_readers: sum of prices {}", sum.join().ok().context(panicked)?);
    println!("three_readers: highest price {}", highest.join().ok().context(panicked)?);
    Ok(())
}
