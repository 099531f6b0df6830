//! `std::sync::mpsc::sync_channel`.

use std::sync::mpsc::{self, SyncSender, sync_channel};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

pub struct StdChannel;

impl<T: Payload> Rival<T> for StdChannel {
    const NAME: &'static str = "std sync_channel";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = Some("send, recv + try_iter");
    type Tx = SyncSender<T>;
    type Rx = mpsc::Receiver<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(sync_channel(capacity))
    }
}

impl<T: Payload> Sender<T> for SyncSender<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return SyncSender::send(self, item).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| self.try_send(item).ok())
    }
}

impl<T: Payload> Receiver<T> for mpsc::Receiver<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        if signal.blocks() {
            return mpsc::Receiver::recv(self).map_err(|_| Ended::Done);
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
