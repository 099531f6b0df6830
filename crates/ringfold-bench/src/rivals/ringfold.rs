//! ringfold itself, as it comes (`Park`) and with both sides spinning.

use std::mem::MaybeUninit;

use ringfold::WaitStrategy;
use ringfold::spsc::{self, Consumer, Producer};

use crate::contender::Role;
use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{
    Filler, OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, SliceReceiver,
    SliceRival, SliceSender, Viewer, Ways, ZeroCopyRival,
};

const PARK: &str = "ringfold";
const SPIN: &str = "ringfold spin";
const STREAM: &str = "push_iter, pop + drain";
const SLICES: &str = "push_slice, pop_slice";
const IN_PLACE: &str = "claim and peek, contiguous";
const RECORDS: &str = "4-byte length + bytes in a claim, contiguous";

/// Both sides spin a little, then sleep: the default.
pub struct Park;
/// Both sides spin.
pub struct Spin;

fn ring<T>(capacity: usize, strategy: WaitStrategy) -> Result<(Producer<T>, Consumer<T>), OpenError> {
    Ok(spsc::builder(capacity).wait_strategy(strategy).build()?)
}

impl<T: Payload> Rival<T> for Park {
    const NAME: &'static str = PARK;
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const STREAM: Option<&'static str> = Some(STREAM);
    const NOTE: &'static str = "as it comes: spins a little, then parks";
    type Tx = Producer<T>;
    type Rx = Consumer<T>;

    fn open(capacity: usize) -> Result<(Producer<T>, Consumer<T>), OpenError> {
        ring(capacity, WaitStrategy::default())
    }
}

impl<T: Payload> Rival<T> for Spin {
    const NAME: &'static str = SPIN;
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Own;
    const STREAM: Option<&'static str> = Some(STREAM);
    const NOTE: &'static str = "WaitStrategy::Spin on both sides";
    type Tx = Producer<T>;
    type Rx = Consumer<T>;

    fn open(capacity: usize) -> Result<(Producer<T>, Consumer<T>), OpenError> {
        ring(capacity, WaitStrategy::Spin)
    }
}

impl<T: Payload> Sender<T> for Producer<T> {
    #[inline(always)]
    fn send(&mut self, item: T, _: &Signal) -> Result<(), Ended> {
        self.push(item).map_err(|_| Ended::Aborted)
    }

    #[inline(always)]
    fn send_iter(&mut self, items: impl ExactSizeIterator<Item = T>, _: &Signal) -> Result<(), Ended> {
        self.push_iter(items).map(drop).map_err(|_| Ended::Aborted)
    }
}

impl<T: Payload> Receiver<T> for Consumer<T> {
    #[inline(always)]
    fn recv(&mut self, _: &Signal) -> Result<T, Ended> {
        self.pop().map_err(|_| Ended::Done)
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), _: &Signal) -> Result<(), Ended> {
        if self.drain(&mut each) == 0 {
            each(self.pop().map_err(|_| Ended::Done)?);
        }
        Ok(())
    }
}

impl SliceRival for Park {
    const NAME: &'static str = PARK;
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = SLICES;
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity, WaitStrategy::default())
    }
}

impl SliceRival for Spin {
    const NAME: &'static str = SPIN;
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = SLICES;
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity, WaitStrategy::Spin)
    }
}

impl SliceSender for Producer<u64> {
    #[inline(always)]
    fn send_slice(&mut self, words: &[u64], _: &Signal) -> Result<(), Ended> {
        self.push_slice(words).map_err(|_| Ended::Aborted)
    }
}

impl SliceReceiver for Consumer<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], _: &Signal) -> Result<usize, Ended> {
        match self.pop_slice(words) {
            0 => {
                self.peek_at_least(1).map_err(|_| Ended::Done)?;
                Ok(self.pop_slice(words))
            }
            count => Ok(count),
        }
    }
}

impl ZeroCopyRival for Park {
    const NAME: &'static str = PARK;
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = IN_PLACE;
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity, WaitStrategy::default())
    }
}

impl ZeroCopyRival for Spin {
    const NAME: &'static str = SPIN;
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = IN_PLACE;
    type Tx = Producer<u64>;
    type Rx = Consumer<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(capacity, WaitStrategy::Spin)
    }
}

impl Filler for Producer<u64> {
    #[inline(always)]
    fn fill(
        &mut self,
        words: usize,
        mut write: impl FnMut(&mut [MaybeUninit<u64>]),
        _: &Signal,
    ) -> Result<(), Ended> {
        let mut claim = self.claim(words).map_err(|_| Ended::Aborted)?;
        write(&mut claim);
        // SAFETY: `write` initialises every word it is given (contract of `Filler::fill`), and was given the whole claim.
        unsafe { claim.commit_first(words) };
        Ok(())
    }
}

impl Viewer for Consumer<u64> {
    #[inline(always)]
    fn view(&mut self, words: usize, mut read: impl FnMut(&[u64]), _: &Signal) -> Result<(), Ended> {
        let view = self.peek_at_least(1).map_err(|_| Ended::Done)?;
        let count = view.len().min(words);
        read(&view[..count]);
        view.consume(count);
        Ok(())
    }
}

impl RecordRival for Park {
    const NAME: &'static str = PARK;
    const ROLE: Role = Role::Ours;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = RECORDS;
    type Tx = Producer<u8>;
    type Rx = Consumer<u8>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(bytes, WaitStrategy::default())
    }
}

impl RecordRival for Spin {
    const NAME: &'static str = SPIN;
    const ROLE: Role = Role::OursTuned;
    const WAYS: Ways = Ways::Own;
    const NOTE: &'static str = RECORDS;
    type Tx = Producer<u8>;
    type Rx = Consumer<u8>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        ring(bytes, WaitStrategy::Spin)
    }
}

impl RecordSender for Producer<u8> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], _: &Signal) -> Result<(), Ended> {
        let length = parts[0].len() + parts[1].len();
        let mut claim = self.claim(4 + length).map_err(|_| Ended::Aborted)?;
        claim.write_slice(&(length as u32).to_ne_bytes());
        claim.write_slice(parts[0]);
        claim.write_slice(parts[1]);
        claim.commit();
        Ok(())
    }
}

impl RecordReceiver for Consumer<u8> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), _: &Signal) -> Result<(), Ended> {
        let view = self.peek_at_least(1).map_err(|_| Ended::Done)?;
        // A claim is published whole, so that what is there ends with a whole record.
        let mut rest: &[u8] = &view;
        while let Some((prefix, bytes)) = rest.split_first_chunk::<4>() {
            let (record, after) = bytes.split_at(u32::from_ne_bytes(*prefix) as usize);
            each(record);
            rest = after;
        }
        let all = view.len();
        view.consume(all);
        Ok(())
    }
}
