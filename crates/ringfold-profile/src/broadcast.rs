//! `broadcast`, each with one reader.

use ringfold::broadcast::{self, LossyReader, Producer, Reader, StaticProducer, StaticReader};
use ringfold::memory::Error;

use crate::items::Room;
use crate::slices::Slices;

/// One producer and a gated reader.
pub struct Single(Producer<u64>, Reader<u64>);

fn open(capacity: usize) -> Result<Single, Error> {
    let producer = broadcast::builder(capacity).build()?;
    let reader = producer.subscribe();
    Ok(Single(producer, reader))
}

/// The next event, alone.
#[inline(always)]
fn next(reader: &mut Reader<u64>) -> Option<u64> {
    reader.poll_up_to(1).first().copied()
}

impl Room for Single {
    fn open(capacity: usize) -> Result<Self, Error> {
        open(capacity)
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = self.0.publish(|event| *event = item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        next(&mut self.1)
    }
}

impl Slices for Single {
    type Item = u64;

    fn open(capacity: usize) -> Result<Self, Error> {
        open(capacity)
    }

    #[inline(always)]
    fn push_slice(&mut self, items: &[u64]) {
        let _ = self.0.publish_batch(items.len(), |events| events.copy_from_slice(items));
    }

    #[inline(always)]
    fn pop_slice(&mut self, items: &mut [u64]) {
        let batch = self.1.poll_up_to(items.len());
        if batch.len() == items.len() {
            items.copy_from_slice(&batch);
        }
    }
}

/// A producer that could be one of several, and a gated reader.
pub struct Multi(Producer<u64, broadcast::Multi>, Reader<u64>);

impl Room for Multi {
    fn open(capacity: usize) -> Result<Self, Error> {
        let producer = broadcast::builder(capacity).build_multi()?;
        let reader = producer.subscribe();
        Ok(Multi(producer, reader))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = self.0.publish(|event| *event = item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        next(&mut self.1)
    }
}

/// One producer and a lossy reader, which loses nothing here.
pub struct Lossy(Producer<u64>, LossyReader<u64>);

impl Room for Lossy {
    fn open(capacity: usize) -> Result<Self, Error> {
        // Nothing holds the producer up, so that part of the ring counts as overwritten before it is.
        let mut producer = broadcast::builder(2 * capacity).build()?;
        let reader = producer.subscribe_lossy();
        Ok(Lossy(producer, reader))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        let _ = self.0.publish(|event| *event = item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.1.try_recv().ok()
    }
}

/// The ring of the paths `static-`, of which one runs at a time.
static RING: broadcast::Static<u64, 2048> = broadcast::Static::new(0);

/// The handles of a ring in a `static`.
pub struct Static(StaticProducer<u64>, StaticReader<u64>);

impl Room for Static {
    fn open(_: usize) -> Result<Self, Error> {
        let producer = RING.producer().expect("the last one was dropped");
        let reader = RING.subscribe().expect("there are places");
        Ok(Static(producer, reader))
    }

    #[inline(always)]
    fn push(&mut self, item: u64) {
        self.0.publish(|event| *event = item);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.1.poll_up_to(1).first().copied()
    }
}
