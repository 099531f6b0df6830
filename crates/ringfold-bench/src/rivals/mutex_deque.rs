//! `Mutex<VecDeque>`: what everybody writes first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::signal::{Ended, Signal};
use crate::spsc::payload::Payload;
use crate::spsc::rival::{OpenError, Receiver, Rival, Sender, SliceReceiver, SliceRival, SliceSender, Ways};

pub struct MutexDeque;

pub struct Handle<T> {
    deque: Arc<Mutex<VecDeque<T>>>,
    capacity: usize,
}

impl<T> Handle<T> {
    fn pair(capacity: usize) -> (Handle<T>, Handle<T>) {
        let deque = Arc::new(Mutex::new(VecDeque::with_capacity(capacity)));
        (Handle { deque: deque.clone(), capacity }, Handle { deque, capacity })
    }

    #[inline(always)]
    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.deque.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Payload> Rival<T> for MutexDeque {
    const NAME: &'static str = "Mutex<VecDeque>";
    const WAYS: Ways = Ways::Polls;
    const STREAM: Option<&'static str> = Some("extend and drain under one lock");
    type Tx = Handle<T>;
    type Rx = Handle<T>;

    fn open(capacity: usize) -> Result<(Handle<T>, Handle<T>), OpenError> {
        Ok(Handle::pair(capacity))
    }
}

impl<T: Payload> Sender<T> for Handle<T> {
    #[inline(always)]
    fn send(&mut self, item: T, signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut deque = self.lock();
            if deque.len() == self.capacity {
                return None;
            }
            deque.push_back(item);
            Some(())
        })
    }

    #[inline(always)]
    fn send_iter(
        &mut self,
        mut items: impl ExactSizeIterator<Item = T>,
        signal: &Signal,
    ) -> Result<(), Ended> {
        while items.len() > 0 {
            signal.retry(|| {
                let mut deque = self.lock();
                let room = self.capacity - deque.len();
                deque.extend(items.by_ref().take(room));
                (room > 0).then_some(())
            })?;
        }
        Ok(())
    }
}

impl<T: Payload> Receiver<T> for Handle<T> {
    #[inline(always)]
    fn recv(&mut self, signal: &Signal) -> Result<T, Ended> {
        signal.retry(|| self.lock().pop_front())
    }

    #[inline(always)]
    fn recv_batch(&mut self, mut each: impl FnMut(T), signal: &Signal) -> Result<(), Ended> {
        signal.retry(|| {
            let mut deque = self.lock();
            let count = deque.len();
            deque.drain(..).for_each(&mut each);
            (count > 0).then_some(())
        })
    }
}

impl SliceRival for MutexDeque {
    const NAME: &'static str = "Mutex<VecDeque>";
    const WAYS: Ways = Ways::Polls;
    const NOTE: &'static str = "extend and copy from as_slices under one lock";
    type Tx = Handle<u64>;
    type Rx = Handle<u64>;

    fn open(capacity: usize) -> Result<(Self::Tx, Self::Rx), OpenError> {
        Ok(Handle::pair(capacity))
    }
}

impl SliceSender for Handle<u64> {
    #[inline(always)]
    fn send_slice(&mut self, mut words: &[u64], signal: &Signal) -> Result<(), Ended> {
        while !words.is_empty() {
            let count = signal.retry(|| {
                let mut deque = self.lock();
                let count = (self.capacity - deque.len()).min(words.len());
                deque.extend(&words[..count]);
                (count > 0).then_some(count)
            })?;
            words = &words[count..];
        }
        Ok(())
    }
}

impl SliceReceiver for Handle<u64> {
    #[inline(always)]
    fn recv_slice(&mut self, words: &mut [u64], signal: &Signal) -> Result<usize, Ended> {
        signal.retry(|| {
            let mut deque = self.lock();
            let (first, _) = deque.as_slices();
            let count = first.len().min(words.len());
            words[..count].copy_from_slice(&first[..count]);
            deque.drain(..count);
            (count > 0).then_some(count)
        })
    }
}
