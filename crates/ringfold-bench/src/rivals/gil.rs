//! gil 0.9: <https://github.com/abhikjain360/gil>. Cached indices, one allocation; batches reach to the seam only.
//! Driven by its `try_` calls: its own waiting calls do not notice when the other side has gone.

use std::mem::MaybeUninit;
use std::num::NonZeroUsize;

use gil::spsc;

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::record::LONGEST;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, SliceReceiver,
    SliceRival, SliceSender, Viewer, Ways, ZeroCopyRival,
};

pub struct Gil;

fn channel<T>(capacity: usize) -> Result<(spsc::Sender<T>, spsc::Receiver<T>), OpenError> {
    Ok(spsc::channel(NonZeroUsize::new(capacity).ok_or("capacity 0")?))
}

/// Fills as much as fits before the seam, at most `items`.
#[inline(always)]
fn fill_some<T>(
    sender: &mut spsc::Sender<T>,
    items: usize,
    write: impl FnOnce(&mut [MaybeUninit<T>]),
    signal: &Signal,
) -> Result<usize, Ended> {
    signal.retry(|| (!sender.write_buffer().is_empty()).then_some(()))?;
    let place = sender.write_buffer();
    let count = place.len().min(items);
    write(&mut place[..count]);
    // SAFETY: `write` has initialised all of these slots: every caller passes a closure that fills its whole slice.
    unsafe { sender.commit(count) };
    Ok(count)
}

impl<T: Payload> Rival<T> for Gil {
    const NAME: &'static str = "gil";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("write_buffer + commit, read_guard");
    type Tx = spsc::Sender<T>;
    type Rx = spsc::Receiver<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        channel(capacity)
    }
}

impl<T: Payload> Sender<T> for spsc::Sender<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.try_send(item).ok())
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            let left = items.len();
            let write = |place: &mut [MaybeUninit<T>]| {
                place.iter_mut().zip(items.by_ref()).for_each(|(slot, item)| {
                    slot.write(item);
                });
            };
            fill_some(self, left, write, signal)?;
        }
        Ok(())
    }
}

impl<T: Payload> Receiver<T> for spsc::Receiver<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.try_recv())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut guard = self.read_guard();
            guard.as_slice().iter().for_each(|item| each(*item));
            let count = guard.len();
            guard.advance(count);
            (count > 0).then_some(())
        })
    }
}

impl SliceRival for Gil {
    const NAME: &'static str = "gil";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "copy into write_buffer, read_guard.copy_into";
    type Tx = spsc::Sender<u64>;
    type Rx = spsc::Receiver<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        channel(capacity)
    }
}

impl SliceSender for spsc::Sender<u64> {
    #[inline(always)]
    fn send_slice(&mut self, mut words: &[u64], signal: &Signal) -> Result<(), Ended> {
        while !words.is_empty() {
            let write = |place: &mut [MaybeUninit<u64>]| {
                place.write_copy_of_slice(&words[..place.len()]);
            };
            let count = fill_some(self, words.len(), write, signal)?;
            words = &words[count..];
        }
        Ok(())
    }
}

impl SliceReceiver for spsc::Receiver<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| Some(self.read_guard().copy_into(words)).filter(|&count| count > 0))
    }
}

impl ZeroCopyRival for Gil {
    const NAME: &'static str = "gil";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "write_buffer and read_guard, each up to the seam";
    type Tx = spsc::Sender<u64>;
    type Rx = spsc::Receiver<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        channel(capacity)
    }
}

impl Filler for spsc::Sender<u64> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        let mut left = words;
        while left > 0 {
            left -= fill_some(self, left, &mut write, signal)?;
        }
        Ok(())
    }
}

impl Viewer for spsc::Receiver<u64> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut guard = self.read_guard();
            let count = guard.len().min(words);
            if count == 0 {
                return None;
            }
            read(&guard.as_slice()[..count]);
            guard.advance(count);
            Some(())
        })
    }
}

/// The consumer of records: one that wraps arrives in two pieces and is put together here.
pub struct Reassembler {
    ring: spsc::Receiver<u8>,
    pending: Vec<u8>,
}

impl RecordRival for Gil {
    const NAME: &'static str = "gil";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str =
        "4-byte length + bytes in write_buffer; a record at the seam is put together by copying";
    type Tx = spsc::Sender<u8>;
    type Rx = Reassembler;

    fn open(bytes: usize) -> Result<(Self::Tx, Reassembler), OpenError> {
        let (sender, ring) = channel(bytes)?;
        Ok((sender, Reassembler { ring, pending: Vec::with_capacity(4 + LONGEST) }))
    }
}

impl RecordSender for spsc::Sender<u8> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let prefix = ((parts[0].len() + parts[1].len()) as u32).to_ne_bytes();
        let total = 4 + parts[0].len() + parts[1].len();
        if self.write_buffer().len() >= total {
            // The common case: all in one piece, published once.
            let write = |mut place: &mut [MaybeUninit<u8>]| {
                for part in [&prefix[..], parts[0], parts[1]] {
                    let (here, rest) = place.split_at_mut(part.len());
                    here.write_copy_of_slice(part);
                    place = rest;
                }
            };
            fill_some(self, total, write, signal)?;
            return Ok(());
        }
        for mut part in [&prefix[..], parts[0], parts[1]] {
            while !part.is_empty() {
                let write = |place: &mut [MaybeUninit<u8>]| {
                    place.write_copy_of_slice(&part[..place.len()]);
                };
                let count = fill_some(self, part.len(), write, signal)?;
                part = &part[count..];
            }
        }
        Ok(())
    }
}

impl RecordReceiver for Reassembler {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        let mut handed = 0;
        while handed == 0 {
            signal.retry(|| {
                let mut guard = self.ring.read_guard();
                let mut bytes = guard.as_slice();
                let count = bytes.len();
                if count == 0 {
                    return None;
                }
                if !self.pending.is_empty() {
                    handed += complete(&mut self.pending, &mut bytes, &mut each);
                }
                while let Some((record, rest)) = split_record(bytes) {
                    each(record);
                    handed += 1;
                    bytes = rest;
                }
                self.pending.extend_from_slice(bytes);
                guard.advance(count);
                Some(())
            })?;
        }
        Ok(())
    }
}

/// The first record of these bytes and what follows it, if it is there in full.
#[inline(always)]
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_ne_bytes(*prefix) as usize)
}

/// Moves bytes to the pending record until it is complete, and hands it out; returns how many records that made.
fn complete(pending: &mut Vec<u8>, bytes: &mut &[u8], each: &mut impl FnMut(&[u8])) -> usize {
    loop {
        let wanted = match pending.first_chunk::<4>() {
            Some(prefix) => 4 + u32::from_ne_bytes(*prefix) as usize,
            None => 4,
        };
        let missing = wanted - pending.len();
        if wanted > 4 && missing == 0 {
            each(&pending[4..]);
            pending.clear();
            return 1;
        }
        if bytes.is_empty() {
            return 0;
        }
        let (now, rest) = bytes.split_at(missing.min(bytes.len()));
        pending.extend_from_slice(now);
        *bytes = rest;
    }
}
