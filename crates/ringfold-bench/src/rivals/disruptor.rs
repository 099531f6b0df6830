//! disruptor 4.4: <https://github.com/nicholassm/disruptor-rs>. Single producer and an event poller, so that the consumer's
//! thread is ours to pin; events are preallocated and copied into and out of.

use std::mem::MaybeUninit;

use disruptor::{
    BusySpin, EventPoller, Producer, SingleConsumerBarrier, SingleProducer, SingleProducerBarrier,
    build_single_producer,
};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, Rival, Sender, SliceReceiver, SliceRival, SliceSender, Viewer, Ways,
    ZeroCopyRival,
};

/// Events in one publication.
const BATCH: usize = 256;

pub struct Disruptor;

type Tx<T> = SingleProducer<T, SingleConsumerBarrier>;
type Rx<T> = EventPoller<T, SingleProducerBarrier>;

fn ring<T: Default + Send + Sync + 'static>(capacity: usize) -> Result<(Tx<T>, Rx<T>), OpenError> {
    if !capacity.is_power_of_two() {
        return Err("its size must be a power of two".into());
    }
    let (poller, builder) = build_single_producer(capacity, T::default, BusySpin).new_event_poller();
    Ok((builder.build(), poller))
}

impl<T: Payload> Rival<T> for Disruptor {
    const NAME: &'static str = "disruptor";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("try_batch_publish, poll");
    const NOTE: &'static str = "single producer, event poller";
    type Tx = Tx<T>;
    type Rx = Rx<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }
}

impl<T: Payload> Sender<T> for Tx<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.try_publish(|event| *event = item).ok().map(drop))
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            let batch = items.len().min(BATCH);
            publish_some(self, batch, |event| *event = items.next().expect("counted"), signal)?;
        }
        Ok(())
    }
}

/// Publishes up to `events` events at once, as many as there is room for.
#[inline(always)]
fn publish_some<T>(
    tx: &mut Tx<T>,
    events: usize,
    mut write: impl FnMut(&mut T),
    signal: &Signal,
) -> Result<usize, Ended> {
    let mut batch = events;
    signal.retry(|| {
        match tx.try_batch_publish(batch, |events| events.for_each(&mut write)) {
            Ok(_) => Some(batch),
            Err(missing) => {
                let room = batch - (missing.0 as usize).min(batch);
                // Take what there is now, if that is something; otherwise ask for all again.
                batch = if room == 0 { events } else { room };
                None
            }
        }
    })
}

impl<T: Payload> Receiver<T> for Rx<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| {
            let mut events = self.take(1).ok()?;
            (&mut events).next().copied()
        })
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut events = self.poll().ok()?;
            (&mut events).for_each(|event| each(*event));
            Some(())
        })
    }
}

impl SliceRival for Disruptor {
    const NAME: &'static str = "disruptor";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "try_batch_publish, take(n); word by word, it has no slices";
    type Tx = Tx<u64>;
    type Rx = Rx<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }
}

impl SliceSender for Tx<u64> {
    #[inline(always)]
    fn send_slice(&mut self, mut words: &[u64], signal: &Signal) -> Result<(), Ended> {
        while !words.is_empty() {
            let mut source = words.iter();
            let batch = words.len().min(BATCH);
            let count = publish_some(self, batch, |event| *event = *source.next().expect("counted"), signal)?;
            words = &words[count..];
        }
        Ok(())
    }
}

impl SliceReceiver for Rx<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| {
            let mut events = self.take(words.len() as u64).ok()?;
            let mut count = 0;
            for (word, event) in words.iter_mut().zip(&mut events) {
                *word = *event;
                count += 1;
            }
            Some(count)
        })
    }
}

impl ZeroCopyRival for Disruptor {
    const NAME: &'static str = "disruptor";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "try_batch_publish, take(n); event by event, it has no slices";
    type Tx = Tx<u64>;
    type Rx = Rx<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity)
    }
}

impl Filler for Tx<u64> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        signal: &Signal,
    ) -> Result<(), Ended> {
        let mut left = words;
        while left > 0 {
            let fill_event = |event: &mut u64| {
                let mut word = [MaybeUninit::new(0)];
                write(&mut word);
                // SAFETY: it was initialised with 0 and may only have been overwritten by another word.
                *event = unsafe { word[0].assume_init() };
            };
            left -= publish_some(self, left.min(BATCH), fill_event, signal)?;
        }
        Ok(())
    }
}

impl Viewer for Rx<u64> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut events = self.take(words as u64).ok()?;
            (&mut events).for_each(|event| read(std::slice::from_ref(event)));
            Some(())
        })
    }
}
