//! The benchmark's work in Rust, as a shared library: the same loops as `bindings/cpp/bench/bench.cpp`, without the C ABI in between.

use std::thread;

use ringfold::{WaitStrategy, spsc};

/// Moves `items` numbers through a ring of `capacity`, in slices of `batch` copied in and out, and returns how many came out right.
#[unsafe(no_mangle)]
pub extern "C" fn rust_twin_batches(capacity: usize, items: u64, batch: usize) -> u64 {
    let Ok((mut producer, mut consumer)) =
        spsc::builder::<u64>(capacity).wait_strategy(WaitStrategy::Spin).build()
    else {
        return 0;
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut numbers = vec![0_u64; batch];
            let mut next = 0;
            while next < items {
                let count = batch.min((items - next) as usize);
                for (i, number) in numbers[..count].iter_mut().enumerate() {
                    *number = next + i as u64;
                }
                let mut rest = &numbers[..count];
                while !rest.is_empty() {
                    let pushed = producer.try_push_slice(rest);
                    rest = &rest[pushed..];
                    if pushed == 0 {
                        std::hint::spin_loop();
                    }
                }
                next += count as u64;
            }
        });
        let mut numbers = vec![0_u64; batch];
        let (mut expected, mut right) = (0, 0);
        while expected < items {
            let count = consumer.pop_slice(&mut numbers);
            if count == 0 {
                std::hint::spin_loop();
            }
            for &number in &numbers[..count] {
                right += u64::from(number == expected);
                expected += 1;
            }
        }
        right
    })
}

/// The same, claimed and seen in place.
#[unsafe(no_mangle)]
pub extern "C" fn rust_twin_spans(capacity: usize, items: u64, batch: usize) -> u64 {
    let Ok((mut producer, mut consumer)) =
        spsc::builder::<u64>(capacity).wait_strategy(WaitStrategy::Spin).build()
    else {
        return 0;
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = 0;
            while next < items {
                let count = batch.min((items - next) as usize);
                let Some(mut claim) = producer.try_claim(count) else {
                    std::hint::spin_loop();
                    continue;
                };
                claim.fill(|i| next + i as u64);
                claim.commit();
                next += count as u64;
            }
        });
        let (mut expected, mut right) = (0, 0);
        while expected < items {
            let view = consumer.peek();
            let count = view.len();
            for &number in &*view {
                right += u64::from(number == expected);
                expected += 1;
            }
            match count {
                0 => std::hint::spin_loop(),
                _ => drop(view.consume(count)),
            }
        }
        right
    })
}
