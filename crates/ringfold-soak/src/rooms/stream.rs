//! The room for bytes between a reader and a writer.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;

use fastrand::Rng;
use ringfold::{ByteStream, Ring};

use crate::world::{World, memory, quota, small};

/// A `ByteStream`, whose every byte follows from its place.
pub fn stream(world: &Arc<World>, rng: &mut Rng) {
    world.spawn("alone", rng, |world, rng| {
        let capacity = small(rng, 16);
        let ring = Ring::builder(capacity).memory(memory(rng)).build().expect("memory for a stream");
        world.count(ring.memory());
        let mut stream = ByteStream::from(ring);
        let (mut written, mut read) = (0, 0);
        for _ in 0..quota(rng) {
            world.pause(rng);
            written += write(rng, &mut stream, written);
            read += read_some(rng, &mut stream, read);
            assert_eq!(stream.len() as u64, written - read, "bytes in the stream");
            check_bytes(stream.readable(), read);
        }
        world.tally.received(read, 1, capacity);
    });
}

fn byte_at(place: u64) -> u8 {
    (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

fn bytes_at(place: u64, count: usize) -> Vec<u8> {
    (place..place + count as u64).map(byte_at).collect()
}

fn check_bytes(bytes: &[u8], from: u64) {
    let wrong = bytes.iter().zip(from..).find(|(byte, place)| **byte != byte_at(*place));
    assert_eq!(wrong, None, "the byte and its place");
}

/// How many bytes went in.
fn write(rng: &mut Rng, stream: &mut ByteStream, from: u64) -> u64 {
    let bytes = bytes_at(from, small(rng, 12));
    let count = match rng.u8(..4) {
        0 => stream.push_slice(&bytes),
        1 => {
            let room = stream.writable();
            let count = bytes.len().min(room.len());
            room[..count].copy_from_slice(&bytes[..count]);
            stream.produce(count)
        }
        // Both say `WouldBlock` where there is no room.
        2 => Write::write(stream, &bytes).unwrap_or(0),
        _ => stream.read_from(&bytes[..]).unwrap_or(0),
    };
    count as u64
}

/// How many bytes came out.
fn read_some(rng: &mut Rng, stream: &mut ByteStream, from: u64) -> u64 {
    let mut bytes = vec![0; small(rng, 12)];
    let count = match rng.u8(..5) {
        0 => stream.pop_slice(&mut bytes),
        1 => Read::read(stream, &mut bytes).unwrap_or(0),
        2 => {
            let count = stream.fill_buf().map_or(0, |there| {
                check_bytes(there, from);
                there.len().min(bytes.len())
            });
            BufRead::consume(stream, count);
            return count as u64;
        }
        3 => {
            let mut sink = &mut bytes[..];
            stream.write_to(&mut sink).unwrap_or(0)
        }
        _ => {
            check_bytes(stream.readable(), from);
            return stream.consume(bytes.len()) as u64;
        }
    };
    check_bytes(&bytes[..count], from);
    count as u64
}
