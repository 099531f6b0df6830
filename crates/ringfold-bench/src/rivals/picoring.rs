//! picoring 0.6: <https://github.com/yagizgil/picoring>. Mirrored memory, indices without caches, never blocks.
//! Its mapping is whole pages, and its ring is as large as its mapping: small rings are larger than asked for.

use std::mem::MaybeUninit;

use picoring::{PicoConsumer, PicoProducer, PicoSPSC};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, SliceReceiver,
    SliceRival, SliceSender, Viewer, Ways, ZeroCopyRival,
};

const NOTE: &str = "its ring is whole pages";

pub struct Picoring;

fn ring<T>(capacity: usize) -> Result<(PicoProducer<T>, PicoConsumer<T>), OpenError> {
    Ok(PicoSPSC::new(capacity)?.split())
}

impl<T: Payload> Rival<T> for Picoring {
    const NAME: &'static str = "picoring";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("writable_slice + advance_head, readable_slice + advance_tail");
    const NOTE: &'static str = NOTE;
    type Tx = PicoProducer<T>;
    type Rx = PicoConsumer<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }

    fn slots(capacity: usize) -> usize {
        (capacity * size_of::<T>()).next_multiple_of(ringfold::memory::machine::page_size()) / size_of::<T>()
    }
}

impl<T: Payload> Sender<T> for PicoProducer<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.push(item).then_some(()))
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            let room = signal.retry(|| Some(self.available_space()).filter(|&room| room > 0))?;
            let count = room.min(items.len());
            self.writable_slice()[..count]
                .iter_mut()
                .zip(items.by_ref())
                .for_each(|(slot, item)| *slot = item);
            self.advance_head(count);
        }
        Ok(())
    }
}

impl<T: Payload> Receiver<T> for PicoConsumer<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.pop())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let ready = self.readable_slice();
            ready.iter().for_each(|item| each(*item));
            let count = ready.len();
            self.advance_tail(count);
            (count > 0).then_some(())
        })
    }
}

impl SliceRival for Picoring {
    const NAME: &'static str = "picoring";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "push_slice, copy out of readable_slice";
    type Tx = PicoProducer<u64>;
    type Rx = PicoConsumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }
}

impl SliceSender for PicoProducer<u64> {
    #[inline(always)]
    fn send_slice(&mut self, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.push_slice(words).then_some(()))
    }
}

impl SliceReceiver for PicoConsumer<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| {
            let ready = self.readable_slice();
            let count = ready.len().min(words.len());
            words[..count].copy_from_slice(&ready[..count]);
            self.advance_tail(count);
            (count > 0).then_some(count)
        })
    }
}

impl ZeroCopyRival for Picoring {
    const NAME: &'static str = "picoring";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "writable_slice and readable_slice, contiguous";
    type Tx = PicoProducer<u64>;
    type Rx = PicoConsumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }
}

impl Filler for PicoProducer<u64> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        signal.retry(|| (self.available_space() >= words).then_some(()))?;
        let place: *mut [u64] = &mut self.writable_slice()[..words];
        // SAFETY: words that are initialised may be seen as words that need not be; `write` only writes words to them.
        write(unsafe { &mut *(place as *mut [MaybeUninit<u64>]) });
        self.advance_head(words);
        Ok(())
    }
}

impl Viewer for PicoConsumer<u64> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let ready = self.readable_slice();
            let count = ready.len().min(words);
            if count == 0 {
                return None;
            }
            read(&ready[..count]);
            self.advance_tail(count);
            Some(())
        })
    }
}

impl RecordRival for Picoring {
    const NAME: &'static str = "picoring";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "4-byte length + bytes in writable_slice, contiguous";
    type Tx = PicoProducer<u8>;
    type Rx = PicoConsumer<u8>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(bytes)
    }
}

impl RecordSender for PicoProducer<u8> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let length = parts[0].len() + parts[1].len();
        signal.retry(|| (self.available_space() >= 4 + length).then_some(()))?;
        let (prefix, bytes) = self.writable_slice().split_at_mut(4);
        prefix.copy_from_slice(&(length as u32).to_ne_bytes());
        bytes[..parts[0].len()].copy_from_slice(parts[0]);
        bytes[parts[0].len()..length].copy_from_slice(parts[1]);
        self.advance_head(4 + length);
        Ok(())
    }
}

impl RecordReceiver for PicoConsumer<u8> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut ready = self.readable_slice();
            let count = ready.len();
            while let Some((prefix, rest)) = ready.split_first_chunk::<4>() {
                let (record, rest) = rest.split_at(u32::from_ne_bytes(*prefix) as usize);
                each(record);
                ready = rest;
            }
            self.advance_tail(count);
            (count > 0).then_some(())
        })
    }
}
