//! The benchmark's work in Rust, as a shared library: the same loops as `bindings/cpp/bench/bench.cpp`, without the C ABI in between.

use std::thread;

use ringfold::spsc;

/// Moves `items` numbers through a ring of `capacity`, one by one, and returns how many came out right.
#[unsafe(no_mangle)]
pub extern "C" fn rust_twin_items(capacity: usize, items: u64) -> u64 {
    let Ok((mut producer, mut consumer)) = spsc::with_capacity::<u64>(capacity) else { return 0 };
    thread::scope(|scope| {
        scope.spawn(move || (0..items).all(|i| producer.push(i).is_ok()));
        (0..items).map(|i| u64::from(consumer.pop() == Ok(i))).sum()
    })
}

/// The same, in slices of `batch` copied in and out, and returns how many came out right.
#[unsafe(no_mangle)]
pub extern "C" fn rust_twin_batches(capacity: usize, items: u64, batch: usize) -> u64 {
    let Ok((mut producer, mut consumer)) = spsc::with_capacity::<u64>(capacity) else {
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
                if producer.push_slice(&numbers[..count]).is_err() {
                    return;
                }
                next += count as u64;
            }
        });
        let mut numbers = vec![0_u64; batch];
        let (mut expected, mut right) = (0, 0);
        while expected < items {
            let mut count = consumer.pop_slice(&mut numbers);
            if count == 0 {
                let _ = consumer.peek_at_least(1);
                count = consumer.pop_slice(&mut numbers);
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
    let Ok((mut producer, mut consumer)) = spsc::with_capacity::<u64>(capacity) else {
        return 0;
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = 0;
            while next < items {
                let count = batch.min((items - next) as usize);
                let Ok(mut claim) = producer.claim(count) else { return };
                claim.fill(|i| next + i as u64);
                claim.commit();
                next += count as u64;
            }
        });
        let (mut expected, mut right) = (0, 0);
        while expected < items {
            let Ok(view) = consumer.peek_at_least(1) else { return right };
            for &number in &*view {
                right += u64::from(number == expected);
                expected += 1;
            }
            view.consume(usize::MAX);
        }
        right
    })
}
