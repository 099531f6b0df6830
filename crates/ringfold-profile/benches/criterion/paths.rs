//! Every fast path on one thread.
//!
//! What a call costs when nobody else is there. What threads cost each other, `cargo xtask bench` measures.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use ringfold_profile::PATHS;

/// One bench for each path, one group for each room.
pub fn bench(criterion: &mut Criterion) {
    for path in PATHS {
        let (room, operation) = path.name.split_once('/').expect("a path is room/operation");
        let mut group = criterion.benchmark_group(room);
        group.throughput(Throughput::Elements(1));
        group.bench_function(operation, |bencher| {
            bencher.iter_custom(|operations| {
                let mut elapsed = Duration::ZERO;
                let mut meter = |work: &mut dyn FnMut()| {
                    let start = Instant::now();
                    work();
                    elapsed += start.elapsed();
                };
                path.run(operations, &mut meter).unwrap_or_else(|failure| panic!("{}: {failure}", path.name));
                elapsed
            });
        });
        group.finish();
    }
}
