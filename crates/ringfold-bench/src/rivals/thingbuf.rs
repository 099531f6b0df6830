//! thingbuf 0.1: <https://github.com/hawkw/thingbuf>. Its queue (many to many, never blocks) and its blocking MPSC channel.

use std::sync::Arc;

use thingbuf::ThingBuf;
use thingbuf::mpsc::blocking;

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::record::MEAN;
use crate::spsc::rival::{
    OpenError, Receiver, RecordReceiver, RecordRival, RecordSender, Rival, Sender, Ways,
};

/// `ThingBuf`.
pub struct ThingbufQueue;
/// `thingbuf::mpsc::blocking`.
pub struct ThingbufChannel;

pub struct Queue<T>(Arc<ThingBuf<T>>);

impl<T: Payload> Rival<T> for ThingbufQueue {
    const NAME: &'static str = "thingbuf queue";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = None;
    type Tx = Queue<T>;
    type Rx = Queue<T>;

    fn open(capacity: usize) -> Result<(Queue<T>, Queue<T>), OpenError> {
        let queue = Arc::new(ThingBuf::new(capacity));
        Ok((Queue(queue.clone()), Queue(queue)))
    }
}

impl<T: Payload> Sender<T> for Queue<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.0.push(item).ok())
    }
}

impl<T: Payload> Receiver<T> for Queue<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.0.pop())
    }
}

impl<T: Payload> Rival<T> for ThingbufChannel {
    const NAME: &'static str = "thingbuf channel";
    const WAYS: Ways = Ways::Either;
    const STREAM: Option<&'static str> = None;
    type Tx = blocking::Sender<T>;
    type Rx = blocking::Receiver<T>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(blocking::channel(capacity))
    }
}

impl<T: Payload> Sender<T> for blocking::Sender<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        if signal.blocks() {
            return blocking::Sender::send(self, item).map_err(|_| Ended::Aborted);
        }
        signal.retry(|| self.try_send(item).ok())
    }
}

impl<T: Payload> Receiver<T> for blocking::Receiver<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        if signal.blocks() {
            return blocking::Receiver::recv(self).ok_or(Ended::Done);
        }
        signal.retry(|| self.try_recv().ok())
    }
}

impl RecordRival for ThingbufChannel {
    const NAME: &'static str = "thingbuf channel";
    const WAYS: Ways = Ways::Either;
    const NOTE: &'static str = "Vec<u8> reused in place by send_ref and recv_ref";
    type Tx = blocking::Sender<Vec<u8>>;
    type Rx = blocking::Receiver<Vec<u8>>;

    fn open(bytes: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(blocking::channel(bytes / MEAN))
    }
}

impl RecordSender for blocking::Sender<Vec<u8>> {
    #[inline(always)]
    fn send_record(&mut self, parts: [&[u8]; 2], signal: &Signal) -> Result<(), Ended> {
        let mut place = if signal.blocks() {
            self.send_ref().map_err(|_| Ended::Aborted)?
        } else {
            signal.retry(|| self.try_send_ref().ok())?
        };
        place.clear();
        place.extend_from_slice(parts[0]);
        place.extend_from_slice(parts[1]);
        Ok(())
    }
}

impl RecordReceiver for blocking::Receiver<Vec<u8>> {
    #[inline(always)]
    fn recv_records(&mut self, mut each: impl FnMut(&[u8]), signal: &Signal) -> Result<(), Ended> {
        let record = if signal.blocks() {
            self.recv_ref().ok_or(Ended::Done)?
        } else {
            signal.retry(|| self.try_recv_ref().ok())?
        };
        each(&record);
        Ok(())
    }
}
