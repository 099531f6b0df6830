//! bbqueue 0.7: <https://github.com/jamesmunns/bbqueue>. A bip buffer of bytes whose grants are always contiguous.

use std::mem::MaybeUninit;
use std::sync::Arc;

use bbqueue::BBQueue;
use bbqueue::prod_cons::framed::{FramedConsumer, FramedProducer};
use bbqueue::prod_cons::stream::{StreamConsumer, StreamProducer};
use bbqueue::traits::coordination::cas::AtomicCoord;
use bbqueue::traits::notifier::polling::Polling;
use bbqueue::traits::storage::BoxedSlice;

use crate::signal::{Ended, Signal};
use crate::spsc::rival::{
    Filler, OpenError, RecordReceiver, RecordRival, RecordSender, SliceReceiver, SliceRival, SliceSender,
    Viewer, Ways, ZeroCopyRival,
};

const WORD: usize = size_of::<u64>();

pub struct Bbqueue;

type Queue = Arc<BBQueue<BoxedSlice, AtomicCoord, Polling>>;

fn queue(bytes: usize) -> bbqueue::ArcBBQueue<BoxedSlice, AtomicCoord, Polling> {
    bbqueue::ArcBBQueue::new_with_storage(BoxedSlice::new(bytes))
}

impl SliceRival for Bbqueue {
    const NAME: &'static str = "bbqueue";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "grant_max_remaining and read, as bytes";
    type Tx = StreamProducer<Queue>;
    type Rx = StreamConsumer<Queue>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        let queue = queue(capacity * WORD);
        Ok((queue.stream_producer(), queue.stream_consumer()))
    }
}

impl SliceSender for StreamProducer<Queue> {
    #[inline(always)]
    fn send_slice(&mut self, words: &[u64], signal: &Signal) -> Result<(), Ended> {
        let mut bytes: &[u8] = bytemuck::cast_slice(words);
        while !bytes.is_empty() {
            let count = signal.retry(|| {
                let mut grant = self.grant_max_remaining(bytes.len()).ok()?;
                // It keeps one byte free, so that a grant need not end with a whole word; a commit must.
                let count = grant.len() / WORD * WORD;
                grant[..count].copy_from_slice(&bytes[..count]);
                grant.commit(count);
                (count > 0).then_some(count)
            })?;
            bytes = &bytes[count..];
        }
        Ok(())
    }
}

impl SliceReceiver for StreamConsumer<Queue> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        let grant = signal.retry(|| self.read().ok())?;
        let target: &mut [u8] = bytemuck::cast_slice_mut(words);
        let count = grant.len().min(target.len());
        target[..count].copy_from_slice(&grant[..count]);
        grant.release(count);
        Ok(count / WORD)
    }
}

impl ZeroCopyRival for Bbqueue {
    const NAME: &'static str = "bbqueue";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "grant_exact and read, bytes seen as words";
    type Tx = StreamProducer<Queue>;
    type Rx = StreamConsumer<Queue>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        <Bbqueue as SliceRival>::open(capacity)
    }
}

impl Filler for StreamProducer<Queue> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        let mut grant = signal.retry(|| self.grant_exact(words * WORD).ok())?;
        let place: *mut [u64] = bytemuck::try_cast_slice_mut(&mut grant).map_err(|_| Ended::Aborted)?;
        // SAFETY: words that are initialised may be seen as words that need not be; `write` only writes words to them.
        write(unsafe { &mut *(place as *mut [MaybeUninit<u64>]) });
        grant.commit(words * WORD);
        Ok(())
    }
}

impl Viewer for StreamConsumer<Queue> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        let grant = signal.retry(|| self.read().ok())?;
        let bytes = grant.len().min(words * WORD);
        read(bytemuck::try_cast_slice(&grant[..bytes]).map_err(|_| Ended::Aborted)?);
        grant.release(bytes);
        Ok(())
    }
}

impl RecordRival for Bbqueue {
    const NAME: &'static str = "bbqueue";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "its framed producer and consumer, contiguous";
    type Tx = FramedProducer<Queue>;
    type Rx = FramedConsumer<Queue>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        let queue = queue(bytes);
        Ok((queue.framed_producer(), queue.framed_consumer()))
    }
}

impl RecordSender for FramedProducer<Queue> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let length = (parts[0].len() + parts[1].len()) as u16;
        let mut grant = signal.retry(|| self.grant(length).ok())?;
        let (first, rest) = grant.split_at_mut(parts[0].len());
        first.copy_from_slice(parts[0]);
        rest.copy_from_slice(parts[1]);
        grant.commit(length);
        Ok(())
    }
}

impl RecordReceiver for FramedConsumer<Queue> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        let grant = signal.retry(|| self.read().ok())?;
        each(&grant);
        grant.release();
        Ok(())
    }
}
