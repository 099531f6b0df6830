//! A broadcast ring of items of any size, as bytes.
//!
//! A room's events have one type. Items of 1, 2, 4 and 8 bytes travel as numbers of that size; all others as runs of bytes,
//! which the room publishes and shows together, but a lossy reader would copy one by one: such rings have none.

use std::time::Duration;

use bytemuck::Pod;
use pyo3::PyResult;
use ringfold::broadcast::{self, JoinError, LossyReader, Producer, Reader, RecvTimeoutError, Start};
use ringfold::error::PopTimeoutError;

use crate::errors::{Refusal, memory_error};
use crate::fork::options;

/// The side that writes; all sizes are in bytes.
pub trait Publish: Send {
    /// Publishes so many bytes together, which `fill` writes, if there is room now. Whether there was.
    fn try_publish(&mut self, bytes: usize, fill: &mut dyn FnMut(&mut [u8])) -> Result<bool, Refusal>;

    /// Where the next slots are, if they are vacant: initialised, and nobody else's until something is published.
    fn vacant(&mut self, bytes: usize) -> Option<*mut u8>;

    fn free(&mut self) -> usize;

    fn is_closed(&self) -> bool;

    fn subscribe(&self, start: Start) -> Result<Box<dyn Read>, JoinError>;

    fn sample(&mut self) -> Result<Box<dyn Sample>, JoinError>;
}

/// The side that reads everything; all sizes are in bytes.
pub trait Read: Send {
    /// Waits for something, at most so long. `None` when the time is over, false when nothing will come.
    fn wait(&mut self, timeout: Duration) -> Option<bool>;

    /// Everything that is there; `f` says how many bytes of it are released.
    fn show(&mut self, f: &mut dyn FnMut(&[u8]) -> usize);

    /// Items that are published and not released yet, in units of the room.
    fn lag(&self) -> u64;

    fn pressure(&self) -> f32;
}

/// The side that reads the newest.
pub trait Sample: Send {
    /// Waits for an item's bytes, at most so long.
    fn take(&mut self, item: &mut [u8], timeout: Duration) -> Result<(), RecvTimeoutError>;

    fn missed(&self) -> u64;

    fn lag(&self) -> u64;
}

struct Feed<E> {
    producer: Producer<E>,
    /// Whether a unit of the room is an item.
    is_exact: bool,
    /// Units of the room in an item.
    units: u64,
}

/// A ring for `capacity` items of `itemsize` bytes.
pub fn feed(capacity: usize, itemsize: usize) -> PyResult<Box<dyn Publish>> {
    match itemsize {
        1 => of::<u8>(capacity, 1),
        2 => of::<u16>(capacity, 1),
        4 => of::<u32>(capacity, 1),
        8 => of::<u64>(capacity, 1),
        _ => of::<u8>(capacity.saturating_mul(itemsize), itemsize as u64),
    }
}

fn of<E: Pod + Send + Sync>(capacity: usize, units: u64) -> PyResult<Box<dyn Publish>> {
    let producer =
        broadcast::builder::<E>(capacity).options(options()).build_with(E::zeroed).map_err(memory_error)?;
    Ok(Box::new(Feed { producer, is_exact: units == 1, units }))
}

impl<E: Pod + Send + Sync> Publish for Feed<E> {
    fn try_publish(&mut self, bytes: usize, fill: &mut dyn FnMut(&mut [u8])) -> Result<bool, Refusal> {
        if let Some(mut claim) = self.producer.try_claim(bytes / size_of::<E>()) {
            fill(bytemuck::cast_slice_mut(&mut claim));
            claim.commit();
            return Ok(true);
        }
        if self.producer.is_closed() { Err(Refusal::NoReader) } else { Ok(false) }
    }

    fn vacant(&mut self, bytes: usize) -> Option<*mut u8> {
        // Dropped at once: the room gives the same slots again until something is published.
        let mut claim = self.producer.try_claim(bytes / size_of::<E>())?;
        Some(claim.as_mut_ptr().cast())
    }

    fn free(&mut self) -> usize {
        self.producer.free() * size_of::<E>()
    }

    fn is_closed(&self) -> bool {
        self.producer.is_closed()
    }

    fn subscribe(&self, start: Start) -> Result<Box<dyn Read>, JoinError> {
        let start = match start {
            Start::At(item) => Start::At(item.saturating_mul(self.units)),
            start => start,
        };
        Ok(Box::new(self.producer.subscription().from(start).join()?))
    }

    fn sample(&mut self) -> Result<Box<dyn Sample>, JoinError> {
        if !self.is_exact {
            return Err(JoinError::NotLossy);
        }
        Ok(Box::new(self.producer.subscribe_lossy()))
    }
}

impl<E: Pod + Send + Sync> Read for Reader<E> {
    fn wait(&mut self, timeout: Duration) -> Option<bool> {
        match self.recv_timeout(timeout) {
            Ok(batch) => {
                batch.release(0);
                Some(true)
            }
            Err(PopTimeoutError::Closed) => Some(false),
            Err(PopTimeoutError::Timeout) => None,
        }
    }

    fn show(&mut self, f: &mut dyn FnMut(&[u8]) -> usize) {
        let batch = self.poll();
        let released = f(bytemuck::cast_slice(&batch));
        batch.release(released / size_of::<E>());
    }

    fn lag(&self) -> u64 {
        Reader::lag(self)
    }

    fn pressure(&self) -> f32 {
        Reader::pressure(self)
    }
}

impl<E: Pod + Send + Sync> Sample for LossyReader<E> {
    fn take(&mut self, item: &mut [u8], timeout: Duration) -> Result<(), RecvTimeoutError> {
        let event = self.recv_timeout(timeout)?;
        item.copy_from_slice(bytemuck::bytes_of(&event));
        Ok(())
    }

    fn missed(&self) -> u64 {
        LossyReader::missed(self)
    }

    fn lag(&self) -> u64 {
        LossyReader::lag(self)
    }
}
