//! crossbeam-channel 0.5: <https://github.com/crossbeam-rs/crossbeam>. Many to many, blocks.

use crossbeam_channel::bounded;

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::record::MEAN;
use crate::spsc::rival::{
    OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, Ways,
};

pub struct CrossbeamChannel;

type Tx<T> = crossbeam_channel::Sender<T>;
type Rx<T> = crossbeam_channel::Receiver<T>;

impl<T: Payload> Rival<T> for CrossbeamChannel {
    const NAME: &'static str = "crossbeam-channel";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = Some("send, recv + try_iter");
    type Tx = Tx<T>;
    type Rx = Rx<T>;

    fn open(capacity: usize) -> Result<(Tx<T>, Rx<T>), OpenError> {
        Ok(bounded(capacity))
    }
}

impl<T: Payload> Sender<T> for Tx<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return Tx::send(self, item).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| self.try_send(item).ok())
    }
}

impl<T: Payload> Receiver<T> for Rx<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        if signal.blocks() {
            return Rx::recv(self).map_err(|_| Ended::Done);
        }
        signal.retry(|| self.try_recv().ok())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        each(Receiver::recv(self, signal)?);
        self.try_iter().for_each(each);
        Ok(())
    }
}

impl RecordRival for CrossbeamChannel {
    const NAME: &'static str = "crossbeam-channel";
    const WAYS: Ways = Ways::Either;
    const NOTE: &'static str = "messages of Vec<u8>: one allocation per record";
    type Tx = Tx<Vec<u8>>;
    type Rx = Rx<Vec<u8>>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(bounded(bytes / MEAN))
    }
}

impl RecordSender for Tx<Vec<u8>> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let record = parts.concat();
        if signal.blocks() {
            return Tx::send(self, record).map_err(|_| Ended::Aborted);
        }
        let mut waiting = Some(record);
        signal.retry(|| {
            let Err(refused) = self.try_send(waiting.take().expect("put back when refused")) else {
                return Some(());
            };
            waiting = Some(refused.into_inner());
            None
        })
    }
}

impl RecordReceiver for Rx<Vec<u8>> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        let first = if signal.blocks() {
            Rx::recv(self).map_err(|_| Ended::Done)?
        } else {
            signal.retry(|| self.try_recv().ok())?
        };
        each(&first);
        Ok(())
    }
}
