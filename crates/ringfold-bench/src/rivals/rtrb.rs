//! rtrb 0.4: <https://github.com/mgeier/rtrb>. Cached indices, chunks in two slices, never blocks.

use std::mem::MaybeUninit;

use rtrb::chunks::ChunkError;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::record::LONGEST;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, SliceReceiver,
    SliceRival, SliceSender, Viewer, Ways, ZeroCopyRival,
};

pub struct Rtrb;

impl<T: Payload> Rival<T> for Rtrb {
    const NAME: &'static str = "rtrb";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("write_chunk_uninit + fill_from_iter, read_chunk + into_iter");
    type Tx = Producer<T>;
    type Rx = Consumer<T>;

    fn open(capacity: usize) -> Result<(Producer<T>, Consumer<T>), OpenError> {
        Ok(RingBuffer::new(capacity))
    }
}

impl<T: Payload> Sender<T> for Producer<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.push(item).ok())
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            let room = signal.retry(|| Some(self.slots()).filter(|&slots| slots > 0))?;
            let chunk = self.write_chunk_uninit(room.min(items.len())).expect("the slots are free");
            chunk.fill_from_iter(items.by_ref());
        }
        Ok(())
    }
}

impl<T: Payload> Receiver<T> for Consumer<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.pop().ok())
    }

    #[inline(always)]
    fn recv_batch(&mut self, each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        let ready = signal.retry(|| Some(self.slots()).filter(|&slots| slots > 0))?;
        self.read_chunk(ready).expect("the items are there").into_iter().for_each(each);
        Ok(())
    }
}

impl SliceRival for Rtrb {
    const NAME: &'static str = "rtrb";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "push_partial_slice, pop_partial_slice";
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Producer<u64>, Consumer<u64>), OpenError> {
        Ok(RingBuffer::new(capacity))
    }
}

impl SliceSender for Producer<u64> {
    #[inline(always)]
    fn send_slice(&mut self, mut words: &[u64], signal: &Signal) -> Result<(), Ended> {
        while !words.is_empty() {
            let (pushed, rest) = self.push_partial_slice(words);
            if pushed.is_empty() {
                signal.retry(|| (self.slots() > 0).then_some(()))?;
            }
            words = rest;
        }
        Ok(())
    }
}

impl SliceReceiver for Consumer<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| {
            let count = self.pop_partial_slice(words).0.len();
            (count > 0).then_some(count)
        })
    }
}

impl ZeroCopyRival for Rtrb {
    const NAME: &'static str = "rtrb";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "write_chunk_uninit and read_chunk, two slices at the seam";
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Producer<u64>, Consumer<u64>), OpenError> {
        Ok(RingBuffer::new(capacity))
    }
}

impl Filler for Producer<u64> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        if self.cached_slots() < words {
            signal.retry(|| (self.slots() >= words).then_some(()))?;
        }
        let mut chunk = self.write_chunk_uninit(words).expect("the slots are free");
        let (first, second) = chunk.as_mut_slices();
        write(first);
        if !second.is_empty() {
            write(second);
        }
        // SAFETY: `write` initialises every word it is given (contract of `Filler::fill`), and was given all of them.
        unsafe { chunk.commit_all() };
        Ok(())
    }
}

impl Viewer for Consumer<u64> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        let ready = match self.cached_slots() {
            cached if cached >= words => words,
            _ => signal.retry(|| Some(self.slots().min(words)).filter(|&slots| slots > 0))?,
        };
        let chunk = self.read_chunk(ready).expect("the items are there");
        let (first, second) = chunk.as_slices();
        read(first);
        if !second.is_empty() {
            read(second);
        }
        chunk.commit_all();
        Ok(())
    }
}

/// The consumer of records: one that wraps is put together here.
pub struct Reassembler {
    ring: Consumer<u8>,
    scratch: [u8; LONGEST],
}

impl RecordRival for Rtrb {
    const NAME: &'static str = "rtrb";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str =
        "4-byte length + bytes in a chunk; a record at the seam is put together by copying";
    type Tx = Producer<u8>;
    type Rx = Reassembler;

    fn open(bytes: usize) -> Result<(Producer<u8>, Reassembler), OpenError> {
        let (producer, ring) = RingBuffer::new(bytes);
        Ok((producer, Reassembler { ring, scratch: [0; LONGEST] }))
    }
}

impl RecordSender for Producer<u8> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let length = parts[0].len() + parts[1].len();
        let total = 4 + length;
        if self.cached_slots() < total {
            signal.retry(|| (self.slots() >= total).then_some(()))?;
        }
        let mut chunk = self.write_chunk_uninit(total).expect("the slots are free");
        let (first, second) = chunk.as_mut_slices();
        let prefix = (length as u32).to_ne_bytes();
        scatter(first, second, [&prefix, parts[0], parts[1]]);
        // SAFETY: the three parts have exactly the chunk's length, and `scatter` has written them all.
        unsafe { chunk.commit_all() };
        Ok(())
    }
}

/// Copies the parts, one after the other, over the two slices.
#[inline(always)]
fn scatter<'a>(mut first: &'a mut [MaybeUninit<u8>], second: &'a mut [MaybeUninit<u8>], parts: [&[u8]; 3]) {
    let mut second = Some(second);
    for mut part in parts {
        while !part.is_empty() {
            if first.is_empty() {
                first = second.take().expect("the chunk is as long as its parts");
            }
            let count = part.len().min(first.len());
            let (place, rest) = first.split_at_mut(count);
            place.write_copy_of_slice(&part[..count]);
            first = rest;
            part = &part[count..];
        }
    }
}

impl RecordReceiver for Reassembler {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        let ready = signal.retry(|| Some(self.ring.slots()).filter(|&slots| slots > 0))?;
        let chunk = match self.ring.read_chunk(ready) {
            Ok(chunk) => chunk,
            Err(ChunkError::TooFewSlots(_)) => unreachable!("the items are there"),
        };
        let (first, second) = chunk.as_slices();
        let mut at = 0;
        while at < ready {
            let mut prefix = [0; 4];
            gather(first, second, at, &mut prefix);
            let length = u32::from_ne_bytes(prefix) as usize;
            at += 4;
            if at + length <= first.len() {
                each(&first[at..at + length]);
            } else if at >= first.len() {
                each(&second[at - first.len()..][..length]);
            } else {
                gather(first, second, at, &mut self.scratch[..length]);
                each(&self.scratch[..length]);
            }
            at += length;
        }
        chunk.commit_all();
        Ok(())
    }
}

/// Copies `target.len()` bytes that begin `at` bytes into the two slices.
#[inline(always)]
pub fn gather(first: &[u8], second: &[u8], at: usize, target: &mut [u8]) {
    let end = at + target.len();
    if end <= first.len() {
        target.copy_from_slice(&first[at..end]);
    } else if at >= first.len() {
        target.copy_from_slice(&second[at - first.len()..end - first.len()]);
    } else {
        let (before, after) = target.split_at_mut(first.len() - at);
        before.copy_from_slice(&first[at..]);
        after.copy_from_slice(&second[..end - first.len()]);
    }
}
