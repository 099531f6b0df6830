//! ringbuf 0.6: <https://github.com/agerasev/ringbuf>. `SharedRb` driven directly (every call reads the other side's index)
//! and through its caching handles. Never blocks.

use std::mem::MaybeUninit;
use std::sync::Arc;

use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{CachingCons, CachingProd, Cons, HeapRb, Prod};

use super::rtrb::gather;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::record::LONGEST;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, SliceReceiver,
    SliceRival, SliceSender, Viewer, Ways, ZeroCopyRival,
};

const STREAM: &str = "push_iter, as_slices + skip";
const SLICES: &str = "push_slice, pop_slice";
const IN_PLACE: &str = "vacant_slices_mut and as_slices, two slices at the seam";
const RECORDS: &str = "4-byte length + bytes by push_slice; a record at the seam is put together by copying";

type Shared<T> = Arc<HeapRb<T>>;

/// `Prod` and `Cons`.
pub struct Direct;
/// `CachingProd` and `CachingCons`.
pub struct Caching;

/// The sending handle of either kind.
pub struct Tx<P>(P);
/// The receiving handle of either kind, with room to put a wrapped record together.
pub struct Rx<C> {
    ring: C,
    scratch: [u8; LONGEST],
}

type DirectHandles<T> = (Tx<Prod<Shared<T>>>, Rx<Cons<Shared<T>>>);

fn direct<T>(capacity: usize) -> DirectHandles<T> {
    let ring = Arc::new(HeapRb::new(capacity));
    (Tx(Prod::new(ring.clone())), Rx { ring: Cons::new(ring), scratch: [0; LONGEST] })
}

type CachingHandles<T> = (Tx<CachingProd<Shared<T>>>, Rx<CachingCons<Shared<T>>>);

fn caching<T>(capacity: usize) -> CachingHandles<T> {
    let (producer, consumer) = HeapRb::new(capacity).split();
    (Tx(producer), Rx { ring: consumer, scratch: [0; LONGEST] })
}

impl<T: Payload> Rival<T> for Direct {
    const NAME: &'static str = "ringbuf";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some(STREAM);
    type Tx = Tx<Prod<Shared<T>>>;
    type Rx = Rx<Cons<Shared<T>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(direct(capacity))
    }
}

impl<T: Payload> Rival<T> for Caching {
    const NAME: &'static str = "ringbuf caching";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some(STREAM);
    type Tx = Tx<CachingProd<Shared<T>>>;
    type Rx = Rx<CachingCons<Shared<T>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(caching(capacity))
    }
}

impl<T: Payload, P: Producer<Item = T> + Send + 'static> Sender<T> for Tx<P> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.0.try_push(item).ok())
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            signal.retry(|| (self.0.push_iter(items.by_ref()) > 0).then_some(()))?;
        }
        Ok(())
    }
}

impl<T: Payload, C: Consumer<Item = T> + Send + 'static> Receiver<T> for Rx<C> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.ring.try_pop())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| (!self.ring.is_empty()).then_some(()))?;
        let (first, second) = self.ring.as_slices();
        let count = first.len() + second.len();
        first.iter().for_each(|item| each(*item));
        second.iter().for_each(|item| each(*item));
        self.ring.skip(count);
        Ok(())
    }
}

impl SliceRival for Direct {
    const NAME: &'static str = "ringbuf";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = SLICES;
    type Tx = Tx<Prod<Shared<u64>>>;
    type Rx = Rx<Cons<Shared<u64>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(direct(capacity))
    }
}

impl SliceRival for Caching {
    const NAME: &'static str = "ringbuf caching";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = SLICES;
    type Tx = Tx<CachingProd<Shared<u64>>>;
    type Rx = Rx<CachingCons<Shared<u64>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(caching(capacity))
    }
}

impl<P: Producer<Item = u64> + Send + 'static> SliceSender for Tx<P> {
    #[inline(always)]
    fn send_slice(&mut self, mut words: &[u64], signal: &Signal) -> Result<(), Ended> {
        while !words.is_empty() {
            let pushed = signal.retry(|| Some(self.0.push_slice(words)).filter(|&count| count > 0))?;
            words = &words[pushed..];
        }
        Ok(())
    }
}

impl<C: Consumer<Item = u64> + Send + 'static> SliceReceiver for Rx<C> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| Some(self.ring.pop_slice(words)).filter(|&count| count > 0))
    }
}

impl ZeroCopyRival for Direct {
    const NAME: &'static str = "ringbuf";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = IN_PLACE;
    type Tx = Tx<Prod<Shared<u64>>>;
    type Rx = Rx<Cons<Shared<u64>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(direct(capacity))
    }
}

impl ZeroCopyRival for Caching {
    const NAME: &'static str = "ringbuf caching";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = IN_PLACE;
    type Tx = Tx<CachingProd<Shared<u64>>>;
    type Rx = Rx<CachingCons<Shared<u64>>>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(caching(capacity))
    }
}

impl<P: Producer<Item = u64> + Send + 'static> Filler for Tx<P> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        signal.retry(|| (self.0.vacant_len() >= words).then_some(()))?;
        let (first, second) = self.0.vacant_slices_mut();
        let before = words.min(first.len());
        write(&mut first[..before]);
        if before < words {
            write(&mut second[..words - before]);
        }
        // SAFETY: `write` initialises every word it is given (contract of `Filler::fill`), and was given `words` of them.
        unsafe { self.0.advance_write_index(words) };
        Ok(())
    }
}

impl<C: Consumer<Item = u64> + Send + 'static> Viewer for Rx<C> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| (!self.ring.is_empty()).then_some(()))?;
        let (first, second) = self.ring.as_slices();
        let before = words.min(first.len());
        let after = (words - before).min(second.len());
        read(&first[..before]);
        if after > 0 {
            read(&second[..after]);
        }
        // SAFETY: both slices were readable, so that many words are occupied, and words need no drop.
        unsafe { self.ring.advance_read_index(before + after) };
        Ok(())
    }
}

impl RecordRival for Direct {
    const NAME: &'static str = "ringbuf";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = RECORDS;
    type Tx = Tx<Prod<Shared<u8>>>;
    type Rx = Rx<Cons<Shared<u8>>>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(direct(bytes))
    }
}

impl RecordRival for Caching {
    const NAME: &'static str = "ringbuf caching";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = RECORDS;
    type Tx = Tx<CachingProd<Shared<u8>>>;
    type Rx = Rx<CachingCons<Shared<u8>>>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(caching(bytes))
    }
}

impl<P: Producer<Item = u8> + Send + 'static> RecordSender for Tx<P> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let length = parts[0].len() + parts[1].len();
        signal.retry(|| (self.0.vacant_len() >= 4 + length).then_some(()))?;
        self.0.push_slice(&(length as u32).to_ne_bytes());
        self.0.push_slice(parts[0]);
        self.0.push_slice(parts[1]);
        Ok(())
    }
}

impl<C: Consumer<Item = u8> + Send + 'static> RecordReceiver for Rx<C> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        // Its three pushes are published one by one, so that the last record may be there in part.
        let taken = signal.retry(|| {
            let (first, second) = self.ring.as_slices();
            let ready = first.len() + second.len();
            let mut at = 0;
            while at + 4 <= ready {
                let mut prefix = [0; 4];
                gather(first, second, at, &mut prefix);
                let (start, length) = (at + 4, u32::from_ne_bytes(prefix) as usize);
                if start + length > ready {
                    break;
                }
                if start + length <= first.len() {
                    each(&first[start..start + length]);
                } else if start >= first.len() {
                    each(&second[start - first.len()..][..length]);
                } else {
                    gather(first, second, start, &mut self.scratch[..length]);
                    each(&self.scratch[..length]);
                }
                at = start + length;
            }
            (at > 0).then_some(at)
        })?;
        self.ring.skip(taken);
        Ok(())
    }
}
