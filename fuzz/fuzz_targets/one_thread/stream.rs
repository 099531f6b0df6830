//! `ByteStream` beside a `VecDeque`.

use std::{
    collections::VecDeque,
    io::{BufRead, Read, Write},
};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use ringfold::{ByteStream, Ring, ring::Storage};

use crate::Place;

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Step {
    PushSlice(u8),
    PopSlice(u8),
    Writable { written: u8, produced: u8 },
    Consume(u16),
    Read(u8),
    ReadExact(u8),
    FillBuf(u8),
    ReadFrom { brought: u8, said: u8 },
    Write(u8),
    WriteAll(u8),
    WriteTo { taken: u8 },
    Invert,
    MoveOn(u16),
    Close,
}

/// Brings some bytes and says that it brought another number.
struct Liar<'a>(&'a [u8], u8);

impl Read for Liar<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(self.0.len());
        bytes[..count].copy_from_slice(&self.0[..count]);
        Ok(self.1.into())
    }
}

struct Walker<S: Storage<u8>> {
    stream: ByteStream<S>,
    model: VecDeque<u8>,
    next: u8,
    is_closed: bool,
}

pub fn walk_mapped(place: Place, steps: &[Step]) {
    let Some((memory, capacity)) = place.mapped() else { return };
    let ring = Ring::builder(capacity).memory(memory).build().expect("memory for a small ring");
    walk(ByteStream::from(ring), steps);
}

pub fn walk<S: Storage<u8>>(stream: ByteStream<S>, steps: &[Step]) {
    let mut walker = Walker { stream, model: VecDeque::new(), next: 0, is_closed: false };
    for &step in steps {
        match step {
            Step::Writable { written, produced } => walker.write_in_place(written.into(), produced.into()),
            Step::ReadFrom { brought, said } => walker.read_from(brought.into(), said),
            Step::PushSlice(_) | Step::Write(_) | Step::WriteAll(_) | Step::MoveOn(_) => walker.write(step),
            _ => walker.read(step),
        }
        walker.compare();
    }
}

impl<S: Storage<u8>> Walker<S> {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.next = self.next.wrapping_add(1);
        (0..count).map(|i| self.next.wrapping_mul(31).wrapping_add(i as u8)).collect()
    }

    fn room(&self) -> usize {
        if self.is_closed { 0 } else { self.stream.capacity() - self.model.len() }
    }

    /// What was not written is old or zero: the model takes it as it is found, and it must stay so.
    fn write_in_place(&mut self, written: usize, produced: usize) {
        let (room, bytes) = (self.room(), self.bytes(written));
        let writable = self.stream.writable();
        assert_eq!(writable.len(), room);
        writable.iter_mut().zip(&bytes).for_each(|(found, &byte)| *found = byte);
        let expected: Vec<u8> = writable.iter().copied().take(produced).collect();
        assert_eq!(self.stream.produce(produced), expected.len());
        self.model.extend(expected);
    }

    fn read_from(&mut self, brought: usize, said: u8) {
        let (room, bytes) = (self.room(), self.bytes(brought));
        let before: Vec<u8> = self.stream.writable().to_vec();
        let Ok(count) = self.stream.read_from(Liar(&bytes, said)) else {
            assert_eq!(room, 0);
            return;
        };
        assert_eq!(count, room.min(said.into()));
        let came = bytes.iter().chain(before.get(bytes.len()..).unwrap_or_default());
        self.model.extend(came.take(count));
    }

    fn write(&mut self, step: Step) {
        let room = self.room();
        match step {
            Step::PushSlice(count) => {
                let bytes = self.bytes(count.into());
                let pushed = self.stream.push_slice(&bytes);
                assert_eq!(pushed, bytes.len().min(room));
                self.model.extend(&bytes[..pushed]);
            }
            Step::Write(count) => {
                let bytes = self.bytes(count.into());
                let written = self.stream.write(&bytes);
                assert_eq!(written.is_ok(), room > 0 || bytes.is_empty());
                assert_eq!(*written.as_ref().unwrap_or(&0), bytes.len().min(room));
                self.model.extend(&bytes[..bytes.len().min(room)]);
            }
            Step::WriteAll(count) => {
                let bytes = self.bytes(count.into());
                let is_written = self.stream.write_all(&bytes).is_ok();
                assert_eq!(is_written, bytes.len() <= room);
                self.model.extend(bytes.into_iter().take(if is_written { usize::MAX } else { 0 }));
            }
            Step::MoveOn(by) if room > 0 && !self.model.is_empty() => {
                for _ in 0..by % 4200 {
                    self.write(Step::PushSlice(1));
                    self.read(Step::PopSlice(1));
                }
            }
            _ => {}
        }
    }

    fn taken(&mut self, bytes: &[u8]) {
        assert!(self.model.drain(..bytes.len()).eq(bytes.iter().copied()));
    }

    fn read(&mut self, step: Step) {
        let len = self.model.len();
        match step {
            Step::PopSlice(count) => {
                let mut bytes = vec![0; count.into()];
                let popped = self.stream.pop_slice(&mut bytes);
                assert_eq!(popped, bytes.len().min(len));
                self.taken(&bytes[..popped]);
            }
            Step::Consume(count) => {
                assert_eq!(self.stream.consume(count.into()), len.min(count.into()));
                self.model.drain(..len.min(count.into()));
            }
            Step::Read(count) => {
                let mut bytes = vec![0; count.into()];
                let read = self.stream.read(&mut bytes);
                assert_eq!(read.is_ok(), len > 0 || count == 0 || self.is_closed);
                assert_eq!(*read.as_ref().unwrap_or(&0), bytes.len().min(len));
                self.taken(&bytes[..bytes.len().min(len)]);
            }
            Step::ReadExact(count) => {
                let mut bytes = vec![0; count.into()];
                let is_read = self.stream.read_exact(&mut bytes).is_ok();
                assert_eq!(is_read, bytes.len() <= len);
                self.taken(if is_read { &bytes } else { &[] });
            }
            Step::FillBuf(count) => {
                let found = self.stream.fill_buf().map(<[u8]>::len);
                assert_eq!(found.ok(), (len > 0 || self.is_closed).then_some(len));
                BufRead::consume(&mut self.stream, count.into());
                self.model.drain(..len.min(count.into()));
            }
            Step::WriteTo { taken } => {
                let mut sink = vec![0; taken.into()];
                let written = self.stream.write_to(&mut sink[..]).unwrap_or(0);
                assert_eq!(written, len.min(taken.into()));
                self.taken(&sink[..written]);
            }
            Step::Invert => {
                self.stream.readable_mut().iter_mut().for_each(|byte| *byte = !*byte);
                self.model.iter_mut().for_each(|byte| *byte = !*byte);
            }
            Step::Close => {
                self.stream.close();
                self.is_closed = true;
            }
            _ => {}
        }
    }

    fn compare(&mut self) {
        assert_eq!(self.stream.readable(), self.model.make_contiguous());
        assert_eq!((self.stream.len(), self.stream.free()), (self.model.len(), self.room()));
    }
}
