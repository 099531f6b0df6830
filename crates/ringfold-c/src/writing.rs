//! A writing half over elements, whatever their size and whichever the room.

use std::{mem::MaybeUninit, ptr::NonNull};

use ringfold_core::padded::CachePadded;

use crate::{
    code::Code,
    rings::{Claim, Facts, Producer},
    span::Span,
    unit::{Shape, Unit, units},
    wait::{Patience, Wait},
};

/// What a handle of a producer stands for. Counts are of elements.
pub trait Writing: Send {
    fn shape(&self) -> Shape;

    /// # Safety
    /// `element` is NULL or the start of `size` bytes, at any address.
    unsafe fn try_push(&mut self, element: *const u8, size: usize) -> Result<(), Code>;

    /// # Safety
    /// As for `try_push`.
    unsafe fn push(&mut self, element: *const u8, size: usize, timeout_ns: i64) -> Result<(), Code>;

    /// How many went in, and why not all.
    ///
    /// # Safety
    /// `elements` is NULL or the start of `count` elements, at any address.
    unsafe fn push_slice(
        &mut self,
        elements: *const u8,
        count: usize,
        wait: Wait,
    ) -> (usize, Result<(), Code>);

    fn claim(&mut self, count: usize, wait: Wait) -> Result<Span, Code>;
    fn claim_up_to(&mut self, count: usize, wait: Wait) -> Result<Span, Code>;
    fn commit(&mut self, count: usize) -> Result<(), Code>;
    fn abort(&mut self) -> Result<(), Code>;
    fn free(&mut self) -> Result<usize, Code>;
    fn is_closed(&mut self) -> Result<bool, Code>;
    fn facts(&mut self) -> Result<Facts, Code>;
    fn another(&mut self) -> Result<Box<dyn Writing>, Code>;
}

/// A producer of units, and the claim that is open.
///
/// On cache lines of its own, as is the producer: what the other side's thread writes lies elsewhere.
#[repr(align(128))]
pub struct Writer<const N: usize, P: Producer<N>> {
    shape: Shape,
    /// Borrows the producer; so it is dropped first, and the producer is not touched while it is there.
    claim: Option<Open<P::Claim<'static>>>,
    /// From a `Box`, freed in `drop`.
    producer: NonNull<CachePadded<P>>,
}

struct Open<C> {
    claim: C,
    /// In elements.
    count: usize,
}

// SAFETY: it owns the producer, which is `Send`, and a claim, which is an exclusive borrow of it.
unsafe impl<const N: usize, P: Producer<N>> Send for Writer<N, P> {}

impl<const N: usize, P: Producer<N>> Writer<N, P> {
    pub fn boxed(shape: Shape, producer: P) -> Box<dyn Writing> {
        let producer = NonNull::from(Box::leak(Box::new(CachePadded::new(producer))));
        Box::new(Self { shape, claim: None, producer })
    }

    /// The producer, if no claim borrows it.
    #[inline(always)]
    fn idle(&mut self) -> Result<&mut P, Code> {
        if self.claim.is_some() {
            return Err(Code::Busy);
        }
        // SAFETY: it lives until `drop`, no claim borrows it, and `&mut self` makes this the only reference.
        Ok(unsafe { self.producer.as_mut() })
    }

    /// Claims so many elements, and keeps the claim.
    #[inline(always)]
    fn open(&mut self, count: usize, wait: Wait) -> Result<Span, Code> {
        let units = self.shape.units_of(count)?;
        self.idle()?;
        // SAFETY: as in `idle`; the reference lives as long as the claim, which is dropped before the producer, and until then nothing
        // else refers to it (`idle`).
        let producer: &'static mut P = unsafe { self.producer.as_mut() };
        let claim = producer.claim_units(units, wait)?;
        let open = self.claim.insert(Open { claim, count });
        Ok(Span::new(open.claim.data(), count))
    }

    /// # Safety
    /// `element` is NULL or the start of one element, at any address.
    #[inline(always)]
    unsafe fn push_one(&mut self, element: *const u8, wait: Wait) -> Result<(), Code> {
        if self.shape.size != N {
            // SAFETY: handed on from the caller.
            return unsafe { self.push_long(element, wait) };
        }
        // SAFETY: the caller lends an element, which is one unit.
        let unit: MaybeUninit<[u8; N]> = unsafe { units::<N>(element, 1)?[0] };
        self.idle()?.push_unit(unit, wait)
    }

    /// Out of the way of the call that waits for as long as it takes.
    ///
    /// # Safety
    /// As for `push_one`.
    #[inline(never)]
    unsafe fn push_in_time(&mut self, element: *const u8, wait: Wait) -> Result<(), Code> {
        // SAFETY: handed on from the caller.
        unsafe { self.push_one(element, wait) }
    }

    /// Pushes one element of several units.
    ///
    /// # Safety
    /// As for `push_one`.
    #[inline(never)]
    unsafe fn push_long(&mut self, element: *const u8, wait: Wait) -> Result<(), Code> {
        let count = self.shape.units();
        // SAFETY: the caller lends an element, which is so many units.
        let element = unsafe { units::<N>(element, count)? };
        let mut claim = self.idle()?.claim_units(count, wait)?;
        // SAFETY: the claim is so many units, which are nobody else's.
        unsafe { claim.data().cast::<Unit<N>>().copy_from_nonoverlapping(element.as_ptr(), count) };
        // SAFETY: as many as were claimed.
        unsafe { claim.publish(count) };
        Ok(())
    }

    /// Pushes all, waiting for as long as is left: as much as fits, and then one element as soon as it does.
    fn push_in_parts(&mut self, mut rest: &[Unit<N>], patience: Patience) -> (usize, Result<(), Code>) {
        let element = self.shape.units();
        let mut pushed = 0;
        while !rest.is_empty() {
            let count = match self.idle() {
                Ok(producer) => producer.try_push_units(rest),
                Err(code) => return (pushed, Err(code)),
            };
            pushed += count / element;
            rest = &rest[count..];
            if let Some(next) = rest.first() {
                // SAFETY: what is left is whole elements, and `next` is the first unit of it.
                if let Err(code) = unsafe { self.push_one((&raw const *next).cast(), patience.left()) } {
                    return (pushed, Err(code));
                }
                pushed += 1;
                rest = &rest[element..];
            }
        }
        (pushed, Ok(()))
    }

    fn try_push_slice(&mut self, all: &[Unit<N>]) -> (usize, Result<(), Code>) {
        let shape = self.shape;
        let producer = match self.idle() {
            Ok(producer) => producer,
            Err(code) => return (0, Err(code)),
        };
        let count = producer.try_push_units(all);
        let why_not = match count < all.len() {
            false => Ok(()),
            true if producer.has_closed() => Err(Code::Closed),
            true => Err(Code::Full),
        };
        (count / shape.units(), why_not)
    }
}

impl<const N: usize, P: Producer<N>> Writing for Writer<N, P> {
    fn shape(&self) -> Shape {
        self.shape
    }

    unsafe fn try_push(&mut self, element: *const u8, size: usize) -> Result<(), Code> {
        self.shape.check(size)?;
        // SAFETY: the caller lends an element of this size.
        unsafe { self.push_one(element, Wait::Never) }
    }

    unsafe fn push(&mut self, element: *const u8, size: usize, timeout_ns: i64) -> Result<(), Code> {
        self.shape.check(size)?;
        if timeout_ns >= 0 {
            // SAFETY: as in `try_push`.
            return unsafe { self.push_in_time(element, Wait::from_nanos(timeout_ns)) };
        }
        // SAFETY: as in `try_push`.
        unsafe { self.push_one(element, Wait::Forever) }
    }

    unsafe fn push_slice(
        &mut self,
        elements: *const u8,
        count: usize,
        wait: Wait,
    ) -> (usize, Result<(), Code>) {
        if count == 0 {
            return (0, Ok(()));
        }
        let lent = self.shape.units_of(count).and_then(|count| {
            // SAFETY: the caller lends so many.
            unsafe { units::<N>(elements, count) }
        });
        let all = match lent {
            Ok(all) => all,
            Err(code) => return (0, Err(code)),
        };
        match wait {
            Wait::Never => self.try_push_slice(all),
            Wait::Forever if P::IS_ALONE || self.shape.size == N => {
                let units = self.shape.units();
                match self.idle().map(|producer| producer.push_units(all)) {
                    Ok(Ok(())) => (count, Ok(())),
                    Ok(Err(pushed)) => (pushed / units, Err(Code::Closed)),
                    Err(code) => (0, Err(code)),
                }
            }
            _ => self.push_in_parts(all, wait.start()),
        }
    }

    #[inline]
    fn claim(&mut self, count: usize, wait: Wait) -> Result<Span, Code> {
        if count == 0 {
            return Err(Code::Invalid);
        }
        self.open(count, wait)
    }

    fn claim_up_to(&mut self, count: usize, wait: Wait) -> Result<Span, Code> {
        if count == 0 {
            return Err(Code::Invalid);
        }
        let patience = wait.start();
        let units = self.shape.units();
        let mut free = self.idle()?.vacant_units() / units;
        if free == 0 && P::IS_ALONE {
            // Not kept: by the time that there is one slot, there are more.
            drop(self.idle()?.claim_units(units, patience.left())?);
            free = self.idle()?.vacant_units() / units;
        }
        self.open(count.min(free.max(1)), patience.left())
    }

    #[inline]
    fn commit(&mut self, count: usize) -> Result<(), Code> {
        let units = self.shape.units();
        let open = self.claim.as_ref().ok_or(Code::Claim)?;
        if count > open.count {
            return Err(Code::Claim);
        }
        let open = self.claim.take().ok_or(Code::Claim)?;
        // SAFETY: at most as many as were claimed, which was checked.
        unsafe { open.claim.publish(count * units) };
        Ok(())
    }

    fn abort(&mut self) -> Result<(), Code> {
        self.claim.take().map(drop).ok_or(Code::Claim)
    }

    fn free(&mut self) -> Result<usize, Code> {
        let units = self.shape.units();
        Ok(self.idle()?.vacant_units() / units)
    }

    fn is_closed(&mut self) -> Result<bool, Code> {
        Ok(self.idle()?.has_closed())
    }

    fn facts(&mut self) -> Result<Facts, Code> {
        Ok(self.idle()?.facts())
    }

    fn another(&mut self) -> Result<Box<dyn Writing>, Code> {
        let another = self.idle()?.another().ok_or(Code::Unsupported)?;
        Ok(Self::boxed(self.shape, another))
    }
}

impl<const N: usize, P: Producer<N>> Drop for Writer<N, P> {
    fn drop(&mut self) {
        self.claim = None;
        // SAFETY: it came out of a `Box` (`boxed`), and the claim, which alone referred to it, is gone.
        drop(unsafe { Box::from_raw(self.producer.as_ptr()) });
    }
}
