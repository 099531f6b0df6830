//! crossbeam-queue 0.3, `ArrayQueue`: <https://github.com/crossbeam-rs/crossbeam>. Many to many by design; never blocks.

use std::sync::Arc;

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, Ways};

pub struct ArrayQueue;

pub struct Handle<T>(Arc<crossbeam_queue::ArrayQueue<T>>);

impl<T: Payload> Rival<T> for ArrayQueue {
    const NAME: &'static str = "crossbeam ArrayQueue";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = None;
    type Tx = Handle<T>;
    type Rx = Handle<T>;

    fn open(capacity: usize) -> Result<(Handle<T>, Handle<T>), OpenError> {
        let queue = Arc::new(crossbeam_queue::ArrayQueue::new(capacity));
        Ok((Handle(queue.clone()), Handle(queue)))
    }
}

impl<T: Payload> Sender<T> for Handle<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| self.0.push(item).ok())
    }
}

impl<T: Payload> Receiver<T> for Handle<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.0.pop())
    }
}
