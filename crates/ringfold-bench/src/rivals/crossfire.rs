//! crossfire 3.1, its SPSC flavour: <https://github.com/frostyplanet/crossfire-rs>. Blocks.

use crossfire::spsc::{Array, bounded_blocking};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

pub struct Crossfire;

type Tx<T> = crossfire::Tx<Array<T>>;
type Rx<T> = crossfire::Rx<Array<T>>;

impl<T: Payload> Rival<T> for Crossfire {
    const NAME: &'static str = "crossfire";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = None;
    type Tx = Tx<T>;
    type Rx = Rx<T>;

    fn open(capacity: usize) -> Result<(Tx<T>, Rx<T>), OpenError> {
        Ok(bounded_blocking(capacity))
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
}
