//! kanal 0.1: <https://github.com/fereidani/kanal>. Many to many, blocks.

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

pub struct Kanal;

/// The receiver and the vector it drains into.
pub struct Rx<T> {
    channel: kanal::Receiver<T>,
    drained: Vec<T>,
}

impl<T: Payload> Rival<T> for Kanal {
    const NAME: &'static str = "kanal";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = Some("send, drain_into");
    type Tx = kanal::Sender<T>;
    type Rx = Rx<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Rx<T>), OpenError> {
        let (sender, channel) = kanal::bounded(capacity);
        Ok((sender, Rx { channel, drained: Vec::with_capacity(capacity) }))
    }
}

impl<T: Payload> Sender<T> for kanal::Sender<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return kanal::Sender::send(self, item).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| self.try_send(item).unwrap_or(false).then_some(()))
    }
}

impl<T: Payload> Receiver<T> for Rx<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        if signal.blocks() {
            return self.channel.recv().map_err(|_| Ended::Done);
        }
        signal.retry(|| self.channel.try_recv().ok().flatten())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        each(self.recv(signal)?);
        // An error here means that nothing is left and nobody sends: the next `recv` says so.
        let _ = self.channel.drain_into(&mut self.drained);
        self.drained.drain(..).for_each(each);
        Ok(())
    }
}
