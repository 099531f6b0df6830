//! ByteStream against `VecDeque`, by every verb and every trait of `std::io`, on every kind of memory.

use std::{
    collections::VecDeque,
    io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Write},
};

use proptest::prelude::*;
use ringfold::{ByteStream, ring::Storage, stream::Inline};

use crate::memory::{place, seam, single};

#[derive(Clone, Debug)]
enum Step {
    PushSlice(usize),
    PopSlice(usize),
    Writable { written: usize },
    Consume(usize),
    Read(usize),
    ReadVectored(usize, usize),
    ReadExact(usize),
    ReadFrom(usize),
    FillBuf(usize),
    Write(usize),
    WriteVectored(usize, usize),
    WriteAll(usize),
    WriteTo(usize),
    Change,
    Clear,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let few = || 0usize..24;
    prop_oneof![
        2 => few().prop_map(Step::PushSlice),
        2 => few().prop_map(Step::PopSlice),
        4 => few().prop_map(|written| Step::Writable { written }),
        3 => few().prop_map(Step::Consume),
        2 => few().prop_map(Step::Read),
        1 => (few(), few()).prop_map(|(a, b)| Step::ReadVectored(a, b)),
        2 => few().prop_map(Step::ReadExact),
        2 => few().prop_map(Step::ReadFrom),
        2 => few().prop_map(Step::FillBuf),
        3 => few().prop_map(Step::Write),
        1 => (few(), few()).prop_map(|(a, b)| Step::WriteVectored(a, b)),
        3 => few().prop_map(Step::WriteAll),
        2 => few().prop_map(Step::WriteTo),
        1 => Just(Step::Change),
        1 => Just(Step::Clear),
    ]
}

/// What `std::io` is to say: a count, or an error of this kind.
type Said<T> = Result<T, ErrorKind>;

struct Walk<S: Storage<u8>> {
    stream: ByteStream<S>,
    model: VecDeque<u8>,
    is_closed: bool,
    next: u8,
}

impl<S: Storage<u8>> Walk<S> {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let next = self.next;
        self.next = next.wrapping_add(count as u8);
        (0..count).map(|i| next.wrapping_add(i as u8)).collect()
    }

    fn room(&self) -> usize {
        if self.is_closed { 0 } else { self.stream.capacity() - self.model.len() }
    }

    /// What a reader is told that asks for `count` bytes.
    fn reading(&self, count: usize) -> Said<usize> {
        match self.model.len() {
            0 if count > 0 && !self.is_closed => Err(ErrorKind::WouldBlock),
            len => Ok(count.min(len)),
        }
    }

    /// What a writer is told that brings `count` bytes.
    fn writing(&self, count: usize) -> Said<usize> {
        match self.room() {
            0 if count > 0 && self.is_closed => Err(ErrorKind::BrokenPipe),
            0 if count > 0 => Err(ErrorKind::WouldBlock),
            room => Ok(count.min(room)),
        }
    }

    fn taken(&mut self, found: &[u8]) {
        assert!(self.model.drain(..found.len()).eq(found.iter().copied()));
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::PopSlice(_) | Step::Consume(_) | Step::Clear => self.take_out(step),
            Step::Read(_) | Step::ReadVectored(..) | Step::ReadExact(_) | Step::FillBuf(_) => self.read(step),
            Step::WriteTo(n) => self.write_to(n),
            Step::PushSlice(n) => {
                let bytes = self.bytes(n);
                let count = n.min(self.room());
                assert_eq!(self.stream.push_slice(&bytes), count);
                self.model.extend(&bytes[..count]);
            }
            Step::Writable { written } => {
                let (room, bytes) = (self.room(), self.bytes(written));
                let writable = self.stream.writable();
                assert_eq!(writable.len(), room);
                writable.iter_mut().zip(&bytes).for_each(|(found, &byte)| *found = byte);
                assert_eq!(self.stream.produce(written), written.min(room));
                self.model.extend(&bytes[..written.min(room)]);
            }
            Step::Change => {
                self.stream.readable_mut().iter_mut().for_each(|byte| *byte ^= 0x55);
                self.model.iter_mut().for_each(|byte| *byte ^= 0x55);
            }
            Step::Close => {
                self.stream.close();
                self.is_closed = true;
            }
            _ => self.write(step),
        }
    }

    fn take_out(&mut self, step: &Step) {
        let len = self.model.len();
        match *step {
            Step::PopSlice(n) => {
                let mut bytes = vec![0; n];
                assert_eq!(self.stream.pop_slice(&mut bytes), n.min(len));
                self.taken(&bytes[..n.min(len)]);
            }
            Step::Consume(n) => {
                assert_eq!(self.stream.consume(n), n.min(len));
                self.model.drain(..n.min(len));
            }
            _ => {
                self.stream.clear();
                self.model.clear();
            }
        }
    }

    fn read(&mut self, step: &Step) {
        match *step {
            Step::Read(n) => {
                let mut bytes = vec![0; n];
                let said = self.stream.read(&mut bytes).map_err(|error| error.kind());
                assert_eq!(said, self.reading(n));
                self.taken(&bytes[..said.unwrap_or(0)]);
            }
            Step::ReadVectored(a, b) => {
                let mut bytes = vec![0; a + b];
                let (first, second) = bytes.split_at_mut(a);
                let buffers = &mut [IoSliceMut::new(first), IoSliceMut::new(second)];
                let said = self.stream.read_vectored(buffers).map_err(|error| error.kind());
                assert_eq!(said, self.reading(a + b));
                self.taken(&bytes[..said.unwrap_or(0)]);
            }
            Step::ReadExact(n) => {
                let mut bytes = vec![0; n];
                let said = self.stream.read_exact(&mut bytes).map_err(|error| error.kind());
                let expected = match n {
                    _ if n <= self.model.len() => Ok(()),
                    _ if self.is_closed => Err(ErrorKind::UnexpectedEof),
                    _ if n > self.stream.capacity() => Err(ErrorKind::InvalidInput),
                    _ => Err(ErrorKind::WouldBlock),
                };
                assert_eq!(said, expected);
                self.taken(if said.is_ok() { &bytes } else { &[] });
            }
            Step::FillBuf(n) => {
                let said = self.stream.fill_buf().map(<[u8]>::len).map_err(|error| error.kind());
                assert_eq!(said, self.reading(usize::MAX));
                BufRead::consume(&mut self.stream, n);
                self.model.drain(..n.min(self.model.len()));
            }
            _ => unreachable!(),
        }
    }

    fn write(&mut self, step: &Step) {
        let (said, bytes) = match *step {
            Step::Write(n) => {
                let bytes = self.bytes(n);
                let said = self.stream.write(&bytes).map_err(|error| error.kind());
                assert_eq!(said, self.writing(n));
                (said, bytes)
            }
            Step::WriteVectored(a, b) => {
                let bytes = self.bytes(a + b);
                let buffers = [IoSlice::new(&bytes[..a]), IoSlice::new(&bytes[a..])];
                let said = self.stream.write_vectored(&buffers).map_err(|error| error.kind());
                assert_eq!(said, self.writing(a + b));
                (said, bytes)
            }
            Step::WriteAll(n) => {
                let bytes = self.bytes(n);
                let said = self.stream.write_all(&bytes).map(|()| n).map_err(|error| error.kind());
                let expected = match n {
                    _ if n <= self.room() => Ok(n),
                    _ if self.is_closed => Err(ErrorKind::BrokenPipe),
                    _ if n > self.stream.capacity() => Err(ErrorKind::InvalidInput),
                    _ => Err(ErrorKind::WouldBlock),
                };
                assert_eq!(said, expected);
                (said, bytes)
            }
            Step::ReadFrom(n) => {
                let bytes = self.bytes(n);
                let said = self.stream.read_from(&bytes[..]).map_err(|error| error.kind());
                // Also where the source is at its end: it is not asked without room.
                let expected = self.writing(1).map(|_| n.min(self.room()));
                assert_eq!(said, expected);
                (said, bytes)
            }
            _ => unreachable!(),
        };
        self.model.extend(&bytes[..said.unwrap_or(0)]);
    }

    fn write_to(&mut self, n: usize) {
        let mut sink = vec![0; n];
        let said = self.stream.write_to(&mut sink[..]).map_err(|error| error.kind());
        let expected = match self.reading(usize::MAX) {
            Ok(all) if all > 0 && n == 0 => Err(ErrorKind::WriteZero),
            Ok(all) => Ok(all.min(n)),
            Err(kind) => Err(kind),
        };
        assert_eq!(said, expected);
        self.taken(&sink[..said.unwrap_or(0)]);
    }

    fn compare(&mut self) {
        let room = self.room();
        let (stream, model) = (&mut self.stream, self.model.make_contiguous());
        assert_eq!(stream.readable(), model);
        assert_eq!((stream.len(), stream.free()), (model.len(), room));
        assert_eq!((stream.is_empty(), stream.is_closed()), (model.is_empty(), self.is_closed));
        assert_eq!(stream.is_full(), model.len() == stream.capacity());
        // What is vacant is initialised: it can be read, and read again.
        let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
        assert_eq!(sum(stream.writable()), sum(std::hint::black_box(&mut *stream).writable()));
    }
}

/// Closes the stream before the last steps.
fn walk<S: Storage<u8>>(stream: ByteStream<S>, at: usize, steps: &[Step], open: usize) {
    let mut ring = stream.into_ring();
    place(&mut ring, at, || 0);
    let model = ring.iter().copied().collect();
    let mut walk = Walk { stream: ring.into(), model, is_closed: false, next: 1 };
    walk.compare();
    for (index, step) in steps.iter().enumerate() {
        if index == open {
            walk.take(&Step::Close);
        }
        walk.take(step);
        walk.compare();
    }
}

#[test]
fn every_verb() {
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    let input = (1..=32usize, 0usize..80, proptest::collection::vec(step(), 1..150), 0usize..160);
    let checked =
        proptest::test_runner::TestRunner::new(config).run(&input, |(capacity, back, steps, open)| {
            let ring = single(capacity);
            let at = seam(&ring) - back;
            walk(ByteStream::from(ring), at, &steps, open);
            walk(Inline::<1>::new(), 0, &steps, open);
            walk(Inline::<3>::new(), back, &steps, open);
            walk(Inline::<16>::new(), back, &steps, open);
            Ok(())
        });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

#[test]
fn a_whole_memory_of_laps() {
    for capacity in [1, 2, 100, 4095, 4096, 4097] {
        let mut stream = ByteStream::from(single(capacity));
        let (mut written, mut read) = (0u32, 0u32);
        let byte = |n: u32| (n.wrapping_mul(0x9e37_79b9) >> 24) as u8;
        while read < 50_000 {
            let writable = stream.writable();
            let room = writable.len();
            writable.fill_with(|| {
                written += 1;
                byte(written - 1)
            });
            assert_eq!(stream.produce(usize::MAX), room);
            assert!(stream.is_full() && stream.readable().iter().copied().eq((read..written).map(byte)));
            // One at least stays, because an empty stream begins at the front again.
            read += stream.consume(1 + read as usize % (capacity - 1).max(1)) as u32;
        }
    }
}
