//! flume 0.12: <https://github.com/zesterer/flume>. Many to many, blocks.

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

pub struct Flume;

impl<T: Payload> Rival<T> for Flume {
    const NAME: &'static str = "flume";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = Some("send, recv + drain");
    type Tx = flume::Sender<T>;
    type Rx = flume::Receiver<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(flume::bounded(capacity))
    }
}

impl<T: Payload> Sender<T> for flume::Sender<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return flume::Sender::send(self, item).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| self.try_send(item).ok())
    }
}

impl<T: Payload> Receiver<T> for flume::Receiver<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        if signal.blocks() {
            return flume::Receiver::recv(self).map_err(|_| Ended::Done);
        }
        signal.retry(|| self.try_recv().ok())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        each(Receiver::recv(self, signal)?);
        self.drain().for_each(each);
        Ok(())
    }
}
