//! Events of any size: a broadcast ring of units, in which every publication is whole events.

use std::{any::Any, ptr::NonNull};

use ringfold::{
    broadcast::{self, JoinError, RecvError, RecvTimeoutError, TryRecvError},
    memory::Info,
};
use ringfold_core::padded::CachePadded;

use crate::{
    code::Code,
    span::{Span, View},
    unit::Shape,
    wait::Wait,
};

/// `N` bytes of an event. What C calls padding is a byte like others: it was written by C, so it has a value.
type Unit<const N: usize> = [u8; N];

/// What a handle of a broadcaster stands for. Counts are of events.
pub trait Broadcasting: Send {
    fn shape(&self) -> Shape;

    /// # Safety
    /// `event` is NULL or the start of one event, at any address.
    unsafe fn publish(&mut self, event: *const u8, wait: Wait) -> Result<(), Code>;

    fn claim(&mut self, count: usize, wait: Wait) -> Result<Span, Code>;
    fn commit(&mut self, count: usize) -> Result<(), Code>;
    fn abort(&mut self) -> Result<(), Code>;
    fn join(&mut self) -> Result<Box<dyn Joining>, Code>;
    fn join_lossy(&mut self) -> Result<Box<dyn Losing>, Code>;
    fn facts(&mut self) -> Result<Facts, Code>;
}

/// A subscription under way: told one after the other after which readers it comes.
pub trait Joining {
    fn after(&mut self, reader: &dyn Receiving) -> Result<(), Code>;
    fn join(&mut self) -> Result<Box<dyn Receiving>, Code>;
}

/// What a handle of a reader stands for.
pub trait Receiving: Send {
    fn peek(&mut self, wait: Wait) -> Result<View, Code>;
    fn release(&mut self, count: usize) -> Result<(), Code>;
    fn facts(&self) -> ReaderFacts;
    fn as_any(&self) -> &dyn Any;
}

/// What a handle of a lossy reader stands for.
pub trait Losing: Send {
    fn shape(&self) -> Shape;

    /// How many events were missed, if any: then none was read.
    ///
    /// # Safety
    /// `target` is NULL or has room for one event, at any address.
    unsafe fn recv(&mut self, target: *mut u8, wait: Wait) -> Result<u64, Code>;
}

/// What is known of a broadcast ring; in units.
pub struct Facts {
    pub counted: broadcast::Stats,
    pub capacity: usize,
    pub memory: Option<Info>,
}

/// What is known of a reader; in units.
pub struct ReaderFacts {
    pub counted: broadcast::ReaderStats,
    pub shape: Shape,
    pub is_closed: bool,
}

/// A producer of units, and the claim that is open.
#[repr(align(128))]
pub struct Broadcaster<const N: usize> {
    shape: Shape,
    /// Borrows the producer; so it is dropped first, and the producer is not touched while it is there.
    claim: Option<broadcast::Claim<'static, Unit<N>>>,
    /// From a `Box`, freed in `drop`.
    producer: NonNull<CachePadded<broadcast::Producer<Unit<N>>>>,
}

// SAFETY: it owns the producer, which is `Send`, and a claim, which is an exclusive borrow of it.
unsafe impl<const N: usize> Send for Broadcaster<N> {}

impl<const N: usize> Broadcaster<N> {
    pub fn boxed(shape: Shape, producer: broadcast::Producer<Unit<N>>) -> Box<dyn Broadcasting> {
        let producer = NonNull::from(Box::leak(Box::new(CachePadded::new(producer))));
        Box::new(Self { shape, claim: None, producer })
    }

    /// The producer, if no claim borrows it.
    #[inline(always)]
    fn idle(&mut self) -> Result<&mut broadcast::Producer<Unit<N>>, Code> {
        if self.claim.is_some() {
            return Err(Code::Busy);
        }
        // SAFETY: it lives until `drop`, no claim borrows it, and `&mut self` makes this the only reference.
        Ok(unsafe { self.producer.as_mut() })
    }
}

fn claim<const N: usize>(
    producer: &mut broadcast::Producer<Unit<N>>,
    units: usize,
    wait: Wait,
) -> Result<broadcast::Claim<'_, Unit<N>>, Code> {
    match wait {
        Wait::Never if units > producer.capacity() => Err(Code::TooLarge),
        Wait::Never if producer.is_closed() => Err(Code::Closed),
        Wait::Never => producer.try_claim(units).ok_or(Code::Full),
        Wait::For(time) => Ok(producer.claim_timeout(units, time)?),
        Wait::Forever => Ok(producer.claim(units)?),
    }
}

impl<const N: usize> Broadcasting for Broadcaster<N> {
    fn shape(&self) -> Shape {
        self.shape
    }

    unsafe fn publish(&mut self, event: *const u8, wait: Wait) -> Result<(), Code> {
        if event.is_null() {
            return Err(Code::Null);
        }
        let units = self.shape.units();
        let mut claim = claim(self.idle()?, units, wait)?;
        // SAFETY: the caller lends an event, which is so many units; the claim is as many, and nobody else's.
        unsafe { claim.as_mut_ptr().copy_from_nonoverlapping(event.cast(), units) };
        claim.commit();
        Ok(())
    }

    fn claim(&mut self, count: usize, wait: Wait) -> Result<Span, Code> {
        if count == 0 {
            return Err(Code::Invalid);
        }
        let units = self.shape.units_of(count)?;
        self.idle()?;
        // SAFETY: as in `idle`; the reference lives as long as the claim, which is dropped before the producer, and until then nothing
        // else refers to it (`idle`).
        let producer: &'static mut broadcast::Producer<Unit<N>> = unsafe { self.producer.as_mut() };
        let open = self.claim.insert(claim(producer, units, wait)?);
        Ok(Span::new(open.as_mut_ptr().cast(), count))
    }

    fn commit(&mut self, count: usize) -> Result<(), Code> {
        let units = self.shape.units_of(count).map_err(|_| Code::Claim)?;
        if self.claim.as_ref().is_none_or(|open| units > open.len()) {
            return Err(Code::Claim);
        }
        if let Some(open) = self.claim.take() {
            open.commit_first(units);
        }
        Ok(())
    }

    fn abort(&mut self) -> Result<(), Code> {
        self.claim.take().map(drop).ok_or(Code::Claim)
    }

    fn join(&mut self) -> Result<Box<dyn Joining>, Code> {
        let shape = self.shape;
        Ok(Box::new(Subscription { subscription: Some(self.idle()?.subscription()), shape }))
    }

    fn join_lossy(&mut self) -> Result<Box<dyn Losing>, Code> {
        let shape = self.shape;
        let reader = self.idle()?.subscription().join_lossy().map_err(why_not)?;
        Ok(Box::new(LossyReader { reader, shape }))
    }

    fn facts(&mut self) -> Result<Facts, Code> {
        let producer = self.idle()?;
        Ok(Facts {
            counted: producer.stats(),
            capacity: producer.capacity(),
            memory: producer.memory().cloned(),
        })
    }
}

impl<const N: usize> Drop for Broadcaster<N> {
    fn drop(&mut self) {
        self.claim = None;
        // SAFETY: it came out of a `Box` (`boxed`), and the claim, which alone referred to it, is gone.
        drop(unsafe { Box::from_raw(self.producer.as_ptr()) });
    }
}

fn why_not(error: JoinError) -> Code {
    match error {
        JoinError::NotLossy => Code::Unsupported,
        JoinError::TooOld { .. } => Code::Lagged,
        JoinError::OtherRing | JoinError::AfterOthers => Code::Invalid,
        JoinError::UpstreamLeft => Code::Closed,
    }
}

struct Subscription<const N: usize> {
    subscription: Option<broadcast::Subscription<Unit<N>>>,
    shape: Shape,
}

impl<const N: usize> Joining for Subscription<N> {
    fn after(&mut self, reader: &dyn Receiving) -> Result<(), Code> {
        let reader = reader.as_any().downcast_ref::<Reader<N>>().ok_or(Code::Invalid)?;
        self.subscription = self.subscription.take().map(|under_way| under_way.after([&reader.reader]));
        Ok(())
    }

    fn join(&mut self) -> Result<Box<dyn Receiving>, Code> {
        let subscription = self.subscription.take().ok_or(Code::Invalid)?;
        let reader = subscription.join().map_err(why_not)?;
        Ok(Box::new(Reader { reader, shape: self.shape, shown: 0 }))
    }
}

/// A gated reader of units.
#[repr(align(128))]
struct Reader<const N: usize> {
    reader: broadcast::Reader<Unit<N>>,
    shape: Shape,
    /// Events that the last view has shown and that are still there.
    shown: usize,
}

impl<const N: usize> Receiving for Reader<N> {
    fn peek(&mut self, wait: Wait) -> Result<View, Code> {
        self.shown = 0;
        let batch = match wait {
            Wait::For(time) => self.reader.recv_timeout(time)?,
            Wait::Forever => self.reader.recv()?,
            Wait::Never => {
                // In this order: what came just before it closed is seen.
                let is_closed = self.reader.is_closed();
                let batch = self.reader.poll();
                if batch.is_empty() {
                    return Err(if is_closed { Code::Closed } else { Code::Empty });
                }
                batch
            }
        };
        self.shown = batch.len() / self.shape.units();
        let view = View::new(batch.as_ptr().cast(), self.shown);
        // A batch that is forgotten releases nothing.
        std::mem::forget(batch);
        Ok(view)
    }

    fn release(&mut self, count: usize) -> Result<(), Code> {
        if count > self.shown {
            return Err(Code::Claim);
        }
        self.shown -= count;
        if count > 0 {
            self.reader.poll_up_to(count * self.shape.units()).release(usize::MAX);
        }
        Ok(())
    }

    fn facts(&self) -> ReaderFacts {
        ReaderFacts { counted: self.reader.stats(), shape: self.shape, is_closed: self.reader.is_closed() }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A lossy reader of units.
struct LossyReader<const N: usize> {
    reader: broadcast::LossyReader<Unit<N>>,
    shape: Shape,
}

impl<const N: usize> LossyReader<N> {
    /// Events that begin before the sequence at which the reader is.
    fn events_before(&self) -> u64 {
        self.reader.sequence().div_ceil(self.shape.units() as u64)
    }

    /// The units of one event, one after the other: all of them were published together, so the later ones are there, unless they were overwritten
    /// meanwhile. Then what is left of that event is skipped.
    ///
    /// # Safety
    /// `target` has room for one event.
    unsafe fn recv_units(&mut self, target: *mut u8, mut wait: Wait) -> Result<bool, Code> {
        let units = self.shape.units();
        let mut count = 0;
        while count < units {
            match self.recv_unit(wait)? {
                // SAFETY: `count` is below the units of an event, for which there is room.
                Some(unit) => unsafe { target.cast::<Unit<N>>().add(count).write_unaligned(unit) },
                None => {
                    self.skip_to_an_event()?;
                    return Ok(false);
                }
            }
            count += 1;
            wait = Wait::Forever;
        }
        Ok(true)
    }

    /// After some were missed the next one may be in the midst of an event.
    fn skip_to_an_event(&mut self) -> Result<(), Code> {
        while self.reader.sequence() % self.shape.units() as u64 != 0 {
            self.recv_unit(Wait::Forever)?;
        }
        Ok(())
    }

    /// `None` where some were missed.
    fn recv_unit(&mut self, wait: Wait) -> Result<Option<Unit<N>>, Code> {
        match wait {
            Wait::Never => match self.reader.try_recv() {
                Ok(unit) => Ok(Some(unit)),
                Err(TryRecvError::Lagged { .. }) => Ok(None),
                Err(TryRecvError::Empty) => Err(Code::Empty),
                Err(TryRecvError::Closed) => Err(Code::Closed),
            },
            Wait::For(time) => match self.reader.recv_timeout(time) {
                Ok(unit) => Ok(Some(unit)),
                Err(RecvTimeoutError::Lagged { .. }) => Ok(None),
                Err(RecvTimeoutError::Timeout) => Err(Code::Timeout),
                Err(RecvTimeoutError::Closed) => Err(Code::Closed),
            },
            Wait::Forever => match self.reader.recv() {
                Ok(unit) => Ok(Some(unit)),
                Err(RecvError::Lagged { .. }) => Ok(None),
                Err(RecvError::Closed) => Err(Code::Closed),
            },
        }
    }
}

impl<const N: usize> Losing for LossyReader<N> {
    fn shape(&self) -> Shape {
        self.shape
    }

    unsafe fn recv(&mut self, target: *mut u8, wait: Wait) -> Result<u64, Code> {
        if target.is_null() {
            return Err(Code::Null);
        }
        let before = self.events_before();
        // SAFETY: handed on from the caller.
        match unsafe { self.recv_units(target, wait)? } {
            true => Ok(0),
            false => Ok(self.events_before() - before),
        }
    }
}
