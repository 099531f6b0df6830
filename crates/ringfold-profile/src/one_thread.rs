//! `Ring`, `Queue` and `ByteStream`.

use std::io::{Read, Write};

use ringfold::memory::Error;
use ringfold::{ByteStream, Queue, Ring};

use crate::in_place::{CLAIM, InPlace};
use crate::items::Room;
use crate::slices::Slices;

impl Room for Ring<u64> {
    fn open(capacity: usize) -> Result<Self, Error> {
        Ring::with_capacity(capacity)
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = Ring::push(self, item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        Ring::pop(self)
    }
}

impl Slices for Ring<u64> {
    type Item = u64;

    fn open(capacity: usize) -> Result<Self, Error> {
        Ring::with_capacity(capacity)
    }

    #[inline(always)]
    fn push_slice(&mut self, items: &[u64]) {
        Ring::push_slice(self, items);
    }

    #[inline(always)]
    fn pop_slice(&mut self, items: &mut [u64]) {
        Ring::pop_slice(self, items);
    }
}

impl Room for Queue<u64> {
    fn open(capacity: usize) -> Result<Self, Error> {
        Queue::with_capacity(capacity)
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = Queue::push(self, item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        Queue::pop(self)
    }
}

impl InPlace for Queue<u64> {
    fn open(capacity: usize) -> Result<Self, Error> {
        Queue::with_capacity(capacity)
    }

    #[inline(always)]
    fn claim(&mut self, first: u64) {
        let Some(mut slots) = self.reserve(CLAIM) else { return };
        slots.fill(|index| first + index as u64);
        slots.commit();
    }

    #[inline(always)]
    fn peek(&mut self) -> u64 {
        let Some(items) = Queue::peek(self).get(..CLAIM) else { return 0 };
        let sum = items.iter().sum();
        self.release(CLAIM);
        sum
    }
}

impl Slices for ByteStream {
    type Item = u8;

    fn open(capacity: usize) -> Result<Self, Error> {
        ByteStream::with_capacity(capacity)
    }

    #[inline(always)]
    fn push_slice(&mut self, bytes: &[u8]) {
        let _ = self.write_all(bytes);
    }

    #[inline(always)]
    fn pop_slice(&mut self, bytes: &mut [u8]) {
        let _ = self.read_exact(bytes);
    }
}
