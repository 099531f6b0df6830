//! Content that lies across the seam, as one slice.
//!
//! ringfold's mirror shows it in one piece. A ring on ordinary memory has it in two, which whoever needs one slice copies into a
//! `Vec` (kept, so that nothing is allocated). The first group takes the slice alone, which is what is saved; the second takes it and adds up every
//! byte in it, which is what a user has of that.

use std::collections::VecDeque;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use ringfold::Ring;

const SIZES: [usize; 5] = [64, 1 << 10, 16 << 10, 256 << 10, 1 << 20];

/// Both groups.
pub fn bench(criterion: &mut Criterion) {
    compare(criterion, "across the seam, slice alone", |slice| slice.len() as u64);
    compare(criterion, "across the seam, slice and sum", sum);
}

fn compare(criterion: &mut Criterion, name: &str, look: impl Fn(&[u8]) -> u64) {
    let mut group = criterion.benchmark_group(name);
    for bytes in SIZES {
        let content: Vec<u8> = (0..bytes).map(|byte| (byte % 251) as u8).collect();
        let expected = look(&content);
        group.throughput(Throughput::Bytes(bytes as u64));
        let mirrored = mirrored(&content);
        group.bench_function(BenchmarkId::new("mirrored", bytes), |bencher| {
            bencher.iter(|| assert_eq!(look(black_box(black_box(&mirrored).as_slice())), expected));
        });
        let in_two = in_two(&content);
        group.bench_function(BenchmarkId::new("reassembled", bytes), |bencher| {
            let mut whole = Vec::with_capacity(bytes);
            bencher.iter(|| {
                let (first, second) = black_box(&in_two).as_slices();
                whole.clear();
                whole.extend_from_slice(first);
                whole.extend_from_slice(second);
                assert_eq!(look(black_box(&whole[..])), expected);
            });
        });
    }
    group.finish();
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte)).sum()
}

/// A ring with the content half on this side of the seam and half on the other.
fn mirrored(content: &[u8]) -> Ring<u8> {
    let mut ring =
        Ring::with_capacity((2 * content.len()).next_power_of_two().max(4096)).expect("there is memory");
    let period = ring.memory().expect("bytes need memory").bytes;
    ring.push_slice(&[0]);
    let start = ring.as_slice().as_ptr() as usize;
    // One byte stays, because an empty ring starts again at the front.
    for _ in 1..period - content.len() / 2 {
        ring.push_slice(&[0]);
        ring.consume(1);
    }
    assert_eq!(ring.push_slice(content), content.len());
    ring.consume(1);
    let before_seam = period - (ring.as_slice().as_ptr() as usize - start);
    assert_eq!(
        (before_seam, ring.as_slice()),
        (content.len() / 2, content),
        "it does not lie across the seam"
    );
    ring
}

/// The same on ordinary memory.
fn in_two(content: &[u8]) -> VecDeque<u8> {
    let mut ring = VecDeque::with_capacity(2 * content.len());
    let filler = ring.capacity() - content.len() / 2;
    ring.resize(filler, 0);
    ring.drain(..filler - 1);
    ring.extend(content);
    ring.pop_front();
    let (first, second) = ring.as_slices();
    assert_eq!(
        (first.len(), [first, second].concat()),
        (content.len() / 2, content.to_vec()),
        "it does not lie in halves"
    );
    ring
}
